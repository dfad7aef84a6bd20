//! Ninety days of `alpine`, cut by day: two of them fail, are done again by themselves, and all days together are the whole.

use std::collections::BTreeMap;
use std::fs;
use std::process::Output;

use purvey::polars::prelude::{DataFrame, SortMultipleOptions};

use crate::support::{Chain, parquet, sample};

/// The column of the day of arrival, as `01.07.2024`.
const ARRIVAL: usize = 5;

const DAYS: usize = 90;

/// The tables with a row for each booking.
const TABLES: [&str; 3] = ["bookings_typed", "bookings", "rejects"];

/// The bookings of the first days, as lines by the day of arrival, and the line of names.
fn days() -> (String, BTreeMap<String, Vec<String>>) {
    let mut days: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut names = String::new();
    for house in ["alpenblick", "bergbach", "seehof"] {
        let text = fs::read_to_string(sample(&format!("alpine/sample/{house}.csv"))).unwrap();
        let (first, lines) = text.split_once('\n').unwrap();
        names = first.to_owned();
        for line in lines.lines() {
            let date: Vec<&str> = line.split(';').nth(ARRIVAL).unwrap().split('.').collect();
            // What is no date is for the rejects of another test.
            if let [day, month, year] = date[..] {
                days.entry(format!("{year}-{month}-{day}")).or_default().push(line.to_owned());
            }
        }
    }
    let days: BTreeMap<String, Vec<String>> = days.into_iter().take(DAYS).collect();
    assert_eq!(days.len(), DAYS);
    (names, days)
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn sorted(table: &DataFrame) -> DataFrame {
    let columns: Vec<String> = table.get_column_names().into_iter().map(ToString::to_string).collect();
    table.sort(columns, SortMultipleOptions::default()).unwrap()
}

#[test]
fn ninety_days_with_two_that_fail_come_to_the_same_as_one_run_over_all() {
    let (names, days) = days();
    let whole = Chain::alpine();
    let all: String = days.values().flatten().map(|line| format!("{line}\n")).collect();
    whole.run_on(&whole.file("all.csv", format!("{names}\n{all}")));

    let cut = Chain::alpine();
    let keys: Vec<&String> = days.keys().collect();
    let bad = [keys[19].as_str(), keys[54].as_str()];
    let write = |day: &str| cut.file(&format!("{day}.csv"), format!("{names}\n{}\n", days[day].join("\n")));
    for day in days.keys() {
        write(day);
    }
    for day in bad {
        cut.file(&format!("{day}.csv"), "Buchung;Haus\n");
    }
    let path = format!("models.raw_bookings.path={}/{{partition}}.csv", cut.path().display());
    let backfill = |more: &[&str]| {
        let ends = ["--from", keys[0], "--to", keys[DAYS - 1], "--quiet"];
        let set = ["--set", &path, "--set", "partitions.by=day", "--set", "partitions.zone=Europe/Zurich"];
        cut.start(&[&["backfill"], &ends[..], &set[..], more].concat())
    };

    let first = backfill(&[]);
    assert_eq!(first.status.code(), Some(1));
    let told = stdout(&first);
    let end = format!(": 88 done, 2 failed, 0 not run\n✗ failed  {}\n✗ failed  {}\n`backfill resume ", bad[0], bad[1]);
    assert!(told.contains(&end), "{told}");
    for day in bad {
        write(day);
    }
    let again = backfill(&["--failed", "--output", "json"]);
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    assert!(stdout(&again).contains("\"done\": 2,"), "{}", stdout(&again));
    assert!(stdout(&again).contains(bad[0]) && stdout(&again).contains(bad[1]));

    for name in TABLES {
        let mut together: Option<DataFrame> = None;
        for day in days.keys() {
            let table = parquet(&cut.results().join(day).join(format!("{name}.parquet")));
            match &mut together {
                Some(together) => drop(together.vstack_mut(&table).unwrap()),
                None => together = Some(table),
            }
        }
        let (together, whole) = (sorted(&together.unwrap()), sorted(&whole.table(name)));
        assert!(together.equals_missing(&whole), "{name}: {together} is not {whole}");
    }
}
