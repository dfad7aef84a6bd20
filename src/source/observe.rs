//! Looks at the files of a source, and reads them only where they may have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::file::{failed_to_open, list, metadata};
use super::{SourceError, SourceFile, SourceState};
use crate::digest::{Digest, Digester};

/// A file that was changed longer ago than this cannot be changed again without showing another time: the coarsest file
/// systems count in steps of two seconds.
const SETTLED: Duration = Duration::from_secs(2);

/// What the files of a source are like now: a file, or all files of a folder in order of name.
///
/// A file is not read again where it has the length, time and number that it had `before`, and had settled then. `None`
/// where one of them is no file with content of its own, but a pipe, say: looking at it would use it up.
pub(crate) fn observe(path: &Path, before: Option<&SourceState>) -> Result<Option<SourceState>, SourceError> {
    observe_at(path, before, SystemTime::now())
}

/// The files whose content is not among what was taken, and what they are like; of several with the same content the first.
/// None where there is no file at all. `None` where one of them is a pipe or the like.
pub(crate) fn fresh(source: &Path, taken: &SourceState) -> Result<Option<(Vec<PathBuf>, SourceState)>, SourceError> {
    let found = match look_at(source, Some(taken), SystemTime::now()) {
        Err(SourceError::EmptyFolder { .. }) => Some(Vec::new()),
        found => found?,
    };
    let mut known: BTreeSet<Digest> = taken.files.iter().map(|file| file.digest).collect();
    Ok(found.map(|found| {
        let (paths, files) = found.into_iter().filter(|(_, file)| known.insert(file.digest)).unzip();
        (paths, SourceState::of(files))
    }))
}

pub(super) fn observe_at(
    source: &Path,
    before: Option<&SourceState>,
    now: SystemTime,
) -> Result<Option<SourceState>, SourceError> {
    let found = look_at(source, before, now)?;
    Ok(found.map(|found| SourceState::of(found.into_iter().map(|(_, file)| file).collect())))
}

/// Each file, where it is and what it is like.
fn look_at(
    source: &Path,
    before: Option<&SourceState>,
    now: SystemTime,
) -> Result<Option<Vec<(PathBuf, SourceFile)>>, SourceError> {
    let before: BTreeMap<&str, &SourceFile> =
        before.iter().flat_map(|state| &state.files).map(|file| (file.name.as_str(), file)).collect();
    let mut files = Vec::new();
    for path in list(source)? {
        let name = name(source, &path);
        let Some(look) = Look::new(&metadata(&path)?, now) else { return Ok(None) };
        if let Some(known) = before.get(name.as_str()).filter(|known| known.settled && look.is_of(known)) {
            files.push((path, (*known).clone()));
            continue;
        }
        let file = File::open(&path).map_err(|source| failed_to_open(&path, source))?;
        let (digest, bytes) = Digest::of_reader(&file).map_err(failed_to_read(&path))?;
        match looked(&file, &path, look, bytes, now)? {
            Some(look) => files.push((path, look.file(name, digest))),
            None => return Ok(None),
        }
    }
    Ok(Some(files))
}

/// A file whose digest is made while it is read.
pub(super) struct Watched {
    name: String,
    path: PathBuf,
    file: File,
    now: SystemTime,
    before: Option<Look>,
    digester: Digester,
    bytes: u64,
}

impl Watched {
    pub(super) fn open(source: &Path, path: PathBuf) -> Result<Watched, SourceError> {
        let now = SystemTime::now();
        let file = File::open(&path).map_err(|source| failed_to_open(&path, source))?;
        let before = Look::new(&file.metadata().map_err(failed_to_read(&path))?, now);
        Ok(Watched { name: name(source, &path), path, file, now, before, digester: Digester::plain(), bytes: 0 })
    }

    /// What the file was like while it was read, to its end; `None` for what is no file on a disk.
    pub(super) fn finish(self) -> Result<Option<SourceFile>, SourceError> {
        let Some(before) = self.before else { return Ok(None) };
        let look = looked(&self.file, &self.path, before, self.bytes, self.now)?;
        Ok(look.map(|look| look.file(self.name, self.digester.finish())))
    }
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // No more at once than a core's own cache holds, where the digester finds it.
        let most = buffer.len().min(1 << 18);
        let read = self.file.read(&mut buffer[..most])?;
        self.digester.part(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

/// The look at a file after it was read: one that was changed meanwhile has not settled.
fn looked(file: &File, path: &Path, before: Look, read: u64, now: SystemTime) -> Result<Option<Look>, SourceError> {
    let after = Look::new(&file.metadata().map_err(failed_to_read(path))?, now);
    Ok(after.map(|after| after.settled_if(after == before && after.bytes == read)))
}

pub(super) fn failed_to_read(path: &Path) -> impl Fn(io::Error) -> SourceError {
    move |source| SourceError::Io { action: "read", path: path.to_owned(), source }
}

/// The name of a file within its source; what is no Unicode is written so that no two names become one.
fn name(source: &Path, file: &Path) -> String {
    match file.file_name() {
        Some(name) if file != source => match name.to_str() {
            Some(name) => name.to_owned(),
            None => name.as_encoded_bytes().escape_ascii().to_string(),
        },
        _ => String::new(),
    }
}

/// What the system says of a file.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Look {
    bytes: u64,
    modified: i64,
    inode: u64,
    pub(super) settled: bool,
}

impl Look {
    /// `None` for a pipe or the like.
    pub(super) fn new(metadata: &Metadata, now: SystemTime) -> Option<Look> {
        let modified = changed(metadata);
        let settled = modified.is_some_and(|modified| modified.saturating_add(nanos(SETTLED)) < since_1970(now));
        metadata.is_file().then(|| Look {
            bytes: metadata.len(),
            modified: modified.unwrap_or_default(),
            inode: inode(metadata),
            settled,
        })
    }

    /// The same of a file that has not settled unless this holds.
    pub(super) fn settled_if(self, holds: bool) -> Look {
        Look { settled: self.settled && holds, ..self }
    }

    pub(super) fn is_of(&self, file: &SourceFile) -> bool {
        (self.bytes, self.modified, self.inode) == (file.bytes, file.modified, file.inode)
    }

    pub(super) fn file(self, name: String, digest: Digest) -> SourceFile {
        let Look { bytes, modified, inode, settled } = self;
        SourceFile { name, bytes, modified, inode, settled, digest }
    }
}

/// When a file was last changed: its content, or what the system keeps beside it, for that time nobody can set back.
#[cfg(unix)]
fn changed(metadata: &Metadata) -> Option<i64> {
    use std::os::unix::fs::MetadataExt;
    let beside = metadata.ctime().saturating_mul(1_000_000_000).saturating_add(metadata.ctime_nsec());
    Some(since_1970(metadata.modified().ok()?).max(beside))
}

#[cfg(not(unix))]
fn changed(metadata: &Metadata) -> Option<i64> {
    metadata.modified().ok().map(since_1970)
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}

fn since_1970(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => nanos(after),
        Err(before) => -nanos(before.duration()),
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
