//! A month of nights of the chain of `examples/nightly.rs`, in real processes and by a clock that the test moves: what befalls
//! them is told here, and in the end the tables are right, every incident is on record, and nothing was done twice.

#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::mem;
use std::os::unix::process::ExitStatusExt;

use purvey::chrono::{DateTime, SecondsFormat, TimeDelta};
use serde_json::Value;

use crate::disk::{self, Disk, Place};
use crate::kills::SIGKILL;
use crate::nightly::{Calls, Nightly, Scheduler, did, failures, step};
use crate::support::parquet;
use tills::{Books, Columns, Line, csv, file, lines};

mod tills;

/// What befalls a night.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Incident {
    /// Nothing does.
    Quiet,
    /// The scheduler is killed when it comes to this point for the n-th time, and another one is started.
    Killed(&'static str),
    /// The file of the front till comes a day later.
    FrontLate,
    /// The files of both tills come a day later.
    NothingNew,
    /// The bar has told of a sum below nothing, and tells it right the next day.
    WrongRow,
    /// The machine is off.
    Off,
    /// It is started in the morning.
    OnAgain,
    /// The disk is full, until the morning.
    FullDisk,
    /// A second scheduler is started beside the first, and killed in the morning.
    Beside,
    /// The clock is put back behind half past two when the run is done.
    PutBack,
    /// The clocks show half past two a second time.
    TwiceHalfPastTwo,
}

use Incident::{
    Beside, FrontLate, FullDisk, Killed, NothingNew, Off, OnAgain, PutBack, Quiet, TwiceHalfPastTwo, WrongRow,
};

/// The nights of October 2026 that something befalls.
const INCIDENTS: [(i64, Incident); 15] = [
    (3, Killed("stage renamed:2")),
    (6, FrontLate),
    (9, WrongRow),
    (11, Killed("publish swapped")),
    (14, Off),
    (15, Off),
    (16, OnAgain),
    (18, Killed("step recorded:3")),
    (20, FullDisk),
    (22, Beside),
    (23, NothingNew),
    (25, TwiceHalfPastTwo),
    (27, PutBack),
    (29, Killed("fire run")),
    (30, Killed("fire begun")),
];

const NIGHTS: i64 = 31;

const TASKS: [&str; 3] = ["keep_journal", "merge_receipts", "write_bills"];

const CONFIGURATION: &str = "
models.lines.path = 'till'
run.jobs = 1

[schedule.nightly]
cron = '30 2 * * *'
zone = 'Europe/Zurich'
select = 'group:tills'
";

fn incident(night: i64) -> Incident {
    INCIDENTS.iter().find(|(at, _)| *at == night).map_or(Quiet, |(_, incident)| *incident)
}

/// An instant of that night of October, so many minutes after the clocks of Zurich show half past two first.
fn at(night: i64, minutes: i64) -> String {
    // They are put back on the 25th at three.
    let minutes = minutes + if night <= 25 { 30 } else { 90 };
    let instant = DateTime::UNIX_EPOCH + TimeDelta::days(20_726 + night) + TimeDelta::minutes(minutes);
    instant.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// How the runs of a night end. What was published when it was killed is done: its scheduler looks once more, and finds
/// nothing that is new.
fn runs_of(incident: Incident) -> &'static [&'static str] {
    match incident {
        Off => &[],
        WrongRow | FullDisk => &["failed"],
        Killed("fire begun") => &["done"],
        Killed("publish swapped" | "fire run") => &["done", "done"],
        Killed(_) => &["killed", "done"],
        _ => &["done"],
    }
}

/// How often each task gets its work of a night done. An increment without rows leaves the bills as they are.
fn work_of(incident: Incident) -> [usize; 3] {
    match incident {
        Off | FullDisk => [0, 0, 0],
        WrongRow => [1, 0, 0],
        NothingNew => [1, 1, 0],
        Killed("publish swapped" | "fire run") => [2, 2, 1],
        _ => [1, 1, 1],
    }
}

/// A fire as its document tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fire {
    at: String,
    again: bool,
    left_out: u64,
    exit: u64,
}

impl Fire {
    fn of(document: &Value) -> Fire {
        let [run] = &document["runs"].as_array().unwrap()[..] else { panic!("{document}") };
        Fire {
            at: document["fire"].as_str().unwrap().to_owned(),
            again: document["again"].as_bool().unwrap(),
            left_out: document["left_out"].as_u64().unwrap(),
            exit: run["exit"].as_u64().unwrap(),
        }
    }
}

