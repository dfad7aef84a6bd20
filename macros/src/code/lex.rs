//! Rust text as a flat list of tokens, without white space, comments and doc comments.
//!
//! Knows how Rust is spelled and nothing of what it means. The compiler's own tokens are not used: they look different from
//! one version of the compiler to the next, and each text it reads stays in its memory.

/// What sort of token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword, a name, a lifetime or a number, which may be in several pieces.
    Word,
    /// `"…"` or `r"…"`.
    Text,
    /// Any other literal in quotes.
    Quoted,
    /// Punctuation, as long as Rust reads it: `&&` is not `& &`.
    Mark,
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
}

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    /// Of an opening bracket, the place of the closing one; else its own place.
    pub(super) end: usize,
}

/// The marks of more than one character, the longer ones first.
const MARKS: &[&str] = &[
    "<<=", ">>=", "...", "..=", "&&", "||", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "^=", "&=", "|=",
    "<<", ">>", "->", "<-", "=>", "::", "..",
];

/// The tokens of a text; `None` if it is not Rust.
pub(super) fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens: Vec<Token<'_>> = Vec::with_capacity(text.len() / 5);
    let mut open = Vec::new();
    let mut at = start(text);
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let rest = &text[at..];
        if let Some(length) = comment(rest) {
            at += length?;
            continue;
        }
        let (kind, length) = token(rest, first)?;
        let here = tokens.len();
        match kind {
            Kind::Open => open.push(here),
            Kind::Close => {
                let partner: &mut Token<'_> = &mut tokens[open.pop()?];
                let fits = matches!((partner.text, first), ("(", ')') | ("[", ']') | ("{", '}'));
                partner.end = fits.then_some(here)?;
            }
            _ => {}
        }
        tokens.push(Token { kind, text: &rest[..length], end: here });
        at += length;
    }
    open.is_empty().then_some(tokens)
}

/// Where Rust begins: behind a byte order mark and a line for the shell.
fn start(text: &str) -> usize {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let rest = &text[mark..];
    let shell = rest.starts_with("#!") && !rest[2..].trim_start().starts_with('[');
    mark + if shell { rest.find('\n').unwrap_or(rest.len()) } else { 0 }
}

/// The length of a comment that begins here; `Some(None)` for one that never ends.
fn comment(rest: &str) -> Option<Option<usize>> {
    if rest.starts_with("//") {
        return Some(Some(rest.find('\n').unwrap_or(rest.len())));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let bytes = rest.as_bytes();
    let (mut at, mut depth) = (0, 0);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => (at, depth) = (at + 2, depth + 1),
            b"*/" => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
        if depth == 0 {
            return Some(Some(at));
        }
    }
    Some(None)
}

fn token(rest: &str, first: char) -> Option<(Kind, usize)> {
    match first {
        '(' | '[' | '{' => Some((Kind::Open, 1)),
        ')' | ']' | '}' => Some((Kind::Close, 1)),
        '"' => Some((Kind::Text, quoted(rest, '"')?)),
        '\'' => tick(rest),
        _ if first == '_' || first.is_alphanumeric() => word(rest),
        _ => mark(rest, first),
    }
}

fn mark(rest: &str, first: char) -> Option<(Kind, usize)> {
    let length = MARKS.iter().find(|mark| rest.starts_with(**mark)).map_or(1, |mark| mark.len());
    "!#$%&*+,-./:;<=>?@^|~".contains(first).then_some((Kind::Mark, length))
}

/// A character, or a lifetime.
fn tick(rest: &str) -> Option<(Kind, usize)> {
    let mut letters = rest[1..].chars();
    let first = letters.next()?;
    if first == '\\' {
        return Some((Kind::Quoted, quoted(rest, '\'')?));
    }
    if letters.next() == Some('\'') {
        return Some((Kind::Quoted, 2 + first.len_utf8()));
    }
    let name = word_length(&rest[1..]);
    (name > 0).then_some((Kind::Word, 1 + name))
}

