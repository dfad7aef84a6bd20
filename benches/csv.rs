//! How long a source is read, beside polars' own readers with the same schema and null values, in the same process and in
//! turns; and how much memory each takes, in a process of its own.
//!
//! `cargo bench --bench csv -- [FILE…]` reads files with the columns of the published hotel bookings, plain or gzip; without
//! any, made-up ones of 120,000 and 1,200,000 rows. `--rounds N` says how often.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program that measures prints, and stops at any trouble"
)]

use std::env;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use flate2::read::MultiGzDecoder;
use purvey::model::SourceConfig;
use purvey::polars::prelude::{
    CsvParseOptions, CsvReadOptions, DataFrame, LazyCsvReader, LazyFileListReader, NullValues, PlRefPath, ScanSources,
    Schema, SerReader,
};
use purvey::prelude::Row;
use purvey::source;

#[path = "../models/src/demand.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is part of a library")]
mod demand;

use demand::RawBooking;

type Reader = fn(&Path) -> DataFrame;

/// The readers that are compared; the others' times are given as parts of the first one's.
const READERS: [(&str, Reader); 3] = [("purvey", purvey), ("polars", polars), ("polars lazy", lazy)];

fn purvey(path: &Path) -> DataFrame {
    let options = SourceConfig::default().options(&RawBooking::SCHEMA.source.unwrap());
    source::read(RawBooking::SCHEMA, &options, path).unwrap().frame
}

fn columns() -> Schema {
    RawBooking::SCHEMA.polars().into_iter().filter(|(name, _)| name != "booking_id").collect()
}

fn nulls() -> NullValues {
    NullValues::AllColumns(vec!["NULL".into(), "NA".into()])
}

fn polars(path: &Path) -> DataFrame {
    let options = CsvReadOptions::default()
        .with_schema(Some(columns().into()))
        .with_parse_options(CsvParseOptions::default().with_null_values(Some(nulls())));
    match unpacked(path) {
        Some(text) => options.into_reader_with_file_handle(Cursor::new(text)).finish().unwrap(),
        None => options.try_into_reader_with_file_path(Some(path.to_owned())).unwrap().finish().unwrap(),
    }
}

fn lazy(path: &Path) -> DataFrame {
    let file = path.to_str().unwrap();
    let reader = match unpacked(path) {
        Some(text) => LazyCsvReader::new_with_sources(ScanSources::Buffers([text.into()].into())),
        None => LazyCsvReader::new(PlRefPath::new(file)),
    };
    reader.with_schema(Some(columns().into())).with_null_values(Some(nulls())).finish().unwrap().collect().unwrap()
}

/// The text of a gzip file, which polars as it is built here does not unpack itself.
fn unpacked(path: &Path) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    path.extension().is_some_and(|ending| ending == "gz").then(|| {
        MultiGzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut text).unwrap();
        text
    })
}

fn main() {
    let mut arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [name, path] = arguments.as_slice()
        && let Some((_, read)) = READERS.iter().find(|reader| reader.0 == name)
    {
        let frame = read(Path::new(path));
        println!("{} {}", frame.height(), peak());
        return;
    }
    let mut rounds = 7;
    if let Some(at) = arguments.iter().position(|argument| argument == "--rounds") {
        rounds = arguments[at + 1].parse().unwrap();
        arguments.drain(at..at + 2);
    }
    let folder = tempfile::tempdir().unwrap();
    let mut files: Vec<PathBuf> = arguments.iter().map(PathBuf::from).collect();
    if files.is_empty() {
        files = [120_000, 1_200_000].map(|rows| make(folder.path(), rows)).into();
    }
    println!("| file | reader | rows | chunks | wall ms: median (least–most) | of polars | CPU ms | peak MB |");
    println!("|---|---|---:|---:|---:|---:|---:|---:|");
    for file in &files {
        compare(file, rounds);
    }
}

fn compare(file: &Path, rounds: usize) {
    let mut times = READERS.map(|_| Vec::new());
    let mut shapes = READERS.map(|_| (0, 0));
    for _ in 0..=rounds {
        for (index, (_, read)) in READERS.iter().enumerate() {
            let (begin, cpu_before) = (Instant::now(), cpu());
            let frame = read(file);
            times[index].push((begin.elapsed(), cpu() - cpu_before));
            shapes[index] = (frame.height(), frame.max_n_chunks());
        }
    }
    // The first round warms caches and threads up.
    let medians = times.each_mut().map(|times| {
        times.remove(0);
        times.sort_unstable();
        times[times.len() / 2]
    });
    let best = medians[1..].iter().map(|median| median.0).min().unwrap();
    for (index, (name, _)) in READERS.iter().enumerate() {
        let output = Command::new(env::current_exe().unwrap()).args([name, file.to_str().unwrap()]).output().unwrap();
        let peak: u64 = String::from_utf8(output.stdout).unwrap().split_whitespace().nth(1).unwrap().parse().unwrap();
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        println!(
            "| {} | {name} | {} | {} | {:.0} ({:.0}–{:.0}) | {:.2} | {:.0} | {} |",
            file.file_name().unwrap().display(),
            shapes[index].0,
            shapes[index].1,
            ms(medians[index].0),
            ms(times[index][0].0),
            ms(times[index].last().unwrap().0),
            medians[index].0.as_secs_f64() / best.as_secs_f64(),
            ms(medians[index].1),
            peak >> 20,
        );
    }
}

/// The processor time of this process so far.
fn cpu() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let ticks = stat.rsplit(')').next().unwrap().split_whitespace().skip(11).take(2);
    Duration::from_millis(ticks.map(|ticks| ticks.parse::<u64>().unwrap()).sum::<u64>() * 10)
}

/// The most memory this process had, in bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

/// Bookings as the published file has them, but drawn by lot, the same every time.
fn make(folder: &Path, rows: usize) -> PathBuf {
    let path = folder.join(format!("{rows}.csv"));
    let mut file = std::io::BufWriter::new(fs::File::create(&path).unwrap());
    let names: Vec<String> = columns().iter_names().map(ToString::to_string).collect();
    writeln!(file, "{}", names.join(",")).unwrap();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut draw = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let pick = |texts: &[&'static str], draw: &mut dyn FnMut(u64) -> u64| texts[draw(texts.len() as u64) as usize];
    for _ in 0..rows {
        let month = pick(&["January", "May", "July", "August", "October"], &mut draw);
        let hotel = pick(&["Resort Hotel", "City Hotel"], &mut draw);
        let market = pick(&["Online TA", "Offline TA/TO", "Direct", "Groups"], &mut draw);
        let agent = pick(&["NULL", "9", "240", "14"], &mut draw);
        let kind = pick(&["Transient", "Transient-Party", "Contract"], &mut draw);
        let (lead, week, day) = (draw(500), draw(52) + 1, draw(28) + 1);
        let (nights, adults, rate) = (draw(9), draw(3) + 1, draw(30_000));
        writeln!(
            file,
            "{hotel},{},{lead},2016,{month},{week},{day},{},{nights},{adults},0,0,BB,PRT,{market},TA/TO,0,0,0,A,A,0,No \
             Deposit,{agent},NULL,0,{kind},{}.{:02},0,{},Check-Out,2016-07-{day:02}",
            draw(2),
            draw(3),
            rate / 100,
            rate % 100,
            draw(4),
        )
        .unwrap();
    }
    file.flush().unwrap();
    path
}
