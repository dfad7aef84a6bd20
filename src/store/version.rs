//! One committed content of a model, as a store knows it.

use std::fs::Metadata;
use std::time::UNIX_EPOCH;

use super::StoreError;
use crate::digest::Digest;
use crate::id::RunId;

/// One content of a model that a store keeps: immutable, named by the run that made it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The model.
    pub model: String,
    /// The run that made it.
    pub run: RunId,
    /// The ending of its file, which tells its form: `parquet`, `csv`, `json`, …; empty for a file without an ending.
    pub extension: String,
}

impl Version {
    /// The version whose file has this name.
    pub(super) fn of_file(run: RunId, name: &str) -> Version {
        let (model, extension) = name.split_once('.').unwrap_or((name, ""));
        Version { model: model.to_owned(), run, extension: extension.to_owned() }
    }

    /// The name of its file.
    pub(super) fn file_name(&self) -> String {
        match self.extension.as_str() {
            "" => self.model.clone(),
            extension => format!("{}.{extension}", self.model),
        }
    }

    /// Refuses a name that would lead out of the folder.
    pub(super) fn check_name(&self) -> Result<(), StoreError> {
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let model = &self.model;
        if !model.starts_with(char::is_alphanumeric) || !model.chars().all(is_plain) {
            return Err(StoreError::Name { model: model.clone() });
        }
        if self.extension.contains(['/', '\\']) {
            return Err(StoreError::Name { model: self.file_name() });
        }
        Ok(())
    }
}

/// The file of a version, as it was when it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Its form and its ending: `parquet`, `csv`, `json`, …; empty for a file without an ending.
    pub extension: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// When it was last changed, in nanoseconds since 1970 (UTC).
    pub modified: i64,
    /// Its number in the file system, where there is one; else 0.
    pub inode: u64,
    /// The digest of its bytes.
    pub digest: Digest,
}

impl StoredFile {
    /// Whether a file that looks like this is the one that was written, as far as looking tells.
    pub(super) fn looks_like(&self, metadata: &Metadata) -> bool {
        (self.bytes, self.modified, self.inode) == (metadata.len(), modified(metadata), inode(metadata))
    }
}

/// When a file was last changed, in nanoseconds since 1970; 0 where the system does not tell.
pub(super) fn modified(metadata: &Metadata) -> i64 {
    let Ok(time) = metadata.modified() else { return 0 };
    let nanos = |duration: std::time::Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
    time.duration_since(UNIX_EPOCH).map_or_else(|before| -nanos(before.duration()), nanos)
}

/// The number of a file in its file system; 0 where there is none.
pub(super) fn inode(metadata: &Metadata) -> u64 {
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    let inode = {
        let _ = metadata;
        0
    };
    inode
}

/// What became of the file of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It is as it was written.
    Intact,
    /// It is gone.
    Missing,
    /// It is there, and other than it was written.
    Damaged,
}

/// The versions that are published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The run that published them; it need not have made them.
    pub run: RunId,
    /// The versions, in order of the models' names.
    pub versions: Vec<Version>,
}
