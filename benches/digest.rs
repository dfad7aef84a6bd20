//! How long the digest of a table takes, beside the hash of as many bytes, and beside writing the same table as Parquet.
//!
//! ```sh
//! cargo bench --bench digest
//! ```

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program for its author")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use purvey::digest::Digest;
use purvey::polars::df;
use purvey::polars::prelude::*;

const ROWS: i64 = 2_000_000;

fn main() {
    println!("| {ROWS} rows of | bytes | digest | hash of as many bytes | ratio | Parquet, zstd | ratio |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for (name, mut frame, bytes) in frames() {
        let block = vec![7_u8; bytes];
        let digest = best(|| Digest::of_frame(black_box(&frame)));
        let hash = best(|| Digest::of_bytes(black_box(&block)));
        let parquet = best(|| {
            let mut out = Vec::new();
            let writer = ParquetWriter::new(&mut out).with_compression(ParquetCompression::Zstd(None));
            writer.finish(&mut frame).unwrap();
            out.len()
        });
        let ratio = |other: Duration| digest.as_secs_f64() / other.as_secs_f64();
        let size = format!("{:.1} MB", bytes as f64 / 1e6);
        println!(
            "| {name} | {size} | {digest:.1?} | {hash:.1?} | {:.2} | {parquet:.1?} | {:.2} |",
            ratio(hash),
            ratio(parquet)
        );
    }
}

/// The least of a few times.
fn best<T>(mut work: impl FnMut() -> T) -> Duration {
    let times = (0..7).map(|_| {
        let began = Instant::now();
        black_box(work());
        began.elapsed()
    });
    times.min().unwrap()
}

/// Tables of one column, each with the bytes that its digest is over: the values, and a bit for each row.
fn frames() -> Vec<(&'static str, DataFrame, usize)> {
    let rows = || (0..ROWS).map(|row| row.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as i64));
    let some = |row: i64| row % 10 != 0;
    let date = DataType::Date;
    let short = |row: i64| format!("hotel {}", row.rem_euclid(1000));
    let long = |row: i64| format!("room {row} with a view over the lake");
    let columns: Vec<(&str, Column)> = vec![
        ("i64", Column::new("x".into(), rows().collect::<Vec<_>>())),
        ("i64, a tenth nulls", Column::new("x".into(), rows().map(|row| some(row).then_some(row)).collect::<Vec<_>>())),
        ("f64", Column::new("x".into(), rows().map(|row| row as f64 / 7.0).collect::<Vec<_>>())),
        ("bool", Column::new("x".into(), rows().map(|row| row % 3 == 0).collect::<Vec<_>>())),
        (
            "dates",
            Column::new("x".into(), rows().map(|row| (row % 20_000) as i32).collect::<Vec<_>>()).cast(&date).unwrap(),
        ),
        ("short texts", Column::new("x".into(), rows().map(short).collect::<Vec<_>>())),
        (
            "short texts, a tenth nulls",
            Column::new("x".into(), rows().map(|row| some(row).then(|| short(row))).collect::<Vec<_>>()),
        ),
        ("long texts", Column::new("x".into(), rows().map(long).collect::<Vec<_>>())),
    ];
    let mut frames: Vec<(&str, DataFrame, usize)> =
        columns.into_iter().map(|(name, column)| (name, alone(column.clone()), bytes(&column))).collect();
    let all = df!("i" => rows().collect::<Vec<_>>(), "t" => rows().map(short).collect::<Vec<_>>()).unwrap();
    let size = all.columns().iter().map(bytes).sum();
    frames.push(("i64 and short texts", all, size));
    frames
}

fn alone(column: Column) -> DataFrame {
    DataFrame::new(column.len(), vec![column]).unwrap()
}

fn bytes(column: &Column) -> usize {
    let there = column.len() / 8;
    let values = match column.dtype() {
        DataType::Boolean => column.len() / 8,
        // A text has a byte for its length, or two.
        DataType::String => column.str().unwrap().iter().flatten().map(|text| text.len() + 1).sum(),
        DataType::Date => column.len() * 4,
        _ => column.len() * 8,
    };
    there + values
}
