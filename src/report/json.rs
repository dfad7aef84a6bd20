//! The documented, versioned JSON of runs and events, for programs; `docs/json.md` describes each field.
//!
//! The shapes here are their own, apart from the live types, so that code may change and the documents stay. The other
//! kinds of document belong to whoever makes them and share the [`Envelope`].

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::event::StepInfo;

mod event;
mod run;

pub use event::{Event, Events, PlannedStep, What};
pub use run::{Check, Failure, Model, Published, Run, Step};

/// The version of all documents; a change that an old reader would misread raises it.
pub const FORMAT: u32 = 1;

/// What may stand in an [`Envelope`].
pub trait Document {
    /// The word for this kind of document.
    const KIND: &'static str;
}

/// A document with its kind and version in front: `{"purvey": {"format": 1, "kind": "run"}, …}`.
///
/// ```
/// use purvey::report::json::{Document, Envelope};
///
/// #[derive(serde::Serialize)]
/// struct Check {
///     faults: Vec<String>,
/// }
///
/// impl Document for Check {
///     const KIND: &'static str = "check";
/// }
///
/// let text = Envelope::new(Check { faults: vec![] }).to_line();
/// assert_eq!(text, r#"{"purvey":{"format":1,"kind":"check"},"faults":[]}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope<T> {
    /// Version and kind.
    pub purvey: Header,
    /// The document.
    #[serde(flatten)]
    pub body: T,
}

/// What a document says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version, [`FORMAT`].
    pub format: u32,
    /// The kind, [`Document::KIND`].
    pub kind: String,
}

impl<T: Document + Serialize> Envelope<T> {
    /// Puts a document into its envelope.
    pub fn new(body: T) -> Envelope<T> {
        Envelope { purvey: Header { format: FORMAT, kind: T::KIND.to_owned() }, body }
    }

    /// Writes it on one line, without a line feed.
    ///
    /// # Panics
    ///
    /// Panics for a document that cannot be written as JSON, such as a map whose keys are not texts.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).expect("a document has text keys and no failing parts")
    }

    /// Writes it on several lines, indented, without a line feed at the end.
    ///
    /// # Panics
    ///
    /// Panics as [`to_line`](Envelope::to_line) does.
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).expect("a document has text keys and no failing parts")
    }
}

fn group(info: &StepInfo) -> Option<String> {
    Some(info.group.to_string()).filter(|group| !group.is_empty())
}

pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1_000.0
}

