//! Many short lists in one long one.

/// Lists by position, stored end to end: one allocation for a million lists instead of a million.
#[derive(Clone, Debug)]
pub(crate) struct Lists<T> {
    items: Vec<T>,
    ends: Vec<u32>,
}

impl<T> Lists<T> {
    /// No list yet, with room for so many and for one item in each.
    pub(crate) fn with_capacity(lists: usize) -> Lists<T> {
        Lists { items: Vec::with_capacity(lists), ends: Vec::with_capacity(lists) }
    }

    /// Adds a list at the end.
    pub(crate) fn push(&mut self, items: impl IntoIterator<Item = T>) {
        self.items.extend(items);
        self.ends.push(dense(self.items.len()));
    }

    /// How many lists there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many items there are in all of them.
    pub(crate) fn items(&self) -> usize {
        self.items.len()
    }

    /// The list at this position.
    pub(crate) fn get(&self, position: usize) -> &[T] {
        &self.items[self.start(position)..self.ends[position] as usize]
    }

    /// The list at this position, to be changed.
    pub(crate) fn get_mut(&mut self, position: usize) -> &mut [T] {
        let start = self.start(position);
        &mut self.items[start..self.ends[position] as usize]
    }

    /// The lists, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[T]> + Clone {
        (0..self.len()).map(|position| self.get(position))
    }

    fn start(&self, position: usize) -> usize {
        position.checked_sub(1).map_or(0, |before| self.ends[before] as usize)
    }
}

impl<T: Copy> Lists<T> {
    /// So many lists, of items that each say which list they are in; within a list they stay in order.
    pub(crate) fn sorted(lists: usize, items: impl Iterator<Item = (usize, T)> + Clone) -> Lists<T> {
        let mut counts = vec![0_u32; lists];
        for (list, _) in items.clone() {
            counts[list] += 1;
        }
        let mut total = 0;
        let mut ends = counts;
        for end in &mut ends {
            total += std::mem::replace(end, dense(total)) as usize;
        }
        let Some((_, any)) = items.clone().next() else { return Lists { items: Vec::new(), ends } };
        let mut sorted = vec![any; total];
        // What is a list's start now has become its end when all of its items are in.
        for (list, item) in items {
            sorted[ends[list] as usize] = item;
            ends[list] += 1;
        }
        Lists { items: sorted, ends }
    }
}

impl<T> Default for Lists<T> {
    fn default() -> Lists<T> {
        Lists { items: Vec::new(), ends: Vec::new() }
    }
}

fn dense(items: usize) -> u32 {
    u32::try_from(items).expect("a chain has fewer than 2^32 edges")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_into_their_lists_in_order() {
        let lists = Lists::sorted(4, [(2, 'a'), (0, 'b'), (2, 'c'), (3, 'd'), (0, 'e')].into_iter());
        assert_eq!(lists.iter().collect::<Vec<_>>(), [&['b', 'e'][..], &[], &['a', 'c'], &['d']]);
    }

    #[test]
    fn lists_may_all_be_empty() {
        let lists = Lists::sorted(2, std::iter::empty::<(usize, char)>());
        assert_eq!((lists.len(), lists.get(0), lists.get(1)), (2, &[][..], &[][..]));
    }
}