/// The month, as it goes on.
struct Month {
    nightly: Nightly,
    disk: Option<Disk>,
    watching: Option<Scheduler>,
    /// The files that have come and were not published, in the order in which they are read.
    waiting: BTreeMap<String, Vec<Line>>,
    /// What is published.
    books: Books,
}

impl Month {
    fn begin(on_small_disk: bool) -> Month {
        let nightly = Nightly::new(CONFIGURATION, "2026-09-30T12:00:00Z");
        let disk = on_small_disk.then(|| Disk::at(&nightly.data()));
        let month = Month { nightly, disk, watching: None, waiting: BTreeMap::new(), books: Books::default() };
        // The schedule is met, and has missed nothing.
        month.assert_nothing_is_due();
        month
    }

    /// A file comes.
    fn come(&mut self, night: i64, till: i64) {
        // Enough of them for the disk that is full.
        let count = if incident(night) == FullDisk { 30_000 } else { 40 };
        let (name, mut lines) = (file(night, till), lines(night, till, count));
        self.waiting.insert(name.clone(), lines.clone());
        if incident(night) == WrongRow && till == 0 {
            lines[7].cents = -1;
        }
        self.nightly.file(&name, &csv(&lines));
    }

    /// The evening before a night: files come, those that were late among them.
    fn evening(&mut self, night: i64) {
        let is_late = |night: i64, till: i64| match incident(night) {
            NothingNew => true,
            FrontLate => till == 1,
            _ => false,
        };
        for till in 0..2 {
            if !is_late(night, till) {
                self.come(night, till);
            }
            if is_late(night - 1, till) {
                self.come(night - 1, till);
            }
        }
        if incident(night - 1) == WrongRow {
            let name = file(night - 1, 0);
            self.nightly.file(&name, &csv(&self.waiting[&name]));
        }
    }

    /// The one scheduler that watches from now on.
    fn watch(&mut self, variable: Option<(&str, &str)>) -> &Scheduler {
        if let Some(scheduler) = self.watching.take() {
            scheduler.stop();
        }
        self.watching.insert(self.nightly.scheduler(variable))
    }

    /// The fire of a night, from the evening to the morning.
    fn night(&mut self, night: i64) {
        self.evening(night);
        let fire = Fire { at: at(night, 0), again: false, left_out: 0, exit: 0 };
        let told = |scheduler: &Scheduler| Fire::of(&scheduler.fire());
        match incident(night) {
            Off => {
                if let Some(scheduler) = self.watching.take() {
                    scheduler.stop();
                }
                return;
            }
            OnAgain => {
                self.nightly.is(&at(night, 300));
                let freshness = self.nightly.start(&["check", "freshness", "receipts"]);
                assert_eq!(freshness.status.code(), Some(8));
                assert_eq!(told(self.watch(None)), Fire { left_out: 2, ..fire });
            }
            Killed(point) => {
                self.watch(Some(("PURVEY_KILL_AT", point)));
                self.nightly.is(&at(night, 1));
                let killed = self.watching.take().unwrap();
                if point == "fire run" {
                    assert_eq!(told(&killed), fire);
                }
                assert_eq!(killed.end().signal(), Some(SIGKILL), "{point}");
                self.nightly.is(&at(night, 2));
                assert_eq!(told(self.watch(None)), Fire { again: true, ..fire });
            }
            WrongRow => {
                self.nightly.is(&at(night, 1));
                assert_eq!(told(self.watching.as_ref().unwrap()), Fire { exit: 1, ..fire });
                return;
            }
            FullDisk => {
                match &self.disk {
                    Some(disk) => disk.leave(256),
                    // What is created third is the first table, after the records of the fire and of the run.
                    None => {
                        self.watch(Some(("PURVEY_FAIL", "create:3:ENOSPC")));
                    }
                }
                self.nightly.is(&at(night, 1));
                assert_eq!(told(self.watching.as_ref().unwrap()), Fire { exit: 7, ..fire });
                if let Some(disk) = &self.disk {
                    disk.leave(65_536);
                }
                return;
            }
            Beside => {
                let second = self.nightly.scheduler(None);
                self.nightly.is(&at(night, 1));
                assert_eq!(Fire::of(&Scheduler::fire_of([self.watching.as_ref().unwrap(), &second])), fire);
                self.assert_nothing_is_due();
                second.kill();
            }
            Quiet | FrontLate | NothingNew | PutBack | TwiceHalfPastTwo => {
                self.nightly.is(&at(night, 1));
                if self.watching.is_none() {
                    self.watch(None);
                }
                assert_eq!(told(self.watching.as_ref().unwrap()), fire);
            }
        }
        for minutes in match incident(night) {
            PutBack => vec![-15, 0, 15],
            TwiceHalfPastTwo => vec![60],
            _ => vec![],
        } {
            self.nightly.is(&at(night, minutes));
            self.assert_nothing_is_due();
        }
        for lines in mem::take(&mut self.waiting).into_values() {
            self.books.enter(&lines);
        }
    }

