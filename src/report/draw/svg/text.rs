//! Text in an SVG: how wide it will be in fonts that are not known, and how it is escaped.

use crate::words;

/// The longest name that is drawn in full.
const LONGEST: usize = 44;

/// How a text is set; `style.css` has the same sizes.
#[derive(Clone, Copy)]
pub(super) enum Face {
    /// The name of a card: monospace, 13 pixels, bold.
    Name,
    /// The name of a row: monospace, 12 pixels.
    Model,
    /// Groups and notes: sans serif, 11 pixels.
    Small,
}

impl Face {
    /// An upper estimate of the width in pixels.
    pub(super) fn width(self, text: &str) -> f64 {
        // Every common monospace font is 0.6 em wide or less; among sans serif fonts DejaVu is the widest.
        let (size, letter) = match self {
            Face::Name => (13.0, 0.605),
            Face::Model => (12.0, 0.605),
            Face::Small => (11.0, 0.62),
        };
        text.chars().map(|c| if is_wide(c) { 1.05 } else { letter }).sum::<f64>() * size
    }
}

/// Whether a character takes a full square, as those of East Asian scripts and pictures do.
const fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}')
}

/// The text on one line, cut with `…` where it is too long to be drawn.
pub(super) fn fit(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words::cut(&line, LONGEST)
}

/// Writes text so that it is only text in XML; characters that XML cannot hold are replaced.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_and_a_wide_one_gets_more_room() {
        assert_eq!(fit(&"x".repeat(45)).chars().count(), 44);
        assert_eq!(fit("two\n lines"), "two lines");
        assert!(Face::Model.width("宿泊") > 1.7 * Face::Model.width("ab"));
    }

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(escape("a<b> & \"c\"\u{7}"), "a&lt;b&gt; &amp; &quot;c&quot;\u{fffd}");
    }
}
