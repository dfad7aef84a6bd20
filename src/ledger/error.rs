//! Why the ledger could not be read or written.

use std::path::PathBuf;

/// A ledger that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The file cannot be read as a ledger. It is left as it is.
    #[error("the ledger `{}` cannot be read: {reason}; restore it, or move the folder it is in away to begin anew", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file was written by a later version.
    #[error("the ledger `{}` has format {found}, and this program knows formats up to {known}; use a newer one", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The latest format this program knows.
        known: u32,
    },
    /// The file cannot be got at: it may not be read or written, or somebody keeps it busy, or its disk is full. Nothing
    /// is wrong with what is in it.
    #[error("the ledger `{}` cannot be used: {reason}", .path.display())]
    Unavailable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file cannot be written, or an entry is not possible after those on record.
    #[error("the ledger `{}` cannot be written: {reason}", .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A run that must not be forgotten.
    #[error("run {run} cannot be forgotten: what it made is published, or the next run builds on it")]
    Needed {
        /// The run.
        run: String,
    },
}
