//! Names in an order in which they are found quickly, at compile time.

/// Names with the tasks they belong to.
pub(super) struct Index<const N: usize> {
    entries: [Entry; N],
    length: usize,
}

/// A name and the position of its task.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    hash: u64,
    name: &'static str,
    task: usize,
}

impl Entry {
    pub(super) const fn new(name: &'static str, task: usize) -> Entry {
        Entry { hash: hash(name), name, task }
    }
}

impl<const N: usize> Index<N> {
    pub(super) const fn new() -> Index<N> {
        Index { entries: [Entry { hash: 0, name: "", task: 0 }; N], length: 0 }
    }

    pub(super) const fn push(&mut self, entry: Entry) {
        self.entries[self.length] = entry;
        self.length += 1;
    }

    /// Puts the names in order. Where one occurs twice, returns the tasks of the occurrences that are listed first.
    pub(super) const fn sort(&mut self) -> Option<(usize, usize)> {
        let mut width = 1;
        while width < N {
            self.merge_runs(width);
            width *= 2;
        }
        let mut found: Option<(usize, usize)> = None;
        let mut at = 1;
        while at < N {
            let (one, other) = (&self.entries[at - 1], &self.entries[at]);
            if order(one, other) == 0 {
                let sooner = match found {
                    Some((_, second)) => other.task < second,
                    None => true,
                };
                if sooner {
                    found = Some((one.task, other.task));
                }
            }
            at += 1;
        }
        found
    }

    /// Merges neighbouring runs of this width, each in order already, and keeps equal names in the order they came in.
    const fn merge_runs(&mut self, width: usize) {
        let from = self.entries;
        let mut start = 0;
        while start < N {
            let middle = least(start + width, N);
            let end = least(start + 2 * width, N);
            let (mut left, mut right, mut at) = (start, middle, start);
            while at < end {
                let take_left = right == end || (left < middle && order(&from[left], &from[right]) <= 0);
                if take_left {
                    self.entries[at] = from[left];
                    left += 1;
                } else {
                    self.entries[at] = from[right];
                    right += 1;
                }
                at += 1;
            }
            start = end;
        }
    }

    /// The task of this name; the names have to be in order.
    pub(super) const fn find(&self, name: &'static str) -> Option<usize> {
        let wanted = Entry::new(name, 0);
        let (mut start, mut end) = (0, N);
        while start < end {
            let middle = start + (end - start) / 2;
            match order(&self.entries[middle], &wanted) {
                0 => return Some(self.entries[middle].task),
                1 => end = middle,
                _ => start = middle + 1,
            }
        }
        None
    }
}

/// Whether two names are the same.
pub(super) const fn same(one: &str, other: &str) -> bool {
    order_of_bytes(one.as_bytes(), other.as_bytes()) == 0
}

/// -1, 0 or 1. By hash, which is quick and nearly always enough, then by name.
const fn order(one: &Entry, other: &Entry) -> i8 {
    if one.hash != other.hash {
        return if one.hash < other.hash { -1 } else { 1 };
    }
    order_of_bytes(one.name.as_bytes(), other.name.as_bytes())
}

const fn order_of_bytes(one: &[u8], other: &[u8]) -> i8 {
    let mut at = 0;
    while at < one.len() && at < other.len() {
        if one[at] != other[at] {
            return if one[at] < other[at] { -1 } else { 1 };
        }
        at += 1;
    }
    if one.len() == other.len() {
        0
    } else if one.len() < other.len() {
        -1
    } else {
        1
    }
}

/// FNV-1a.
const fn hash(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    hash
}

const fn least(one: usize, other: usize) -> usize {
    if one < other { one } else { other }
}
