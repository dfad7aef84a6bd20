//! All that a run needs to know.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::context::JobContext;
use crate::id::{BackfillId, ModelId, RunId, TaskId};
use crate::ledger::{Ledger, Performed};
use crate::model::Size;
use crate::plan::{Blueprint, Decision, Plan};
use crate::registry::Registry;
use crate::section::Sections;
use crate::store::{Store, Stores};

use super::range::{Portions, Range};
use super::retry::RetryPolicy;

/// How to run, apart from what. None of it changes results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunOptions {
    /// How many tasks may be under way at once.
    pub jobs: Jobs,
    /// Which of the steps that are ready goes first.
    pub order: Order,
    /// How much of each named pool there is; 1 of a pool that is not named here.
    pub pools: BTreeMap<String, u32>,
    /// The memory that steps may take together, in bytes; a step that needs more runs by itself. No limit if absent.
    pub memory_limit: Option<u64>,
    /// Start nothing more once a step has failed.
    pub fail_fast: bool,
    /// Read the process's peak memory around each step, where the system tells.
    pub measure_memory: bool,
    /// How often steps are tried and how long they may run, where a task does not say itself.
    pub retry: RetryPolicy,
    /// When results come into view.
    pub publish: Publish,
}

/// How many tasks may be under way at once: 1 where nobody says otherwise, so that events come in the order of the plan.
///
/// ```
/// use purvey::run::Jobs;
///
/// assert_eq!(Jobs::default(), Jobs::new(1));
/// assert_eq!(Jobs::new(0), Jobs::new(1));
/// assert!(Jobs::cores().get() >= 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Jobs(NonZeroUsize);

impl Jobs {
    /// So many, and at least one.
    #[must_use]
    pub fn new(jobs: usize) -> Jobs {
        Jobs(NonZeroUsize::new(jobs).unwrap_or(NonZeroUsize::MIN))
    }

    /// As many as the machine can do at once.
    #[must_use]
    pub fn cores() -> Jobs {
        Jobs(std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> usize {
        self.0.get()
    }
}

impl Default for Jobs {
    fn default() -> Jobs {
        Jobs(NonZeroUsize::MIN)
    }
}

/// Which of the steps that are ready goes first. Changes time, never results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The one that comes first in the list of tasks.
    #[default]
    Position,
    /// The one that most work waits for: the longest way from it to a task that nobody reads from, by the time that each
    /// task took when it was done last.
    CriticalPath,
    /// Any, drawn by this seed; for tests.
    #[serde(skip)]
    Shuffled(u64),
}

/// When results come into view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Publish {
    /// All together, when the run has ended well.
    #[default]
    Run,
    /// Those of each task as soon as it is done.
    Task,
}

/// What is recorded of a run besides what it does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Note {
    /// The machine.
    pub(crate) host: String,
    /// Arguments of the command line that do the same again.
    pub(crate) arguments: Vec<String>,
    /// The run that this one goes on with.
    pub(crate) resumes: Option<RunId>,
    /// The backfill that it is part of.
    pub(crate) backfill: Option<BackfillId>,
}

/// All that a run needs to know; nothing of it changes while it goes on, but the models in the registry.
#[derive(Debug)]
pub(crate) struct Job {
    /// The chain.
    pub(crate) blueprint: Blueprint,
    /// What to do.
    pub(crate) plan: Plan,
    /// The run as the tasks see it.
    pub(crate) context: JobContext,
    /// The models; supplied ones are in their places.
    pub(crate) registry: Arc<Registry>,
    /// The models that the caller supplied, and how large they are.
    pub(crate) supplied: Vec<(ModelId, Size)>,
    /// The configuration of the models.
    pub(crate) models: Sections,
    /// The configuration of the tasks.
    pub(crate) settings: Sections,
    /// Where results go; nowhere if absent.
    pub(crate) store: Option<Arc<dyn Store>>,
    /// Where it is recorded what was done; nowhere if absent.
    pub(crate) ledger: Option<Arc<dyn Ledger>>,
    /// Where the results of each partition are, where the data is cut.
    pub(crate) stores: Option<Arc<dyn Stores>>,
    /// What calls for several partitions have made for that of the run, where there were any.
    pub(crate) portions: Option<Arc<Portions>>,
    /// What tasks are to be called for, in a run that calls them for several partitions.
    pub(crate) range: Option<Range>,
    /// For each model, whether it outlives its last reader.
    pub(crate) kept: Vec<bool>,
    /// The names of the tasks, by id.
    pub(crate) names: Vec<Arc<str>>,
    /// For each task, whether it is part of this run.
    pub(crate) picked: Vec<bool>,
    /// Held by the step that takes something from the store.
    pub(crate) loading: Mutex<()>,
    /// How to run.
    pub(crate) options: RunOptions,
    /// What is recorded besides.
    pub(crate) note: Note,
}

impl Job {
    /// For each task of a plan, by id, whether it is part of the run.
    pub(crate) fn picked(blueprint: &Blueprint, plan: &Plan) -> Vec<bool> {
        let mut picked = vec![false; blueprint.tasks().len()];
        for step in plan.steps() {
            picked[step.task.index()] = step.decision != Decision::Skip;
        }
        picked
    }

    /// How long a task took when it was done last, in microseconds; 0 where that is not known.
    pub(super) fn time_of(&self, task: TaskId) -> u64 {
        self.performed(task).map_or(0, |performed| performed.elapsed.as_micros() as u64)
    }

    /// The most memory that the process held when a task was done last, in bytes.
    pub(super) fn memory_of(&self, task: TaskId) -> Option<u64> {
        self.performed(task)?.peak_memory
    }

    fn performed(&self, task: TaskId) -> Option<&Performed> {
        let standing = self.plan.situation().standings.get(task.index())?;
        standing.candidates.first().map(|candidate| &candidate.performed)
    }

    /// Whether anything of the run outlives it.
    pub(super) fn is_recorded(&self) -> bool {
        self.store.is_some() || self.ledger.is_some()
    }

    /// Whether a task is part of this run.
    pub(super) fn is_picked(&self, task: TaskId) -> bool {
        self.picked[task.index()]
    }

    /// How often a task is tried, and how long it may run.
    pub(super) fn policy(&self, task: TaskId) -> RetryPolicy {
        self.options.retry.of(self.blueprint.task(task).task.retry())
    }

    /// How long one attempt of a task may run; what [`policy`](Job::policy) says of it, asked before each.
    pub(super) fn timeout(&self, task: TaskId) -> Option<Duration> {
        self.blueprint.task(task).task.retry().timeout.or(self.options.retry.timeout)
    }
}
