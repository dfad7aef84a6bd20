//! The verbs that look back: `history`, `diff` and the versions of `show`.

use super::*;
use crate::id::RunId;
use crate::ledger::{Entry, Ledger, RunBegan, SqliteLedger};
use crate::store::{FolderStore, Store};

/// A folder in which the chain was run, run again with nothing to do, and has failed once.
fn with_three_runs() -> Folder {
    let folder = Folder::new();
    folder.tell("run");
    folder.tell("run");
    folder.tell("run --set tasks.count_beds.most=1");
    folder
}

/// Puts the beginning of a run on record.
fn begin(folder: &Folder, run: RunId) {
    let began = RunBegan {
        run,
        chain: "lodge".into(),
        partition: String::new(),
        at: Utc::now(),
        host: "elsewhere".into(),
        process: 1,
        request: vec![],
        resumes: None,
        backfill: None,
        steps: vec!["list_rooms".into()],
    };
    SqliteLedger::at(folder.0.path().join(".purvey/ledger.sqlite")).append(&[Entry::RunBegan(began)]).unwrap();
}

fn json(told: &Told) -> serde_json::Value {
    serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{error}: {}", told.all()))
}

#[test]
fn history_lists_the_runs_the_last_first() {
    assert_told!(tell("history").all(), @"
    exit 0
    --- stdout
    no run of chain `lodge` is on record in <data>
    ");
    let folder = with_three_runs();
    assert_told!(folder.tell("history").all(), @"
    exit 0
    --- stdout
    run  began (UTC)  took  ended  done  reused  failed  published
    <id>  <when>  <time>  ✗ failed  0  1  1  –
    <id>  <when>  <time>  ✓ done  0  2  0  yes
    <id>  <when>  <time>  ✓ done  2  0  0  yes
    ");
    let document = json(&folder.tell("history --last 1 --output json"));
    assert_told!(serde_json::to_string_pretty(&document).unwrap(), @r#"
    {
      "chain": "lodge",
      "purvey": {
        "format": 1,
        "kind": "history"
      },
      "runs": [
        {
          "arguments": [
            "run",
            "--data",
            "<data>",
            "--set",
            "tasks.count_beds.most=1"
          ],
          "backfill": null,
          "began_at": "<when>Z",
          "counts": [
            {
              "state": "failed",
              "steps": 1
            },
            {
              "state": "reused",
              "steps": 1
            }
          ],
          "elapsed_ms": <ms>,
          "ended_at": "<when>Z",
          "host": "<host>",
          "partition": null,
          "process": <n>,
          "published": false,
          "resumes": null,
          "run": "<run>",
          "schedule": null,
          "state": "failed"
        }
      ]
    }
    "#);
}

#[test]
fn history_is_narrowed_by_time_ending_and_task() {
    let folder = with_three_runs();
    let number = |arguments: &str| {
        json(&folder.tell(&format!("history {arguments} --output json")))["runs"].as_array().unwrap().len()
    };
    assert_eq!(number("--last 2"), 2);
    assert_eq!(number("--failed"), 1);
    assert_eq!(number("--running"), 0);
    assert_eq!(number("--task count_beds"), 3);
    assert_eq!(number("--since 1h"), 3);
    assert_eq!(number("--since 2999-01-01"), 0);
    assert_eq!(number("--since 2017-01-31T12:00:00Z --failed"), 1);
    assert_told!(folder.tell("history --since soon").all(), @"
    exit 2
    --- stderr
    error: `soon` is neither a date, such as 2026-11-21, nor a length of time, such as 7d
    ");
    assert_told!(folder.tell("history --task count_bed").all(), @"
    exit 2
    --- stderr
    error: no run on record has a task `count_bed`; did you mean `count_beds`?

    hint: `ls` lists the tasks
    ");
    let told = folder.tell("history last --failed");
    assert!(told.exit == Exit::Usage && told.err.contains("cannot be used with"), "{}", told.err);
}

#[test]
fn a_run_without_an_end_goes_on_or_was_killed() {
    let folder = with_three_runs();
    let (killed, running) = (RunId::random(), RunId::random());
    begin(&folder, killed);
    begin(&folder, running);
    let store = FolderStore::new(folder.0.path());
    store.begin(running).unwrap();
    let states = |arguments: &str| {
        let document = json(&folder.tell(&format!("history {arguments} --output json")));
        let runs = document["runs"].as_array().unwrap().clone();
        runs.iter().map(|run| run["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states(""), ["running", "killed", "failed", "done", "done"]);
    assert_eq!(states("--running"), ["running"]);
    assert_eq!(states("--failed"), ["killed", "failed"]);
    store.end(running).unwrap();
    assert_eq!(states("--last 1"), ["killed"]);
}

#[test]
fn history_of_a_run_tells_all_about_it() {
    let folder = with_three_runs();
    assert_told!(folder.tell("history last").all(), @"
    exit 0
    --- stdout
    run <run> of chain lodge

    began  <when> UTC on host <host> (process <process>)
    ended  ✗ failed
    took  <time>
    asked for  lodge run --data <data> --set tasks.count_beds.most=1

    = reused  list_rooms  2 rows
        why  up to date since run <id> of <when>Z

    ✗ failed  count_beds  <time>
        why  setting `tasks.count_beds.most` changed: 10 → 1
        read  rooms <digest> of run <id>
        error  2 beds are too many
    ");
    let document = json(&folder.tell("history last --output json"));
    assert_told!(serde_json::to_string_pretty(&document).unwrap(), @r#"
    {
      "arguments": [
        "run",
        "--data",
        "<data>",
        "--set",
        "tasks.count_beds.most=1"
      ],
      "backfill": null,
      "began_at": "<when>Z",
      "chain": "lodge",
      "counts": [
        {
          "state": "failed",
          "steps": 1
        },
        {
          "state": "reused",
          "steps": 1
        }
      ],
      "elapsed_ms": <ms>,
      "ended_at": "<when>Z",
      "host": "<host>",
      "partition": null,
      "process": <n>,
      "published": false,
      "purvey": {
        "format": 1,
        "kind": "history_run"
      },
      "resumes": null,
      "run": "<run>",
      "schedule": null,
      "state": "failed",
      "steps": [
        {
          "attempts": [],
          "blamed": null,
          "checks": [],
          "elapsed_ms": <ms>,
          "ended_at": "<when>Z",
          "failure": null,
          "made": [],
          "peak_memory_bytes": null,
          "reads": [],
          "reused": "<run>",
          "rows_in": null,
          "rows_out": 2,
          "started_at": null,
          "state": "reused",
          "task": "list_rooms",
          "why": "up to date since run <id> of <when>Z"
        },
        {
          "attempts": [
            {
              "attempt": 1,
              "elapsed_ms": <ms>,
              "failure": {
                "class": "data",
                "messages": [
                  "2 beds are too many"
                ]
              },
              "started_at": "<when>Z",
              "state": "failed"
            }
          ],
          "blamed": null,
          "checks": [],
          "elapsed_ms": <ms>,
          "ended_at": "<when>Z",
          "failure": {
            "class": "data",
            "messages": [
              "2 beds are too many"
            ]
          },
          "made": [],
          "peak_memory_bytes": <n>,
          "reads": [
            {
              "digest": "<digest>",
              "model": "rooms",
              "run": "<run>"
            }
          ],
          "reused": null,
          "rows_in": 2,
          "rows_out": null,
          "started_at": "<when>Z",
          "state": "failed",
          "task": "count_beds",
          "why": "setting `tasks.count_beds.most` changed: 10 → 1"
        }
      ]
    }
    "#);
}

#[test]
fn diff_tells_what_ran_and_what_came_out_differently() {
    let folder = with_three_runs();
    let runs = json(&folder.tell("history --output json"));
    let run = |at: usize| runs["runs"][at]["run"].as_str().unwrap().to_owned();
    assert_told!(folder.tell(&format!("diff {} {}", run(2), run(1))).all(), @"
    exit 0
    --- stdout
    first  run <id> of <when> UTC: ✓ done
    second  run <id> of <when> UTC: ✓ done

    task  first  second  time  rows
    list_rooms  done  reused  <time>  –  2  2
    count_beds  done  reused  <time>  –  –  –

    models
      beds: the same
      rooms: the same, 2 rows
    ");
    assert_told!(folder.tell(&format!("diff {} last", run(2))).out, @"
    first  run <id> of <when> UTC: ✓ done
    second  run <id> of <when> UTC: ✗ failed

    task  first  second  time  rows
    list_rooms  done  reused  <time>  –  2  2
    count_beds  done  failed  <time>  <time>  –  –

    models
      beds: only in the first: <digest>
      rooms: the same, 2 rows

    why the second run ran
      count_beds: setting `tasks.count_beds.most` changed: 10 → 1
    ");
}

#[test]
fn diff_tells_columns_that_are_new_gone_or_of_another_type() {
    /// One room, with more in it.
    #[derive(Row, Clone, Debug, PartialEq)]
    #[row(table = "rooms", key = "number")]
    struct Suite {
        number: i64,
        view: Option<String>,
    }
    #[task]
    fn list_rooms(rooms: &mut Table<Suite>) -> Result<()> {
        rooms.put(vec![Suite { number: 1, view: None }])
    }
    let folder = Folder::new();
    folder.tell("run list_rooms");
    let first = json(&folder.tell("history --output json"))["runs"][0]["run"].as_str().unwrap().to_owned();
    let tell = |arguments: &str| {
        let chain = Chain::new("lodge").with(tasks![list_rooms]);
        tell_chain(chain, &format!("{arguments} --data {}", folder.0.path().display()), &[])
    };
    assert_eq!(tell("run").exit, Exit::Done);
    assert_told!(tell(&format!("diff {first} last")).out, @"
    first  run <id> of <when> UTC: ✓ done
    second  run <id> of <when> UTC: ✓ done

    task  first  second  time  rows
    list_rooms  done  done  <time>  <time>  2  1

    models
      rooms: other content: <digest> → <digest>, 2 → 1 rows
        column `view` is new: string?
        column `beds` is gone: int32?
        column `number` has another type: int32 → int64

    why the second run ran
      list_rooms: the contract of model `rooms` changed
    ");
}

#[test]
fn show_lists_versions_and_shows_the_one_that_is_meant() {
    let folder = Folder::new();
    folder.tell("run");
    folder.tell("run --set models.rooms.store=csv");
    let told = folder.tell("show rooms --rows 1");
    let (_, end) = told.out.split_once("\n\n1").or(told.out.split_once("\n\nthe first")).unwrap();
    assert_told!(end, @"
     1 of 2 rows:
    column  row 1
    number  1
    beds  2

    version  made (UTC)  rows  size
    <id>  <when>  2  <size>  published
    <id>  <when>  2  <size>
    ");
    let versions = json(&folder.tell("show rooms --output json"))["versions"].clone();
    let (first, second) = (&versions[1], &versions[0]);
    assert_eq!((&first["published"], &second["published"]), (&false.into(), &true.into()));
    // The first is a Parquet file, though the model is configured to be another one now.
    let first = first["run"].as_str().unwrap();
    let shown = json(&folder.tell(&format!("show rooms --version {first} --set models.rooms.store=csv --output json")));
    assert_eq!(shown["stored"]["rows"], 2);
    assert_told!(folder.tell("show beds --version last").all(), @"
    exit 2
    --- stderr
    error: run <id> made no version of model `beds`; it reused that of run <id>

    hint: `show beds` lists the versions on record
    ");
}
