//! Finds the circles of tasks that wait for each other, once it is known that there are some.

use std::collections::VecDeque;

use petgraph::Incoming;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::id::{ModelId, TaskId};

use super::{Cycle, Graph, Wait};

/// The tasks that still wait, with the edges between them.
type Stuck = DiGraph<(), ModelId>;

/// One shortest cycle for each strongly connected knot among the tasks that still wait for so many, in order of their
/// lowest position.
pub(super) fn cycles(graph: &Graph, waits: &[u32]) -> Vec<Cycle> {
    let stuck = stuck(graph, waits);
    let knots = kosaraju_scc(&stuck);
    // Knots share no task, so one table of each kind serves them all.
    let mut knot_of = vec![0; graph.len()];
    for (number, knot) in knots.iter().enumerate() {
        knot.iter().for_each(|node| knot_of[node.index()] = number);
    }
    let mut reached = vec![None; graph.len()];
    let starts = knots.iter().filter_map(|knot| knot.iter().min());
    let mut cycles: Vec<Cycle> =
        starts.filter_map(|&start| shortest_cycle(&stuck, start, &knot_of, &mut reached)).collect();
    cycles.sort_by_key(|cycle| cycle.first().map(|wait| wait.task));
    cycles
}

fn stuck(graph: &Graph, waits: &[u32]) -> Stuck {
    let mut stuck = Stuck::with_capacity(graph.len(), 0);
    for _ in 0..graph.len() {
        stuck.add_node(());
    }
    for (provider, reader, model) in graph.edges() {
        if waits[provider.index()] > 0 && waits[reader.index()] > 0 {
            stuck.add_edge(node(provider), node(reader), model);
        }
    }
    stuck
}

/// The shortest way from a task along its providers back to itself, inside its knot; `None` where it does not wait for
/// itself. `reached` says of each task of the knot which wait has led there.
fn shortest_cycle(stuck: &Stuck, start: NodeIndex, knot_of: &[usize], reached: &mut [Option<Wait>]) -> Option<Cycle> {
    let mut queue = VecDeque::from([start]);
    while let Some(reader) = queue.pop_front() {
        let mut waits: Vec<Wait> = stuck
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
