//! Which rows of a table are new.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use proptest::prelude::*;

use super::super::super::database::Table;
use super::super::super::{Mark, Portion, Source, SourceState, read_of};
use super::*;

#[test]
fn rows_that_have_come_since_are_new_once() {
    let database = Database::of_bookings();
    database.book(1, "Ada", 0);
    database.book(2, "Bo", 5);
    let (rows, first) = database.new_since(&changes(), &SourceState::default()).unwrap();
    assert_snapshot!(rows, @r#"
    1 | "Ada" | 2026-11-21 12:00:00
    2 | "Bo" | 2026-11-21 12:05:00
    "#);
    let mark = &first.watermark.as_ref().unwrap().mark;
    assert_eq!(mark, &Mark::Text("2026-11-21T12:05:00".to_owned()));

    let (rows, nothing) = database.new_since(&changes(), &first).unwrap();
    assert_eq!((rows.as_str(), nothing.files.len()), ("", 0));

    // One with a later time, one with the same, and one that was changed and says so.
    database.book(3, "Cy", 6);
    database.book(4, "Di", 5);
    database.book(1, "Ada Lovelace", 7);
    let (rows, second) = database.new_since(&changes(), &nothing).unwrap();
    assert_snapshot!(rows, @r#"
    4 | "Di" | 2026-11-21 12:05:00
    3 | "Cy" | 2026-11-21 12:06:00
    1 | "Ada Lovelace" | 2026-11-21 12:07:00
    "#);
    assert_eq!(database.new_since(&changes(), &second).unwrap().0, "");
    // A run that failed reads the same again.
    assert_eq!(database.new_since(&changes(), &first).unwrap().1, second);
}

#[test]
fn rows_at_the_watermark_are_told_by_their_content() {
    let database = Database::new("CREATE TABLE bookings (booking, guest, changed_at)");
    let book = |booking: i64| {
        database.run(&format!("INSERT INTO bookings VALUES ({booking}, NULL, '2026-11-21T12:00:00')"));
    };
    book(1);
    book(1);
    let (rows, first) = database.new_since(&changes(), &SourceState::default()).unwrap();
    assert_eq!(rows.lines().count(), 2);

    // Some are gone and come back, which is no news; a third that is the same is.
    database.run("DELETE FROM bookings");
    let (rows, emptied) = database.new_since(&changes(), &first).unwrap();
    assert_eq!(
        (rows.as_str(), &emptied.watermark.as_ref().unwrap().rows),
        ("", &first.watermark.as_ref().unwrap().rows)
    );
    (0..3).for_each(|_| book(1));
    let (rows, third) = database.new_since(&changes(), &emptied).unwrap();
    assert_eq!(rows.lines().count(), 1);

    // It is other news than the first, though it reads the same.
    book(1);
    let (again, fourth) = database.new_since(&changes(), &third).unwrap();
    assert_eq!(again, rows);
    assert_ne!(fourth.files[0].digest, third.files[0].digest);
}

#[test]
fn new_rows_are_found_by_the_index() {
    let database = Database::of_bookings();
    let plan = |question: &str| -> String {
        let mut statement = database.writer.prepare(&format!("EXPLAIN QUERY PLAN {question}")).unwrap();
        let values = vec!["x"; statement.parameter_count()];
        let rows = statement.query_map(rusqlite::params_from_iter(values), |row| row.get::<_, String>("detail"));
        rows.unwrap().collect::<Result<Vec<_>, _>>().unwrap().join("; ")
    };
    let source = Source::new(&BOOKINGS, &changes(), &database.path, Portion::All);
    let table = Table::find(&database.writer, &source, "bookings").ok().unwrap();

    assert_snapshot!(plan(&table.rows(true)), @"SEARCH bookings USING INDEX by_change (changed_at>?)");
    assert_snapshot!(plan(&table.unmarked("changed_at", true)), @"COMPOUND QUERY; LEFT-MOST SUBQUERY; SEARCH bookings USING COVERING INDEX by_change (changed_at=?); UNION ALL; SEARCH bookings USING COVERING INDEX by_change (changed_at<?)");
    assert_snapshot!(plan(&table.at("changed_at")), @"SEARCH bookings USING COVERING INDEX by_change (changed_at=?)");
}

#[test]
fn a_row_that_could_be_passed_over_for_ever_is_told() {
    let database = Database::new("CREATE TABLE bookings (booking, guest, changed_at)");
    let told = |values: &str, before: &SourceState| {
        database.run(&format!("INSERT INTO bookings VALUES ({values})"));
        let keeping = SourceOptions { keep_rejects: true, ..changes() };
        let error = database.new_since(&keeping, before).unwrap_err();
        assert_eq!(database.new_since(&changes(), before).unwrap_err(), error);
        database.run("DELETE FROM bookings WHERE rowid = last_insert_rowid()");
        error
    };
    database.run("INSERT INTO bookings VALUES (1, 'Ada', '2026-11-21T12:00:00')");
    let none = SourceState::default();
    let (_, first) = database.new_since(&changes(), &none).unwrap();

    let at_first = ["2, 'Bo', NULL", "2, 'Bo', 1.5", "2, 'Bo', 'noon'"].map(|values| told(values, &none));
    assert_snapshot!(at_first.join("\n"), @r"
    failed to read table `bookings` of `DIR/pms.sqlite`: rowid 2, column `changed_at`: is null, and new rows are told by it (`watermark`), so it must be a time like `%Y-%m-%dT%H:%M:%S%.f`, to the microsecond
    failed to read table `bookings` of `DIR/pms.sqlite`: rowid 2, column `changed_at`: is `1.5`, and new rows are told by it (`watermark`), so it must be a time like `%Y-%m-%dT%H:%M:%S%.f`, to the microsecond
    failed to read table `bookings` of `DIR/pms.sqlite`: rowid 2, column `changed_at`: is `noon`, and new rows are told by it (`watermark`), so it must be a time like `%Y-%m-%dT%H:%M:%S%.f`, to the microsecond
    ");
    let later = ["2, 'Bo', NULL", "2, 'Bo', 7", "2, 'Bo', x'41'", "2, 'Bo', 'noon'"].map(|values| told(values, &first));
    assert_snapshot!(later.join("\n"), @r"
    failed to read table `bookings` of `DIR/pms.sqlite`: rowid 2, column `changed_at`: is null, and new rows are told by it (`watermark`), so it must be a time like `%Y-%m-%dT%H:%M:%S%.f`, to the microsecond
    failed to read table `bookings` of `DIR/pms.sqlite`: rowid 2, column `changed_at`: is `7`, and new rows are told by it (`watermark`), so it must be a time like `%Y-%m-%dT%H:%M:%S%.f`, to the microsecond
    failed to read table `bookings` of `DIR/pms.sqlite`: rowid 2, column `changed_at`: is `blob of 1 bytes`, and new rows are told by it (`watermark`), so it must be a time like `%Y-%m-%dT%H:%M:%S%.f`, to the microsecond
    failed to read table `bookings` of `DIR/pms.sqlite`: rowid 2, column `changed_at`: is `noon`, and new rows are told by it (`watermark`), so it must be a time like `%Y-%m-%dT%H:%M:%S%.f`, to the microsecond
    ");
}

#[test]
fn times_that_are_written_in_another_order_cannot_tell_what_is_new() {
    const DAYS: TableSchema = table(&[ColumnSchema { format: Some("%d.%m.%Y"), ..column("day", ColumnType::Date) }]);
    let database = Database::new("CREATE TABLE days (day); INSERT INTO days VALUES ('31.12.2025'), ('02.01.2026')");

    assert_eq!(database.read(&DAYS, &of("days")).frame.height(), 2);
    assert_snapshot!(database.refused(&DAYS, &since("days", "day")), @"failed to read table `days` of `DIR/pms.sqlite`: column `day`: `31.12.2025` is after `02.01.2026` in the order of the database, but not in time, so new rows cannot be told by it (`watermark`); take a column of whole numbers, or of times like `2024-01-31T12:00:00`");
}

#[test]
fn another_table_or_column_than_before_tells_nothing_of_what_is_new() {
    let database = Database::of_bookings();
    database.run("CREATE TABLE stays AS SELECT * FROM bookings");
    database.book(1, "Ada", 0);
    let (_, first) = database.new_since(&changes(), &SourceState::default()).unwrap();

    assert_snapshot!(database.new_since(&since("bookings", "booking"), &first).unwrap_err(), @"failed to read table `bookings` of `DIR/pms.sqlite`: table `bookings` was read up to `2026-11-21T12:00:00` of column `changed_at` before, which does not tell what is new by `booking`; `--force` the task that reads it, to read all again");
    assert_snapshot!(database.new_since(&since("stays", "changed_at"), &first).unwrap_err(), @"failed to read table `stays` of `DIR/pms.sqlite`: table `bookings` was read up to `2026-11-21T12:00:00` of column `changed_at` before, which does not tell what is new by `changed_at`; `--force` the task that reads it, to read all again");
}

#[test]
fn another_column_may_be_read_unless_rows_at_the_watermark_came_or_went() {
    const MORE: TableSchema = table(&[
        column("booking", ColumnType::Int64),
        optional("guest", ColumnType::String),
        column("changed_at", ColumnType::Datetime),
        optional("more", ColumnType::String),
    ]);
    let database = Database::of_bookings();
    database.book(1, "Ada", 0);
    database.book(2, "Bo", 0);
    let (_, first) = database.new_since(&changes(), &SourceState::default()).unwrap();
    let more = || {
        let read = read_of(&MORE, &changes(), &database.path, after(Some(&first)));
        read.map(|read| (lines(&read.frame), read.state)).map_err(|error| database.input.text(&error))
    };

    assert_eq!(more().unwrap().0, "");
    database.book(3, "Cy", 1);
    let (rows, state) = more().unwrap();
    assert_eq!(rows.lines().count(), 1);
    assert_ne!(state.unwrap().watermark.unwrap().columns, first.watermark.as_ref().unwrap().columns);
    database.book(4, "Di", 0);
    assert_snapshot!(more().unwrap_err(), @"failed to read table `bookings` of `DIR/pms.sqlite`: other columns are read than before, and rows in which `changed_at` is `2026-11-21T12:00:00` have come or gone since, so that those that were read cannot be told from new ones; `--force` the task that reads it, to read all again");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// Rows come with any value that is not below the greatest that was read; some are read between.
    #[test]
    fn each_row_is_new_exactly_once(steps in proptest::collection::vec((0_u8..3, 0_u8..4, any::<bool>()), 0..24)) {
        const NUMBERED: TableSchema = table(&[column("id", ColumnType::Int64), column("at", ColumnType::Int64)]);
        let database = Database::new("CREATE TABLE numbered (id INT, at INT)");
        let options = since("numbered", "at");
        let (mut state, mut floor, mut top) = (SourceState::default(), 0, 0);
        let mut seen: BTreeMap<i64, usize> = BTreeMap::new();
        let mut read_on = |state: &mut SourceState| {
            let read = read_of(&NUMBERED, &options, &database.path, after(Some(state))).unwrap();
            let ids = read.frame.column("id").unwrap().i64().unwrap().clone();
            ids.iter().flatten().for_each(|id| *seen.entry(id).or_default() += 1);
            *state = read.state.unwrap();
        };
        for (id, (above, before, reads)) in steps.iter().enumerate() {
            // Also such as come late, but not below what was read.
            let at = (top + i64::from(*above) - i64::from(*before)).max(floor);
            database.run(&format!("INSERT INTO numbered VALUES ({id}, {at})"));
            top = top.max(at);
            if *reads {
                read_on(&mut state);
                floor = top;
            }
        }
        read_on(&mut state);
        read_on(&mut state);
        prop_assert_eq!(seen, (0..steps.len() as i64).map(|id| (id, 1)).collect::<BTreeMap<_, _>>());
    }
}
