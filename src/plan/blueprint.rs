//! A validated chain with ids: who provides what, who reads what, and in which order.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::graph::Graph;
use crate::id::{ModelId, TaskId};
use crate::partition::{Partition, Partitioning};
use crate::section::Sections;
use crate::task::{Entry, ModelRef, TaskList};

use super::fault::Faults;
use super::validate;
use super::wiring::Wiring;

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
    /// How much there is of each named pool.
    pub pools: &'a BTreeMap<String, u32>,
    /// Whether the results of each task come into view as soon as it is done.
    pub publishes_each: bool,
    /// How the data is cut, if it is.
    pub partitioning: Option<&'a Partitioning>,
    /// What it is looked at for: the tasks of a run for this partition; `None` for all tasks.
    pub partition: Option<&'a Partition>,
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
struct Drawn {
    tasks: TaskList,
    wiring: Wiring,
    model_names: Arc<[Arc<str>]>,
    graph: Graph,
    order: Vec<TaskId>,
}

impl Blueprint {
    pub(super) fn of(tasks: TaskList, wiring: Wiring, graph: Graph, order: Vec<TaskId>) -> Blueprint {
        let model_names = wiring.mentions.models.iter().map(|model| Arc::clone(&model.name)).collect();
        Blueprint(Arc::new(Drawn { tasks, wiring, model_names, graph, order }))
    }
}

impl Blueprint {
    /// Numbers and checks what is declared. Builds no model and runs no task.
    ///
    /// Where some tasks are run for other partitions than others, all of them are checked, and the blueprint has those that
    /// are run for the partition that is meant.
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
        self.0.tasks.entries()
    }

    /// One task.
    #[must_use]
    pub fn task(&self, task: TaskId) -> &Entry {
        &self.tasks()[task.index()]
    }

    /// The models, by id: in order of first mention.
    #[must_use]
    pub fn models(&self) -> &[ModelEntry] {
        &self.0.wiring.mentions.models
    }

    /// One model.
    #[must_use]
    pub fn model(&self, model: ModelId) -> &ModelEntry {
        &self.models()[model.index()]
    }

    /// The model of this name.
    #[must_use]
    pub fn model_named(&self, name: &str) -> Option<ModelId> {
        self.0.wiring.mentions.find(name)
    }

    /// The names of the models, by id.
    #[must_use]
    pub fn model_names(&self) -> &Arc<[Arc<str>]> {
        &self.0.model_names
    }

    /// The models a task requires.
    #[must_use]
    pub fn requires(&self, task: TaskId) -> &[ModelId] {
        self.0.wiring.requires.get(task.index())
    }

    /// The models a task reads where the chain has them; `None` for one that it has not.
    #[must_use]
    pub fn after(&self, task: TaskId) -> &[Option<ModelId>] {
        self.0.wiring.after.get(task.index())
    }

    /// The models a task provides.
    #[must_use]
    pub fn provides(&self, task: TaskId) -> &[ModelId] {
        self.0.wiring.provides.get(task.index())
    }

    /// The models a task reads, required or not.
    #[inline]
    pub fn reads(&self, task: TaskId) -> impl Iterator<Item = ModelId> {
        self.0.wiring.reads(task.index())
    }

    /// The tasks that read a model, in order of position.
    pub fn readers(&self, model: ModelId) -> impl Iterator<Item = TaskId> {
        let provider = self.model(model).provider;
        let of_provider = provider.map(|provider| self.0.graph.readers_of(provider, model));
        let all = if provider.is_some() { 0 } else { self.tasks().len() };
        let of_nobody = (0..all).map(TaskId::new).filter(move |&task| self.reads(task).any(|read| read == model));
        of_provider.into_iter().flatten().chain(of_nobody)
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
