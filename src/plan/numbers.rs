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
}
