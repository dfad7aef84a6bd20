//! Chains that are made up: what their tasks read, make and depend on, and how they are run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use purvey::Section;
use purvey::fingerprint::Code;
use purvey::prelude::*;
use purvey::task::{About, Call, ModelRef, SettingsKind, Task};
use serde::{Deserialize, Serialize};

use super::models::{Number, Origin};

/// How many sources there are. Their readers are the first tasks, by number.
pub(super) const ORIGINS: usize = 2;
/// How many parameters there are.
pub(super) const PARAMS: usize = 3;

/// A model: the task that makes it, and which of its models it is.
pub(super) type ModelId = (usize, usize);

/// What never changes about a task.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    /// The models it requires.
    pub(super) requires: Vec<ModelId>,
    /// The models it reads where they are there.
    pub(super) after: Vec<ModelId>,
    /// For each model it makes, whether that is stored.
    pub(super) stored: Vec<bool>,
    /// The parameters it may read; the next one only if the one before is odd or not set.
    pub(super) params: Vec<usize>,
}

/// The tasks that there may be, those that read sources first.
#[derive(Clone, Debug)]
pub(super) struct Shapes(pub(super) Vec<Shape>);

/// What changes from night to night.
#[derive(Clone, Debug)]
pub(super) struct Now {
    /// The version of each task's code.
    pub(super) versions: Vec<u64>,
    /// The setting of each task, which is 0 where it is not set.
    pub(super) settings: Vec<Option<u64>>,
    pub(super) params: [Option<u64>; PARAMS],
    /// What is in each source.
    pub(super) origins: [u64; ORIGINS],
    /// Where each source stands.
    pub(super) places: [bool; ORIGINS],
    /// The tasks that the chain has left out.
    pub(super) absent: BTreeSet<usize>,
}

/// What a task does when it is called.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Does {
    Work,
    Fail,
    Panic,
}

/// All that what a task makes depends on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cause {
    pub(super) version: u64,
    pub(super) setting: u64,
    pub(super) params: Vec<(usize, Option<u64>)>,
    /// What it reads, in order; `None` for a model that the chain has not.
    pub(super) inputs: Vec<Option<u64>>,
    /// What is outside, for a source.
    pub(super) origin: Option<u64>,
}

impl Cause {
    /// What a task makes of it: often the same of something else.
    pub(super) fn number(&self, (task, model): ModelId) -> u64 {
        if let Some(origin) = self.origin {
            return origin;
        }
        let params = self.params.iter().map(|(_, value)| value.map_or(7, |value| value + 1));
        let inputs = self.inputs.iter().map(|value| value.map_or(5, |value| value + 1));
        let all = [task as u64, model as u64, self.version, self.setting].into_iter().chain(params).chain(inputs);
        let mix = |sum: u64, next: u64| (sum ^ (next + 1)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        all.fold(1, mix) % 3
    }
}

/// The parameters that a task reads, one after the other.
pub(super) fn read_params(
    names: &[usize],
    mut read: impl FnMut(usize) -> Result<Option<u64>>,
) -> Result<Vec<(usize, Option<u64>)>> {
    let mut values = Vec::new();
    for &name in names {
        let value = read(name)?;
        values.push((name, value));
        if value.is_some_and(|value| value % 2 == 0) {
            break;
        }
    }
    Ok(values)
}

impl Shapes {
    pub(super) fn name(&self, task: usize) -> String {
        match task {
            0..ORIGINS => format!("read_origin_{task}"),
            _ => format!("t{task}"),
        }
    }

    pub(super) fn model(&self, (task, model): ModelId) -> String {
        match task {
            0..ORIGINS => format!("origin_{task}"),
            _ => format!("m{task}_{model}"),
        }
    }

    pub(super) fn is_stored(&self, (task, model): ModelId) -> bool {
        self.0[task].stored[model]
    }

    pub(super) fn models(&self, task: usize) -> impl Iterator<Item = ModelId> {
        (0..self.0[task].stored.len()).map(move |model| (task, model))
    }

    /// The models that a task reads, whether they are there or not.
    pub(super) fn reads(&self, task: usize) -> impl Iterator<Item = ModelId> {
        self.0[task].requires.iter().chain(&self.0[task].after).copied()
    }

    /// The tasks of the chain; a source is read only where it is required.
    pub(super) fn present(&self, now: &Now) -> BTreeSet<usize> {
        let tasks: BTreeSet<usize> = (ORIGINS..self.0.len()).filter(|task| !now.absent.contains(task)).collect();
        let required = tasks.iter().flat_map(|&task| &self.0[task].requires).map(|&(provider, _)| provider);
        required.chain(tasks.iter().copied()).collect()
    }

    /// Whether the chain can do without a task, as it is now.
    pub(super) fn is_spare(&self, task: usize, now: &Now) -> bool {
        let mut others = self.present(now).into_iter().filter(|&other| other >= ORIGINS && other != task).peekable();
        others.peek().is_some() && others.all(|other| self.0[other].requires.iter().all(|(read, _)| *read != task))
    }

    /// Whether the chain can have a task, as it is now.
    pub(super) fn is_possible(&self, task: usize, now: &Now) -> bool {
        self.0[task].requires.iter().all(|(provider, _)| !now.absent.contains(provider))
    }

