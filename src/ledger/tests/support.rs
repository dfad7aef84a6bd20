//! Entries to tell stories with. Run 7 begins at 07:00:00, and its id ends with `00000007`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::digest::Digest;
use crate::event::{Checked, Ending, Failure, Severity, State};
use crate::failure::Class;
use crate::fingerprint::{Code, Fingerprint};
use crate::id::{BackfillId, RunId};
use crate::ledger::{
    Attempted, BackfillBegan, Entry, Picked, RangeRecord, ReadRecord, RunBegan, StepDone, VersionRecord,
};
use crate::lineage::{How, Lineage, Origin};
use crate::source::{SourceFile, SourceState};
use crate::store::StoredFile;

pub(super) fn run(number: u32) -> RunId {
    format!("0193f3a8-{number:04}-7000-8000-0000{number:08}").parse().unwrap()
}

/// So many seconds after the run of this number began.
pub(super) fn at(number: u32, seconds: i64) -> DateTime<Utc> {
    let midnight: DateTime<Utc> = "2026-11-21T00:00:00Z".parse().unwrap();
    midnight + TimeDelta::hours(number.into()) + TimeDelta::seconds(seconds)
}

pub(super) fn digest(text: &str) -> Digest {
    Digest::of_bytes(text.as_bytes())
}

pub(super) fn run_began(number: u32, steps: &[&str]) -> RunBegan {
    RunBegan {
        run: run(number),
        chain: "alpine".to_owned(),
        partition: String::new(),
        at: at(number, 0),
        host: "seehof".to_owned(),
        process: 4711,
        request: ["run", "--set", "models.x.path=\"a b\""].map(str::to_owned).to_vec(),
        resumes: None,
        backfill: None,
        steps: steps.iter().map(|task| (*task).to_owned()).collect(),
    }
}

pub(super) fn began(number: u32, steps: &[&str]) -> Entry {
    Entry::RunBegan(run_began(number, steps))
}

pub(super) fn started(number: u32, task: &str, attempt: u32) -> Entry {
    Entry::StepStarted { run: run(number), task: task.to_owned(), attempt, at: at(number, attempt.into()) }
}

pub(super) fn attempted(number: u32, task: &str, attempt: u32, state: State) -> Entry {
    Entry::Attempted(Attempted {
        run: run(number),
        task: task.to_owned(),
        attempt,
        at: at(number, i64::from(attempt) + 1),
        state,
        elapsed: Duration::from_millis(900),
        failure: (state != State::Done).then(failure),
    })
}

pub(super) fn failure() -> Failure {
    let messages = ["room 7: no such \"room\"", "connection was cut"].map(str::to_owned).to_vec();
    Failure { class: Class::Transient, messages }
}

/// A fingerprint with something in every part; `flavour` is in the settings and tells it from others.
pub(super) fn fingerprint(flavour: &str) -> Fingerprint {
    Fingerprint {
        code: Code::Sources(format!("code 1 {}\nfile src/a.rs {}\n", digest("a"), digest("b")).into()),
        contract: BTreeMap::from([("nights".to_owned(), digest("columns of nights"))]),
        settings: BTreeMap::from([("tasks.count.top".to_owned(), flavour.to_owned())]),
        params: BTreeMap::from([("day".to_owned(), Some("2026-11-21".to_owned())), ("hotel".to_owned(), None)]),
        inputs: BTreeMap::from([("bookings".to_owned(), digest("bookings"))]),
        source: Some(SourceState::of(vec![SourceFile {
            name: "b.csv".to_owned(),
            bytes: 12,
            modified: -5,
            inode: u64::MAX,
            settled: true,
            digest: digest("b.csv"),
        }])),
    }
}

/// What the columns of each version are made of.
pub(super) fn lineage() -> Lineage {
    let origin = |column: &str, how| Origin { model: "bookings".into(), column: column.into(), how };
    let nights = [origin("nights", How::Aggregation), origin("paid", How::Conditional)];
    Lineage {
        columns: [("hotel".into(), Some([].into())), ("nights".into(), Some(nights.into())), ("why".into(), None)]
            .into(),
        rows: Some([origin("hotel", How::GroupBy)].into()),
    }
}

/// The version that a task made of the model of its name.
pub(super) fn version(number: u32, task: &str) -> VersionRecord {
    VersionRecord {
        model: task.to_owned(),
        run: run(number),
        task: task.to_owned(),
        at: at(number, 9),
        digest: digest(task),
        rows: Some(u64::from(number)),
        bytes: 800,
        columns: vec![("hotel".to_owned(), "str".to_owned()), ("nights".to_owned(), "i64".to_owned())],
        lineage: Some(Arc::new(lineage())),
        file: Some(StoredFile {
            extension: "parquet".to_owned(),
            bytes: 400,
            modified: 1_763_683_200_123_456_789,
            inode: u64::MAX - 1,
            digest: digest("file"),
        }),
    }
}

/// A check of the model that a task made.
pub(super) fn checked(task: &str, passed: bool) -> Checked {
    Checked {
        model: task.into(),
        check: "rows".into(),
        rule: "rows(min = 1)".to_owned(),
        severity: if passed { Severity::Error } else { Severity::Warn },
        passed,
        failing: Some(u64::from(!passed)),
        measured: Some(0.1),
        min: Some(1.0),
        max: None,
        message: (!passed).then(|| "it has 0 rows,\n\"1\" is the least".to_owned()),
    }
}

