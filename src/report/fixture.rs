//! The events of three runs, told once for all tests of this module.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::event::{Committed, Ending, Event, Fact, Failure, Listener, Published, State, StepEnd, StepInfo};
use crate::failure::Class;
use crate::id::{RunId, TaskId};

const STEPS: [(&str, &str); 5] = [
    ("ingest", "read_bookings"),
    ("process", "clean_bookings"),
    ("process", "daily_occupancy"),
    ("reports/monthly", "monthly_revenue"),
    ("", "archive"),
];

/// The clock of the told runs.
pub(crate) fn start() -> DateTime<Utc> {
    "2026-11-21T02:30:00Z".parse().unwrap()
}

/// The run of the told events.
pub(crate) fn run_id() -> RunId {
    "0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e".parse().unwrap()
}

/// A run as it is told, one fact a second.
pub(crate) struct Story(Vec<Event>);

impl Story {
    fn begin() -> Story {
        let step = |(index, (group, name)): (usize, &(&str, &str))| StepInfo {
            task: TaskId::new(index),
            name: Arc::from(*name),
            group: Arc::from(*group),
        };
        Story(Vec::new()).tell(Fact::RunStarted {
            chain: "alpine".into(),
            partition: None,
            steps: STEPS.iter().enumerate().map(step).collect(),
        })
    }

    fn tell(mut self, fact: Fact) -> Story {
        let at = start() + TimeDelta::seconds(self.0.len() as i64);
        self.0.push(Event { run: run_id(), at, fact });
        self
    }

    fn started(self, task: usize) -> Story {
        self.tell(Fact::StepStarted { task: TaskId::new(task), name: STEPS[task].1.into(), attempt: 1 })
    }

    fn ended(self, task: usize, state: State, change: impl FnOnce(&mut StepEnd)) -> Story {
        let mut end = StepEnd {
            task: TaskId::new(task),
            name: STEPS[task].1.into(),
            state,
            elapsed: Duration::ZERO,
            attempts: 1,
            why: None,
            reused: None,
            rows_in: None,
            rows_out: None,
            peak_memory: None,
            committed: Vec::new(),
            checks: Vec::new(),
            failure: None,
            blamed: None,
        };
        change(&mut end);
        self.tell(Fact::StepEnded(end))
    }

    fn done(self, task: usize, millis: u64, rows: [Option<u64>; 2]) -> Story {
        self.started(task).ended(task, State::Done, |end| {
            end.elapsed = Duration::from_millis(millis);
            [end.rows_in, end.rows_out] = rows;
            end.peak_memory = Some((40 + millis / 4) << 20);
            let model = end.name.replace("read_", "raw_").into();
            end.committed =
                vec![Committed { model, rows: rows[1], bytes: 4096, stored_bytes: Some(512), lineage: None }];
        })
    }

    fn retried(self, task: usize, attempt: u32) -> Story {
        self.started(task).tell(Fact::StepRetried {
            task: TaskId::new(task),
            name: STEPS[task].1.into(),
            attempt,
            attempts: 3,
            failure: transient(),
            delay: Duration::from_secs(u64::from(attempt)),
        })
    }

    fn reused(self, task: usize, rows: Option<u64>) -> Story {
        self.ended(task, State::Reused, |end| {
            (end.attempts, end.rows_out) = (0, rows);
            end.why = Some("up to date since run 2e0c1d8b of 2026-11-20T02:30:00Z".into());
            end.reused = Some("0193f3a8-5b1e-7c3a-9d4e-2f6a2e0c1d8b".parse().unwrap());
        })
    }

    fn failed(self, task: usize, class: Class, messages: &[&str]) -> Story {
        let messages = messages.iter().copied().map(str::to_owned).collect();
        self.started(task).ended(task, State::Failed, |end| {
            end.elapsed = Duration::from_micros(842);
            end.rows_in = Some(3_004);
            end.failure = Some(Failure { class, messages });
        })
    }

