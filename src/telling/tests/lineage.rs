//! Runs as OpenLineage hears of them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::*;
use crate::event::Fact;

fn lineage(events: &[Event]) -> Vec<Value> {
    let case = Case::new().file("openlineage.file", "lineage.ndjson");
    assert!(case.tell(events).is_empty());
    case.text("lineage.ndjson").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What happened to which job, in order.
fn told(events: &[Event]) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    lineage(events).iter().map(|told| format!("{} {}", word(&told["eventType"]), word(&told["job"]["name"]))).collect()
}

#[test]
fn each_step_that_was_started_begins_and_ends_below_the_run() {
    assert_eq!(
        told(&failed()),
        [
            "START alpine",
            "START alpine.read_bookings",
            "COMPLETE alpine.read_bookings",
            "START alpine.clean_bookings",
            "FAIL alpine.clean_bookings",
            "START alpine.archive",
            "FAIL alpine.archive",
            "FAIL alpine",
        ]
    );
    let of =
        |events: &[Event], job: &str| told(events).into_iter().filter(|line| line.ends_with(job)).collect::<Vec<_>>();
    // Three attempts are one run; what is reused is none.
    assert_eq!(of(&retried(), ".clean_bookings"), ["START alpine.clean_bookings", "FAIL alpine.clean_bookings"]);
    assert!(of(&retried(), ".read_bookings").is_empty());
    assert_eq!(of(&cancelled(), ".clean_bookings"), ["START alpine.clean_bookings", "ABORT alpine.clean_bookings"]);
    assert_eq!(of(&cancelled(), "E alpine").len() + of(&cancelled(), "T alpine").len(), 2);
}

#[test]
fn steps_name_the_run_as_their_parent_and_keep_their_ids() {
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for told in lineage(&good()) {
        let (job, run) = (told["job"]["name"].as_str().unwrap().to_owned(), &told["run"]);
        let id = run["runId"].as_str().unwrap().to_owned();
        assert_eq!(ids.entry(job.clone()).or_insert(id.clone()), &id);
        if job == "alpine" {
            assert_eq!(id, run_id().to_string());
            assert_eq!(run["facets"]["parent"], Value::Null);
        } else {
            assert_eq!(run["facets"]["parent"]["run"]["runId"], run_id().to_string());
            assert_eq!(run["facets"]["parent"]["job"]["name"], "alpine");
            assert_eq!(id.parse::<RunId>().unwrap().began(), run_id().began());
        }
    }
    assert_eq!(ids.values().collect::<BTreeSet<_>>().len(), 6);
}

#[test]
fn a_failure_is_told_with_its_causes() {
    let events = lineage(&failed());
    let message = &events[4]["run"]["facets"]["errorMessage"]["message"];
    assert!(message.as_str().unwrap().ends_with(": row 17: -1"), "{message}");
}

#[test]
fn one_that_is_told_of_twice_is_the_same_run() {
    let ids = |events: &[Event]| lineage(events).iter().map(|told| told["run"]["runId"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&good()), ids(&good()));
    let mut other = good();
    other.iter_mut().for_each(|event| event.run = RunId::random());
    assert!(other.iter().all(|event| !matches!(event.fact, Fact::StepRetried { .. })));
    assert_ne!(ids(&other)[1], ids(&good())[1]);
}
