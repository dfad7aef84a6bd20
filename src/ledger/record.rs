//! What the ledger tells.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::digest::Digest;
use crate::event::{Checked, Ending, Failure, State};
use crate::fingerprint::Fingerprint;
use crate::id::{BackfillId, RunId};
use crate::lineage::Lineage;
use crate::store::{StoredFile, Version};

/// One committed content of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRecord {
    /// The model.
    pub model: String,
    /// The run that made it, which is the version's name.
    pub run: RunId,
    /// The task that made it.
    pub task: String,
    /// When it was committed, in UTC.
    pub at: DateTime<Utc>,
    /// The digest of its content: values and schema, in order.
    pub digest: Digest,
    /// Its rows, where it has rows.
    pub rows: Option<u64>,
    /// Its size in memory, in bytes.
    pub bytes: u64,
    /// Its columns, each with name and type, for a table.
    pub columns: Vec<(String, String)>,
    /// What its columns are made of, where a query was put into it.
    pub lineage: Option<Arc<Lineage>>,
    /// The file it is in; `None` for what lived in memory only.
    pub file: Option<StoredFile>,
}

impl VersionRecord {
    /// The version as its store knows it; `None` for what lived in memory only.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        let extension = self.file.as_ref()?.extension.clone();
        Some(Version { model: self.model.clone(), run: self.run, extension })
    }
}

/// A model that is published in a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicationRecord {
    /// The model.
    pub model: String,
    /// The partition; empty for a chain that has none.
    pub partition: String,
    /// When a run brought it into view last, made anew or found up to date, in UTC.
    pub at: DateTime<Utc>,
}

/// A model that a step read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRecord {
    /// The model.
    pub model: String,
    /// The run that made the version it read; `None` for a model that the caller supplied.
    pub version: Option<RunId>,
    /// The digest of what it read.
    pub digest: Digest,
}

/// What was done of a task: what the next run may reuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Performed {
    /// The task.
    pub task: String,
    /// The run that did it.
    pub run: RunId,
    /// When, in UTC.
    pub at: DateTime<Utc>,
    /// How long it took.
    pub elapsed: Duration,
    /// The most memory that the process held meanwhile, in bytes, where that was measured.
    pub peak_memory: Option<u64>,
    /// What the result depends on.
    pub fingerprint: Fingerprint,
    /// What it made.
    pub made: Vec<VersionRecord>,
    /// Whether something that it made is published.
    pub published: bool,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    /// The run.
    pub run: RunId,
    /// The chain.
    pub chain: String,
    /// The partition; empty for a chain that has none.
    pub partition: String,
    /// When it began, in UTC.
    pub began: DateTime<Utc>,
    /// When it ended; `None` for one that goes on, or was killed.
    pub ended: Option<DateTime<Utc>>,
    /// How it ended.
    pub ending: Option<Ending>,
    /// Whether it has published.
    pub published: bool,
    /// The machine it runs on.
    pub host: String,
    /// Its process.
    pub process: u32,
    /// Arguments of the command line that do the same again.
    pub request: Vec<String>,
    /// The run that this one goes on with.
    pub resumes: Option<RunId>,
    /// The backfill that it is part of.
    pub backfill: Option<BackfillId>,
    /// How many of its steps are in each state, in the order of [`State`]'s words; states without steps are left out.
    pub counts: Vec<(State, u64)>,
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct StepRecord {
    /// The task.
    pub task: String,
    /// Its state: [`State::Waiting`] before it was started and after an attempt that failed, [`State::Running`] while it
    /// runs, or when its process was killed meanwhile.
    pub state: State,
    /// When it was started first.
    pub started: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended: Option<DateTime<Utc>>,
    /// How long all its attempts ran.
    pub elapsed: Duration,
    /// Why it ran, or was reused, or was not started.
    pub why: String,
    /// The run that did the work, for a reused step.
    pub reused: Option<RunId>,
    /// The rows it read.
    pub rows_in: Option<u64>,
    /// The rows it made.
    pub rows_out: Option<u64>,
    /// The most memory the process held, in bytes.
    pub peak_memory: Option<u64>,
    /// Its attempts, in order.
    pub attempts: Vec<AttemptRecord>,
    /// What it read.
    pub reads: Vec<ReadRecord>,
    /// What it made.
    pub made: Vec<VersionRecord>,
    /// The checks of whole models that it made, passed or not; none of a reused step.
    pub checks: Vec<Checked>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The failed task that kept it from being started.
    pub blamed: Option<String>,
}

impl StepRecord {
    /// The step of a task of which nothing has happened yet.
    pub(crate) fn waiting(task: String) -> StepRecord {
        StepRecord {
            task,
            state: State::Waiting,
            started: None,
            ended: None,
            elapsed: Duration::ZERO,
            why: String::new(),
            reused: None,
            rows_in: None,
            rows_out: None,
            peak_memory: None,
            attempts: Vec::new(),
            reads: Vec::new(),
            made: Vec::new(),
            checks: Vec::new(),
            failure: None,
            blamed: None,
        }
    }
}

/// An attempt of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptRecord {
    /// Which, from 1.
    pub attempt: u32,
    /// When it was started, in UTC.
    pub started: DateTime<Utc>,
    /// How it ended; [`State::Running`] for one that goes on, or whose process was killed.
    pub state: State,
    /// How long it ran.
    pub elapsed: Duration,
    /// Why it failed.
    pub failure: Option<Failure>,
}

/// Which runs are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// At most so many; all if absent.
    pub limit: Option<usize>,
    /// Those that began at this instant or later.
    pub since: Option<DateTime<Utc>>,
    /// Those that ended so; `Some(None)` for those that have not ended.
    pub ending: Option<Option<Ending>>,
    /// Those in which this task was started or reused.
    pub task: Option<String>,
    /// Those for the partition of this key; empty for those that are for all data.
    pub partition: Option<String>,
}
