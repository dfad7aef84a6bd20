//! What is told by HTTP, to a real server that takes it, refuses it, or hangs.

use super::server::{Answer, Server, nobody};
use super::*;
use crate::event::{Checked, Fact, Severity};
use crate::telling::{Aged, Lateness};
use std::time::Duration;

const TAKES: &[Answer] = &[Answer::Status(204)];
const REFUSES: &[Answer] = &[Answer::Status(500)];
const HANGS: &[Answer] = &[Answer::Nothing];

/// A webhook whose address is a secret.
fn webhook(server: &Server) -> Case {
    Case::new().set("webhooks.alerts.url", &server.url("/services/hunter2"))
}

/// The run that the told events are of, after one that ended so.
fn after(case: Case, before: Ending) -> Case {
    case.run(RunId::random(), "", before).run(run_id(), "", Ending::Done)
}

#[test]
fn people_are_told_that_a_run_has_failed() {
    let server = Server::answering(TAKES);
    let case = webhook(&server).set("webhooks.alerts.headers.authorization", "Bearer sesame");

    assert!(case.tell(&failed()).is_empty());

    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].path, "/services/hunter2");
    for header in ["authorization: Bearer sesame", "content-type: application/json"] {
        assert!(requests[0].headers.iter().any(|known| known == header), "{:?}", requests[0].headers);
    }
    assert_snapshot!(serde_json::to_string_pretty(&requests[0].json()).unwrap(), @r#"
    {
      "chain": "alpine",
      "elapsed_ms": 3420.0,
      "ended_at": "2026-11-21T02:30:09.000Z",
      "ending": "failed",
      "failures": [
        {
          "failure": {
            "class": "data",
            "messages": [
              "model `clean_bookings` breaks its contract:\ncolumn `nights` has 2 rows below 0",
              "row 17: -1"
            ]
          },
          "task": "clean_bookings"
        },
        {
          "failure": {
            "class": "bug",
            "messages": [
              "task `archive` panicked: index out of bounds"
            ]
          },
          "task": "archive"
        }
      ],
      "notice": "failure",
      "partition": null,
      "purvey": {
        "format": 1,
        "kind": "notice"
      },
      "run": "0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e",
      "skipped": 2,
      "text": "✗ alpine: run 8b0c1d2e failed after 3.42 s\n• clean_bookings: model `clean_bookings` breaks its contract: column `nights` has 2 rows below 0: row 17: -1\n• archive: task `archive` panicked: index out of bounds\n2 tasks not started because of that",
      "warnings": []
    }
    "#);
}

#[test]
fn each_field_of_a_notice_is_in_the_documentation() {
    let server = Server::answering(TAKES);
    assert!(webhook(&server).tell(&failed()).is_empty());
    let page = include_str!("../../../docs/json.md");
    let chapter = page.split("\n## ").find(|chapter| chapter.starts_with("`notice`\n")).unwrap();
    for key in server.requests()[0].json().as_object().unwrap().keys().filter(|key| *key != "purvey") {
        assert!(chapter.contains(&format!("`{key}`")), "{key}");
    }
}

