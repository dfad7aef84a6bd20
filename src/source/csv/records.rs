//! Splits CSV into records and fields, without looking into them.

use super::marks::{WINDOW, Walk};

/// Where the records of some bytes are, which begin with a record, and where the fields in them.
pub(super) struct Records<'a> {
    bytes: &'a [u8],
    walk: Walk,
    width: usize,
    /// How far the bytes have been looked at.
    seen: usize,
    /// After each separator and line end that counts, where the next field begins; before them, where the first does.
    starts: Vec<usize>,
    /// The index of the first field of each record that has as many as it should, in `starts`.
    whole: Vec<usize>,
    /// Records that have another number of fields.
    odd: Vec<Odd>,
    /// The index of the first field of the record that has not ended, in `starts`.
    open: usize,
}

/// A record that has not as many fields as the header.
pub(super) struct Odd {
    /// How many whole records of the same batch stand before it.
    pub(super) before: usize,
    pub(super) fields: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl<'a> Records<'a> {
    pub(super) fn new(bytes: &'a [u8], separator: u8, width: usize) -> Records<'a> {
        let walk = Walk::new(separator);
        Records { bytes, walk, width, seen: 0, starts: vec![0], whole: Vec::new(), odd: Vec::new(), open: 0 }
    }

    /// Forgets the records so far and finds the next ones, about so many; false where there are none any more.
    pub(super) fn advance(&mut self, about: usize) -> bool {
        self.starts.drain(..self.open);
        self.open = 0;
        self.whole.clear();
        self.odd.clear();
        while self.whole.len() + self.odd.len() < about && self.seen < self.bytes.len() {
            let window = &self.bytes[self.seen..self.bytes.len().min(self.seen + WINDOW)];
            let marks = self.walk.next(window);
            let mut before = self.starts.len();
            let mut breaks = marks.breaks;
            while breaks != 0 {
                self.starts.push(self.seen + breaks.trailing_zeros() as usize + 1);
                breaks &= breaks - 1;
            }
            let (mut breaks, mut lines) = (marks.breaks, marks.lines);
            while lines != 0 {
                let through = lines ^ (lines - 1);
                before += (breaks & through).count_ones() as usize;
                self.end_record(before - 1);
                breaks &= !through;
                lines &= lines - 1;
            }
            self.seen += window.len();
        }
        if self.seen == self.bytes.len() && self.open_record().is_some() {
            self.starts.push(self.bytes.len() + 1);
            self.end_record(self.starts.len() - 1);
        }
        !(self.whole.is_empty() && self.odd.is_empty())
    }

    /// Ends the open record with the break before this index in `starts`.
    #[inline]
    fn end_record(&mut self, end: usize) {
        let fields = end - self.open;
        if fields == self.width && (fields > 1 || !self.is_blank(end)) {
            self.whole.push(self.open);
        } else if fields > 1 || !self.is_blank(end) {
            let (start, end) = (self.starts[self.open], self.starts[end] - 1);
            self.odd.push(Odd { before: self.whole.len(), fields, start, end });
        }
        self.open = end;
    }

    /// Whether there is nothing at all between the last line end and this one.
    fn is_blank(&self, end: usize) -> bool {
        self.starts[end] == self.starts[self.open] + 1
    }

    /// Where the record begins that has not ended, if there is one.
    fn open_record(&self) -> Option<usize> {
        let start = self.starts[self.open];
        (self.starts.len() > self.open + 1 || start < self.bytes.len()).then_some(start)
    }

    /// Where the last record begins, where it ends with the bytes and within quotes.
    pub(super) fn unclosed(&self) -> Option<usize> {
        let ended = self.seen == self.bytes.len() && self.walk.is_quoted();
        ended
            .then(|| self.whole.last().map(|&first| self.starts[first]).max(self.odd.last().map(|odd| odd.start)))
            .flatten()
    }

    /// How many records have as many fields as the header.
    pub(super) fn height(&self) -> usize {
        self.whole.len()
    }

    pub(super) fn odd(&self) -> &[Odd] {
        &self.odd
    }

    /// All bytes of the records.
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The range of the bytes that these records stand in.
    pub(super) fn span(&self) -> (usize, usize) {
        (self.starts[0], self.bytes.len().min(self.starts[self.open]))
    }

    /// Where a whole record begins.
    pub(super) fn start(&self, row: usize) -> usize {
        self.starts[self.whole[row]]
    }

    /// Where this field stands in each whole record from `row` on.
    #[inline]
    pub(super) fn fields(&self, position: usize, row: usize) -> impl Iterator<Item = (usize, usize)> + Clone + '_ {
        self.whole[row..].iter().map(move |&first| {
            let at = first + position;
            (self.starts[at], self.starts[at + 1] - 1)
        })
    }
}
