//! The chain of `examples/nights.rs`, whose tasks are called for several days: killed while they are, or while the days take what
//! is theirs, and gone on with.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::kills::{SIGKILL, points};

/// So many days, which one call is for.
const DAYS: u32 = 8;

/// The program in a working folder of its own, with a front desk.
struct Nights(TempDir);

impl Nights {
    fn new() -> Nights {
        let nights = Nights(TempDir::new().unwrap());
        let toml = "tasks.ask.desk = 'desk.csv'\npartitions.by = 'day'\n";
        fs::write(nights.0.path().join("purvey.toml"), toml).unwrap();
        let mut desk = String::new();
        // The third night the house is empty.
        for day in (1..=DAYS).filter(|day| *day != 3) {
            desk.extend((1..=day).map(|room| format!("2026-11-{day:02},{room},{room}00\n")));
        }
        fs::write(nights.0.path().join("desk.csv"), desk).unwrap();
        nights
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let tests = std::env::current_exe().unwrap();
        let program = tests.parent().and_then(Path::parent).unwrap().join("examples/nights");
        assert!(program.exists(), "{} is not there; build it with `cargo build --examples`", program.display());
        let mut command = Command::new(program);
        command
            .current_dir(self.0.path())
            .env_clear()
            .args(["--config", "purvey.toml", "--data", "data"])
            .args(arguments);
        command
    }

    fn backfill(&self, more: &[&str]) -> Command {
        self.command(&[&["backfill", "--from", "2026-11-01", "--to", "2026-11-08"], more].concat())
    }

    /// What people see, by day and file.
    fn shown(&self) -> BTreeMap<(u32, String), Vec<u8>> {
        let mut shown = BTreeMap::new();
        for day in 1..=DAYS {
            let Ok(entries) = fs::read_dir(self.0.path().join(format!("data/2026-11-{day:02}"))) else { continue };
            for entry in entries.map(|entry| entry.unwrap()).filter(|entry| entry.path().is_file()) {
                shown.insert((day, entry.file_name().into_string().unwrap()), fs::read(entry.path()).unwrap());
            }
        }
        shown
    }
}

fn done(mut command: Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

#[test]
fn a_backfill_that_is_killed_around_a_call_for_several_days_comes_to_the_same() {
    let expected = {
        let alone = Nights::new();
        done(alone.backfill(&["--no-ranges", "-q"]));
        alone.shown()
    };
    assert_eq!(expected.len(), 3 * DAYS as usize);
    let mut kills = 0;
    for point in ["range called", "partition ended"].into_iter().chain(points()) {
        // The first two steps are those of the call.
        for nth in [1, 4] {
            let nights = Nights::new();
            let at = format!("{point}:{nth}");
            let output = nights.backfill(&["-q"]).env("PURVEY_KILL_AT", &at).output().unwrap();
            if output.status.signal() != Some(SIGKILL) {
                assert!(output.status.success(), "{at}: {}", String::from_utf8_lossy(&output.stderr));
                break;
            }
            kills += 1;
            for (file, bytes) in nights.shown() {
                assert_eq!(expected.get(&file), Some(&bytes), "after `{at}`, {file:?}");
            }
            // The first lease is that of the backfill itself.
            let resumed = nights.command(&["backfill", "resume", "last", "-q"]).output().unwrap();
            if !resumed.status.success() {
                assert_eq!(at, "lease taken:1", "{}", String::from_utf8_lossy(&resumed.stderr));
                done(nights.backfill(&["-q"]));
            }
            assert_eq!(nights.shown(), expected, "after `{at}`");
            let again = done(nights.backfill(&["--all"]));
            assert!(!String::from_utf8_lossy(&again.stderr).contains("called"), "after `{at}` something is done again");
        }
    }
    assert!(kills > 20, "{kills} kills");
}

#[test]
fn a_backfill_asks_once_for_all_days() {
    let nights = Nights::new();
    let told = String::from_utf8(done(nights.backfill(&[])).stderr).unwrap();
    assert!(told.contains("2026-11-01 to 2026-11-08  `ask` and `add_up` called for 8 partitions at once"), "{told}");
    assert_eq!(told.matches("called").count(), 1, "{told}");
}
