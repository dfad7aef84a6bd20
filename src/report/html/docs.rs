//! The page that says what a chain is: each model and task, who provides and who reads it.

use std::sync::Arc;

use maud::{Markup, html};

use super::page::{Heading, page};
use super::parts::{anchor, columns, doc, find, order, said};
use super::run::graph;
use crate::lineage::Lineage;
use crate::model::Description;
use crate::partition::Cut;
use crate::report::draw::{Drawing, Node, NodeKind};
use crate::schema::{Encoding, HandOver, SourceSchema};
use crate::words::count;

mod ties;

use ties::Ties;

/// All that the page of a chain tells.
pub(crate) struct DocsPage {
    pub(crate) chain: String,
    /// The chain as a picture, or why there is none.
    pub(crate) drawing: Result<Drawing, String>,
    /// In the order they run.
    pub(crate) tasks: Vec<TaskDoc>,
    /// In the order they are mentioned.
    pub(crate) models: Vec<ModelDoc>,
}

/// A task.
pub(crate) struct TaskDoc {
    pub(crate) name: String,
    /// Empty for a task outside any group.
    pub(crate) group: String,
    pub(crate) doc: String,
    pub(crate) tags: Vec<String>,
    /// What it is run for, where not for the chain's partitions.
    pub(crate) cut: Option<Cut>,
    /// For how many partitions a backfill may call it at once.
    pub(crate) ranges: Option<u32>,
    pub(crate) requires: Vec<String>,
    /// What it reads where the chain has it.
    pub(crate) after: Vec<String>,
    pub(crate) provides: Vec<String>,
    /// The file it is written in, and the line.
    pub(crate) place: Option<(String, u32)>,
    /// What its section of the configuration may say.
    pub(crate) settings: Vec<String>,
    /// Whether it does nothing but read a source.
    pub(crate) reads_source: bool,
}

/// A model.
pub(crate) struct ModelDoc {
    pub(crate) name: String,
    pub(crate) description: Description,
    pub(crate) provider: Option<String>,
    pub(crate) readers: Vec<String>,
    pub(crate) hand_over: HandOver,
    /// What its columns are made of, as the last version on record says.
    pub(crate) lineage: Option<Arc<Lineage>>,
    /// What its section of the configuration may say.
    pub(crate) settings: Vec<String>,
}

/// With more entries than this a browser lays out only what is in sight.
const MANY: usize = 60;

impl DocsPage {
    /// Writes the page.
    pub(crate) fn render(&self) -> String {
        let chain = &self.chain;
        let heading = Heading {
            title: format!("{chain}: models and tasks"),
            above: html! { "chain" },
            heading: html! { h1 { (chain) } },
            below: html! {
                p.soft { (count(self.models.len() as u64, "model")) ", " (count(self.tasks.len() as u64, "task")) }
            },
        };
        let ties = Ties::of(&self.models);
        let is_large = self.models.len() + self.tasks.len() > MANY;
        let content = html! {
            section aria-labelledby="graph" {
                h2 #graph { "Graph" }
                @match &self.drawing {
                    Ok(drawing) => (graph(drawing, &|node| Some(link(node)))),
                    Err(why) => p.note { (why) },
                }
            }
            div.sides.many[is_large] data-list="docs" {
                nav aria-label="models and tasks" {
                    (find("docs", "Find by name"))
                    (self.names("models", "Models", "model", self.models.iter().map(|model| &model.name)))
                    (self.names("tasks", "Tasks", "task", self.tasks.iter().map(|task| &task.name)))
                }
                div {
                    section aria-labelledby="models" {
                        h2 #models { "Models" }
                        @for model in &self.models { (self.model(model, &ties)) }
                    }
                    section aria-labelledby="tasks" {
                        h2 #tasks { "Tasks" }
                        @for task in &self.tasks { (task.render()) }
                    }
                }
            }
        };
        page(heading, &content)
    }

