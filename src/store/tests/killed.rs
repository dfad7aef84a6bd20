//! A process that is killed at every point of a run, for real.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

use super::*;

const CSV: Format = Format::Csv;

/// What the other process does: a run that publishes `a` and `b`.
#[test]
#[ignore = "the tests of this file run it, in a process of its own"]
fn a_run_in_a_process_of_its_own() {
    let Some(folder) = std::env::var_os("PURVEY_TEST_FOLDER") else { return };
    run(&FolderStore::new(folder), CSV, &[("a", &[2]), ("b", &[2])], &[]);
}

/// The same, of a table that is in a file before it is staged.
#[test]
#[ignore = "the tests of this file run it, in a process of its own"]
fn a_run_of_a_stored_table_in_a_process_of_its_own() {
    let Some(folder) = std::env::var_os("PURVEY_TEST_FOLDER") else { return };
    let (store, run) = (FolderStore::new(folder), RunId::random());
    store.begin(run).unwrap();
    let content = written::written(&store, run, &[2]);
    let file = store.stage(run, "a", &Storage::Scanned, &content).unwrap();
    store.publish(run, &[version("a", run, &file)]).unwrap();
    store.end(run).unwrap();
}

fn in_another_process(folder: &Path, variable: &str, value: &str) -> (ExitStatus, String) {
    process_of("a_run_in_a_process_of_its_own", folder, variable, value)
}

fn process_of(test: &str, folder: &Path, variable: &str, value: &str) -> (ExitStatus, String) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", &format!("store::tests::killed::{test}")])
        .env("PURVEY_TEST_FOLDER", folder)
        .env(variable, value)
        .output()
        .unwrap();
    (output.status, String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_run_that_is_killed_at_any_point_leaves_the_old_state_or_the_new_and_the_next_takes_over() {
    let (old, new) = (vec![is("a", &[1])], vec![is("a", &[2]), is("b", &[2])]);
    let points = [
        ("lease taken", &old),
        ("stage created", &old),
        ("stage written:2", &old),
        ("stage synced", &old),
        ("stage renamed:2", &old),
        ("publish linked", &old),
        ("publish swapped", &new),
        ("publish tidied", &new),
    ];
    for (point, expected) in points {
        let folder = TempDir::new().unwrap();
        let store = FolderStore::new(folder.path());
        run(&store, CSV, &[("a", &[1])], &[]);

        let (status, _) = in_another_process(folder.path(), "PURVEY_KILL_AT", point);

        assert_eq!(status.signal(), Some(9), "{point}");
        assert_eq!(published(&store, CSV), *expected, "{point}");
        let next = RunId::random();
        let killed = store.begin(next).unwrap().took_over;
        assert!(matches!(killed, Some(Holder::Run(_))), "{point}: {killed:?}");
        let visible: Vec<_> = expected.iter().map(|(model, _)| format!("{model}.csv")).collect();
        assert_eq!(names(folder.path())[1..], visible, "{point}");
        store.end(next).unwrap();
        run(&store, CSV, &[("a", &[3])], &[]);
        assert_eq!(published(&store, CSV), [is("a", &[3])], "{point}");
    }
}

#[test]
fn a_run_that_is_killed_with_a_file_it_was_going_to_stage_leaves_nothing_of_it_to_the_next() {
    const PARQUET: Format = Format::Parquet;
    let (old, new) = (vec![is("a", &[1])], vec![is("a", &[2])]);
    let points = [
        ("stage created", &old),
        ("stage written", &old),
        ("stage synced", &old),
        ("stage renamed", &old),
        ("publish linked", &old),
        ("publish swapped", &new),
    ];
    for (point, expected) in points {
        let folder = TempDir::new().unwrap();
        let store = FolderStore::new(folder.path());
        run(&store, PARQUET, &[("a", &[1])], &[]);

        let killed = "a_run_of_a_stored_table_in_a_process_of_its_own";
        let (status, told) = process_of(killed, folder.path(), "PURVEY_KILL_AT", point);

        assert_eq!(status.signal(), Some(9), "{point}: {told}");
        assert_eq!(published(&store, PARQUET), *expected, "{point}");
        let state = folder.path().join(".purvey");
        assert!(state.join("scratch").exists(), "{point}");
        run(&store, PARQUET, &[("a", &[3])], &[]);
        assert_eq!(published(&store, PARQUET), [is("a", &[3])], "{point}");
        assert_eq!(state.join("scratch").read_dir().unwrap().count(), 0, "{point}");
    }
}

#[test]
fn a_call_can_be_made_to_fail_from_outside() {
    let folder = TempDir::new().unwrap();

    let (status, told) = in_another_process(folder.path(), "PURVEY_FAIL", "sync:3:ENOSPC");

    assert_eq!(status.code(), Some(101), "{told}");
    assert_eq!(FolderStore::new(folder.path()).published().unwrap(), None);
    let (status, _) = in_another_process(folder.path(), "PURVEY_FAIL", "sync:1000:ENOSPC");
    assert!(status.success());
}
