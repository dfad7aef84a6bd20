//! Tables in Parquet files: written piece by piece, scanned by those who read them.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use polars::prelude::{
    DataFrame, LazyFrame, ParquetReader, PlRefPath, PolarsResult, ScanArgsParquet, Schema, SerReader,
};

use super::capture::ErrorCapture;
use super::provision::Scratch;
use crate::digest::{Digest, DigestWriter, FrameDigester};
use crate::failpoint;
use crate::failure::{Error, Result};

mod rows;

pub(crate) use rows::ParquetRows;

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

    /// The same with what is on record of it: its length, and the digests of its bytes and of the table.
    pub(crate) fn known(self, bytes: u64, file: Digest, table: Digest) -> ParquetFile {
        ParquetFile { written: Some(Written { bytes, file, table }), ..self }
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

/// A Parquet file that is being written, piece by piece. It is removed unless it is finished.
///
/// A thread of its own writes, so that the next piece can be made meanwhile; whoever has it before the last is written waits.
pub(super) struct ParquetSink {
    path: PathBuf,
    scratch: Arc<Scratch>,
    digester: FrameDigester,
    rows: u64,
    /// `None` once no more comes.
    pieces: Option<SyncSender<DataFrame>>,
    /// `None` once it has ended.
    writing: Option<JoinHandle<Result<(u64, Digest)>>>,
}

impl ParquetSink {
    /// Begins a file for a table of these columns.
    pub(super) fn create(name: &str, schema: &Schema, scratch: Arc<Scratch>) -> Result<ParquetSink> {
        let path = scratch.path(name, "parquet");
        let failed = |error: io::Error| Error::from(error).context(failed_to_write(&path));
        let file = failpoint::refuse("create", &path).and_then(|()| File::create_new(&path)).map_err(failed)?;
        let (pieces, coming) = sync_channel(0);
        let write = {
            let (schema, path) = (schema.clone(), path.clone());
            move || write(&schema, &coming, file, &path)
        };
        let writing = thread::Builder::new().name("purvey-parquet".to_owned()).spawn(write).map_err(|error| {
            // It goes with its folder, at the latest.
            let _ = fs::remove_file(&path);
            failed(error)
        })?;
        let digester = FrameDigester::new(schema);
        Ok(ParquetSink { path, scratch, digester, rows: 0, pieces: Some(pieces), writing: Some(writing) })
    }

    /// Writes the rows that come next.
    pub(super) fn add(&mut self, piece: DataFrame) -> Result<()> {
        self.digester.add(&piece);
        self.rows += piece.height() as u64;
        let pieces = self.pieces.as_ref().expect("it is taken only when no more comes");
        match pieces.send(piece) {
            Ok(()) => Ok(()),
            Err(_) => Err(self.end().expect_err("it takes all pieces that come, but for an error")),
        }
    }

    /// Ends the file.
    pub(super) fn finish(mut self) -> Result<ParquetFile> {
        let (bytes, file) = self.end()?;
        let digester = std::mem::replace(&mut self.digester, FrameDigester::new(&Schema::default()));
        let written = Some(Written { bytes, file, table: digester.finish() });
        let path = std::mem::take(&mut self.path);
        Ok(ParquetFile { path, rows: self.rows, written, _scratch: Some(Arc::clone(&self.scratch)) })
    }

    /// No more comes: waits for what is being written, and says what the file is like.
    fn end(&mut self) -> Result<(u64, Digest)> {
        self.pieces = None;
        let writing = self.writing.take().expect("a file ends once");
        writing.join().unwrap_or_else(|panic| resume_unwind(panic))
    }
}

impl Drop for ParquetSink {
    fn drop(&mut self) {
        self.pieces = None;
        // What it says is of no use any more.
        let _ = self.writing.take().map(JoinHandle::join);
        if !self.path.as_os_str().is_empty() {
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

/// Writes a file of the pieces that come; its length and digest.
fn write(schema: &Schema, pieces: &Receiver<DataFrame>, file: File, path: &Path) -> Result<(u64, Digest)> {
    let watched = ErrorCapture::new(DigestWriter::new(failpoint::Writer::new(file, path)));
    let mut out = BufWriter::with_capacity(1 << 18, watched);
    match write_all(schema, pieces, &mut out) {
        Ok(()) => Ok(out.get_ref().get_ref().written()),
        Err(error) => {
            // Polars turns what the system said into a text, so that is remembered.
            let said = out.get_mut().take();
            Err(said.map_or(error, Error::from).context(failed_to_write(path)))
        }
    }
}

fn write_all(schema: &Schema, pieces: &Receiver<DataFrame>, mut out: impl Write) -> Result<()> {
    let mut rows = ParquetRows::begin(&mut out, schema)?;
    pieces.iter().try_for_each(|piece| rows.add(piece))?;
    rows.finish()?;
    Ok(out.flush()?)
}

fn failed_to_write(path: &Path) -> String {
    format!("failed to write `{}`", path.display())
}