    /// The tasks of the chain in an order in which each comes after those it reads from.
    pub(super) fn order(&self, now: &Now) -> Vec<usize> {
        let present = self.present(now);
        let mut order: Vec<usize> = Vec::new();
        while order.len() < present.len() {
            let is_next = |task: &&usize| {
                let is_there = |provider: usize| order.contains(&provider) || !present.contains(&provider);
                !order.contains(task) && self.reads(**task).all(|(provider, _)| is_there(provider))
            };
            order.push(*present.iter().find(is_next).expect("no task reads from itself, near or far"));
        }
        order
    }

    /// An orchestrator of the chain as it is now. Each task notes that it was called.
    pub(super) fn orchestrator(&self, now: &Now, does: &BTreeMap<usize, Does>, called: &Called) -> Orchestrator {
        let present = self.present(now);
        let work = |&task: &usize| Work::new(self, task, now, does.get(&task).copied(), called);
        let tasks: Vec<Work> = present.iter().filter(|task| **task >= ORIGINS).map(work).collect();
        let (mut models, mut settings) = (Sections::models(), Sections::tasks());
        for &task in &present {
            for model in self.models(task) {
                let mut section = Section::default().with("store", self.is_stored(model));
                if task < ORIGINS {
                    let place = if now.places[task] { "cellar" } else { "attic" };
                    let path = match does.get(&task) {
                        None | Some(Does::Work) => format!("{place}/{}", now.origins[task]),
                        _ => format!("{place}/gone"),
                    };
                    section = section.with("path", path);
                }
                models = models.with(&self.model(model), section);
            }
            if let Some(size) = now.settings[task].filter(|_| task >= ORIGINS) {
                let size = i64::try_from(size).expect("settings are small");
                settings = settings.with(&self.name(task), Section::default().with("size", size));
            }
        }
        let params = now.params.iter().enumerate().filter_map(|(name, value)| Some((name, (*value)?)));
        let job = params.fold(JobContext::new("made_up"), |job, (name, value)| {
            job.with_param(&format!("p{name}"), i64::try_from(value).expect("parameters are small"))
        });
        Orchestrator::new(job, tasks, models).with_settings(settings)
    }
}

/// The tasks that were called.
pub(super) type Called = Arc<Mutex<Vec<usize>>>;

/// The settings of every task.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Size {
    size: u64,
}

const SETTINGS: &[SettingsKind] = &[SettingsKind::of::<Size>()];

/// A task of a chain that was made up.
struct Work {
    task: usize,
    name: String,
    doc: String,
    version: u64,
    reads: Vec<ModelId>,
    requires: Vec<ModelRef>,
    after: Vec<ModelRef>,
    provides: Vec<ModelRef>,
    params: Vec<usize>,
    does: Does,
    called: Called,
}

impl Work {
    fn new(shapes: &Shapes, task: usize, now: &Now, does: Option<Does>, called: &Called) -> Work {
        let shape = &shapes.0[task];
        let model = |id: ModelId| match id.0 {
            0 => ModelRef::of::<Origin<0>>(),
            1 => ModelRef::of::<Origin<1>>(),
            _ => ModelRef::named::<Number>(shapes.model(id)),
        };
        Work {
            task,
            name: shapes.name(task),
            // What is said about a task is no part of it, so it may be something else each night.
            doc: format!("Task {task} of a chain with parameters {:?}.", now.params),
            version: now.versions[task],
            reads: shapes.reads(task).collect(),
            requires: shape.requires.iter().copied().map(model).collect(),
            after: shape.after.iter().copied().map(model).collect(),
            provides: shapes.models(task).map(model).collect(),
            params: shape.params.clone(),
            does: does.unwrap_or(Does::Work),
            called: Arc::clone(called),
        }
    }

    /// The number at a position of what the task reads.
    fn read(&self, call: &Call<'_>, position: usize) -> Result<Option<u64>> {
        if let Some(position) = position.checked_sub(self.requires.len()) {
            return call.optional::<Number>(position)?.map(|number| number.get()).transpose();
        }
        let number = match self.reads[position].0 {
            0 => call.require::<Origin<0>>(position)?.get()?,
            1 => call.require::<Origin<1>>(position)?.get()?,
            _ => call.require::<Number>(position)?.get()?,
        };
        Ok(Some(number))
    }
}

impl Task for Work {
    fn name(&self) -> &str {
        &self.name
    }

    fn requires(&self) -> &[ModelRef] {
        &self.requires
    }

    fn after(&self) -> &[ModelRef] {
        &self.after
    }

    fn provides(&self) -> &[ModelRef] {
        &self.provides
    }

    fn code(&self) -> Code {
        Code::Version(self.version.to_string().into())
    }

    fn about(&self) -> About<'_> {
        About { doc: &self.doc, settings: SETTINGS, ..About::default() }
    }

    fn run(&self, call: &Call<'_>) -> Result<()> {
        self.called.lock().unwrap().push(self.task);
        if self.does == Does::Fail {
            return Err(Error::data("no"));
        }
        let cause = Cause {
            version: self.version,
            setting: call.settings::<Size>()?.size,
            params: read_params(&self.params, |name| call.job().param(&format!("p{name}")))?,
            inputs: (0..self.reads.len()).map(|position| self.read(call, position)).collect::<Result<_>>()?,
            origin: None,
        };
        for model in 0..self.provides.len() {
            call.provide::<Number>(model)?.put(cause.number((self.task, model)));
        }
        assert_ne!(self.does, Does::Panic, "no");
        Ok(())
    }
}
