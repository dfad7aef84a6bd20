//! The floor: the ETL job of the chain `demand` as one program written by hand over polars, without an orchestrator.
//!
//! ```sh
//! cargo run --release --example plain-etl -- [--streaming|--files] [--times] SOURCE OUT
//! ```
//!
//! It does what has to be done and nothing besides: one lazy query for each table, each table written as soon as it is
//! there and dropped when nothing reads it any more. Nothing is checked, recorded, synced or kept for another time.
//!
//! `--streaming` has the large tables computed by the streaming engine; `--files` keeps no large table in memory at all:
//! each is streamed into its file, and read from there. `--times` says on stderr what each table took.

#![allow(clippy::print_stderr, reason = "a program for its author")]

use std::error::Error;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use mimalloc::MiMalloc;
use polars::prelude::{
    DataFrame, Engine, FileWriteFormat, IntoLazy, LazyFrame, ParquetCompression, ParquetWriteOptions, ParquetWriter,
    PlRefPath, ScanArgsParquet, SinkDestination, SinkTarget, StatisticsOptions, UnifiedSinkArgs,
};
use purvey::polars;

mod facts;
mod reports;

// The same as in the chains: it is no merit of theirs.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut job = Job { out: PathBuf::new(), how: How::Memory, times: false };
    let mut paths = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--streaming" => job.how = How::Streaming,
            "--files" => job.how = How::Files,
            "--times" => job.times = true,
            _ => paths.push(PathBuf::from(argument)),
        }
    }
    let [source, out] = <[PathBuf; 2]>::try_from(paths).map_err(|_| "usage: plain-etl [--streaming] SOURCE OUT")?;
    fs::create_dir_all(&out)?;
    job.out = out;
    job.run(&source)
}

/// How the large tables are computed, and where they are until their last reader has read them.
#[derive(Clone, Copy, PartialEq)]
enum How {
    /// By the in-memory engine, in memory.
    Memory,
    /// By the streaming engine, in memory.
    Streaming,
    /// By the streaming engine, in their files.
    Files,
}

struct Job {
    out: PathBuf,
    how: How,
    times: bool,
}

impl Job {
    fn run(&self, source: &Path) -> Result<()> {
        let raw = self.large("raw_bookings", facts::raw_bookings(source)?)?;
        let typed = self.large("bookings_typed", facts::bookings_typed(raw))?;
        let rejects = self.small("rejects", facts::rejects(typed.clone()))?;
        let bookings = self.large("bookings", facts::bookings(typed))?;

        let days = self.small("daily_occupancy", reports::daily_occupancy(bookings.clone())?)?;
        let months = self.small("monthly_revenue", reports::monthly_revenue(days)?)?;
        let cancellations = self.small("cancellations", reports::cancellations(bookings.clone()))?;
        let countries = self.small("guests_by_country", reports::guests_by_country(bookings.clone())?)?;
        let agents = self.small("agent_ranking", reports::agent_ranking(bookings.clone())?)?;
        let pickup = self.small("pickup_curve", reports::pickup_curve(bookings.clone())?)?;
        let lengths = self.small("los_histogram", reports::los_histogram(bookings.clone())?)?;
        let others = reports::Others { bookings, rejects, cancellations, countries, agents, pickup, lengths };
        let _last = self.small("monthly_report", reports::monthly_report(months, others))?;
        Ok(())
    }

    /// Computes and writes a table that has a row for each booking. What comes back reads it from where it is.
    fn large(&self, name: &str, query: LazyFrame) -> Result<LazyFrame> {
        match self.how {
            How::Memory => self.through_memory(name, query, Engine::InMemory),
            How::Streaming => self.through_memory(name, query, Engine::Streaming),
            How::Files => self.through_file(name, query),
        }
    }

    /// Computes and writes a table of a report.
    fn small(&self, name: &str, query: LazyFrame) -> Result<LazyFrame> {
        let engine = if self.how == How::Memory { Engine::InMemory } else { Engine::Streaming };
        self.through_memory(name, query, engine)
    }

    fn through_memory(&self, name: &str, query: LazyFrame, engine: Engine) -> Result<LazyFrame> {
        let began = Instant::now();
        let mut frame = query.collect_with_engine(engine)?.unwrap_single();
        let computed = began.elapsed();
        write(&mut frame, &self.path(name))?;
        if self.times {
            let written = began.elapsed() - computed;
            eprintln!("{name:18} {computed:8.1?} + {written:8.1?}, {}", memory());
        }
        Ok(frame.lazy())
    }

    fn through_file(&self, name: &str, query: LazyFrame) -> Result<LazyFrame> {
        let began = Instant::now();
        let path = PlRefPath::try_from_pathbuf(self.path(name))?;
        let options = ParquetWriteOptions {
            compression: ParquetCompression::Zstd(None),
            statistics: StatisticsOptions::default(),
            ..ParquetWriteOptions::default()
        };
        let destination = SinkDestination::File { target: SinkTarget::Path(path.clone()) };
        let sink = query.sink(destination, FileWriteFormat::Parquet(options.into()), UnifiedSinkArgs::default())?;
        sink.collect_with_engine(Engine::Streaming)?;
        if self.times {
            eprintln!("{name:18} {:8.1?}, {}", began.elapsed(), memory());
        }
        Ok(LazyFrame::scan_parquet(path, ScanArgsParquet::default())?)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.out.join(format!("{name}.parquet"))
    }
}

fn write(frame: &mut DataFrame, path: &Path) -> Result<()> {
    ParquetWriter::new(File::create(path)?)
        .with_compression(ParquetCompression::Zstd(None))
        .with_statistics(StatisticsOptions::default())
        .finish(frame)?;
    Ok(())
}

/// What is in memory now, and the most that ever was.
fn memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = |key| status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default().trim();
    format!("{} in memory, at most {}", line("VmRSS:"), line("VmHWM:"))
}

/// The bytes of a file, plain where it is compressed by gzip.
fn bytes_of_gzip(path: &Path) -> Result<Option<Vec<u8>>> {
    if path.extension().is_none_or(|ending| ending != "gz") {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(fs::read(path)?.as_slice()).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}
