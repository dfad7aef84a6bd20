//! What a table of an SQLite file is read as.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use insta::assert_snapshot;
use rusqlite::Connection;

use super::super::database::observe;
use super::super::{Portion, Source, SourceFile, SourceState, observe_table, read_of};
use super::*;
use crate::digest::Digest;

mod fresh;

/// A booking and when it changed.
const BOOKINGS: TableSchema = table(&[
    column("booking", ColumnType::Int64),
    optional("guest", ColumnType::String),
    column("changed_at", ColumnType::Datetime),
]);

fn of(name: &str) -> SourceOptions {
    SourceOptions { table: Some(name.to_owned()), ..options() }
}

fn since(name: &str, watermark: &str) -> SourceOptions {
    SourceOptions { watermark: Some(watermark.to_owned()), ..of(name) }
}

/// A database file to which others write.
struct Database {
    input: Input,
    path: PathBuf,
    writer: Connection,
}

impl Database {
    fn new(statements: &str) -> Database {
        let input = Input::new();
        let path = input.path().join("pms.sqlite");
        let writer = Connection::open(&path).unwrap();
        writer.execute_batch(statements).unwrap();
        Database { input, path, writer }
    }

    /// Bookings with an index, and none there yet.
    fn of_bookings() -> Database {
        Database::new(
            "CREATE TABLE bookings (booking INTEGER PRIMARY KEY, guest TEXT, changed_at TEXT, more TEXT);
             CREATE INDEX by_change ON bookings (changed_at)",
        )
    }

    fn run(&self, statements: &str) {
        self.writer.execute_batch(statements).unwrap();
    }

    /// A booking that changed at such a minute of an hour.
    fn book(&self, booking: i64, guest: &str, minute: u32) {
        self.run(&format!(
            "INSERT OR REPLACE INTO bookings (booking, guest, changed_at)
             VALUES ({booking}, '{guest}', '2026-11-21T12:{minute:02}:00')"
        ));
    }

    fn read(&self, schema: &'static TableSchema, options: &SourceOptions) -> SourceRead {
        read(schema, options, &self.path).unwrap()
    }

    fn refused(&self, schema: &'static TableSchema, options: &SourceOptions) -> String {
        self.input.text(&read(schema, options, &self.path).unwrap_err())
    }

    /// What is new since then: each row as a line, and up to where that goes.
    fn new_since(&self, options: &SourceOptions, before: &SourceState) -> Result<(String, SourceState), String> {
        let read =
            read_of(&BOOKINGS, options, &self.path, after(Some(before))).map_err(|error| self.input.text(&error))?;
        let state = read.state.unwrap();
        let seen = observe_table(&BOOKINGS, options, &self.path, Some(before)).unwrap();
        assert_eq!((&seen.files, &seen.watermark), (&state.files, &state.watermark), "seen as it is read");
        Ok((lines(&read.frame), state))
    }
}

/// What to read after that.
fn after(before: Option<&SourceState>) -> Portion {
    before.and_then(|before| before.watermark.clone()).map_or(Portion::All, Portion::After)
}

/// So much later that everything has settled.
fn later() -> SystemTime {
    SystemTime::now() + Duration::from_secs(10)
}

fn changes() -> SourceOptions {
    since("bookings", "changed_at")
}

