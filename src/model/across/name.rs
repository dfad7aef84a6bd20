//! The name of a model that gathers others, put together by the compiler.

use super::Span;

/// More than any file system takes for the name of a file.
const LONGEST: usize = 256;

/// A text as a constant.
pub(super) struct Name {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Name {
    /// The name of what a window of partitions has of a model.
    pub(super) const fn of(model: &str, span: Span, is_complete: bool) -> Name {
        let name = Name { bytes: [0; LONGEST], length: 0 }.with(model);
        let name = match span {
            Span::Trailing(count) => name.with("_trailing_").with_number(count),
            Span::Preceding(count) => name.with("_preceding_").with_number(count),
            Span::Within => name.with("_within"),
            Span::All => name.with("_all"),
        };
        if is_complete { name } else { name.with("_published") }
    }

    const fn with(mut self, text: &str) -> Name {
        let text = text.as_bytes();
        assert!(self.length + text.len() <= LONGEST, "the name of a model is too long");
        let mut at = 0;
        while at < text.len() {
            self.bytes[self.length] = text[at];
            self.length += 1;
            at += 1;
        }
        self
    }

    const fn with_number(mut self, number: usize) -> Name {
        if number >= 10 {
            self = self.with_number(number / 10);
        }
        assert!(self.length < LONGEST, "the name of a model is too long");
        self.bytes[self.length] = b'0' + (number % 10) as u8;
        self.length += 1;
        self
    }

    pub(super) const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => panic!("texts put together are a text"),
        }
    }
}
