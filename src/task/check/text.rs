//! Text that is put together at compile time.

/// Room for a circle of a thousand tasks.
const ROOM: usize = 1 << 16;
const CUT: &str = "…";

/// A text in a fixed buffer; what does not fit is cut off with an ellipsis.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    bytes: [u8; ROOM],
    length: usize,
    cut: bool,
}

impl Text {
    pub(super) const fn new() -> Text {
        Text { bytes: [0; ROOM], length: 0, cut: false }
    }

    /// The text with these parts at its end.
    pub(super) const fn join(mut self, parts: &[&str]) -> Text {
        let mut at = 0;
        while at < parts.len() && !self.cut {
            self.cut = self.length + parts[at].len() + CUT.len() > ROOM;
            self.push(if self.cut { CUT } else { parts[at] });
            at += 1;
        }
        self
    }

    const fn push(&mut self, part: &str) {
        let (_, rest) = self.bytes.split_at_mut(self.length);
        let (place, _) = rest.split_at_mut(part.len());
        place.copy_from_slice(part.as_bytes());
        self.length += part.len();
    }

    /// The text.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        match str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => panic!("the parts are text, so the whole is"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ROOM, Text};

    #[test]
    fn what_does_not_fit_is_cut_off() {
        let long = "a".repeat(ROOM - 10);
        let text = Text::new().join(&[&long, "0123456", "7", "89"]);
        assert!(text.as_str().ends_with("a0123456…"), "{}", &text.as_str()[ROOM - 20..]);
        assert_eq!(Text::new().join(&["a", "b"]).join(&["c"]).as_str(), "abc");
    }
}
