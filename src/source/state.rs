//! What the files of a source were like when somebody looked, and up to where a table of a database was read.

use std::fmt;

use crate::digest::Digest;

/// The files of a source, in the order they are read.
///
/// A table of a database is one file with the digest of the rows that are read; none, where they are those after a
/// watermark and there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceState {
    /// The files.
    pub files: Vec<SourceFile>,
    /// Up to where a table is read of which each row is read once; `None` where it has no row yet, and for all else.
    pub watermark: Option<Box<Watermark>>,
}

impl SourceState {
    /// These files.
    #[must_use]
    pub fn of(files: Vec<SourceFile>) -> SourceState {
        SourceState { files, watermark: None }
    }
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
    /// The digest of its bytes, as they are on disk; of the rows that were read of it, for a database.
    pub digest: Digest,
}

/// Up to where a table of a database was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watermark {
    /// The table.
    pub table: String,
    /// The column by which new rows are told.
    pub column: String,
    /// The greatest value of it that was read, as the database holds it.
    pub mark: Mark,
    /// What tells apart which columns were read.
    pub columns: Digest,
    /// What tells apart the rows that have this value; others that have it may come later. Of each as many bytes of its
    /// digest, in ascending order.
    pub rows: Vec<[u8; 16]>,
    /// What the file of the database was like, with the digest of the rows that were new.
    pub file: SourceFile,
}

/// A value of a watermark's column, as the database holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A whole number.
    Int(i64),
    /// A text, in the order of its bytes.
    Text(String),
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mark::Int(number) => number.fmt(f),
            Mark::Text(text) => text.fmt(f),
        }
    }
}
