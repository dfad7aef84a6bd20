//! What happens in a run, as plain facts.
//!
//! Events stand below both sides: the run loop says them, every view (progress, table, JSON, history) is a fold over
//! them. They know ids, names, numbers and times, and nothing of how either side works.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::failure::Class;
use crate::id::{RunId, TaskId};
use crate::lineage::Lineage;

/// The state of a step.
///
/// `waiting → ready → running → done | failed | timed_out | cancelled`, or without running `reused`, `skipped`,
/// `cancelled`. Between two attempts a step is waiting again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// A model it requires is not there yet.
    Waiting,
    /// All it requires is there; it has not been started.
    Ready,
    /// Its task is running.
    Running,
    /// Its task ended well and its models are committed.
    Done,
    /// Its task returned an error, panicked, or broke a contract.
    Failed,
    /// Its task ran longer than it may.
    TimedOut,
    /// It is up to date: what an earlier run made of it is used.
    Reused,
    /// A step that it reads from, near or far, failed, so this one was not started.
    Skipped,
    /// The run was asked to stop before or while it ran.
    Cancelled,
}

impl State {
    /// The word for this state.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Ready => "ready",
            State::Running => "running",
            State::Done => "done",
            State::Failed => "failed",
            State::TimedOut => "timed_out",
            State::Reused => "reused",
            State::Skipped => "skipped",
            State::Cancelled => "cancelled",
        }
    }

    /// Whether a step in this state will not change any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(self, State::Waiting | State::Ready | State::Running)
    }

    /// Whether what the step makes is there: it is done, or reused.
    #[must_use]
    pub const fn is_good(self) -> bool {
        matches!(self, State::Done | State::Reused)
    }

    /// All states, in the order a step may go through them.
    pub const ALL: [State; 9] = [
        State::Waiting,
        State::Ready,
        State::Running,
        State::Done,
        State::Failed,
        State::TimedOut,
        State::Reused,
        State::Skipped,
        State::Cancelled,
    ];
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `pad` and not `write_str`, so that tables can give a width.
        f.pad(self.as_str())
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ending {
    /// Every step is done, and what they made is published.
    Done,
    /// At least one step failed; nothing was published.
    Failed,
    /// The run was asked to stop; nothing was published.
    Cancelled,
    /// Its process ended without saying so, as the next run found.
    Killed,
}

impl Ending {
    /// The word for this ending.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Ending::Done => "done",
            Ending::Failed => "failed",
            Ending::Cancelled => "cancelled",
            Ending::Killed => "killed",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A step of the run, as it is announced at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepInfo {
    /// The task.
    pub task: TaskId,
    /// Its name.
    pub name: Arc<str>,
    /// The names of the groups it is in, joined by `/`; empty for a task outside any group.
    pub group: Arc<str>,
}

/// What becomes of a step whose model does not pass a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It fails, so that nothing of it is published.
    #[default]
    Error,
    /// It is done, and the run says so.
    Warn,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warn => "warn",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A check of a whole model, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The model's name.
    pub model: Arc<str>,
    /// The check's name.
    pub check: Arc<str>,
    /// What it demands, as `#[check(…)]` says it.
    pub rule: String,
    /// What becomes of the step where it does not pass.
    pub severity: Severity,
    /// Whether the model has passed.
    pub passed: bool,
    /// How many rows break it; `None` for a check of the table as one.
    pub failing: Option<u64>,
    /// What was found: a number of rows, or a share (0.5 is one half); `None` where there was nothing to measure.
    pub measured: Option<f64>,
    /// The least that may be found.
    pub min: Option<f64>,
    /// The most that may be found.
    pub max: Option<f64>,
    /// What was found where it has not passed, for people: a sentence, and lines with the first rows that break it.
    pub message: Option<String>,
}

impl Checked {
    /// Whether it has not passed, and that is told without failing the step.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        !self.passed && self.severity == Severity::Warn
    }
}

