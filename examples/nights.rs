//! The nights of a hotel, day by day, as its front desk knows them: a backfill asks that once for up to 31 days. Here it is a
//! file that is gone through for each question; it might as well be a database, or a service that lets one ask so often.
//!
//! ```sh
//! printf "tasks.ask.desk = 'desk.csv'\npartitions.by = 'day'\n" > purvey.toml
//! printf '2026-11-01,12,9900\n2026-11-01,14,12000\n2026-11-03,12,9900\n' > desk.csv
//! cargo run --example nights -- --config purvey.toml backfill --from 2026-11-01 --to 2026-11-30
//! ```
//!
//! `--no-ranges` asks for each day alone, and comes to the same.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::ExitCode;

use purvey::prelude::*;
use serde::{Deserialize, Serialize};

/// A room in a night.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "room_nights", key = "night, room", order_by = "night, room", partition = "night")]
struct RoomNight {
    night: NaiveDate,
    room: i64,
    /// What was paid.
    #[check(min = 0)]
    cents: i64,
}

/// What came together in a night; none for one in which the house was empty.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "nights", key = "night", order_by = "night", partition = "night")]
struct Night {
    night: NaiveDate,
    rooms: i64,
    cents: i64,
}

/// What the owner reads in the morning.
#[derive(Named)]
#[named("note", extension = "txt")]
struct Note;

/// Where the front desk writes its nights down: `[tasks.ask]`.
#[derive(Serialize, Deserialize)]
struct FrontDesk {
    desk: PathBuf,
}

/// Asks the front desk for all nights of the call.
#[task(ranges = "coalesce", max = 31)]
fn ask(job: &JobContext, front: Settings<FrontDesk>, nights: &mut Table<RoomNight>) -> Result<()> {
    let dates = job.partitions()?.dates().ok_or_else(|| Error::data("the nights of a hotel are days"))?;
    let desk = File::open(&front.desk)
        .map_err(|error| Error::data(format!("no answer from `{}`: {error}", front.desk.display())))?;
    let mut asked = Vec::new();
    for line in BufReader::new(desk).lines() {
        let line = line?;
        let [night, room, cents] = line.split(',').collect::<Vec<_>>()[..] else {
            return Err(Error::data(format!("`{line}` is no night")));
        };
        let night: NaiveDate = night.parse()?;
        if dates.contains(&night) {
            asked.push(RoomNight { night, room: room.parse()?, cents: cents.parse()? });
        }
    }
    nights.put(asked)
}

/// Adds up each night of the call.
#[task(ranges = "coalesce")]
fn add_up(rooms: &Table<RoomNight>, nights: &mut Table<Night>) -> Result<()> {
    let mut sums: BTreeMap<NaiveDate, Night> = BTreeMap::new();
    for RoomNight { night, cents, .. } in rooms.rows()? {
        let sum = sums.entry(night).or_insert(Night { night, rooms: 0, cents: 0 });
        (sum.rooms, sum.cents) = (sum.rooms + 1, sum.cents + cents);
    }
    nights.put(sums.into_values().collect::<Vec<_>>())
}

/// Writes to the owner, each day.
#[task]
fn write(job: &JobContext, nights: &Table<Night>, note: &mut Artifact<Note>) -> Result<()> {
    let lines = nights.rows()?.into_iter().map(|night| format!("{} rooms, {} cents\n", night.rooms, night.cents));
    note.write(format!("{}\n{}", job.partition()?, lines.collect::<String>()))
}

fn main() -> ExitCode {
    purvey::main(chain!("nights": [ask, add_up, write]))
}
