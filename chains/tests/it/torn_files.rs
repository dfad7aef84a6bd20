//! Files in the data folder that are cut off, garbled or gone: it is noticed, and what they held is made again.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};

use crate::survivor::{Survivor, undisturbed};

/// Puts other bytes into a file that may be write-protected.
fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, bytes).unwrap();
}

fn garble(bytes: &mut [u8]) {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
}

/// The tasks that were called since.
fn called(survivor: &Survivor, before: usize) -> Vec<String> {
    let mut tasks: Vec<String> = survivor.calls().split_off(before).into_iter().map(|(_, task)| task).collect();
    tasks.sort();
    tasks
}

#[test]
fn a_version_that_is_cut_off_garbled_or_gone_is_made_again_and_nothing_else_is() {
    let expected = undisturbed(1);
    let survivor = Survivor::new();
    survivor.feed(1);
    survivor.run();
    let calls = survivor.calls().len();
    let version = |name: &str| fs::canonicalize(survivor.data().join(name)).unwrap();
    change(&version("by_day.parquet"), |bytes| bytes.truncate(bytes.len() / 2));
    change(&version("letter.txt"), |bytes| garble(bytes));
    fs::remove_file(version("totals.json")).unwrap();

    let plan = String::from_utf8(survivor.command(&["plan"]).output().unwrap().stdout).unwrap();
    for (model, what) in
        [("by_day", "was changed or damaged"), ("letter", "was changed or damaged"), ("totals", "is gone")]
    {
        assert!(plan.contains(&format!("the file of model `{model}` {what}: ")), "{plan}");
    }
    survivor.run();
    assert!(survivor.shown() == expected);
    assert_eq!(called(&survivor, calls), ["add_up_days", "total", "write_letter"]);
    survivor.run();
    assert_eq!(survivor.calls().len(), calls + 3);
}

/// A chain that was killed at a point of its second night, with the log of its ledger, which still has a tail.
fn killed(point: &str) -> (Survivor, PathBuf) {
    let survivor = Survivor::new();
    survivor.feed(1);
    survivor.run();
    survivor.feed(2);
    let output = survivor.command(&["-q"]).env("PURVEY_KILL_AT", point).output().unwrap();
    assert_eq!(output.status.signal(), Some(9));
    let log = survivor.data().join(".purvey/ledger.sqlite-wal");
    assert!(fs::metadata(&log).unwrap().len() > 4_096);
    (survivor, log)
}

#[test]
fn a_ledger_whose_last_entries_are_torn_goes_on_from_those_before() {
    let expected = undisturbed(2);
    for point in ["step recorded:8", "publish swapped", "run ended"] {
        for share in [0.0, 0.3, 0.7, 0.999] {
            let (survivor, log) = killed(point);
            change(&log, |bytes| bytes.truncate((bytes.len() as f64 * share) as usize));
            survivor.run();
            assert!(survivor.shown() == expected, "cut off at {share} after `{point}`");
        }
        let (survivor, log) = killed(point);
        change(&log, |bytes| garble(bytes));
        survivor.run();
        assert!(survivor.shown() == expected, "garbled after `{point}`");
    }
}

#[test]
fn published_tables_that_the_ledger_has_lost_are_told_and_made_again() {
    let (survivor, log) = killed("run ended");
    change(&log, Vec::clear);
    let said = survivor.run();
    assert!(said.contains("are published, which the ledger does not know: its last entries are lost"), "{said}");
    assert!(survivor.shown() == undisturbed(2));
    let calls = survivor.calls().len();
    survivor.run();
    assert_eq!(survivor.calls().len(), calls);
}

#[test]
fn a_ledger_that_is_damaged_stops_the_program_and_is_left_as_it_is() {
    let survivor = Survivor::new();
    survivor.feed(1);
    survivor.run();
    let shown = survivor.shown();
    let ledger = survivor.data().join(".purvey/ledger.sqlite");
    change(&ledger, |bytes| bytes.truncate(bytes.len() / 2));
    let damaged = fs::read(&ledger).unwrap();
    survivor.feed(2);
    let output = survivor.start();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(7), "{said}");
    assert!(said.contains(&format!("error: the ledger `{}` cannot be read: ", ledger.display())), "{said}");
    assert!(fs::read(&ledger).unwrap() == damaged && survivor.shown() == shown);
}
