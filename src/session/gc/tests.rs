//! Housekeeping forgets what nobody needs, and changes no decision.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::clock::{Clock, FakeClock};
use crate::ledger::SqliteLedger;
use crate::prelude::*;
use crate::session::Request;
use crate::store::{FolderStore, Store};

/// One room.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "rooms")]
struct Room {
    number: i32,
}

/// How many rooms there are.
#[derive(Named)]
#[named("size")]
struct Lodge;

#[task]
fn list_rooms(job: &JobContext, rooms: &mut Table<Room>) -> Result<()> {
    let last = job.param::<i32>("last")?.unwrap_or(2);
    rooms.put((1..=last).map(|number| Room { number }).collect::<Vec<_>>())
}

#[task]
fn count_rooms(rooms: &Table<Room>, size: &mut Value<u64, Lodge>) -> Result<()> {
    size.put(rooms.rows()?.len() as u64)
}

/// A chain with a store and a ledger in one folder, and a clock that stands still.
struct Place {
    folder: tempfile::TempDir,
    clock: Arc<FakeClock>,
}

impl Place {
    fn new() -> Place {
        let clock = Arc::new(FakeClock::at("2026-11-21T02:30:00Z".parse().unwrap()));
        Place { folder: tempfile::tempdir().unwrap(), clock }
    }

    fn chain(&self, last: i32) -> Orchestrator {
        let job =
            JobContext::new("lodge").with_param("last", last).with_clock(Arc::clone(&self.clock) as Arc<dyn Clock>);
        Orchestrator::new(job, tasks![list_rooms, count_rooms], Sections::models())
            .with_store(Arc::new(FolderStore::new(self.folder.path())))
            .with_ledger(Arc::new(SqliteLedger::at(self.folder.path().join("ledger.sqlite"))))
    }

    /// Runs the chain with so many rooms, and lets a day pass.
    fn run(&self, last: i32) -> RunId {
        let outcome = self.chain(last).run().unwrap();
        assert!(outcome.is_done());
        self.clock.advance(std::time::Duration::from_secs(86_400));
        outcome.run()
    }

    fn on_record(&self) -> Vec<RunId> {
        let runs = self.chain(0).ledger().unwrap().runs(&RunFilter::default()).unwrap();
        runs.into_iter().map(|run| run.run).collect()
    }

    fn kept(&self) -> Vec<RunId> {
        self.chain(0).store().unwrap().kept().unwrap().into_iter().map(|(run, _)| run).collect()
    }

    fn decisions(&self, last: i32) -> Vec<crate::plan::Step> {
        let chain = self.chain(last);
        let blueprint = chain.check().unwrap();
        chain.plan(&blueprint, &Request::default()).unwrap().steps().to_vec()
    }
}

/// Every file of a folder, with its length and when it was changed.
fn files(folder: &Path) -> Vec<(std::path::PathBuf, u64, std::time::SystemTime)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let metadata = entry.path().symlink_metadata().unwrap();
        if metadata.is_dir() {
            files.extend(self::files(&entry.path()));
        } else {
            files.push((entry.path(), metadata.len(), metadata.modified().unwrap()));
        }
    }
    files.sort();
    files
}

const KEEP_ONE: Keep = Keep { runs: Some(1), days: None };

#[test]
fn old_runs_go_with_their_files_and_no_decision_changes() {
    let place = Place::new();
    let old = [place.run(2), place.run(3), place.run(4)];
    let last = place.run(5);
    let before = place.decisions(5);

    let swept = place.chain(5).gc(&KEEP_ONE).unwrap();
    assert_eq!(swept.runs, [old[2], old[1], old[0]]);
    assert_eq!((swept.versions, swept.leftovers.len()), (6, 0));
    assert!(swept.bytes > 0);
    assert_eq!((place.on_record(), place.kept()), (vec![last], vec![last]));
    assert_eq!(place.decisions(5), before);
    assert_eq!(place.chain(5).gc(&KEEP_ONE).unwrap(), Swept::default());
}

#[test]
fn what_the_next_run_builds_on_is_kept_however_old_it_is() {
    let place = Place::new();
    let first = place.run(2);
    let others = [place.run(2), place.run(2)];
    let swept = place.chain(2).gc(&Keep { runs: Some(0), days: Some(0) }).unwrap();
    assert_eq!(swept.runs, [others[1], others[0]]);
    assert_eq!(place.on_record(), [first]);
    assert!(place.decisions(2).iter().all(|step| step.decision == crate::plan::Decision::Reuse));
}

#[test]
fn a_run_is_forgotten_only_when_number_and_age_allow_it() {
    let place = Place::new();
    for last in 1..=5 {
        place.run(last);
    }
    let would = |runs, days| place.chain(5).would_gc(&Keep { runs, days }).unwrap().runs.len();
    // The runs began 1 to 5 days ago, and the last one is needed.
    assert_eq!(would(Some(3), None), 2);
    assert_eq!(would(None, Some(2)), 4);
    assert_eq!(would(Some(3), Some(2)), 2);
    assert_eq!(would(Some(1), Some(5)), 1);
    assert_eq!(would(None, Some(6)), 0);
    assert_eq!(would(None, None), 0);
}

#[test]
fn what_would_be_done_is_said_without_doing_it() {
    let place = Place::new();
    place.run(2);
    place.run(3);
    let chain = place.chain(3);
    chain.ledger().unwrap().runs(&RunFilter::default()).unwrap();
    let before = files(place.folder.path());
    let would = chain.would_gc(&KEEP_ONE).unwrap();
    assert_eq!(files(place.folder.path()), before);
    assert_eq!(place.chain(3).gc(&KEEP_ONE).unwrap(), would);
}

#[test]
fn files_of_a_run_that_was_forgotten_by_a_killed_process_are_removed_the_next_time() {
    let place = Place::new();
    let old = place.run(2);
    let last = place.run(3);
    // As far as it came before it was killed.
    place.chain(3).ledger().unwrap().forget(&[old]).unwrap();
    assert_eq!(place.kept(), [old, last]);

    let swept = place.chain(3).gc(&KEEP_ONE).unwrap();
    assert_eq!((swept.runs.as_slice(), swept.leftovers.as_slice()), ([].as_slice(), [old].as_slice()));
    assert!(swept.bytes > 0);
    assert_eq!(place.kept(), [last]);
}

#[test]
fn while_a_run_goes_on_nothing_is_forgotten() {
    let place = Place::new();
    place.run(2);
    place.run(3);
    let other = FolderStore::new(place.folder.path());
    let run = RunId::random();
    other.begin(run).unwrap();
    let error = place.chain(3).gc(&KEEP_ONE).unwrap_err().to_string();
    assert!(error.contains(&format!("is being written by run {}", run.short())), "{error}");
    assert_eq!(place.chain(3).would_gc(&KEEP_ONE).unwrap().runs.len(), 1);
}

#[test]
fn where_nothing_was_ever_run_nothing_is_made() {
    let place = Place::new();
    assert_eq!(place.chain(2).gc(&KEEP_ONE).unwrap(), Swept::default());
    assert_eq!(files(place.folder.path()), []);
}
