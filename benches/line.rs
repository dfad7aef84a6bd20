//! Large tables in a line, each made of the one before: how many of them are in memory at a time.
//!
//! ```sh
//! cargo build --release --example bench-line
//! target/release/examples/bench-line --tables 20 --megabytes 200            # a line
//! target/release/examples/bench-line --tables 8 --megabytes 200 --wide      # all made of the first, and read by the last
//! target/release/examples/bench-line --tables 20 --megabytes 200 --stored   # and all of them are stored
//! ```
//!
//! Prints one line of JSON: the most memory that was resident, in bytes and in tables.

#![allow(clippy::print_stdout, reason = "a program whose result is a line")]

use std::error::Error;
use std::fs;
use std::sync::Arc;

use clap::Parser;
use purvey::polars::prelude::Column;
use purvey::prelude::*;
use purvey::run::{Jobs, RunOptions};
use purvey::store::FolderStore;
use purvey::task::{Call, ModelRef, Task};
use serde_json::json;
use tikv_jemallocator::Jemalloc;

/// As in the binaries of chains.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[derive(Parser)]
struct Arguments {
    /// How many tables.
    #[arg(long, default_value_t = 20)]
    tables: usize,
    /// How large each of them is.
    #[arg(long, default_value_t = 200)]
    megabytes: usize,
    /// How many tasks at a time.
    #[arg(long, default_value_t = 1)]
    jobs: usize,
    /// All but the first and the last are made of the first, and the last of all.
    #[arg(long)]
    wide: bool,
    /// Store the tables in a folder.
    #[arg(long)]
    stored: bool,
}

/// A number.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "numbers")]
struct Number {
    value: i64,
}

/// Makes a table of what it reads.
struct Link {
    name: String,
    reads: Vec<ModelRef>,
    provides: [ModelRef; 1],
    rows: i64,
}

impl Task for Link {
    fn name(&self) -> &str {
        &self.name
    }

    fn requires(&self) -> &[ModelRef] {
        &self.reads
    }

    fn provides(&self) -> &[ModelRef] {
        &self.provides
    }

    fn run(&self, call: &Call<'_>) -> Result<()> {
        let mut made = call.provide::<Table<Number>>(0)?;
        if self.reads.is_empty() {
            return made.put(DataFrame::new(
                self.rows as usize,
                vec![Column::new("value".into(), (0..self.rows).collect::<Vec<_>>())],
            )?);
        }
        // Of several, one is enough to make the next of.
        let read = call.require::<Table<Number>>(0)?;
        made.put(read.scan().select([col(Number::VALUE) + lit(1)]))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let rows = (arguments.megabytes * 1_000_000 / 8) as i64;
    let model = |number: usize| ModelRef::named::<Table<Number>>(format!("m{number}"));
    let reads = |number: usize| match number {
        0 => vec![],
        last if arguments.wide && last + 1 == arguments.tables => (1..last).map(model).collect(),
        _ if arguments.wide => vec![model(0)],
        _ => vec![model(number - 1)],
    };
    let link = |number| Link { name: format!("t{number}"), reads: reads(number), provides: [model(number)], rows };
    let tasks: Vec<Link> = (0..arguments.tables).map(link).collect();
    let options = RunOptions { jobs: Jobs::new(arguments.jobs), ..RunOptions::default() };
    let mut chain = Orchestrator::new(JobContext::new("line"), tasks, Sections::models()).with_options(options);
    let folder = tempfile::tempdir()?;
    if arguments.stored {
        chain = chain.with_store(Arc::new(FolderStore::new(folder.path())));
    }
    fs::write("/proc/self/clear_refs", "5")?;
    let is_done = chain.run()?.is_done();
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let peak: f64 = peak.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0;
    println!("{}", json!({ "ok": is_done, "peak_bytes": peak, "peak_tables": peak / (rows * 8) as f64 }));
    Ok(())
}