    fn skipped(self, task: usize, blamed: usize) -> Story {
        self.ended(task, State::Skipped, |end| end.blamed = Some(STEPS[blamed].1.into()))
    }

    fn end(self, ending: Ending) -> Vec<Event> {
        self.tell(Fact::RunEnded { ending, elapsed: Duration::from_millis(3_420), peak_memory: Some(351 << 20) }).0
    }
}

fn transient() -> Failure {
    Failure { class: Class::Transient, messages: vec!["the rates cannot be had".into(), "timed out".into()] }
}

fn published(model: &str, rows: u64, bytes: u64) -> Published {
    let path = PathBuf::from(format!("data/alpine/{model}.parquet"));
    Published { model: model.into(), path, rows: Some(rows), bytes }
}

/// Everything ended well.
pub(crate) fn good() -> Vec<Event> {
    Story::begin()
        .done(0, 1_240, [None, Some(119_390)])
        .done(1, 310, [Some(119_390), Some(119_390)])
        .done(2, 84, [Some(117_386), Some(1_605)])
        .done(3, 9, [Some(1_605), Some(1)])
        .done(4, 120, [Some(119_390), None])
        .tell(Fact::RunPublished {
            models: vec![
                published("raw_bookings", 119_390, 3_251_000),
                published("daily_occupancy", 1_605, 18_200),
                published("monthly_revenue", 1, 870),
            ],
        })
        .end(Ending::Done)
}

/// One task failed, another panicked, two were skipped.
pub(crate) fn failed() -> Vec<Event> {
    Story::begin()
        .done(0, 1_240, [None, Some(3_004)])
        .failed(
            1,
            Class::Data,
            &["model `clean_bookings` breaks its contract:\ncolumn `nights` has 2 rows below 0", "row 17: -1"],
        )
        .skipped(2, 1)
        .skipped(3, 1)
        .failed(4, Class::Bug, &["task `archive` panicked: index out of bounds"])
        .end(Ending::Failed)
}

/// Nothing had to be done.
pub(crate) fn up_to_date() -> Vec<Event> {
    let rows = [Some(119_390), Some(119_390), Some(1_605), Some(1), None];
    let told = rows.into_iter().enumerate().fold(Story::begin(), |story, (task, rows)| story.reused(task, rows));
    told.tell(Fact::RunPublished { models: vec![published("raw_bookings", 119_390, 3_251_000)] }).end(Ending::Done)
}

/// One task was reused, one failed three times, one ran too long, and each step that was done was published at once.
pub(crate) fn retried() -> Vec<Event> {
    let too_long = Failure { class: Class::Transient, messages: vec!["ran longer than 5.00 s".into()] };
    Story::begin()
        .reused(0, Some(3_004))
        .retried(1, 1)
        .retried(1, 2)
        .started(1)
        .ended(1, State::Failed, |end| {
            (end.attempts, end.elapsed, end.failure) = (3, Duration::from_millis(310), Some(transient()));
        })
        .skipped(2, 1)
        .skipped(3, 1)
        .tell(Fact::RunPublished { models: vec![published("raw_bookings", 3_004, 4_096)] })
        .started(4)
        .ended(4, State::TimedOut, |end| {
            (end.elapsed, end.failure) = (Duration::from_secs(5), Some(too_long));
        })
        .end(Ending::Failed)
}

/// Somebody pressed Ctrl-C while the second task ran.
pub(crate) fn cancelled() -> Vec<Event> {
    let mut story = Story::begin().done(0, 1_240, [None, Some(3_004)]).started(1);
    for task in 1..STEPS.len() {
        story = story.ended(task, State::Cancelled, |_| ());
    }
    story.end(Ending::Cancelled)
}

/// Lets a listener hear these events.
pub(crate) fn tell(listener: &mut impl Listener, events: &[Event]) {
    for event in events {
        listener.hear(event);
    }
}
