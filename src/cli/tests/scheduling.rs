//! Schedules, from the command line.

use std::sync::Arc;

use super::*;
use crate::clock::{Clock, FakeClock};
use crate::store::Fires;

const NIGHTLY: &str = "[schedule.nightly]\ncron = '30 4 * * *'\nzone = 'Europe/Vienna'\n";

/// Command lines that share a configuration, a folder for results and a clock.
struct Lodge {
    folder: Folder,
    clock: Arc<FakeClock>,
}

impl Lodge {
    fn at(now: &str, file: &str) -> Lodge {
        let lodge = Lodge { folder: Folder::new(), clock: Arc::new(FakeClock::at(now.parse().unwrap())) };
        lodge.configure(file);
        lodge
    }

    fn configure(&self, file: &str) {
        fs::write(self.config(), file).unwrap();
    }

    fn config(&self) -> std::path::PathBuf {
        self.folder.0.path().join("purvey.toml")
    }

    fn tell(&self, arguments: &str) -> Told {
        let (folder, config) = (self.folder.0.path().display(), self.config());
        let arguments = format!("{arguments} --data {folder} --config {}", config.display());
        let clock: Arc<dyn Clock> = Arc::<FakeClock>::clone(&self.clock);
        let told = tell_chain_by(clock, lodge(), &arguments, &[]);
        let plain = |text: &str| without(text, self.folder.0.path()).replace(&folder.to_string(), "<data>");
        Told { out: plain(&told.out), err: plain(&told.err), ..told }
    }

    fn is(&self, now: &str) {
        self.clock.set(now.parse().unwrap());
    }

