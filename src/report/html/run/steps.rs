//! The table of steps: how each ended, and why it ran or did not.

use maud::{Markup, html};

use super::{RunPage, is_troubled};
use crate::event::State;
use crate::ledger::StepRecord;
use crate::report::html::parts::{anchor, find, none, said, scroll, state_mark, time};
use crate::words::{bytes, count, duration, number};

/// A list that is longer than this has a field to search it.
const SEARCHED: usize = 12;

pub(super) fn section(page: &RunPage<'_>) -> Markup {
    let has_groups = page.groups.values().any(|group| !group.is_empty());
    let table = html! {
        table data-list="steps" {
            thead { tr {
                th scope="col" { "task" }
                th scope="col" { "state" }
                @if has_groups { th scope="col" { "group" } }
                th.number scope="col" { "time" }
                th.number scope="col" { "rows in" }
                th.number scope="col" { "rows out" }
                th.number scope="col" { "peak memory" }
                th scope="col" { "why" }
            } }
            tbody {
                @for step in page.steps {
                    @let group = page.groups.get(&step.task).map(String::as_str).unwrap_or_default();
                    tr id=(anchor("step", &step.task)) data-counts data-name={ (step.task) " " (group) " " (step.state) } {
                        th scope="row" { (step.task) }
                        td { (state_mark(step.state)) }
                        @if has_groups { td { (group) } }
                        td.number { @if step.attempts.is_empty() { (none()) } @else { (duration(step.elapsed)) } }
                        td.number { (step.rows_in.map_or_else(none, |rows| html! { (number(rows)) })) }
                        td.number { (step.rows_out.map_or_else(none, |rows| html! { (number(rows)) })) }
                        td.number { (step.peak_memory.map_or_else(none, |peak| html! { (bytes(peak)) })) }
                        td.text { (why(page, step)) }
                    }
                }
            }
        }
    };
    html! {
        section aria-labelledby="steps" {
            h2 #steps { "Steps" }
            @if page.steps.len() > SEARCHED { (find("steps", "Find a step by name, group or state")) }
            (scroll("steps", &table))
        }
    }
}

fn why(page: &RunPage<'_>, step: &StepRecord) -> Markup {
    let blamed = step.blamed.as_ref();
    html! {
        (said(&step.why))
        @if let Some(blamed) = blamed {
            @if !step.why.is_empty() { "; " }
            "because of " a href={ "#" (anchor("step", blamed)) } { (blamed) }
        }
        @if is_troubled(step) {
            @if !step.why.is_empty() { " · " }
            a href="#failures" { "what went wrong" }
        }
        @if step.attempts.len() > 1 || !step.reads.is_empty() || !step.made.is_empty() {
            details.plain {
                summary { (summary(step)) }
                div.in.small {
                    @for read in &step.reads {
                        div {
                            "read " (model(page, &read.model))
                            @if let Some(run) = read.version { " of run " code { (run.short()) } }
                        }
                    }
                    @for made in &step.made {
                        div { "made " (model(page, &made.model)) }
                    }
                    @if step.attempts.len() > 1 { (attempts(step)) }
                }
            }
        }
    }
}

/// A model's name, which leads to what the page has of it.
fn model(page: &RunPage<'_>, name: &str) -> Markup {
    match page.models.iter().any(|model| model.name() == name) {
        true => html! { a.mono href={ "#" (anchor("model", name)) } { (name) } },
        false => html! { span.mono { (name) } },
    }
}

fn summary(step: &StepRecord) -> String {
    let mut parts = Vec::new();
    if step.attempts.len() > 1 {
        parts.push(count(step.attempts.len() as u64, "attempt"));
    }
    if !step.reads.is_empty() {
        parts.push(format!("read {}", count(step.reads.len() as u64, "model")));
    }
    if !step.made.is_empty() {
        parts.push(format!("made {}", count(step.made.len() as u64, "model")));
    }
    parts.join(", ")
}

fn attempts(step: &StepRecord) -> Markup {
    html! {
        @for attempt in &step.attempts {
            div {
                "attempt " (attempt.attempt) " of " (time(attempt.started)) ": " (attempt.state)
                @if attempt.state != State::Running { " in " (duration(attempt.elapsed)) }
                @if let Some(failure) = &attempt.failure { pre { (failure.messages.join("\ncaused by: ")) } }
            }
        }
    }
}
