//! How quickly a ledger takes steps, and how long it takes to answer when it has a long past, beside one that has almost
//! none.
//!
//! ```sh
//! cargo bench --bench ledger             # 10,000 runs of 50 steps: some minutes and about a gigabyte
//! cargo bench --bench ledger -- 1000     # 1,000 runs
//! cargo bench --bench ledger -- 0        # only how quickly steps are taken
//! ```

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program for its author")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use purvey::digest::Digest;
use purvey::event::{Ending, State};
use purvey::fingerprint::{Code, Fingerprint};
use purvey::ledger::{
    Attempted, Entry, Ledger, MemoryLedger, ReadRecord, RunBegan, RunFilter, SqliteLedger, StepDone, VersionRecord,
};
use purvey::store::StoredFile;
use purvey::{RunId, chrono};

const STEPS: usize = 50;
const FLOOR: usize = 10;
const KEPT: usize = 100;

/// Something that is asked of a ledger.
type Question<'a> = &'a dyn Fn(&SqliteLedger);

fn main() {
    // Cargo adds an argument of its own.
    let runs = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(10_000);
    let folder = tempfile::tempdir().unwrap();
    taking(folder.path());
    if runs > 0 {
        asking(folder.path(), runs);
    }
}

/// Steps a second, by how many are written at once.
fn taking(folder: &Path) {
    const MANY: usize = 100_000;
    println!("| steps | at once | bare | with an input and a version |\n|---:|---:|---:|---:|");
    for (steps, at_once) in [(200, 1), (20_000, 100), (MANY, 1000), (MANY, MANY)] {
        let rates = [false, true].map(|has_version| {
            let times = (0..3).map(|time| {
                let path = folder.join(format!("taking-{at_once}-{has_version}.sqlite"));
                take(&path, steps, at_once, has_version, time)
            });
            let (best, busy) = times.min().unwrap();
            let busy = busy.as_secs_f64() * 1e6 / steps as f64;
            format!("{:.0} /s, {busy:.1} µs of the processor each", steps as f64 / best.as_secs_f64())
        });
        println!("| {steps} | {at_once} | {} | {} |", rates[0], rates[1]);
    }
    let memory = MemoryLedger::new();
    let (elapsed, _) = take_into(&memory, MANY, MANY, true, 0);
    println!("| {MANY} | {MANY} | | {:.0} /s in memory |", MANY as f64 / elapsed.as_secs_f64());
    println!();
}

/// The time from the begin of a run to its end, all of it synced.
fn take(path: &Path, steps: usize, at_once: usize, has_version: bool, time: usize) -> (Duration, Duration) {
    take_into(&SqliteLedger::at(path), steps, at_once, has_version, time)
}

fn take_into(
    ledger: &dyn Ledger,
    steps: usize,
    at_once: usize,
    has_version: bool,
    time: usize,
) -> (Duration, Duration) {
    let (run, at) = (RunId::random(), Utc::now());
    let tasks: Vec<String> = (0..steps).map(|number| format!("no_op_{number:06}")).collect();
    let code = Code::Version("1".into());
    let entries: Vec<Entry> = tasks
        .iter()
        .enumerate()
        .flat_map(|(number, task)| {
            let mut entries = step(run, task, at, number + time * steps, &code);
            if let Entry::StepEnded(done) = &mut entries[2] {
                let fingerprint = done.fingerprint.as_mut().unwrap();
                fingerprint.contract.clear();
                fingerprint.settings.clear();
                fingerprint.params.clear();
                fingerprint.inputs.pop_last();
                done.reads.pop();
                if !has_version {
                    fingerprint.inputs.clear();
                    done.reads.clear();
                    done.made.clear();
                }
            }
            entries
        })
        .collect();
    let (began_at, busy_before) = (Instant::now(), busy());
    ledger.append(&[Entry::RunBegan(began(run, tasks, at))]).unwrap();
    for entries in entries.chunks(3 * at_once) {
        ledger.append(entries).unwrap();
    }
    ledger.append(&[Entry::RunEnded { run, ending: Ending::Done, at }]).unwrap();
    (began_at.elapsed(), busy() - busy_before)
}

