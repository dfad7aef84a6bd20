//! Colour and symbols, in one place: nowhere else is a colour code written.
//!
//! Every state keeps its word, so that nothing is lost without colour. Whether colour is wanted is not decided here.

use std::fmt::Display;

use comfy_table::{Attribute, Cell, Color};

use crate::event::{Ending, State};

/// What a piece of text is, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tone {
    /// Nothing special.
    Plain,
    /// What matters on its line.
    Strong,
    /// What can be passed over.
    Dim,
    /// All is well.
    Good,
    /// It needs a look.
    Warning,
    /// Something is wrong.
    Bad,
    /// Something is going on.
    Active,
}

impl Tone {
    /// The tone of a step in this state.
    #[must_use]
    pub const fn of(state: State) -> Tone {
        match state {
            State::Waiting | State::Ready | State::Reused => Tone::Dim,
            State::Running => Tone::Active,
            State::Done => Tone::Good,
            State::Failed | State::TimedOut => Tone::Bad,
            State::Skipped | State::Cancelled => Tone::Warning,
        }
    }

    const fn code(self) -> Option<&'static str> {
        match self {
            Tone::Plain => None,
            Tone::Strong => Some("1"),
            Tone::Dim => Some("2"),
            Tone::Good => Some("32"),
            Tone::Warning => Some("33"),
            Tone::Bad => Some("31"),
            Tone::Active => Some("36"),
        }
    }
}

/// Writes text in colour, or plain where no colour is wanted.
///
/// ```
/// use purvey::event::State;
/// use purvey::report::{Palette, Tone};
///
/// assert_eq!(Palette::new(false).paint(Tone::Bad, "failed"), "failed");
/// assert_eq!(Palette::new(true).paint(Tone::Bad, "failed"), "\u{1b}[31mfailed\u{1b}[0m");
/// assert_eq!(Palette::new(false).state(State::Done), "✓ done     ");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    colour: bool,
}

impl Palette {
    /// A palette with colour, or without.
    #[must_use]
    pub const fn new(colour: bool) -> Palette {
        Palette { colour }
    }

    /// Whether it has colour.
    #[must_use]
    pub const fn has_colour(self) -> bool {
        self.colour
    }

    /// Writes text in this tone.
    #[must_use]
    pub fn paint(self, tone: Tone, text: impl Display) -> String {
        match tone.code() {
            Some(code) if self.colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            _ => text.to_string(),
        }
    }

    /// Writes a state as symbol and word, padded so that what follows is aligned.
    #[must_use]
    pub fn state(self, state: State) -> String {
        self.paint(Tone::of(state), format_args!("{} {state:<9}", symbol(state)))
    }

    /// Writes the ending of a run as symbol and word.
    #[must_use]
    pub fn ending(self, ending: Ending) -> String {
        let state = match ending {
            Ending::Done => State::Done,
            Ending::Failed => State::Failed,
            Ending::Cancelled => State::Cancelled,
            Ending::Killed => State::Failed,
        };
        self.paint(Tone::of(state), format_args!("{} {ending}", symbol(state)))
    }

    /// Makes a table cell in this tone.
    pub(super) fn cell(self, tone: Tone, text: impl Display) -> Cell {
        let cell = Cell::new(text);
        match tone {
            _ if !self.colour => cell,
            Tone::Plain => cell,
            Tone::Strong => cell.add_attribute(Attribute::Bold),
            Tone::Dim => cell.add_attribute(Attribute::Dim),
            Tone::Good => cell.fg(Color::DarkGreen),
            Tone::Warning => cell.fg(Color::DarkYellow),
            Tone::Bad => cell.fg(Color::DarkRed),
            Tone::Active => cell.fg(Color::DarkCyan),
        }
    }
}

/// The symbol of a state, one column wide.
#[must_use]
pub(super) const fn symbol(state: State) -> char {
    match state {
        State::Waiting | State::Ready => '·',
        State::Running => '▸',
        State::Done => '✓',
        State::Failed | State::TimedOut => '✗',
        State::Reused => '=',
        State::Skipped => '↷',
        State::Cancelled => '–',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_no_escape_code_is_written_and_every_word_stays() {
        for state in State::ALL {
            let text = Palette::new(false).state(state);
            assert!(text.contains(state.as_str()) && !text.contains('\u{1b}'), "{text}");
            assert_eq!(text.chars().count(), 11, "{text}");
        }
    }

    #[test]
    fn with_colour_the_word_is_the_same() {
        assert_eq!(Palette::new(true).ending(Ending::Cancelled), "\u{1b}[33m– cancelled\u{1b}[0m");
        assert_eq!(Palette::new(true).paint(Tone::Plain, "rows"), "rows");
    }
}
