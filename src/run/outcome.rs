//! What is left when a run has ended.

use std::sync::Arc;
use std::time::Duration;

use crate::event::{Ending, Published, State, StepEnd};
use crate::id::RunId;
use crate::ledger::LedgerError;
use crate::model::Model;
use crate::registry::Registry;
use crate::store::StoreError;

/// How a run ended, and the models that were to be kept.
#[derive(Debug)]
pub struct Outcome {
    pub(super) run: RunId,
    pub(super) ending: Ending,
    pub(super) elapsed: Duration,
    pub(super) steps: Vec<StepEnd>,
    pub(super) published: Vec<Published>,
    pub(super) store_error: Option<StoreError>,
    pub(super) ledger_error: Option<LedgerError>,
    pub(super) registry: Arc<Registry>,
}

impl Outcome {
    /// The run.
    #[must_use]
    pub fn run(&self) -> RunId {
        self.run
    }

    /// How it ended.
    #[must_use]
    pub fn ending(&self) -> Ending {
        self.ending
    }

    /// Whether every step is done or reused, and all is published.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.ending == Ending::Done
    }

    /// How long it took.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The steps, in the order they ended.
    #[must_use]
    pub fn steps(&self) -> &[StepEnd] {
        &self.steps
    }

    /// The step of this task.
    #[must_use]
    pub fn step(&self, task: &str) -> Option<&StepEnd> {
        self.steps.iter().find(|step| &*step.name == task)
    }

    /// The state in which the step of this task ended.
    #[must_use]
    pub fn state(&self, task: &str) -> Option<State> {
        self.step(task).map(|step| step.state)
    }

    /// The published models, where the run was published.
    #[must_use]
    pub fn published(&self) -> &[Published] {
        &self.published
    }

    /// Why the results could not be read from or brought to their store, where that is why the run failed.
    #[must_use]
    pub fn store_error(&self) -> Option<&StoreError> {
        self.store_error.as_ref()
    }

    /// Why the run could not be recorded, where that is why it failed.
    #[must_use]
    pub fn ledger_error(&self) -> Option<&LedgerError> {
        self.ledger_error.as_ref()
    }

    /// Takes out a model that was to be kept; `None` where it was not, or was not made.
    pub fn take<M: Model>(&mut self) -> Option<M> {
        self.take_named(M::NAME)
    }

    /// The same for a model under another name than its type gives.
    pub fn take_named<M: Model>(&mut self, name: &str) -> Option<M> {
        self.registry.named(name)?.take()
    }
}
