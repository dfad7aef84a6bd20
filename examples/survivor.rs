//! A chain of fourteen tasks that fans out and comes together again, for tests that kill it.
//!
//! What it makes depends on its input file, its settings and nothing else. Each task adds a line with the run and its own
//! name to the file that `SURVIVOR_TALLY` names, so that one can count how often it was called.
//!
//! ```sh
//! printf 'number,room,day,cents\n1,12,3,9900\n2,14,3,0\n' > stays.csv
//! SURVIVOR_TALLY=tally cargo run --example survivor -- --set models.stays.path=stays.csv
//! ```

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::process::ExitCode;

use purvey::Secret;
use purvey::prelude::*;
use serde::{Deserialize, Serialize};

/// A night that somebody stayed.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "stays", key = "number", source)]
struct Stay {
    number: i64,
    room: i64,
    day: i64,
    cents: i64,
}

/// A table of what came together under a number: a room, a day.
macro_rules! sums {
    ($(#[doc = $doc:literal] $row:ident, $table:literal;)*) => {$(
        #[doc = $doc]
        #[derive(Row, Clone, Debug, PartialEq)]
        #[row(table = $table, key = "id", order_by = "id")]
        struct $row {
            id: i64,
            stays: i64,
            cents: i64,
        }
    )*};
}

sums! {
    /// What each room brought.
    ByRoom, "by_room";
    /// What each day brought.
    ByDay, "by_day";
    /// What each day of the week brought.
    ByWeekday, "by_weekday";
    /// The share of each day of the week, in thousandths.
    WeekdayShare, "weekday_shares";
    /// The rooms that brought most.
    BestRoom, "best_rooms";
    /// The rooms that brought least.
    WorstRoom, "worst_rooms";
    /// What was taken up to each day.
    RunningTotal, "running_totals";
    /// What guests get back, by room.
    Refund, "refunds";
    /// Stays that were paid, by number.
    GoodStay, "good_stays";
    /// Stays that were not, by number.
    BadStay, "bad_stays";
}

/// All of it.
#[derive(Named)]
#[named("totals")]
struct Totals;

/// A letter to the owner.
#[derive(Named)]
#[named("letter", extension = "txt")]
struct Letter;

/// What came of sending it.
#[derive(Named)]
#[named("receipt")]
struct Receipt;

/// How the letter is sent: `[tasks.send]`.
#[derive(Serialize, Deserialize, Clone, Debug)]
#[serde(default)]
struct Sending {
    to: String,
    #[serde(skip_serializing)]
    password: Secret<String>,
}

impl Default for Sending {
    fn default() -> Self {
        Sending { to: "owner".to_owned(), password: Secret::new(String::new()) }
    }
}

/// Notes that a task was called.
fn tally(job: &JobContext, task: &str) -> Result<()> {
    if let Some(path) = std::env::var_os("SURVIVOR_TALLY") {
        // One call of the system, so that lines of several processes do not mix.
        let line = format!("{} {task}\n", job.run());
        OpenOptions::new().append(true).create(true).open(path)?.write_all(line.as_bytes())?;
    }
    Ok(())
}

/// Adds up by number.
fn sums(of: impl Iterator<Item = (i64, i64, i64)>) -> impl Iterator<Item = (i64, i64, i64)> {
    let mut sums: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for (id, stays, cents) in of {
        let sum = sums.entry(id).or_default();
        *sum = (sum.0 + stays, sum.1 + cents);
    }
    sums.into_iter().map(|(id, (stays, cents))| (id, stays, cents))
}

#[task]
fn pick_good(job: &JobContext, stays: &Table<Stay>, good: &mut Table<GoodStay>) -> Result<()> {
    tally(job, "pick_good")?;
    let paid = stays.rows()?.into_iter().filter(|stay| stay.cents > 0);
    good.put(paid.map(|stay| GoodStay { id: stay.number, stays: stay.room, cents: stay.cents }).collect::<Vec<_>>())
}

#[task]
fn pick_bad(job: &JobContext, stays: &Table<Stay>, bad: &mut Table<BadStay>) -> Result<()> {
    tally(job, "pick_bad")?;
    let unpaid = stays.rows()?.into_iter().filter(|stay| stay.cents <= 0);
    bad.put(unpaid.map(|stay| BadStay { id: stay.number, stays: stay.room, cents: stay.cents }).collect::<Vec<_>>())
}

#[task]
fn add_up_rooms(job: &JobContext, good: &Table<GoodStay>, by_room: &mut Table<ByRoom>) -> Result<()> {
    tally(job, "add_up_rooms")?;
    let rooms = sums(good.rows()?.into_iter().map(|stay| (stay.stays, 1, stay.cents)));
    by_room.put(rooms.map(|(id, stays, cents)| ByRoom { id, stays, cents }).collect::<Vec<_>>())
}

#[task]
fn add_up_days(job: &JobContext, stays: &Table<Stay>, good: &Table<GoodStay>, by_day: &mut Table<ByDay>) -> Result<()> {
    tally(job, "add_up_days")?;
    let days: BTreeMap<i64, i64> = stays.rows()?.into_iter().map(|stay| (stay.number, stay.day)).collect();
    let days = sums(good.rows()?.into_iter().map(|stay| (days[&stay.id], 1, stay.cents)));
    by_day.put(days.map(|(id, stays, cents)| ByDay { id, stays, cents }).collect::<Vec<_>>())
}

