//! A chain that reads a table of a database from where it was read before: a register of bookings, in which each row says when
//! it was changed, in the file of another program.
//!
//! ```sh
//! sqlite3 hotel.sqlite "CREATE TABLE register (booking INTEGER PRIMARY KEY, nights INT, changed INT);
//!     INSERT INTO register VALUES (1, 3, 10), (2, 1, 11)"
//! cargo run --example register -- --set models.changes.path=hotel.sqlite
//! sqlite3 hotel.sqlite "UPDATE register SET nights = 5, changed = 20 WHERE booking = 2"
//! cargo run --example register -- --set models.changes.path=hotel.sqlite
//! cargo run --example register -- show bookings --set models.changes.path=hotel.sqlite
//! ```

use std::process::ExitCode;

use purvey::prelude::*;

/// A booking that has come or changed since the register was read last.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "changes", source)]
#[source(table = "register", watermark = "changed")]
struct Change {
    booking: i64,
    nights: i64,
    /// When it changed, in seconds.
    changed: i64,
}

/// All bookings, as they are known by now.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "bookings", key = "booking", incremental = "merge", latest = "changed")]
struct Booking {
    booking: i64,
    nights: i64,
    changed: i64,
}

/// Every change that was ever read, in order.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "log", incremental = "append")]
struct Entry {
    booking: i64,
    nights: i64,
}

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

fn main() -> ExitCode {
    purvey::main(chain!("register": [merge_bookings, log_changes]))
}
