//! The chain of `examples/inbox.rs`, killed at every point that has a name: what has come in is in its tables once.

#![cfg(unix)]

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};

use purvey::polars::prelude::DataFrame;
use tempfile::TempDir;

use crate::kills::{SIGKILL, points};
use crate::support::parquet;

/// The chain's program in a working folder of its own, to which a file comes each night.
struct Inbox {
    folder: TempDir,
    nights: i64,
}

impl Inbox {
    fn new() -> Inbox {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("inbox")).unwrap();
        Inbox { folder, nights: 0 }
    }

    /// A night later, there is a file with a new booking, and with a change of the one of the night before.
    fn next(&mut self) {
        self.nights += 1;
        let (number, before) = (self.nights, self.nights - 1);
        let text = format!("booking,nights,changed\n{number},1,{number}\n{before},2,{number}\n");
        fs::write(self.folder.path().join(format!("inbox/{number:03}.csv")), text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let tests = std::env::current_exe().unwrap();
        let program = tests.parent().and_then(Path::parent).unwrap().join("examples/inbox");
        assert!(program.exists(), "{} is not there; build it with `cargo build --examples`", program.display());
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env_clear().args(["--set", "models.changes.path=inbox", "-q"]);
        command.args(arguments);
        command
    }

    fn run(&self) -> Output {
        let output = self.command(&[]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }

    /// Runs it to be killed at a point; whether it was.
    fn is_killed_at(&self, point: &str, nth: usize) -> bool {
        let output = self.command(&[]).env("PURVEY_KILL_AT", format!("{point}:{nth}")).output().unwrap();
        let is_killed = output.status.signal() == Some(SIGKILL);
        assert!(is_killed || output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        is_killed
    }

    fn table(&self, model: &str) -> DataFrame {
        parquet(&self.folder.path().join(format!("data/inbox/{model}.parquet")))
    }

    fn column(&self, model: &str, column: &str) -> Vec<i64> {
        self.table(model).column(column).unwrap().i64().unwrap().iter().flatten().collect()
    }

    /// What has come in is in the tables, once, and in order.
    fn assert_whole(&self, story: &str) {
        let nights = 1..=self.nights;
        let expected: Vec<i64> = nights.flat_map(|night| [night, night - 1]).collect();
        assert_eq!(self.column("log", "booking"), expected, "{story}");
        let bookings: Vec<i64> = (0..=self.nights).collect();
        assert_eq!(self.column("bookings", "booking"), bookings, "{story}");
        let changed: Vec<i64> = (0..=self.nights).map(|booking| (booking + 1).min(self.nights)).collect();
        assert_eq!(self.column("bookings", "changed"), changed, "{story}");
        let total = fs::read_to_string(self.folder.path().join("data/inbox/nights_booked.json")).unwrap();
        assert_eq!(total.trim().parse(), Ok(2 * self.nights + 1), "{story}");
    }
}

#[test]
fn what_comes_in_is_added_once_wherever_a_run_is_killed() {
    let mut kills = 0;
    for point in points() {
        let mut inbox = Inbox::new();
        for nth in 1.. {
            inbox.next();
            let is_killed = inbox.is_killed_at(point, nth);
            if is_killed && nth % 2 == 0 {
                // Another file has come when it is gone on with.
                inbox.next();
            }
            if is_killed {
                inbox.run();
            }
            inbox.assert_whole(&format!("after `{point}:{nth}`"));
            if !is_killed {
                break;
            }
            kills += 1;
        }
    }
    assert!(kills > 30, "{kills} kills");
}

#[test]
fn a_run_that_is_killed_again_and_again_adds_it_once() {
    let mut inbox = Inbox::new();
    for points in points().windows(3) {
        inbox.next();
        for point in points {
            inbox.is_killed_at(point, 1);
        }
        inbox.run();
        inbox.assert_whole(&format!("after {points:?}"));
    }
}
