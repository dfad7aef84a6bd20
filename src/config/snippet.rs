//! Shows a place in a configuration file the way rustc shows code.
//!
//! Knows the text of the files; does not know what configuration means.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::section::{Origin, SectionError};

/// The files that were read, with their text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Files(Vec<(PathBuf, String)>);

/// Something to say about a place.
pub(super) struct Finding<'e> {
    headline: Cow<'e, str>,
    origin: Option<&'e Origin>,
    label: Option<Cow<'e, str>>,
    help: Option<String>,
    /// Whether what stands behind the key is shown too; it may be a secret.
    whole_line: bool,
}

impl<'e> Finding<'e> {
    pub(super) fn nowhere(headline: impl Into<Cow<'e, str>>) -> Finding<'e> {
        Finding { headline: headline.into(), origin: None, label: None, help: None, whole_line: false }
    }

    pub(super) fn at(origin: &'e Origin, headline: impl Into<Cow<'e, str>>) -> Finding<'e> {
        Finding { origin: Some(origin), ..Finding::nowhere(headline) }
    }

    pub(super) fn label(self, label: impl Into<Cow<'e, str>>) -> Finding<'e> {
        Finding { label: Some(label.into()), ..self }
    }

    pub(super) fn similar(self, similar: Option<&str>) -> Finding<'e> {
        Finding { help: similar.map(|name| format!("did you mean `{name}`?")), ..self }
    }

    pub(super) fn whole_line(self) -> Finding<'e> {
        Finding { whole_line: true, ..self }
    }

    /// What a section error says, taken apart again for its line.
    pub(super) fn of_section(error: &'e SectionError) -> Finding<'e> {
        match error {
            SectionError::UnknownKey { section, key, origin, similar } => {
                Finding::at(origin, format!("unknown key `{key}` in [{section}]")).similar(similar.as_deref())
            }
            SectionError::WrongValue { section, key, origin, message } => {
                Finding::at(origin, format!("wrong value for `{key}` in [{section}]")).label(message)
            }
            SectionError::WrongSection { section, origin, message } => {
                Finding::at(origin, format!("wrong values in [{section}]")).label(message)
            }
            SectionError::MissingKey { .. } => Finding::nowhere(error.to_string()),
        }
    }
}

impl Files {
    pub(super) fn push(&mut self, path: &Path, text: &str) {
        self.0.push((path.to_owned(), text.to_owned()));
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().map(|(path, _)| path.as_path())
    }

    /// The text of a finding, with the line it is about where that is in one of the files.
    pub(super) fn render(&self, finding: &Finding<'_>) -> String {
        match finding.origin {
            Some(Origin::File { path, line, column }) => self.render_line(finding, path, *line, *column),
            Some(origin) => {
                let label = finding.label.as_deref().map(|label| format!(": {label}")).unwrap_or_default();
                finding.render_with(format!("{} ({origin}){label}", finding.headline), None)
            }
            None => finding.render_with(finding.headline.to_string(), None),
        }
    }

    fn render_line(&self, finding: &Finding<'_>, path: &Path, line: usize, column: usize) -> String {
        let text = self.0.iter().find(|(known, _)| known == path).map_or("", |(_, text)| text.as_str());
        let text = text.lines().nth(line - 1).unwrap_or_default();
        let start = text.char_indices().nth(column - 1).map_or(text.len(), |(at, _)| at);
        let token = start..start + token_length(&text[start..]);
        let shown = if finding.whole_line { Cow::Borrowed(text) } else { hide_value(text, token.end) };
        let mut annotation = AnnotationKind::Primary.span(token);
        if let Some(label) = finding.label.as_deref() {
            annotation = annotation.label(label);
        }
        let snippet = Snippet::source(shown).line_start(line).path(path.display().to_string()).annotation(annotation);
        finding.render_with(finding.headline.to_string(), Some(snippet))
    }
}

impl Finding<'_> {
    fn render_with<'s>(
        &'s self,
        headline: String,
        snippet: Option<Snippet<'s, annotate_snippets::Annotation<'s>>>,
    ) -> String {
        let mut group = Level::ERROR.primary_title(headline).elements(snippet);
        if let Some(help) = self.help.as_deref() {
            group = group.element(Level::HELP.message(help));
        }
        Renderer::plain().render(&[group])
    }
}

/// The line and the column of a byte of a text, both from 1; the column in characters.
pub(super) fn position(text: &str, byte: usize) -> (usize, usize) {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    let before = &text[..byte];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The bytes of the key, or else of the one character, that a text begins with.
fn token_length(text: &str) -> usize {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    match text.chars().next() {
        None => 0,
        Some(quote @ ('"' | '\'')) => text[1..].find(quote).map_or(text.len(), |end| end + 2),
        Some(first) if bare(first) => text.find(|c| !bare(c)).unwrap_or(text.len()),
        Some(first) => first.len_utf8(),
    }
}

/// The line without what stands behind the `=` that follows its key.
fn hide_value(line: &str, key_end: usize) -> Cow<'_, str> {
    match line[key_end..].find('=') {
        Some(equals) => {
            let kept: Range<usize> = 0..key_end + equals + 1;
            Cow::Owned(format!("{} …", &line[kept]))
        }
        None => Cow::Borrowed(line),
    }
}
