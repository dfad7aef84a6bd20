//! What a run has to know, out of what was declared.

use std::sync::{Arc, Mutex};

use crate::context::JobContext;
use crate::plan::{Blueprint, Plan};
use crate::registry::Registry;
use crate::run::{Job, Note};

use super::Orchestrator;

impl Orchestrator {
    /// All that a run of a plan needs to know where it is in memory and on no record.
    pub(super) fn job_of(
        &self,
        blueprint: &Blueprint,
        plan: Plan,
        context: JobContext,
        registry: &Arc<Registry>,
    ) -> Job {
        Job {
            picked: Job::picked(blueprint, &plan),
            blueprint: blueprint.clone(),
            plan,
            context,
            registry: Arc::clone(registry),
            supplied: Vec::new(),
            models: self.models.clone(),
            settings: self.settings.clone(),
            store: None,
            ledger: None,
            stores: None,
            portions: None,
            range: None,
            kept: vec![false; blueprint.models().len()],
            names: blueprint.tasks().iter().map(|entry| Arc::from(entry.task.name())).collect(),
            loading: Mutex::new(()),
            options: self.options.clone(),
            note: Note::default(),
        }
    }
}
