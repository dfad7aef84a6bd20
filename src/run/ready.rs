//! The steps that are ready, the first of them at hand.

use crate::id::TaskId;

/// A set of steps, of which the one with the lowest place comes first.
///
/// A tree of bits, 64 to a word: who is in the set stands in the lowest level, and each bit of a level above says
/// whether the word below it holds anybody. Adding and taking look at one word of each level, four for a million steps.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    /// The lowest level first; the last has one word.
    levels: Vec<Vec<u64>>,
}

impl Ready {
    /// An empty set for places below this number.
    pub(super) fn new(places: usize) -> Ready {
        let mut levels = Vec::new();
        let mut words = places.div_ceil(64).max(1);
        loop {
            levels.push(vec![0; words]);
            if words == 1 {
                return Ready { levels };
            }
            words = words.div_ceil(64);
        }
    }

    pub(super) fn insert(&mut self, task: TaskId) {
        let mut at = task.index();
        for level in &mut self.levels {
            let word = &mut level[at / 64];
            let was_empty = *word == 0;
            *word |= 1 << (at % 64);
            if !was_empty {
                return;
            }
            at /= 64;
        }
    }

    pub(super) fn remove(&mut self, task: TaskId) {
        let mut at = task.index();
        for level in &mut self.levels {
            let word = &mut level[at / 64];
            *word &= !(1 << (at % 64));
            if *word != 0 {
                return;
            }
            at /= 64;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.levels.last().is_none_or(|top| top[0] == 0)
    }

    /// The step with the lowest place.
    pub(super) fn first(&self) -> Option<TaskId> {
        if self.is_empty() {
            return None;
        }
        let down = |at: usize, level: &Vec<u64>| at * 64 + level[at].trailing_zeros() as usize;
        Some(TaskId::new(self.levels.iter().rev().fold(0, down)))
    }

    /// Takes out the step with the lowest place.
    pub(super) fn pop(&mut self) -> Option<TaskId> {
        let first = self.first()?;
        self.remove(first);
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_set_whose_first_comes_first(
            places in prop::sample::select(vec![1, 63, 64, 65, 4_096, 4_097, 300_000]),
            steps in prop::collection::vec((any::<usize>(), 0..3), 0..200),
        ) {
            let (mut ready, mut set) = (Ready::new(places), BTreeSet::new());
            for (at, what) in steps {
                let task = TaskId::new(at % places);
                match what {
                    0 => {
                        ready.insert(task);
                        set.insert(task);
                    }
                    1 => {
                        ready.remove(task);
                        set.remove(&task);
                    }
                    _ => prop_assert_eq!(ready.pop(), set.pop_first()),
                }
                prop_assert_eq!(ready.is_empty(), set.is_empty());
                prop_assert_eq!(ready.first(), set.first().copied());
            }
        }
    }
}
