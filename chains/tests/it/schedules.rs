//! Schedules in real processes: killed at every point of a fire, stopped, and two at a time.

#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;

use purvey::chrono::{DateTime, Datelike, TimeDelta, Utc};
use purvey::store::{Fired, Fires};

use crate::kills::points;
use crate::second_run::signal;
use crate::survivor::{Night, Survivor, Trouble, runs, undisturbed_each};

/// The chain with a schedule that fires when a year begins, so that no test runs into the next fire.
fn scheduled() -> Survivor {
    let survivor = Survivor::new();
    survivor.configure("[schedule.yearly]\ncron = '@yearly'\n");
    survivor
}

fn fires(survivor: &Survivor) -> Fires {
    Fires::of(survivor.data())
}

fn fired(survivor: &Survivor) -> Fired {
    fires(survivor).read().unwrap().remove("yearly").unwrap()
}

/// Has the last fire be one that was missed.
fn miss(survivor: &Survivor) -> DateTime<Utc> {
    let fire = format!("{}-01-01T00:00:00Z", Utc::now().year()).parse().unwrap();
    let mut hand = fires(survivor).take().unwrap().unwrap();
    hand.leave_out("yearly", fire - TimeDelta::days(1)).unwrap();
    fire
}

fn once(survivor: &Survivor) -> Command {
    survivor.command(&["schedule", "run", "--once", "-q"])
}

/// The points that only a fire comes to.
fn fire_points() -> Vec<&'static str> {
    let source = include_str!("../../../src/failpoint.rs");
    let list = source.split_once("FIRE_POINTS: &[&str] = &[").unwrap().1.split_once("];").unwrap().0;
    list.split(',').map(|name| name.trim().trim_matches('"')).filter(|name| !name.is_empty()).collect()
}

#[test]
fn a_fire_that_is_killed_at_any_point_is_gone_on_with_and_nothing_is_done_twice() {
    let expected = undisturbed_each(&[1, 2]);
    let fire_points = fire_points();
    assert_eq!(fire_points.len(), 4, "{fire_points:?}");
    let mut seeds = expected.keys().cycle();
    let survivor = scheduled();
    for point in points().into_iter().chain(fire_points) {
        let seed = seeds.next().unwrap();
        let night = Night::begin(&survivor, *seed, &expected[seed]);
        let fire = miss(&survivor);
        let killed = once(&survivor).env("PURVEY_KILL_AT", point).output().unwrap();
        assert_eq!(killed.status.signal(), Some(9), "`{point}`: {}", String::from_utf8_lossy(&killed.stderr));
        let begun = fired(&survivor).begun;
        match point {
            "fires taken" | "fire ended" => assert_eq!(begun, None, "`{point}`"),
            _ => assert_eq!(begun.unwrap().fire, fire, "`{point}`"),
        }

        let output = once(&survivor).output().unwrap();
        assert!(output.status.success(), "`{point}`: {}", String::from_utf8_lossy(&output.stderr));
        let after = fired(&survivor);
        let ended = after.ended.unwrap();
        assert_eq!((after.begun, ended.fire, ended.exit), (None, fire, 0), "`{point}`");
        night.end(Trouble::Kills(1));

        let before = runs(&survivor).len();
        assert!(once(&survivor).status().unwrap().success());
        assert_eq!(runs(&survivor).len(), before, "`{point}`: it was run once more");
    }
}

#[test]
fn of_two_schedulers_of_one_folder_one_runs_what_is_due() {
    let survivor = scheduled();
    let mut refused = 0;
    for seed in 0..12 {
        survivor.feed(seed);
        let fire = miss(&survivor);
        let before = runs(&survivor).len();
        let start = || once(&survivor).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let ends = [start(), start()].map(|child| child.wait_with_output().unwrap());
        match ends.each_ref().map(|end| end.status.code()) {
            [Some(0), Some(0)] => {}
            [Some(0), Some(6)] | [Some(6), Some(0)] => refused += 1,
            codes => panic!("{codes:?}: {}", String::from_utf8_lossy(&ends[0].stderr)),
        }
        assert_eq!(runs(&survivor).len(), before + 1);
        assert_eq!(fired(&survivor).ended.unwrap().fire, fire);
    }
    assert!(refused > 0, "they never met");
}

/// A scheduler that watches until it is stopped; what it says goes to a channel.
fn watching(survivor: &Survivor, said: &mpsc::Sender<String>) -> Child {
    let mut child = survivor.command(&["schedule", "run"]).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let said = said.clone();
    thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| said.send(line)));
    child
}

#[test]
fn schedulers_that_watch_run_a_fire_once_and_end_when_they_are_told_to() {
    let survivor = scheduled();
    survivor.feed(1);
    miss(&survivor);
    let (said, heard) = mpsc::channel();
    let mut both = [watching(&survivor, &said), watching(&survivor, &said)];
    drop(said);
    // What each says before it is stopped; by then both watch the signals, for both have said that they watch.
    let mut lines: Vec<String> = Vec::new();
    let is_told = |lines: &[String], word: &str| lines.iter().filter(|line| line.contains(word)).count();
    while is_told(&lines, "yearly  ✓ done") < 1 || is_told(&lines, "watches 1 schedule") < 2 {
        lines.push(heard.recv().unwrap());
    }
    for child in &mut both {
        signal(child, "TERM");
        assert_eq!(child.wait().unwrap().code(), Some(143));
    }
    assert_eq!(heard.iter().collect::<Vec<_>>(), [""; 0]);
    assert_eq!(runs(&survivor).len(), 1);
}

#[test]
fn a_fire_that_is_stopped_is_gone_on_with() {
    let expected = undisturbed_each(&[1, 2]);
    let survivor = scheduled();
    survivor.feed(1);
    let fire = miss(&survivor);
    let (stays, pipe) = (survivor.path().join("stays.csv"), survivor.path().join("pipe.csv"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = survivor.command(&["schedule", "run", "--set", "models.stays.path=pipe.csv"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // Opened when its first task has opened it to read.
    let mut feed = fs::File::options().write(true).open(&pipe).unwrap();
    signal(&child, "TERM");
    feed.write_all(&fs::read(&stays).unwrap()).unwrap();
    drop(feed);
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(fired(&survivor).begun.unwrap().fire, fire);

    assert!(once(&survivor).status().unwrap().success());
    assert_eq!(fired(&survivor).ended.unwrap().fire, fire);
    assert_eq!(survivor.shown(), expected[&1]);
}
