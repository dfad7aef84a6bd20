//! What several pages are made of: states, times, tables that scroll, doc texts.

use chrono::{DateTime, SecondsFormat, Utc};
use maud::{Markup, PreEscaped, html};
use pulldown_cmark::{BrokenLink, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::event::{Ending, State};
use crate::report::style::{Tone, symbol};
use crate::schema::{OrderBy, TableSchema};
use crate::words::count;

/// The name of a place in a page, such as that of a model: letters, digits and few signs, whatever the name holds.
pub(crate) fn anchor(kind: &str, name: &str) -> String {
    let mut anchor = format!("{kind}-");
    for letter in name.chars() {
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' | '.' => anchor.push(letter),
            other => anchor += &format!("~{:x}~", u32::from(other)),
        }
    }
    anchor
}

/// The class that gives a tone its colours.
pub(super) const fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "is-good",
        Tone::Warning => "is-warn",
        Tone::Bad => "is-bad",
        Tone::Active => "is-live",
        Tone::Plain | Tone::Strong | Tone::Dim => "is-calm",
    }
}

/// How a run stands, as symbol, word and tone; `None` for one that goes on.
pub(super) const fn standing(ending: Option<Ending>) -> (char, &'static str, Tone) {
    let (state, word) = match ending {
        None => (State::Running, "running"),
        Some(Ending::Done) => (State::Done, "done"),
        Some(Ending::Failed) => (State::Failed, "failed"),
        Some(Ending::Cancelled) => (State::Cancelled, "cancelled"),
        Some(Ending::Killed) => (State::Failed, "killed"),
    };
    (symbol(state), word, Tone::of(state))
}

/// How a run stands, in colour.
pub(super) fn standing_mark(ending: Option<Ending>) -> Markup {
    let (symbol, word, tone) = standing(ending);
    html! { span.state.(class(tone)) { (symbol) " " (word) } }
}

/// The state of a step, in colour.
pub(super) fn state_mark(state: State) -> Markup {
    html! { span.state.(class(Tone::of(state))) { (symbol(state)) " " (state) } }
}

/// A time, to the second.
pub(super) fn time(at: DateTime<Utc>) -> Markup {
    html! {
        time datetime=(at.to_rfc3339_opts(SecondsFormat::Millis, true)) { (at.format("%Y-%m-%d %H:%M:%S")) }
    }
}

/// A table that scrolls by itself where it is wider than the page.
pub(super) fn scroll(label: &str, table: &Markup) -> Markup {
    html! { div.scroll role="region" aria-label=(label) tabindex="0" { (table) } }
}

/// A field for search by typing over a list; a page without script has none.
pub(super) fn find(list: &str, label: &str) -> Markup {
    html! {
        div.find hidden data-for=(list) {
            label for={ "find-" (list) } { (label) }
            input type="search" id={ "find-" (list) } placeholder="type to search, / to begin" autocomplete="off";
            span role="status" {}
        }
    }
}

/// A sentence in which names stand in backticks.
pub(super) fn said(sentence: &str) -> Markup {
    html! {
        @for (at, part) in sentence.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// Where nothing is.
pub(super) fn none() -> Markup {
    html! { span.soft { "–" } }
}

/// A doc text, which is Markdown. Nothing in it is markup of the page, and it shows no picture and follows no link to
/// what is no page.
pub(super) fn doc(text: &str) -> Markup {
    let mut unknown = |_: BrokenLink<'_>| Some((CowStr::from(""), CowStr::from("")));
    let events = Parser::new_with_broken_link_callback(text.trim(), Options::ENABLE_TABLES, Some(&mut unknown));
    let mut links = Vec::new();
    let shown = events.filter_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::Link { ref dest_url, .. }) => {
            let is_page = dest_url.starts_with("https://") || dest_url.starts_with("http://");
            links.push(is_page);
            is_page.then_some(event)
        }
        Event::End(TagEnd::Link) => links.pop().unwrap_or(false).then_some(event),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Heading { id, classes, attrs, .. }) => {
            Some(Event::Start(Tag::Heading { level: HeadingLevel::H4, id, classes, attrs }))
        }
        Event::End(TagEnd::Heading(_)) => Some(Event::End(TagEnd::Heading(HeadingLevel::H4))),
        other => Some(other),
    });
    let mut written = String::new();
    pulldown_cmark::html::push_html(&mut written, shown);
    html! { div.doc { (PreEscaped(written)) } }
}

