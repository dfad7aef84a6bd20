//! A run as a trace and as metrics of OpenTelemetry.
//!
//! The shapes are those of the OpenTelemetry protocol in JSON, <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>:
//! ids are hexadecimal, 64-bit numbers are texts, kinds are numbers. The run is a span, below it each step that was started,
//! below that each attempt. The trace has the id of the run; ids of spans follow from it, so that who hears of a run twice
//! knows that it is the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::channel::Channel;
use super::figures::{Figure, Figures};
use super::{Past, Teller};
use crate::event::{Ending, Event, Fact, Failure, State, StepEnd};
use crate::id::{RunId, TaskId};

/// `SPAN_KIND_INTERNAL`.
const INTERNAL: u8 = 1;

/// `STATUS_CODE_OK` and `STATUS_CODE_ERROR`.
const OK: u8 = 1;
const ERROR: u8 = 2;

/// How many spans are sent at once; collectors do not take as much as one likes.
const SPANS: usize = 2_000;

/// Tells of a run when it has ended.
pub(super) struct Telemetry {
    channel: Channel,
    figures: Figures,
    run: Option<Run>,
    end: Option<(DateTime<Utc>, Ending)>,
}

/// A run whose spans are collected.
struct Run {
    id: RunId,
    chain: Arc<str>,
    partition: Option<Arc<str>>,
    began: DateTime<Utc>,
    /// The steps that are under way: when they and their attempts began.
    steps: BTreeMap<TaskId, Started>,
    spans: Vec<Value>,
}

struct Started {
    step: DateTime<Utc>,
    attempt: DateTime<Utc>,
}

impl Telemetry {
    pub(super) fn new(channel: Channel) -> Telemetry {
        Telemetry { channel, figures: Figures::default(), run: None, end: None }
    }
}

impl Teller for Telemetry {
    fn hear(&mut self, event: &Event) {
        self.figures.hear(event);
        if let Fact::RunStarted { chain, partition, .. } = &event.fact {
            let (chain, partition) = (Arc::clone(chain), partition.clone());
            let (steps, spans) = (BTreeMap::new(), Vec::new());
            self.run = Some(Run { id: event.run, chain, partition, began: event.at, steps, spans });
        }
        let Some(run) = &mut self.run else { return };
        match &event.fact {
            Fact::StepStarted { task, .. } => {
                let started = run.steps.entry(*task).or_insert(Started { step: event.at, attempt: event.at });
                started.attempt = event.at;
            }
            Fact::StepRetried { task, name, attempt, failure, .. } => {
                run.attempt_ended((*task, name, *attempt), event.at, Some(failure), State::Failed);
            }
            Fact::StepEnded(end) => run.step_ended(end, event.at),
            Fact::RunEnded { ending, .. } => self.end = Some((event.at, *ending)),
            _ => {}
        }
    }

    fn end(&mut self, past: &Past) {
        if let (Some(run), Some((at, ending))) = (self.run.take(), self.end) {
            let (resource, scope) = (run.resource(), scope());
            let metrics: Vec<Value> = metrics(&self.figures.all(past), at);
            let metrics = json!({ "resourceMetrics": [
                { "resource": &resource, "scopeMetrics": [{ "scope": &scope, "metrics": metrics }] }
            ]});
            for spans in run.ended(at, ending).chunks(SPANS) {
                let traces = json!({ "resourceSpans": [
                    { "resource": &resource, "scopeSpans": [{ "scope": &scope, "spans": spans }] }
                ]});
                self.channel.send("/v1/traces", traces.to_string());
            }
            self.channel.send("/v1/metrics", metrics.to_string());
        }
        self.channel.end();
    }

    fn close(self: Box<Self>) -> Vec<String> {
        self.channel.close()
    }
}

impl Run {
    fn resource(&self) -> Value {
        let attributes = [
            ("service.name", text(&self.chain)),
            ("service.namespace", text("purvey")),
            ("service.version", text(env!("CARGO_PKG_VERSION"))),
            ("process.pid", whole(u64::from(std::process::id()))),
        ];
        json!({ "attributes": attributes_of(attributes) })
    }

    /// The id of the span with this name within the run.
    fn span_id(&self, name: &str) -> String {
        let digest = blake3::hash(format!("{}\0{name}", self.id).as_bytes()).to_hex();
        // A span whose id is all zeros would be none.
        if digest.starts_with("0000000000000000") { "0000000000000001".to_owned() } else { digest[..16].to_owned() }
    }

