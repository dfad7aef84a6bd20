//! Every fault has its text, and what is no fault passes.

use insta::assert_snapshot;
use polars::df;
use polars::prelude::{DataFrame, DataType, IntoLazy, NamedFrom, Series, TimeUnit, TimeZone, col};

use super::{Fault, enforce};
use crate::schema::{Bound, Check, ColumnSchema, ColumnType, HandOver, OrderBy, TableSchema};

const fn column(name: &'static str, ty: ColumnType) -> ColumnSchema {
    ColumnSchema { name, ty, nullable: false, doc: "", checks: &[], from: None, format: None, row_number: false }
}

const fn table(columns: &'static [ColumnSchema]) -> TableSchema {
    TableSchema {
        name: "bookings",
        doc: "",
        columns,
        key: &[],
        order_by: &[],
        source: None,
        hand_over: HandOver::Memory,
        incremental: None,
        checks: &[],
        max_age: None,
        partition: None,
    }
}

const BOOKINGS: TableSchema = TableSchema {
    key: &["id"],
    ..table(&[
        column("id", ColumnType::Int64),
        ColumnSchema { checks: &[Check::Min(Bound::Int(0))], ..column("nights", ColumnType::Int32) },
        ColumnSchema { nullable: true, ..column("country", ColumnType::String) },
    ])
};

fn bookings(ids: &[i64], nights: &[Option<i32>], countries: &[Option<&str>]) -> DataFrame {
    df!("id" => ids, "nights" => nights, "country" => countries).unwrap()
}

fn breach(schema: &'static TableSchema, frame: DataFrame) -> String {
    enforce(schema, frame).unwrap_err().to_string()
}

/// A table of one column with one check, and what the check says of these values.
fn checked(check: &'static [Check], ty: ColumnType, values: Series) -> String {
    let columns = Box::leak(Box::new([ColumnSchema { checks: check, nullable: true, ..column("value", ty) }]));
    let schema = Box::leak(Box::new(table(columns)));
    match enforce(schema, values.with_name("value".into()).into_frame()) {
        Ok(_) => "kept".to_owned(),
        Err(breach) => breach.to_string(),
    }
}

#[test]
fn a_frame_that_keeps_its_contract_comes_back_in_the_order_of_the_schema() {
    let frame = bookings(&[1, 2], &[Some(3), Some(0)], &[None, Some("CH")]);
    let shuffled = frame.select(["country", "id", "nights"]).unwrap();

    assert_eq!(enforce(&BOOKINGS, shuffled), Ok(frame));
}

