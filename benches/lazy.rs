//! A wide table of which a report needs little: what it saves to hand a query on instead of the table.
//!
//! ```sh
//! cargo build --release --example bench-lazy
//! target/release/examples/bench-lazy --rows 2000000                       # the table is handed on as a query
//! target/release/examples/bench-lazy --rows 2000000 --hand-over memory    # and as it is
//! ```
//!
//! The table has thirty columns, each of which takes some computing; a report sums up five. Prints one line of JSON.

#![allow(clippy::print_stdout, reason = "a program whose result is a line")]

use std::error::Error;
use std::time::Instant;

use clap::Parser;
use purvey::polars::prelude::{Column, IntoLazy};
use purvey::prelude::*;
use purvey::section::Section;
use serde_json::json;
use tikv_jemallocator::Jemalloc;

/// As in the binaries of chains.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[derive(Parser)]
struct Arguments {
    /// How many rows the table has.
    #[arg(long, default_value_t = 2_000_000)]
    rows: u32,
    /// How it is handed over: `lazy`, `memory` or `stored`.
    #[arg(long, default_value = "lazy")]
    hand_over: String,
}

/// A table of thirty columns.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "wide", hand_over = "lazy")]
struct Wide {
    c01: f64,
    c02: f64,
    c03: f64,
    c04: f64,
    c05: f64,
    c06: f64,
    c07: f64,
    c08: f64,
    c09: f64,
    c10: f64,
    c11: f64,
    c12: f64,
    c13: f64,
    c14: f64,
    c15: f64,
    c16: f64,
    c17: f64,
    c18: f64,
    c19: f64,
    c20: f64,
    c21: f64,
    c22: f64,
    c23: f64,
    c24: f64,
    c25: f64,
    c26: f64,
    c27: f64,
    c28: f64,
    c29: f64,
    c30: f64,
}

/// What the report says of it.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "narrow")]
struct Narrow {
    sum: f64,
}

#[task]
fn wide(job: &JobContext, wide: &mut Table<Wide>) -> Result<()> {
    let rows: u32 = job.param("rows")?.unwrap_or_default();
    let numbers = DataFrame::new(
        rows as usize,
        vec![Column::new("number".into(), (0..rows).map(f64::from).collect::<Vec<_>>())],
    )?;
    let computed = |column: i32| {
        let number = col("number") + lit(f64::from(column));
        (number.clone().sqrt() * lit(1.25) + number.pow(lit(0.3))).alias(format!("c{column:02}"))
    };
    wide.put(numbers.lazy().select((1..=30).map(computed).collect::<Vec<_>>()))
}

#[task]
fn narrow(wide: &Table<Wide>, narrow: &mut Table<Narrow>) -> Result<()> {
    let five = [Wide::C01, Wide::C02, Wide::C03, Wide::C04, Wide::C05];
    let sum = five.into_iter().map(|column| col(column).sum()).reduce(|sum, column| sum + column);
    narrow.put(wide.scan().select(sum.map(|sum| sum.alias(Narrow::SUM.name())).into_iter().collect::<Vec<_>>()))
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let models = Sections::models().with("wide", Section::default().with("hand_over", arguments.hand_over.as_str()));
    let job = JobContext::new("wide").with_param("rows", arguments.rows.to_string());
    let mut chain = Orchestrator::new(job, tasks![wide, narrow], models).keep::<Table<Narrow>>();
    let began = Instant::now();
    let mut outcome = chain.run()?;
    let elapsed = began.elapsed();
    let narrow = outcome.take::<Table<Narrow>>().ok_or("there is no report")?;
    let sum = narrow.rows().map_err(|error| error.to_string())?[0].sum;
    println!("{}", json!({ "ok": outcome.is_done(), "run_s": elapsed.as_secs_f64(), "sum": sum }));
    Ok(())
}
