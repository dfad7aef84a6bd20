//! The files of a source: which they are, of which form, and their bytes and text.

use std::borrow::Cow;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::SourceError;
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

/// The bytes of a file, out of gzip where they begin like it.
pub(super) fn unpacked(raw: Vec<u8>, path: &Path) -> Result<Vec<u8>, SourceError> {
    if !raw.starts_with(&[0x1f, 0x8b]) {
        return Ok(raw);
    }
    let mut plain = Vec::with_capacity(raw.len() * 4);
    MultiGzDecoder::new(raw.as_slice())
        .read_to_end(&mut plain)
        .map_err(|source| SourceError::Gzip { path: path.to_owned(), source })?;
    Ok(plain)
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

/// The same as one word: the ending that a file of this form has.
pub(crate) fn ending(path: &Path) -> Option<&'static str> {
    match form(path)? {
        (_, true) => Some("tsv"),
        (format, false) => Some(format.as_str()),
    }
}
