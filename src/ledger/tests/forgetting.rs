//! What can be forgotten, and what cannot.

use super::each_ledger;
use super::support::*;
use crate::event::{Ending, State};
use crate::id::RunId;
use crate::ledger::{Ledger, RunFilter, SqliteLedger};

fn on_record(ledger: &dyn Ledger) -> Vec<RunId> {
    ledger.runs(&RunFilter::default()).unwrap().iter().map(|run| run.run).collect()
}

#[test]
fn forgetting_what_is_not_needed_changes_nothing_that_the_next_run_asks() {
    each_ledger(|ledger| {
        for number in 1..=4 {
            ledger.append(&good_run(number, &["clean", "count"])).unwrap();
        }
        ledger.append(&failed_run(5, ["clean", "count", "rank"])).unwrap();
        ledger.append(&[began(6, &["clean"]), run_ended(6, Ending::Cancelled)]).unwrap();
        let before = (ledger.performed("", &["clean", "count", "rank"]).unwrap(), ledger.published("").unwrap());
        let needed = ledger.needed().unwrap();
        assert_eq!(needed, [run(4), run(5)]);

        let old: Vec<RunId> = on_record(ledger).into_iter().filter(|run| !needed.contains(run)).collect();
        ledger.forget(&old).unwrap();
        assert_eq!(on_record(ledger), [run(5), run(4)]);
        assert_eq!(ledger.steps(run(1)).unwrap(), []);
        assert_eq!(ledger.versions("", "count", 9).unwrap(), [version(4, "count")]);
        let after = (ledger.performed("", &["clean", "count", "rank"]).unwrap(), ledger.published("").unwrap());
        assert_eq!(before, after);
        // A run that is forgotten already is no trouble, and a new one is the last again.
        ledger.forget(&old).unwrap();
        ledger.append(&good_run(7, &["clean", "count"])).unwrap();
        assert_eq!(on_record(ledger), [run(7), run(5), run(4)]);
        assert_eq!(ledger.needed().unwrap(), [run(7)]);
    });
}

#[test]
fn a_needed_run_is_not_forgotten_nor_are_others_with_it() {
    each_ledger(|ledger| {
        for number in 1..=3 {
            ledger.append(&good_run(number, &["count"])).unwrap();
        }
        let error = ledger.forget(&[run(1), run(3), run(2)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "run 0193f3a8-0003-7000-8000-000000000003 cannot be forgotten: what it made is published, or the next run \
             builds on it"
        );
        assert_eq!(on_record(ledger), [run(3), run(2), run(1)]);
    });
}

#[test]
fn what_a_step_read_is_told_also_when_the_run_that_made_it_is_forgotten() {
    each_ledger(|ledger| {
        ledger.append(&good_run(1, &["count"])).unwrap();
        let mut step = step_done(2, "count");
        step.reads[1].version = Some(run(1));
        let entries =
            [began(2, &["count"]), crate::ledger::Entry::StepEnded(Box::new(step)), published(2, &[("count", 2)])];
        ledger.append(&entries).unwrap();
        ledger.forget(&[run(1)]).unwrap();
        assert_eq!(ledger.steps(run(2)).unwrap()[0].reads[1].version, Some(run(1)));
    });
}

#[test]
fn a_file_gets_smaller_and_keeps_no_row_of_what_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let ledger = SqliteLedger::at(&path);
    let tasks: Vec<String> = (0..50).map(|number| format!("task_{number}")).collect();
    let tasks: Vec<&str> = tasks.iter().map(String::as_str).collect();
    for number in 1..=20 {
        ledger.append(&good_run(number, &tasks)).unwrap();
    }
    ledger.append(&[began(21, &["count"]), ended(21, "count", State::Failed)]).unwrap();
    drop(ledger);
    let large = path.metadata().unwrap().len();

    let ledger = SqliteLedger::at(&path);
    let old: Vec<RunId> = (1..=19).map(run).collect();
    ledger.forget(&old).unwrap();
    let small = path.metadata().unwrap().len();
    assert!(small * 4 < large, "{small} of {large} bytes are left");
    assert_eq!(path.with_file_name("ledger.sqlite-wal").metadata().unwrap().len(), 0);

    let reader = rusqlite::Connection::open(&path).unwrap();
    let count = |table: &str| -> u32 {
        reader.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    let tables = ["runs", "steps", "attempts", "reads", "inputs", "source_files", "versions", "latest", "published"];
    assert_eq!(tables.map(count), [2, 51, 50, 100, 50, 50, 50, 50, 50]);
    // The settings of each run are others; code, columns and lineage are the same for all.
    assert_eq!(["codes", "condition_sets", "column_sets", "lineages", "origins"].map(count), [1, 1, 1, 1, 5]);
    let check: String = reader.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}
