//! A chain whose tables grow: changes of bookings come as files into a folder, night by night, and each file is read once.
//!
//! ```sh
//! mkdir inbox
//! printf 'booking,nights,changed\n1,3,10\n2,1,11\n' > inbox/monday.csv
//! cargo run --example inbox -- --set models.changes.path=inbox
//! printf 'booking,nights,changed\n2,5,20\n' > inbox/tuesday.csv
//! cargo run --example inbox -- --set models.changes.path=inbox
//! cargo run --example inbox -- show bookings --set models.changes.path=inbox
//! ```

use std::process::ExitCode;

use purvey::prelude::*;

/// A booking that has come or changed since the last file.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "changes", source)]
#[source(once)]
struct Change {
    booking: i64,
    nights: i64,
    /// When it changed, in seconds.
    changed: i64,
}

/// All bookings, as they are known by now: of each the change that is the latest.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "bookings", key = "booking", incremental = "merge", latest = "changed")]
struct Booking {
    booking: i64,
    nights: i64,
    changed: i64,
}

/// Every change that ever came, in the order of the files.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "log", incremental = "append")]
struct Entry {
    booking: i64,
    nights: i64,
}

/// How many nights are booked.
#[derive(Named)]
#[named("nights_booked")]
struct NightsBooked;

/// Brings the bookings up to date.
#[task]
fn merge_bookings(changes: &Table<Change>, bookings: &mut Table<Booking>) -> Result<()> {
    bookings.put(changes.scan())
}

/// Writes down what has come.
#[task]
fn log_changes(changes: &Table<Change>, log: &mut Table<Entry>) -> Result<()> {
    log.put(changes.scan().select(Table::<Entry>::columns()))
}

/// Adds up the nights.
#[task]
fn count_nights(bookings: &Table<Booking>, nights: &mut Value<i64, NightsBooked>) -> Result<()> {
    nights.put(bookings.rows()?.iter().map(|booking| booking.nights).sum())
}

fn main() -> ExitCode {
    purvey::main(chain!("inbox": [merge_bookings, log_changes, count_nights]))
}