    /// The partitions of the runs on record, the last first.
    fn partitions(&self) -> Vec<String> {
        let document: serde_json::Value = serde_json::from_str(&self.tell("history --output json").out).unwrap();
        let runs = document["runs"].as_array().unwrap();
        runs.iter().map(|run| run["partition"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

#[test]
fn a_fire_runs_what_its_schedule_selects() {
    let lodge = Lodge::at("2026-11-22T12:00:00Z", &format!("{NIGHTLY}select = 'list_rooms'\n"));
    insta::assert_snapshot!(lodge.tell("schedule run --once").all(), @"exit 0");
    lodge.is("2026-11-23T03:29:59Z");
    insta::assert_snapshot!(lodge.tell("schedule run --once").all(), @"exit 0");
    assert_eq!(lodge.partitions().len(), 0);

    lodge.is("2026-11-23T03:30:00Z");
    insta::assert_snapshot!(lodge.tell("schedule run --once").all(), @r"
    exit 0
    --- stderr
    2026-11-23T04:30+01:00  nightly  ✓ done
    ");
    insta::assert_snapshot!(lodge.tell("schedule run --once").all(), @"exit 0");
    assert_eq!(lodge.partitions(), [""]);
    assert!(lodge.tell("history last").out.contains("run list_rooms"), "{}", lodge.tell("history last").out);

    // Of four nights the last is run.
    lodge.is("2026-11-27T03:30:00Z");
    insta::assert_snapshot!(lodge.tell("schedule run --once").all(), @r"
    exit 0
    --- stderr
    2026-11-27T04:30+01:00  nightly  3 fires before it left out
    2026-11-27T04:30+01:00  nightly  ✓ done
    ");
    lodge.is("2026-11-29T03:30:00Z");
    assert_eq!(lodge.tell("schedule run --once --quiet").all(), "exit 0\n");
}

#[test]
fn history_says_which_schedule_began_a_run() {
    let lodge = Lodge::at("2026-11-22T12:00:00Z", &format!("{NIGHTLY}select = 'list_rooms'\n"));
    lodge.tell("schedule run --once");
    lodge.is("2026-11-23T03:30:00Z");
    assert_eq!(lodge.tell("schedule run --once").exit, Exit::Done);
    // As a timer of systemd has it.
    assert_eq!(lodge.tell("run --schedule nightly --set tasks.count_beds.most=1").exit, Exit::Failed);
    assert_eq!(lodge.tell("resume last --set tasks.count_beds.most=9").exit, Exit::Done);
    lodge.tell("run");

    let document: serde_json::Value = serde_json::from_str(&lodge.tell("history --output json").out).unwrap();
    let schedules: Vec<&serde_json::Value> =
        document["runs"].as_array().unwrap().iter().map(|run| &run["schedule"]).collect();
    assert_eq!(schedules, [&serde_json::Value::Null, &"nightly".into(), &"nightly".into(), &"nightly".into()]);
    let list = lodge.tell("history").out;
    let words: Vec<&str> = list.lines().take(2).filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(words, ["schedule", "–"], "{list}");
    let first = document["runs"][3]["run"].as_str().unwrap();
    let told = lodge.tell(&format!("history {first}")).out;
    assert!(told.contains("\nschedule   nightly\n"), "{told}");
    assert!(told.contains("lodge run list_rooms --schedule nightly --config "), "{told}");
}

#[test]
fn each_fire_that_was_missed_runs_the_partition_of_its_own_time() {
    let days = "[partitions]\nby = 'day'\nzone = 'Europe/Vienna'\n";
    let lodge = Lodge::at("2026-11-22T12:00:00Z", &format!("{days}{NIGHTLY}missed = 'all'\n"));
    lodge.tell("schedule run --once");

    lodge.is("2026-11-25T18:00:00Z");
    insta::assert_snapshot!(lodge.tell("schedule run --once").all(), @r"
    exit 0
    --- stderr
    2026-11-23T04:30+01:00  nightly  partition 2026-11-22  ✓ done
    2026-11-24T04:30+01:00  nightly  partition 2026-11-23  ✓ done
    2026-11-25T04:30+01:00  nightly  partition 2026-11-24  ✓ done
    ");
    assert_eq!(lodge.partitions(), ["2026-11-24", "2026-11-23", "2026-11-22"]);

    lodge.configure(&format!("{days}{NIGHTLY}missed = 'none'\n"));
    lodge.is("2026-11-28T18:00:00Z");
    insta::assert_snapshot!(lodge.tell("schedule run --once").all(), @r"
    exit 0
    --- stderr
    nightly: 3 fires left out, for nobody was there
    ");
    assert_eq!(lodge.partitions().len(), 3);
}

#[test]
fn of_a_list_every_partition_is_run() {
    let lodge = Lodge::at("2026-11-22T12:00:00Z", &format!("[partitions]\nby = ['seehof', 'kulm']\n{NIGHTLY}"));
    lodge.tell("schedule run --once");
    lodge.is("2026-11-23T04:00:00Z");
    insta::assert_snapshot!(lodge.tell("schedule run --once --output json").out, @r#"{"purvey":{"format":1,"kind":"fire"},"chain":"lodge","schedule":"nightly","fire":"2026-11-23T03:30:00.000Z","again":false,"left_out":0,"runs":[{"partition":"seehof","ending":"done","exit":0},{"partition":"kulm","ending":"done","exit":0}]}"#);
}

#[test]
fn a_fire_that_fails_is_told_in_full_and_not_run_again() {
    let lodge = Lodge::at("2026-11-22T12:00:00Z", &format!("{NIGHTLY}[tasks.count_beds]\nmost = 1\n"));
    lodge.tell("schedule run --once");
    lodge.is("2026-11-23T04:00:00Z");
    let told = lodge.tell("schedule run --once");
    assert_eq!(told.exit, Exit::Failed);
    assert!(told.out.starts_with("schedule nightly\nstep "), "{}", told.out);
    assert!(told.out.contains("✗ count_beds failed\n    data error: 2 beds are too many\n"), "{}", told.out);
    assert_eq!(told.err, "2026-11-23T04:30+01:00  nightly  ✗ failed\n");
    assert_eq!(lodge.tell("schedule run --once").all(), "exit 0\n");
    let record = Fires::of(lodge.folder.0.path()).read().unwrap();
    assert_eq!(record["nightly"].ended.as_ref().unwrap().exit, 1);
}

#[test]
fn what_a_process_that_is_gone_has_begun_is_gone_on_with() {
    let lodge = Lodge::at("2026-11-22T12:00:00Z", NIGHTLY);
    lodge.tell("schedule run --once");
    let fire = "2026-11-23T03:30:00Z".parse().unwrap();
    let mut hand = Fires::of(lodge.folder.0.path()).take().unwrap().unwrap();
    hand.begin("nightly", fire, fire).unwrap();
    lodge.is("2026-11-23T05:00:00Z");

    insta::assert_snapshot!(lodge.tell("schedule run --once").all(), @r"
    exit 6
    --- stderr
    error: another process runs what is due

    hint: leave it to that one; without `--once` it is waited for
    ");
    drop(hand);
    assert!(
        lodge
            .tell("schedule next")
            .out
            .ends_with("nightly: the fire of 2026-11-23T03:30:00.000Z was begun, and has not ended\n")
    );
    insta::assert_snapshot!(lodge.tell("schedule run --once").all(), @r"
    exit 0
    --- stderr
    2026-11-23T04:30+01:00  nightly  was begun before, and is gone on with
    2026-11-23T04:30+01:00  nightly  ✓ done
    ");
}

#[test]
fn the_next_times_are_shown_in_order() {
    let hourly = "[schedule.hourly]\ncron = '@hourly'\njitter = '10m'\n";
    let file = format!("[partitions]\nby = 'day'\nzone = 'Europe/Vienna'\n{NIGHTLY}{hourly}");
    let lodge = Lodge::at("2026-10-24T23:45:00Z", &file);

    insta::assert_snapshot!(lodge.tell("schedule next").all(), @r"
    exit 0
    --- stdout
    fires                   zone           schedule  begins (UTC)         partition
    2026-10-25 00:00+00:00  UTC            hourly    2026-10-25 00:04:32  2026-10-24
    2026-10-25 01:00+00:00  UTC            hourly    2026-10-25 01:03:18  2026-10-24
    2026-10-25 02:00+00:00  UTC            hourly    2026-10-25 02:02:43  2026-10-24
    2026-10-25 04:30+01:00  Europe/Vienna  nightly   2026-10-25 03:30:00  2026-10-24
    2026-10-26 04:30+01:00  Europe/Vienna  nightly   2026-10-26 03:30:00  2026-10-25
    2026-10-27 04:30+01:00  Europe/Vienna  nightly   2026-10-27 03:30:00  2026-10-26
    ");
    insta::assert_snapshot!(lodge.tell("schedule next --count 1 --output json").all(), @r#"
    exit 0
    --- stdout
    {
      "purvey": {
        "format": 1,
        "kind": "schedule_next"
      },
      "chain": "lodge",
      "schedules": [
        {
          "schedule": "nightly",
          "cron": "30 4 * * *",
          "zone": "Europe/Vienna",
          "jitter_ms": 0.0,
          "missed": "last",
          "begun": null,
          "last": null,
          "next": [
            {
              "fire": "2026-10-25T03:30:00.000Z",
              "begins_at": "2026-10-25T03:30:00.000Z",
              "partitions": [
                "2026-10-24"
              ]
            }
          ]
        },
        {
          "schedule": "hourly",
          "cron": "@hourly",
          "zone": "UTC",
          "jitter_ms": 600000.0,
          "missed": "last",
          "begun": null,
          "last": null,
          "next": [
            {
              "fire": "2026-10-25T00:00:00.000Z",
              "begins_at": "2026-10-25T00:04:32.000Z",
              "partitions": [
                "2026-10-24"
              ]
            }
          ]
        }
      ]
    }
    "#);
}

mod printed;
mod refused;