#[task]
fn add_up_weekdays(job: &JobContext, by_day: &Table<ByDay>, by_weekday: &mut Table<ByWeekday>) -> Result<()> {
    tally(job, "add_up_weekdays")?;
    let weekdays = sums(by_day.rows()?.into_iter().map(|day| (day.id % 7, day.stays, day.cents)));
    by_weekday.put(weekdays.map(|(id, stays, cents)| ByWeekday { id, stays, cents }).collect::<Vec<_>>())
}

#[task]
fn share_weekdays(
    job: &JobContext,
    by_day: &Table<ByDay>,
    by_weekday: &Table<ByWeekday>,
    shares: &mut Table<WeekdayShare>,
) -> Result<()> {
    tally(job, "share_weekdays")?;
    let days = by_day.rows()?;
    let (stays, cents): (i64, i64) = (days.iter().map(|day| day.stays).sum(), days.iter().map(|day| day.cents).sum());
    let share = |part: i64, whole: i64| 1000 * part / whole.max(1);
    let rows = by_weekday.rows()?.into_iter();
    let rows =
        rows.map(|day| WeekdayShare { id: day.id, stays: share(day.stays, stays), cents: share(day.cents, cents) });
    shares.put(rows.collect::<Vec<_>>())
}

#[task]
fn find_best(job: &JobContext, by_room: &Table<ByRoom>, best: &mut Table<BestRoom>) -> Result<()> {
    tally(job, "find_best")?;
    let mut rooms = by_room.rows()?;
    rooms.sort_by_key(|room| (-room.cents, room.id));
    let rooms = rooms.into_iter().take(3).map(|room| BestRoom { id: room.id, stays: room.stays, cents: room.cents });
    best.put(rooms.collect::<Vec<_>>())
}

#[task]
fn find_worst(job: &JobContext, by_room: &Table<ByRoom>, worst: &mut Table<WorstRoom>) -> Result<()> {
    tally(job, "find_worst")?;
    let mut rooms = by_room.rows()?;
    rooms.sort_by_key(|room| (room.cents, room.id));
    let rooms = rooms.into_iter().take(3).map(|room| WorstRoom { id: room.id, stays: room.stays, cents: room.cents });
    worst.put(rooms.collect::<Vec<_>>())
}

#[task]
fn run_up(job: &JobContext, by_day: &Table<ByDay>, running: &mut Table<RunningTotal>) -> Result<()> {
    tally(job, "run_up")?;
    let days = by_day.rows()?.into_iter().scan((0, 0), |(stays, cents), day| {
        (*stays, *cents) = (*stays + day.stays, *cents + day.cents);
        Some(RunningTotal { id: day.id, stays: *stays, cents: *cents })
    });
    running.put(days.collect::<Vec<_>>())
}

#[task]
fn refund(job: &JobContext, bad: &Table<BadStay>, by_room: &Table<ByRoom>, refunds: &mut Table<Refund>) -> Result<()> {
    tally(job, "refund")?;
    let prices: BTreeMap<i64, i64> =
        by_room.rows()?.into_iter().map(|room| (room.id, room.cents / room.stays)).collect();
    let price = |room| prices.get(&room).copied().unwrap_or_default();
    let rooms = sums(bad.rows()?.into_iter().map(|stay| (stay.stays, 1, price(stay.stays) / 10)));
    refunds.put(rooms.map(|(id, stays, cents)| Refund { id, stays, cents }).collect::<Vec<_>>())
}

#[task]
fn total(job: &JobContext, running: &Table<RunningTotal>, totals: &mut Value<Vec<i64>, Totals>) -> Result<()> {
    tally(job, "total")?;
    totals.put(running.rows()?.last().map(|last| vec![last.id, last.stays, last.cents]).unwrap_or_default())
}

#[task]
fn write_letter(
    job: &JobContext,
    totals: &Value<Vec<i64>, Totals>,
    best: &Table<BestRoom>,
    worst: &Table<WorstRoom>,
    refunds: &Table<Refund>,
    letter: &mut Artifact<Letter>,
) -> Result<()> {
    tally(job, "write_letter")?;
    let mut page = letter.create()?;
    writeln!(page, "totals {:?}", totals.get()?)?;
    best.rows()?.iter().try_for_each(|room| writeln!(page, "best {} with {}", room.id, room.cents))?;
    worst.rows()?.iter().try_for_each(|room| writeln!(page, "worst {} with {}", room.id, room.cents))?;
    refunds.rows()?.iter().try_for_each(|room| writeln!(page, "back {} for {}", room.cents, room.id))?;
    Ok(())
}

/// Sends the letter, or fails where the parameter `fault` says so.
#[task]
fn send(
    job: &JobContext,
    letter: &Artifact<Letter>,
    shares: &Table<WeekdayShare>,
    settings: Settings<Sending>,
    receipt: &mut Value<String, Receipt>,
) -> Result<()> {
    tally(job, "send")?;
    log::info!("sends a letter with {settings:?}");
    let password = settings.password.expose();
    if job.param::<bool>("fault")?.unwrap_or(false) {
        return Err(Error::data(format!("`{}` does not answer to a password of {}", settings.to, password.len())));
    }
    receipt.put(format!("to {}: {} bytes, {} days", settings.to, letter.read_to_string()?.len(), shares.height()))
}

const ROOMS: Group = group!("rooms": [add_up_rooms, find_best, find_worst, refund]);
const DAYS: Group = group!("days": [add_up_days, add_up_weekdays, share_weekdays, run_up]);

fn main() -> ExitCode {
    purvey::main(chain!("survivor": [pick_good, pick_bad, ROOMS, DAYS, total, write_letter, send]))
}
