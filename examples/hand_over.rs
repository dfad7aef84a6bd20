//! What each hand-over of a table costs: time and peak memory of a small chain, as whole processes.
//!
//! ```text
//! cargo run --release --example hand_over [ROWS] [FOLDER]
//! ```
//!
//! Makes a Parquet file of so many rows (default 5,000,000), and runs a chain over it once for each
//! hand-over, each in a process of its own: a task that derives a table from the file, and one that reads three of its
//! columns. The peak is that of the process, as Linux tells it.

#![allow(clippy::print_stdout, reason = "it is a program that prints")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use purvey::Section;
use purvey::polars::df;
use purvey::polars::io::parquet::write::ParquetWriter;
use purvey::polars::prelude::{Expr, LazyFrame, PlRefPath, ScanArgsParquet};
use purvey::prelude::*;
use purvey::store::FolderStore;

/// A table of a few columns that are computed, and as many that are carried along.
#[derive(Row)]
#[row(table = "wide")]
struct Wide {
    key: i64,
    a: f64,
    b: f64,
    c: f64,
    d: f64,
    #[check(not_empty)]
    text: String,
    #[check(finite)]
    e: f64,
    f: f64,
    g: f64,
    h: f64,
}

/// A report over it.
#[derive(Row)]
#[row(table = "report", key = "key", order_by = "key")]
struct Report {
    key: i64,
    sum: f64,
}

#[task]
fn wide(job: &JobContext, wide: &mut Table<Wide>) -> Result<()> {
    let input: String = job.param("input")?.ok_or_else(|| Error::new("no input"))?;
    let query = LazyFrame::scan_parquet(PlRefPath::new(input), ScanArgsParquet::default())?;
    let derived = |name: &str, factor: f64| (col("value") * lit(factor)).sqrt().alias(name);
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let derived: Vec<Expr> =
        names.into_iter().zip(1..).map(|(name, factor)| derived(name, f64::from(factor))).collect();
    wide.put(query.with_columns(derived).select(Table::<Wide>::columns()))
}

#[task]
fn report(wide: &Table<Wide>, report: &mut Table<Report>) -> Result<()> {
    let sum = (col(Wide::A) + col(Wide::B)).sum().alias(Report::SUM.name());
    report.put(wide.scan().group_by([col(Wide::KEY) % lit(100)]).agg([sum]))
}

/// Writes the input, a piece at a time.
fn make(path: &Path, rows: i64) -> Result<()> {
    const PIECE: i64 = 100_000;
    let piece = |from: i64| {
        let rows = from..rows.min(from + PIECE);
        df!(
            "key" => rows.clone().collect::<Vec<_>>(),
            "value" => rows.clone().map(|row| row as f64).collect::<Vec<_>>(),
            "text" => rows.map(|row| format!("a text of some length, number {row}")).collect::<Vec<_>>(),
        )
    };
    let mut writer = ParquetWriter::new(std::fs::File::create(path)?).batched(piece(0)?.schema())?;
    for from in (0..rows).step_by(PIECE as usize) {
        writer.write_batch(&piece(from)?)?;
    }
    writer.finish()?;
    Ok(())
}

/// Runs the chain in this process and prints a line.
fn run(hand_over: &str, input: &str, data: &Path) -> Result<()> {
    let models = Sections::models().with("wide", Section::default().with("hand_over", hand_over));
    let job = JobContext::new("hand_over").with_param("input", input);
    let store = Arc::new(FolderStore::new(data));
    let start = Instant::now();
    let outcome = Orchestrator::new(job, tasks![wide, report], models).with_store(store).run()?;
    if !outcome.is_done() {
        return Err(Error::new(format!("{:?}", outcome.steps())));
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown").trim().to_owned();
    println!("{hand_over:<8}  {:>8.2} s  peak {peak}", start.elapsed().as_secs_f64());
    Ok(())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, hand_over, input, data] = &arguments[..]
        && word == "run"
    {
        return run(hand_over, input, Path::new(data));
    }
    let rows = arguments.first().map_or(Ok(5_000_000), |text| text.parse())?;
    let folder = arguments.get(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(folder)?;
    let input = folder.path().join("input.parquet");
    make(&input, rows)?;
    println!("{rows} rows, {} bytes as Parquet", std::fs::metadata(&input)?.len());
    for hand_over in ["memory", "lazy", "stored"] {
        let data = folder.path().join(hand_over);
        let mut program = Command::new(std::env::current_exe()?);
        let status = program.args(["run", hand_over]).arg(&input).arg(&data).status()?;
        if !status.success() {
            return Err(Error::new(format!("{hand_over}: {status}")));
        }
    }
    Ok(())
}
