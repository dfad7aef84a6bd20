//! The models that a run made or reused: how many rows, what is different from before, what they look like.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::RunPage;
use crate::id::RunId;
use crate::ledger::VersionRecord;
use crate::model::Description;
use crate::report::html::parts::{anchor, columns, doc, find, none, order, scroll, time};
use crate::words::{bytes, count, number};

/// A model, as a run made or reused it.
pub(crate) struct ModelPart {
    pub(crate) version: VersionRecord,
    /// Whether an earlier run made it.
    pub(crate) reused: bool,
    /// The version before that one, where there was one.
    pub(crate) before: Option<VersionRecord>,
    /// What the chain says of it now; `None` for a model that it has no more.
    pub(crate) description: Option<Description>,
    /// Whether it holds the rows that a source could not read.
    pub(crate) set_aside: bool,
    pub(crate) head: Head,
}

/// What can be seen of a version.
pub(crate) enum Head {
    /// The first rows of a table: cells as text, `None` for null.
    Rows { columns: Vec<String>, rows: Vec<Vec<Option<String>>> },
    /// A value, as JSON.
    Value(String),
    /// Where the file is.
    File(String),
    /// Nothing, and why.
    Nothing(String),
}

impl ModelPart {
    pub(super) fn name(&self) -> &str {
        &self.version.model
    }
}

/// Lists that are longer than this have a field to search them.
const SEARCHED: usize = 12;

pub(super) fn section(page: &RunPage<'_>) -> Markup {
    let aside: Vec<&ModelPart> =
        page.models.iter().filter(|model| model.set_aside && model.version.rows.unwrap_or(0) > 0).collect();
    html! {
        section aria-labelledby="models" {
            h2 #models { "Models" }
            @if page.models.is_empty() { p.note { "This run has made no model, and reused none." } }
            @if !aside.is_empty() {
                div.trouble.is-warn {
                    h3 { "Rows that were set aside" }
                    @for model in &aside {
                        p {
                            (count(model.version.rows.unwrap_or(0), "row")) " in "
                            a.name href={ "#" (anchor("model", model.name())) } { (model.name()) }
                        }
                    }
                }
            }
            @if !page.models.is_empty() {
                @if page.models.len() > SEARCHED { (find("models", "Find a model by name")) }
                div data-list="models" {
                    (scroll("models", &overview(page)))
                    div style="height:1rem" {}
                    @for model in &page.models { (model.render(page.run.run)) }
                }
            }
        }
    }
}

fn overview(page: &RunPage<'_>) -> Markup {
    html! {
        table {
            thead { tr {
                th scope="col" { "model" }
                th scope="col" { "made by" }
                th.number scope="col" { "rows" }
                th.number scope="col" { "before" }
                th.number scope="col" { "in memory" }
                th.number scope="col" { "on disk" }
                th scope="col" { "content" }
            } }
            tbody {
                @for model in &page.models {
                    tr data-name=(model.name()) data-counts {
                        th scope="row" { a href={ "#" (anchor("model", model.name())) } { (model.name()) } }
                        td { (model.version.task) }
                        td.number { (model.version.rows.map_or_else(none, |rows| html! { (number(rows)) })) }
                        td.number { (model.growth()) }
                        td.number { (bytes(model.version.bytes)) }
                        td.number { (model.version.file.as_ref().map_or_else(none, |file| html! { (bytes(file.bytes)) })) }
                        td { (model.content()) }
                    }
                }
            }
        }
    }
}

impl ModelPart {
    /// How many rows there are more or fewer than before.
    fn growth(&self) -> Markup {
        let before = if self.reused { Some(self.version.rows) } else { self.before.as_ref().map(|before| before.rows) };
        html! { span.grew { (change(before.flatten(), self.version.rows)) } }
    }

