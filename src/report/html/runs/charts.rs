//! Durations as bars, and rows of models as lines.

use std::time::Duration;

use maud::{Markup, html};

use super::RunLine;
use crate::report::html::parts::{class, standing, time};
use crate::words::{count, duration, number};

/// How many rows a model had, over runs or partitions.
pub(crate) struct Series {
    pub(crate) model: String,
    /// From early to late.
    pub(crate) points: Vec<Point>,
}

/// The rows of one version.
pub(crate) struct Point {
    /// The time or the partition.
    pub(crate) at: String,
    pub(crate) rows: u64,
}

/// The width and the height of a line before it is stretched.
const SIZE: (f64, f64) = (100.0, 30.0);

/// A bar for each run, the first on the left.
pub(super) fn durations(runs: &[RunLine]) -> Markup {
    let longest = runs.iter().filter_map(|line| line.took).max();
    let (Some(first), Some(last)) = (runs.last(), runs.first()) else { return html! {} };
    html! {
        section aria-labelledby="durations" {
            h2 #durations { "Durations" }
            figure.chart {
                figcaption {
                    "A bar is a run, and what stands under it how it ended; "
                    @match longest {
                        Some(longest) => { "the tallest took " (duration(longest)) "." },
                        None => "how long they took is not known.",
                    }
                }
                // Few bars stay narrow.
                div style={ "max-width:max(23rem," (runs.len() * 2) "rem)" } {
                    ol.bars { @for line in runs.iter().rev() { li { (bar(line, longest)) } } }
                    p.ends { span { (time(first.run.began)) } span { (time(last.run.began)) } }
                }
            }
        }
    }
}

fn bar(line: &RunLine, longest: Option<Duration>) -> Markup {
    let (symbol, word, tone) = standing(line.ending);
    let part = match (line.took, longest) {
        (Some(took), Some(longest)) if !longest.is_zero() => took.as_secs_f64() / longest.as_secs_f64(),
        _ => 0.0,
    };
    let took = line.took.map_or_else(|| "not known how long".to_owned(), duration);
    let partition = if line.run.partition.is_empty() { String::new() } else { format!("{}, ", line.run.partition) };
    let told = format!(
        "{partition}run {} of {}: {symbol} {word}, {took}",
        line.run.run.short(),
        line.run.began.format("%Y-%m-%d %H:%M")
    );
    html! {
        // The list of runs leads there by keys.
        a.(class(tone)) href={ "#" (line.anchor()) } title=(told) tabindex="-1" {
            b style={ "height:" (format!("{:.1}", part * 100.0)) "%" } {}
            i {}
            span.unseen { (told) }
        }
    }
}

/// A small line for each model.
pub(super) fn rows(series: &[Series], left_out: u64, by_partition: bool) -> Markup {
    html! {
        section aria-labelledby="rows" {
            h2 #rows { "Rows" }
            @if series.is_empty() { p.note { "These runs have made no table." } }
            @else {
                p.note {
                    "The rows of each table, " @if by_partition { "by partition: the last version of each." } @else { "by run: each version that was made." }
                }
                ul.small-charts { @for series in series { li { (series.render()) } } }
            }
            @if left_out > 0 {
                p.note { (count(left_out, "table")) " more " @if left_out == 1 { "is" } @else { "are" } " left out; " code { "show MODEL" } " lists the versions of each." }
            }
        }
    }
}

impl Series {
    fn render(&self) -> Markup {
        let rows = || self.points.iter().map(|point| point.rows);
        let (least, most) = (rows().min().unwrap_or(0), rows().max().unwrap_or(0));
        let Some((first, last)) = self.points.first().zip(self.points.last()) else { return html! {} };
        let told = if least == most {
            format!("{} each time", number(most))
        } else {
            format!("{} to {}", number(least), count(most, "row"))
        };
        html! {
            div.name { (self.model) }
            div { (count(last.rows, "row")) span.soft.small { " in " (last.at) } }
            svg viewBox={ "0 0 " (SIZE.0) " " (SIZE.1) } preserveAspectRatio="none" role="img"
                aria-label={ "rows of " (self.model) " from " (first.at) " to " (last.at) ": " (told) } {
                polyline.spark points=(self.line(least, most)) {}
                (self.dot(least, most))
            }
            div.soft.small { (told) ", " (count(self.points.len() as u64, "version")) }
        }
    }

    /// The place of each point; one that does not change is in the middle.
    fn places(&self, least: u64, most: u64) -> impl Iterator<Item = (f64, f64)> {
        let steps = self.points.len().saturating_sub(1).max(1) as f64;
        self.points.iter().enumerate().map(move |(at, point)| {
            let up = if most == least { 0.5 } else { (point.rows - least) as f64 / (most - least) as f64 };
            (at as f64 / steps * SIZE.0, SIZE.1 - up * SIZE.1)
        })
    }

    fn line(&self, least: u64, most: u64) -> String {
        let points: Vec<String> = self.places(least, most).map(|(x, y)| format!("{x:.2},{y:.2}")).collect();
        points.join(" ")
    }

    /// The last point, so that a line of one is seen.
    fn dot(&self, least: u64, most: u64) -> Markup {
        let Some((x, y)) = self.places(least, most).last() else { return html! {} };
        html! { line.dot x1=(format!("{x:.2}")) y1=(format!("{y:.2}")) x2=(format!("{x:.2}")) y2=(format!("{y:.2}")) {} }
    }
}