/// A word, or a literal that begins like one.
fn word(rest: &str) -> Option<(Kind, usize)> {
    let length = word_length(rest);
    let (word, behind) = rest.split_at(length);
    match (word, behind.chars().next()) {
        ("r" | "br" | "cr", Some('"' | '#')) => {
            let hashes = behind.len() - behind.trim_start_matches('#').len();
            let kind = if word == "r" { Kind::Text } else { Kind::Quoted };
            if behind[hashes..].starts_with('"') {
                let end = format!("\"{}", &behind[..hashes]);
                let inside = &behind[hashes + 1..];
                return Some((kind, length + hashes + 1 + inside.find(&end)? + end.len()));
            }
            // `r#type`: a name that would be a keyword.
            let name = if hashes == 1 { word_length(&behind[1..]) } else { 0 };
            Some((Kind::Word, if name > 0 { length + 1 + name } else { length }))
        }
        ("b" | "c", Some('"')) => Some((Kind::Quoted, length + quoted(behind, '"')?)),
        ("b", Some('\'')) => Some((Kind::Quoted, length + quoted(behind, '\'')?)),
        _ => Some((Kind::Word, length)),
    }
}

fn word_length(rest: &str) -> usize {
    rest.find(|letter: char| letter != '_' && !letter.is_alphanumeric()).unwrap_or(rest.len())
}

/// The length of what stands between this quote and the next that is not escaped, with both.
fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    let end = rest[1..].find(|letter| {
        let ends = letter == quote && !escaped;
        escaped = letter == '\\' && !escaped;
        ends
    })?;
    Some(1 + end + 1)
}

#[cfg(test)]
mod tests {
    use super::{Kind, tokens};

    fn texts(text: &str) -> Vec<&str> {
        tokens(text).expect("it is Rust").iter().map(|token| token.text).collect()
    }

    fn kinds(text: &str) -> Vec<Kind> {
        tokens(text).expect("it is Rust").iter().map(|token| token.kind).collect()
    }

    #[test]
    fn white_space_and_comments_are_no_tokens() {
        let text = "/// Doc.\nfn a ( ) { /* not /* here */ nor here */ 1 // end\n}\n//! Doc.";
        assert_eq!(texts(text), ["fn", "a", "(", ")", "{", "1", "}"]);
    }

    #[test]
    fn what_looks_like_a_comment_in_a_text_is_part_of_it() {
        assert_eq!(texts(r#"f("// a \" /*", 'x')"#), ["f", "(", r#""// a \" /*""#, ",", "'x'", ")"]);
        assert_eq!(texts(r##"r#"a " // b"# + 1"##), [r##"r#"a " // b"#"##, "+", "1"]);
        assert_eq!(texts(r#"b"\\" c"x" br"\" b'\''"#), [r#"b"\\""#, r#"c"x""#, r#"br"\""#, r"b'\''"]);
    }

    #[test]
    fn lifetimes_are_told_from_characters() {
        assert_eq!(
            texts("&'a str 'b' '\\'' '\\u{e9}' 'é' '\"' 'static"),
            ["&", "'a", "str", "'b'", "'\\''", "'\\u{e9}'", "'é'", "'\"'", "'static"]
        );
        assert_eq!(kinds("'a 'b'"), [Kind::Word, Kind::Quoted]);
    }

    #[test]
    fn a_raw_name_is_one_word() {
        assert_eq!(texts("r#type + br #x"), ["r#type", "+", "br", "#", "x"]);
    }

    #[test]
    fn marks_are_as_long_as_rust_reads_them() {
        assert_eq!(texts("a&&b"), ["a", "&&", "b"]);
        assert_eq!(texts("a& &b"), ["a", "&", "&", "b"]);
        assert_eq!(texts("a=&b..=c"), ["a", "=", "&", "b", "..=", "c"]);
    }

    #[test]
    fn an_opening_bracket_knows_its_partner() {
        let tokens = tokens("f(a[1])").expect("it is Rust");
        assert_eq!((tokens[1].end, tokens[3].end), (6, 5));
    }

    #[test]
    fn a_line_for_the_shell_and_a_byte_order_mark_are_no_tokens() {
        assert_eq!(texts("\u{feff}#!/usr/bin/env run\nfn"), ["fn"]);
        assert_eq!(texts("#![allow(x)]"), ["#", "!", "[", "allow", "(", "x", ")", "]"]);
    }

    #[test]
    fn what_is_not_rust_has_no_tokens() {
        for text in ["\"open", "/* open", "(]", "(", ")", "a ` b", "'", "r#\"open\"", "'\\"] {
            assert!(tokens(text).is_none(), "{text}");
        }
    }
}
