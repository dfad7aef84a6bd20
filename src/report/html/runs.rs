//! The page over many runs: the partitions as a calendar, durations, failures by task, rows by model, and the runs.

use std::collections::BTreeMap;
use std::time::Duration;

use maud::{Markup, html};

use super::page::{Heading, page};
use super::parts::{anchor, class, find, none, said, scroll, standing, standing_mark, time};
use crate::event::{Ending, Failure, State};
use crate::ledger::RunRecord;
use crate::report::lines::label;
use crate::words::{count, duration, number};

mod calendar;
mod charts;

pub(crate) use calendar::Calendar;
pub(crate) use charts::{Point, Series};

/// All that the page over many runs tells.
pub(crate) struct RunsPage {
    pub(crate) chain: String,
    /// Those that are shown, the last first.
    pub(crate) runs: Vec<RunLine>,
    /// How many are on record.
    pub(crate) on_record: u64,
    /// For a chain whose data is cut.
    pub(crate) calendar: Option<Calendar>,
    /// The rows of each model.
    pub(crate) series: Vec<Series>,
    /// How many models have no room.
    pub(crate) models_left_out: u64,
}

/// A run on that page.
pub(crate) struct RunLine {
    pub(crate) run: RunRecord,
    /// How it ended; `None` while it goes on.
    pub(crate) ending: Option<Ending>,
    /// How long it took, where that is known.
    pub(crate) took: Option<Duration>,
    pub(crate) failed: Vec<Failed>,
}

/// A step that ended badly.
pub(crate) struct Failed {
    pub(crate) task: String,
    pub(crate) state: State,
    pub(crate) failure: Option<Failure>,
}

/// A list that is longer than this has a field to search it.
const SEARCHED: usize = 12;

impl RunsPage {
    /// Writes the page.
    pub(crate) fn render(&self) -> String {
        let chain = &self.chain;
        let heading = Heading {
            title: format!("{chain}: runs"),
            above: html! { "runs of chain" },
            heading: html! { h1 { (chain) } },
            below: self.below(),
        };
        let content = html! {
            @if self.runs.is_empty() { p.note { "No run is on record." } }
            @else {
                @if let Some(calendar) = &self.calendar { (calendar.section()) }
                (charts::durations(&self.runs))
                (self.failures())
                (charts::rows(&self.series, self.models_left_out, self.calendar.is_some()))
                (self.list())
            }
        };
        page(heading, &content)
    }

    fn below(&self) -> Markup {
        let mut endings: BTreeMap<&str, (Option<Ending>, u64)> = BTreeMap::new();
        for line in &self.runs {
            endings.entry(standing(line.ending).1).or_insert((line.ending, 0)).1 += 1;
        }
        let shown = self.runs.len() as u64;
        html! {
            dl.facts {
                div { dt { "runs on record" } dd { (number(self.on_record)) } }
                @if let [first, .., last] | [first @ last] = self.runs.as_slice() {
                    div { dt { "last" } dd { (time(first.run.began)) " " (standing_mark(first.ending)) } }
                    div { dt { "shown since" } dd { (time(last.run.began)) } }
                    div { dt { "of those shown" } dd {
                        @for (at, (ending, runs)) in endings.values().enumerate() {
                            @if at > 0 { ", " }
                            (number(*runs)) " " (standing_mark(*ending))
                        }
                    } }
                }
            }
            @if shown < self.on_record {
                p.note {
                    "Durations, failures, rows and the list are those of the last " (count(shown, "run")) " of "
                    (number(self.on_record)) "; " code { (self.chain) " report --all --last " (self.on_record) }
                    " shows all."
                }
            }
            @if !self.runs.is_empty() {
                ul.jump {
                    @if self.calendar.is_some() { li { a href="#partitions" { "Partitions" } } }
                    li { a href="#durations" { "Durations" } }
                    li { a href="#failures" { "Failures" } }
                    li { a href="#rows" { "Rows" } }
                    li { a href="#runs" { "Runs" } }
                }
            }
        }
    }

