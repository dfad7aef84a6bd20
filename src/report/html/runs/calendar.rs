//! Partitions as a calendar: months of days, days of hours, years of weeks and months; a list as a table.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Datelike, NaiveDate};
use maud::{Markup, html};

use super::RunLine;
use crate::event::Ending;
use crate::partition::{Partition, Partitioning, Unit};
use crate::report::html::parts::{anchor, class, find, none, scroll, standing, standing_mark, time};
use crate::report::style::Tone;
use crate::words::{count, duration, number};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// A list that is longer than this has a field to search it.
const SEARCHED: usize = 12;

/// The partitions of a chain, each as its last run has left it.
pub(crate) struct Calendar {
    pub(crate) partitioning: Partitioning,
    /// The last run of each partition on record.
    pub(crate) last: Vec<RunLine>,
}

/// A block of the calendar: a month of days or hours, a year of weeks, or all years of months.
struct Block {
    title: String,
    columns: Vec<String>,
    /// By what they are sorted by: a name, and the partitions at each column.
    rows: BTreeMap<i64, (String, Vec<Vec<Partition>>)>,
}

/// Where a partition stands in the calendar.
struct Place {
    block: i64,
    title: String,
    row: i64,
    name: String,
    column: usize,
}

impl Calendar {
    pub(super) fn section(&self) -> Markup {
        let known: HashMap<&str, &RunLine> = self.last.iter().map(|line| (line.run.partition.as_str(), line)).collect();
        let all = self.shown();
        let foreign = self.last.iter().filter(|line| self.partitioning.find(&line.run.partition).is_err()).count();
        let missing = all.iter().filter(|partition| !known.contains_key(&**partition.key())).count();
        let left_out = self.last.len().saturating_sub(foreign + all.len() - missing);
        html! {
            section aria-labelledby="partitions" {
                h2 #partitions { "Partitions" }
                p.note {
                    "The data is cut " @if self.partitioning.unit().is_none() { "into " } (self.partitioning)
                    ". Each partition is shown as its last run has left it."
                }
                (self.legend(missing as u64))
                @if let Some(unit) = self.partitioning.unit() {
                    div.calendar style={ "--block:" (width(unit)) } {
                        @for block in blocks(unit, &all).values() { div { (block.render(unit, &known)) } }
                    }
                }
                @if left_out > 0 {
                    p.note { (count(left_out as u64, "earlier partition")) " have no room in the calendar; the list has them all." }
                }
                @if foreign > 0 {
                    p.note { (count(foreign as u64, "partition")) " on record " @if foreign == 1 { "is" } @else { "are" } " not cut like this; the list has " @if foreign == 1 { "it" } @else { "them" } " too." }
                }
                (self.list(&all, &known))
            }
        }
    }

    /// The partitions from the first that is on record to the last, as far as there is room; of a list all.
    fn shown(&self) -> Vec<Partition> {
        let Some(unit) = self.partitioning.unit() else {
            return self.partitioning.keys().iter().filter_map(|key| self.partitioning.find(key).ok()).collect();
        };
        let mut known: Vec<Partition> =
            self.last.iter().filter_map(|line| self.partitioning.find(&line.run.partition).ok()).collect();
        known.sort_by_key(|partition| partition.interval().map(|interval| interval.start));
        let kept: BTreeSet<i64> = known.iter().filter_map(|one| place(unit, one)).map(|place| place.block).collect();
        let kept: BTreeSet<i64> = kept.into_iter().rev().take(most_blocks(unit)).collect();
        let has_room = |one: &Partition| place(unit, one).is_some_and(|place| kept.contains(&place.block));
        let first = known.iter().find(|one| has_room(one));
        let (Some(first), Some(last)) = (first, known.last()) else { return Vec::new() };
        self.partitioning.between(first, last).filter(has_room).collect()
    }

    fn legend(&self, missing: u64) -> Markup {
        let mut counts: BTreeMap<&str, (Option<Ending>, u64)> = BTreeMap::new();
        for line in &self.last {
            counts.entry(standing(line.ending).1).or_insert((line.ending, 0)).1 += 1;
        }
        html! {
            ul.legend {
                @for (ending, partitions) in counts.values() { li { (standing_mark(*ending)) " " (number(*partitions)) } }
                @if missing > 0 { li { span.state.is-calm { "· without a run" } " " (number(missing)) } }
            }
        }
    }

