//! The document of a run's result.

use serde::{Deserialize, Serialize};

use crate::event::{self, Committed};
use crate::report::summary::{StepSummary, Summary};

use super::{Document, group, millis, time};

/// The result of a run, kind `run`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The run's id.
    pub run: Option<String>,
    /// The chain's name.
    pub chain: String,
    /// The key of the partition that it is for; `None` where it is for all data.
    pub partition: Option<String>,
    /// `done`, `failed` or `cancelled`; `None` for a run that has not ended.
    pub ending: Option<String>,
    /// When it began.
    pub started_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
    /// How long it took, in milliseconds.
    pub elapsed_ms: Option<f64>,
    /// The most memory the process held.
    pub peak_memory_bytes: Option<u64>,
    /// The steps, in the order they were planned to run.
    pub steps: Vec<Step>,
    /// The published models; empty unless the run is done.
    pub published: Vec<Published>,
}

impl Document for Run {
    const KIND: &'static str = "run";
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The task's name.
    pub task: String,
    /// The groups it is in, joined by `/`; `None` outside any group.
    pub group: Option<String>,
    /// `waiting`, `ready`, `running`, `done`, `failed`, `timed_out`, `reused`, `skipped` or `cancelled`.
    pub state: String,
    /// How long it ran, in milliseconds; `None` for a step that has not ended.
    pub elapsed_ms: Option<f64>,
    /// How many attempts it took; `None` for a step that has not ended.
    pub attempts: Option<u32>,
    /// Why it ran or was reused, in words.
    pub why: Option<String>,
    /// The run that did the work, for a reused step.
    pub reused: Option<String>,
    /// The rows of all models it read.
    pub rows_in: Option<u64>,
    /// The rows of all models it committed.
    pub rows_out: Option<u64>,
    /// The most memory the process held while it ran.
    pub peak_memory_bytes: Option<u64>,
    /// The models it committed.
    pub committed: Vec<Model>,
    /// The checks of whole models that it made, passed or not.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The task because of which it was skipped.
    pub blamed: Option<String>,
}

/// A committed model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// The model's name.
    pub model: String,
    /// Its rows.
    pub rows: Option<u64>,
    /// Its size in memory.
    pub bytes: u64,
    /// Its size on disk.
    pub stored_bytes: Option<u64>,
}

/// A check of a whole model, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// The model's name.
    pub model: String,
    /// The check's name.
    pub check: String,
    /// What it demands, as `#[check(…)]` says it.
    pub rule: String,
    /// `error` or `warn`.
    pub severity: String,
    /// Whether the model has passed.
    pub passed: bool,
    /// How many rows break it.
    pub failing_rows: Option<u64>,
    /// What was found: a number of rows, or a share.
    pub measured: Option<f64>,
    /// The least that may be found.
    pub min: Option<f64>,
    /// The most that may be found.
    pub max: Option<f64>,
    /// What was found where it has not passed, for people.
    pub message: Option<String>,
}

impl From<&event::Checked> for Check {
    fn from(checked: &event::Checked) -> Check {
        Check {
            model: checked.model.to_string(),
            check: checked.check.to_string(),
            rule: checked.rule.clone(),
            severity: checked.severity.to_string(),
            passed: checked.passed,
            failing_rows: checked.failing,
            measured: checked.measured,
            min: checked.min,
            max: checked.max,
            message: checked.message.clone(),
        }
    }
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// `transient`, `data`, `bug` or `cancelled`.
    pub class: String,
    /// The message, then its causes, outermost first.
    pub messages: Vec<String>,
}

impl From<&event::Failure> for Failure {
    fn from(failure: &event::Failure) -> Failure {
        Failure { class: failure.class.to_string(), messages: failure.messages.clone() }
    }
}

/// A published model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The model's name.
    pub model: String,
    /// Where it stands; bytes that are not UTF-8 are replaced.
    pub path: String,
    /// Its rows.
    pub rows: Option<u64>,
    /// Its size there.
    pub bytes: u64,
}

impl From<&Summary> for Run {
    fn from(summary: &Summary) -> Run {
        Run {
            run: summary.run.map(|run| run.to_string()),
            chain: summary.chain.to_string(),
            partition: summary.partition.as_ref().map(ToString::to_string),
            ending: summary.ended.map(|end| end.ending.to_string()),
            started_at: summary.started_at.map(time),
            ended_at: summary.ended.map(|end| time(end.at)),
            elapsed_ms: summary.ended.map(|end| millis(end.elapsed)),
            peak_memory_bytes: summary.ended.and_then(|end| end.peak_memory),
            steps: summary.steps.values().map(Step::from).collect(),
            published: summary.published.iter().map(Published::from).collect(),
        }
    }
}

impl From<&StepSummary> for Step {
    fn from(step: &StepSummary) -> Step {
        let end = step.end.as_ref();
        let failure = end.and_then(|end| end.failure.as_ref());
        Step {
            task: step.info.name.to_string(),
            group: group(&step.info),
            state: step.state().to_string(),
            elapsed_ms: end.map(|end| millis(end.elapsed)),
            attempts: end.map(|end| end.attempts),
            why: end.and_then(|end| end.why.as_ref()).map(ToString::to_string),
            reused: end.and_then(|end| end.reused).map(|run| run.to_string()),
            rows_in: end.and_then(|end| end.rows_in),
            rows_out: end.and_then(|end| end.rows_out),
            peak_memory_bytes: end.and_then(|end| end.peak_memory),
            committed: end.into_iter().flat_map(|end| &end.committed).map(Model::from).collect(),
            checks: end.into_iter().flat_map(|end| &end.checks).map(Check::from).collect(),
            failure: failure.map(Failure::from),
            blamed: end.and_then(|end| end.blamed.as_ref()).map(ToString::to_string),
        }
    }
}

impl From<&Committed> for Model {
    fn from(committed: &Committed) -> Model {
        let Committed { model, rows, bytes, stored_bytes, lineage: _ } = committed;
        Model { model: model.to_string(), rows: *rows, bytes: *bytes, stored_bytes: *stored_bytes }
    }
}

impl From<&event::Published> for Published {
    fn from(published: &event::Published) -> Published {
        let event::Published { model, path, rows, bytes } = published;
        Published { model: model.to_string(), path: path.display().to_string(), rows: *rows, bytes: *bytes }
    }
}
