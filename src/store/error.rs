//! Why a store could not keep or find something.

use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use polars::prelude::PolarsError;

use super::lease::Holder;
use crate::id::RunId;
use crate::schema::Format;
use crate::source::SourceError;

/// A store that could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another run has the store.
    #[error("`{}` is being written by {holder}; wait until it ends{}", .place.display(), or_until(.until.as_ref()))]
    Busy {
        /// The store's folder.
        place: PathBuf,
        /// Who has it, as far as that is known.
        holder: Holder,
        /// When it can be had in any case, where the holder is on another machine and could be gone unnoticed.
        until: Option<DateTime<Utc>>,
    },
    /// The run does not have the store any more, so it may not change what is published.
    #[error(
        "`{}` is no longer held by run {}{}; nothing was published, so run again",
        .place.display(), .run.short(), but_by(.holder.as_ref())
    )]
    LeaseLost {
        /// The store's folder.
        place: PathBuf,
        /// The run that had it.
        run: RunId,
        /// Who has it now, if anybody.
        holder: Option<Holder>,
    },
    /// The folder is laid out in a way of before.
    #[error("`{0}` was made by an older version; move `{0}/.purvey` away", .place.display())]
    Older {
        /// The store's folder.
        place: PathBuf,
    },
    /// The folder has the results of another chain, which publishing these would remove.
    #[error("`{}` holds the results of chain `{theirs}`, not of `{ours}`; choose another `--data DIR`", .place.display())]
    OtherChain {
        /// The store's folder.
        place: PathBuf,
        /// The chain whose results are there.
        theirs: String,
        /// The chain that was to be run.
        ours: String,
    },
    /// The system refuses.
    #[error("failed to {action} `{}`: {source}{}", .path.display(), hint(.source))]
    Io {
        /// What was attempted.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The record of fires cannot be read. It is left as it is.
    #[error("the record of fires `{}` cannot be read: {reason}; restore it, or move it away: what was missed is then not run", .path.display())]
    Fires {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The record of what people were told is late cannot be read. It is left as it is.
    #[error("the record of what is late `{}` cannot be read: {reason}; restore it, or move it away: what is late is then told once more", .path.display())]
    Late {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Polars cannot write or read a file.
    #[error("failed to {action} `{}`: {source}", .path.display())]
    Polars {
        /// What was attempted.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What polars says.
        source: PolarsError,
    },
    /// A stored text file does not read back.
    #[error("a stored model cannot be read back; has it been changed by hand?\n  {source}")]
    Source {
        /// What is wrong with it.
        source: SourceError,
    },
    /// A file that no store has made is where a result is to be.
    #[error("`{}` was not made by a run and is in the way of model `{model}`; move it away", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The model.
        model: String,
    },
    /// Values that a format has no words for.
    #[error("model `{model}` cannot be stored as {}: {reason}; store it as parquet", .format.as_str())]
    Unwritable {
        /// The model.
        model: String,
        /// The format.
        format: Format,
        /// Which values, and why.
        reason: String,
    },
    /// Content that does not go with the form it is to be stored in.
    #[error("a {found} cannot be stored as model `{model}`, which is kept as {storage}")]
    Mismatch {
        /// The model.
        model: String,
        /// The form it is kept in.
        storage: String,
        /// The form of the content.
        found: &'static str,
    },
    /// A stored model that cannot be put to use again.
    #[error("stored model `{model}` cannot be used: {}; run its provider again", .reason.join(": "))]
    Unusable {
        /// The model.
        model: String,
        /// Why, outermost first.
        reason: Vec<String>,
    },
    /// A stored model that is wanted in another form.
    #[error("model `{model}` is stored as `{stored}` and wanted as `{wanted}` now; run its provider again")]
    OtherForm {
        /// The model.
        model: String,
        /// The ending of its file.
        stored: String,
        /// The ending that was asked for.
        wanted: String,
    },
    /// A table without a schema to read it by.
    #[error("table `{model}` cannot be read from text without its schema")]
    Schema {
        /// The model.
        model: String,
    },
    /// A name that would lead out of the folder.
    #[error(
        "`{model}` cannot be the name of a file; a stored model's name has letters, digits, `_` and `-` only, and a letter or digit first"
    )]
    Name {
        /// The model.
        model: String,
    },
}

impl StoreError {
    /// For `map_err`: the system's error with what was attempted.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
        move |source| StoreError::Io { action, path: path.to_owned(), source }
    }
}

fn or_until(until: Option<&DateTime<Utc>>) -> String {
    until.map(|until| until.format(", or until %FT%TZ if that host is gone").to_string()).unwrap_or_default()
}

fn but_by(holder: Option<&Holder>) -> String {
    holder.map(|holder| format!(" but by {holder}")).unwrap_or_default()
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; make room there, or choose another `--data DIR`"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; make it writable for this user, or choose another `--data DIR`"
        }
        _ => "",
    }
}
