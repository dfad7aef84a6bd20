//! The verbs that only look.

use insta::assert_snapshot;

use super::*;

#[test]
fn check_counts_or_lists_every_fault() {
    assert_snapshot!(tell("check").all(), @"
    exit 0
    --- stdout
    chain `lodge` is valid: 2 tasks, 2 models
    ");
    assert_snapshot!(tell("check --output json").all(), @r#"
    exit 0
    --- stdout
    {
      "purvey": {
        "format": 1,
        "kind": "check"
      },
      "chain": "lodge",
      "valid": true,
      "tasks": 2,
      "models": 2,
      "faults": []
    }
    "#);
    let broken = || Chain::new("broken").with(tasks![count_beds]).with(tasks![count_beds]);
    assert_snapshot!(tell_chain(broken(), "check", &[]).all(), @"
    exit 3
    --- stderr
    error: two tasks are named `count_beds` (`count_beds` and `count_beds`); rename all but one

    error: model `beds` is provided by two tasks, `count_beds` and `count_beds`; keep one of them, or let the others provide a model of their own

    error: model `rooms` is required by `count_beds` and `count_beds` and provided by no task; add a task that provides it, supply it, or declare it a source
    ");
    assert_snapshot!(tell_chain(broken(), "check --output json", &[]).all(), @r#"
    exit 3
    --- stdout
    {
      "purvey": {
        "format": 1,
        "kind": "check"
      },
      "chain": "broken",
      "valid": false,
      "tasks": null,
      "models": null,
      "faults": [
        "two tasks are named `count_beds` (`count_beds` and `count_beds`); rename all but one",
        "model `beds` is provided by two tasks, `count_beds` and `count_beds`; keep one of them, or let the others provide a model of their own",
        "model `rooms` is required by `count_beds` and `count_beds` and provided by no task; add a task that provides it, supply it, or declare it a source"
      ]
    }
    "#);
}

#[test]
fn what_is_wrong_in_the_configuration_is_shown_with_its_line() {
    let file = "[tasks.count_beds]\nmosst = 3\n\n[tasks.count_bed]\nmost = 3\n\n[models.rooms]\nstore = 'parkett'\n";
    assert_snapshot!(configured(file, "check").all(), @"
    exit 4
    --- stderr
    error: wrong value for `store` in [models.rooms]
     --> purvey.toml:8:1
      |
    8 | store = …
      | ^^^^^ unknown variant `parkett`, expected one of `parquet`, `csv`, `ndjson`, `ipc`, `memory`

    error: [tasks.count_bed] configures no task of this chain
     --> purvey.toml:4:8
      |
    4 | [tasks.count_bed]
      |        ^^^^^^^^^
      |
      = help: did you mean `count_beds`?

    error: unknown key `mosst` in [tasks.count_beds]
     --> purvey.toml:2:1
      |
    2 | mosst = …
      | ^^^^^
      |
      = help: did you mean `most`?
    ");
    assert_snapshot!(configured("[run\n", "plan").all(), @"
    exit 4
    --- stderr
    error: the file is not valid TOML
     --> purvey.toml:1:5
      |
    1 | [run
      |     ^ unclosed table, expected `]`
    ");
}

#[test]
fn ls_lists_tasks_with_their_models() {
    assert_snapshot!(tell("ls").all(), @"
    exit 0
    --- stdout
    house
      list_rooms  Lists the rooms. tag:daily
                  → rooms
    (no group)
    count_beds  Adds up the beds.
                rooms → beds
    ");
    let told = tell("ls count_beds --output json");
    // Where a test function is written is not what is tested.
    let line = told.out.lines().find(|line| line.contains("\"line\": ")).unwrap();
    assert_snapshot!(told.all().replace(line.trim(), "\"line\": <line>"), @r#"
    exit 0
    --- stdout
    {
      "purvey": {
        "format": 1,
        "kind": "ls"
      },
      "chain": "lodge",
      "tasks": [
        {
          "task": "count_beds",
          "group": null,
          "doc": "Adds up the beds.",
          "tags": [],
          "requires": [
            "rooms"
          ],
          "after": [],
          "provides": [
            "beds"
          ],
          "reads_source": false,
          "partition": null,
          "ranges": null,
          "file": "src/cli/tests.rs",
          "line": <line>
        }
      ],
      "models": [
        {
          "model": "rooms",
          "kind": "table",
          "doc": "One room of the lodge.",
          "provider": "list_rooms"
        },
        {
          "model": "beds",
          "kind": "value",
          "doc": "Beds of the whole lodge.",
          "provider": "count_beds"
        }
      ]
    }
    "#);
}

#[test]
fn graph_draws_in_each_language() {
    assert_snapshot!(tell("graph --format mermaid").all(), @r#"
    exit 0
    --- stdout
    ---
    title: "lodge"
    ---
    flowchart LR
      subgraph g0 ["house"]
        n0("list_rooms"):::task
        n1[("rooms<br/><small>2 columns</small>")]
      end
      n2("count_beds"):::task
      n3(["beds"])
      n0 --> n1
      n1 --> n2
      n2 --> n3
      classDef task fill:#dbeafe,stroke:#2563eb,color:#0f172a
      classDef source stroke-dasharray:4 3
    "#);
    assert!(tell("graph --format dot").out.starts_with("digraph"));
    assert!(tell("graph").out.starts_with("<svg "));
    assert_snapshot!(tell("graph list_rooms --output json").all(), @r#"
    exit 0
    --- stdout
    {
      "purvey": {
        "format": 1,
        "kind": "graph"
      },
      "chain": "lodge",
      "nodes": [
        {
          "id": "task:list_rooms",
          "name": "list_rooms",
          "kind": "task",
          "group": "house"
        },
        {
          "id": "model:rooms",
          "name": "rooms",
          "kind": "table",
          "group": "house"
        }
      ],
      "edges": [
        {
          "from": "task:list_rooms",
          "to": "model:rooms"
        }
      ]
    }
    "#);
}

#[test]
fn a_source_is_drawn_as_a_task_only_where_it_sets_rows_aside() {
    /// Where every row is good.
    #[derive(Row, Clone, Debug, PartialEq)]
    #[row(table = "plain", source)]
    struct Plain {
        number: i32,
    }
    /// Where a row may be bad.
    #[derive(Row, Clone, Debug, PartialEq)]
    #[row(table = "mixed", source)]
    #[source(rejects = "unreadable")]
    struct Mixed {
        number: i32,
    }
    #[task]
    fn count(_plain: &Table<Plain>, _mixed: &Table<Mixed>, beds: &mut Value<i32, Beds>) -> Result<()> {
        beds.put(0)
    }
    let told = tell_chain(Chain::new("lodge").with(tasks![count]), "graph --format mermaid", &[]);
    assert_snapshot!(told.out, @r#"
    ---
    title: "lodge"
    ---
    flowchart LR
      n0[("plain<br/><small>1 column</small>")]:::source
      n1("read_mixed"):::task
      n2[("mixed<br/><small>1 column</small>")]:::source
      n3[("unreadable<br/><small>5 columns</small>")]
      n4("count"):::task
      n5(["beds"])
      n1 --> n2
      n1 --> n3
      n0 --> n4
      n2 --> n4
      n4 --> n5
      classDef task fill:#dbeafe,stroke:#2563eb,color:#0f172a
      classDef source stroke-dasharray:4 3
    "#);
}

#[test]
fn config_shows_each_value_and_who_says_so() {
    let file = "[run]\nfail_fast = true\n[params]\nday = 2017-01-31\n[tasks.count_beds]\nkey = 'open sesame'\n";
    let told = configured(file, "config --set tasks.count_beds.most=7");
    assert!(!told.out.contains("sesame") && !told.out.contains("hunter2"));
    assert_snapshot!(told.all(), @r#"
    exit 0
    --- stdout
    [run]
    data = "data/lodge"   # default
    order = "position"    # default
    fail_fast = true      # purvey.toml:2:1
    publish = "run"       # default
    retries = 0           # default
    backoff = "1s"        # default
    backoff_factor = 2.0  # default
    backoff_max = "5m"    # default
    jitter = 0.1          # default
    grace = "10s"         # default
    # not set: jobs, memory_limit, pools, timeout

    [params]
    day = 2017-01-31  # purvey.toml:4:1

    [models.rooms]
    store = "parquet"     # default
    hand_over = "memory"  # default
    # not set: max_age, checks

    [tasks.count_beds]
    most = 7         # command line
    # key is secret  # purvey.toml:6:1
    # not set: label

    # 2 sections without values; --verbose lists them
    "#);
    let told = configured(file, "config --output json");
    assert!(!told.out.contains("sesame") && !told.out.contains("hunter2"));
    let document: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    let day = serde_json::json!({"key": "day", "value": "2017-01-31", "secret": false, "origin": "purvey.toml:4:1"});
    assert_eq!(document["sections"][3]["values"][0], day);
}

#[test]
fn show_describes_a_model() {
    assert_snapshot!(tell("show rooms").all(), @"
    exit 0
    --- stdout
    rooms  table
      One room of the lodge.

    provided by  list_rooms
    read by      count_beds
    key          number
    settings     store, hand_over, max_age, checks

    column  type             meaning
    number  int32            Number on the door.
    beds    int32, nullable  Beds in it.

    nothing is stored of it
    ");
    assert_snapshot!(tell("show room").all(), @"
    exit 2
    --- stderr
    error: the chain has no model `room`; did you mean `rooms`?

    hint: `ls` lists the tasks and their models
    ");
    assert_snapshot!(tell("show beds --output json").all(), @r#"
    exit 0
    --- stdout
    {
      "purvey": {
        "format": 1,
        "kind": "show"
      },
      "chain": "lodge",
      "model": "beds",
      "kind": "value",
      "doc": "Beds of the whole lodge.",
      "provider": "count_beds",
      "readers": [],
      "columns": [],
      "key": [],
      "order_by": [],
      "hand_over": "memory",
      "incremental": null,
      "checks": [],
      "max_age_ms": null,
      "settings": [],
      "stored": null,
      "versions": []
    }
    "#);
}