    fn list(&self, all: &[Partition], known: &HashMap<&str, &RunLine>) -> Markup {
        let is_time = self.partitioning.unit().is_some();
        // A list has an order of its own; of time, what is new comes first.
        let mut lines: Vec<&RunLine> = self.last.iter().collect();
        if is_time {
            lines.sort_by(|one, other| other.run.partition.cmp(&one.run.partition));
        } else {
            let place =
                |line: &RunLine| all.iter().position(|one| **one.key() == *line.run.partition).unwrap_or(usize::MAX);
            lines.sort_by_key(|line| place(line));
        }
        let without = all.iter().filter(|one| !is_time && !known.contains_key(&**one.key()));
        let table = html! {
            table data-list="partitions" {
                thead { tr {
                    th scope="col" { "partition" }
                    th scope="col" { "state" }
                    th scope="col" { "last run" }
                    th scope="col" { "began" }
                    th.number scope="col" { "took" }
                    th scope="col" { "failed" }
                } }
                tbody {
                    @for line in lines {
                        @let run = &line.run;
                        tr id=(anchor("partition", &run.partition)) data-counts data-name={ (run.partition) " " (standing(line.ending).1) } {
                            th scope="row" { (run.partition) }
                            td { (standing_mark(line.ending)) @if run.published { span.soft.small { ", published" } } }
                            td.mono { (run.run.short()) }
                            td { (time(run.began)) }
                            td.number { (line.took.map_or_else(none, |took| html! { (duration(took)) })) }
                            td { (super::failed(&line.failed)) }
                        }
                    }
                    @for one in without {
                        tr data-counts data-name={ (one) " without a run" } {
                            th scope="row" { (one) }
                            td { span.state.is-calm { "· without a run" } }
                            td { (none()) } td { (none()) } td.number { (none()) } td { (none()) }
                        }
                    }
                }
            }
        };
        let rendered = html! {
            @if self.last.len() > SEARCHED { (find("partitions", "Find a partition by key or state")) }
            (scroll("partitions", &table))
        };
        match is_time {
            true => html! {
                details { summary { "The last run of each partition" span.end { (count(self.last.len() as u64, "partition")) } } div.in { (rendered) } }
            },
            false => rendered,
        }
    }
}

/// How many blocks there is room for.
const fn most_blocks(unit: Unit) -> usize {
    match unit {
        Unit::Hour => 3,
        Unit::Day => 24,
        Unit::Week | Unit::Month => 30,
    }
}

/// The least width of a block.
const fn width(unit: Unit) -> &'static str {
    match unit {
        Unit::Hour => "100%",
        Unit::Day => "19.5rem",
        Unit::Week => "15rem",
        Unit::Month => "32rem",
    }
}

fn place(unit: Unit, partition: &Partition) -> Option<Place> {
    let date = partition.dates()?.start;
    let (year, month) = (i64::from(date.year()), i64::from(date.month0()));
    let month_name = |date: NaiveDate| MONTHS[date.month0() as usize];
    let title = format!("{} {year}", month_name(date));
    Some(match unit {
        Unit::Hour => {
            let hour = partition.key().get(11..13)?.parse().ok()?;
            let name = format!("{} {}", WEEKDAYS[date.weekday().num_days_from_monday() as usize], date.day());
            Place { block: year * 12 + month, title, row: date.day().into(), name, column: hour }
        }
        Unit::Day => {
            let week = date.iso_week();
            let row = i64::from(week.year()) * 100 + i64::from(week.week());
            let column = date.weekday().num_days_from_monday() as usize;
            Place { block: year * 12 + month, title, row, name: format!("W{:02}", week.week()), column }
        }
        Unit::Week => {
            // A week is a row's by its Thursday, as ISO 8601 gives it to a year.
            let thursday = date + chrono::Days::new(3);
            let column = (thursday.day0() / 7) as usize;
            let year = i64::from(thursday.year());
            let name = month_name(thursday)[..3].to_owned();
            Place { block: year, title: year.to_string(), row: thursday.month0().into(), name, column }
        }
        Unit::Month => {
            Place { block: 0, title: "Months".to_owned(), row: year, name: year.to_string(), column: month as usize }
        }
    })
}

fn columns(unit: Unit) -> Vec<String> {
    match unit {
        Unit::Hour => (0..24).map(|hour| format!("{hour:02}")).collect(),
        Unit::Day => WEEKDAYS.map(str::to_owned).to_vec(),
        Unit::Week => ["1st", "2nd", "3rd", "4th", "5th"].map(str::to_owned).to_vec(),
        Unit::Month => MONTHS.map(|month| month[..3].to_owned()).to_vec(),
    }
}

