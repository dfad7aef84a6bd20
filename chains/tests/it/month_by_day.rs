//! Nights of the other half of the chain of `examples/nightly.rs`, whose data is cut by day, as cron would have them run: each day
//! gets its own hours, 23 of them in March and 25 in October, late or not, and none gets them twice.

#![cfg(unix)]

use std::os::unix::process::ExitStatusExt;

use purvey::chrono::{DateTime, Days, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::kills::SIGKILL;
use crate::nightly::{Nightly, did, failures};
use crate::support::parquet;

const CONFIGURATION: &str = "
models.readings.path = 'meter/{partition}.csv'
partitions = { by = 'day', zone = 'Europe/Zurich' }

[schedule.nightly]
cron = '30 2 * * *'
zone = 'Europe/Zurich'
select = 'group:meter'
missed = 'all'
";

/// What befalls a night, and with it the day before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Incident {
    Quiet,
    /// The process is killed at this point, and started again by the next minute.
    Killed(&'static str),
    /// The file of the day comes a day later.
    Late,
    /// The file has a reading of another day, and is right a day later.
    WrongRow,
    /// The machine is off.
    Off,
}

use Incident::{Killed, Late, Off, Quiet, WrongRow};

fn date(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap()
}

/// When a day begins in Zurich, whose clocks are put forward in the night to the 29th of March and back in that to the 25th of October.
fn begin(day: NaiveDate) -> DateTime<Utc> {
    let ahead = if (date(3, 30)..=date(10, 25)).contains(&day) { 2 } else { 1 };
    day.and_time(NaiveTime::MIN).and_utc() - TimeDelta::hours(ahead)
}

/// When its clocks show half past two, or on the 29th of March three.
fn fire(night: NaiveDate) -> DateTime<Utc> {
    let after = if night == date(3, 29) { TimeDelta::hours(2) } else { TimeDelta::minutes(150) };
    begin(night) + after
}

fn shown(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// What the meter counts in a quarter of an hour.
fn used(at: DateTime<Utc>) -> i64 {
    at.timestamp() / 900 * 7919 % 1000
}

/// The quarters of an hour of a day.
fn quarters(day: NaiveDate) -> Vec<DateTime<Utc>> {
    let end = begin(day + Days::new(1));
    (0..).map(|quarter| begin(day) + TimeDelta::minutes(15 * quarter)).take_while(|at| *at < end).collect()
}

/// The file of a day.
fn come(nightly: &Nightly, day: NaiveDate, with: Option<DateTime<Utc>>) {
    let line = |at: DateTime<Utc>| format!("{},{}\n", at.timestamp(), used(at));
    let lines: String = quarters(day).into_iter().chain(with).map(line).collect();
    nightly.file(&format!("meter/{day}.csv"), &format!("at,watt_hours\n{lines}"));
}

/// The hours of a day are those of its file, each once.
fn assert_right(nightly: &Nightly, day: NaiveDate) {
    let folder = nightly.data().join(day.to_string());
    let table = parquet(&folder.join("hours.parquet"));
    let column = |name| table.column(name).unwrap().i64().unwrap().into_no_null_iter().collect::<Vec<_>>();
    let expected: Vec<i64> = quarters(day).chunks(4).map(|hour| hour.iter().copied().map(used).sum()).collect();
    let hours = match day {
        day if day == date(3, 29) => 23,
        day if day == date(10, 25) => 25,
        _ => 24,
    };
    assert_eq!((column("hour"), column("watt_hours")), ((0..hours).collect(), expected.clone()), "{day}");
    let sum: Vec<i64> = serde_json::from_slice(&std::fs::read(folder.join("day.json")).unwrap()).unwrap();
    assert_eq!(sum, [expected.iter().sum(), hours], "{day}");
}

/// Nights one after another, and what befalls them.
fn nights(first: NaiveDate, count: u64, befalls: impl Fn(NaiveDate) -> Incident) {
    let nightly = Nightly::new(CONFIGURATION, &shown(begin(first) - TimeDelta::hours(8)));
    assert_eq!(nightly.once(), [Value::Null; 0]);
    let nights: Vec<NaiveDate> = first.iter_days().take(count as usize).collect();
    let day_of = |night: NaiveDate| night - Days::new(1);
    let told = |night, again, exit| {
        let ending = if exit == 0 { "done" } else { "failed" };
        let runs = json!([{ "partition": day_of(night).to_string(), "ending": ending, "exit": exit }]);
        json!({
            "purvey": { "format": 1, "kind": "fire" }, "chain": "nightly", "schedule": "nightly",
            "fire": shown(fire(night)), "again": again, "left_out": 0, "runs": runs,
        })
    };
    let mut missed: Vec<NaiveDate> = Vec::new();
    for &night in &nights {
        let (day, incident) = (day_of(night), befalls(night));
        match incident {
            Late => {}
            WrongRow => come(&nightly, day, Some(begin(night))),
            _ => come(&nightly, day, None),
        }
        if matches!(befalls(day), Late | WrongRow) {
            // What was late or wrong has come; a fire that has failed is not run again by itself.
            come(&nightly, day_of(day), None);
            let late = day_of(day).to_string();
            let mended = nightly.document(&["run", "group:meter", "--partition", &late]);
            assert_eq!(mended["ending"], "done", "{late}");
        }
        if incident == Off {
            missed.push(night);
            continue;
        }
        // Nothing is due before its instant.
        if missed.is_empty() {
            nightly.is(&shown(fire(night) - TimeDelta::minutes(1)));
            assert_eq!(nightly.once(), [Value::Null; 0], "{night}");
        }
        nightly.is(&shown(fire(night)));
        if let Killed(point) = incident {
            let killed = nightly.command(&["schedule", "run", "--once"]).env("PURVEY_KILL_AT", point).output().unwrap();
            assert_eq!(killed.status.signal(), Some(SIGKILL), "{point}");
        }
        let fires: Vec<Value> = missed.drain(..).map(|night| told(night, false, 0)).collect();
        let exit = u8::from(matches!(incident, Late | WrongRow));
        let last = told(night, matches!(incident, Killed(_)), exit);
        assert_eq!(nightly.once(), [fires, vec![last]].concat(), "{night}");
        // Also where the clocks show the same once more.
        nightly.is(&shown(fire(night) + TimeDelta::hours(1)));
        assert_eq!(nightly.once(), [Value::Null; 0], "{night}");
    }

    let (history, calls) = (nightly.history(), nightly.calls());
    for &night in &nights {
        let day = day_of(night);
        assert_right(&nightly, day);
        let runs: Vec<&Value> = history.iter().rev().filter(|run| run["partition"] == *day.to_string()).collect();
        let states: Vec<&str> = runs.iter().map(|run| run["state"].as_str().unwrap()).collect();
        let expected: &[&str] = match befalls(night) {
            Killed(_) => &["killed", "done"],
            Late | WrongRow => &["failed", "done"],
            Quiet | Off => &["done"],
        };
        assert_eq!(states, expected, "{day}");
        assert!(runs.iter().rev().skip(1).all(|run| run["schedule"] == "nightly"), "{runs:#?}");
        let is_mended = expected == ["failed", "done"];
        assert_eq!(runs.last().unwrap()["schedule"].is_null(), is_mended, "{runs:#?}");
        for task in ["fill_hours", "sum_up"] {
            let times = runs.iter().filter(|run| did(run, task, &calls)).count();
            assert_eq!(times, 1, "`{task}`, {day}, {:?}", befalls(night));
        }
        let messages = failures(&runs);
        match befalls(night) {
            Late => assert!(messages.contains(&format!("meter/{day}.csv")), "{messages}"),
            WrongRow => assert!(messages.contains(&format!("is not of {day}")), "{messages}"),
            _ => assert_eq!(messages, ""),
        }
    }
    assert_eq!(history.iter().filter(|run| run["state"] == "done").count(), nights.len());
    let (from, to) = (day_of(first).to_string(), day_of(*nights.last().unwrap()).to_string());
    let left = nightly.document(&["backfill", "--missing", "--dry-run", "--from", &from, "--to", &to]);
    assert_eq!(left["picked"], 0);
    let next = nightly.document(&["schedule", "next"]);
    let after = *nights.last().unwrap() + Days::new(1);
    assert_eq!(next["schedules"][0]["next"][0]["fire"], shown(fire(after)));
    assert_eq!(next["schedules"][0]["next"][0]["partitions"], json!([day_of(after).to_string()]));
    assert!(nightly.start(&["check", "freshness", "hours"]).status.success());
}

#[test]
fn each_day_of_october_gets_its_hours_once_whatever_befalls_its_night() {
    nights(date(10, 1), 31, |night| match night {
        night if night == date(10, 4) => Late,
        night if night == date(10, 8) || night == date(10, 9) => Off,
        night if night == date(10, 13) => Killed("step staged:2"),
        night if night == date(10, 17) => WrongRow,
        night if night == date(10, 26) => Killed("stage synced"),
        _ => Quiet,
    });
}

#[test]
fn each_day_of_march_gets_its_hours_where_an_hour_is_left_out() {
    nights(date(3, 27), 5, |night| if night == date(3, 30) { Killed("publish linked") } else { Quiet });
}
