//! What the ledger tells of backfills.

use chrono::{DateTime, Utc};

use crate::event::Ending;
use crate::id::{BackfillId, RunId};

/// Which of the partitions in between are meant by a backfill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Picked {
    /// Those that no run has done.
    Missing,
    /// Those whose last run did not get done.
    Failed,
    /// All.
    All,
}

impl Picked {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Picked::Missing => "missing",
            Picked::Failed => "failed",
            Picked::All => "all",
        }
    }
}

/// A backfill: many partitions that one command runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackfillRecord {
    /// The backfill.
    pub backfill: BackfillId,
    /// The chain.
    pub chain: String,
    /// When it began, in UTC.
    pub began: DateTime<Utc>,
    /// When it ended, for the last time; `None` for one that goes on, or whose process was killed.
    pub ended: Option<DateTime<Utc>>,
    /// How it ended: [`Ending::Cancelled`] where something was left.
    pub ending: Option<Ending>,
    /// When somebody asked for it to stop, since a process went on with it last.
    pub stop_asked: Option<DateTime<Utc>>,
    /// The machine of the process that worked on it last.
    pub host: String,
    /// That process.
    pub process: u32,
    /// How many processes have worked on it, one after another.
    pub sittings: u32,
    /// Arguments of the command line that ask for the same.
    pub request: Vec<String>,
    /// The keys of the first and the last partition that were meant.
    pub ends: (String, String),
    /// Which of the partitions in between were meant.
    pub picked: Picked,
    /// Whether the last comes first.
    pub reverse: bool,
    /// How many partitions are run side by side.
    pub jobs: u32,
    /// How many partitions it is to run.
    pub partitions: u64,
    /// How many partitions were begun and ended so: first those that have not ended, `None`, then by the letters of the words.
    pub counts: Vec<(Option<Ending>, u64)>,
}

impl BackfillRecord {
    /// How many partitions were begun and ended so last; `None` for those that have not ended.
    #[must_use]
    pub fn count(&self, ending: Option<Ending>) -> u64 {
        self.counts.iter().filter(|(known, _)| *known == ending).map(|(_, partitions)| partitions).sum()
    }

    /// How many partitions were not begun.
    #[must_use]
    pub fn not_begun(&self) -> u64 {
        self.partitions.saturating_sub(self.counts.iter().map(|(_, partitions)| partitions).sum())
    }
}

/// Partitions that lie side by side, from the first to the last of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeRecord {
    /// The key of the first.
    pub first: String,
    /// The key of the last.
    pub last: String,
    /// How many there are.
    pub partitions: u64,
}

/// A partition that a backfill has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionRecord {
    /// Its key.
    pub partition: String,
    /// Its last run; `None` where that did not come to begin.
    pub run: Option<RunId>,
    /// When it was begun last, in UTC.
    pub began: DateTime<Utc>,
    /// When that ended; `None` for one that goes on, or was killed.
    pub ended: Option<DateTime<Utc>>,
    /// How it ended.
    pub ending: Option<Ending>,
    /// Why its run did not come to begin.
    pub messages: Vec<String>,
}
