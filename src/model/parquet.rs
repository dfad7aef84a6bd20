//! Tables in Parquet files: written piece by piece, scanned by those who read them.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{
    DataFrame, LazyFrame, ParquetCompression, ParquetReader, ParquetWriter, PlRefPath, PolarsResult, ScanArgsParquet,
    Schema, SerReader, StatisticsOptions,
};

use super::capture::ErrorCapture;
use super::provision::Scratch;
use crate::digest::{Digest, DigestWriter, FrameDigester};
use crate::failpoint;
use crate::failure::{Error, Result};

/// A table in a Parquet file that does not change any more.
#[derive(Clone, Debug)]
pub struct ParquetFile {
    path: PathBuf,
    rows: u64,
    written: Option<Written>,
    /// The folder that the file goes with, if any.
    _scratch: Option<Arc<Scratch>>,
}

/// What is known of a file because it was written here.
#[derive(Clone, Copy, Debug)]
struct Written {
    bytes: u64,
    /// Of the bytes.
    file: Digest,
    /// Of the table.
    table: Digest,
}

impl ParquetFile {
    /// The table in this file.
    ///
    /// # Errors
    ///
    /// When it is not there, or is no Parquet file.
    pub fn open(path: impl Into<PathBuf>) -> Result<ParquetFile> {
        let path = path.into();
        let rows = File::open(&path).map_err(Error::from).and_then(|file| Ok(ParquetReader::new(file).num_rows()?));
        let rows = rows.map_err(|error| error.context(format_args!("failed to read `{}`", path.display())))?;
        Ok(ParquetFile { path, rows: rows as u64, written: None, _scratch: None })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many rows it has.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The bytes that it takes.
    pub(super) fn size(&self) -> u64 {
        self.written.map_or_else(|| fs::metadata(&self.path).map_or(0, |file| file.len()), |written| written.bytes)
    }

    /// A lazy query over it, which reads the columns and rows that are asked for.
    ///
    /// # Errors
    ///
    /// When its path is none for polars.
    pub fn scan(&self) -> PolarsResult<LazyFrame> {
        let path = PlRefPath::try_from_path(&self.path)?;
        LazyFrame::scan_parquet(path, ScanArgsParquet { glob: false, ..ScanArgsParquet::default() })
    }

    /// All of it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn frame(&self) -> Result<DataFrame> {
        let frame = self.scan().and_then(LazyFrame::collect).map_err(Error::from);
        frame.map_err(|error| error.context(format_args!("failed to read `{}`", self.path.display())))
    }

    /// The digest of the table: that of the same table in memory.
    ///
    /// # Errors
    ///
    /// When it has to be read for that and cannot be.
    pub fn digest(&self) -> Result<Digest> {
        match self.written {
            Some(written) => Ok(written.table),
            None => Ok(Digest::of_frame(&self.frame()?)),
        }
    }

    /// Removes the file, of which nobody knows.
    pub(super) fn remove(self) {
        // It goes with its folder, at the latest.
        let _ = fs::remove_file(&self.path);
    }

    /// Its length and the digest of its bytes, where it was written here.
    pub(crate) fn bytes(&self) -> Option<(u64, Digest)> {
        self.written.map(|written| (written.bytes, written.file))
    }
}

/// How tables are written as Parquet, wherever they are.
pub(crate) fn writer<W: Write>(out: W) -> ParquetWriter<W> {
    ParquetWriter::new(out)
        .with_compression(ParquetCompression::Zstd(None))
        .with_statistics(StatisticsOptions::default())
}

/// A Parquet file that is being written, piece by piece. It is removed unless it is finished.
pub(super) struct ParquetSink {
    path: PathBuf,
    scratch: Arc<Scratch>,
    /// `None` once it is finished.
    writer: Option<BatchedWriter<Shared>>,
    out: Shared,
    digester: FrameDigester,
    rows: u64,
}

impl ParquetSink {
    /// Begins a file for a table of these columns.
    pub(super) fn create(name: &str, schema: &Schema, scratch: Arc<Scratch>) -> Result<ParquetSink> {
        let path = scratch.path(name, "parquet");
        let failed = |error: Error| error.context(format_args!("failed to write `{}`", path.display()));
        let file = failpoint::refuse("create", &path).and_then(|()| File::create_new(&path));
        let out = Shared::new(file.map_err(|error| failed(error.into()))?, &path);
        let digester = FrameDigester::new(schema);
        let mut sink = ParquetSink { path, scratch, writer: None, out, digester, rows: 0 };
        let begun = writer(sink.out.clone()).batched(schema);
        sink.writer = Some(begun.map_err(|error| sink.failed(error.into()))?);
        Ok(sink)
    }

    /// Writes the rows that come next.
    pub(super) fn add(&mut self, mut piece: DataFrame) -> Result<()> {
        self.digester.add(&piece);
        self.rows += piece.height() as u64;
        // The columns of a row group are of one piece each.
        piece.rechunk_mut();
        let writer = self.writer.as_mut().expect("it is taken only when the file is finished");
        writer.write_batch(&piece).map_err(|error| self.failed(error.into()))
    }

    /// Ends the file.
    pub(super) fn finish(mut self) -> Result<ParquetFile> {
        let writer = self.writer.take().expect("it is taken only here");
        let ended = writer.finish().map(|_| ()).map_err(Error::from);
        drop(writer);
        let ended = ended.and_then(|()| Ok(self.out.lock().flush()?));
        if let Err(error) = ended {
            let error = self.failed(error);
            // It goes with its folder, at the latest.
            let _ = fs::remove_file(&self.path);
            return Err(error);
        }
        let (bytes, file) = self.out.lock().get_ref().get_ref().written();
        let digester = std::mem::replace(&mut self.digester, FrameDigester::new(&Schema::default()));
        let table = digester.finish();
        let written = Some(Written { bytes, file, table });
        let path = std::mem::take(&mut self.path);
        Ok(ParquetFile { path, rows: self.rows, written, _scratch: Some(Arc::clone(&self.scratch)) })
    }

    /// The error with the path; polars turns what the system said into a text, so that is remembered.
    fn failed(&self, error: Error) -> Error {
        let said = self.out.lock().get_mut().take();
        said.map_or(error, Error::from).context(format_args!("failed to write `{}`", self.path.display()))
    }
}

impl Drop for ParquetSink {
    fn drop(&mut self) {
        if self.writer.take().is_some() {
            // It goes with its folder, at the latest.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl fmt::Debug for ParquetSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParquetSink({}, {} rows)", self.path.display(), self.rows)
    }
}

/// A file that knows what was written to it, and what the system said when it could not be.
type Watched = ErrorCapture<DigestWriter<failpoint::Writer<File>>>;

/// The file under a writer that never gives it back.
#[derive(Clone)]
struct Shared(Arc<Mutex<BufWriter<Watched>>>);

impl Shared {
    fn new(file: File, path: &Path) -> Shared {
        let watched = ErrorCapture::new(DigestWriter::new(failpoint::Writer::new(file, path)));
        Shared(Arc::new(Mutex::new(BufWriter::with_capacity(1 << 18, watched))))
    }

    fn lock(&self) -> MutexGuard<'_, BufWriter<Watched>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lock().flush()
    }
}