/// What else there is to say of each column of a table: its place in the page, what it is made of and where it goes.
pub(super) struct ColumnTies<'t> {
    pub(super) id: Box<dyn Fn(&str) -> String + 't>,
    pub(super) told: Box<dyn Fn(&str) -> Markup + 't>,
}

/// The columns of a table: what they are called, hold, mean and keep. The types are those on record, where there are any.
pub(super) fn columns(
    model: &str,
    schema: Option<&TableSchema>,
    recorded: Option<&[(String, String)]>,
    ties: Option<&ColumnTies<'_>>,
) -> Markup {
    let declared = schema.map_or(&[][..], |schema| schema.columns);
    let names: Vec<(&str, String)> = match recorded {
        Some(recorded) => recorded.iter().map(|(name, ty)| (name.as_str(), ty.clone())).collect(),
        None => declared.iter().map(|column| (column.name, column.ty.to_string())).collect(),
    };
    let key = schema.map_or(&[][..], |schema| schema.key);
    // What a file calls them is worth a column where it is not the same.
    let is_read = recorded.is_none()
        && schema.is_some_and(|schema| schema.source.is_some())
        && declared.iter().any(|column| column.from.is_some() || column.format.is_some() || column.row_number);
    let table = html! {
        table {
            caption { (count(names.len() as u64, "column")) }
            thead { tr {
                th scope="col" { "column" }
                th scope="col" { "type" }
                th scope="col" { "checks" }
                th scope="col" { "meaning" }
                @if is_read { th scope="col" { "field in the file" } }
            } }
            tbody {
                @for (name, ty) in &names {
                    @let column = declared.iter().find(|column| column.name == *name);
                    tr id=[ties.map(|ties| (ties.id)(name))] {
                        th scope="row" { (name) }
                        td { (ty) @if column.is_some_and(|column| column.nullable) { span.soft { ", nullable" } } }
                        td {
                            @if key.contains(name) { div { "key" } }
                            @for check in column.map_or(&[][..], |column| column.checks) { div { code { (check) } } }
                        }
                        td.text {
                            @if let Some(column) = column { (doc(column.doc)) }
                            @if let Some(ties) = ties { ((ties.told)(name)) }
                        }
                        @if is_read {
                            td { @if let Some(column) = column { (field(column)) } }
                        }
                    }
                }
            }
        }
    };
    scroll(&format!("columns of {model}"), &table)
}

fn field(column: &crate::schema::ColumnSchema) -> Markup {
    html! {
        @if column.row_number { span.soft { "the number of the row" } }
        @else if let Some(from) = column.from { code { (from) } }
        @else { span.soft { "the same" } }
        @if let Some(format) = column.format { span.soft { ", written as " } code { (format) } }
    }
}

/// The order of rows, in words.
pub(super) fn order(terms: &[OrderBy]) -> String {
    let term = |term: &OrderBy| format!("{}{}", term.column, if term.descending { ", the greatest first" } else { "" });
    terms.iter().map(term).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_a_name_that_no_other_has() {
        assert_eq!(anchor("model", "raw_bookings"), "model-raw_bookings");
        assert_eq!(anchor("model", "größe \"q\""), "model-gr~f6~~df~e~20~~22~q~22~");
        assert_ne!(anchor("task", "a~20~"), anchor("task", "a "));
    }

    #[test]
    fn a_doc_text_is_set_and_nothing_in_it_is_markup_or_leads_to_a_request() {
        let text = "Rows of `<R>`, see [`Rejected`] and [there](https://example.org).\n\n# Shape\n\n- <script>alert(1)</script>\n\
                    - ![a picture](https://example.org/a.png)\n- [here](crate::model)\n";
        let written = doc(text).into_string();
        insta::assert_snapshot!(written, @r#"
        <div class="doc"><p>Rows of <code>&lt;R&gt;</code>, see <code>Rejected</code> and <a href="https://example.org">there</a>.</p>
        <h4>Shape</h4>
        <ul>
        <li>&lt;script&gt;alert(1)&lt;/script&gt;
        </li>
        <li>a picture</li>
        <li>here</li>
        </ul>
        </div>
        "#);
    }
}
