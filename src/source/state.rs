//! What the files of a source were like when somebody looked.

use crate::digest::Digest;

/// The files of a source, in the order they are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceState {
    /// The files.
    pub files: Vec<SourceFile>,
}

/// One file of a source. Where it is, is no part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name, without the folder; empty for a source that is one file and no folder, which may be renamed.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// When it was last changed, in nanoseconds since 1970 (UTC): its content, or on Unix also what the system keeps
    /// beside it (owner, rights, times), since a change of the content that hides its time shows there.
    pub modified: i64,
    /// Its number in the file system, where there is one; else 0.
    pub inode: u64,
    /// Whether it was last changed long enough before it was read that a later change must show in `modified`.
    pub settled: bool,
    /// The digest of its bytes, as they are on disk.
    pub digest: Digest,
}
