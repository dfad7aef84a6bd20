//! Checks of whole tables and the age of what is published, from the command line.

use chrono::{DateTime, Utc};
use insta::assert_snapshot;

use super::*;
use crate::clock::FakeClock;

/// One night in a hotel.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "nights", key = "night", max_age = "26h")]
#[check(rows(min = 2), holds(is_sold, severity = "warn"))]
struct Night {
    night: i64,
    sold: i64,
}

fn is_sold() -> Expr {
    col(Night::SOLD).gt(lit(0))
}

/// How many nights there are.
#[derive(Named)]
#[named("count")]
struct Count;

#[task(version = "1")]
fn list_nights(job: &JobContext, nights: &mut Table<Night>) -> Result<()> {
    let all = job.param("nights")?.unwrap_or(2);
    nights.put((0..all).map(|night| Night { night, sold: night }).collect::<Vec<_>>())
}

#[task(version = "1")]
fn count_nights(nights: &Table<Night>, count: &mut Value<i64, Count>) -> Result<()> {
    count.put(nights.height() as i64)
}

/// Command lines of a hotel at an hour that somebody says.
pub(super) struct Hotel {
    pub(super) folder: tempfile::TempDir,
    now: std::cell::Cell<DateTime<Utc>>,
}

impl Hotel {
    pub(super) fn new(file: &str) -> Hotel {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("purvey.toml"), file).unwrap();
        Hotel { folder, now: std::cell::Cell::new(at("2026-11-22T02:00:00Z")) }
    }

    pub(super) fn set(&self, now: &str) {
        self.now.set(at(now));
    }

    pub(super) fn tell(&self, arguments: &str) -> Told {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut surroundings = surroundings(&mut out, &mut err, &[]);
        surroundings.clock = Arc::new(FakeClock::at(self.now.get()));
        let chain = Chain::new("hotel").with(tasks![list_nights, count_nights]);
        let folder = self.folder.path().display();
        let arguments = format!("hotel {arguments} --config {folder}/purvey.toml --data {folder}/data");
        let exit = carry_out(chain, arguments.split_whitespace().map(OsString::from), &mut surroundings);
        let plain = |text: Vec<u8>| without(&String::from_utf8(text).unwrap(), self.folder.path());
        Told { exit, out: plain(out), err: plain(err) }
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn a_warning_is_said_in_lines_summary_history_and_show_and_the_exit_code_is_0() {
    let hotel = Hotel::new("");
    let told = hotel.tell("run");
    assert_eq!(told.exit, Exit::Done);
    let warning =
        "warning: model `nights`, check `is_sold`: it does not hold for 1 of 2 rows\n        row 1 (night 0): sold 0\n";
    assert!(told.err.contains(warning), "{}", told.err);
    assert!(told.out.contains(&format!("! list_nights done\n    {warning}")), "{}", told.out);
    assert!(hotel.tell("run --force -q").out.contains(warning));

    assert_told!(hotel.tell("history last").out, @"
    run <run> of chain hotel

    began  <when> UTC on host <host> (process <process>)
    ended  ✓ done, published
    took  <time>
    asked for  hotel run --force --config purvey.toml --data <data>

    ✓ done  list_nights  2 rows
        why  forced
        made  nights <digest>, 2 rows, <size>
        check  nights rows passed
        check  nights is_sold warning: it does not hold for 1 of 2 rows
                   row 1 (night 0): sold 0

    ✓ done  count_nights
        why  forced
        read  nights <digest> of run <id>
        made  count <digest>, <size>
    ");
    assert_told!(hotel.tell("show nights").out, @"
    nights  table
      One night in a hotel.

    provided by  list_nights
    max age  26 h 00 m
    read by  count_nights
    key  night
    settings  store, hand_over, max_age, checks

    column  type  meaning
    night  int64
    sold  int64

    check  demands  severity  last
    rows  rows(min = 2)  error  passed
    is_sold  holds(is_sold)  warn  warning: it does not hold for 1 of 2 rows
                                         row 1 (night 0): sold 0

    2 rows:
    column  row 1  row 2
    night  0  1
    sold  0  1

    version  made (UTC)  rows  size
    <id>  <when>  2  <size>  published
    <id>  <when>  2  <size>
    ");
    let document: serde_json::Value = serde_json::from_str(&hotel.tell("show nights --output json").out).unwrap();
    assert_eq!(document["checks"][1]["last"]["failing_rows"], 1);
    assert_eq!(document["max_age_ms"], 26.0 * 3_600_000.0);
}

#[test]
fn a_check_that_fails_ends_with_1_and_says_where_it_is_changed() {
    let hotel = Hotel::new("[params]\nnights = 1\n");
    let told = hotel.tell("run");
    assert_eq!(told.exit, Exit::Failed);
    assert!(told.out.contains("data error: model `nights` does not pass its checks:"), "{}", told.out);
    assert!(told.out.contains("change [models.nights.checks.rows] in the configuration"), "{}", told.out);
    assert_eq!(hotel.tell("run --set models.nights.checks.rows.min=1").exit, Exit::Done);
}

#[test]
fn a_misspelt_check_is_told_with_its_place() {
    let hotel = Hotel::new("[models.nights.checks.row]\nmin = 1\n");
    assert_snapshot!(hotel.tell("check").all(), @"
    exit 4
    --- stderr
    error: unknown key `checks.row` in [models.nights]
     --> purvey.toml:2:1
      |
    2 | min = …
      | ^^^
      |
      = help: did you mean `rows`?
    ");
}

#[test]
fn what_is_said_of_checks_to_programs_is_in_the_documentation() {
    let hotel = Hotel::new("");
    for command in ["run", "history last", "show nights", "check freshness"] {
        let told = hotel.tell(&format!("{command} --output json"));
        documents::assert_described(command, &told.out, &["night", "sold"]);
    }
}

#[test]
fn freshness_is_told_from_the_ledger_alone() {
    let hotel = Hotel::new("");
    assert_snapshot!(hotel.tell("check freshness").all(), @"
    exit 8
    --- stdout
    model   last published (UTC)  age  max age
    nights  –                     –    26 h 00 m  never published
    ");

    assert_eq!(hotel.tell("run").exit, Exit::Done);
    // Neither the results nor their folder are looked at.
    let data = hotel.folder.path().join("data");
    fs::rename(data.join(".purvey/versions"), data.join("elsewhere")).unwrap();
    hotel.set("2026-11-23T04:00:00Z");
    assert_snapshot!(hotel.tell("check freshness nights").all(), @"
    exit 0
    --- stdout
    model   last published (UTC)  age        max age
    nights  2026-11-22 02:00:00   26 h 00 m  26 h 00 m  fresh
    ");
    hotel.set("2026-11-23T04:00:01Z");
    assert_snapshot!(hotel.tell("check freshness").all(), @"
    exit 8
    --- stdout
    model   last published (UTC)  age        max age
    nights  2026-11-22 02:00:00   26 h 00 m  26 h 00 m  stale
    ");
    assert_eq!(hotel.tell("check freshness --set models.nights.max_age=2days").exit, Exit::Done);
    assert_eq!(hotel.tell("check --set models.nights.max_age=2days freshness").exit, Exit::Done);
    assert_eq!(hotel.tell("check").out, "chain `hotel` is valid: 2 tasks, 2 models\n");

    assert_snapshot!(hotel.tell("check freshness --output json").out, @r#"
    {
      "purvey": {
        "format": 1,
        "kind": "freshness"
      },
      "chain": "hotel",
      "checked_at": "2026-11-23T04:00:01.000Z",
      "fresh": false,
      "models": [
        {
          "model": "nights",
          "partition": null,
          "published_at": "2026-11-22T02:00:00.000Z",
          "since": "2026-11-22T02:00:00.000Z",
          "age_ms": 93601000.0,
          "max_age_ms": 93600000.0,
          "fresh": false
        }
      ]
    }
    "#);
}

#[test]
fn a_later_run_that_finds_a_model_up_to_date_makes_it_fresh_again_and_a_changed_max_age_makes_nothing_run() {
    let hotel = Hotel::new("");
    assert_eq!(hotel.tell("run").exit, Exit::Done);
    hotel.set("2026-11-24T02:00:00Z");
    assert_eq!(hotel.tell("check freshness").exit, Exit::Stale);
    assert!(hotel.tell("run --set models.nights.max_age=1h").out.contains("everything was up to date"));
    assert_eq!(hotel.tell("check freshness").exit, Exit::Done);
}

#[test]
fn with_partitions_of_time_the_end_of_the_newest_counts_whenever_it_was_published() {
    let hotel = Hotel::new("[partitions]\nby = 'day'\nzone = 'Europe/Zurich'\n");
    assert_eq!(hotel.tell("run --partition 2026-11-20").exit, Exit::Done);
    assert_snapshot!(hotel.tell("check freshness").all(), @"
    exit 8
    --- stdout
    model   partition   last published (UTC)  age        max age
    nights  2026-11-20  2026-11-22 02:00:00   27 h 00 m  26 h 00 m  stale
    ");
    assert_eq!(hotel.tell("run --partition 2026-11-21").exit, Exit::Done);
    assert_eq!(hotel.tell("run --partition 2026-11-19").exit, Exit::Done);
    assert_snapshot!(hotel.tell("check freshness").all(), @"
    exit 0
    --- stdout
    model   partition   last published (UTC)  age       max age
    nights  2026-11-21  2026-11-22 02:00:00   3 h 00 m  26 h 00 m  fresh
    ");
    assert_snapshot!(hotel.tell("check freshness --partition 2026-11-19").all(), @"
    exit 2
    --- stderr
    error: the newest partition that is published says how old a model is

    hint: leave `--partition` out
    ");
}

#[test]
fn each_partition_of_a_list_has_to_be_fresh() {
    let hotel = Hotel::new("[partitions]\nby = ['seehof', 'kulm']\n");
    assert_eq!(hotel.tell("run --partition kulm").exit, Exit::Done);
    assert_snapshot!(hotel.tell("check freshness").all(), @"
    exit 8
    --- stdout
    model   partition  last published (UTC)  age   max age
    nights  seehof     –                     –     26 h 00 m  never published
    nights  kulm       2026-11-22 02:00:00   0 µs  26 h 00 m  fresh
    ");
    assert_eq!(hotel.tell("check freshness --partition kulm").exit, Exit::Done);
}

#[test]
fn what_cannot_be_fresh_or_stale_is_told() {
    let hotel = Hotel::new("");
    assert_snapshot!(hotel.tell("check freshness night").all(), @"
    exit 2
    --- stderr
    error: the chain has no model `night`; did you mean `nights`?

    hint: `--help` shows verbs, options and examples
    ");
    assert_snapshot!(hotel.tell("check freshness count").all(), @r#"
    exit 2
    --- stderr
    error: model `count` does not say how old it may be

    hint: `max_age = "26h"` in [models.count], or in `#[row(…)]`, says so
    "#);
    assert_snapshot!(hotel.tell("check freshness --set models.nights.store=memory").all(), @r#"
    exit 4
    --- stderr
    error: model `nights`: `max_age` is about what is published, and the model is not stored

    hint: leave `max_age` out, or have it stored: `store = "parquet"`
    "#);
    assert_snapshot!(hotel.tell("check fresh").all(), @"
    exit 2
    --- stderr
    error: unrecognized subcommand 'fresh'

      tip: a similar subcommand exists: 'freshness'

    Usage: hotel check [OPTIONS] [WHAT]

    For more information, try '--help'.

    hint: if `fresh` is a selection of tasks, write `hotel run fresh`
    ");
}

/// Rooms as somebody has written them down.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "raw_rooms", source)]
#[source(rejects = "bad_rooms")]
#[check(rejected(max = "30%"))]
struct RawRoom {
    number: i64,
}

#[task(version = "1")]
fn count_rooms(rooms: &Table<RawRoom>, _bad: &Table<Rejected<RawRoom>>, count: &mut Value<i64, Count>) -> Result<()> {
    count.put(rooms.height() as i64)
}

#[test]
fn a_source_of_which_too_much_is_set_aside_fails() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rooms.csv");
    let tell = |rows: &str, arguments: &str| {
        fs::write(&file, format!("number\n{rows}")).unwrap();
        let (data, file) = (folder.path().display(), file.display());
        let arguments = format!("{arguments} --data {data}/data --set models.raw_rooms.path={file}");
        tell_chain(Chain::new("lodge").with(tasks![count_rooms]), &arguments, &[])
    };
    for hand_over in ["memory", "stored"] {
        let told = tell("1\n2\nx\n", &format!("run --set models.raw_rooms.hand_over={hand_over}"));
        assert_eq!(told.exit, Exit::Failed);
        let message =
            "check `rejected`: 1 of 3 rows could not be read and were set aside; that is 33.3%, and 30% is allowed";
        assert!(told.out.contains(message), "{}", told.all());
    }
    assert_eq!(tell("1\n2\nx\n4\n", "run").exit, Exit::Done);
    assert_eq!(tell("1\n2\nx\n", "run --set models.raw_rooms.checks.rejected.max=50%").exit, Exit::Done);
}
