use insta::assert_snapshot;
use polars::df;
use polars::prelude::{IpcWriter, ParquetWriter, SerWriter};

use super::*;

pub(super) fn parquet(mut frame: DataFrame) -> Vec<u8> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    bytes
}

#[test]
fn parquet_and_ipc_are_read_by_name_and_widened() {
    const NUMBERED: TableSchema = table(&[
        ColumnSchema { row_number: true, ..column("number", ColumnType::Int64) },
        ColumnSchema { from: Some("Hotel"), ..column("hotel", ColumnType::String) },
        column("nights", ColumnType::Int32),
    ]);
    let mut frame = df!("nights" => [1_i16, 2], "Hotel" => ["A", "B"]).unwrap();
    let mut ipc = Vec::new();
    IpcWriter::new(&mut ipc).finish(&mut frame).unwrap();
    let input = Input::new();
    input.add("1.parquet", parquet(frame));
    input.add("2.arrow", ipc);

    let read = read(&NUMBERED, &options(), input.path()).unwrap();

    assert_snapshot!(lines(&read.frame), @r#"
    1 | "A" | 1
    2 | "B" | 2
    3 | "A" | 1
    4 | "B" | 2
    "#);
}

#[test]
fn wrong_columns_are_all_told_at_once() {
    let frame = df!("hotel" => [1_i64], "nights" => [1_i64], "guests" => [1_i64]).unwrap();

    assert_snapshot!(refused(&STAYS, &options(), "stays.parquet", parquet(frame)), @r"
    failed to read `DIR/stays.parquet`: its columns are not those of `stays`:
      column `hotel` is int64 and cannot become string without loss
      column `nights` is int64 and cannot become int32 without loss
      column `rate` is missing
      column `guests` has no field in the row type; add one
    ");
}

#[test]
fn a_null_needs_an_option_or_is_rejected() {
    let frame = df!("hotel" => ["A", "B"], "nights" => [Some(1), None], "rate" => [None, Some(0.5)]).unwrap();
    let keeping = SourceOptions { keep_rejects: true, ..options() };

    let kept = accepted(&STAYS, &keeping, "stays.parquet", parquet(frame.clone()));

    assert_snapshot!(refused(&STAYS, &options(), "stays.parquet", parquet(frame)), @"failed to read `DIR/stays.parquet`: row 2, column `nights`: is null, and the field is not an `Option`");
    assert_snapshot!(lines(&kept.frame), @r#""A" | 1 | null"#);
    assert_eq!(kept.rejects.height(), 1);
}

#[test]
fn a_file_that_is_no_parquet_is_refused() {
    assert_snapshot!(refused(&STAYS, &options(), "stays.parquet", "hotel,nights,rate\n"), @"failed to read `DIR/stays.parquet`: it is no readable Parquet file: parquet: File out of specification: The file must end with PAR1");
}