#[test]
fn a_table_is_read_by_the_names_and_types_of_its_columns() {
    const ALL: TableSchema = table(&[
        column("boolean", ColumnType::Boolean),
        column("small", ColumnType::UInt8),
        column("large", ColumnType::Int64),
        column("narrow", ColumnType::Float32),
        column("wide", ColumnType::Float64),
        ColumnSchema { from: Some("Guest Name"), ..optional("guest", ColumnType::String) },
        column("day", ColumnType::Date),
        column("at", ColumnType::Datetime),
        column("instant", ColumnType::Instant),
        ColumnSchema { format: Some("%s"), ..column("epoch", ColumnType::Datetime) },
    ]);
    let database = Database::new(
        r#"CREATE TABLE "odd ""name""" (
             other BLOB, boolean INT, small INT, LARGE INT, narrow REAL, wide, "Guest Name" TEXT, day TEXT, at, instant, epoch
           );
           INSERT INTO "odd ""name""" VALUES (x'00', 1, 255, -9223372036854775808, 0.5, 3, 'Ada', '2015-07-01',
             '2015-07-01T12:00:00.25', '2015-07-01T14:00:00+02:00', 86400);
           INSERT INTO "odd ""name""" VALUES (NULL, 0, 0, 0, -1, 1e300, NULL, '1969-12-31', '1969-12-31T23:59:59',
             '1969-12-31T23:59:59Z', 0);"#,
    );

    let read = database.read(&ALL, &of("ODD \"name\""));

    assert_snapshot!(lines(&read.frame), @r#"
    true | 255 | -9223372036854775808 | 0.5 | 3.0 | "Ada" | 2015-07-01 | 2015-07-01 12:00:00.250 | 2015-07-01 12:00:00 UTC | 1970-01-02 00:00:00
    false | 0 | 0 | -1.0 | 1.0000e300 | null | 1969-12-31 | 1969-12-31 23:59:59 | 1969-12-31 23:59:59 UTC | 1970-01-01 00:00:00
    "#);
    let state = read.state.unwrap();
    assert_eq!((state.files.len(), state.files[0].name.as_str(), &state.watermark), (1, "", &None));
}

#[test]
fn rows_come_in_the_order_of_the_table_itself() {
    const NUMBERS: TableSchema = table(&[
        ColumnSchema { row_number: true, ..column("row", ColumnType::Int64) },
        column("number", ColumnType::Int64),
    ]);
    let database = Database::new(
        "CREATE TABLE rowids (number INT); INSERT INTO rowids (rowid, number) VALUES (9, 1), (2, 3), (5, 2);
         CREATE INDEX rowids_by_number ON rowids (number);
         CREATE TABLE keys (number INT, name TEXT, PRIMARY KEY (name, number)) WITHOUT ROWID;
         INSERT INTO keys VALUES (1, 'b'), (3, 'a'), (2, 'c');
         CREATE VIEW views AS SELECT number FROM rowids ORDER BY number DESC;",
    );
    let numbers = |name: &str| lines(&database.read(&NUMBERS, &of(name)).frame).replace('\n', ", ");

    assert_eq!(numbers("rowids"), "1 | 3, 2 | 2, 3 | 1");
    assert_eq!(numbers("keys"), "1 | 3, 2 | 1, 3 | 2");
    assert_eq!(numbers("views"), "1 | 3, 2 | 2, 3 | 1");
}