/// A model that a step committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The model's name.
    pub model: Arc<str>,
    /// Its rows; `None` for a model that has none.
    pub rows: Option<u64>,
    /// Its size in memory in bytes.
    pub bytes: u64,
    /// Its size on disk in bytes; `None` where it is not stored.
    pub stored_bytes: Option<u64>,
    /// What its columns are made of, where a query was put into it.
    pub lineage: Option<Arc<Lineage>>,
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of trouble it is.
    pub class: Class,
    /// The message, then its causes, outermost first; never empty.
    pub messages: Vec<String>,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq)]
pub struct StepEnd {
    /// The task.
    pub task: TaskId,
    /// Its name.
    pub name: Arc<str>,
    /// Its final state.
    pub state: State,
    /// How long all its attempts ran; zero for a step that was not started.
    pub elapsed: Duration,
    /// How many attempts it took; zero for a step that was not started.
    pub attempts: u32,
    /// Why it ran or was reused, in words, where the plan says so.
    pub why: Option<Arc<str>>,
    /// The run that did the work, for a reused step.
    pub reused: Option<RunId>,
    /// The rows of all models it read; `None` where none of them has rows.
    pub rows_in: Option<u64>,
    /// The rows of all models it committed; `None` where none of them has rows.
    pub rows_out: Option<u64>,
    /// The most memory the process held while it ran, in bytes, where the system tells.
    pub peak_memory: Option<u64>,
    /// The models it committed.
    pub committed: Vec<Committed>,
    /// The checks of whole models that it made, passed or not.
    pub checks: Vec<Checked>,
    /// Why it failed, for a failed step.
    pub failure: Option<Failure>,
    /// The failed task that kept a skipped step from being started.
    pub blamed: Option<Arc<str>>,
}

/// A published model and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The model's name.
    pub model: Arc<str>,
    /// Where people and other programs find it.
    pub path: PathBuf,
    /// Its rows; `None` for a model that has none.
    pub rows: Option<u64>,
    /// Its size there in bytes.
    pub bytes: u64,
}

/// A fact that happened in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The run.
    pub run: RunId,
    /// When it happened, in UTC.
    pub at: DateTime<Utc>,
    /// What happened.
    pub fact: Fact,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fact {
    /// The run began.
    RunStarted {
        /// The chain's name.
        chain: Arc<str>,
        /// The key of the partition that it is for; `None` where it is for all data.
        partition: Option<Arc<str>>,
        /// The steps, in the order they are planned to run.
        steps: Vec<StepInfo>,
    },
    /// A step was started.
    StepStarted {
        /// The task.
        task: TaskId,
        /// Its name.
        name: Arc<str>,
        /// Which attempt, from 1.
        attempt: u32,
    },
    /// An attempt failed, and the step will be tried again.
    StepRetried {
        /// The task.
        task: TaskId,
        /// Its name.
        name: Arc<str>,
        /// Which attempt failed, from 1.
        attempt: u32,
        /// How many there may be.
        attempts: u32,
        /// Why it failed.
        failure: Failure,
        /// After which time the next begins.
        delay: Duration,
    },
    /// A step ended, or will not be started.
    StepEnded(StepEnd),
    /// The results of the run were published.
    RunPublished {
        /// Every published model of the chain.
        models: Vec<Published>,
    },
    /// The run ended.
    RunEnded {
        /// How.
        ending: Ending,
        /// How long it took.
        elapsed: Duration,
        /// The most memory the process held, in bytes, where the system tells.
        peak_memory: Option<u64>,
    },
}

/// Somebody who wants to hear what happens.
///
/// What a listener does with an event cannot fail the run.
pub trait Listener: Send {
    /// Hears of one event; called in the order events happen, from the thread of the run loop.
    fn hear(&mut self, event: &Event);
}

impl<F: FnMut(&Event) + Send> Listener for F {
    fn hear(&mut self, event: &Event) {
        self(event);
    }
}
