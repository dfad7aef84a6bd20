//! What can go wrong in a SQLite file, and what a ledger makes of it.

use std::io;
use std::path::Path;

use rusqlite::ErrorCode;

use crate::id::RunId;
use crate::ledger::LedgerError;
use crate::ledger::refusal::Refusal;

/// A fault, before it is known whether the file was read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// The file is damaged or foreign.
    #[error("{0}")]
    Damaged(String),
    /// A later version wrote it.
    #[error("format {found} is later than {known}")]
    Newer { found: u32, known: u32 },
    #[error("it has `{word}` for {what}, which this program does not know; a newer one may have written it")]
    Word { what: &'static str, word: String },
    #[error("{0} is too large a number")]
    TooLarge(u64),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("run {0} is needed")]
    Needed(RunId),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
}

impl Fault {
    /// The error, for a ledger that was read.
    pub(super) fn reading(self, path: &Path) -> LedgerError {
        self.told(path, |path, reason| LedgerError::Unreadable { path: path.to_owned(), reason })
    }

    /// The error, for a ledger that was written.
    pub(super) fn writing(self, path: &Path) -> LedgerError {
        self.told(path, |path, reason| LedgerError::Unwritable { path: path.to_owned(), reason })
    }

    fn told(self, path: &Path, otherwise: impl FnOnce(&Path, String) -> LedgerError) -> LedgerError {
        let unreadable = |reason: String| LedgerError::Unreadable { path: path.to_owned(), reason };
        match self {
            Fault::Newer { found, known } => LedgerError::Newer { path: path.to_owned(), found, known },
            Fault::Needed(run) => LedgerError::Needed { run: run.to_string() },
            Fault::Damaged(_) | Fault::Word { .. } => unreadable(self.to_string()),
            Fault::Sql(ref error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseCorrupt) => unreadable("it is damaged".to_owned()),
                Some(ErrorCode::NotADatabase) => unreadable("it is no SQLite file".to_owned()),
                Some(
                    code @ (ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::PermissionDenied
                    | ErrorCode::ReadOnly
                    | ErrorCode::CannotOpen
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::DiskFull
                    | ErrorCode::OutOfMemory),
                ) => LedgerError::Unavailable { path: path.to_owned(), reason: hindrance(code, error) },
                _ => otherwise(path, error.to_string()),
            },
            Fault::Io(error) => LedgerError::Unavailable { path: path.to_owned(), reason: error.to_string() },
            Fault::TooLarge(_) | Fault::Refused(_) => otherwise(path, self.to_string()),
        }
    }
}

fn hindrance(code: ErrorCode, error: &rusqlite::Error) -> String {
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => "another process keeps writing to it".to_owned(),
        ErrorCode::DiskFull => "no space is left on its disk".to_owned(),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => "it may only be read".to_owned(),
        ErrorCode::CannotOpen => "it or a file beside it cannot be opened".to_owned(),
        _ => error.to_string(),
    }
}
