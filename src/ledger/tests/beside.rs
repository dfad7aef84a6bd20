//! Runs of several partitions append to one file at the same time.

use std::sync::Barrier;
use std::thread;

use super::support::*;
use crate::event::{Ending, State};
use crate::ledger::{Entry, Ledger, MemoryLedger, RunFilter, RunRecord, SqliteLedger, StepRecord};

const TASKS: [&str; 3] = ["clean", "count", "rank"];

/// A run that goes well, for a partition of its own.
fn run_of(partition: &str, number: u32) -> Vec<Entry> {
    let key = partition.to_owned();
    let of = |entry: Entry| match entry {
        Entry::RunBegan(mut began) => {
            began.partition.clone_from(&key);
            Entry::RunBegan(began)
        }
        Entry::StepEnded(mut step) => {
            step.partition.clone_from(&key);
            Entry::StepEnded(step)
        }
        Entry::Published { run, at, versions, .. } => Entry::Published { run, at, versions, partition: key.clone() },
        other => other,
    };
    good_run(number, &TASKS).into_iter().map(of).collect()
}

fn told(ledger: &dyn Ledger, partition: &str) -> Vec<(RunRecord, Vec<StepRecord>)> {
    let filter = RunFilter { partition: Some(partition.to_owned()), ..RunFilter::default() };
    let runs = ledger.runs(&filter).unwrap();
    runs.into_iter().map(|run| (run.clone(), ledger.steps(run.run).unwrap())).collect()
}

#[test]
fn what_is_appended_for_many_partitions_at_once_is_what_each_has_appended() {
    let partitions = ["monday", "tuesday", "wednesday"];
    let folder = tempfile::tempdir().unwrap();
    // Each makes the file, if it can, opens it, and appends entry by entry.
    for round in 0..8 {
        let path = folder.path().join(round.to_string()).join("ledger.sqlite");
        let together = Barrier::new(partitions.len());
        thread::scope(|scope| {
            for (lane, partition) in (1..).zip(partitions) {
                let (path, together) = (&path, &together);
                scope.spawn(move || {
                    let ledger = SqliteLedger::at(path);
                    together.wait();
                    for entry in (0..4).flat_map(|nth| run_of(partition, lane * 10 + nth)) {
                        ledger.append(&[entry]).unwrap();
                    }
                });
            }
        });
        let ledger = SqliteLedger::at(&path);
        for (lane, partition) in (1..).zip(partitions) {
            let alone = MemoryLedger::new();
            (0..4).for_each(|nth| alone.append(&run_of(partition, lane * 10 + nth)).unwrap());
            assert_eq!(told(&ledger, partition), told(&alone, partition));
            assert_eq!(ledger.published(partition).unwrap(), alone.published(partition).unwrap());
            assert_eq!(ledger.performed(partition, &TASKS).unwrap(), alone.performed(partition, &TASKS).unwrap());
        }
        assert_eq!(ledger.runs(&RunFilter::default()).unwrap().len(), 12);
    }
}

#[test]
fn what_one_connection_knows_of_a_run_another_may_have_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let [one, other] = [SqliteLedger::at(&path), SqliteLedger::at(&path)];
    one.append(&[began(1, &["count", "rank"]), started(1, "count", 1)]).unwrap();
    other.append(&[attempted(1, "count", 1, State::Done), done(1, "count"), started(1, "rank", 1)]).unwrap();
    let error = one.append(&[done(1, "count")]).unwrap_err().to_string();
    assert!(error.ends_with("has ended already"), "{error}");
    one.append(&[ended(1, "rank", State::Failed), run_ended(1, Ending::Failed)]).unwrap();
    assert_eq!(other.runs(&RunFilter::default()).unwrap()[0].ending, Some(Ending::Failed));
}
