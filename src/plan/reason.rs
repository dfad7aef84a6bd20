//! Why a step is run, reused or left alone, in words.

use std::fmt;
use std::path::PathBuf;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::fingerprint::Change;
use crate::id::RunId;
use crate::store::Condition;
use crate::words;

/// Why something is done with a step.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Run: somebody said so.
    Forced,
    /// Run: it was never done before.
    First,
    /// Run: something it depends on is different.
    Changed(Change),
    /// Run: each file of its source is read once, and so many are new, or none is any more.
    New {
        /// How many.
        files: u64,
    },
    /// Run: a table of a database of which each row is read once has new ones, or none any more, which is other input too.
    NewRows {
        /// The table.
        table: String,
        /// Whether it has.
        are_there: bool,
    },
    /// Run: it reads a model whose content cannot be told from other content.
    Untold {
        /// The model.
        model: String,
    },
    /// Run: the file of a model it made is not as it was written.
    Lost {
        /// The model.
        model: String,
        /// The file.
        path: PathBuf,
        /// What became of it.
        condition: Condition,
    },
    /// Run: a step that runs needs a model of it, which was not stored.
    Needed {
        /// The model.
        model: String,
        /// The task that needs it.
        reader: String,
    },
    /// Run: the caller wants to have a model of it, which was not stored.
    Kept {
        /// The model.
        model: String,
    },
    /// Run unless what these tasks make again comes out as it was.
    Awaits {
        /// The tasks it reads from, in order of position.
        providers: Vec<String>,
    },
    /// Reused: nothing is different since this run did it.
    Same {
        /// The run.
        run: RunId,
        /// When it did it, in UTC.
        at: DateTime<Utc>,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Forced => f.write_str("forced"),
            Reason::First => f.write_str("was never done before"),
            Reason::Changed(change) => change.fmt(f),
            Reason::NewRows { table, are_there: true } => write!(f, "table `{table}` has new rows"),
            Reason::NewRows { table, are_there: false } => write!(f, "table `{table}` has no new rows any more"),
            Reason::New { files: 0 } => f.write_str("no file is new any more"),
            Reason::New { files: 1 } => f.write_str("1 file is new"),
            Reason::New { files } => write!(f, "{} are new", words::count(*files, "file")),
            Reason::Untold { model } => {
                write!(f, "it reads `{model}`, whose content cannot be compared with what was read before")
            }
            Reason::Lost { model, path, condition } => {
                let what = match condition {
                    Condition::Missing => "is gone",
                    _ => "was changed or damaged",
                };
                write!(f, "the file of model `{model}` {what}: {}", path.display())
            }
            Reason::Needed { model, reader } => write!(f, "`{reader}` needs `{model}`, which is not stored"),
            Reason::Kept { model } => write!(f, "`{model}` is to be kept, which is not stored"),
            Reason::Awaits { providers } => {
                let (verb, names) = (if providers.len() == 1 { "makes" } else { "make" }, words::names(providers));
                write!(f, "unless {names} {verb} the same again")
            }
            Reason::Same { run, at } => {
                write!(f, "up to date since run {} of {}", run.short(), at.to_rfc3339_opts(SecondsFormat::Secs, true))
            }
        }
    }
}
