//! Runs as OpenLineage hears of them: a run of the chain, and below it one of each task that was started.
//!
//! Events and facets are those of <https://openlineage.io/spec/2-0-2/OpenLineage.json>. The chain's run has the id of the run;
//! those of its steps follow from it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use uuid::Builder;

use super::background::{Background, ModelBackground};
use super::channel::Channel;
use super::{Past, Teller};
use crate::event::{Committed, Ending, Event, Fact, Failure, State, StepEnd};
use crate::id::{RunId, TaskId};
use crate::partition::Partition;
use crate::report::json::time;

mod columns;

const PRODUCER: &str = concat!("urn:purvey:", env!("CARGO_PKG_VERSION"));

/// Tells of a run while it goes on.
pub(super) struct Lineage {
    channel: Channel,
    namespace: String,
    background: Background,
    run: Option<Run>,
}

/// The run that is told of.
struct Run {
    id: RunId,
    chain: Arc<str>,
    /// The tasks that are under way.
    started: BTreeMap<TaskId, DateTime<Utc>>,
    /// What was made so far, by model.
    made: BTreeMap<Arc<str>, Committed>,
}

/// What happened to a run of a job.
struct Happened<'a> {
    at: DateTime<Utc>,
    what: &'static str,
    failure: Option<&'a Failure>,
}

impl Happened<'_> {
    /// The event, on one line.
    fn record(&self, [run, job]: [Value; 2], [inputs, outputs]: [Vec<Value>; 2]) -> String {
        let event = json!({
            "eventType": self.what,
            "eventTime": time(self.at),
            "producer": PRODUCER,
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": run,
            "job": job,
            "inputs": inputs,
            "outputs": outputs,
        });
        event.to_string()
    }
}

impl Lineage {
    pub(super) fn new(channel: Channel, namespace: &str, background: Background) -> Lineage {
        Lineage { channel, namespace: namespace.to_owned(), background, run: None }
    }

    fn tell_of_run(&mut self, happened: &Happened<'_>) {
        let Some(run) = &self.run else { return };
        let mut facets = run_facets(happened, self.background.partition.as_ref());
        facets.insert("processing_engine".to_owned(), engine());
        let job =
            json!({ "namespace": self.namespace, "name": &*run.chain, "facets": { "jobType": job_type("CHAIN") } });
        let run = json!({ "runId": run.id.to_string(), "facets": facets });
        self.channel.send("", happened.record([run, job], [vec![], vec![]]));
    }

    /// Tells of a step; `committed` is what it has made, once it has.
    fn tell_of_step(&mut self, name: &str, happened: &Happened<'_>, committed: &[Committed]) {
        let Some(run) = &self.run else { return };
        let chain_job = json!({ "namespace": self.namespace, "name": &*run.chain });
        let chain = json!({ "run": { "runId": run.id.to_string() }, "job": chain_job });
        let parent = json!({ "run": chain["run"], "job": chain["job"], "root": chain });
        let mut facets = run_facets(happened, self.background.partition.as_ref());
        facets.insert("parent".to_owned(), facet("1-2-0", "ParentRunFacet", parent));
        let task = self.background.tasks.get(name);
        let mut job_facets = Map::from_iter([("jobType".to_owned(), job_type("TASK"))]);
        if let Some(task) = task.filter(|task| !task.doc.is_empty()) {
            let doc = json!({ "description": task.doc });
            job_facets.insert("documentation".to_owned(), facet("1-1-0", "DocumentationJobFacet", doc));
        }
        let reads = task.map(|task| task.reads.as_slice()).unwrap_or_default();
        let makes = task.map(|task| task.makes.as_slice()).unwrap_or_default();
        let made = |model: &ModelBackground| committed.iter().find(|made| *made.model == *model.name);
        let inputs = reads.iter().map(|model| input(model, run.made.get(model.name.as_str()))).collect();
        let outputs = makes.iter().map(|model| output(model, made(model), run.id)).collect();
        let job = json!({ "namespace": self.namespace, "name": format!("{}.{name}", run.chain), "facets": job_facets });
        let run = json!({ "runId": step_run(run.id, name), "facets": facets });
        self.channel.send("", happened.record([run, job], [inputs, outputs]));
    }

    fn step_ended(&mut self, end: &StepEnd, at: DateTime<Utc>) {
        let was_started = self.run.as_mut().is_some_and(|run| run.started.remove(&end.task).is_some());
        if was_started {
            let what = match end.state {
                State::Done => "COMPLETE",
                State::Cancelled => "ABORT",
                _ => "FAIL",
            };
            let happened = Happened { at, what, failure: end.failure.as_ref() };
            self.tell_of_step(&end.name, &happened, &end.committed);
        }
        if let Some(run) = &mut self.run {
            run.made.extend(end.committed.iter().map(|made| (Arc::clone(&made.model), made.clone())));
        }
    }
}