/// A step that is done, with a version of the model of its name.
pub(super) fn step_done(number: u32, task: &str) -> StepDone {
    StepDone {
        reads: vec![
            ReadRecord { model: "rooms".to_owned(), version: None, digest: digest("rooms") },
            ReadRecord { model: "bookings".to_owned(), version: Some(run(number)), digest: digest("bookings") },
        ],
        made: vec![version(number, task)],
        checks: vec![checked(task, number.is_multiple_of(2)), Checked { failing: None, ..checked(task, true) }],
        fingerprint: Some(fingerprint(&number.to_string())),
        rows_in: Some(12),
        rows_out: Some(u64::from(number)),
        peak_memory: Some(1 << 40),
        ..step_ended(number, task, State::Done)
    }
}

/// A step that ended without having made anything.
pub(super) fn step_ended(number: u32, task: &str, state: State) -> StepDone {
    StepDone {
        run: run(number),
        partition: String::new(),
        task: task.to_owned(),
        at: at(number, 10),
        state,
        elapsed: Duration::from_micros(1_500_000),
        why: "it was never run".to_owned(),
        reused: (state == State::Reused).then(|| run(1)),
        rows_in: None,
        rows_out: None,
        peak_memory: None,
        reads: Vec::new(),
        made: Vec::new(),
        checks: Vec::new(),
        fingerprint: None,
        failure: (state == State::Failed).then(failure),
        blamed: (state == State::Skipped).then(|| "clean".to_owned()),
    }
}

pub(super) fn done(number: u32, task: &str) -> Entry {
    Entry::StepEnded(Box::new(step_done(number, task)))
}

pub(super) fn ended(number: u32, task: &str, state: State) -> Entry {
    Entry::StepEnded(Box::new(step_ended(number, task, state)))
}

pub(super) fn published(number: u32, versions: &[(&str, u32)]) -> Entry {
    Entry::Published {
        run: run(number),
        partition: String::new(),
        at: at(number, 20),
        versions: versions.iter().map(|(model, by)| ((*model).to_owned(), run(*by))).collect(),
    }
}

pub(super) fn run_ended(number: u32, ending: Ending) -> Entry {
    Entry::RunEnded { run: run(number), ending, at: at(number, 30) }
}

/// A run in which each of these tasks was done, and all is published.
pub(super) fn good_run(number: u32, tasks: &[&str]) -> Vec<Entry> {
    let mut entries = vec![began(number, tasks)];
    for task in tasks {
        entries.extend([started(number, task, 1), attempted(number, task, 1, State::Done), done(number, task)]);
    }
    let versions: Vec<(&str, u32)> = tasks.iter().map(|task| (*task, number)).collect();
    entries.extend([published(number, &versions), run_ended(number, Ending::Done)]);
    entries
}

/// A run that failed: of its tasks the first is done, the second failed twice, and the others were not started.
pub(super) fn failed_run(number: u32, tasks: [&str; 3]) -> Vec<Entry> {
    let [first, second, third] = tasks;
    vec![
        began(number, &tasks),
        started(number, first, 1),
        attempted(number, first, 1, State::Done),
        done(number, first),
        started(number, second, 1),
        attempted(number, second, 1, State::Failed),
        started(number, second, 2),
        attempted(number, second, 2, State::TimedOut),
        ended(number, second, State::Failed),
        ended(number, third, State::Skipped),
        run_ended(number, Ending::Failed),
    ]
}

pub(super) fn backfill(number: u32) -> BackfillId {
    format!("0193f3a8-{number:04}-7000-9000-0000{number:08}").parse().unwrap()
}

/// A backfill of three days and of one more.
pub(super) fn backfill_began(number: u32) -> BackfillBegan {
    let range = |first: &str, last: &str, partitions| RangeRecord {
        first: first.to_owned(),
        last: last.to_owned(),
        partitions,
    };
    BackfillBegan {
        backfill: backfill(number),
        chain: "alpine".to_owned(),
        at: at(number, 0),
        host: "seehof".to_owned(),
        process: 4711,
        request: ["backfill", "--from", "2026-11-01"].map(str::to_owned).to_vec(),
        ends: ("2026-11-01".to_owned(), "2026-11-09".to_owned()),
        picked: Picked::Failed,
        reverse: true,
        jobs: 2,
        ranges: vec![range("2026-11-01", "2026-11-03", 3), range("2026-11-09", "2026-11-09", 1)],
    }
}

pub(super) fn backfilling(number: u32) -> Entry {
    Entry::BackfillBegan(backfill_began(number))
}

/// The run of a partition as part of a backfill.
pub(super) fn began_for(number: u32, of: u32, partition: &str) -> Entry {
    let backfill = Some(backfill(of));
    Entry::RunBegan(RunBegan { backfill, partition: partition.to_owned(), ..run_began(number, &["count"]) })
}

pub(super) fn not_begun(number: u32, partition: &str) -> Entry {
    let messages = vec!["another run has it".to_owned()];
    Entry::RunNotBegun { backfill: backfill(number), partition: partition.to_owned(), at: at(number, 5), messages }
}

pub(super) fn stop_asked(number: u32) -> Entry {
    Entry::StopAsked { backfill: backfill(number), at: at(number, 6) }
}

pub(super) fn backfill_ended(number: u32, ending: Ending) -> Entry {
    Entry::BackfillEnded { backfill: backfill(number), ending, at: at(number, 40) }
}

pub(super) fn resumed(number: u32, sitting: u32) -> Entry {
    let host = "kulm".to_owned();
    Entry::BackfillResumed { backfill: backfill(number), sitting, at: at(number, 50), host, process: 42 }
}