#[test]
fn a_table_or_column_that_is_not_there_is_told_with_those_that_are() {
    let database = Database::of_bookings();
    database.run("CREATE TABLE guests (name TEXT)");

    assert_snapshot!(database.refused(&BOOKINGS, &of("boookings")), @"failed to read table `boookings` of `DIR/pms.sqlite`: there is none; did you mean `bookings`?");
    assert_snapshot!(database.refused(&BOOKINGS, &of("rates")), @"failed to read table `rates` of `DIR/pms.sqlite`: there is none; there are `bookings` and `guests`");
    assert_snapshot!(database.refused(&STAYS, &of("guests")), @r"
    failed to read table `guests` of `DIR/pms.sqlite`: its columns are not those of `stays`:
      column `hotel` is missing
      column `nights` is missing
      column `rate` is missing
    ");
    database.run("CREATE TABLE typos (booking, gest, changed_at)");
    assert_snapshot!(database.refused(&BOOKINGS, &of("typos")), @r"
    failed to read table `typos` of `DIR/pms.sqlite`: its columns are not those of `stays`:
      column `guest` is missing; did you mean `gest`?
    ");
    assert_snapshot!(Database::new("").refused(&BOOKINGS, &of("bookings")), @"failed to read table `bookings` of `DIR/pms.sqlite`: there is none, and no other");
}

#[test]
fn what_is_no_database_is_told() {
    let (input, path) = Input::file("pms.sqlite", "booking,guest\n");
    let told = |path: &Path, options: &SourceOptions| input.text(&read(&BOOKINGS, options, path).unwrap_err());

    assert_snapshot!(told(&path, &of("bookings")), @"failed to read table `bookings` of `DIR/pms.sqlite`: it is no SQLite file");
    assert_snapshot!(told(input.path(), &of("bookings")), @"failed to read table `bookings` of `DIR`: it is no file, but a folder or the like");
    assert_snapshot!(told(&input.path().join("psm.sqlite"), &of("bookings")), @"there is no file `DIR/psm.sqlite`; did you mean `pms.sqlite`?");
    assert_snapshot!(told(&path, &options()), @r#"`DIR/pms.sqlite` seems to be a database; say which table to read, `table = "…"`, for the model"#);
}

#[test]
fn a_value_that_cannot_be_read_is_told_with_its_rowid() {
    let database = Database::new("CREATE TABLE stays (hotel, nights, rate)");
    let said = |values: &str| {
        database.run(&format!(
            "DELETE FROM stays; INSERT INTO stays VALUES ('A', 1, 1); INSERT INTO stays VALUES ({values})"
        ));
        let text = database.refused(&STAYS, &of("stays"));
        text.split_once("sqlite`: ").unwrap().1.to_owned()
    };

    assert_snapshot!(database_text(&database), @"failed to read table `stays` of `DIR/pms.sqlite`: rowid 1, column `nights`: `many` is not a whole number");
    let bad = [
        "'B', 'three', 1",
        "'B', '3', 1",
        "'B', 3.0, 1",
        "'B', 3000000000, 1",
        "'B', NULL, 1",
        "7, 1, 1",
        "NULL, 1, 1",
        "x'41', 1, 1",
        "'B', 1, '1.5'",
        "'B', 1, 9007199254740993",
        "CAST(x'FF' AS TEXT), 1, 1",
    ];
    let said: Vec<String> = bad.into_iter().map(said).collect();
    assert_snapshot!(said.join("\n"), @r#"
    rowid 2, column `nights`: `three` is not a whole number
    rowid 2, column `nights`: `"3"` is not a whole number
    rowid 2, column `nights`: `3.0` is not a whole number
    rowid 2, column `nights`: `3000000000` does not fit int32
    rowid 2, column `nights`: is null, and the field is not an `Option`
    rowid 2, column `hotel`: `7` is not a string
    rowid 2, column `hotel`: is null, and the field is not an `Option`
    rowid 2, column `hotel`: `blob of 1 bytes` is not a string
    rowid 2, column `rate`: `"1.5"` is not a number
    rowid 2, column `rate`: `9007199254740993` does not fit float64
    rowid 2, column `hotel`: `�` is not UTF-8
    "#);
}

/// The whole of what is said once.
fn database_text(database: &Database) -> String {
    database.run("INSERT INTO stays VALUES ('A', 'many', 1)");
    database.refused(&STAYS, &of("stays"))
}

#[test]
fn rows_that_cannot_be_read_are_set_aside_by_their_rowid() {
    let database = Database::new(
        "CREATE TABLE stays (hotel, nights, rate);
         INSERT INTO stays (rowid, hotel, nights, rate) VALUES (7, 'A', 1, 1), (8, 'B', 'three', 1), (12, 'C', 2, NULL)",
    );

    let read = database.read(&STAYS, &SourceOptions { keep_rejects: true, ..of("stays") });

    assert_eq!(lines(&read.frame), "\"A\" | 1 | 1.0\n\"C\" | 2 | null");
    assert_snapshot!(lines(&read.rejects).replace(database.input.path().to_str().unwrap(), "DIR"), @r#""DIR/pms.sqlite" | 8 | "nights" | "three" | "is not a whole number""#);
}

#[test]
fn a_large_table_is_read_in_many_parts_as_in_one() {
    const NUMBERS: TableSchema = table(&[
        ColumnSchema { row_number: true, ..column("row", ColumnType::Int64) },
        column("number", ColumnType::Int64),
    ]);
    let database = Database::new(
        "CREATE TABLE numbers AS WITH RECURSIVE up(number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM up LIMIT 150000)
         SELECT number FROM up",
    );

    let blocks: Vec<DataFrame> =
        super::super::blocks(&NUMBERS, &of("numbers"), &database.path).map(|block| block.unwrap().frame).collect();

    assert_eq!(blocks.iter().map(DataFrame::height).collect::<Vec<_>>(), [65_536, 65_536, 18_928]);
    let last = blocks[2].column("row").unwrap().i64().unwrap().last();
    assert_eq!((last, blocks[2].column("number").unwrap().i64().unwrap().last()), (Some(150_000), Some(149_999)));
}

#[test]
fn whoever_stops_reading_leaves_nothing_locked() {
    let database = Database::new(
        "CREATE TABLE numbers AS WITH RECURSIVE up(number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM up LIMIT 500000)
         SELECT number FROM up",
    );
    const NUMBERS: TableSchema = table(&[column("number", ColumnType::Int64)]);
    let mut blocks = super::super::blocks(&NUMBERS, &of("numbers"), &database.path);
    blocks.next().unwrap().unwrap();
    assert_eq!(blocks.state(), None);
    drop(blocks);

    // The reader holds its lock until it sees that nobody listens.
    database.writer.busy_timeout(Duration::from_secs(60)).unwrap();
    database.run("DELETE FROM numbers");
}

#[test]
fn what_is_read_is_what_was_there_when_it_began_and_who_writes_is_waited_for() {
    let database = Database::of_bookings();
    database.run("PRAGMA journal_mode = WAL");
    database.book(1, "Ada", 0);
    database.run("BEGIN IMMEDIATE; INSERT INTO bookings VALUES (2, 'Bo', '2026-11-21T12:01:00', NULL)");

    let read = database.read(&BOOKINGS, &of("bookings"));
    database.run("COMMIT");

    assert_eq!(read.frame.height(), 1);
    assert!(!read.state.unwrap().files[0].settled, "what was written last stands beside the file");
    assert_eq!(database.read(&BOOKINGS, &of("bookings")).frame.height(), 2);
}

#[test]
fn a_table_is_looked_at_again_only_where_its_file_has_changed() {
    let database = Database::of_bookings();
    database.book(1, "Ada", 0);
    let now = Cell::new(later());
    let look = |options: &SourceOptions, before: Option<&SourceState>| {
        let source = Source::new(&BOOKINGS, options, &database.path, after(before));
        observe(&source, before, now.get()).unwrap()
    };
    let elsewhere = Digest::of_bytes(b"taken from before");

    let first = look(&of("bookings"), None);
    let marked = SourceState::of(vec![SourceFile { digest: elsewhere, ..first.files[0].clone() }]);
    assert_eq!(look(&of("bookings"), Some(&marked)), marked);
    now.set(SystemTime::now());
    assert_eq!(look(&of("bookings"), Some(&marked)).files[0].digest, first.files[0].digest, "it has not settled");
    now.set(later());
    database.run("CREATE TABLE guests (name TEXT)");
    assert_eq!(
        look(&of("bookings"), Some(&marked)).files[0].digest,
        first.files[0].digest,
        "another table has changed"
    );

    // Nor is a table that is read from a watermark on.
    let first = look(&changes(), None);
    let nothing = look(&changes(), Some(&first));
    assert_eq!((nothing.files.len(), &nothing.watermark), (0, &first.watermark));
    database.run("PRAGMA journal_mode = WAL");
    database.book(2, "Bo", 1);
    assert_eq!(look(&changes(), Some(&first)).files.len(), 1, "what was written last stands beside the file");
}

#[test]
fn what_makes_no_sense_of_a_table_is_told_before_it_is_read() {
    const ODD: TableSchema = table(&[
        ColumnSchema { row_number: true, ..column("row", ColumnType::Int64) },
        column("rate", ColumnType::Float64),
        optional("changed_at", ColumnType::Datetime),
    ]);
    let said = |options: &SourceOptions| options.check(&ODD).unwrap_err();

    let files = SourceOptions { watermark: Some("rate".to_owned()), ..options() };
    let all = [files, since("odd", "row"), since("odd", "changed"), since("odd", "rate"), since("odd", "changed_at")];
    assert_snapshot!(all.iter().map(said).collect::<Vec<_>>().join("\n"), @r#"
    `watermark` is for a table of a database; say which, `table = "…"`, or say `once` to read each file of a folder once
    `watermark` is "row", which is no column that `stays` reads
    `watermark` is "changed", which is no column that `stays` reads; did you mean `changed_at`?
    `watermark` is "rate", a float64 column; new rows are told by a column of whole numbers, texts, dates or times that is no `Option`
    `watermark` is "changed_at", an optional datetime column; new rows are told by a column of whole numbers, texts, dates or times that is no `Option`
    "#);
    assert_eq!(since("bookings", "booking").check(&BOOKINGS), Ok(()));
}
