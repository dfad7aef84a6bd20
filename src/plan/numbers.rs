//! Finds numbers by name, where the names stand elsewhere.

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

/// The numbers of things that have names: five bytes for each, however long the names are. Whoever asks says how the
/// name of a number is found.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    hasher: DefaultHashBuilder,
    table: HashTable<u32>,
}

impl Numbers {
    pub(super) fn with_capacity(names: usize) -> Numbers {
        Numbers { hasher: DefaultHashBuilder::default(), table: HashTable::with_capacity(names) }
    }

    /// The number of this name.
    pub(super) fn find<'n>(&self, name: &str, name_of: impl Fn(usize) -> &'n str) -> Option<usize> {
        let found = self.table.find(self.hasher.hash_one(name), |&number| name_of(number as usize) == name);
        found.map(|&number| number as usize)
    }

    /// The number of this name; where it has none, it gets `number`, and that is `None`.
    pub(super) fn number<'n>(
        &mut self,
        name: &str,
        number: usize,
        name_of: impl Fn(usize) -> &'n str,
    ) -> Option<usize> {
        let entry = self.table.entry(
            self.hasher.hash_one(name),
            |&number| name_of(number as usize) == name,
            |&number| self.hasher.hash_one(name_of(number as usize)),
        );
        match entry {
            Entry::Occupied(known) => Some(*known.get() as usize),
            Entry::Vacant(vacant) => {
                vacant.insert(u32::try_from(number).expect("a chain has fewer than 2^32 names"));
                None
            }
        }
    }
}

/// Numbers that are known beforehand, sorted by the hashes of their names. To find what is there twice, and little else,
/// this is faster than a table: a million names come into a table at a million places, each far from the one before.
#[derive(Debug)]
pub(super) struct Hashes {
    hasher: DefaultHashBuilder,
    /// The upper half of each is of the hash, the lower half is the number.
    sorted: Vec<u64>,
}

impl Hashes {
    const NUMBER: u64 = u32::MAX as u64;

    /// The numbers of these names, from 0 on.
    pub(super) fn of<'n>(names: impl Iterator<Item = &'n str>) -> Hashes {
        let hasher = DefaultHashBuilder::default();
        let hash = |(number, name)| (hasher.hash_one::<&str>(name) & !Hashes::NUMBER) | number as u64;
        let mut sorted: Vec<u64> = names.enumerate().map(hash).collect();
        assert!(sorted.len() <= u32::MAX as usize, "more than 2^32 names in one chain");
        sorted.sort_unstable();
        Hashes { hasher, sorted }
    }

    /// Numbers whose names may be the same, in order; there are few others among them.
    pub(super) fn alike(&self) -> impl Iterator<Item = impl Iterator<Item = usize>> {
        let groups = self.sorted.chunk_by(|one, other| one & !Hashes::NUMBER == other & !Hashes::NUMBER);
        groups.filter(|group| group.len() > 1).map(|group| group.iter().map(|one| (one & Hashes::NUMBER) as usize))
    }

    /// Whether there is a number of this name.
    pub(super) fn contains<'n>(&self, name: &str, name_of: impl Fn(usize) -> &'n str) -> bool {
        let hash = self.hasher.hash_one(name) & !Hashes::NUMBER;
        let from = self.sorted.partition_point(|one| *one < hash);
        let alike = self.sorted[from..].iter().take_while(|one| **one & !Hashes::NUMBER == hash);
        alike.map(|one| (one & Hashes::NUMBER) as usize).any(|number| name_of(number) == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_first_number() {
        let names: Vec<String> = (0..100).map(|number| format!("task_{number}")).collect();
        let name_of = |number: usize| names[number].as_str();
        let mut numbers = Numbers::with_capacity(0);
        for (number, name) in names.iter().enumerate() {
            assert_eq!(numbers.number(name, number, name_of), None);
        }
        assert_eq!(numbers.number("task_42", 100, name_of), Some(42));
        assert_eq!(numbers.find("task_99", name_of), Some(99));
        assert_eq!(numbers.find("task_100", name_of), None);
    }
    #[test]
    fn names_that_are_there_twice_are_found() {
        let names: Vec<String> = (0..100).map(|number| format!("task_{}", number % 98)).collect();
        let hashes = Hashes::of(names.iter().map(String::as_str));
        let mut alike: Vec<Vec<usize>> = hashes.alike().map(Iterator::collect).collect();
        alike.sort();
        assert_eq!(alike, [[0, 98], [1, 99]]);
        let name_of = |number: usize| names[number].as_str();
        assert!(hashes.contains("task_97", name_of));
        assert!(!hashes.contains("task_98", name_of));
    }
}
