//! The fixture of the stories: tasks made of a few words and a number, and a desk that runs them night after night.

use std::sync::Arc;

use purvey::Section;
use purvey::event::State;
use purvey::fingerprint::Code;
use purvey::ledger::{Ledger, MemoryLedger};
use purvey::plan::Plan;
use purvey::prelude::*;
use purvey::run::Outcome;
use purvey::session::Request;
use purvey::store::{MemoryStore, Store};
use purvey::task::{About, Call, ModelRef, SettingsKind, Task};
use serde::{Deserialize, Serialize};

use super::models::Number;

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Size {
    size: u64,
}

const SETTINGS: &[SettingsKind] = &[SettingsKind::of::<Size>()];

/// A task that makes one number, under its own name.
#[derive(Clone)]
pub(super) struct Made {
    name: String,
    requires: Vec<ModelRef>,
    provides: Vec<ModelRef>,
    pub(super) code: Code,
    params: Vec<&'static str>,
    makes: Option<u64>,
    fails: bool,
}

/// The task `name(required, …)`. It makes the sum of what it reads, of its setting and of its parameters, and one.
pub(super) fn task(text: &str) -> Made {
    let (name, reads) = text.split_once('(').unwrap_or((text, ")"));
    let reads = reads.trim_end_matches(')').split(", ").filter(|read| !read.is_empty());
    Made {
        name: name.to_owned(),
        requires: reads.map(ModelRef::named::<Number>).collect(),
        provides: vec![ModelRef::named::<Number>(name)],
        code: Code::Version("1".into()),
        params: Vec::new(),
        makes: None,
        fails: false,
    }
}

impl Made {
    pub(super) fn version(self, version: &'static str) -> Made {
        Made { code: Code::Version(version.into()), ..self }
    }

    /// Makes this number, whatever it reads.
    pub(super) fn making(self, number: u64) -> Made {
        Made { makes: Some(number), ..self }
    }

    pub(super) fn reading(self, params: &[&'static str]) -> Made {
        Made { params: params.to_vec(), ..self }
    }

    pub(super) fn failing(self) -> Made {
        Made { fails: true, ..self }
    }
}

impl Task for Made {
    fn name(&self) -> &str {
        &self.name
    }

    fn requires(&self) -> &[ModelRef] {
        &self.requires
    }

    fn provides(&self) -> &[ModelRef] {
        &self.provides
    }

    fn code(&self) -> Code {
        self.code.clone()
    }

    fn about(&self) -> About<'_> {
        About { settings: SETTINGS, ..About::default() }
    }

    fn run(&self, call: &Call<'_>) -> Result<()> {
        if self.fails {
            return Err(Error::data("no"));
        }
        let mut sum = 1 + call.settings::<Size>()?.size;
        for param in &self.params {
            sum += call.job().param::<u64>(param)?.unwrap_or_default();
        }
        for position in 0..self.requires.len() {
            sum += call.require::<Number>(position)?.get()?;
        }
        call.provide::<Number>(0)?.put(self.makes.unwrap_or(sum));
        Ok(())
    }
}

/// Where results and records are kept, and what is configured.
pub(super) struct Desk {
    pub(super) store: Arc<dyn Store>,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) job: JobContext,
    pub(super) models: Sections,
    pub(super) settings: Sections,
    /// The models that are not stored.
    pub(super) in_memory: Vec<&'static str>,
}

impl Desk {
    pub(super) fn new() -> Desk {
        Desk {
            store: Arc::new(MemoryStore::new()),
            ledger: Arc::new(MemoryLedger::new()),
            job: JobContext::new("desk"),
            models: Sections::models(),
            settings: Sections::tasks(),
            in_memory: Vec::new(),
        }
    }

    /// The same with these models in memory only.
    pub(super) fn with_memory(self, models: &[&'static str]) -> Desk {
        Desk { in_memory: models.to_vec(), ..self }
    }

    /// The same with a parameter.
    pub(super) fn with_param(self, name: &str, value: i64) -> Desk {
        Desk { job: self.job.clone().with_param(name, value), ..self }
    }

    /// The same with the setting of a task.
    pub(super) fn with_size(self, task: &str, size: i64) -> Desk {
        Desk { settings: self.settings.clone().with(task, Section::default().with("size", size)), ..self }
    }

    pub(super) fn chain<const N: usize>(&self, tasks: [Made; N]) -> Orchestrator {
        let stored = tasks.iter().map(|task| task.name.clone()).filter(|name| !self.in_memory.contains(&name.as_str()));
        let section = || Section::default().with("store", true);
        let models = stored.fold(self.models.clone(), |models, name| models.with(&name, section()));
        Orchestrator::new(self.job.clone(), tasks, models)
            .with_settings(self.settings.clone())
            .with_store(Arc::clone(&self.store))
            .with_ledger(Arc::clone(&self.ledger))
    }

    /// Runs these tasks; says what became of each.
    pub(super) fn run<const N: usize>(&self, tasks: [Made; N]) -> String {
        told(&self.chain(tasks).run().unwrap())
    }

    /// The same, as it is asked for.
    pub(super) fn run_as<const N: usize>(&self, request: &Request, tasks: [Made; N]) -> String {
        let mut chain = self.chain(tasks);
        let blueprint = chain.check().unwrap();
        told(&chain.run_request(&blueprint, request, &mut []).unwrap())
    }

    /// Plans these tasks; says what is to be done with each, and why.
    pub(super) fn plan<const N: usize>(&self, tasks: [Made; N]) -> String {
        planned(&self.chain(tasks))
    }

    /// What is published of a model.
    pub(super) fn number(&self, model: &str) -> Option<u64> {
        let versions = self.store.published().unwrap()?.versions;
        let version = versions.iter().find(|version| version.model == model)?;
        Some(super::models::number(&self.store.load(version, &purvey::model::Storage::Json, None).unwrap()))
    }
}

/// What became of each step, in the order in which the steps are planned where that is the order of their names.
pub(super) fn told(outcome: &Outcome) -> String {
    let mut steps: Vec<String> =
        outcome.steps().iter().map(|step| format!("{} {}", step.name, word(step.state))).collect();
    steps.sort();
    steps.join(", ")
}

fn word(state: State) -> &'static str {
    match state {
        State::Done => "ran",
        other => other.as_str(),
    }
}

/// What a plan says, without the run and the time of what is up to date.
pub(super) fn planned(chain: &Orchestrator) -> String {
    let blueprint = chain.check().unwrap();
    let plan: Plan = chain.plan(&blueprint, &Request::default()).unwrap();
    let lines = plan.steps().iter().map(|step| {
        let reasons: Vec<String> = step.reasons.iter().map(ToString::to_string).collect();
        let reasons = reasons.join("; ");
        let reasons = reasons.split(" since run").next().unwrap_or_default();
        format!("{}: {}, {reasons}", blueprint.task(step.task).task.name(), step.decision.as_str())
    });
    lines.collect::<Vec<_>>().join("\n")
}
