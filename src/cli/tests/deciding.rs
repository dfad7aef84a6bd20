//! What is run, what is reused, and why: `plan`, `explain`, `run` and `--force`.

use super::*;

#[test]
fn plan_says_what_and_why() {
    assert_told!(tell("plan").all(), @"");
    assert_told!(tell("plan list_rooms").all(), @"");
    assert_told!(tell("plan --exclude count_beds --output json").all(), @"");
}

#[test]
fn plan_tells_what_is_reused_what_changed_and_what_is_decided_on_the_way() {
    let folder = Folder::new();
    assert_eq!(folder.tell("run").exit, Exit::Done);
    assert_told!(folder.tell("plan").out, @"");
    assert_told!(folder.tell("plan --set tasks.count_beds.most=7 --set tasks.count_beds.label=all").out, @"");
    assert_told!(folder.tell("plan --force list_rooms").out, @"");
    assert_told!(folder.tell("plan --force").out, @"");
    let json: serde_json::Value = serde_json::from_str(&folder.tell("plan --force --output json").out).unwrap();
    assert_eq!(json["steps"][0]["why"], serde_json::json!(["forced"]));
}

#[test]
fn a_run_that_finds_everything_up_to_date_does_nothing_and_says_so() {
    let folder = Folder::new();
    folder.tell("run");
    assert_told!(folder.tell("run").all(), @"");
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
    assert_told!(folder.tell("explain count_beds").all(), @"");
    folder.tell("run");
    assert_told!(folder.tell("explain count_beds").out, @"");
    assert_told!(folder.tell("explain count_beds --set tasks.count_beds.most=7").out, @"");
    assert_told!(folder.tell("explain house/list_rooms --set models.rooms.store=csv").out, @"");
}

#[test]
fn explain_names_who_makes_an_input_again() {
    let folder = Folder::new();
    folder.tell("run");
    let rooms = "--set models.rooms.store=csv";
    assert_told!(folder.tell(&format!("explain count_beds {rooms}")).out, @"");
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
    assert_told!(tell("explain count_bed").all(), @"");
}
