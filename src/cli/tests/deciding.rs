//! What is run, what is reused, and why: `plan`, `explain`, `run` and `--force`.

use super::*;

#[test]
fn plan_says_what_and_why() {
    assert_told!(tell("plan").all(), @"
    exit 0
    --- stdout
      1  house/list_rooms  run  was never done before
      2  count_beds  run  was never done before

    a run would run 2 of 2 tasks of chain `lodge`
    ");
    assert_told!(tell("plan list_rooms").all(), @"
    exit 0
    --- stdout
      1  house/list_rooms  run  was never done before
         count_beds  skip  not selected

    a run would run 1 of 2 tasks of chain `lodge`
    ");
    assert_told!(tell("plan --exclude count_beds --output json").all(), @r#"
    exit 0
    --- stdout
    {
      "purvey": {
        "format": 1,
        "kind": "plan"
      },
      "chain": "lodge",
      "steps": [
        {
          "task": "list_rooms",
          "group": "house",
          "decision": "run",
          "why": [
            "was never done before"
          ],
          "reads": [],
          "provides": [
            "rooms"
          ]
        },
        {
          "task": "count_beds",
          "group": null,
          "decision": "skip",
          "why": [
            "not selected"
          ],
          "reads": [
            "rooms"
          ],
          "provides": [
            "beds"
          ]
        }
      ],
      "stored": [],
      "handed_over": []
    }
    "#);
}

#[test]
fn plan_and_show_say_how_a_model_is_handed_over() {
    assert_told!(tell("plan list_rooms --set models.rooms.hand_over=lazy").out, @"
      1  house/list_rooms  run  was never done before
         count_beds  skip  not selected

    a run would run 1 of 2 tasks of chain `lodge`
    handed over as `lazy`: `rooms`
    ");
    let told = tell("plan --set models.rooms.hand_over=stored --output json");
    let document: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(document["handed_over"], serde_json::json!([{"model": "rooms", "hand_over": "stored"}]));
    let told = tell("show rooms --set models.rooms.hand_over=stored");
    assert!(told.out.contains("\nhanded over  stored\n"), "{}", told.out);
    let told = tell("config --set models.rooms.hand_over=lazy");
    let shown = "[models.rooms]\nstore = \"memory\"    # default\nhand_over = \"lazy\"  # command line\n";
    assert!(told.out.contains(shown), "{}", told.out);
}

#[test]
fn plan_tells_what_is_reused_what_changed_and_what_is_decided_on_the_way() {
    let folder = Folder::new();
    assert_eq!(folder.tell("run").exit, Exit::Done);
    assert_told!(folder.tell("plan").out, @"
         house/list_rooms  reuse  up to date since run <id> of <when>Z
         count_beds  reuse  up to date since run <id> of <when>Z

    a run would run 0 of 2 tasks of chain `lodge` and reuse 2; everything is up to date
    ");
    assert_told!(folder.tell("plan --set tasks.count_beds.most=7 --set tasks.count_beds.label=all").out, @r#"
         house/list_rooms  reuse  up to date since run <id> of <when>Z
      1  count_beds  run  setting `tasks.count_beds.label` changed: not set → "all"; setting `tasks.count_beds.most` changed: 10 → 7

    a run would run 1 of 2 tasks of chain `lodge` and reuse 1
    "#);
    assert_told!(folder.tell("plan --force list_rooms").out, @"
      1  house/list_rooms  run  forced
         count_beds  depends  unless `list_rooms` makes the same again

    a run would run 1 of 2 tasks of chain `lodge` and decide on 1 on the way
    ");
    assert_told!(folder.tell("plan --force").out, @"
      1  house/list_rooms  run  forced
      2  count_beds  run  forced

    a run would run 2 of 2 tasks of chain `lodge`
    ");
    let json: serde_json::Value = serde_json::from_str(&folder.tell("plan --force --output json").out).unwrap();
    assert_eq!(json["steps"][0]["why"], serde_json::json!(["forced"]));
}

#[test]
fn a_run_that_finds_everything_up_to_date_does_nothing_and_says_so() {
    let folder = Folder::new();
    folder.tell("run");
    assert_told!(folder.tell("run").all(), @"
    exit 0
    --- stdout
    step  state  rows in  rows out  time  peak memory
    house
      list_rooms  = reused  –  2  –  –
    count_beds  = reused  –  –  –  –

    ✓ done in <time>, everything was up to date, 2 steps reused

    results are in <data>
      beds.json  <size>
      rooms.parquet  2 rows  <size>
    --- stderr
    run <id> of chain lodge: 2 steps
    = reused  list_rooms  2 rows
    = reused  count_beds  –
    published 2 models, <size>
    run <id>: ✓ done in <time>, everything was up to date
    ");
    let told = folder.tell("run --verbose");
    assert!(told.err.contains("= reused     count_beds"), "{}", told.err);
    assert!(told.err.lines().nth(1).unwrap().contains("  up to date since run "), "{}", told.err);
}

#[test]
fn what_is_forced_is_run_though_it_is_up_to_date() {
    let folder = Folder::new();
    folder.tell("run");
    let states = |arguments: &str| {
        let run: serde_json::Value =
            serde_json::from_str(&folder.tell(&format!("{arguments} --output json")).out).unwrap();
        let steps = run["steps"].as_array().unwrap().clone();
        steps.iter().map(|step| step["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states("run"), ["reused", "reused"]);
    assert_eq!(states("run --force"), ["done", "done"]);
    assert_eq!(states("--force"), ["done", "done"]);
    assert_eq!(states("run --force count_beds"), ["reused", "done"]);
    // What it makes is the same again, so that what reads it need not be run.
    assert_eq!(states("run --force list_rooms"), ["done", "reused"]);
    assert_eq!(states("run --force list_rooms+"), ["done", "done"]);
    assert_eq!(states("run count_beds --force"), ["done"]);
}

#[test]
fn explain_tells_each_part_with_what_it_was_and_what_it_is() {
    let folder = Folder::new();
    assert_told!(folder.tell("explain count_beds").all(), @"
    exit 0
    --- stdout
    count_beds: a run would run it
      was never done before

    last done  never
    published  beds not yet

       part  name  then  now
    ≠  code  –  <digest>
    ≠  contract  beds  –  <digest>
    ≠  setting  purvey.format  –  1
    ≠  setting  tasks.count_beds.most  –  10
    ?  input  rooms  –  made again by `list_rooms`
    ");
    folder.tell("run");
    assert_told!(folder.tell("explain count_beds").out, @"
    count_beds: a run would reuse what was done before
      up to date since run <id> of <when>Z

    last done  run <id> of <when> UTC
    published  beds of run <id>

       part  name  then  now
       code  <digest>  <digest>
       contract  beds  <digest>  <digest>
       setting  purvey.format  1  1
       setting  tasks.count_beds.most  10  10
       input  rooms  <digest> of run <id>  <digest> of run <id>
    ");
    assert_told!(folder.tell("explain count_beds --set tasks.count_beds.most=7").out, @"
    count_beds: a run would run it
      setting `tasks.count_beds.most` changed: 10 → 7

    last done  run <id> of <when> UTC
    published  beds of run <id>

       part  name  then  now
       code  <digest>  <digest>
       contract  beds  <digest>  <digest>
       setting  purvey.format  1  1
    ≠  setting  tasks.count_beds.most  10  7
       input  rooms  <digest> of run <id>  <digest> of run <id>
    ");
    assert_told!(folder.tell("explain house/list_rooms --set models.rooms.store=csv").out, @r#"
    list_rooms: a run would run it
      setting `models.rooms.store` changed: "parquet" → "csv"

    last done  run <id> of <when> UTC
    published  rooms of run <id>

       part  name  then  now
       code  <digest>  <digest>
       contract  rooms  <digest>  <digest>
    ≠  setting  models.rooms.store  "parquet"  "csv"
       setting  purvey.format  1  1
    "#);
}

#[test]
fn explain_names_who_makes_an_input_again() {
    let folder = Folder::new();
    folder.tell("run");
    let rooms = "--set models.rooms.store=csv";
    assert_told!(folder.tell(&format!("explain count_beds {rooms}")).out, @"
    count_beds: a run would run it or reuse it
      unless `list_rooms` makes the same again

    last done  run <id> of <when> UTC
    published  beds of run <id>

       part  name  then  now
       code  <digest>  <digest>
       contract  beds  <digest>  <digest>
       setting  purvey.format  1  1
       setting  tasks.count_beds.most  10  10
    ?  input  rooms  <digest> of run <id>  made again by `list_rooms`
    ");
    let explained: serde_json::Value =
        serde_json::from_str(&folder.tell(&format!("explain count_beds {rooms} --output json")).out).unwrap();
    assert_eq!((&explained["decision"], &explained["awaits"]), (&"depends".into(), &serde_json::json!(["list_rooms"])));
    let parts = explained["parts"].as_array().unwrap();
    let input = parts.iter().find(|part| part["part"] == "input").unwrap();
    assert_eq!((&input["now"], &input["changed"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    assert_eq!(input["then_run"], explained["compared"]["run"]);
}

#[test]
fn explain_names_a_task_that_was_meant() {
    assert_told!(tell("explain count_bed").all(), @"
    exit 2
    --- stderr
    error: the chain has no task `count_bed`; did you mean `count_beds`?

    hint: `ls` lists the tasks
    ");
}

/// A guest who came since the last file.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "arrivals", source)]
#[source(once)]
struct Arrival {
    guest: i64,
}

/// Everybody who ever came.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "guests", incremental = "append")]
struct Guest {
    guest: i64,
}

#[task(version = "1")]
fn add_guests(arrivals: &Table<Arrival>, guests: &mut Table<Guest>) -> Result<()> {
    guests.put(arrivals.scan())
}

/// Command lines of an inn, to which a file comes for each guest.
struct Inn {
    folder: tempfile::TempDir,
    once: bool,
}

impl Inn {
    fn new(once: bool) -> Inn {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("inbox")).unwrap();
        Inn { folder, once }
    }

    fn arrive(&self, guest: i64) {
        fs::write(self.folder.path().join(format!("inbox/{guest}.csv")), format!("guest\n{guest}\n")).unwrap();
    }

    fn tell(&self, arguments: &str) -> Told {
        let (path, once) = (self.folder.path().display(), self.once);
        let sets = format!("--set models.arrivals.path={path}/inbox --set models.arrivals.once={once}");
        let arguments = format!("{arguments} --data {path}/data {sets}");
        tell_chain(Chain::new("inn").with(tasks![add_guests]), &arguments, &[])
    }

    fn document(&self, arguments: &str) -> serde_json::Value {
        serde_json::from_str(&self.tell(&format!("{arguments} --output json")).out).unwrap()
    }

    /// Runs it with one more guest; the run, and its last eight digits.
    fn run_with(&self, guest: i64) -> (String, String) {
        self.arrive(guest);
        let run = self.document("run")["run"].as_str().unwrap().to_owned();
        let short = run[run.len() - 8..].to_owned();
        (run, short)
    }

    /// What people and programs are told that the table grows from.
    fn grows(&self) -> (String, serde_json::Value) {
        let text = self.tell("explain add_guests").out;
        let line = text.lines().find_map(|line| line.strip_prefix("grows      ")).unwrap_or_default().to_owned();
        (line, self.document("explain add_guests")["grows"][0].clone())
    }
}

#[test]
fn explain_tells_from_which_version_a_table_grows() {
    let inn = Inn::new(true);
    inn.arrive(1);
    let (line, shown) = inn.grows();
    assert_eq!(line, "guests from nothing");
    assert_eq!(shown, serde_json::json!({ "model": "guests", "published": null, "before": null, "from": "published" }));

    let (first, short_first) = inn.run_with(1);
    inn.arrive(2);
    let (line, _) = inn.grows();
    let new = format!("guests from that of run {short_first}; where what it reads comes out as it was, from");
    assert_eq!(line, format!("{new} nothing"));

    let (second, short_second) = inn.run_with(2);
    let (line, shown) = inn.grows();
    let new = format!("guests from that of run {short_second}; where what it reads comes out as it was, from");
    assert_eq!(line, format!("{new} that of run {short_first}"));
    assert_eq!((&shown["published"]["run"], &shown["before"]["run"]), (&second.into(), &first.into()));
    assert!(shown["from"].is_null() && shown["before"]["digest"].is_string(), "{shown}");
}

#[test]
fn explain_tells_that_a_table_grows_by_the_same_input_from_where_it_did() {
    let inn = Inn::new(false);
    let (first, _) = inn.run_with(1);
    let (line, shown) = inn.grows();
    assert_eq!(line, "guests from nothing, as the published one did by the same input");
    assert_eq!((&shown["from"], &shown["before"]), (&"before".into(), &serde_json::Value::Null));

    inn.run_with(2);
    // Of a file that is gone only the content is known.
    fs::remove_file(inn.folder.path().join(format!("data/.purvey/versions/{first}/guests.parquet"))).unwrap();
    let (line, shown) = inn.grows();
    assert_eq!(line, "guests from one whose file is gone, as the published one did by the same input");
    assert!(shown["before"]["run"].is_null() && shown["before"]["digest"].is_string(), "{shown}");
}
