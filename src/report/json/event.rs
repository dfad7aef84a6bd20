//! The document of one event.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::event::{self, Fact, StepInfo};
use crate::id::TaskId;
use crate::report::summary::StepSummary;

use super::run::{Failure, Published, Step};
use super::{Document, Envelope, group, millis, time};

/// One event, kind `event`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The run's id.
    pub run: String,
    /// When it happened.
    pub at: String,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

impl Document for Event {
    const KIND: &'static str = "event";
}

/// What happened, by the field `event`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// The run began.
    RunStarted {
        /// The chain's name.
        chain: String,
        /// The key of the partition that it is for; `None` where it is for all data.
        partition: Option<String>,
        /// The steps, in the order they are planned to run.
        steps: Vec<PlannedStep>,
    },
    /// A step was started.
    StepStarted {
        /// The task's name.
        task: String,
        /// Which attempt, from 1.
        attempt: u32,
    },
    /// An attempt failed, and the step will be tried again.
    StepRetried {
        /// The task's name.
        task: String,
        /// Which attempt failed, from 1.
        attempt: u32,
        /// How many there may be.
        attempts: u32,
        /// Why it failed.
        failure: Failure,
        /// After which time the next begins, in milliseconds.
        delay_ms: f64,
    },
    /// A step ended, or will not be started.
    StepEnded(Box<Step>),
    /// The results of the run were published.
    RunPublished {
        /// Every published model.
        published: Vec<Published>,
    },
    /// The run ended.
    RunEnded {
        /// `done`, `failed`, `cancelled` or `killed`.
        ending: String,
        /// How long it took, in milliseconds.
        elapsed_ms: f64,
        /// The most memory the process held.
        peak_memory_bytes: Option<u64>,
    },
}

/// A step that has not begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// The task's name.
    pub task: String,
    /// The groups it is in, joined by `/`; `None` outside any group.
    pub group: Option<String>,
}

/// The events of a run as documents. A step's end names its group, so the fold has to have heard of the run's start.
///
/// ```
/// use purvey::event::{Event, Fact, Listener};
/// use purvey::report::json::Events;
///
/// let mut events = Events::default();
/// # let (run, at) = ("0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e".parse()?, chrono::DateTime::UNIX_EPOCH);
/// let started = Event { run, at, fact: Fact::RunStarted { chain: "alpine".into(), partition: None, steps: vec![] } };
/// assert!(events.line(&started).ends_with(r#""event":"run_started","chain":"alpine","partition":null,"steps":[]}"#));
/// # Ok::<(), purvey::id::ParseRunIdError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Events {
    steps: IndexMap<TaskId, StepInfo>,
}

impl Events {
    /// Writes an event as one line of JSON, without a line feed.
    pub fn line(&mut self, event: &event::Event) -> String {
        let body = Event { run: event.run.to_string(), at: time(event.at), what: self.what(&event.fact) };
        Envelope::new(body).to_line()
    }

    fn what(&mut self, fact: &Fact) -> What {
        match fact {
            Fact::RunStarted { chain, partition, steps } => {
                self.steps = steps.iter().map(|info| (info.task, info.clone())).collect();
                let planned = |info: &StepInfo| PlannedStep { task: info.name.to_string(), group: group(info) };
                What::RunStarted {
                    chain: chain.to_string(),
                    partition: partition.as_ref().map(ToString::to_string),
                    steps: steps.iter().map(planned).collect(),
                }
            }
            Fact::StepStarted { name, attempt, .. } => What::StepStarted { task: name.to_string(), attempt: *attempt },
            Fact::StepRetried { name, attempt, attempts, failure, delay, .. } => What::StepRetried {
                task: name.to_string(),
                attempt: *attempt,
                attempts: *attempts,
                failure: Failure::from(failure),
                delay_ms: millis(*delay),
            },
            Fact::StepEnded(end) => {
                let unheard_of = || StepInfo { task: end.task, name: Arc::clone(&end.name), group: "".into() };
                let info = self.steps.get(&end.task).cloned().unwrap_or_else(unheard_of);
                let step = Step::from(&StepSummary { end: Some(end.clone()), ..StepSummary::of(info) });
                What::StepEnded(Box::new(step))
            }
            Fact::RunPublished { models } => {
                What::RunPublished { published: models.iter().map(Published::from).collect() }
            }
            Fact::RunEnded { ending, elapsed, peak_memory } => What::RunEnded {
                ending: ending.to_string(),
                elapsed_ms: millis(*elapsed),
                peak_memory_bytes: *peak_memory,
            },
        }
    }
}
