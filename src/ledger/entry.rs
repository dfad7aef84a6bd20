//! What is written into the ledger.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Picked, RangeRecord, ReadRecord, VersionRecord};
use crate::event::{Checked, Ending, Failure, State};
use crate::fingerprint::Fingerprint;
use crate::id::{BackfillId, RunId};

/// One entry of the ledger. Times are in UTC.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Entry {
    /// A run began; written before its first step.
    RunBegan(RunBegan),
    /// An attempt of a step was started.
    StepStarted {
        /// The run.
        run: RunId,
        /// The task.
        task: String,
        /// Which attempt, from 1.
        attempt: u32,
        /// When.
        at: DateTime<Utc>,
    },
    /// An attempt ended.
    Attempted(Attempted),
    /// A step ended for good. Where it is done, its versions are committed by this entry.
    StepEnded(Box<StepDone>),
    /// These versions are the published ones now, all of them.
    Published {
        /// The run that published.
        run: RunId,
        /// The partition.
        partition: String,
        /// When.
        at: DateTime<Utc>,
        /// Each model and the run that made its version.
        versions: Vec<(String, RunId)>,
    },
    /// A run ended.
    RunEnded {
        /// The run.
        run: RunId,
        /// How.
        ending: Ending,
        /// When.
        at: DateTime<Utc>,
    },
    /// A backfill began; written before its first run.
    BackfillBegan(BackfillBegan),
    /// A partition of a backfill was to be run, and its run did not come to begin.
    RunNotBegun {
        /// The backfill.
        backfill: BackfillId,
        /// The partition.
        partition: String,
        /// When.
        at: DateTime<Utc>,
        /// Why, in words.
        messages: Vec<String>,
    },
    /// Somebody wants a backfill to begin no further run.
    StopAsked {
        /// The backfill.
        backfill: BackfillId,
        /// When.
        at: DateTime<Utc>,
    },
    /// A process ended its work on a backfill.
    BackfillEnded {
        /// The backfill.
        backfill: BackfillId,
        /// How: [`Ending::Cancelled`] where something is left.
        ending: Ending,
        /// When.
        at: DateTime<Utc>,
    },
    /// A process goes on with a backfill.
    BackfillResumed {
        /// The backfill.
        backfill: BackfillId,
        /// Which process this is that works on it, from 2: of two that want to go on with it at once, one is refused.
        sitting: u32,
        /// When.
        at: DateTime<Utc>,
        /// The machine it runs on.
        host: String,
        /// The process.
        process: u32,
    },
}

/// A backfill that began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackfillBegan {
    /// The backfill.
    pub backfill: BackfillId,
    /// The chain.
    pub chain: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The machine it runs on.
    pub host: String,
    /// Its process.
    pub process: u32,
    /// What it was asked to do: arguments of the command line that do it again, without secrets.
    pub request: Vec<String>,
    /// The keys of the first and the last partition that were meant.
    pub ends: (String, String),
    /// Which of the partitions in between were meant.
    pub picked: Picked,
    /// Whether the last comes first.
    pub reverse: bool,
    /// How many partitions are run side by side.
    pub jobs: u32,
    /// The partitions that are to be run, in order of the partitions.
    pub ranges: Vec<RangeRecord>,
}

/// A run that began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunBegan {
    /// The run.
    pub run: RunId,
    /// The chain.
    pub chain: String,
    /// The partition; empty for a chain that has none.
    pub partition: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The machine it runs on.
    pub host: String,
    /// Its process.
    pub process: u32,
    /// What it was asked to do: arguments of the command line that do it again, without secrets.
    pub request: Vec<String>,
    /// The run that this one goes on with, where somebody said so.
    pub resumes: Option<RunId>,
    /// The backfill that it is part of.
    pub backfill: Option<BackfillId>,
    /// The tasks that are part of it, in the order they are planned.
    pub steps: Vec<String>,
}

/// An attempt that ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempted {
    /// The run.
    pub run: RunId,
    /// The task.
    pub task: String,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// When it ended.
    pub at: DateTime<Utc>,
    /// How.
    pub state: State,
    /// How long it ran.
    pub elapsed: Duration,
    /// Why it failed.
    pub failure: Option<Failure>,
}

/// A step that ended for good.
#[derive(Clone, Debug, PartialEq)]
pub struct StepDone {
    /// The run.
    pub run: RunId,
    /// The partition.
    pub partition: String,
    /// The task.
    pub task: String,
    /// When it ended.
    pub at: DateTime<Utc>,
    /// How.
    pub state: State,
    /// How long all its attempts ran.
    pub elapsed: Duration,
    /// Why it ran, or was reused, or was not started; in words.
    pub why: String,
    /// The run that did the work, for a reused step.
    pub reused: Option<RunId>,
    /// The rows it read, where what it read has rows.
    pub rows_in: Option<u64>,
    /// The rows it made, where what it made has rows.
    pub rows_out: Option<u64>,
    /// The most memory the process held, in bytes.
    pub peak_memory: Option<u64>,
    /// What it read.
    pub reads: Vec<ReadRecord>,
    /// What it made; empty unless it is done.
    pub made: Vec<VersionRecord>,
    /// The checks of whole models that it made, passed or not.
    pub checks: Vec<Checked>,
    /// What its result depends on, for a step that is done.
    pub fingerprint: Option<Fingerprint>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The failed task that kept it from being started.
    pub blamed: Option<String>,
}