    /// A scheduler that does not stay finds nothing to do; it is asked again while another one is at it.
    fn assert_nothing_is_due(&self) {
        let code = loop {
            let output = self.nightly.start(&["schedule", "run", "--once", "--output", "json"]);
            assert_eq!(String::from_utf8_lossy(&output.stdout), "");
            match output.status.code() {
                Some(6) => {}
                code => break code,
            }
        };
        assert_eq!(code, Some(0));
    }

    /// What people see is what was published, each line once.
    fn assert_right(&self, night: i64) {
        let check = |model: &str, expected: Columns| {
            let table = parquet(&self.nightly.data().join(format!("{model}.parquet")));
            for (name, values) in expected {
                let column: Vec<i64> = table.column(name).unwrap().i64().unwrap().into_no_null_iter().collect();
                assert_eq!(column, values, "`{name}` of `{model}` after night {night}");
            }
        };
        check("journal", self.books.journal());
        check("receipts", self.books.receipts());
        check("bills", self.books.bills());
    }
}

/// What is on record of a night is what befell it, and each task did its work once.
fn assert_told(night: i64, runs: &[&Value], calls: &Calls) {
    let incident = incident(night);
    let story = format!("night {night}, {incident:?}: {runs:#?}");
    let states: Vec<&str> = runs.iter().map(|run| run["state"].as_str().unwrap()).collect();
    assert_eq!(states, runs_of(incident), "{story}");
    let mut work = [0; 3];
    for run in runs {
        assert_eq!(run["published"], run["state"] == "done", "{story}");
        assert_eq!(run["schedule"], "nightly", "{story}");
        for (work, task) in work.iter_mut().zip(TASKS) {
            if did(run, task, calls) {
                // To look once more is for nothing.
                assert_eq!(step(run, task)["rows_in"] == 0, incident == NothingNew || *work == 1, "`{task}`, {story}");
                *work += 1;
            }
        }
    }
    assert_eq!(work, work_of(incident), "{story}");
    let messages = failures(runs);
    match incident {
        WrongRow => assert!(messages.contains("column `cents`: 1 of"), "{messages}"),
        FullDisk => assert!(messages.contains("No space left on device"), "{messages}"),
        _ => assert_eq!(messages, "", "{story}"),
    }
}

fn month(on_small_disk: bool) {
    let mut month = Month::begin(on_small_disk);
    for night in 1..=NIGHTS {
        month.night(night);
        month.assert_right(night);
    }
    let (history, calls) = (month.nightly.history(), month.nightly.calls());
    for night in 1..=NIGHTS {
        let is_of = |run: &&Value| run["began_at"].as_str().unwrap()[..10] == at(night, 0)[..10];
        let runs: Vec<&Value> = history.iter().rev().filter(is_of).collect();
        assert_told(night, &runs, &calls);
    }
    assert_eq!(history.len(), (1..=NIGHTS).map(|night| runs_of(incident(night)).len()).sum::<usize>());
    let known = |(run, _): &(String, String)| history.iter().any(|known| known["run"] == **run);
    assert!(calls.keys().all(known), "a task was called in a run that is on no record");

    // What is kept for the next night is enough for it.
    assert!(month.nightly.start(&["gc", "--keep-runs", "1"]).status.success());
    month.night(NIGHTS + 1);
    month.assert_right(NIGHTS + 1);
    let next = month.nightly.document(&["schedule", "next"]);
    let nightly = &next["schedules"][0];
    assert_eq!((&nightly["begun"], &nightly["last"]["fire"]), (&Value::Null, &at(NIGHTS + 1, 0).into()));
    assert_eq!(nightly["next"][0]["fire"], at(NIGHTS + 2, 0));
    assert!(month.nightly.start(&["check", "freshness", "receipts"]).status.success());
    month.watching.take().unwrap().stop();
}

#[test]
fn a_month_of_nights_comes_to_the_right_tables_whatever_befalls_them() {
    match disk::enter("month::a_month_of_nights_comes_to_the_right_tables_whatever_befalls_them") {
        Place::Inside => month(true),
        Place::Passed => {}
        Place::Bare => {
            disk::skip("a full one");
            month(false);
        }
    }
}
