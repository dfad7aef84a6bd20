//! Finds what ends fields and records in CSV, 64 bytes at a time.
//!
//! Knows quotes, separators and line ends, exactly as the `csv` crate has them: a quote opens a field only where the field
//! begins, is doubled within, and is a byte like any other elsewhere. It does not know what stands in a field.

/// How many bytes are looked at together: one for each bit of a mark.
pub(super) const WINDOW: usize = 64;

/// What ends something in a window, outside of quotes; the lowest bit stands for the first byte.
#[derive(Clone, Copy, Default)]
pub(super) struct Marks {
    /// Separators and line ends.
    pub(super) breaks: u64,
    /// Line ends: each byte of `\r\n` is one.
    pub(super) lines: u64,
}

/// Where the next byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// At the beginning of a field.
    Start,
    /// In a field without quotes, or after the quoted part of one.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a quote that closes a field, unless another one follows.
    Quote,
}

/// Walks over CSV from the beginning of a record.
#[derive(Clone)]
pub(super) struct Walk {
    separator: u8,
    at: At,
}

impl Walk {
    pub(super) fn new(separator: u8) -> Walk {
        Walk { separator, at: At::Start }
    }

    /// Whether the bytes so far end within quotes.
    pub(super) fn is_quoted(&self) -> bool {
        self.at == At::Quoted
    }

    /// The marks of the next bytes, of which there are at most [`WINDOW`].
    #[inline]
    pub(super) fn next(&mut self, bytes: &[u8]) -> Marks {
        match bytes.first_chunk() {
            Some(window) => self.window(window),
            None => self.one_by_one(bytes),
        }
    }

    #[inline]
    fn window(&mut self, bytes: &[u8; WINDOW]) -> Marks {
        let separator = self.separator;
        let lines = find(bytes, |byte| byte == b'\n' || byte == b'\r');
        let breaks = lines | find(bytes, |byte| byte == separator);
        let quotes = find(bytes, |byte| byte == b'"');
        let open = self.at == At::Quoted;
        if quotes == 0 && !open {
            self.at = if breaks >> (WINDOW - 1) == 1 { At::Start } else { At::Plain };
            return Marks { breaks, lines };
        }
        // Every quote changes between inside and outside, so long as each that goes inside stands where a field begins,
        // or doubles the one before it.
        let inside = parity(quotes) ^ if open { u64::MAX } else { 0 };
        let may_open = (breaks | quotes) << 1 | u64::from(matches!(self.at, At::Start | At::Quote));
        if quotes & inside & !may_open != 0 {
            return self.one_by_one(bytes);
        }
        let last = 1 << (WINDOW - 1);
        self.at = match () {
            () if inside & last != 0 => At::Quoted,
            () if quotes & last != 0 => At::Quote,
            () if breaks & last != 0 => At::Start,
            () => At::Plain,
        };
        Marks { breaks: breaks & !inside, lines: lines & !inside }
    }

    fn one_by_one(&mut self, bytes: &[u8]) -> Marks {
        let mut marks = Marks::default();
        for (index, &byte) in bytes.iter().enumerate() {
            let is_line = matches!(byte, b'\r' | b'\n');
            self.at = match (self.at, byte) {
                (At::Quoted, b'"') => At::Quote,
                (At::Start | At::Quote, b'"') | (At::Quoted, _) => At::Quoted,
                _ if is_line || byte == self.separator => {
                    marks.breaks |= 1 << index;
                    marks.lines |= u64::from(is_line) << index;
                    At::Start
                }
                _ => At::Plain,
            };
        }
        marks
    }
}

/// For each bit, whether the number of bits that are set up to it is odd.
fn parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// Which bytes of a window are wanted; the lowest bit stands for the first byte.
#[inline]
fn find(window: &[u8; WINDOW], wanted: impl Fn(u8) -> bool) -> u64 {
    // Two loops that compilers turn into instructions on many bytes at once. The second moves the lowest bits of eight
    // bytes side by side: times the number, the one of byte `i` stands in bit `56 + i`.
    let mut found = [0; WINDOW];
    for (found, &byte) in found.iter_mut().zip(window) {
        *found = u8::from(wanted(byte));
    }
    let eights = found.as_chunks().0.iter().rev();
    eights.fold(0, |bits, &eight| bits << 8 | u64::from_le_bytes(eight).wrapping_mul(0x0102_0408_1020_4080) >> 56)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

        #[test]
        fn windows_are_marked_as_their_bytes_are_one_by_one(text in "[ab\",;\r\n\u{e9}]{0,400}|(\"([a,\n]|\"\")*\"[,\n]){0,60}") {
            let (mut fast, mut slow) = (Walk::new(b','), Walk::new(b','));
            for window in text.as_bytes().chunks(WINDOW) {
                let (marks, expected) = (fast.next(window), slow.one_by_one(window));
                prop_assert_eq!((marks.breaks, marks.lines), (expected.breaks, expected.lines));
                prop_assert!(fast.at == slow.at);
            }
        }
    }
}
