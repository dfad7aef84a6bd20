//! A validated chain with ids: who provides what, who reads what, and in which order.

use std::sync::Arc;

use crate::graph::Graph;
use crate::id::{ModelId, TaskId};
use crate::section::Sections;
use crate::task::{Entry, ModelRef, TaskList};

use super::fault::Faults;
use super::lists::Lists;
use super::validate;

/// What is declared, before anybody has looked at it.
#[derive(Clone, Copy, Debug)]
pub struct Declaration<'a> {
    /// The chain's name.
    pub chain: &'a str,
    /// The tasks.
    pub tasks: &'a TaskList,
    /// The models that the caller supplies.
    pub supplied: &'a [ModelRef],
    /// The configuration of models, by name.
    pub models: &'a Sections,
    /// The configuration of tasks, by name.
    pub settings: &'a Sections,
}

/// A model of a chain.
#[derive(Clone, Debug)]
pub struct ModelEntry {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub reference: ModelRef,
    /// The task that provides it; `None` for one that is supplied.
    pub provider: Option<TaskId>,
}

/// A chain that has been checked and numbered.
///
/// Source models that no task provides get a task that reads them, placed just before the first task that needs them.
/// After that a task's id is its position, and [`order`](Blueprint::order) is the order tasks run in.
///
/// A clone is the same one, shared.
#[derive(Clone, Debug)]
pub struct Blueprint(Arc<Drawn>);

#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) tasks: Vec<Entry>,
    pub(super) models: Vec<ModelEntry>,
    pub(super) model_names: Arc<[Arc<str>]>,
    pub(super) requires: Lists<ModelId>,
    pub(super) after: Lists<Option<ModelId>>,
    pub(super) provides: Lists<ModelId>,
    pub(super) graph: Graph,
    pub(super) order: Vec<TaskId>,
}

impl From<Drawn> for Blueprint {
    fn from(drawn: Drawn) -> Blueprint {
        Blueprint(Arc::new(drawn))
    }
}

impl Blueprint {
    /// Numbers and checks what is declared. Builds no model and runs no task.
    ///
    /// # Errors
    ///
    /// Every [`Fault`](super::Fault) there is, in stable order.
    pub fn draw(declared: Declaration<'_>) -> Result<Blueprint, Faults> {
        validate::draw(declared)
    }

    /// The tasks, by id.
    #[must_use]
    pub fn tasks(&self) -> &[Entry] {
        &self.0.tasks
    }

    /// One task.
    #[must_use]
    pub fn task(&self, task: TaskId) -> &Entry {
        &self.0.tasks[task.index()]
    }

    /// The models, by id: in order of first mention.
    #[must_use]
    pub fn models(&self) -> &[ModelEntry] {
        &self.0.models
    }

    /// One model.
    #[must_use]
    pub fn model(&self, model: ModelId) -> &ModelEntry {
        &self.0.models[model.index()]
    }

    /// The model of this name.
    #[must_use]
    pub fn model_named(&self, name: &str) -> Option<ModelId> {
        self.0.models.iter().position(|model| *model.name == *name).map(ModelId::new)
    }

    /// The names of the models, by id.
    #[must_use]
    pub fn model_names(&self) -> &Arc<[Arc<str>]> {
        &self.0.model_names
    }

    /// The models a task requires.
    #[must_use]
    pub fn requires(&self, task: TaskId) -> &[ModelId] {
        self.0.requires.get(task.index())
    }

    /// The models a task reads where the chain has them; `None` for one that it has not.
    #[must_use]
    pub fn after(&self, task: TaskId) -> &[Option<ModelId>] {
        self.0.after.get(task.index())
    }

    /// The models a task provides.
    #[must_use]
    pub fn provides(&self, task: TaskId) -> &[ModelId] {
        self.0.provides.get(task.index())
    }

    /// The models a task reads, required or not.
    pub fn reads(&self, task: TaskId) -> impl Iterator<Item = ModelId> {
        self.requires(task).iter().copied().chain(self.after(task).iter().copied().flatten())
    }

    /// The tasks that read a model, in order of position.
    pub fn readers(&self, model: ModelId) -> impl Iterator<Item = TaskId> {
        let candidates = match self.model(model).provider {
            Some(provider) => self.0.graph.readers(provider),
            None => (0..self.0.tasks.len()).map(TaskId::new).collect(),
        };
        candidates.into_iter().filter(move |&task| self.reads(task).any(|read| read == model))
    }

    /// Who waits for whom.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.0.graph
    }

    /// The tasks in the order they run.
    #[must_use]
    pub fn order(&self) -> &[TaskId] {
        &self.0.order
    }
}