/// How long this thread has had a processor, which other processes do not change; zero where the system does not tell.
fn busy() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(told.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default())
}

fn asking(folder: &Path, runs: usize) {
    let (large, small) = (folder.join("large.sqlite"), folder.join("small.sqlite"));
    write(&small, FLOOR);
    let began = Instant::now();
    let ids = write(&large, runs);
    println!("{runs} runs of {STEPS} steps written in {:.0?}, one transaction each\n", began.elapsed());

    println!("| | {runs} runs | {FLOOR} runs | ratio |\n|---|---:|---:|---:|");
    let tasks = tasks();
    let tasks: Vec<&str> = tasks.iter().map(String::as_str).collect();
    let filter = RunFilter { limit: Some(20), ..RunFilter::default() };
    let questions: [(&str, Question<'_>); 7] = [
        ("`performed` of 50 tasks", &|ledger| assert_eq!(ledger.performed("", &tasks).unwrap().len(), STEPS)),
        ("`published`", &|ledger| assert_eq!(ledger.published("").unwrap().len(), STEPS)),
        ("`runs`, the last 20", &|ledger| assert!(ledger.runs(&filter).unwrap().len() >= FLOOR)),
        ("`steps` of the last run", &|ledger| {
            let last = ledger.runs(&RunFilter { limit: Some(1), ..RunFilter::default() }).unwrap()[0].run;
            assert_eq!(ledger.steps(last).unwrap().len(), STEPS);
        }),
        ("`versions` of a model, the last 20", &|ledger| {
            assert!(ledger.versions("", tasks[7], 20).unwrap().len() >= FLOOR);
        }),
        ("`needed`", &|ledger| assert_eq!(ledger.needed().unwrap().len(), 1)),
        ("append a run of one step, then forget it", &|ledger| append_and_forget(ledger)),
    ];
    for (name, ask) in questions {
        let [large, small] = [&large, &small].map(|path| median(path, ask));
        let ratio = large.as_secs_f64() / small.as_secs_f64();
        println!("| {name} | {large:.1?} | {small:.1?} | {ratio:.1} |");
    }
    let [large_bytes, small_bytes] = [&large, &small].map(|path| path.metadata().unwrap().len());
    let per_step = |bytes: u64, runs: usize| bytes / (runs * STEPS) as u64;
    println!("| file | {} | {} | |", megabytes(large_bytes), megabytes(small_bytes));
    println!("| file, per step | {} B | {} B | |", per_step(large_bytes, runs), per_step(small_bytes, FLOOR));

    let ledger = SqliteLedger::at(&large);
    let before = ledger.performed("", &tasks).unwrap();
    let began = Instant::now();
    ledger.forget(&ids[..runs - KEPT.min(runs)]).unwrap();
    let elapsed = began.elapsed();
    assert!(ledger.performed("", &tasks).unwrap() == before, "what the next run plans from has changed");
    drop(ledger);
    let left = megabytes(large.metadata().unwrap().len());
    println!("\n`forget` of {} runs: {elapsed:.1?}, after which the file has {left}", runs - KEPT.min(runs));
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// The median of a few times, each with opening the file, as a command does.
fn median(path: &Path, ask: Question<'_>) -> Duration {
    let mut times: Vec<Duration> = (0..21)
        .map(|_| {
            let began = Instant::now();
            ask(&SqliteLedger::at(path));
            began.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

/// A run of its own, of which nothing is left.
fn append_and_forget(ledger: &SqliteLedger) {
    let run = RunId::random();
    ledger.append(&[Entry::RunBegan(began(run, vec!["probe".to_owned()], Utc::now()))]).unwrap();
    ledger.append(&[Entry::StepStarted { run, task: "probe".to_owned(), attempt: 1, at: Utc::now() }]).unwrap();
    ledger.append(&[Entry::RunEnded { run, ending: Ending::Cancelled, at: Utc::now() }]).unwrap();
    ledger.forget(&[run]).unwrap();
}

fn tasks() -> Vec<String> {
    (0..STEPS).map(|number| format!("monthly_report_{number}")).collect()
}

/// Writes so many runs in which every task is done: nothing is ever reused, which makes the largest ledger there can be.
fn write(path: &Path, runs: usize) -> Vec<RunId> {
    let ledger = SqliteLedger::at(path);
    let start: DateTime<Utc> = "2026-11-21T02:30:00Z".parse().unwrap();
    let lines: Vec<String> = (0..100).map(|line| format!("file tasks/src/{line}.rs {}\n", digest(line))).collect();
    let code = Code::Sources(format!("code 1 {}\n{}", digest(0), lines.concat()).into());
    let tasks = tasks();
    (0..runs)
        .map(|number| {
            let run = RunId::random();
            let at = start + TimeDelta::hours(number as i64);
            let mut entries = vec![Entry::RunBegan(began(run, tasks.clone(), at))];
            for (position, task) in tasks.iter().enumerate() {
                let at = at + TimeDelta::seconds(position as i64);
                entries.extend(step(run, task, at, number * STEPS + position, &code));
            }
            let versions = tasks.iter().map(|task| (task.clone(), run)).collect();
            entries.push(Entry::Published { run, partition: String::new(), at, versions });
            entries.push(Entry::RunEnded { run, ending: Ending::Done, at: at + TimeDelta::minutes(1) });
            ledger.append(&entries).unwrap();
            run
        })
        .collect()
}

fn digest(number: usize) -> Digest {
    Digest::of_bytes(&number.to_le_bytes())
}

fn began(run: RunId, steps: Vec<String>, at: DateTime<Utc>) -> RunBegan {
    RunBegan {
        run,
        chain: "bench".to_owned(),
        partition: String::new(),
        at,
        host: "seehof".to_owned(),
        process: 4711,
        request: vec!["run".to_owned()],
        resumes: None,
        backfill: None,
        steps,
    }
}

fn step(run: RunId, task: &str, at: DateTime<Utc>, number: usize, code: &Code) -> [Entry; 3] {
    let elapsed = Duration::from_millis(900);
    let fingerprint = Fingerprint {
        code: code.clone(),
        contract: BTreeMap::from([(task.to_owned(), digest(1))]),
        settings: (0..3).map(|key| (format!("tasks.{task}.setting_{key}"), "12".to_owned())).collect(),
        params: BTreeMap::from([("day".to_owned(), None)]),
        inputs: (0..2).map(|input| (format!("clean_bookings_{input}"), digest(number + input))).collect(),
        source: None,
    };
    let read = |input| ReadRecord {
        model: format!("clean_bookings_{input}"),
        version: Some(run),
        digest: digest(number + input),
    };
    let made = VersionRecord {
        model: task.to_owned(),
        run,
        task: task.to_owned(),
        at,
        digest: digest(number),
        rows: Some(1000),
        bytes: 80_000,
        columns: (0..8).map(|column| (format!("column_{column}"), "f64".to_owned())).collect(),
        lineage: None,
        file: Some(StoredFile {
            extension: "parquet".to_owned(),
            bytes: 40_000,
            modified: 1_763_683_200_123_456_789,
            inode: 123_456,
            digest: digest(number + 7),
        }),
    };
    let task = task.to_owned();
    [
        Entry::StepStarted { run, task: task.clone(), attempt: 1, at },
        Entry::Attempted(Attempted {
            run,
            task: task.clone(),
            attempt: 1,
            at,
            state: State::Done,
            elapsed,
            failure: None,
        }),
        Entry::StepEnded(Box::new(StepDone {
            run,
            partition: String::new(),
            task,
            at,
            state: State::Done,
            elapsed,
            why: "model `clean_bookings_0` has other content: 0123456789ab → ba9876543210".to_owned(),
            reused: None,
            rows_in: Some(2000),
            rows_out: Some(1000),
            peak_memory: Some(1 << 30),
            reads: vec![read(0), read(1)],
            made: vec![made],
            checks: Vec::new(),
            fingerprint: Some(fingerprint),
            failure: None,
            blamed: None,
        })),
    ]
}
