//! The graph of a chain: ids and edges, nothing else.
//!
//! An edge goes from the task that provides a model to a task that reads it. Names, types and states are elsewhere.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{EdgeFiltered, EdgeRef};
use petgraph::{Direction, Incoming, Outgoing};

use crate::id::{ModelId, TaskId};

/// Tasks by id, and which waits for which because of which model.
///
/// ```
/// use purvey::graph::Graph;
/// use purvey::id::{ModelId, TaskId};
///
/// let [report, clean, raw] = [0, 1, 2].map(TaskId::new);
/// let mut graph = Graph::new(3);
/// graph.add_edge(raw, clean, ModelId::new(0));
/// graph.add_edge(clean, report, ModelId::new(1));
/// assert_eq!(graph.order(), Ok(vec![raw, clean, report]));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Graph {
    edges: DiGraph<(), ModelId>,
}

/// One edge of a cycle: `task` waits for `model`, which `provider` provides.
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
    /// A graph of this many tasks without edges.
    #[must_use]
    pub fn new(tasks: usize) -> Graph {
        let mut edges = DiGraph::with_capacity(tasks, tasks);
        for _ in 0..tasks {
            edges.add_node(());
        }
        Graph { edges }
    }

    /// How many tasks there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.edges.node_count()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Says that `reader` reads what `provider` provides.
    pub fn add_edge(&mut self, provider: TaskId, reader: TaskId, model: ModelId) {
        self.edges.add_edge(node(provider), node(reader), model);
    }

    /// The tasks that read from this one, each once, in order of position.
    #[must_use]
    pub fn readers(&self, task: TaskId) -> Vec<TaskId> {
        self.neighbours(task, Outgoing)
    }

    /// The reader of each edge that leaves this task, in no particular order.
    pub(crate) fn readers_with_repeats(&self, task: TaskId) -> impl Iterator<Item = TaskId> {
        self.edges.neighbors_directed(node(task), Outgoing).map(id)
    }

    /// The tasks that this one reads from, each once, in order of position.
    #[must_use]
    pub fn providers(&self, task: TaskId) -> Vec<TaskId> {
        self.neighbours(task, Incoming)
    }

    /// All edges: provider, reader, model.
    pub fn edges(&self) -> impl Iterator<Item = (TaskId, TaskId, ModelId)> {
        self.edges.edge_references().map(|edge| (id(edge.source()), id(edge.target()), *edge.weight()))
    }

    fn neighbours(&self, task: TaskId, direction: Direction) -> Vec<TaskId> {
        let mut found: Vec<TaskId> = self.edges.neighbors_directed(node(task), direction).map(id).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The tasks in the order they run: at every point the ready one with the lowest position goes next.
    ///
    /// Kahn's algorithm (A. B. Kahn, "Topological sorting of large networks", 1962) with a heap of ready tasks, in
    /// O((V + E) log V) and without recursion.
    ///
    /// # Errors
    ///
    /// The cycles, one for each knot of tasks that wait for each other, in order of their lowest position.
    pub fn order(&self) -> Result<Vec<TaskId>, Vec<Cycle>> {
        let mut waits: Vec<u32> =
            self.edges.node_indices().map(|node| self.edges.edges_directed(node, Incoming).count() as u32).collect();
        let mut ready: BinaryHeap<Reverse<TaskId>> =
            (0..self.len()).map(TaskId::new).filter(|task| waits[task.index()] == 0).map(Reverse).collect();
        let mut order = Vec::with_capacity(self.len());
        while let Some(Reverse(task)) = ready.pop() {
            order.push(task);
            for reader in self.edges.neighbors_directed(node(task), Outgoing) {
                let left = &mut waits[reader.index()];
                *left -= 1;
                if *left == 0 {
                    ready.push(Reverse(id(reader)));
                }
            }
        }
        if order.len() == self.len() { Ok(order) } else { Err(self.cycles(&waits)) }
    }

    /// One shortest cycle for each strongly connected knot among the tasks that still wait.
    fn cycles(&self, waits: &[u32]) -> Vec<Cycle> {
        let stuck = EdgeFiltered::from_fn(&self.edges, |edge| {
            waits[edge.source().index()] > 0 && waits[edge.target().index()] > 0
        });
        let knots = kosaraju_scc(&stuck);
        // Knots share no task, so one table of each kind serves them all.
        let mut knot_of = vec![0; self.len()];
        for (number, knot) in knots.iter().enumerate() {
            knot.iter().for_each(|node| knot_of[node.index()] = number);
        }
        let mut reached = vec![None; self.len()];
        let starts = knots.iter().filter_map(|knot| knot.iter().min());
        let mut cycles: Vec<Cycle> =
            starts.filter_map(|&start| self.shortest_cycle(start, &knot_of, &mut reached)).collect();
        cycles.sort_by_key(|cycle| cycle.first().map(|wait| wait.task));
        cycles
    }

    /// The shortest way from a task along its providers back to itself, inside its knot; `None` where it does not wait
    /// for itself. `reached` says of each task of the knot which wait has led there.
    fn shortest_cycle(&self, start: NodeIndex, knot_of: &[usize], reached: &mut [Option<Wait>]) -> Option<Cycle> {
        let mut queue = VecDeque::from([start]);
        while let Some(reader) = queue.pop_front() {
            let mut waits: Vec<Wait> = self
                .edges
                .edges_directed(reader, Incoming)
                .filter(|edge| knot_of[edge.source().index()] == knot_of[start.index()])
                .map(|edge| Wait { task: id(reader), model: *edge.weight(), provider: id(edge.source()) })
                .collect();
            waits.sort_unstable_by_key(|wait| (wait.provider, wait.model));
            for wait in waits {
                if node(wait.provider) == start {
                    return Some(trace(wait, id(start), reached));
                }
                let seen = &mut reached[wait.provider.index()];
                if seen.is_none() {
                    *seen = Some(wait);
                    queue.push_back(node(wait.provider));
                }
            }
        }
        None
    }
}

/// Follows the waits back from the one that closes the cycle to the task it began with.
fn trace(last: Wait, start: TaskId, reached: &[Option<Wait>]) -> Cycle {
    let mut cycle = vec![last];
    let mut task = last.task;
    while task != start {
        let Some(wait) = reached[task.index()] else { break };
        cycle.push(wait);
        task = wait.task;
    }
    cycle.reverse();
    cycle
}

fn node(task: TaskId) -> NodeIndex {
    NodeIndex::new(task.index())
}

fn id(node: NodeIndex) -> TaskId {
    TaskId::new(node.index())
}
