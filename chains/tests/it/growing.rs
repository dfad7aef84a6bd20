//! The chains of `examples/inbox.rs` and `examples/register.rs`, killed at every point that has a name: what has come in, as files
//! or into a table of a database, is in their tables once.

#![cfg(unix)]

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use purvey::polars::prelude::DataFrame;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::kills::{SIGKILL, points};
use crate::support::parquet;

/// How things come in: the name of the chain that reads them.
#[derive(Clone, Copy)]
enum Way {
    Files,
    Database,
}

/// The chain's program in a working folder of its own, to which something comes each night.
struct Incoming {
    way: Way,
    folder: TempDir,
    nights: i64,
}

impl Incoming {
    fn new(way: Way) -> Incoming {
        let folder = TempDir::new().unwrap();
        let incoming = Incoming { way, folder, nights: 0 };
        match way {
            Way::Files => fs::create_dir(incoming.path("inbox")).unwrap(),
            // It has no key: changes are written one below the other.
            Way::Database => incoming.write("CREATE TABLE register (booking INT, nights INT, changed INT)"),
        }
        incoming
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    /// Writes into the database, as another program does it.
    fn write(&self, statements: &str) {
        Connection::open(self.path("hotel.sqlite")).unwrap().execute_batch(statements).unwrap();
    }

    /// A night later, there is a new booking, and a change of the one of the night before.
    fn next(&mut self) {
        self.nights += 1;
        let (number, before) = (self.nights, self.nights - 1);
        match self.way {
            Way::Files => {
                let text = format!("booking,nights,changed\n{number},1,{number}\n{before},2,{number}\n");
                fs::write(self.path(&format!("inbox/{number:03}.csv")), text).unwrap();
            }
            Way::Database => {
                self.write(&format!("INSERT INTO register VALUES ({number}, 1, {number}), ({before}, 2, {number})"));
            }
        }
    }

    fn chain(&self) -> &'static str {
        match self.way {
            Way::Files => "inbox",
            Way::Database => "register",
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let tests = std::env::current_exe().unwrap();
        let program = tests.parent().and_then(Path::parent).unwrap().join("examples").join(self.chain());
        assert!(program.exists(), "{} is not there; build it with `cargo build --examples`", program.display());
        let mut command = Command::new(program);
        let path = match self.way {
            Way::Files => "inbox",
            Way::Database => "hotel.sqlite",
        };
        command.current_dir(self.folder.path()).env_clear().args([
            "--set",
            &format!("models.changes.path={path}"),
            "-q",
        ]);
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
        parquet(&self.path(&format!("data/{}/{model}.parquet", self.chain())))
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
        if let Way::Files = self.way {
            let total = fs::read_to_string(self.path("data/inbox/nights_booked.json")).unwrap();
            assert_eq!(total.trim().parse(), Ok(2 * self.nights + 1), "{story}");
        }
    }
}

fn added_once_wherever_a_run_is_killed(way: Way) {
    let mut kills = 0;
    for point in points() {
        let mut incoming = Incoming::new(way);
        for nth in 1.. {
            incoming.next();
            let is_killed = incoming.is_killed_at(point, nth);
            if is_killed && nth % 2 == 0 {
                // More has come when it is gone on with.
                incoming.next();
            }
            if is_killed {
                incoming.run();
            }
            incoming.assert_whole(&format!("after `{point}:{nth}`"));
            if !is_killed {
                break;
            }
            kills += 1;
        }
    }
    assert!(kills > 25, "{kills} kills");
}

#[test]
fn each_file_that_comes_in_is_added_once_wherever_a_run_is_killed() {
    added_once_wherever_a_run_is_killed(Way::Files);
}

#[test]
fn each_row_that_comes_into_a_database_is_added_once_wherever_a_run_is_killed() {
    added_once_wherever_a_run_is_killed(Way::Database);
}

#[test]
fn a_run_that_is_killed_again_and_again_adds_it_once() {
    for way in [Way::Files, Way::Database] {
        let mut incoming = Incoming::new(way);
        for points in points().windows(3) {
            incoming.next();
            for point in points {
                incoming.is_killed_at(point, 1);
            }
            incoming.run();
            incoming.assert_whole(&format!("after {points:?}"));
        }
    }
}
