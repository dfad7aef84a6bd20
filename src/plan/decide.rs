//! The plan: for each task of a chain, whether this run runs it.

use std::collections::BTreeSet;

use crate::id::{ModelId, TaskId};

use super::blueprint::Blueprint;
use super::select::{Selection, SelectionError};

/// What is done with one task in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// It is run.
    Run,
    /// It is left alone, because the selection does not pick it.
    Skip,
}

impl Decision {
    /// The word for this decision.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Decision::Run => "run",
            Decision::Skip => "skip",
        }
    }
}

/// One task in a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The task.
    pub task: TaskId,
    /// What is done with it.
    pub decision: Decision,
}

/// The ordered decision what one run does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    steps: Vec<Step>,
    stored: Vec<ModelId>,
}

impl Plan {
    /// Decides what to do with each task. `is_stored` says of a model's name whether a version of it is stored.
    ///
    /// A source is read whenever a task that is picked reads it. Any other model that a picked task reads and no picked
    /// task provides is taken from the store.
    ///
    /// # Errors
    ///
    /// When the selection names what is not there, picks nothing, or would need a model that is not stored.
    pub fn make(
        blueprint: &Blueprint,
        selection: &Selection,
        is_stored: impl Fn(&str) -> bool,
    ) -> Result<Plan, PlanError> {
        let mut picked = selection.resolve(blueprint)?;
        if picked.is_empty() && !blueprint.tasks().is_empty() {
            return Err(PlanError::Nothing);
        }
        let read: BTreeSet<ModelId> = picked.iter().flat_map(|&task| blueprint.reads(task)).collect();
        let mut stored = Vec::new();
        let mut unavailable = Vec::new();
        for model in read {
            let entry = blueprint.model(model);
            let Some(provider) = entry.provider else { continue };
            if picked.contains(&provider) {
                continue;
            }
            if blueprint.task(provider).task.about().reads_source {
                picked.insert(provider);
            } else if is_stored(&entry.name) {
                stored.push(model);
            } else {
                unavailable.push(model);
            }
        }
        if !unavailable.is_empty() {
            return Err(PlanError::unavailable(blueprint, &picked, &unavailable));
        }
        let step = |&task: &TaskId| Step {
            task,
            decision: if picked.contains(&task) { Decision::Run } else { Decision::Skip },
        };
        Ok(Plan { steps: blueprint.order().iter().map(step).collect(), stored })
    }

    /// Every task of the chain, in the order of the run.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The tasks that are run, in order.
    pub fn runs(&self) -> impl Iterator<Item = TaskId> {
        self.steps.iter().filter(|step| step.decision == Decision::Run).map(|step| step.task)
    }

    /// The models that are taken from the store.
    #[must_use]
    pub fn stored(&self) -> &[ModelId] {
        &self.stored
    }
}

/// A chain that a plan cannot be made for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The selection is wrong.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// The selection is right and picks no task.
    #[error("the selection picks no task of the chain")]
    Nothing,
    /// A model would be needed that no picked task provides and the store does not have.
    #[error("{}", unavailable_text(models))]
    Unavailable {
        /// Each model, its provider, and the picked tasks that read it.
        models: Vec<(String, String, Vec<String>)>,
    },
}

impl PlanError {
    fn unavailable(blueprint: &Blueprint, picked: &BTreeSet<TaskId>, models: &[ModelId]) -> PlanError {
        let task = |task: TaskId| blueprint.task(task).task.name().to_owned();
        let describe = |&model: &ModelId| {
            let entry = blueprint.model(model);
            let readers = blueprint.readers(model).filter(|reader| picked.contains(reader)).map(task).collect();
            (entry.name.to_string(), entry.provider.map(task).unwrap_or_default(), readers)
        };
        PlanError::Unavailable { models: models.iter().map(describe).collect() }
    }
}

fn unavailable_text(models: &[(String, String, Vec<String>)]) -> String {
    let each: Vec<String> = models
        .iter()
        .map(|(model, provider, readers)| {
            let reader = readers.first().map(String::as_str).unwrap_or_default();
            format!(
                "task `{reader}` requires model `{model}`, which is not stored, and its provider `{provider}` is not \
                 selected; select `+{reader}`, or run the whole chain once"
            )
        })
        .collect();
    each.join("\n")
}
