//! What there is not enough of for all steps at once: named pools, and memory.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::TaskId;
use crate::plan::Blueprint;

use super::job::RunOptions;

/// How much is free of each pool, what each step takes, and which steps wait for it.
///
/// A step takes all that it needs in one go, or nothing, so that no two can wait for each other. Who waits is not overtaken
/// by a step behind it that needs of the same.
#[derive(Debug)]
pub(super) struct Pools {
    free: Vec<u64>,
    /// Each pool by its number, and how much of it, of the steps that take any; in order of the numbers.
    takes: BTreeMap<TaskId, Vec<(usize, u64)>>,
    waiting: BTreeSet<TaskId>,
}

impl Pools {
    pub(super) fn new(
        blueprint: &Blueprint,
        picks: impl Iterator<Item = TaskId>,
        options: &RunOptions,
        memory: impl Fn(TaskId) -> Option<u64>,
    ) -> Pools {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        // Memory is the first of them.
        let mut sizes = vec![options.memory_limit.unwrap_or(u64::MAX)];
        let mut takes = BTreeMap::new();
        for task in picks {
            let uses = blueprint.task(task).task.uses();
            let mut list = Vec::new();
            if let (Some(limit), Some(bytes)) = (options.memory_limit, uses.memory.or_else(|| memory(task))) {
                list.push((0, bytes.min(limit)));
            }
            for &(pool, share) in uses.pools {
                let size = options.pools.get(pool).copied().unwrap_or(1);
                let number = *numbers.entry(pool).or_insert_with(|| {
                    sizes.push(u64::from(size));
                    sizes.len() - 1
                });
                // Whoever needs more than there is takes all of it.
                list.push((number, u64::from(share.min(size))));
            }
            if !list.is_empty() {
                list.sort_unstable();
                takes.insert(task, list);
            }
        }
        Pools { free: sizes, takes, waiting: BTreeSet::new() }
    }

    /// Takes all that a step needs; where something of it is not free, the step waits, and this says no.
    pub(super) fn admit(&mut self, task: TaskId) -> bool {
        let Some(takes) = self.takes.get(&task) else { return true };
        let is_free = takes.iter().all(|&(pool, share)| self.free[pool] >= share);
        let shares =
            |other: &TaskId| self.takes[other].iter().any(|(pool, _)| takes.iter().any(|(its, _)| its == pool));
        if !is_free || self.waiting.range(..task).any(shares) {
            self.waiting.insert(task);
            return false;
        }
        takes.iter().for_each(|&(pool, share)| self.free[pool] -= share);
        true
    }

    /// Whether any step takes anything.
    pub(super) fn are_used(&self) -> bool {
        !self.takes.is_empty()
    }

    /// Gives back all that a step has taken, and says who waited for something to be given back.
    pub(super) fn give_back(&mut self, task: TaskId) -> BTreeSet<TaskId> {
        let Some(takes) = self.takes.get(&task) else { return BTreeSet::new() };
        takes.iter().for_each(|&(pool, share)| self.free[pool] += share);
        std::mem::take(&mut self.waiting)
    }

    /// A step does not wait any more.
    pub(super) fn forget(&mut self, task: TaskId) {
        self.waiting.remove(&task);
    }
}
