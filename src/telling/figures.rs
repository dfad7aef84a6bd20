//! A run in figures: how long, how often, how much; by the names that the conventions of Prometheus and OpenTelemetry give them.
//!
//! Units are seconds and bytes, as <https://prometheus.io/docs/practices/naming/> has it. A figure that is not known is left
//! out.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Past;
use crate::event::{Ending, Event, Fact, State, StepEnd};

/// What a figure is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// As Prometheus has it, with its unit at the end.
    pub(super) name: &'static str,
    /// As OpenTelemetry has it, whose units stand beside.
    pub(super) dotted: &'static str,
    pub(super) help: &'static str,
    /// As UCUM writes it, <https://ucum.org>.
    pub(super) unit: &'static str,
}

macro_rules! kinds {
    ($($constant:ident = $name:literal, $dotted:literal, $unit:literal, $help:literal;)*) => {
        $(const $constant: Kind = Kind { name: $name, dotted: $dotted, help: $help, unit: $unit };)*
        #[cfg(test)]
        pub(super) const ALL: &[Kind] = &[$($constant),*];
    };
}

kinds! {
    RUN_SUCCEEDED = "purvey_run_succeeded", "purvey.run.succeeded", "1",
        "Whether the last run got done: 1, or 0.";
    RUN_STARTED = "purvey_run_start_timestamp_seconds", "purvey.run.start_time", "s",
        "When the last run began, in seconds since 1970.";
    RUN_ENDED = "purvey_run_end_timestamp_seconds", "purvey.run.end_time", "s",
        "When the last run ended, in seconds since 1970.";
    RUN_DURATION = "purvey_run_duration_seconds", "purvey.run.duration", "s",
        "How long the last run took.";
    RUN_PEAK_MEMORY = "purvey_run_peak_memory_bytes", "purvey.run.peak_memory", "By",
        "The most memory the process of the last run held.";
    LAST_SUCCESS = "purvey_run_last_success_timestamp_seconds", "purvey.run.last_success_time", "s",
        "When a run of the chain was done last, for whatever partition, in seconds since 1970.";
    RUN_STEPS = "purvey_run_steps", "purvey.run.steps", "{step}",
        "How many steps of the last run ended in a state.";
    STEP_DURATION = "purvey_step_duration_seconds", "purvey.step.duration", "s",
        "How long all attempts of a step ran.";
    STEP_ATTEMPTS = "purvey_step_attempts", "purvey.step.attempts", "{attempt}",
        "How many attempts a step took.";
    STEP_PEAK_MEMORY = "purvey_step_peak_memory_bytes", "purvey.step.peak_memory", "By",
        "The most memory the process held while a step ran.";
    MODEL_ROWS = "purvey_model_rows", "purvey.model.rows", "{row}",
        "How many rows a model has that the last run made.";
    MODEL_SIZE = "purvey_model_bytes", "purvey.model.size", "By",
        "The size in memory of a model that the last run made.";
    MODEL_STORED_SIZE = "purvey_model_stored_bytes", "purvey.model.stored_size", "By",
        "The size on disk of a model that the last run made.";
}

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    pub(super) kind: Kind,
    pub(super) labels: Vec<(&'static str, Arc<str>)>,
    pub(super) value: f64,
}

/// A run as it is known so far, folded from its events.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    chain: Arc<str>,
    partition: Option<Arc<str>>,
    started: Option<DateTime<Utc>>,
    steps: Vec<StepEnd>,
    end: Option<(DateTime<Utc>, Ending, Duration, Option<u64>)>,
}

impl Figures {
    pub(super) fn hear(&mut self, event: &Event) {
        match &event.fact {
            Fact::RunStarted { chain, partition, .. } => {
                let (chain, partition) = (Arc::clone(chain), partition.clone());
                *self = Figures { chain, partition, started: Some(event.at), ..Figures::default() };
            }
            Fact::StepEnded(end) => self.steps.push(end.clone()),
            Fact::RunEnded { ending, elapsed, peak_memory } => {
                self.end = Some((event.at, *ending, *elapsed, *peak_memory));
            }
            _ => {}
        }
    }

    /// The figures, those of a kind side by side; none for a run that has not ended.
    pub(super) fn all(&self, past: &Past) -> Vec<Figure> {
        let Some((ended, ending, elapsed, peak_memory)) = self.end else { return Vec::new() };
        let mut all = Vec::new();
        let mut add = |kind, labels: Vec<_>, value: Option<f64>| {
            all.extend(value.map(|value| Figure { kind, labels, value }));
        };
        let chain = || vec![("chain", Arc::clone(&self.chain))];
        let run =
            || chain().into_iter().chain(self.partition.clone().map(|key| ("partition", key))).collect::<Vec<_>>();
        let is_done = ending == Ending::Done;
        let last_success = past.last_success.max(is_done.then_some(ended));
        add(RUN_SUCCEEDED, run(), Some(if is_done { 1.0 } else { 0.0 }));
        add(RUN_STARTED, run(), self.started.map(seconds));
        add(RUN_ENDED, run(), Some(seconds(ended)));
        add(RUN_DURATION, run(), Some(elapsed.as_secs_f64()));
        add(RUN_PEAK_MEMORY, run(), peak_memory.map(|bytes| bytes as f64));
        add(LAST_SUCCESS, chain(), last_success.map(seconds));
        for state in State::ALL.into_iter().filter(|state| state.is_final()) {
            let steps = self.steps.iter().filter(|end| end.state == state).count();
            let labels = run().into_iter().chain([("state", state.as_str().into())]).collect();
            add(RUN_STEPS, labels, Some(steps as f64));
        }
        let task = |end: &StepEnd| run().into_iter().chain([("task", Arc::clone(&end.name))]).collect::<Vec<_>>();
        let ran = || self.steps.iter().filter(|end| end.attempts > 0);
        for end in ran() {
            add(STEP_DURATION, task(end), Some(end.elapsed.as_secs_f64()));
        }
        for end in ran() {
            add(STEP_ATTEMPTS, task(end), Some(f64::from(end.attempts)));
        }
        for end in ran() {
            add(STEP_PEAK_MEMORY, task(end), end.peak_memory.map(|bytes| bytes as f64));
        }
        let committed = || ran().flat_map(|end| end.committed.iter().map(move |model| (end, model)));
        let model = |end, name: &Arc<str>| task(end).into_iter().chain([("model", Arc::clone(name))]).collect();
        for (end, made) in committed() {
            add(MODEL_ROWS, model(end, &made.model), made.rows.map(|rows| rows as f64));
        }
        for (end, made) in committed() {
            add(MODEL_SIZE, model(end, &made.model), Some(made.bytes as f64));
        }
        for (end, made) in committed() {
            add(MODEL_STORED_SIZE, model(end, &made.model), made.stored_bytes.map(|bytes| bytes as f64));
        }
        all
    }
}

fn seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp_millis() as f64 / 1_000.0
}