    /// Which tasks fail how often.
    fn failures(&self) -> Markup {
        let mut by_task: BTreeMap<&str, Vec<(&RunLine, &Failed)>> = BTreeMap::new();
        for line in &self.runs {
            for failed in &line.failed {
                by_task.entry(&failed.task).or_default().push((line, failed));
            }
        }
        let mut tasks: Vec<_> = by_task.into_iter().collect();
        tasks.sort_by_key(|(_, failures)| std::cmp::Reverse(failures.len()));
        let table = html! {
            table {
                thead { tr {
                    th scope="col" { "task" }
                    th.number scope="col" { "runs" }
                    th scope="col" { "last time" }
                    th scope="col" { "last failure" }
                } }
                tbody {
                    @for (task, failures) in &tasks {
                        @let (line, failed) = failures[0];
                        tr {
                            th scope="row" { (task) }
                            td.number { (number(failures.len() as u64)) }
                            td { (line.link()) }
                            td.text { (failed.text()) }
                        }
                    }
                }
            }
        };
        html! {
            section aria-labelledby="failures" {
                h2 #failures { "Failures" }
                @if tasks.is_empty() { p.note { "No task has failed in these runs." } }
                @else { (scroll("failures by task", &table)) }
            }
        }
    }

    fn list(&self) -> Markup {
        let is_cut = self.runs.iter().any(|line| !line.run.partition.is_empty());
        let table = html! {
            table data-list="runs" {
                thead { tr {
                    th scope="col" { "run" }
                    @if is_cut { th scope="col" { "partition" } }
                    th scope="col" { "state" }
                    th scope="col" { "began" }
                    th.number scope="col" { "took" }
                    th.number scope="col" { "done" }
                    th.number scope="col" { "reused" }
                    th scope="col" { "failed" }
                } }
                tbody {
                    @for line in &self.runs {
                        @let word = standing(line.ending).1;
                        @let run = &line.run;
                        tr id=(line.anchor()) data-counts data-name={ (run.run) " " (run.partition) " " (word) } {
                            th scope="row" { (run.run.short()) }
                            @if is_cut { td { (run.partition) } }
                            td { (standing_mark(line.ending)) @if run.published { span.soft.small { ", published" } } }
                            td { (time(run.began)) }
                            td.number { (line.took.map_or_else(none, |took| html! { (duration(took)) })) }
                            td.number { (line.steps(&[State::Done])) }
                            td.number { (line.steps(&[State::Reused])) }
                            td { (failed(&line.failed)) }
                        }
                    }
                }
            }
        };
        html! {
            section aria-labelledby="runs" {
                h2 #runs { "Runs" }
                @if self.runs.len() > SEARCHED { (find("runs", "Find a run by id, partition or state")) }
                (scroll("runs", &table))
                p.note { code { (self.chain) " report RUN" } " writes the page of one of them." }
            }
        }
    }
}

impl RunLine {
    fn anchor(&self) -> String {
        anchor("run", &self.run.run.to_string())
    }

    /// A link to its row in the list.
    fn link(&self) -> Markup {
        html! { a href={ "#" (self.anchor()) } { (time(self.run.began)) } }
    }

    fn steps(&self, states: &[State]) -> String {
        number(self.run.counts.iter().filter(|(state, _)| states.contains(state)).map(|(_, steps)| steps).sum())
    }
}

impl Failed {
    /// Why it failed: the first line, and the rest where one wants to see it.
    fn text(&self) -> Markup {
        let Some(failure) = &self.failure else { return html! { (self.state) } };
        let text = failure.messages.join("\ncaused by: ");
        let (first, rest) = text.trim().split_once('\n').unwrap_or((text.trim(), ""));
        html! {
            span.soft.small { (label(failure.class)) ": " } (said(first))
            @if !rest.is_empty() { details.plain { summary { "all of it" } div.in { pre { (text.trim()) } } } }
        }
    }
}

/// The tasks that failed, each with why.
fn failed(failed: &[Failed]) -> Markup {
    html! {
        @if failed.is_empty() { (none()) }
        @for failed in failed {
            details.plain {
                summary { span.state.(class(crate::report::style::Tone::of(failed.state))) { (failed.task) } }
                div.in {
                    @match &failed.failure {
                        Some(failure) => pre { (label(failure.class)) ": " (failure.messages.join("\ncaused by: ").trim()) },
                        None => p { (failed.state) },
                    }
                }
            }
        }
    }
}
