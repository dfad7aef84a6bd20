//! One committed content of a model, as a store knows it.

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
