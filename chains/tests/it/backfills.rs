//! Backfills of the chain of `examples/survivor.rs`: killed at every point that has a name, stopped, and two at a time.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Output, Stdio};

use purvey::event::Ending;
use purvey::ledger::Ledger;
use serde_json::Value;

use crate::kills::{SIGKILL, points};
use crate::second_run::signal;
use crate::survivor::{Shown, Survivor, runs, undisturbed};

const DAYS: [&str; 3] = ["2026-11-01", "2026-11-02", "2026-11-03"];
const INPUT: [&str; 2] = ["--set", "models.stays.path={partition}.csv"];

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

/// What people see of each day when nothing is disturbed.
fn whole() -> Vec<Shown> {
    (1..).zip(DAYS).map(|(seed, _)| undisturbed(seed)).collect()
}

/// A backfill of all days.
fn backfill(survivor: &Survivor, more: &[&str]) -> Command {
    let days = ["backfill", "--from", DAYS[0], "--to", DAYS[2], "-q"];
    survivor.command(&[&days[..], &INPUT, more].concat())
}

fn done(mut command: Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Starts a command to be killed at a point; whether it was.
fn is_killed(command: &mut Command, point: &str, nth: usize) -> bool {
    let output = command.env("PURVEY_KILL_AT", format!("{point}:{nth}")).output().unwrap();
    let is_killed = output.status.signal() == Some(SIGKILL);
    assert!(is_killed || output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    is_killed
}

/// The document of the last backfill; `None` where none is on record.
fn told(survivor: &Survivor) -> Option<Value> {
    let output = survivor.command(&["backfill", "show", "last", "--output", "json"]).output().unwrap();
    if output.status.code() == Some(2) {
        assert!(String::from_utf8_lossy(&output.stderr).contains("no backfill is on record"));
        return None;
    }
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn number(told: &Value, field: &str) -> u64 {
    told[field].as_u64().unwrap()
}

/// The days that are done, as a backfill tells.
fn days_done(told: &Value) -> Vec<String> {
    let rows = told["begun"].as_array().unwrap().iter();
    rows.filter(|row| row["state"] == "done").map(|row| row["partition"].as_str().unwrap().to_owned()).collect()
}

fn runs_by_day(survivor: &Survivor) -> BTreeMap<String, usize> {
    let mut days = BTreeMap::new();
    for run in runs(survivor) {
        *days.entry(run.partition).or_default() += 1;
    }
    days
}

/// The points that only a backfill comes to.
fn backfill_points() -> Vec<&'static str> {
    let source = include_str!("../../../src/failpoint.rs");
    let list = source.split_once("BACKFILL_POINTS: &[&str] =").unwrap().1.split_once("&[").unwrap().1;
    let list = list.split_once("];").unwrap().0;
    list.split(',').map(|name| name.trim().trim_matches('"')).filter(|name| !name.is_empty()).collect()
}

#[test]
fn a_backfill_that_is_killed_anywhere_is_gone_on_with_and_no_day_is_done_twice() {
    let expected = whole();
    let mut kills = 0;
    for point in points() {
        let survivor = days();
        // Seldom enough to be in the middle of another day each time.
        for nth in [1, 2, 5, 13] {
            let is_killed = is_killed(&mut backfill(&survivor, &[]), point, nth);
            for (day, whole) in DAYS.iter().zip(&expected) {
                let shown = shown(&survivor, day);
                assert!(shown.is_empty() || shown == *whole, "after `{point}:{nth}` {day} is half done");
            }
            kills += usize::from(is_killed);
            if !is_killed {
                break;
            }
        }
        done(backfill(&survivor, &[]));
        for (day, whole) in DAYS.iter().zip(&expected) {
            assert_eq!(shown(&survivor, day), *whole, "after `{point}`, {day}");
        }
        let calls = survivor.calls().len();
        done(backfill(&survivor, &[]));
        assert_eq!(survivor.calls().len(), calls, "after `{point}`, what was done is done again");
    }
    assert!(kills > 40, "{kills} kills");
}

/// Kills a backfill at every point, has it told, and goes on with it; returns how often it was killed.
fn kill_and_resume(more: &[&str], seldom: &[usize]) -> usize {
    let expected = whole();
    let mut kills = 0;
    for point in points().into_iter().chain(backfill_points()) {
        for &nth in seldom {
            let survivor = days();
            let at = format!("`{point}:{nth}`");
            if !is_killed(&mut backfill(&survivor, more), point, nth) {
                break;
            }
            kills += 1;
            let Some(after) = told(&survivor) else {
                // The first lease is that of the backfill itself.
                assert!(["lease taken:1", "backfill taken:1"].contains(&format!("{point}:{nth}").as_str()), "{at}");
                done(backfill(&survivor, more));
                assert_eq!(fs::read_dir(survivor.data().join(".purvey/backfills")).unwrap().count(), 0, "{at}");
                continue;
            };
            let state = if point == "backfill ended" { "done" } else { "killed" };
            assert_eq!(after["state"], state, "{at}");
            let count = |fields: &[&str]| fields.iter().map(|field| number(&after, field)).sum::<u64>();
            assert_eq!(count(&["done", "killed", "not_begun"]), 3, "{at}: {after}");
            assert_eq!(count(&["failed", "cancelled", "running"]), 0, "{at}: {after}");
            let (over, before) = (days_done(&after), runs_by_day(&survivor));

            done(survivor.command(&["backfill", "resume", "last", "-q"]));
            for (day, whole) in DAYS.iter().zip(&expected) {
                assert_eq!(shown(&survivor, day), *whole, "after {at}, {day}");
            }
            let end = told(&survivor).unwrap();
            assert_eq!((end["state"].as_str(), number(&end, "done")), (Some("done"), 3), "{at}");
            assert_eq!(end["backfill"], after["backfill"], "{at}");
            let again = runs_by_day(&survivor);
            for day in DAYS {
                let begun_again = again[day] - before.get(day).copied().unwrap_or(0);
                assert_eq!(begun_again, usize::from(!over.iter().any(|over| over == day)), "{at}, {day}");
            }
            assert!(runs(&survivor).iter().all(|run| run.ending.is_some() && run.backfill.is_some()), "{at}");
            if nth > 1 {
                let calls = survivor.calls().len();
                done(backfill(&survivor, &["--all"]));
                assert_eq!(survivor.calls().len(), calls, "after {at}, what was done is done again");
            }
        }
    }
    kills
}

#[test]
fn a_backfill_that_is_killed_anywhere_is_told_as_killed_and_what_is_left_of_it_is_run() {
    let kills = kill_and_resume(&[], &[1, 13]);
    assert!(kills >= 24, "{kills} kills");
}

#[test]
fn so_is_one_that_runs_days_side_by_side() {
    let kills = kill_and_resume(&["--jobs-partitions", "2"], &[1, 3]);
    assert!(kills >= 30, "{kills} kills");
}

#[test]
fn going_on_that_is_killed_is_gone_on_with() {
    let expected = whole();
    let survivor = days();
    assert!(is_killed(&mut backfill(&survivor, &[]), "partition ended", 1));
    let id = told(&survivor).unwrap()["backfill"].clone();
    for point in
        ["backfill taken", "backfill resumed", "run recorded", "step recorded", "partition ended", "publish swapped"]
    {
        assert!(is_killed(&mut survivor.command(&["backfill", "resume", "last", "-q"]), point, 1), "`{point}`");
        assert_eq!(told(&survivor).unwrap()["state"], "killed", "`{point}`");
    }
    assert!(is_killed(&mut survivor.command(&["backfill", "resume", "last", "-q"]), "backfill ended", 1));
    let end = told(&survivor).unwrap();
    assert_eq!((&end["backfill"], end["state"].as_str(), number(&end, "done")), (&id, Some("done"), 3));
    for (day, whole) in DAYS.iter().zip(&expected) {
        assert_eq!(shown(&survivor, day), *whole, "{day}");
    }
}

/// A backfill in which the run of a day waits for its input.
struct Waiting {
    child: Child,
    pipe: fs::File,
    input: Vec<u8>,
    day: &'static str,
}

impl Waiting {
    fn start(survivor: &Survivor, day: &'static str, more: &[&str]) -> Waiting {
        let path = survivor.path().join(format!("{day}.csv"));
        let input = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let mut command = backfill(survivor, more);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Opened when its first task has opened it to read.
        let pipe = fs::File::options().write(true).open(&path).unwrap();
        Waiting { child, pipe, input, day }
    }

    /// Gives it its input, also as a file for those that come later.
    fn end(mut self, survivor: &Survivor) -> Output {
        self.pipe.write_all(&self.input).unwrap();
        drop(self.pipe);
        let output = self.child.wait_with_output().unwrap();
        let path = survivor.path().join(format!("{}.csv", self.day));
        fs::remove_file(&path).unwrap();
        fs::write(&path, self.input).unwrap();
        output
    }
}

/// What there is to say of a backfill that was stopped in the middle: it can be gone on with.
fn goes_on(survivor: &Survivor, [done_before, cancelled, not_begun]: [u64; 3]) {
    let stopped = told(survivor).unwrap();
    assert_eq!(stopped["state"], "cancelled");
    let counts = ["done", "cancelled", "not_begun"].map(|field| number(&stopped, field));
    assert_eq!(counts, [done_before, cancelled, not_begun], "{stopped}");
    done(survivor.command(&["backfill", "resume", "last", "-q"]));
    let end = told(survivor).unwrap();
    assert_eq!((end["state"].as_str(), number(&end, "done")), (Some("done"), 3));
    for (day, whole) in DAYS.iter().zip(&whole()) {
        assert_eq!(shown(survivor, day), *whole, "{day}");
    }
}

#[test]
fn a_backfill_that_is_stopped_by_sigterm_is_gone_on_with() {
    let survivor = days();
    let waiting = Waiting::start(&survivor, DAYS[1], &[]);
    signal(&waiting.child, "TERM");
    assert_eq!(waiting.end(&survivor).status.code(), Some(143));
    goes_on(&survivor, [1, 1, 1]);

    // Side by side with another one, which goes on until it is over or cancelled as well.
    let survivor = days();
    let waiting = Waiting::start(&survivor, DAYS[0], &["--jobs-partitions", "2"]);
    signal(&waiting.child, "TERM");
    assert_eq!(waiting.end(&survivor).status.code(), Some(143));
    assert_eq!(told(&survivor).unwrap()["state"], "cancelled");
    done(survivor.command(&["backfill", "resume", "last", "-q"]));
    assert_eq!(number(&told(&survivor).unwrap(), "done"), 3);
}

#[test]
fn a_backfill_that_is_asked_to_stop_ends_what_it_runs_and_is_gone_on_with() {
    let survivor = days();
    let waiting = Waiting::start(&survivor, DAYS[1], &[]);
    assert_eq!(told(&survivor).unwrap()["state"], "running");
    let said = done(survivor.command(&["backfill", "stop", "last"]));
    assert!(String::from_utf8_lossy(&said.stdout).ends_with("ends after the partitions that it runs now\n"));
    let output = waiting.end(&survivor);
    assert_eq!(output.status.code(), Some(9), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains(": 2 done, 0 failed, 1 not run\n`backfill resume "), "{told}");
    goes_on(&survivor, [2, 0, 1]);
}

#[test]
fn of_two_backfills_of_the_same_days_the_lease_decides_and_the_other_says_who_has_it() {
    let survivor = days();
    let waiting = Waiting::start(&survivor, DAYS[0], &[]);
    let first = told(&survivor).unwrap()["backfill"].as_str().unwrap().to_owned();
    let other = backfill(&survivor, &[]).output().unwrap();
    assert_eq!(other.status.code(), Some(1));
    let said = String::from_utf8(other.stderr).unwrap();
    let has_it = format!("(process {} on host ", waiting.child.id());
    assert!(
        said.starts_with("error: ") && said.contains(" is being written by run ") && said.contains(&has_it),
        "{said}"
    );
    let second = told(&survivor).unwrap();
    assert_eq!((number(&second, "done"), number(&second, "failed")), (2, 1));
    assert!(second["begun"][0]["reason"].as_str().unwrap().contains(&has_it), "{second}");
    assert_eq!(second["begun"][0]["run"], Value::Null);

    let output = waiting.end(&survivor);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    done(survivor.command(&["backfill", "resume", "last", "--failed", "-q"]));
    assert_eq!(told(&survivor).unwrap()["state"], "done");
    let records = survivor.ledger().find_backfills(&first).unwrap();
    assert_eq!((records[0].ending, records[0].partitions), (Some(Ending::Done), 3));
    for (day, whole) in DAYS.iter().zip(&whole()) {
        assert_eq!(shown(&survivor, day), *whole, "{day}");
    }
}

#[test]
fn processes_that_begin_a_ledger_at_the_same_moment_all_come_to_be_on_record() {
    for _ in 0..6 {
        let survivor = days();
        let start = |day: &str| {
            let arguments = ["run", "-q", "--partition", day];
            let mut command = survivor.command(&[&arguments[..], &INPUT].concat());
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        };
        for child in DAYS.map(start) {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        assert_eq!(runs(&survivor).iter().filter(|run| run.ending == Some(Ending::Done)).count(), 3);
        assert!(DAYS.iter().all(|day| survivor.ledger().published(day).unwrap().len() > 10));
    }
}

#[test]
fn ten_years_of_hours_are_one_range_on_record() {
    let survivor = Survivor::new();
    survivor.configure("[partitions]\nby = 'hour'\n");
    let hours = ["backfill", "--from", "2016-01-01T00+0000", "--to", "2025-12-31T23+0000", "--at-most", "100000", "-q"];
    let planned = done(survivor.command(&[&hours[..], &["--dry-run", "--output", "json"]].concat()));
    let planned: Value = serde_json::from_slice(&planned.stdout).unwrap();
    assert_eq!((number(&planned, "picked"), planned["ranges"].as_array().unwrap().len()), (87_672, 1));
    assert!(!survivor.data().exists(), "a dry run has left something");

    assert!(is_killed(&mut survivor.command(&hours), "backfill recorded", 1));
    let record = survivor.ledger().backfills(1).unwrap().remove(0);
    assert_eq!((record.partitions, record.not_begun()), (87_672, 87_672));
    assert_eq!(survivor.ledger().ranges(record.backfill).unwrap().len(), 1);
    assert_eq!(survivor.ledger().begun(record.backfill).unwrap(), []);
}
