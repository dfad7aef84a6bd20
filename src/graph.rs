//! The graph of a chain: ids and edges, nothing else.
//!
//! An edge goes from the task that provides a model to a task that reads it. Names, types and states are elsewhere.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::id::{ModelId, TaskId};

mod cycle;
mod lists;
#[cfg(test)]
mod tests;

pub(crate) use lists::Lists;

/// Tasks by id, and which waits for which because of which model.
///
/// ```
/// use purvey::graph::{Graph, Wait};
/// use purvey::id::{ModelId, TaskId};
///
/// let [report, clean, raw] = [0, 1, 2].map(TaskId::new);
/// let [rows, bookings] = [0, 1].map(ModelId::new);
/// let waits = [
///     Wait { task: clean, model: rows, provider: raw },
///     Wait { task: report, model: bookings, provider: clean },
/// ];
/// let graph = Graph::new(3, &waits);
/// assert_eq!(graph.order(), Ok(vec![raw, clean, report]));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// For each task, who reads which model of it, in order of position.
    readers: Lists<(TaskId, ModelId)>,
    /// For each task, the provider of each model that it reads.
    providers: Lists<TaskId>,
}

/// One edge: `task` waits for `model`, which `provider` provides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The task that waits.
    pub task: TaskId,
    /// What it waits for.
    pub model: ModelId,
    /// The task that provides it.
    pub provider: TaskId,
}

/// Tasks that wait for each other in a circle: each provider is the next one's task, and the last one's provider is
/// the first one's task.
pub type Cycle = Vec<Wait>;

impl Graph {
    /// A graph of this many tasks, which wait for each other so.
    ///
    /// # Panics
    ///
    /// Panics where one waits that is not one of them, or is waited for.
    #[must_use]
    pub fn new(tasks: usize, waits: &[Wait]) -> Graph {
        let providers = Lists::sorted(tasks, waits.iter().map(|wait| (wait.task.index(), wait.provider)));
        let readers = waits.iter().map(|wait| (wait.provider.index(), (wait.task, wait.model)));
        let mut readers = Lists::sorted(tasks, readers);
        for task in 0..tasks {
            let readers = readers.get_mut(task);
            if !readers.is_sorted() {
                readers.sort_unstable();
            }
        }
        Graph { readers, providers }
    }

    /// How many tasks there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.readers.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The tasks that read from this one, each once, in order of position.
    #[must_use]
    pub fn readers(&self, task: TaskId) -> Vec<TaskId> {
        let mut readers: Vec<TaskId> = self.readers_with_repeats(task).collect();
        readers.dedup();
        readers
    }

    /// The reader of each edge that leaves this task, in order of position.
    pub(crate) fn readers_with_repeats(&self, task: TaskId) -> impl Iterator<Item = TaskId> {
        self.readers.get(task.index()).iter().map(|(reader, _)| *reader)
    }

    /// The tasks that read this model of a task, each once, in order of position.
    pub(crate) fn readers_of(&self, task: TaskId, model: ModelId) -> impl Iterator<Item = TaskId> {
        let mut last = None;
        let of_model = self.readers.get(task.index()).iter().filter(move |(_, read)| *read == model);
        of_model.map(|(reader, _)| *reader).filter(move |&reader| last.replace(reader) != Some(reader))
    }

    /// The tasks that this one reads from, each once, in order of position.
    #[must_use]
    pub fn providers(&self, task: TaskId) -> Vec<TaskId> {
        let mut providers = self.providers.get(task.index()).to_vec();
        providers.sort_unstable();
        providers.dedup();
        providers
    }

    /// All edges: provider, reader, model.
    pub fn edges(&self) -> impl Iterator<Item = (TaskId, TaskId, ModelId)> {
        let by_provider = self.readers.iter().enumerate();
        by_provider.flat_map(|(provider, readers)| {
            readers.iter().map(move |&(reader, model)| (TaskId::new(provider), reader, model))
        })
    }

    /// The tasks in the order they run: at every point the ready one with the lowest position goes next.
    ///
    /// Kahn's algorithm (A. B. Kahn, "Topological sorting of large networks", 1962) with a heap of ready tasks, in
    /// O((V + E) log V) and without recursion; in O(V + E) where the positions are that order already.
    ///
    /// # Errors
    ///
    /// The cycles, one for each knot of tasks that wait for each other, in order of their lowest position.
    pub fn order(&self) -> Result<Vec<TaskId>, Vec<Cycle>> {
        if self.is_in_order() { Ok((0..self.len()).map(TaskId::new).collect()) } else { self.sort() }
    }

    /// Whether no task waits for a later one: then whichever has the lowest position is ready at every point.
    fn is_in_order(&self) -> bool {
        self.providers
            .iter()
            .enumerate()
            .all(|(task, providers)| providers.iter().all(|provider| provider.index() < task))
    }

    fn sort(&self) -> Result<Vec<TaskId>, Vec<Cycle>> {
        let mut waits: Vec<u32> = self.providers.iter().map(|providers| providers.len() as u32).collect();
        let mut ready: BinaryHeap<Reverse<TaskId>> =
            (0..self.len()).map(TaskId::new).filter(|task| waits[task.index()] == 0).map(Reverse).collect();
        let mut order = Vec::with_capacity(self.len());
        while let Some(Reverse(task)) = ready.pop() {
            order.push(task);
            for reader in self.readers_with_repeats(task) {
                let left = &mut waits[reader.index()];
                *left -= 1;
                if *left == 0 {
                    ready.push(Reverse(reader));
                }
            }
        }
        if order.len() == self.len() { Ok(order) } else { Err(cycle::cycles(self, &waits)) }
    }
}