    /// What became of the content, in a few words.
    fn content(&self) -> &'static str {
        match &self.before {
            _ if self.reused => "reused",
            None => "new",
            Some(before) if before.digest == self.version.digest => "made again, the same",
            Some(before) if before.columns != self.version.columns => "other columns",
            Some(_) => "other content",
        }
    }

    fn render(&self, run: RunId) -> Markup {
        let version = &self.version;
        let schema = self.description.as_ref().and_then(|description| description.schema);
        let kind = self.description.as_ref().map_or("model", |description| description.kind);
        html! {
            details id=(anchor("model", self.name())) data-name=(self.name()) {
                summary {
                    span.name { (self.name()) }
                    span.soft.small { (kind) }
                    @if let Some(rows) = version.rows { span.small { (count(rows, "row")) } }
                    span.end { (self.content()) }
                }
                div.in {
                    @match &self.description {
                        Some(description) => (doc(&description.doc)),
                        None => p.note { "The chain has this model no more; this is what is on record." },
                    }
                    dl.pairs {
                        dt { "version" }
                        dd { "of run " code { (version.run.short()) } ", " (time(version.at)) @if version.run != run { ", reused" } }
                        dt { "made by" }
                        dd { a.mono href={ "#" (anchor("step", &version.task)) } { (version.task) } }
                        @if let Some(before) = &self.before {
                            dt { "before" }
                            dd { "run " code { (before.run.short()) } ", " (time(before.at)) ": " (self.compared(before)) }
                        }
                        @if let Some(schema) = schema {
                            @if !schema.key.is_empty() { dt { "key" } dd.mono { (schema.key.join(", ")) } }
                            @if !schema.order_by.is_empty() { dt { "ordered by" } dd { (order(schema.order_by)) } }
                        }
                    }
                    @for change in self.columns_changed() { p.small { (change) } }
                    (self.head())
                    @if !version.columns.is_empty() {
                        h4 { "Columns" }
                        (columns(self.name(), schema, Some(&version.columns), None))
                    }
                }
            }
        }
    }

    fn compared(&self, before: &VersionRecord) -> Markup {
        let version = &self.version;
        html! {
            @if before.digest == version.digest {
                "the same content"
            } @else {
                "other content"
                @if let (Some(then), Some(now)) = (before.rows, version.rows) {
                    ", " (number(then)) " → " (count(now, "row")) ": " (change(Some(then), Some(now)))
                }
            }
        }
    }

    /// Columns that are new, gone, or of another type than before.
    fn columns_changed(&self) -> Vec<Markup> {
        let Some(before) = &self.before else { return Vec::new() };
        let types = |columns: &[(String, String)]| -> BTreeMap<String, String> { columns.iter().cloned().collect() };
        let (old, new) = (types(&before.columns), types(&self.version.columns));
        let mut changes = Vec::new();
        for (name, ty) in &self.version.columns {
            match old.get(name) {
                None => changes.push(html! { "Column " code { (name) } " is new: " (ty) }),
                Some(other) if other != ty => {
                    changes.push(html! { "Column " code { (name) } " has another type: " (other) " → " (ty) });
                }
                Some(_) => {}
            }
        }
        let gone = before.columns.iter().filter(|(name, _)| !new.contains_key(name));
        changes.extend(gone.map(|(name, ty)| html! { "Column " code { (name) } " is gone: " (ty) }));
        changes
    }

    fn head(&self) -> Markup {
        match &self.head {
            Head::Rows { rows, .. } if rows.is_empty() => html! {},
            Head::Rows { columns, rows } => {
                let all = self.version.rows.unwrap_or(rows.len() as u64);
                let said = match rows.len() as u64 {
                    shown if shown >= all => "All rows".to_owned(),
                    1 => "The first row".to_owned(),
                    shown => format!("The first {shown} rows"),
                };
                let types: BTreeMap<&str, &str> =
                    self.version.columns.iter().map(|(name, ty)| (name.as_str(), ty.as_str())).collect();
                let is_number = |column: &String| {
                    let ty = types.get(column.as_str()).copied().unwrap_or_default();
                    ["int", "uint", "float"].iter().any(|kind| ty.starts_with(kind))
                };
                let numbers: Vec<bool> = columns.iter().map(is_number).collect();
                let table = html! {
                    table.rows {
                        thead { tr {
                            @for (column, number) in columns.iter().zip(&numbers) { th.number[*number] scope="col" { (column) } }
                        } }
                        tbody {
                            @for row in rows {
                                tr { @for (cell, number) in row.iter().zip(&numbers) { (self::cell(cell.as_deref(), *number)) } }
                            }
                        }
                    }
                };
                html! { h4 { (said) } (scroll(&format!("first rows of {}", self.name()), &table)) }
            }
            Head::Value(text) => html! { h4 { "Value" } pre { (text) } },
            Head::File(path) => html! { h4 { "File" } p.mono { (path) } },
            Head::Nothing(why) => html! { p.note { (why) } },
        }
    }
}

fn cell(text: Option<&str>, number: bool) -> Markup {
    match text {
        None => html! { td.null.number[number] { "–" } },
        Some(text) => html! { td.number[number] title=[(text.chars().count() > 40).then_some(text)] { (text) } },
    }
}

/// How many rows there are more or fewer, as a number and a part.
fn change(then: Option<u64>, now: Option<u64>) -> String {
    let (Some(then), Some(now)) = (then, now) else { return "–".to_owned() };
    let (sign, by) = if now < then { ('−', then - now) } else { ('+', now - then) };
    match (by, then) {
        (0, _) => "±0".to_owned(),
        (_, 0) => format!("{sign}{}", number(by)),
        _ => {
            let part = by as f64 / then as f64 * 100.0;
            let digits = usize::from(part < 9.95);
            format!("{sign}{} ({sign}{part:.digits$} %)", number(by))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::change;

    #[test]
    fn a_change_is_a_number_and_a_part() {
        let said = |then, now| change(Some(then), Some(now));
        assert_eq!(said(1_500, 1_500), "±0");
        assert_eq!(said(1_500, 1_512), "+12 (+0.8 %)");
        assert_eq!(said(1_500, 500), "−1,000 (−67 %)");
        assert_eq!(said(0, 3), "+3");
        assert_eq!(change(None, Some(3)), "–");
    }
}
