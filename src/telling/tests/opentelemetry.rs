//! A run as a trace and as metrics.

use std::collections::BTreeMap;

use serde_json::Value;

use super::*;

/// The traces and the metrics of a run.
fn telemetry(events: &[Event]) -> (Value, Value) {
    let case = Case::new().file("opentelemetry.file", "telemetry.ndjson");
    assert!(case.tell(events).is_empty());
    let text = case.text("telemetry.ndjson");
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [traces, metrics] = records.try_into().unwrap();
    (traces, metrics)
}

fn spans(events: &[Event]) -> Vec<Value> {
    telemetry(events).0["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone()
}

fn word(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Each span below its parent, by names.
fn tree(events: &[Event]) -> Vec<String> {
    let spans = spans(events);
    let names: BTreeMap<String, String> =
        spans.iter().map(|span| (word(&span["spanId"]), word(&span["name"]))).collect();
    assert_eq!(names.len(), spans.len(), "each has an id of its own");
    let line = |span: &Value| match names.get(&word(&span["parentSpanId"])) {
        Some(parent) => format!("{} / {}", parent, word(&span["name"])),
        None => word(&span["name"]),
    };
    let mut tree: Vec<String> = spans.iter().map(line).collect();
    tree.sort();
    tree
}

#[test]
fn attempts_are_below_steps_and_steps_below_the_run() {
    assert_eq!(
        tree(&retried()),
        [
            "archive / archive attempt 1",
            "clean_bookings / clean_bookings attempt 1",
            "clean_bookings / clean_bookings attempt 2",
            "clean_bookings / clean_bookings attempt 3",
            "run alpine",
            "run alpine / archive",
            "run alpine / clean_bookings",
        ]
    );
}

#[test]
fn all_spans_are_of_one_trace_and_none_lies_outside_its_parent() {
    let spans = spans(&retried());
    let times = |span: &Value| {
        let nanos = |key: &str| word(&span[key]).parse::<u64>().unwrap();
        (nanos("startTimeUnixNano"), nanos("endTimeUnixNano"))
    };
    for span in &spans {
        assert_eq!(span["traceId"], run_id().to_string().replace('-', ""));
        assert_eq!((word(&span["traceId"]).len(), word(&span["spanId"]).len()), (32, 16));
        let parent = spans.iter().find(|parent| parent["spanId"] == span["parentSpanId"]).unwrap_or(&spans[0]);
        let ((began, ended), (parent_began, parent_ended)) = (times(span), times(parent));
        assert!(parent_began <= began && began <= ended && ended <= parent_ended, "{span}");
    }
}

#[test]
fn a_span_in_full() {
    let spans = spans(&failed());
    let span = spans.iter().find(|span| span["name"] == "clean_bookings").unwrap();
    assert_snapshot!(serde_json::to_string_pretty(span).unwrap(), @r#"
    {
      "attributes": [
        {
          "key": "purvey.task",
          "value": {
            "stringValue": "clean_bookings"
          }
        },
        {
          "key": "purvey.state",
          "value": {
            "stringValue": "failed"
          }
        },
        {
          "key": "purvey.attempts",
          "value": {
            "intValue": "1"
          }
        },
        {
          "key": "purvey.rows_in",
          "value": {
            "intValue": "3004"
          }
        }
      ],
      "endTimeUnixNano": "1795228204000000000",
      "kind": 1,
      "name": "clean_bookings",
      "parentSpanId": "aad8699b55c76a9e",
      "spanId": "788a92df8d906c53",
      "startTimeUnixNano": "1795228203000000000",
      "status": {
        "code": 2,
        "message": "model `clean_bookings` breaks its contract:\ncolumn `nights` has 2 rows below 0: row 17: -1"
      },
      "traceId": "0193f3a85b1e7c3a9d4e2f6a8b0c1d2e"
    }
    "#);
}

#[test]
fn a_metric_in_full() {
    let metrics = telemetry(&good()).1;
    let metrics = metrics["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].as_array().unwrap();
    let rows = metrics.iter().find(|metric| metric["name"] == "purvey.model.rows").unwrap();
    assert_eq!(rows["gauge"]["dataPoints"].as_array().unwrap().len(), 4);
    let duration = metrics.iter().find(|metric| metric["name"] == "purvey.run.duration").unwrap();
    assert_snapshot!(serde_json::to_string_pretty(duration).unwrap(), @r#"
    {
      "description": "How long the last run took.",
      "gauge": {
        "dataPoints": [
          {
            "asDouble": 3.42,
            "attributes": [
              {
                "key": "chain",
                "value": {
                  "stringValue": "alpine"
                }
              }
            ],
            "timeUnixNano": "1795228212000000000"
          }
        ]
      },
      "name": "purvey.run.duration",
      "unit": "s"
    }
    "#);
}
