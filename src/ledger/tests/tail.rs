//! The log beside the file, cut off or garbled at every place: an earlier state is seen, whole.

use std::fs;
use std::path::Path;

use super::support::*;
use crate::event::State;
use crate::ledger::{Ledger, RunFilter, RunRecord, SqliteLedger, StepRecord};

type Told = (Vec<RunRecord>, Vec<StepRecord>);

fn told(ledger: &SqliteLedger) -> Told {
    (ledger.runs(&RunFilter::default()).unwrap(), ledger.steps(run(2)).unwrap())
}

/// The ledger after each of a few entries, and the bytes of file and log after the last, as a killed process leaves them.
fn killed(folder: &Path) -> (Vec<Told>, Vec<u8>, Vec<u8>) {
    let path = folder.join("killed.sqlite");
    let ledger = SqliteLedger::at(&path);
    ledger.append(&good_run(1, &["count"])).unwrap();
    drop(ledger);
    let ledger = SqliteLedger::at(&path);
    let mut states = vec![told(&ledger)];
    for entry in [
        began(2, &["clean", "count"]),
        started(2, "clean", 1),
        attempted(2, "clean", 1, State::Done),
        done(2, "clean"),
        published(2, &[("clean", 2), ("count", 1)]),
    ] {
        ledger.append(&[entry]).unwrap();
        states.push(told(&ledger));
    }
    let log = fs::read(folder.join("killed.sqlite-wal")).unwrap();
    (states, fs::read(&path).unwrap(), log)
}

/// What is told of a file with this log: how many of the entries.
fn entries_seen(folder: &Path, states: &[Told], file: &[u8], log: &[u8]) -> usize {
    let path = folder.join("ledger.sqlite");
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(folder.join(format!("ledger.sqlite{suffix}")));
    }
    fs::write(&path, file).unwrap();
    fs::write(folder.join("ledger.sqlite-wal"), log).unwrap();
    let read = told(&SqliteLedger::at(&path));
    let seen = states.iter().position(|state| *state == read).expect("it is one of the states that were");
    // The next entry goes on from there.
    let ledger = SqliteLedger::at(&path);
    ledger.append(&[began(9, &[])]).unwrap();
    assert_eq!(ledger.runs(&RunFilter::default()).unwrap().len(), read.0.len() + 1);
    seen
}

#[test]
fn a_log_that_is_cut_off_tells_the_last_whole_entry() {
    let folder = tempfile::tempdir().unwrap();
    let (states, file, log) = killed(folder.path());
    let mut last = 0;
    // At each end of a frame, and just before and after it.
    let frame = 4096 + 24;
    for end in (32..=log.len()).step_by(frame) {
        for cut in [end.saturating_sub(1), end, (end + 1).min(log.len())] {
            let seen = entries_seen(folder.path(), &states, &file, &log[..cut]);
            assert!(seen >= last || cut + 1 == end, "{seen} entries after {cut} bytes");
            last = seen;
        }
    }
    assert_eq!(last, states.len() - 1);
    assert_eq!(entries_seen(folder.path(), &states, &file, &[]), 0);
}

#[test]
fn a_log_that_is_garbled_from_some_place_on_tells_the_last_whole_entry() {
    let folder = tempfile::tempdir().unwrap();
    let (states, file, log) = killed(folder.path());
    let mut seen_before = states.len() - 1;
    for from in (0..log.len()).rev().step_by(3001) {
        let mut garbled = log.clone();
        garbled[from..].iter_mut().for_each(|byte| *byte ^= 0x5A);
        let seen = entries_seen(folder.path(), &states, &file, &garbled);
        assert!(seen <= seen_before, "{seen} entries with bytes garbled from {from}");
        seen_before = seen;
    }
    assert_eq!(seen_before, 0);
}

#[test]
fn a_file_that_is_cut_off_is_told_also_when_it_has_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let (_, file, log) = killed(folder.path());
    let path = folder.path().join("ledger.sqlite");
    fs::write(&path, &file[..file.len() / 2]).unwrap();
    fs::write(folder.path().join("ledger.sqlite-wal"), &log).unwrap();
    let ledger = SqliteLedger::at(&path);
    let error = ledger.append(&[began(9, &[])]).unwrap_err();
    assert!(error.to_string().contains(&format!("it is cut off after {} of", file.len() / 2)), "{error}");
    drop(ledger);
    assert!(fs::read(&path).unwrap() == file[..file.len() / 2]);
}
