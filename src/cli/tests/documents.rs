//! Every field of every document is described.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::store::Fires;

fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                found.insert(key.clone());
                keys(value, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

/// Asserts that the page describes the kind of this document, and each of its fields but those that are the chain's own.
pub(super) fn assert_described(command: &str, text: &str, own: &[&str]) {
    let page = include_str!("../../../docs/json.md");
    let document: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{command}: {error}"));
    let kind = document["purvey"]["kind"].as_str().unwrap();
    let chapter = page.split("\n## ").find(|chapter| chapter.starts_with(&format!("`{kind}`\n")));
    assert!(chapter.is_some(), "the page has no chapter about `{kind}`");
    let mut found = BTreeSet::new();
    keys(&document, &mut found);
    for key in found.iter().filter(|key| *key != "purvey" && !own.contains(&key.as_str())) {
        assert!(page.contains(&format!("`{key}`")) || page.contains(&format!(".{key}`")), "{command}: `{key}`");
    }
}

#[test]
fn each_kind_and_each_field_is_in_the_documentation() {
    let folder = Folder::new();
    folder.tell("run");
    folder.tell("run --set tasks.count_beds.most=1");
    let first = "diff last last";
    // Has the last midnight be one that was missed.
    let mut hand = Fires::of(folder.0.path()).take().unwrap().unwrap();
    hand.leave_out("nightly", Utc::now() - chrono::TimeDelta::days(1)).unwrap();
    drop(hand);
    let verbs = [
        "plan",
        "explain count_beds",
        "check",
        "ls",
        "graph",
        "show beds",
        "history",
        "history last",
        first,
        "config",
        "gc --keep-runs 1 --dry-run",
        "backfill --set partitions.by=day --from 2026-11-20 --to 2026-11-21 --dry-run",
        "backfill --set partitions.by=day --from 2026-11-20 --to 2026-11-21",
        "backfill list",
        "backfill show last",
        "backfill stop last",
        "backfill resume last",
        "schedule next --set schedule.nightly.cron=@daily",
        "schedule print systemd --set schedule.nightly.cron=@daily",
        "report",
        "docs",
        "completions bash",
        "resume last --set tasks.count_beds.most=1",
        "schedule run --once --set schedule.nightly.cron=@daily",
    ];
    for verb in verbs {
        let told = folder.tell(&format!("{verb} --output json"));
        // What a row or a value holds is the chain's own.
        assert_described(verb, &told.out, &["number", "beds"]);
    }
}