    fn names<'n>(&self, list: &str, title: &str, kind: &str, names: impl Iterator<Item = &'n String>) -> Markup {
        html! {
            h2 { a href={ "#" (list) } { (title) } }
            ul { @for name in names { li data-name=(name) { a href={ "#" (anchor(kind, name)) } { (name) } } } }
        }
    }

    fn model<'p>(&self, model: &'p ModelDoc, ties: &'p Ties<'p>) -> Markup {
        let ModelDoc { name, description, provider, readers, hand_over, lineage, settings } = model;
        let schema = description.schema;
        let read = provider.as_ref().and_then(|provider| self.tasks.iter().find(|task| task.name == *provider));
        let from: Vec<&String> = read.iter().flat_map(|task| task.requires.iter().chain(&task.after)).collect();
        html! {
            article.entry id=(anchor("model", name)) data-name=(name) data-counts {
                h3 { span.name { (name) } span.soft.small { (description.kind) } }
                (doc(&description.doc))
                dl.pairs {
                    dt { "provided by" }
                    dd { @match provider { Some(task) => (links("task", [task])), None => "the caller" } }
                    @if !from.is_empty() { dt { "made from" } dd { (links("model", from)) } }
                    @if let Some(lineage) = lineage { dt { "rows decided by" } dd { (ties.of_rows(lineage)) } }
                    dt { "read by" }
                    dd { @if readers.is_empty() { "nobody" } @else { (links("task", readers)) } }
                    @if let Some(schema) = schema {
                        @if !schema.key.is_empty() { dt { "key" } dd.mono { (schema.key.join(", ")) } }
                        @if !schema.order_by.is_empty() { dt { "ordered by" } dd { (order(schema.order_by)) } }
                        @if let Some(incremental) = schema.incremental { dt { "grows by" } dd { (said(&incremental.to_string())) } }
                        @if let Some(source) = &schema.source { dt { "source" } dd { (read_as(source)) } }
                    }
                    @if *hand_over != HandOver::Memory { dt { "handed over" } dd { (hand_over) } }
                    @if !settings.is_empty() {
                        dt { "settings" }
                        dd { code { "[models." (name) "]" } ": " (settings.join(", ")) }
                    }
                }
                @if let Some(schema) = schema { (columns(name, Some(schema), None, ties.of_columns(model).as_ref())) }
            }
        }
    }
}

impl TaskDoc {
    fn render(&self) -> Markup {
        html! {
            article.entry id=(anchor("task", &self.name)) data-name=(self.name) data-counts {
                h3 {
                    span.name { (self.name) }
                    @if !self.group.is_empty() { span.soft.small { "group " (self.group) } }
                    @for tag in &self.tags { span.soft.small { "tag:" (tag) } }
                    @if let Some(cut) = self.cut { span.soft.small { "run " (cut.each()) } }
                    @if let Some(most) = self.ranges { span.soft.small { "called for up to " (most) " partitions at once" } }
                }
                @if self.reads_source && self.doc.is_empty() { p { "Reads the source." } } @else { (doc(&self.doc)) }
                dl.pairs {
                    @if !self.requires.is_empty() { dt { "reads" } dd { (links("model", &self.requires)) } }
                    @if !self.after.is_empty() { dt { "reads, where there" } dd { (links("model", &self.after)) } }
                    @if !self.provides.is_empty() { dt { "provides" } dd { (links("model", &self.provides)) } }
                    @if !self.settings.is_empty() {
                        dt { "settings" }
                        dd { code { "[tasks." (self.name) "]" } ": " (self.settings.join(", ")) }
                    }
                    @if let Some((file, line)) = &self.place { dt { "written in" } dd.mono { (file) ":" (line) } }
                }
            }
        }
    }
}

fn link(node: &Node) -> String {
    format!("#{}", anchor(if node.kind == NodeKind::Task { "task" } else { "model" }, &node.label))
}

fn links<'n>(kind: &str, names: impl IntoIterator<Item = &'n String>) -> Markup {
    html! { span.chain { @for name in names { a.mono href={ "#" (anchor(kind, name)) } { (name) } } } }
}

/// How the files of a source are written, where nobody has configured it in another way.
fn read_as(source: &SourceSchema) -> Markup {
    html! {
        @match source.format { Some(format) => (format.as_str()), None => "by the ending of the file" }
        "; separator " code { (source.separator.escape_default()) } ", decimal " code { (source.decimal) }
        @if source.encoding == Encoding::Latin1 { ", Windows-1252" }
        "; dates " code { (source.date_format) }
        @if !source.null_values.is_empty() { "; null is " code { (source.null_values.join(", ")) } }
        @if let Some(rejects) = source.rejects { "; rows that cannot be read go to " (links("model", [&rejects.to_owned()])) }
    }
}
