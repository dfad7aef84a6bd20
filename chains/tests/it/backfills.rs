//! Backfills of the chain of `examples/survivor.rs`, killed at every point that has a name: asked for again, they get done.

#![cfg(unix)]

use std::fs;
use std::os::unix::process::ExitStatusExt;

use crate::kills::{SIGKILL, points};
use crate::survivor::{Shown, Survivor, undisturbed};

const DAYS: [&str; 3] = ["2026-11-01", "2026-11-02", "2026-11-03"];

/// The chain, with an input for each day.
fn days() -> Survivor {
    let survivor = Survivor::new();
    survivor.configure("[partitions]\nby = 'day'\n");
    for (seed, day) in (1..).zip(DAYS) {
        survivor.feed(seed);
        fs::rename(survivor.path().join("stays.csv"), survivor.path().join(format!("{day}.csv"))).unwrap();
    }
    survivor
}

fn shown(survivor: &Survivor, day: &str) -> Shown {
    let Ok(entries) = fs::read_dir(survivor.data().join(day)) else { return Shown::new() };
    let files = entries.map(|entry| entry.unwrap()).filter(|entry| entry.path().is_file());
    files.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn a_backfill_that_is_killed_anywhere_is_gone_on_with_and_no_day_is_done_twice() {
    let expected: Vec<Shown> = (1..).zip(DAYS).map(|(seed, _)| undisturbed(seed)).collect();
    let input = "models.stays.path={partition}.csv";
    let backfill = ["backfill", "--from", DAYS[0], "--to", DAYS[2], "-q", "--set", input];
    let mut kills = 0;
    for point in points() {
        let survivor = days();
        // Seldom enough to be in the middle of another day each time.
        for nth in [1, 2, 5, 13] {
            let output = survivor.command(&backfill).env("PURVEY_KILL_AT", format!("{point}:{nth}")).output().unwrap();
            let is_killed = output.status.signal() == Some(SIGKILL);
            assert!(is_killed || output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            for (day, whole) in DAYS.iter().zip(&expected) {
                let shown = shown(&survivor, day);
                assert!(shown.is_empty() || shown == *whole, "after `{point}:{nth}` {day} is half done");
            }
            kills += usize::from(is_killed);
            if !is_killed {
                break;
            }
        }
        let output = survivor.command(&backfill).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        for (day, whole) in DAYS.iter().zip(&expected) {
            assert_eq!(shown(&survivor, day), *whole, "after `{point}`, {day}");
        }
        let calls = survivor.calls().len();
        assert!(survivor.command(&backfill).output().unwrap().status.success());
        assert_eq!(survivor.calls().len(), calls, "after `{point}`, what was done is done again");
    }
    assert!(kills > 40, "{kills} kills");
}
