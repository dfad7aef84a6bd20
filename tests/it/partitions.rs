//! Each partition of the data has results, a history and a lease of its own.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use purvey::RunId;
use purvey::event::{Ending, State};
use purvey::ledger::{Entry, Ledger, RunBegan, RunFilter, SqliteLedger};
use purvey::partition::{Partition, Partitioning, Unit};
use purvey::prelude::*;
use purvey::store::{FolderStore, Store};
use tempfile::TempDir;

use crate::support::{Step, step};

/// The stays of a day.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "stays")]
struct Stay {
    day: String,
    hours: f64,
}

/// Says which day it is, and how long that is.
#[task]
fn stays(job: &JobContext, stays: &mut Table<Stay>) -> Result<()> {
    let partition = job.partition()?;
    let hours = partition.interval().map_or(0.0, |interval| interval.hours());
    stays.put(vec![Stay { day: partition.to_string(), hours }])
}

/// A folder with results of days, and one ledger for all of them.
struct Days {
    folder: TempDir,
    days: Partitioning,
}

impl Days {
    fn new() -> Days {
        let days = Partitioning::of_time(Unit::Day, "Europe/Zurich").unwrap();
        Days { folder: tempfile::tempdir().unwrap(), days }
    }

    fn day(&self, key: &str) -> Partition {
        self.days.find(key).unwrap()
    }

    fn ledger(&self) -> SqliteLedger {
        SqliteLedger::at(self.folder.path().join("ledger.sqlite"))
    }

    fn store(&self, key: &str) -> FolderStore {
        FolderStore::new(self.folder.path().join(key))
    }

    fn chain(&self, key: &str, tasks: impl Into<TaskList>) -> Orchestrator {
        let job = JobContext::new("alpine").with_partition(self.day(key));
        Orchestrator::new(job, [tasks.into()], Sections::models())
            .with_store(Arc::new(self.store(key)))
            .with_ledger(Arc::new(self.ledger()))
    }

    fn run(&self, key: &str) -> Option<State> {
        self.chain(key, tasks![stays]).run().unwrap().state("stays")
    }

    /// The runs for a day, the last first, and how each has ended.
    fn endings(&self, key: &str) -> Vec<Option<Ending>> {
        let filter = RunFilter { partition: Some(key.to_owned()), ..RunFilter::default() };
        self.ledger().runs(&filter).unwrap().into_iter().map(|run| run.ending).collect()
    }

    /// A run that is on record as begun, whose process is gone.
    fn killed(&self, key: &str) {
        let began = RunBegan {
            run: RunId::random(),
            chain: "alpine".to_owned(),
            partition: key.to_owned(),
            at: "2026-11-22T02:30:00Z".parse().unwrap(),
            host: "seehof".to_owned(),
            process: 4711,
            request: Vec::new(),
            resumes: None,
            backfill: None,
            steps: vec!["stays".to_owned()],
        };
        self.ledger().append(&[Entry::RunBegan(began)]).unwrap();
    }
}

#[test]
fn a_task_is_told_its_partition_and_each_has_its_own_results() {
    let fixture = Days::new();
    let mut outcome = fixture.chain("2026-10-25", tasks![stays]).keep::<Table<Stay>>().run().unwrap();
    fixture.run("2026-10-26");

    assert_rows!(outcome.take::<Table<Stay>>().unwrap(), [Stay { day: "2026-10-25".to_owned(), hours: 25.0 }]);
    let published = |key: &str| fixture.store(key).published().unwrap().unwrap().run;
    assert_ne!(published("2026-10-25"), published("2026-10-26"));
    assert_eq!(fixture.ledger().published("2026-10-26").unwrap()[0].run, published("2026-10-26"));
    assert_eq!(fixture.ledger().versions("2026-10-25", "stays", 9).unwrap().len(), 1);
}

#[test]
fn rule_8_what_is_up_to_date_in_one_partition_says_nothing_of_another() {
    let fixture = Days::new();

    assert_eq!(fixture.run("2026-11-20"), Some(State::Done));
    assert_eq!(fixture.run("2026-11-21"), Some(State::Done));
    assert_eq!(fixture.run("2026-11-20"), Some(State::Reused));
    assert_eq!(fixture.endings("2026-11-20"), [Some(Ending::Done); 2]);
}

#[test]
fn rule_10_partitions_may_run_at_the_same_time_and_leave_each_other_alone() {
    let fixture = Days::new();
    let (begun, has_begun): (Sender<()>, Receiver<()>) = channel();
    let (go_on, may_go_on): (Sender<()>, Receiver<()>) = channel();
    let (begun, may_go_on) = (std::sync::Mutex::new(begun), std::sync::Mutex::new(may_go_on));
    let slow: Step = step("slow -> number").doing(move |_| {
        begun.lock().unwrap().send(()).unwrap();
        may_go_on.lock().unwrap().recv().unwrap();
        Ok(())
    });
    let mut first = fixture.chain("2026-11-20", [slow].into_iter().collect::<TaskList>());
    let running = thread::spawn(move || first.run().unwrap().ending());
    has_begun.recv().unwrap();

    assert_eq!(fixture.run("2026-11-21"), Some(State::Done));
    assert_eq!(fixture.endings("2026-11-20"), [None], "it goes on, and nobody says that it was killed");
    let busy = fixture.chain("2026-11-20", tasks![stays]).run().unwrap_err().to_string();
    assert!(busy.contains("is being written by run"), "{busy}");
    go_on.send(()).unwrap();
    assert_eq!(running.join().unwrap(), Ending::Done);
    assert_eq!(fixture.endings("2026-11-20"), [Some(Ending::Done)]);
}

#[test]
fn a_run_that_was_killed_is_put_in_order_by_the_next_of_its_partition() {
    let fixture = Days::new();
    fixture.killed("2026-11-20");

    fixture.run("2026-11-21");
    assert_eq!(fixture.endings("2026-11-20"), [None]);
    fixture.run("2026-11-20");
    assert_eq!(fixture.endings("2026-11-20"), [Some(Ending::Done), Some(Ending::Killed)]);
}

#[test]
fn gc_keeps_so_many_runs_of_its_partition() {
    let fixture = Days::new();
    for key in ["2026-11-20", "2026-11-21", "2026-11-20", "2026-11-20"] {
        fixture.run(key);
    }
    let keep = purvey::session::Keep { runs: Some(1), days: None };
    fixture.chain("2026-11-20", tasks![stays]).gc(&keep).unwrap();

    // The last, and the one that did the work.
    assert_eq!(fixture.endings("2026-11-20").len(), 2);
    assert_eq!(fixture.endings("2026-11-21").len(), 1);
}

#[test]
fn a_task_that_asks_for_a_partition_where_there_is_none_is_told_what_to_do() {
    let mut chain = Orchestrator::new(JobContext::new("alpine"), tasks![stays], Sections::models());
    let outcome = chain.run().unwrap();

    let failure = outcome.step("stays").unwrap().failure.clone().unwrap();
    assert_eq!(
        failure.messages,
        ["chain `alpine` is not partitioned; `[partitions]` in its configuration says how it is to be, \
          `JobContext::with_partition` in a test"]
    );
}
