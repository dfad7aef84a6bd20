//! The page of one run: what went wrong first, then the graph, the times, the steps and the models.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use maud::{Markup, PreEscaped, html};

use super::page::{Heading, page};
use super::parts::{anchor, class, standing, state_mark, time};
use crate::event::{Ending, State};
use crate::ledger::{RunRecord, StepRecord};
use crate::report::draw::{Drawing, Node, NodeKind};
use crate::report::lines::label;
use crate::report::style::Tone;
use crate::words::{bytes, count, duration};

mod checks;
mod gantt;
mod models;
mod steps;

pub(crate) use models::{Head, ModelPart};

/// All that the page of a run tells.
pub(crate) struct RunPage<'a> {
    pub(crate) run: &'a RunRecord,
    /// How it ended; `None` while it goes on.
    pub(crate) ending: Option<Ending>,
    /// How long it took, where that is known.
    pub(crate) took: Option<Duration>,
    /// Until when something is known of it.
    pub(crate) until: DateTime<Utc>,
    /// The command line that asks for the same.
    pub(crate) asked: String,
    /// The command line that goes on with it, where it did not get done.
    pub(crate) resume: Option<String>,
    /// As they were planned.
    pub(crate) steps: &'a [StepRecord],
    /// The groups of the tasks that the chain has now.
    pub(crate) groups: BTreeMap<String, String>,
    /// The chain with the states of the steps, or why there is none.
    pub(crate) drawing: Result<Drawing, String>,
    /// What it made or reused, in the order of the steps.
    pub(crate) models: Vec<ModelPart>,
}