pub(crate) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::report::Summary;
    use crate::report::fixture::{cancelled, failed, good, retried, tell, up_to_date};

    fn run_of(events: &[crate::event::Event]) -> Envelope<Run> {
        let mut summary = Summary::new();
        tell(&mut summary, events);
        Envelope::new(Run::from(&summary))
    }

    fn lines_of(events: &[crate::event::Event]) -> Vec<String> {
        let mut lines = Events::default();
        events.iter().map(|event| lines.line(event)).collect()
    }

    #[test]
    fn a_failed_run_is_one_document() {
        assert_snapshot!(run_of(&failed()).to_text(), @r#"
        {
          "purvey": {
            "format": 1,
            "kind": "run"
          },
          "run": "0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e",
          "chain": "alpine",
          "partition": null,
          "ending": "failed",
          "started_at": "2026-11-21T02:30:00.000Z",
          "ended_at": "2026-11-21T02:30:09.000Z",
          "elapsed_ms": 3420.0,
          "peak_memory_bytes": 368050176,
          "steps": [
            {
              "task": "read_bookings",
              "group": "ingest",
              "state": "done",
              "elapsed_ms": 1240.0,
              "attempts": 1,
              "why": null,
              "reused": null,
              "rows_in": null,
              "rows_out": 3004,
              "peak_memory_bytes": 367001600,
              "committed": [
                {
                  "model": "raw_bookings",
                  "rows": 3004,
                  "bytes": 4096,
                  "stored_bytes": 512
                }
              ],
              "checks": [],
              "failure": null,
              "blamed": null
            },
            {
              "task": "clean_bookings",
              "group": "process",
              "state": "failed",
              "elapsed_ms": 0.842,
              "attempts": 1,
              "why": null,
              "reused": null,
              "rows_in": 3004,
              "rows_out": null,
              "peak_memory_bytes": null,
              "committed": [],
              "checks": [],
              "failure": {
                "class": "data",
                "messages": [
                  "model `clean_bookings` breaks its contract:\ncolumn `nights` has 2 rows below 0",
                  "row 17: -1"
                ]
              },
              "blamed": null
            },
            {
              "task": "daily_occupancy",
              "group": "process",
              "state": "skipped",
              "elapsed_ms": 0.0,
              "attempts": 1,
              "why": null,
              "reused": null,
              "rows_in": null,
              "rows_out": null,
              "peak_memory_bytes": null,
              "committed": [],
              "checks": [],
              "failure": null,
              "blamed": "clean_bookings"
            },
            {
              "task": "monthly_revenue",
              "group": "reports/monthly",
              "state": "skipped",
              "elapsed_ms": 0.0,
              "attempts": 1,
              "why": null,
              "reused": null,
              "rows_in": null,
              "rows_out": null,
              "peak_memory_bytes": null,
              "committed": [],
              "checks": [],
              "failure": null,
              "blamed": "clean_bookings"
            },
            {
              "task": "archive",
              "group": null,
              "state": "failed",
              "elapsed_ms": 0.842,
              "attempts": 1,
              "why": null,
              "reused": null,
              "rows_in": 3004,
              "rows_out": null,
              "peak_memory_bytes": null,
              "committed": [],
              "checks": [],
              "failure": {
                "class": "bug",
                "messages": [
                  "task `archive` panicked: index out of bounds"
                ]
              },
              "blamed": null
            }
          ],
          "published": []
        }
        "#);
    }

    #[test]
    fn each_event_is_one_line() {
        let told = good();
        let lines = lines_of(&[told[0].clone(), told[1].clone(), told[2].clone(), told[11].clone(), told[12].clone()]);
        assert_snapshot!(lines.join("\n"), @r#"
        {"purvey":{"format":1,"kind":"event"},"run":"0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e","at":"2026-11-21T02:30:00.000Z","event":"run_started","chain":"alpine","partition":null,"steps":[{"task":"read_bookings","group":"ingest"},{"task":"clean_bookings","group":"process"},{"task":"daily_occupancy","group":"process"},{"task":"monthly_revenue","group":"reports/monthly"},{"task":"archive","group":null}]}
        {"purvey":{"format":1,"kind":"event"},"run":"0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e","at":"2026-11-21T02:30:01.000Z","event":"step_started","task":"read_bookings","attempt":1}
        {"purvey":{"format":1,"kind":"event"},"run":"0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e","at":"2026-11-21T02:30:02.000Z","event":"step_ended","task":"read_bookings","group":"ingest","state":"done","elapsed_ms":1240.0,"attempts":1,"why":null,"reused":null,"rows_in":null,"rows_out":119390,"peak_memory_bytes":367001600,"committed":[{"model":"raw_bookings","rows":119390,"bytes":4096,"stored_bytes":512}],"checks":[],"failure":null,"blamed":null}
        {"purvey":{"format":1,"kind":"event"},"run":"0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e","at":"2026-11-21T02:30:11.000Z","event":"run_published","published":[{"model":"raw_bookings","path":"data/alpine/raw_bookings.parquet","rows":119390,"bytes":3251000},{"model":"daily_occupancy","path":"data/alpine/daily_occupancy.parquet","rows":1605,"bytes":18200},{"model":"monthly_revenue","path":"data/alpine/monthly_revenue.parquet","rows":1,"bytes":870}]}
        {"purvey":{"format":1,"kind":"event"},"run":"0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e","at":"2026-11-21T02:30:12.000Z","event":"run_ended","ending":"done","elapsed_ms":3420.0,"peak_memory_bytes":368050176}
        "#);
    }

    #[test]
    fn what_was_written_is_read_back_the_same() {
        for events in [good(), failed(), cancelled(), retried(), up_to_date()] {
            let run = run_of(&events);
            assert_eq!(serde_json::from_str::<Envelope<Run>>(&run.to_text()).unwrap(), run);
            for line in lines_of(&events) {
                let read: Envelope<Event> = serde_json::from_str(&line).unwrap();
                assert_eq!(read.to_line(), line);
            }
        }
    }

    #[test]
    fn each_field_is_in_the_documentation() {
        let runs = [good(), failed(), up_to_date()].map(|events| run_of(&events).to_line()).to_vec();
        let documents = [runs, lines_of(&good()), lines_of(&retried())].concat();
        let page = include_str!("../../docs/json.md");
        let keys = documents
            .iter()
            .flat_map(|text| text.split('"').skip(1).step_by(2).zip(text.split('"').skip(2).step_by(2)));
        for (key, _) in keys.filter(|(_, after)| after.starts_with(':')) {
            assert!(
                page.contains(&format!("`{key}`")) || page.contains(&format!(".{key}`")) || key == "purvey",
                "{key}"
            );
        }
    }

    #[test]
    fn a_run_of_which_nothing_is_known_is_still_a_document() {
        let run = Run::from(&Summary::new());
        assert_eq!((run.run, run.ending, run.steps), (None, None, vec![]));
    }
}
