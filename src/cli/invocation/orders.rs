//! What a verb is asked to do, where that takes more than a word.

use std::path::PathBuf;

use crate::cli::args::{
    BackfillArgs, BackfillResumeArgs, BackfillVerb, Manager, Pace, ScheduleNextArgs, SchedulePrintArgs,
    ScheduleRunArgs, ScheduleVerb, Shared, Width,
};
use crate::ledger::Picked;
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

/// What is to be done about backfills.
#[derive(Debug, PartialEq)]
pub(in crate::cli) enum BackfillOrder {
    Begin(BeginOrder),
    List {
        /// At most so many.
        last: usize,
    },
    Show {
        backfill: String,
    },
    Resume(BackfillResumeOrder),
    Stop {
        backfill: String,
    },
}

/// Which partitions are to be run, and how.
#[derive(Debug, PartialEq)]
pub(in crate::cli) struct BeginOrder {
    /// The keys of the first and the last.
    pub(in crate::cli) from: Option<String>,
    pub(in crate::cli) to: Option<String>,
    pub(in crate::cli) picked: Picked,
    pub(in crate::cli) reverse: bool,
    /// Whether tasks that take ranges are called for each partition alone.
    pub(in crate::cli) no_ranges: bool,
    /// More than so many are refused.
    pub(in crate::cli) at_most: usize,
    pub(in crate::cli) dry_run: bool,
    /// How many partitions at a time.
    pub(in crate::cli) width: Width,
    pub(in crate::cli) pace: Pace,
}

/// Which backfill is to be gone on with, and how. The options are those that were typed: they beat those on record.
#[derive(Debug, PartialEq)]
pub(in crate::cli) struct BackfillResumeOrder {
    pub(in crate::cli) backfill: String,
    /// Whether what failed is run once more.
    pub(in crate::cli) failed: bool,
    pub(in crate::cli) width: Width,
    pub(in crate::cli) pace: Pace,
    pub(in crate::cli) shared: Shared,
}

impl BackfillOrder {
    pub(super) fn of(args: BackfillArgs, shared: &Shared) -> BackfillOrder {
        match args.verb {
            None => BackfillOrder::Begin(BeginOrder {
                from: args.from,
                to: args.to,
                picked: match (args.failed, args.all) {
                    (true, _) => Picked::Failed,
                    (_, true) => Picked::All,
                    _ => Picked::Missing,
                },
                reverse: args.reverse,
                no_ranges: args.no_ranges,
                at_most: args.at_most,
                dry_run: args.dry_run,
                width: args.width,
                pace: args.pace,
            }),
            Some(BackfillVerb::List(args)) => BackfillOrder::List { last: args.last },
            Some(BackfillVerb::Show(args)) => BackfillOrder::Show { backfill: args.backfill },
            Some(BackfillVerb::Resume(BackfillResumeArgs { backfill, failed, width, pace, .. })) => {
                BackfillOrder::Resume(BackfillResumeOrder { backfill, failed, width, pace, shared: shared.clone() })
            }
            Some(BackfillVerb::Stop(args)) => BackfillOrder::Stop { backfill: args.backfill },
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
