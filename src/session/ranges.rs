//! Calls tasks that take ranges for several partitions, before the runs of these.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::event::{Ending, StepEnd};
use crate::id::{RunId, TaskId};
use crate::partition::PartitionRange;
use crate::plan::{Blueprint, Decision, Plan, ranged};
use crate::registry::Registry;
use crate::run::{self, Job, Portions, Range};
use crate::section::Sections;

use super::{Orchestrator, Request, RunError};

/// What has come of a call of tasks for several partitions.
pub(crate) struct Called {
    pub(crate) portions: Portions,
    /// Why not all of them went well, task by task; empty also where somebody wanted to stop.
    pub(crate) failures: Vec<String>,
}

impl Orchestrator {
    /// The tasks that a run for its partition would call, as things stand, and that may be called for others with it: all that
    /// they read can be read for several partitions, without doing anything again that is up to date.
    pub(crate) fn to_call_together(&self, blueprint: &Blueprint) -> Result<BTreeSet<TaskId>, RunError> {
        let mut found = BTreeSet::new();
        let ranged = ranged(blueprint);
        if ranged.is_empty() {
            return Ok(found);
        }
        let plan = self.plan(blueprint, &Request::default())?;
        // In order, for what a task reads comes before it.
        for &task in blueprint.order().iter().filter(|task| ranged.contains(task)) {
            let decision = plan.step(task).map(|step| step.decision);
            let is_called = matches!(decision, Some(Decision::Run | Decision::Depends));
            let mut providers = blueprint.reads(task).filter_map(|model| blueprint.model(model).provider);
            let is_at_hand = |provider| found.contains(&provider) || self.can_be_read(blueprint, provider);
            if is_called && providers.all(is_at_hand) {
                found.insert(task);
            }
        }
        Ok(found)
    }

    /// Whether a task reads a source that is where it is said to be: one that is missing should fail the run of its own
    /// partition, and not a call for others with it.
    fn can_be_read(&self, blueprint: &Blueprint, task: TaskId) -> bool {
        let is_there = |name: &str| {
            let section = self.models.get(name);
            section.text("path").is_none_or(|path| section.resolve("path", path.as_ref()).exists())
        };
        let mut provided = blueprint.provides(task).iter().map(|&model| &*blueprint.model(model).name);
        blueprint.task(task).task.about().reads_source && provided.all(is_there)
    }

    /// The configuration of the models.
    pub(crate) fn models(&self) -> &Sections {
        &self.models
    }

    /// The same with what calls for several partitions have made: a run takes what is for its partition in place of calling.
    pub(crate) fn set_portions(&mut self, portions: Arc<Portions>) {
        self.portions = Some(portions);
    }

    /// Calls tasks for several partitions, with the configuration of the models for each of them. Nothing of it is recorded or
    /// stored.
    pub(crate) fn call_together(
        &self,
        blueprint: &Blueprint,
        tasks: &BTreeSet<TaskId>,
        partitions: PartitionRange,
        models: Vec<Sections>,
    ) -> Called {
        let sources = tasks.iter().flat_map(|&task| blueprint.reads(task));
        let sources = sources.filter_map(|model| blueprint.model(model).provider);
        let plan = Plan::of_tasks(blueprint, &sources.chain(tasks.iter().copied()).collect());
        let context = self.job.for_run(RunId::random()).with_partitions(partitions.clone());
        let registry = Arc::new(Registry::new(Arc::clone(blueprint.model_names())));
        let range = Some(Range::new(partitions, models));
        let job = Arc::new(Job { range, ..self.job_of(blueprint, plan, context, &registry) });
        let outcome = run::execute(&job, &mut []).with(job.context.run(), registry);
        let failed =
            |step: &StepEnd| Some(format!("task `{}`: {}", step.name, step.failure.as_ref()?.messages.join(": ")));
        let failures = match outcome.ending() {
            Ending::Cancelled => Vec::new(),
            _ => outcome.steps().iter().filter_map(failed).collect(),
        };
        let portions = job.range.as_ref().map(Range::take).unwrap_or_default();
        Called { portions, failures }
    }
}