#[test]
fn slack_gets_a_text_in_which_nothing_is_taken_for_a_mark() {
    let server = Server::answering(TAKES);
    let case = webhook(&server).set("webhooks.alerts.form", "slack");
    let mut events = failed();
    if let Fact::RunStarted { chain, partition, .. } = &mut events[0].fact {
        (*chain, *partition) = ("b&b".into(), Some("<2026-11-21>".into()));
    }

    assert!(case.tell(&events).is_empty());

    assert_snapshot!(server.requests()[0].json(), @r#"{"text":"✗ b&amp;b: run 8b0c1d2e of &lt;2026-11-21&gt; failed after 3.42 s\n• clean_bookings: model `clean_bookings` breaks its contract: column `nights` has 2 rows below 0: row 17: -1\n• archive: task `archive` panicked: index out of bounds\n2 tasks not started because of that"}"#);
}

#[test]
fn people_are_told_that_all_is_well_again_and_not_that_it_still_is() {
    for (before, told) in [(Ending::Failed, 1), (Ending::Killed, 1), (Ending::Done, 0)] {
        let server = Server::answering(TAKES);
        assert!(after(webhook(&server), before).tell(&good()).is_empty());
        assert_eq!(server.requests().len(), told, "{before}");
        for request in server.requests() {
            let text = request.json()["text"].as_str().unwrap().to_owned();
            assert_eq!(text, format!("✓ alpine: run 8b0c1d2e is done after 3.42 s; the one before was {before}"));
        }
    }
}

/// A run that is done, in which a check has warned.
fn warned() -> Vec<Event> {
    let mut events = good();
    for event in &mut events {
        if let Fact::StepEnded(end) = &mut event.fact
            && end.checks.is_empty()
        {
            end.checks.push(Checked {
                model: "raw_bookings".into(),
                check: "change".into(),
                rule: "change(max = \"50%\")".to_owned(),
                severity: Severity::Warn,
                passed: false,
                failing: None,
                measured: Some(0.9),
                min: None,
                max: Some(0.5),
                message: Some("it has 10 rows, 90 fewer than the 100 of the version before".to_owned()),
            });
            break;
        }
    }
    events
}

#[test]
fn people_are_told_of_checks_that_warn() {
    let text = |case: Case| {
        let server = Server::answering(TAKES);
        let case = Case { sets: [case.sets, webhook(&server).sets].concat(), ..case };
        assert!(case.tell(&warned()).is_empty());
        server.requests().iter().map(|request| request.json()["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let line = "\n• raw_bookings, check change: it has 10 rows, 90 fewer than the 100 of the version before";
    let done = "alpine: run 8b0c1d2e is done after 3.42 s";
    assert_eq!(text(Case::new()), [format!("! {done}, with warnings{line}")]);
    assert_eq!(text(after(Case::new(), Ending::Failed)), [format!("✓ {done}; the one before was failed{line}")]);
    let only = Case::new().set("webhooks.alerts.on", "[\"warning\"]");
    assert_eq!(text(after(only, Ending::Failed)), [format!("! {done}, with warnings{line}")]);
}

/// Two models are late, and one is late no more.
fn lateness() -> Lateness {
    let aged = |model: &str, partition: Option<&str>, hours: u64| Aged {
        model: model.to_owned(),
        partition: partition.map(str::to_owned),
        since: "2026-11-20T02:00:00Z".parse().unwrap(),
        age: Duration::from_secs(hours * 3600),
        max_age: Duration::from_secs(26 * 3600),
    };
    Lateness {
        chain: "alpine".to_owned(),
        at: "2026-11-21T05:00:00Z".parse().unwrap(),
        late: vec![aged("nights", None, 27), aged("rooms", Some("seehof"), 30)],
        fresh: vec![aged("guests", None, 3)],
    }
}

#[test]
fn people_are_told_of_what_is_late_and_of_what_is_late_no_more() {
    let server = Server::answering(TAKES);
    assert!(Lateness::concerns(&webhook(&server).settings()));
    assert!(lateness().tell(&webhook(&server).settings()).is_empty());

    let [late, fresh] = server.requests().try_into().unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&late.json()).unwrap(), @r#"
    {
      "chain": "alpine",
      "checked_at": "2026-11-21T05:00:00.000Z",
      "models": [
        {
          "age_ms": 97200000.0,
          "max_age_ms": 93600000.0,
          "model": "nights",
          "partition": null,
          "since": "2026-11-20T02:00:00.000Z"
        },
        {
          "age_ms": 108000000.0,
          "max_age_ms": 93600000.0,
          "model": "rooms",
          "partition": "seehof",
          "since": "2026-11-20T02:00:00.000Z"
        }
      ],
      "notice": "lateness",
      "purvey": {
        "format": 1,
        "kind": "lateness"
      },
      "text": "✗ alpine: 2 models are late\n• nights: 27 h 00 m old, may be 26 h 00 m\n• rooms of seehof: 30 h 00 m old, may be 26 h 00 m"
    }
    "#);
    assert_snapshot!(fresh.json(), @r#"{"chain":"alpine","checked_at":"2026-11-21T05:00:00.000Z","models":[{"age_ms":10800000.0,"max_age_ms":93600000.0,"model":"guests","partition":null,"since":"2026-11-20T02:00:00.000Z"}],"notice":"recovery","purvey":{"format":1,"kind":"lateness"},"text":"✓ alpine: 1 model is late no more\n• guests: 3 h 00 m old, may be 26 h 00 m"}"#);
    let page = include_str!("../../../docs/json.md");
    let chapter = page.split("\n## ").find(|chapter| chapter.starts_with("`lateness`\n")).unwrap();
    let (document, model) = (late.json(), late.json()["models"][0].clone());
    for key in [document, model].iter().flat_map(|object| object.as_object().unwrap().keys()) {
        assert!(key == "purvey" || chapter.contains(&format!("`{key}`")), "{key}");
    }
}

#[test]
fn who_does_not_want_to_be_told_of_what_is_late_is_not_told_that_it_is_late_no_more() {
    for (on, told) in [("failure,recovery,warning", 0), ("lateness", 1), ("recovery,lateness", 2)] {
        let server = Server::answering(TAKES);
        let words: Vec<String> = on.split(',').map(|word| format!("\"{word}\"")).collect();
        let settings = webhook(&server).set("webhooks.alerts.on", &format!("[{}]", words.join(","))).settings();
        assert_eq!(Lateness::concerns(&settings), told > 0);
        assert!(lateness().tell(&settings).is_empty());
        assert_eq!(server.requests().len(), told, "{on}");
    }
}

#[test]
fn a_lateness_that_is_not_taken_is_a_warning() {
    let server = Server::answering(REFUSES);
    let settings = webhook(&server).set("webhooks.alerts.retries", "0").settings();
    assert_snapshot!(lateness().tell(&settings).join("\n"), @"webhook `alerts` did not take 2 of 2 messages: it answered 500 Internal Server Error; [telling.webhooks.alerts] says where it is and how long to wait");
}

#[test]
fn nobody_is_told_of_what_he_does_not_want_to_hear() {
    let server = Server::answering(TAKES);
    let failures = webhook(&server).set("webhooks.alerts.on", "[\"failure\"]");
    assert!(after(failures, Ending::Failed).tell(&good()).is_empty());
    assert!(webhook(&server).set("webhooks.alerts.on", "[\"recovery\"]").tell(&failed()).is_empty());
    // Who has stopped a run knows.
    assert!(webhook(&server).tell(&cancelled()).is_empty());
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn what_was_not_taken_is_sent_again() {
    let server = Server::answering(&[Answer::Status(503), Answer::Status(429), Answer::Status(200)]);
    assert!(webhook(&server).tell(&failed()).is_empty());
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_receiver_that_refuses_is_a_warning() {
    let server = Server::answering(REFUSES);
    assert_snapshot!(webhook(&server).tell(&failed()).join("\n"), @"webhook `alerts` did not take its message: it answered 500 Internal Server Error, at the last of 3 tries; [telling.webhooks.alerts] says where it is and how long to wait");
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn what_is_wrong_for_good_is_not_sent_again() {
    let server = Server::answering(&[Answer::Status(404)]);
    assert_snapshot!(webhook(&server).tell(&failed()).join("\n"), @"webhook `alerts` did not take its message: it answered 404 Not Found; [telling.webhooks.alerts] says where it is and how long to wait");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn what_is_sent_elsewhere_is_not_taken() {
    let server = Server::answering(&[Answer::Status(302)]);
    assert_snapshot!(webhook(&server).tell(&failed()).join("\n"), @"webhook `alerts` did not take its message: it answered 302 Found; [telling.webhooks.alerts] says where it is and how long to wait");
}

#[test]
fn a_receiver_that_hangs_is_waited_for_no_longer_than_its_time_out() {
    let server = Server::answering(HANGS);
    let case = webhook(&server).set("webhooks.alerts.timeout", "300ms").set("webhooks.alerts.retries", "0");
    assert_snapshot!(case.tell(&failed()).join("\n"), @"webhook `alerts` did not take its message: no answer within 300 ms; [telling.webhooks.alerts] says where it is and how long to wait");
}

#[test]
fn a_receiver_that_hangs_is_tried_again_within_its_time_out() {
    let server = Server::answering(&[Answer::Nothing, Answer::Status(200)]);
    let case = webhook(&server).set("webhooks.alerts.timeout", "3s").set("webhooks.alerts.retries", "1");
    assert!(case.tell(&failed()).is_empty());
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_receiver_that_is_not_there_is_a_warning() {
    let case = Case::new().set("webhooks.alerts.url", &nobody()).set("webhooks.alerts.retries", "0");
    assert_snapshot!(case.tell(&failed()).join("\n"), @"webhook `alerts` did not take its message: Connection refused (os error 111); [telling.webhooks.alerts] says where it is and how long to wait");
}

#[test]
fn one_that_hangs_keeps_none_of_the_others_from_hearing() {
    let (hangs, takes) = (Server::answering(HANGS), Server::answering(TAKES));
    let file = Case::new().file("events", "events.ndjson").file("openlineage.file", "lineage.ndjson");
    let case = file
        .set("webhooks.a.url", &hangs.url("/"))
        .set("webhooks.a.timeout", "300ms")
        .set("openlineage.url", &hangs.url("/"))
        .set("openlineage.timeout", "300ms")
        .set("webhooks.b.url", &takes.url("/"))
        .set("opentelemetry.url", &takes.url(""));

    let warnings = case.tell(&failed());

    assert_eq!(warnings.len(), 2, "{warnings:?}");
    let mut paths: Vec<String> = takes.requests().into_iter().map(|request| request.path).collect();
    paths.sort();
    assert_eq!(paths, ["/", "/v1/metrics", "/v1/traces"]);
    assert_eq!(case.text("events.ndjson").lines().count(), failed().len());
}

#[test]
fn more_than_can_wait_is_told_as_such() {
    let server = Server::answering(HANGS);
    let case = Case::new()
        .set("openlineage.url", &server.url("/"))
        .set("openlineage.timeout", "300ms")
        .set("openlineage.retries", "0");
    let mut telling = Telling::begin(&case.settings(), Background::default()).unwrap();
    for _ in 0..3_000 {
        // Each has a beginning and an end.
        tell(&mut telling, &[good().remove(0), good().pop().unwrap()]);
    }
    assert_snapshot!(telling.end(None).join("\n"), @"the receiver of OpenLineage did not take 6,000 of 6,000 messages: no answer within 300 ms, while more than 4,096 waited; [telling.openlineage] says where it is and how long to wait");
}

#[test]
fn files_and_receivers_hear_the_same_in_the_same_order() {
    let server = Server::answering(TAKES);
    let case = Case::new()
        .file("openlineage.file", "lineage.ndjson")
        .set("openlineage.url", &server.url("/api/v1/lineage"))
        .file("opentelemetry.file", "telemetry.ndjson")
        .set("opentelemetry.url", &server.url(""));

    assert!(case.tell(&good()).is_empty());

    for (path, file) in [("/api", "lineage.ndjson"), ("/v1", "telemetry.ndjson")] {
        let requests = server.requests().into_iter().filter(|request| request.path.starts_with(path));
        let sent: Vec<String> = requests.map(|request| request.body).collect();
        assert_eq!(sent, case.text(file).lines().collect::<Vec<_>>());
    }
}

#[test]
fn no_warning_shows_an_address_or_what_was_answered() {
    for answers in [REFUSES, HANGS] {
        let server = Server::answering(answers);
        let case = webhook(&server).set("webhooks.alerts.timeout", "1s");
        let warnings = case.tell(&failed()).join("\n");
        assert!(!warnings.is_empty() && !warnings.contains("hunter2") && !warnings.contains("127.0.0.1"), "{warnings}");
    }
}
