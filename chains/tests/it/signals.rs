//! Ctrl-C, SIGTERM and SIGKILL in the middle of a run: the tables of the last run stand, and the next one works.

#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use insta::assert_snapshot;

use crate::second_run::{SecondRun, signal};
use crate::support::{Chain, sample};

/// A run whose first task waits for its input, which comes out of a pipe.
struct Waiting {
    child: Child,
    stderr: BufReader<ChildStderr>,
    pipe: std::path::PathBuf,
    said: String,
}

impl Waiting {
    fn start(chain: &Chain) -> Waiting {
        let pipe = chain.path().join("feed");
        if !pipe.exists() {
            assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        }
        let set = format!("models.raw_bookings.path={}", pipe.display());
        let mut command = chain.command(&["-v", "--set", &set]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let mut waiting = Waiting { child, stderr, pipe, said: String::new() };
        waiting.read_until("read_raw_bookings");
        waiting
    }

    fn read_until(&mut self, word: &str) {
        let mut line = String::new();
        while !line.contains(word) {
            line.clear();
            assert!(self.stderr.read_line(&mut line).unwrap() > 0, "it ended: {}", self.said);
            self.said += &line;
        }
    }

    /// Gives it its input, so that the task goes on.
    fn feed(&self, content: &[u8]) {
        fs::write(&self.pipe, content).unwrap();
    }

    fn end(mut self) -> Output {
        self.stderr.read_to_string(&mut self.said).unwrap();
        let output = self.child.wait_with_output().unwrap();
        Output { stderr: self.said.into_bytes(), ..output }
    }
}

fn feed() -> Vec<u8> {
    fs::read(sample("metro/sample/bookings.ndjson")).unwrap()
}

/// Fewer bookings than the first run has read, so that every task has to run again.
fn fewer() -> String {
    String::from_utf8(feed()).unwrap().split_inclusive('\n').take(100).collect()
}

/// The state of each step, without times.
fn states(output: &Output) -> String {
    let stdout = String::from_utf8(output.stdout.clone()).unwrap();
    let words = stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let steps = words.filter(|words| words.len() > 2 && ["✓", "✗", "⊘", "–", "-"].contains(&words[1]));
    steps.map(|words| words[..3].join(" ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn after_sigint_the_running_task_ends_and_no_other_starts() {
    let metro = SecondRun::of(Chain::metro());
    let run = Waiting::start(&metro.chain);
    signal(&run.child, "INT");
    run.feed(fewer().as_bytes());
    let output = run.end();
    assert_eq!(output.status.code(), Some(130));
    assert_snapshot!(states(&output), @"
    read_raw_bookings ✓ done
    type_metro – cancelled
    rejects – cancelled
    bookings – cancelled
    daily_occupancy – cancelled
    monthly_revenue – cancelled
    cancellations – cancelled
    guests_by_country – cancelled
    agent_ranking – cancelled
    pickup_curve – cancelled
    los_histogram – cancelled
    monthly_report – cancelled
    totals – cancelled
    night_report – cancelled
    ");
    metro.assert_untouched();
    metro.assert_recovers();
}

#[test]
fn after_sigterm_the_running_task_ends_and_no_other_starts() {
    let metro = SecondRun::of(Chain::metro());
    let run = Waiting::start(&metro.chain);
    signal(&run.child, "TERM");
    run.feed(fewer().as_bytes());
    let output = run.end();
    assert_eq!(output.status.code(), Some(143));
    metro.assert_untouched();
    metro.assert_recovers();
}

#[test]
fn sigint_stops_a_backfill_between_two_partitions() {
    let metro = Chain::metro();
    let configuration = fs::read_to_string(sample("metro/purvey.toml")).unwrap() + "\n[partitions]\nby = \"day\"\n";
    let file = metro.file("purvey.toml", configuration);
    let pipe = metro.path().join("feed");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let backfill = |input: &str| {
        let set = format!("models.raw_bookings.path={input}");
        let days = ["--from", "2026-11-01", "--to", "2026-11-02"];
        let mut command = metro.command(&["backfill", "--config", file.to_str().unwrap(), "--set", &set]);
        command.args(days);
        command
    };

    let mut stopped = backfill(pipe.to_str().unwrap());
    let child = stopped.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Opening a pipe for writing waits until it is open for reading.
    let mut feed_of_the_first = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    signal(&child, "INT");
    feed_of_the_first.write_all(&feed()).unwrap();
    drop(feed_of_the_first);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let stdout = String::from_utf8(output.stdout).unwrap();
    let end = ": 0 done, 0 failed, 1 cancelled, 1 not run\n– cancelled  2026-11-01\n`backfill resume ";
    assert!(stdout.contains(end), "{stdout}");
    let history = String::from_utf8(metro.start(&["history"]).stdout).unwrap();
    assert!(history.contains("2026-11-01") && !history.contains("2026-11-02"), "{history}");

    let again = backfill(sample("metro/sample/bookings.ndjson").to_str().unwrap()).output().unwrap();
    assert!(String::from_utf8(again.stdout).unwrap().ends_with(": 2 done, 0 failed, 0 not run\n"));
}

#[test]
fn a_second_sigint_ends_the_run_at_once() {
    let metro = SecondRun::of(Chain::metro());
    let mut run = Waiting::start(&metro.chain);
    // Two signals that come close together are one to the system, so that it is sent until it is heard twice.
    while run.child.try_wait().unwrap().is_none() {
        signal(&run.child, "INT");
    }
    let output = run.end();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(output.stdout, b"");
    metro.assert_untouched();
    metro.assert_recovers();
}

#[test]
fn sigkill_while_a_task_runs_leaves_the_tables_alone() {
    let metro = SecondRun::of(Chain::metro());
    let mut run = Waiting::start(&metro.chain);
    run.child.kill().unwrap();
    assert_eq!(run.end().status.code(), None);
    metro.assert_untouched();
    metro.assert_recovers();
}

#[test]
fn sigkill_after_any_task_leaves_the_tables_of_one_run_and_no_debris() {
    let metro = SecondRun::of(Chain::metro());
    let fewer = fewer();
    let other = Chain::metro();
    other.run_on(&other.file("feed.ndjson", &fewer));
    let second = other.published();

    for task in ["type_metro", "bookings", "monthly_report", "night_report", "published"] {
        let mut run = Waiting::start(&metro.chain);
        run.feed(fewer.as_bytes());
        run.read_until(task);
        run.child.kill().unwrap();
        run.end();
        // Where it was hit is not ours to say, so that either may be there; never a mix of them.
        let is_whole = metro.shows_the_first() || metro.chain.published() == second;
        assert!(is_whole, "after `{task}`: {:?}", metro.chain.published().keys());
        metro.assert_recovers();
    }
}
