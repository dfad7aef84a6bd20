//! Which of the steps that are ready goes first.

use std::cmp::Reverse;

use crate::id::TaskId;
use crate::plan::Blueprint;

use super::job::Order;
use super::ready::Ready;

/// The steps that are ready, in the order in which they are to go.
#[derive(Debug)]
pub(super) struct Queue {
    /// By place.
    ready: Ready,
    /// The place of each step and the step of each place, where that is not its position.
    places: Option<(Vec<TaskId>, Vec<TaskId>)>,
}

impl Queue {
    /// An empty queue. `time` says how long a task is likely to take; only the proportions count.
    pub(super) fn new(blueprint: &Blueprint, order: Order, time: impl Fn(TaskId) -> u64) -> Queue {
        let tasks = (0..blueprint.tasks().len()).map(TaskId::new);
        let sorted: Option<Vec<TaskId>> = match order {
            Order::Position => None,
            Order::CriticalPath => {
                let ways = ways(blueprint, time);
                let mut sorted: Vec<TaskId> = tasks.collect();
                sorted.sort_by_key(|task| Reverse(ways[task.index()]));
                Some(sorted)
            }
            Order::Shuffled(seed) => {
                let mut sorted: Vec<TaskId> = tasks.collect();
                sorted.sort_by_key(|task| scatter(seed.wrapping_add(task.index() as u64)));
                Some(sorted)
            }
        };
        let places = sorted.map(|sorted| {
            let mut places = sorted.clone();
            for (place, task) in sorted.iter().enumerate() {
                places[task.index()] = TaskId::new(place);
            }
            (places, sorted)
        });
        Queue { ready: Ready::new(blueprint.tasks().len()), places }
    }

    pub(super) fn insert(&mut self, task: TaskId) {
        let place = self.place(task);
        self.ready.insert(place);
    }

    pub(super) fn remove(&mut self, task: TaskId) {
        let place = self.place(task);
        self.ready.remove(place);
    }

    /// Takes out the step that goes first.
    pub(super) fn pop(&mut self) -> Option<TaskId> {
        let first = self.ready.pop()?;
        Some(self.places.as_ref().map_or(first, |(_, tasks)| tasks[first.index()]))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }

    fn place(&self, task: TaskId) -> TaskId {
        self.places.as_ref().map_or(task, |(places, _)| places[task.index()])
    }
}

/// For each task, how long the longest way is from its start to the end of one that nobody reads from.
fn ways(blueprint: &Blueprint, time: impl Fn(TaskId) -> u64) -> Vec<u64> {
    let mut ways = vec![0_u64; blueprint.tasks().len()];
    for &task in blueprint.order().iter().rev() {
        let further = blueprint.graph().readers_with_repeats(task).map(|reader| ways[reader.index()]).max();
        // A task takes some time, also where that is not known.
        ways[task.index()] = further.unwrap_or(0).saturating_add(time(task).max(1));
    }
    ways
}

/// Scatters numbers: splitmix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