impl Teller for Lineage {
    fn hear(&mut self, event: &Event) {
        let at = event.at;
        match &event.fact {
            Fact::RunStarted { chain, .. } => {
                let (started, made) = (BTreeMap::new(), BTreeMap::new());
                self.run = Some(Run { id: event.run, chain: Arc::clone(chain), started, made });
                self.tell_of_run(&Happened { at, what: "START", failure: None });
            }
            Fact::StepStarted { task, name, .. } => {
                // Further attempts are of the same run of the job.
                let is_first = self.run.as_mut().is_some_and(|run| run.started.insert(*task, at).is_none());
                if is_first {
                    self.tell_of_step(name, &Happened { at, what: "START", failure: None }, &[]);
                }
            }
            Fact::StepEnded(end) => self.step_ended(end, at),
            Fact::RunEnded { ending, .. } => {
                let what = match ending {
                    Ending::Done => "COMPLETE",
                    Ending::Cancelled => "ABORT",
                    _ => "FAIL",
                };
                self.tell_of_run(&Happened { at, what, failure: None });
            }
            _ => {}
        }
    }

    fn end(&mut self, _: &Past) {
        self.channel.end();
    }

    fn close(self: Box<Self>) -> Vec<String> {
        self.channel.close()
    }
}

/// The id of a step's run: of version 7 like that of the run itself, with its time, and the rest of it from the names.
fn step_run(run: RunId, task: &str) -> String {
    let digest = blake3::hash(format!("{run}\0{task}").as_bytes());
    let rest: [u8; 10] = std::array::from_fn(|at| digest.as_bytes()[at]);
    let millis = run.began().map_or(0, |began| u64::try_from(began.timestamp_millis()).unwrap_or_default());
    Builder::from_unix_timestamp_millis(millis, &rest).into_uuid().to_string()
}

fn run_facets(happened: &Happened<'_>, partition: Option<&Partition>) -> Map<String, Value> {
    let mut facets = Map::new();
    if let Some(interval) = partition.and_then(Partition::interval) {
        let nominal = json!({ "nominalStartTime": time(interval.start), "nominalEndTime": time(interval.end) });
        facets.insert("nominalTime".to_owned(), facet("1-0-1", "NominalTimeRunFacet", nominal));
    }
    if let Some(failure) = happened.failure {
        let error = json!({ "message": failure.messages.join(": "), "programmingLanguage": "Rust" });
        facets.insert("errorMessage".to_owned(), facet("1-0-1", "ErrorMessageRunFacet", error));
    }
    facets
}

fn engine() -> Value {
    let engine = json!({ "name": "Purvey", "version": env!("CARGO_PKG_VERSION") });
    facet("1-1-1", "ProcessingEngineRunFacet", engine)
}

fn job_type(word: &str) -> Value {
    let kind = json!({ "processingType": "BATCH", "integration": "PURVEY", "jobType": word });
    facet("2-0-4", "JobTypeJobFacet", kind)
}

/// A facet with what all have.
fn facet(version: &str, name: &str, mut fields: Value) -> Value {
    fields["_producer"] = PRODUCER.into();
    fields["_schemaURL"] = format!("https://openlineage.io/spec/facets/{version}/{name}.json#/$defs/{name}").into();
    fields
}

/// A file is named by its path, <https://openlineage.io/docs/spec/naming>.
fn dataset(model: &ModelBackground) -> Value {
    let mut facets = Map::new();
    if let Some(schema) = model.schema {
        let fields = schema.columns.iter().enumerate().map(|(at, column)| {
            let mut field = json!({ "name": column.name, "type": column.ty.to_string(), "ordinal_position": at + 1 });
            if !column.doc.trim().is_empty() {
                field["description"] = column.doc.trim().into();
            }
            field
        });
        let fields = json!({ "fields": fields.collect::<Vec<Value>>() });
        facets.insert("schema".to_owned(), facet("1-2-0", "SchemaDatasetFacet", fields));
    }
    if !model.doc.is_empty() {
        let doc = json!({ "description": model.doc });
        facets.insert("documentation".to_owned(), facet("1-1-0", "DocumentationDatasetFacet", doc));
    }
    json!({ "namespace": "file", "name": model.path.display().to_string(), "facets": facets })
}

fn input(model: &ModelBackground, made: Option<&Committed>) -> Value {
    let mut dataset = dataset(model);
    if let Some(rows) = made.filter(|_| !model.is_outside).and_then(|made| made.rows) {
        let statistics = facet("1-0-0", "InputStatisticsInputDatasetFacet", json!({ "rowCount": rows }));
        dataset["inputFacets"] = json!({ "inputStatistics": statistics });
    }
    dataset
}

fn output(model: &ModelBackground, made: Option<&Committed>, run: RunId) -> Value {
    let mut dataset = dataset(model);
    if let Some(made) = made {
        let version = json!({ "datasetVersion": run.to_string() });
        if let Some(lineage) = &made.lineage {
            dataset["facets"]["columnLineage"] = columns::facet_of(model, lineage);
        }
        dataset["facets"]["version"] = facet("1-0-1", "DatasetVersionDatasetFacet", version);
        let mut statistics = json!({ "size": made.stored_bytes.unwrap_or(made.bytes) });
        if let Some(rows) = made.rows {
            statistics["rowCount"] = rows.into();
        }
        let statistics = facet("1-0-2", "OutputStatisticsOutputDatasetFacet", statistics);
        dataset["outputFacets"] = json!({ "outputStatistics": statistics });
    }
    dataset
}
