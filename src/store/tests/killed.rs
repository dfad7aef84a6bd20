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

fn in_another_process(folder: &Path, variable: &str, value: &str) -> (ExitStatus, String) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "store::tests::killed::a_run_in_a_process_of_its_own"])
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
fn a_call_can_be_made_to_fail_from_outside() {
    let folder = TempDir::new().unwrap();

    let (status, told) = in_another_process(folder.path(), "PURVEY_FAIL", "sync:3:ENOSPC");

    assert_eq!(status.code(), Some(101), "{told}");
    assert_eq!(FolderStore::new(folder.path()).published().unwrap(), None);
    let (status, _) = in_another_process(folder.path(), "PURVEY_FAIL", "sync:1000:ENOSPC");
    assert!(status.success());
}
