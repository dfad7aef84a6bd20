//! The checks of whole models that a run has made: those that did not pass first, with what was found.

use maud::{Markup, html};

use super::RunPage;
use crate::event::{Checked, Severity};
use crate::report::html::parts::{anchor, class, none, scroll};
use crate::report::style::Tone;
use crate::words::count;

/// The section, where any check was made.
pub(super) fn section(page: &RunPage<'_>) -> Markup {
    let checks: Vec<&Checked> = page.steps.iter().flat_map(|step| &step.checks).collect();
    html! {
        @if !checks.is_empty() {
            section aria-labelledby="checks" {
                h2 #checks { "Checks" }
                @for check in checks.iter().filter(|check| check.is_warning()) { (warning(check)) }
                (scroll("checks", &overview(&checks)))
            }
        }
    }
}

/// Whether any check was made.
pub(super) fn are_any(page: &RunPage<'_>) -> bool {
    page.steps.iter().any(|step| !step.checks.is_empty())
}

/// One that has not passed, and has not failed its step: that one is among the failures.
fn warning(check: &Checked) -> Markup {
    html! {
        article.trouble.is-warn {
            h3 { a.name href={ "#" (anchor("model", &check.model)) } { (check.model) } " does not pass `" (check.check) "`" }
            @if let Some(message) = &check.message { pre { (message.trim_end()) } }
        }
    }
}

fn overview(checks: &[&Checked]) -> Markup {
    html! {
        table {
            thead { tr {
                th scope="col" { "model" }
                th scope="col" { "check" }
                th scope="col" { "demands" }
                th scope="col" { "result" }
                th.number scope="col" { "rows that break it" }
            } }
            tbody {
                @for check in checks {
                    tr {
                        th scope="row" { (check.model) }
                        td { (check.check) }
                        td { code { (check.rule) } }
                        td { (result(check)) }
                        td.number { (check.failing.map_or_else(none, |rows| html! { (count(rows, "row")) })) }
                    }
                }
            }
        }
    }
}

fn result(check: &Checked) -> Markup {
    let (symbol, word, tone) = match (check.passed, check.severity) {
        (true, _) => ('✓', "passed", Tone::Good),
        (false, Severity::Warn) => ('!', "warning", Tone::Warning),
        (false, _) => ('✗', "failed", Tone::Bad),
    };
    html! { span.state.(class(tone)) { (symbol) " " (word) } }
}