fn blocks(unit: Unit, all: &[Partition]) -> BTreeMap<std::cmp::Reverse<i64>, Block> {
    let mut blocks = BTreeMap::new();
    for partition in all {
        let Some(Place { block, title, row, name, column }) = place(unit, partition) else { continue };
        // What is new comes first.
        let block = blocks.entry(std::cmp::Reverse(block)).or_insert_with(|| Block {
            title,
            columns: columns(unit),
            rows: BTreeMap::new(),
        });
        let (_, cells) = block.rows.entry(row).or_insert_with(|| (name, vec![Vec::new(); block.columns.len()]));
        cells[column].push(partition.clone());
    }
    blocks
}

impl Block {
    fn render(&self, unit: Unit, known: &HashMap<&str, &RunLine>) -> Markup {
        html! {
            table {
                caption { (self.title) }
                thead { tr { td {} @for column in &self.columns { th scope="col" { (column) } } } }
                tbody {
                    @for (name, cells) in self.rows.values() {
                        tr {
                            th scope="row" { (name) }
                            @for cell in cells { td { @for partition in cell { (mark(unit, partition, known)) } } }
                        }
                    }
                }
            }
        }
    }
}

/// A partition in the calendar: its number, and how its last run has left it.
fn mark(unit: Unit, partition: &Partition, known: &HashMap<&str, &RunLine>) -> Markup {
    let key = partition.key();
    let short = match unit {
        Unit::Day => partition.dates().map(|dates| dates.start.day().to_string()),
        Unit::Week => key.get(5..).map(str::to_owned),
        Unit::Hour | Unit::Month => None,
    };
    match known.get(&**key) {
        None => html! {
            span.cell.none title={ (key) ": without a run" } {
                @if let Some(short) = short { (short) }
                b aria-hidden="true" { "·" }
                span.unseen { (key) " without a run" }
            }
        },
        Some(line) => {
            let (symbol, word, tone): (char, &str, Tone) = standing(line.ending);
            html! {
                a.cell.(class(tone)) href={ "#" (anchor("partition", key)) } title={ (key) ": " (word) } {
                    @if let Some(short) = short { (short) }
                    b aria-hidden="true" { (symbol) }
                    span.unseen { (key) " " (word) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(unit: Unit, first: &str, last: &str) -> Vec<String> {
        let partitioning = Partitioning::of_time(unit, "Europe/Zurich").unwrap();
        let (first, last) = (partitioning.find(first).unwrap(), partitioning.find(last).unwrap());
        let all: Vec<Partition> = partitioning.between(&first, &last).collect();
        let mut lines = Vec::new();
        for block in blocks(unit, &all).values() {
            lines.push(block.title.clone());
            for (name, cells) in block.rows.values() {
                let cells: Vec<String> = cells
                    .iter()
                    .map(|cell| cell.iter().map(|one| one.key().to_string()).collect::<Vec<_>>().join("+"))
                    .map(|cell| if cell.is_empty() { ".".to_owned() } else { cell })
                    .collect();
                lines.push(format!("{name}: {}", cells.join(" ")));
            }
        }
        lines
    }

    #[test]
    fn days_stand_in_the_weeks_of_their_month() {
        insta::assert_snapshot!(drawn(Unit::Day, "2026-02-27", "2026-03-03").join("\n"), @"
        March 2026
        W09: . . . . . . 2026-03-01
        W10: 2026-03-02 2026-03-03 . . . . .
        February 2026
        W09: . . . . 2026-02-27 2026-02-28 .
        ");
    }

    #[test]
    fn an_hour_that_comes_twice_stands_twice_in_its_place() {
        let lines = drawn(Unit::Hour, "2026-10-25T01", "2026-10-25T03");
        assert_eq!(lines[0], "October 2026");
        assert!(
            lines[1].starts_with("Sun 25: . 2026-10-25T01+0200 2026-10-25T02+0200+2026-10-25T02+0100 2026"),
            "{lines:?}"
        );
    }

    #[test]
    fn weeks_stand_in_the_month_of_their_thursday_and_months_in_their_year() {
        insta::assert_snapshot!(drawn(Unit::Week, "2026-W52", "2027-W02").join("\n"), @"
        2027
        Jan: 2027-W01 2027-W02 . . .
        2026
        Dec: . . . 2026-W52 2026-W53
        ");
        insta::assert_snapshot!(drawn(Unit::Month, "2026-11", "2027-02").join("\n"), @"
        Months
        2026: . . . . . . . . . . 2026-11 2026-12
        2027: 2027-01 2027-02 . . . . . . . . . .
        ");
    }
}
