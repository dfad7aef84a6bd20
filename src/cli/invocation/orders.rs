//! What a verb is asked to do, where that takes more than a word.

use std::path::PathBuf;

use crate::cli::args::{Manager, Pace, ScheduleNextArgs, SchedulePrintArgs, ScheduleRunArgs, ScheduleVerb};
use crate::session;

/// What a run is asked to do.
#[derive(Debug, Default, PartialEq)]
pub(in crate::cli) struct RunOrder {
    pub(in crate::cli) request: session::Request,
    pub(in crate::cli) fail_fast: bool,
    pub(in crate::cli) pace: Pace,
    /// Whether to wait while another run has the data folder.
    pub(in crate::cli) wait: bool,
    /// The arguments that say all of this but `pace` and `wait`.
    pub(in crate::cli) arguments: Vec<String>,
}

/// Which partitions are to be run, and how.
#[derive(Debug, PartialEq)]
pub(in crate::cli) struct BackfillOrder {
    /// The keys of the first and the last.
    pub(in crate::cli) from: String,
    pub(in crate::cli) to: Option<String>,
    pub(in crate::cli) picked: Picked,
    pub(in crate::cli) reverse: bool,
    /// More than so many are refused.
    pub(in crate::cli) at_most: usize,
    pub(in crate::cli) dry_run: bool,
    pub(in crate::cli) pace: Pace,
}

/// Which of the partitions in between are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Picked {
    /// Those that no run has done.
    Missing,
    /// Those whose last run did not get done.
    Failed,
    All,
}

impl Picked {
    /// What is true when there are none of them.
    pub(in crate::cli) const fn none(self) -> &'static str {
        match self {
            Picked::Missing => "each was done",
            Picked::Failed => "none has failed",
            Picked::All => "there is none",
        }
    }
}

/// What is to be done with the schedules.
#[derive(Debug, PartialEq)]
pub(in crate::cli) enum ScheduleOrder {
    Run {
        /// Whether to end when nothing is due.
        once: bool,
        pace: Pace,
    },
    Next {
        /// How many times of each.
        count: usize,
    },
    Print {
        manager: Manager,
    },
}

impl ScheduleOrder {
    pub(super) fn of(verb: &ScheduleVerb) -> ScheduleOrder {
        match verb {
            ScheduleVerb::Run(ScheduleRunArgs { once, pace, .. }) => ScheduleOrder::Run { once: *once, pace: *pace },
            ScheduleVerb::Next(ScheduleNextArgs { count, .. }) => ScheduleOrder::Next { count: *count },
            ScheduleVerb::Print(SchedulePrintArgs { manager, .. }) => ScheduleOrder::Print { manager: *manager },
        }
    }
}

/// Which page is to be written, and where.
#[derive(Debug, PartialEq)]
pub(in crate::cli) struct ReportOrder {
    /// The run; the last one where none is named.
    pub(in crate::cli) run: Option<String>,
    /// Whether it is about many runs.
    pub(in crate::cli) all: bool,
    /// About so many.
    pub(in crate::cli) last: usize,
    /// How many rows of each table are shown.
    pub(in crate::cli) rows: usize,
    pub(in crate::cli) out: Option<PathBuf>,
}

/// Which runs of the history are meant.
#[derive(Debug, PartialEq)]
pub(in crate::cli) struct HistoryFilter {
    pub(in crate::cli) last: usize,
    /// As it was typed.
    pub(in crate::cli) since: Option<String>,
    pub(in crate::cli) failed: bool,
    pub(in crate::cli) running: bool,
    pub(in crate::cli) task: Option<String>,
}
