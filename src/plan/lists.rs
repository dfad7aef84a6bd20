//! Many short lists in one long one.

/// Lists by position, stored end to end: one allocation for a million lists instead of a million.
#[derive(Clone, Debug)]
pub(super) struct Lists<T> {
    items: Vec<T>,
    ends: Vec<u32>,
}

impl<T> Lists<T> {
    pub(super) fn with_capacity(lists: usize) -> Lists<T> {
        Lists { items: Vec::with_capacity(lists), ends: Vec::with_capacity(lists) }
    }

    /// Adds a list at the end.
    pub(super) fn push(&mut self, items: impl IntoIterator<Item = T>) {
        self.items.extend(items);
        self.ends.push(u32::try_from(self.items.len()).expect("a chain has fewer than 2^32 edges"));
    }

    /// The list at this position.
    pub(super) fn get(&self, position: usize) -> &[T] {
        let from = if position == 0 { 0 } else { self.ends[position - 1] as usize };
        &self.items[from..self.ends[position] as usize]
    }
}