    fn span(&self, id: &str, parent: Option<&str>, name: &str, times: (DateTime<Utc>, DateTime<Utc>)) -> Value {
        json!({
            "traceId": self.id.to_string().replace('-', ""),
            "spanId": id,
            "parentSpanId": parent.unwrap_or_default(),
            "name": name,
            "kind": INTERNAL,
            "startTimeUnixNano": nanos(times.0),
            "endTimeUnixNano": nanos(times.1),
        })
    }

    fn attempt_ended(
        &mut self,
        (task, name, attempt): (TaskId, &str, u32),
        at: DateTime<Utc>,
        failure: Option<&Failure>,
        state: State,
    ) {
        let Some(began) = self.steps.get(&task).map(|started| started.attempt) else { return };
        let step = self.span_id(name);
        let mut span = self.span(
            &self.span_id(&format!("{name}\0{attempt}")),
            Some(&step),
            &format!("{name} attempt {attempt}"),
            (began, at),
        );
        span["attributes"] = attributes_of([
            ("purvey.task", text(name)),
            ("purvey.attempt", whole(u64::from(attempt))),
            ("purvey.state", text(state.as_str())),
        ]);
        span["status"] = status(state.is_good(), failure);
        self.spans.push(span);
    }

    fn step_ended(&mut self, end: &StepEnd, at: DateTime<Utc>) {
        self.attempt_ended((end.task, &end.name, end.attempts), at, end.failure.as_ref(), end.state);
        // One that was never started takes no time and has no span.
        let Some(started) = self.steps.remove(&end.task) else { return };
        let root = self.span_id("");
        let mut span = self.span(&self.span_id(&end.name), Some(&root), &end.name, (started.step, at));
        let counts = [
            ("purvey.attempts", Some(u64::from(end.attempts))),
            ("purvey.rows_in", end.rows_in),
            ("purvey.rows_out", end.rows_out),
            ("purvey.peak_memory", end.peak_memory),
        ];
        let counts = counts.into_iter().filter_map(|(key, value)| Some((key, whole(value?))));
        span["attributes"] = attributes_of(
            [("purvey.task", text(&end.name)), ("purvey.state", text(end.state.as_str()))].into_iter().chain(counts),
        );
        span["status"] = status(end.state.is_good(), end.failure.as_ref());
        self.spans.push(span);
    }

    /// All spans, that of the run first.
    fn ended(mut self, at: DateTime<Utc>, ending: Ending) -> Vec<Value> {
        let mut span = self.span(&self.span_id(""), None, &format!("run {}", self.chain), (self.began, at));
        let partition = self.partition.as_ref().map(|key| ("purvey.partition", text(key)));
        let attributes = [
            ("purvey.run", text(&self.id.to_string())),
            ("purvey.chain", text(&self.chain)),
            ("purvey.ending", text(ending.as_str())),
        ];
        span["attributes"] = attributes_of(attributes.into_iter().chain(partition));
        span["status"] = status(ending == Ending::Done, None);
        self.spans.insert(0, span);
        self.spans
    }
}

/// A metric for the figures of each kind, which come side by side.
fn metrics(figures: &[Figure], at: DateTime<Utc>) -> Vec<Value> {
    let point = |figure: &Figure| {
        let labels = figure.labels.iter().map(|(name, value)| (*name, text(value)));
        json!({ "attributes": attributes_of(labels), "timeUnixNano": nanos(at), "asDouble": figure.value })
    };
    let metric = |figures: &[Figure]| {
        let kind = figures[0].kind;
        let points: Vec<Value> = figures.iter().map(point).collect();
        json!({ "name": kind.dotted, "description": kind.help, "unit": kind.unit, "gauge": { "dataPoints": points } })
    };
    figures.chunk_by(|first, second| first.kind == second.kind).map(metric).collect()
}

fn scope() -> Value {
    json!({ "name": "purvey", "version": env!("CARGO_PKG_VERSION") })
}

fn status(is_good: bool, failure: Option<&Failure>) -> Value {
    match (is_good, failure) {
        (true, _) => json!({ "code": OK }),
        (false, None) => json!({ "code": ERROR }),
        (false, Some(failure)) => json!({ "code": ERROR, "message": failure.messages.join(": ") }),
    }
}

fn attributes_of(attributes: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    attributes.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

fn text(value: &str) -> Value {
    json!({ "stringValue": value })
}

fn whole(value: u64) -> Value {
    json!({ "intValue": value.to_string() })
}

/// Nanoseconds since 1970, as the text that stands for a 64-bit number.
fn nanos(at: DateTime<Utc>) -> String {
    at.timestamp_nanos_opt().unwrap_or_default().to_string()
}