#[test]
fn all_faults_are_told_at_once() {
    let frame = df!(
        "id" => [7, 7, 8],
        "nigths" => [1, 2, 3],
        "country" => ["CH", "AT", "DE"],
        "guests" => [1, 1, 1],
    );
    let cast = [col("id").cast(DataType::Int64), col("country").cast(DataType::Binary)];
    let frame = frame.unwrap().lazy().with_columns(cast).collect().unwrap();

    assert_snapshot!(breach(&BOOKINGS, frame), @r"
    model `bookings` breaks its contract:
      column `nights` is missing; did you mean `nigths`?
      column `country` is binary and cannot become string without loss; cast it in the task
      column `guests` is too many; drop it, or add it to the row type
      key `id`: 2 of 3 rows are not unique
        row 1 (id 7)
        row 2 (id 7)
    ");
}

#[test]
fn a_null_where_none_may_be_is_counted_and_the_first_three_are_shown() {
    let frame = bookings(&[10, 11, 12, 13, 14], &[None, None, Some(1), None, None], &[None; 5]);

    assert_snapshot!(breach(&BOOKINGS, frame), @r"
    model `bookings` breaks its contract:
      column `nights`: 4 of 5 rows are null, and its field is not an `Option`
        row 1 (id 10)
        row 2 (id 11)
        row 4 (id 13)
        and 1 more
    ");
}

#[test]
fn a_check_shows_the_offending_rows_with_their_key_in_the_order_of_the_task() {
    let ids: Vec<i64> = (0..1204).rev().collect();
    let nights: Vec<Option<i32>> = (0..1204).map(|row| Some(if row == 1100 { -2 } else { row })).collect();

    assert_snapshot!(breach(&BOOKINGS, bookings(&ids, &nights, &[None; 1204])), @r"
    model `bookings` breaks its contract:
      column `nights`: 1 of 1,204 rows breaks check `min = 0`
        row 1,101 (id 103): -2
    ");
}

#[test]
fn a_null_in_a_nullable_part_of_the_key_is_a_fault_and_no_duplicate() {
    const SCHEMA: TableSchema = TableSchema {
        key: &["hotel", "room"],
        ..table(&[
            column("hotel", ColumnType::String),
            ColumnSchema { nullable: true, ..column("room", ColumnType::Int32) },
        ])
    };
    let frame = df!("hotel" => ["A", "A", "B", "B", "B"], "room" => [None, None, Some(1), Some(2), Some(1)]);

    assert_snapshot!(breach(&SCHEMA, frame.unwrap()), @r#"
    model `bookings` breaks its contract:
      column `room`: 2 of 5 rows are null, and it is part of the key
        row 1 (hotel "A", room null)
        row 2 (hotel "A", room null)
      key `hotel, room`: 2 of 5 rows are not unique
        row 3 (hotel "B", room 1)
        row 5 (hotel "B", room 1)
    "#);
}

#[test]
fn each_kind_of_check_has_its_text() {
    let text = |values: &[Option<&str>]| Series::new("value".into(), values);
    let long = "x".repeat(70);

    assert_snapshot!(checked(&[Check::Max(Bound::Float(0.5))], ColumnType::Float64, Series::new("".into(), [0.5, 0.75])), @r"
    model `bookings` breaks its contract:
      column `value`: 1 of 2 rows breaks check `max = 0.5`
        row 2: 0.75
    ");
    assert_snapshot!(checked(&[Check::OneOf(&["BB", "HB"])], ColumnType::String, text(&[Some("BB"), None, Some("FB")])), @r#"
    model `bookings` breaks its contract:
      column `value`: 1 of 3 rows breaks check `one_of("BB", "HB")`
        row 3: "FB"
    "#);
    assert_snapshot!(checked(&[Check::Matches("^[A-Z]{3}$")], ColumnType::String, text(&[Some("CHE"), None, Some(&long)])), @r#"
    model `bookings` breaks its contract:
      column `value`: 1 of 3 rows breaks check `matches = "^[A-Z]{3}$"`
        row 3: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"
    "#);
    assert_snapshot!(checked(&[Check::NotEmpty], ColumnType::String, text(&[Some(""), None])), @r#"
    model `bookings` breaks its contract:
      column `value`: 1 of 2 rows breaks check `not_empty`
        row 1: ""
    "#);
    assert_snapshot!(checked(&[Check::Unique], ColumnType::String, text(&[Some("a"), None, None, Some("a")])), @r#"
    model `bookings` breaks its contract:
      column `value`: 2 of 4 rows break check `unique`
        row 1: "a"
        row 4: "a"
    "#);
    assert_snapshot!(checked(&[Check::Finite], ColumnType::Float64, Series::new("".into(), [f64::NAN, 1.0, f64::NEG_INFINITY])), @r"
    model `bookings` breaks its contract:
      column `value`: 2 of 3 rows break check `finite`
        row 1: NaN
        row 3: -inf
    ");
}

#[test]
fn a_check_that_makes_no_sense_for_its_column_is_a_fault_of_its_own() {
    let flag = || Series::new("".into(), [true]);
    let whole = || Series::new("".into(), [1_i64]);
    let text = || Series::new("".into(), ["a"]);

    assert_snapshot!(checked(&[Check::Min(Bound::Int(0))], ColumnType::Boolean, flag()), @r"
    model `bookings` breaks its contract:
      column `value`: check `min = 0` cannot be made: boolean values cannot be compared with 0
    ");
    assert_snapshot!(checked(&[Check::Max(Bound::Float(0.5))], ColumnType::Int64, whole()), @r"
    model `bookings` breaks its contract:
      column `value`: check `max = 0.5` cannot be made: int64 values cannot be compared with 0.5
    ");
    assert_snapshot!(checked(&[Check::Finite], ColumnType::Int64, whole()), @r"
    model `bookings` breaks its contract:
      column `value`: check `finite` cannot be made: it is for floats, and the column is int64
    ");
    assert_snapshot!(checked(&[Check::OneOf(&["1"])], ColumnType::Int64, whole()), @r#"
    model `bookings` breaks its contract:
      column `value`: check `one_of("1")` cannot be made: it is for text, and the column is int64
    "#);
    assert_snapshot!(checked(&[Check::Matches("(")], ColumnType::String, text()), @r#"
    model `bookings` breaks its contract:
      column `value`: check `matches = "("` cannot be made: the pattern is no regular expression: unclosed group
    "#);
}

#[test]
fn bounds_hold_for_days_times_and_text() {
    let days = || Series::new("".into(), [16_617, 16_618]).cast(&DataType::Date).unwrap();
    let times = |zone| {
        let ty = DataType::Datetime(TimeUnit::Microseconds, zone);
        Series::new("".into(), [1_435_708_800_000_000_i64]).cast(&ty).unwrap()
    };

    assert_snapshot!(checked(&[Check::Min(Bound::Text("2015-07-02"))], ColumnType::Date, days()), @r#"
    model `bookings` breaks its contract:
      column `value`: 1 of 2 rows breaks check `min = "2015-07-02"`
        row 1: 2015-07-01
    "#);
    assert_snapshot!(checked(&[Check::Max(Bound::Text("2015-06-30T23:59:59"))], ColumnType::Datetime, times(None)), @r#"
    model `bookings` breaks its contract:
      column `value`: 1 of 1 row breaks check `max = "2015-06-30T23:59:59"`
        row 1: 2015-07-01 00:00:00
    "#);
    let instants = times(Some(TimeZone::UTC));
    assert_eq!(checked(&[Check::Max(Bound::Text("2015-07-01"))], ColumnType::Instant, instants), "kept");
    let texts = Series::new("".into(), ["b", "é"]);
    assert_snapshot!(checked(&[Check::Max(Bound::Text("z"))], ColumnType::String, texts), @r#"
    model `bookings` breaks its contract:
      column `value`: 1 of 2 rows breaks check `max = "z"`
        row 2: "é"
    "#);
}

#[test]
fn a_bound_outside_the_type_is_beyond_all_values_or_none() {
    let bytes = || Series::new("".into(), [Some(0_u8), None]);

    assert_eq!(checked(&[Check::Min(Bound::Int(-1))], ColumnType::UInt8, bytes()), "kept");
    assert_eq!(checked(&[Check::Max(Bound::Int(300))], ColumnType::UInt8, bytes()), "kept");
    assert_snapshot!(checked(&[Check::Min(Bound::Int(300))], ColumnType::UInt8, bytes()), @r"
    model `bookings` breaks its contract:
      column `value`: 1 of 2 rows breaks check `min = 300`
        row 1: 0
    ");
}

#[test]
fn only_finite_forbids_nan() {
    let values = Series::new("".into(), [f64::NAN]);
    let bounds = &[Check::Min(Bound::Int(0)), Check::Max(Bound::Int(1))];

    assert_eq!(checked(bounds, ColumnType::Float64, values), "kept");
}

#[test]
fn columns_are_widened_where_nothing_is_lost() {
    use ColumnType::*;
    let milliseconds = DataType::Datetime(TimeUnit::Milliseconds, None);
    let cases = [
        (DataType::Int8, Int16),
        (DataType::UInt8, Int16),
        (DataType::Int32, Int64),
        (DataType::UInt32, Int64),
        (DataType::UInt32, UInt64),
        (DataType::Float32, Float64),
        (DataType::UInt32, Float64),
        (milliseconds, Datetime),
    ];
    for (from, to) in cases {
        let values = Series::new("".into(), [1_i8, 2]).cast(&from).unwrap();
        assert_eq!(checked(&[], to, values), "kept", "{from} to {to}");
    }
    assert_eq!(checked(&[], Datetime, Series::full_null("".into(), 3, &DataType::Null)), "kept");
}

#[test]
fn columns_are_not_cast_where_something_may_be_lost() {
    use ColumnType::*;
    let nanoseconds = DataType::Datetime(TimeUnit::Nanoseconds, None);
    let local = DataType::Datetime(TimeUnit::Microseconds, None);
    let cases = [
        (DataType::Int64, Int32),
        (DataType::Int32, UInt64),
        (DataType::UInt64, Int64),
        (DataType::Int64, Float64),
        (DataType::Float64, Float32),
        (DataType::Float64, Int64),
        (nanoseconds, Datetime),
        (local, Instant),
    ];
    for (from, to) in cases {
        let values = Series::new("".into(), [1_i8, 2]).cast(&from).unwrap();
        assert!(checked(&[], to, values).contains("without loss; cast it in the task"), "{from} to {to}");
    }
}

#[test]
fn rows_are_put_in_order_with_nulls_first_and_equals_as_they_were() {
    const ORDERED: TableSchema = TableSchema {
        order_by: &[OrderBy { column: "country", descending: true }, OrderBy { column: "nights", descending: false }],
        ..BOOKINGS
    };
    let countries = [Some("AT"), Some("CH"), None, Some("CH"), Some("CH")];
    let frame = bookings(&[1, 2, 3, 4, 5], &[Some(1), Some(2), Some(9), Some(1), Some(2)], &countries);

    let ordered = enforce(&ORDERED, frame).unwrap();

    let ids: Vec<i64> = ordered.column("id").unwrap().i64().unwrap().into_no_null_iter().collect();
    assert_eq!(ids, [3, 4, 2, 5, 1]);
}

#[test]
fn faults_can_be_matched_on() {
    let breach = enforce(&BOOKINGS, bookings(&[1], &[Some(-1)], &[None])).unwrap_err();

    assert!(matches!(breach.faults(), [Fault::Check { column: "nights", rows, .. }] if rows.count == 1));
}
