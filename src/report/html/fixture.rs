//! A run and a series of runs that the tests of this module share.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::digest::Digest;
use crate::event::{Checked, Ending, Failure, Severity, State};
use crate::failure::Class;
use crate::id::RunId;
use crate::ledger::{AttemptRecord, ReadRecord, RunRecord, StepRecord, VersionRecord};
use crate::model::Description;
use crate::partition::Partitioning;
use crate::report::draw::{Drawing, Node, NodeKind};
use chrono::{DateTime, TimeDelta, Utc};

fn at(millis: i64) -> DateTime<Utc> {
    "2026-11-21T02:30:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::milliseconds(millis)
}

fn run_id(last: u32) -> RunId {
    format!("0193f3a8-5b1e-7c3a-9d4e-2f6a{last:08x}").parse().unwrap()
}

fn run(last: u32, ending: Option<Ending>) -> RunRecord {
    RunRecord {
        run: run_id(last),
        chain: "lodge".to_owned(),
        partition: String::new(),
        began: at(i64::from(last) * 60_000),
        ended: Some(at(i64::from(last) * 60_000 + 3_420)),
        ending,
        published: ending == Some(Ending::Done),
        host: "night".to_owned(),
        process: 7,
        request: vec!["run".to_owned()],
        resumes: None,
        backfill: None,
        counts: vec![(State::Done, 1), (State::Failed, 1), (State::Skipped, 1)],
    }
}

fn step(task: &str, state: State) -> StepRecord {
    StepRecord { state, ..StepRecord::waiting(task.to_owned()) }
}

fn version(model: &str, last: u32, rows: u64, columns: &[(&str, &str)]) -> VersionRecord {
    VersionRecord {
        model: model.to_owned(),
        run: run_id(last),
        task: "list_rooms".to_owned(),
        at: at(1_000),
        digest: Digest::of_bytes(&rows.to_le_bytes()),
        rows: Some(rows),
        bytes: 4_096,
        columns: columns.iter().map(|&(name, ty)| (name.to_owned(), ty.to_owned())).collect(),
        lineage: None,
        file: None,
    }
}

fn attempt(attempt: u32, started: i64, millis: u64, state: State) -> AttemptRecord {
    let failure = (state == State::Failed).then(|| failure("timed out <again>"));
    AttemptRecord { attempt, started: at(started), state, elapsed: Duration::from_millis(millis), failure }
}

fn failure(message: &str) -> Failure {
    Failure { class: Class::Transient, messages: vec![message.to_owned(), "the line\nwas cut".to_owned()] }
}

/// A run of three tasks, the second of which fails twice and has an awkward name.
fn steps() -> Vec<StepRecord> {
    let made = version("rooms", 1, 12, &[("number", "int32"), ("view", "string")]);
    let passed = Checked {
        model: "rooms".into(),
        check: "rows".into(),
        rule: "rows(min = 1)".to_owned(),
        severity: Severity::Error,
        passed: true,
        failing: None,
        measured: Some(12.0),
        min: Some(1.0),
        max: None,
        message: None,
    };
    let warned = Checked {
        check: "unique_view".into(),
        rule: "unique(\"view\")".to_owned(),
        severity: Severity::Warn,
        passed: false,
        failing: Some(2),
        measured: None,
        min: None,
        message: Some("2 of 12 rows are not unique in `view`\n  row 3 and 1 other row: <sea>".to_owned()),
        ..passed.clone()
    };
    vec![
        StepRecord {
            started: Some(at(60_000)),
            ended: Some(at(61_000)),
            elapsed: Duration::from_millis(1_000),
            why: "code of `list_rooms` changed".to_owned(),
            rows_out: Some(12),
            peak_memory: Some(3 << 20),
            attempts: vec![attempt(1, 60_000, 1_000, State::Done)],
            made: vec![made],
            checks: vec![passed, warned],
            ..step("list_rooms", State::Done)
        },
        StepRecord {
            started: Some(at(61_500)),
            ended: Some(at(63_400)),
            elapsed: Duration::from_millis(900),
            attempts: vec![attempt(1, 61_500, 400, State::Failed), attempt(2, 62_900, 500, State::Failed)],
            reads: vec![ReadRecord {
                model: "rooms".to_owned(),
                version: Some(run_id(1)),
                digest: Digest::of_bytes(b""),
            }],
            failure: Some(failure("the <rates> cannot be had")),
            ..step("a & \"b\"", State::Failed)
        },
        StepRecord { blamed: Some("a & \"b\"".to_owned()), ..step("report", State::Skipped) },
    ]
}

fn drawing() -> Drawing {
    let mut drawing = Drawing::new("lodge");
    drawing.node(Node {
        id: "task:list_rooms".to_owned(),
        label: "list_rooms".to_owned(),
        sub: String::new(),
        kind: NodeKind::Task,
        group: None,
        state: Some(State::Done),
    });
    drawing
}

/// The page of a run of three tasks, of which one fails.
pub(super) fn page_of_run() -> String {
    let (run, steps) = (run(1, Some(Ending::Failed)), steps());
    let rows = vec![vec![Some("1".to_owned()), Some("<b>lake</b>".to_owned())], vec![Some("2".to_owned()), None]];
    let model = ModelPart {
        version: steps[0].made[0].clone(),
        reused: false,
        before: Some(version("rooms", 0, 10, &[("number", "int64"), ("door", "string")])),
        description: Some(Description::new("rooms", "The rooms of the *lodge*.")),
        set_aside: true,
        head: Head::Rows { columns: vec!["number".to_owned(), "view".to_owned()], rows },
    };
    let page = RunPage {
        run: &run,
        ending: run.ending,
        took: Some(Duration::from_millis(3_420)),
        until: at(63_420),
        asked: "lodge run".to_owned(),
        resume: Some("lodge resume 00000001".to_owned()),
        steps: &steps,
        groups: BTreeMap::from([("list_rooms".to_owned(), "house".to_owned()), ("report".to_owned(), String::new())]),
        drawing: Ok(drawing()),
        models: vec![model],
    };
    page.render()
}

fn line(last: u32, partition: &str, ending: Ending) -> RunLine {
    let failed = Failed {
        task: "count".to_owned(),
        state: State::Failed,
        failure: Some(failure("`beds` breaks <its> contract\nrow 3")),
    };
    RunLine {
        run: RunRecord { partition: partition.to_owned(), ..run(last, Some(ending)) },
        ending: Some(ending),
        took: (ending != Ending::Killed).then_some(Duration::from_secs(last.into())),
        failed: if ending == Ending::Failed { vec![failed] } else { vec![] },
    }
}

/// The page over four runs.
pub(super) fn page_of_runs(partitioning: Option<Partitioning>) -> String {
    let lines = || {
        vec![
            line(4, "2026-11-22", Ending::Done),
            line(3, "2026-11-21", Ending::Failed),
            line(2, "2026-11-19", Ending::Killed),
            line(1, "2026-11-18", Ending::Done),
        ]
    };
    let points = [("2026-11-18", 10), ("2026-11-22", 12)].map(|(at, rows)| Point { at: at.to_owned(), rows });
    let page = RunsPage {
        chain: "lodge".to_owned(),
        runs: lines(),
        on_record: 9,
        calendar: partitioning.map(|partitioning| Calendar { partitioning, last: lines() }),
        series: vec![Series { model: "rooms".to_owned(), points: points.into() }],
        models_left_out: 1,
    };
    page.render()
}
