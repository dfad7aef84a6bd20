//! What a hotel does each night, as tests run it for a month: the tills send files whose lines go to tables that grow, and
//! the meter of the house sends one file for each day.
//!
//! Its two groups are run by one configuration each, for the tills' data is not cut and the meter's is, by day. Each task
//! adds a line with the run and its own name to the file that `NIGHTLY_TALLY` names, so that one can count how often it
//! was called.
//!
//! ```sh
//! mkdir till
//! printf 'receipt,room,cents,told\n1,12,9900,10\n2,14,450,11\n' > till/monday.csv
//! cargo run --example nightly -- run group:tills --set models.lines.path=till
//! ```

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::process::ExitCode;

use purvey::chrono::{DateTime, TimeDelta};
use purvey::prelude::*;

/// A receipt of a till, or a correction of one, that has come since the last file.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "lines", source)]
#[source(once)]
struct Line {
    receipt: i64,
    room: i64,
    cents: i64,
    /// When the till told it, in seconds.
    told: i64,
}

/// Everything that the tills ever told, as it came.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "journal", incremental = "append")]
struct Told {
    receipt: i64,
    cents: i64,
    told: i64,
}

/// All receipts as they are known by now.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "receipts", key = "receipt", incremental = "merge", latest = "told", max_age = "26h")]
#[check(rows(min = 1))]
struct Receipt {
    receipt: i64,
    room: i64,
    #[check(min = 0)]
    cents: i64,
    told: i64,
}

/// What each room has to pay.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "bills", key = "room", order_by = "room")]
struct Bill {
    room: i64,
    receipts: i64,
    cents: i64,
}

/// What the meter of the house has counted at an instant.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "readings", source)]
struct Reading {
    /// The instant, in seconds since 1970.
    at: i64,
    watt_hours: i64,
}

/// What an hour of the day has used; the clocks decide how many there are.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "hours", key = "hour", order_by = "hour", max_age = "30h")]
#[check(rows(min = 23, max = 25))]
struct Hour {
    /// How many hours of the day were over when it began.
    hour: i64,
    watt_hours: i64,
}

/// What the day has used, and in how many hours.
#[derive(Named)]
#[named("day")]
struct Day;

/// Notes that a task was called.
fn tally(job: &JobContext, task: &str) -> Result<()> {
    if let Some(path) = std::env::var_os("NIGHTLY_TALLY") {
        // One call of the system, so that lines of several processes do not mix.
        let line = format!("{} {task}\n", job.run());
        OpenOptions::new().append(true).create(true).open(path)?.write_all(line.as_bytes())?;
    }
    Ok(())
}

/// Writes down what the tills told.
#[task]
fn keep_journal(job: &JobContext, lines: &Table<Line>, journal: &mut Table<Told>) -> Result<()> {
    tally(job, "keep_journal")?;
    journal.put(lines.scan().select(Table::<Told>::columns()))
}

/// Brings the receipts up to date.
#[task]
fn merge_receipts(job: &JobContext, lines: &Table<Line>, receipts: &mut Table<Receipt>) -> Result<()> {
    tally(job, "merge_receipts")?;
    receipts.put(lines.scan())
}

/// Adds up what each room has to pay.
#[task]
fn write_bills(job: &JobContext, receipts: &Table<Receipt>, bills: &mut Table<Bill>) -> Result<()> {
    tally(job, "write_bills")?;
    let mut rooms: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for receipt in receipts.rows()? {
        let room = rooms.entry(receipt.room).or_default();
        *room = (room.0 + 1, room.1 + receipt.cents);
    }
    let bills_of = rooms.into_iter().map(|(room, (receipts, cents))| Bill { room, receipts, cents });
    bills.put(bills_of.collect::<Vec<_>>())
}

/// Puts the readings into the hours of the day.
#[task]
fn fill_hours(job: &JobContext, readings: &Table<Reading>, hours: &mut Table<Hour>) -> Result<()> {
    tally(job, "fill_hours")?;
    let partition = job.partition()?;
    let day = partition.interval().ok_or_else(|| Error::data("a day is a time"))?;
    let mut used: BTreeMap<i64, i64> = (0..day.hours() as i64).map(|hour| (hour, 0)).collect();
    for Reading { at, watt_hours } in readings.rows()? {
        let instant = DateTime::UNIX_EPOCH + TimeDelta::seconds(at);
        if !day.contains(instant) {
            return Err(Error::data(format!("a reading of {instant} is not of {partition}")));
        }
        *used.entry((instant - day.start).num_hours()).or_default() += watt_hours;
    }
    hours.put(used.into_iter().map(|(hour, watt_hours)| Hour { hour, watt_hours }).collect::<Vec<_>>())
}

/// Adds up the day.
#[task]
fn sum_up(job: &JobContext, hours: &Table<Hour>, day: &mut Value<Vec<i64>, Day>) -> Result<()> {
    tally(job, "sum_up")?;
    let hours = hours.rows()?;
    day.put(vec![hours.iter().map(|hour| hour.watt_hours).sum(), hours.len() as i64])
}

const TILLS: Group = group!("tills": [keep_journal, merge_receipts, write_bills]);
const METER: Group = group!("meter": [fill_hours, sum_up]);

fn main() -> ExitCode {
    purvey::main(chain!("nightly": [TILLS, METER]))
}
