//! The files of a source: which they are, of which form, and their bytes and text.

use std::borrow::Cow;
use std::fs;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::observe::{Watched, failed_to_read};
use super::{SourceError, SourceFile};
use crate::nearest;
use crate::schema::{Encoding, Format};

/// The file, or the files of the folder in order of their names' bytes.
pub(super) fn list(path: &Path) -> Result<Vec<PathBuf>, SourceError> {
    if !metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |source| SourceError::Io { action: "read", path: path.to_owned(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if !matches!(name.as_encoded_bytes().first(), Some(b'.' | b'_')) {
            files.push(path.join(name));
        }
    }
    files.sort_unstable_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
    for file in &files {
        if metadata(file)?.is_dir() {
            return Err(SourceError::Subfolder { path: file.clone() });
        }
    }
    if files.is_empty() {
        return Err(SourceError::EmptyFolder { path: path.to_owned() });
    }
    Ok(files)
}

pub(super) fn metadata(path: &Path) -> Result<fs::Metadata, SourceError> {
    fs::metadata(path).map_err(|source| failed_to_open(path, source))
}

pub(super) fn failed_to_open(path: &Path, source: io::Error) -> SourceError {
    if source.kind() == io::ErrorKind::NotFound {
        return SourceError::NotFound { path: path.to_owned(), similar: neighbour(path), source };
    }
    SourceError::Io { action: "open", path: path.to_owned(), source }
}

/// A file in the same folder with almost the same name.
fn neighbour(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut names: Vec<String> =
        fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort_unstable();
    nearest::name(path.file_name()?.to_str()?, names.iter().map(String::as_str))
}

/// The bytes of a file as they come, out of gzip where they begin like it.
pub(super) enum Input {
    Plain(Box<Head>),
    Gzip(Box<MultiGzDecoder<BufReader<Head>>>),
}

/// A file of which the first bytes have been read to see what they are.
type Head = io::Chain<io::Cursor<Vec<u8>>, Watched>;

impl Input {
    pub(super) fn open(source: &Path, path: &Path) -> Result<Input, SourceError> {
        let mut file = Watched::open(source, path.to_owned())?;
        let mut head = vec![0; 1 << 16];
        let mut length = 0;
        while length < 2 {
            match file.read(&mut head[length..]) {
                Ok(0) => break,
                Ok(read) => length += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed_to_read(path)(error)),
            }
        }
        head.truncate(length);
        let is_gzip = head.starts_with(&[0x1f, 0x8b]);
        let head = io::Cursor::new(head).chain(file);
        Ok(match is_gzip {
            true => Input::Gzip(Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, head)))),
            false => Input::Plain(Box::new(head)),
        })
    }

    /// Whether the bytes are not those on the disk.
    pub(super) fn is_packed(&self) -> bool {
        matches!(self, Input::Gzip(_))
    }

    /// Reads until the buffer is full; returns less than that only at the end.
    pub(super) fn fill(&mut self, mut buffer: &mut [u8], path: &Path) -> Result<usize, SourceError> {
        let room = buffer.len();
        while !buffer.is_empty() {
            match self.read(buffer) {
                Ok(0) => break,
                Ok(read) => buffer = &mut buffer[read..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(path, error)),
            }
        }
        Ok(room - buffer.len())
    }

    /// All bytes that were not read yet.
    pub(super) fn rest(&mut self, path: &Path) -> Result<Vec<u8>, SourceError> {
        let mut bytes = Vec::new();
        match self.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(self.failed(path, error)),
        }
    }

    /// Reads packed data to its end, to see whether it is whole: what damaged data says is not to be believed.
    pub(super) fn check(&mut self, path: &Path) -> Result<(), SourceError> {
        match self.is_packed() {
            true => io::copy(self, &mut io::sink()).map_err(|error| self.failed(path, error)).map(drop),
            false => Ok(()),
        }
    }

    fn failed(&self, path: &Path, source: io::Error) -> SourceError {
        match self {
            Input::Gzip(_) if source.raw_os_error().is_none() => SourceError::Gzip { path: path.to_owned(), source },
            _ => failed_to_read(path)(source),
        }
    }

    /// What the file was like while it was read.
    pub(super) fn finish(self) -> Result<Option<SourceFile>, SourceError> {
        let head = match self {
            Input::Plain(head) => *head,
            Input::Gzip(file) => file.into_inner().into_inner(),
        };
        head.into_inner().1.finish()
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Input::Plain(file) => file.read(buffer),
            Input::Gzip(file) => file.read(buffer),
        }
    }
}

/// The text that the bytes stand for; `None` where they stand for none.
pub(super) fn decode(bytes: &[u8], encoding: Encoding) -> Option<Cow<'_, str>> {
    match encoding {
        Encoding::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Encoding::Latin1 => Some(encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0),
    }
}

/// The form that a file's ending tells, and whether its fields are separated by tabs.
pub(super) fn form(path: &Path) -> Option<(Format, bool)> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    Some(match name.rsplit_once('.')?.1 {
        "csv" => (Format::Csv, false),
        "tsv" => (Format::Csv, true),
        "ndjson" | "jsonl" => (Format::Ndjson, false),
        "parquet" => (Format::Parquet, false),
        "ipc" | "arrow" | "feather" => (Format::Ipc, false),
        _ => return None,
    })
}

/// Whether a file is named like an SQLite database.
pub(super) fn seems_database(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ["sqlite", "sqlite3", "db", "db3"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// The same as one word: the ending that a file of this form has.
pub(crate) fn ending(path: &Path) -> Option<&'static str> {
    match form(path)? {
        (_, true) => Some("tsv"),
        (format, false) => Some(format.as_str()),
    }
}