impl RunPage<'_> {
    /// Writes the page.
    pub(crate) fn render(&self) -> String {
        let RunRecord { run, chain, partition, .. } = self.run;
        let (symbol, word, tone) = standing(self.ending);
        let of = if partition.is_empty() { String::new() } else { format!(", {partition}") };
        let heading = Heading {
            title: format!("{symbol} {chain}{of}: run {} {word}", run.short()),
            above: html! { "run " code { (run.short()) } " of chain" },
            heading: html! {
                h1 { (chain) @if !partition.is_empty() { " · " (partition) } }
                span.state.badge.(class(tone)) { (symbol) " " (word) @if self.run.published { ", published" } }
            },
            below: self.below(),
        };
        let troubled: Vec<&StepRecord> = self.steps.iter().filter(|step| is_troubled(step)).collect();
        let content = html! {
            @if !troubled.is_empty() || self.is_cut_short() { (self.failures(&troubled)) }
            (checks::section(self))
            (self.graph())
            (gantt::section(self))
            (steps::section(self))
            (models::section(self))
        };
        page(heading, &content)
    }

    /// Whether its process ended without a word.
    fn is_cut_short(&self) -> bool {
        self.ending == Some(Ending::Killed)
    }

    fn below(&self) -> Markup {
        let run = self.run;
        let counts = run.counts.iter().map(|(state, steps)| (*state, *steps));
        let peak = self.steps.iter().filter_map(|step| step.peak_memory).max();
        html! {
            dl.facts {
                div { dt { "began" } dd { (time(run.began)) } }
                div { dt { "took" } dd { (self.took.map_or_else(|| "not known".to_owned(), duration)) } }
                div { dt { "steps" } dd {
                    @for (at, (state, steps)) in counts.enumerate() {
                        @if at > 0 { ", " }
                        (crate::words::number(steps)) " " (state)
                    }
                } }
                @if let Some(peak) = peak { div { dt { "peak memory" } dd { (bytes(peak)) } } }
                div { dt { "on host" } dd { (run.host) span.soft { ", process " (run.process) } } }
                div.wide { dt { "asked for" } dd { code { (self.asked) } } }
                div.wide { dt { "run" } dd {
                    code { (run.run) }
                    @if let Some(before) = run.resumes { ", which goes on with run " code { (before.short()) } }
                } }
            }
            ul.jump {
                @if self.steps.iter().any(is_troubled) { li { a href="#failures" { "Failures" } } }
                @if checks::are_any(self) { li { a href="#checks" { "Checks" } } }
                li { a href="#graph" { "Graph" } }
                li { a href="#times" { "Times" } }
                li { a href="#steps" { "Steps" } }
                li { a href="#models" { "Models" } }
            }
        }
    }

    fn failures(&self, troubled: &[&StepRecord]) -> Markup {
        html! {
            section aria-labelledby="failures" {
                h2 #failures { "Failures" }
                @if self.is_cut_short() {
                    div.trouble.is-bad {
                        h3 { "The process ended without saying so" }
                        p {
                            "It was killed, or the machine went down. What its finished steps have made is kept; the next \
                             run goes on from there. Steps that are shown as running were not finished."
                        }
                    }
                }
                @for step in troubled { (self.failure(step)) }
                @if let Some(resume) = &self.resume {
                    p.note { "Once that is mended, go on with " code { (resume) } "." }
                }
            }
        }
    }

    fn failure(&self, step: &StepRecord) -> Markup {
        let skipped: Vec<&str> = self
            .steps
            .iter()
            .filter(|other| other.blamed.as_deref() == Some(step.task.as_str()))
            .map(|other| other.task.as_str())
            .collect();
        let messages = step.failure.iter().flat_map(|failure| &failure.messages);
        let tries = step.attempts.len();
        html! {
            article.trouble.(class(Tone::of(step.state))) {
                h3 {
                    a.name href={ "#" (anchor("step", &step.task)) } { (step.task) }
                    (state_mark(step.state))
                    @if let Some(failure) = &step.failure { span.soft.small { (label(failure.class)) } }
                    @if tries > 1 { span.soft.small { "after " (count(tries as u64, "attempt")) } }
                }
                @for (at, message) in messages.enumerate() {
                    @if at == 0 { pre { (message.trim_end()) } }
                    @else { div.cause { span.soft.small { "caused by" } pre { (message.trim_end()) } } }
                }
                @if !skipped.is_empty() {
                    p.small {
                        "Because of it " (count(skipped.len() as u64, "task"))
                        @if skipped.len() == 1 { " was" } @else { " were" } " not started: "
                        @for (at, task) in skipped.iter().enumerate() {
                            @if at > 0 { ", " }
                            a href={ "#" (anchor("step", task)) } { (task) }
                        }
                    }
                }
            }
        }
    }

    fn graph(&self) -> Markup {
        html! {
            section aria-labelledby="graph" {
                h2 #graph { "Graph" }
                @match &self.drawing {
                    Err(why) => p.note { (why) },
                    Ok(drawing) => {
                        (graph(drawing, &|node| self.link(node)))
                        @let gone = self.steps.iter().filter(|step| !self.groups.contains_key(&step.task)).count();
                        @if gone > 0 {
                            p.note {
                                "The graph is that of the chain as it is now; " (count(gone as u64, "task"))
                                " of this run " @if gone == 1 { "is" } @else { "are" } " no part of it any more."
                            }
                        }
                    }
                }
            }
        }
    }

    /// Where a node of the graph leads: to its step, or to the model that this run has.
    fn link(&self, node: &Node) -> Option<String> {
        match node.kind {
            NodeKind::Task => {
                self.steps.iter().any(|step| step.task == node.label).then(|| anchor("step", &node.label))
            }
            _ => self.models.iter().any(|model| model.name() == node.label).then(|| anchor("model", &node.label)),
        }
        .map(|anchor| format!("#{anchor}"))
    }
}

/// A graph that scrolls by itself where it is wider than the page.
pub(super) fn graph(drawing: &Drawing, link: &dyn Fn(&Node) -> Option<String>) -> Markup {
    let svg = drawing.svg_in_page(link);
    // The style sheet lets a picture shrink only so far that its letters can be read.
    let natural = svg.split("width=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("320").to_owned();
    html! {
        div.graph role="region" aria-label="graph of the chain" tabindex="0" style={ "--natural:" (natural) "px" } {
            (PreEscaped(svg))
        }
    }
}

/// Whether a step has ended badly by itself.
fn is_troubled(step: &StepRecord) -> bool {
    matches!(step.state, State::Failed | State::TimedOut) || (step.state == State::Cancelled && step.failure.is_some())
}
