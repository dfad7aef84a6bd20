//! When each step ran: a row for each, a bar for each attempt.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::RunPage;
use crate::event::State;
use crate::ledger::{AttemptRecord, StepRecord};
use crate::report::html::parts::{anchor, class};
use crate::report::style::{Tone, symbol};
use crate::words::{count, duration};

/// No more ticks than this stand above the rows.
const TICKS: u32 = 6;
/// Waits that are shorter than this part of the run are not drawn.
const SHORTEST_WAIT: f64 = 0.004;

/// The time from the beginning of a run to its end.
struct Axis {
    began: DateTime<Utc>,
    length: Duration,
}

pub(super) fn section(page: &RunPage<'_>) -> Markup {
    let mut started: Vec<&StepRecord> = page.steps.iter().filter(|step| !step.attempts.is_empty()).collect();
    started.sort_by_key(|step| step.attempts[0].started);
    let axis = Axis::of(page, &started);
    let ready = ready(page.steps);
    let others = page.steps.len() - started.len();
    html! {
        section aria-labelledby="times" {
            h2 #times { "Times" }
            @if started.is_empty() {
                p.note { "No step was started." }
            } @else {
                ol.gantt {
                    li.ticks aria-hidden="true" {
                        span {}
                        span.track {
                            @for tick in axis.ticks() {
                                span style={ "left:" (percent(axis.part(tick))) } { (tick_word(tick)) }
                            }
                        }
                        span {}
                    }
                    @for step in &started { (axis.row(step, ready.get(step.task.as_str()).copied().flatten())) }
                }
                p.note {
                    "A bar is an attempt, a dotted line before it the time in which all was there that it reads and nobody \
                     was free for it, or before the next attempt."
                    @if others > 0 { " " (count(others as u64, "step")) " more " @if others == 1 { "was" } @else { "were" } " not started." }
                }
            }
        }
    }
}

/// When all was there that a step reads, as far as this run made it; `None` where it reads nothing of this run.
fn ready(steps: &[StepRecord]) -> HashMap<&str, Option<DateTime<Utc>>> {
    let made: HashMap<&str, DateTime<Utc>> = steps
        .iter()
        .flat_map(|step| step.made.iter().filter_map(|made| Some((made.model.as_str(), step.ended?))))
        .collect();
    let of = |step: &StepRecord| step.reads.iter().filter_map(|read| made.get(read.model.as_str())).max().copied();
    steps.iter().map(|step| (step.task.as_str(), of(step))).collect()
}

impl Axis {
    fn of(page: &RunPage<'_>, started: &[&StepRecord]) -> Axis {
        let began = page.run.began;
        let last =
            started.iter().flat_map(|step| &step.attempts).map(|attempt| attempt.started + attempt.elapsed).max();
        let end = last.map_or(page.until, |last| last.max(page.until));
        Axis { began, length: since(began, end).max(Duration::from_micros(1)) }
    }

    /// Which part of the whole this length of time is.
    fn part(&self, time: Duration) -> f64 {
        (time.as_secs_f64() / self.length.as_secs_f64()).clamp(0.0, 1.0)
    }

    /// The round times that are named above the rows.
    fn ticks(&self) -> Vec<Duration> {
        let decades = (0..8).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power)));
        let seconds =
            [60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400, 604_800].map(|s| s * 1_000_000);
        let steps = decades.filter(|micros| *micros < 60_000_000).chain(seconds).map(Duration::from_micros);
        let step = steps.into_iter().find(|step| *step * TICKS >= self.length).unwrap_or(self.length);
        // One at the very end would stand outside.
        (0..TICKS).map(|tick| step * tick).filter(|tick| self.part(*tick) < 0.95).collect()
    }

    fn row(&self, step: &StepRecord, ready: Option<DateTime<Utc>>) -> Markup {
        let first = &step.attempts[0];
        let begun = since(self.began, first.started);
        let from = ready.map_or(Duration::ZERO, |ready| since(self.began, ready));
        let waited = begun.saturating_sub(from);
        let pauses = step.attempts.windows(2).map(|pair| {
            let from = since(self.began, pair[0].started) + pair[0].elapsed;
            (from, since(self.began, pair[1].started).saturating_sub(from))
        });
        let lines = ready.map(|_| (from, waited)).into_iter().chain(pauses);
        html! {
            li {
                a.name href={ "#" (anchor("step", &step.task)) } { (step.task) }
                span.track aria-hidden="true" {
                    @for (from, length) in lines.filter(|(_, length)| self.part(*length) > SHORTEST_WAIT) {
                        i style=(self.place(from, length)) {}
                    }
                    @for attempt in &step.attempts { (self.bar(attempt)) }
                }
                span.note {
                    (symbol(step.state)) " " (duration(step.elapsed))
                    @if step.attempts.len() > 1 { ", " (step.attempts.len()) " tries" }
                    span.unseen { ", " (step.state) ", begun after " (duration(begun)) }
                }
            }
        }
    }

    fn bar(&self, attempt: &AttemptRecord) -> Markup {
        let begun = since(self.began, attempt.started);
        // What runs has no length yet.
        let length = if attempt.state == State::Running { self.length.saturating_sub(begun) } else { attempt.elapsed };
        let told = format!(
            "attempt {}, {}: begun after {}, {}",
            attempt.attempt,
            attempt.state,
            duration(begun),
            duration(length)
        );
        html! { b.(class(Tone::of(attempt.state))) style=(self.place(begun, length)) title=(told) {} }
    }

    fn place(&self, from: Duration, length: Duration) -> String {
        format!("left:{};width:{}", percent(self.part(from)), percent(self.part(length)))
    }
}

fn since(began: DateTime<Utc>, at: DateTime<Utc>) -> Duration {
    // A clock that was put back in between must not break the page.
    (at - began).to_std().unwrap_or_default()
}

fn percent(part: f64) -> String {
    format!("{:.3}%", part * 100.0)
}

/// A round time, without the zeros that a measured one has.
fn tick_word(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 if time.is_zero() => "0".to_owned(),
        1..60 => format!("{} s", time.as_secs_f64()),
        60..3_600 if seconds.is_multiple_of(60) => format!("{} m", seconds / 60),
        60..3_600 => format!("{} m {:02} s", seconds / 60, seconds % 60),
        3_600.. => format!("{} h", seconds as f64 / 3_600.0),
        0 => duration(time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(micros: u64) -> Vec<String> {
        let axis = Axis { began: DateTime::UNIX_EPOCH, length: Duration::from_micros(micros) };
        axis.ticks().into_iter().map(tick_word).collect()
    }

    #[test]
    fn ticks_are_round_and_few_whatever_the_length() {
        assert_eq!(words(567_000), ["0", "100 ms", "200 ms", "300 ms", "400 ms", "500 ms"]);
        assert_eq!(words(7_000_000), ["0", "2 s", "4 s", "6 s"]);
        assert_eq!(words(95_000_000), ["0", "20 s", "40 s", "1 m", "1 m 20 s"]);
        assert_eq!(words(4 * 3_600_000_000), ["0", "1 h", "2 h", "3 h"]);
        for power in 0..15 {
            let ticks = words(10_u64.pow(power));
            assert!((1..=TICKS as usize).contains(&ticks.len()), "{ticks:?}");
        }
    }
}
