//! One attempt of one task: have what it reads at hand, build its models, call it, and check what it made.
//!
//! Knows the task and its models; not what comes before or after it, nor what becomes of what it made (`keep.rs`).

use std::sync::Arc;
use std::time::Duration;

use polars::prelude::PolarsError;

use crate::context::{JobContext, Scope};
use crate::event::{Checked, Committed, Failure, State};
use crate::failure::{Class, Error, Result};
use crate::id::{ModelId, TaskId};
use crate::lineage::Lineage;
use crate::model::{Leaf, Provision, Scratch};
use crate::plan::Previous;
use crate::schema::HandOver;
use crate::section::Section;
use crate::source::SourceState;
use crate::store::{StoreError, Version};
use crate::task::Call;

use super::checks;
use super::gather;
use super::job::Job;
use super::keep::{self, Made};
use super::panics::guard;
use super::range::{RangeWork, take_portion};
use super::results;

/// A step that is to be tried.
#[derive(Clone, Debug)]
pub(super) struct Try {
    pub(super) task: TaskId,
    /// What it reads that has to be taken from the store first.
    pub(super) loads: Vec<(ModelId, Version)>,
    /// What the models that it provides and that grow are to grow from.
    pub(super) grows: Vec<(ModelId, Previous)>,
    /// What was read before and is left out, for a source of which each file is read once.
    pub(super) taken: Option<SourceState>,
    /// Whether the digests of what it makes are wanted as soon as it has ended.
    pub(super) wants_digests: bool,
}

/// How an attempt ended.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) state: State,
    pub(super) elapsed: Duration,
    /// The clock's monotonic reading when it ended.
    pub(super) ended: Option<Duration>,
    pub(super) committed: Vec<Committed>,
    /// What there is to record and to store of a good attempt, where anything is.
    pub(super) made: Option<Box<Made>>,
    pub(super) failure: Option<Failure>,
    /// Why something could not be brought to or taken from the store, where that is why it failed.
    pub(super) store_error: Option<Box<StoreError>>,
    /// Whether it was left to itself and may still be running.
    pub(super) is_given_up: bool,
    /// The models that were taken from the store, and their rows.
    pub(super) loaded: Vec<(ModelId, Option<u64>)>,
    /// The checks of whole models that were made.
    pub(super) checks: Vec<Checked>,
}

impl Attempt {
    /// An attempt that did not end well.
    pub(super) fn failed(state: State, failure: Option<Failure>) -> Attempt {
        Attempt {
            state,
            elapsed: Duration::ZERO,
            ended: None,
            committed: Vec::new(),
            made: None,
            failure,
            store_error: None,
            is_given_up: false,
            loaded: Vec::new(),
            checks: Vec::new(),
        }
    }

    /// Whether the same may go well when it is tried again.
    pub(super) fn may_pass(&self) -> bool {
        match self.state {
            State::Failed => self.failure.as_ref().is_some_and(|failure| failure.class == Class::Transient),
            // What still runs holds its models.
            State::TimedOut => !self.is_given_up,
            _ => false,
        }
    }
}

/// What can go wrong with a step.
pub(super) enum Trouble {
    Task(Error),
    Store(Box<StoreError>),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Task(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Trouble {
        Trouble::Store(Box::new(error))
    }
}

impl Trouble {
    /// As the failure of a step, and as the store's if it is that.
    pub(super) fn tell(self) -> (Failure, Option<Box<StoreError>>) {
        match self {
            Trouble::Task(error) => (Failure { class: error.class(), messages: error.chain() }, None),
            Trouble::Store(error) => (Failure { class: Class::Bug, messages: vec![error.to_string()] }, Some(error)),
        }
    }
}

/// Runs a task to its end, whatever that is. `unset` stands for the section of a model that has none.
pub(super) fn attempt(job: &Job, order: &Try, context: &JobContext, unset: &mut Section) -> Attempt {
    let start = context.clock().monotonic();
    let work = Work { job, order, name: &job.names[order.task.index()], context };
    let (mut loaded, mut checks) = (Vec::new(), Vec::new());
    // Models are code of the task's author too: whatever panics here, it is a failure of this task.
    let result = Scope::enter(context, work.name, || guard(|| Ok(work.whole(&mut loaded, &mut checks, unset))));
    let result = result.unwrap_or_else(|panic| Err(panic.into()));
    let end = context.clock().monotonic();
    let attempt = match result {
        Ok((committed, made)) => Attempt { committed, made, ..Attempt::failed(State::Done, None) },
        Err(trouble) => {
            for &model in job.blueprint.provides(order.task) {
                job.registry.slot(model).clear();
            }
            work.ended_badly(trouble)
        }
    };
    Attempt { elapsed: end.saturating_sub(start), ended: Some(end), loaded, checks, ..attempt }
}

/// What an attempt works with.
struct Work<'a> {
    job: &'a Job,
    order: &'a Try,
    name: &'a Arc<str>,
    context: &'a JobContext,
}

type Whole = (Vec<Committed>, Option<Box<Made>>);

impl Work<'_> {
    /// Call and check: nothing of a task is handed over unless all of it is as it must be.
    fn whole(
        &self,
        loaded: &mut Vec<(ModelId, Option<u64>)>,
        checked: &mut Vec<Checked>,
        unset: &mut Section,
    ) -> Result<Whole, Trouble> {
        let job = self.job;
        if let Some(range) = &job.range {
            let (task, context, call) = (self.order.task, self.context, &|| self.call());
            return Ok((RangeWork { job, range, task, context, call }.make()?, None));
        }
        for (model, version) in &self.order.loads {
            if let Some(rows) = results::load(job, *model, version)? {
                loaded.push((*model, rows));
            }
        }
        for &model in job.blueprint.provides(self.order.task) {
            let entry = job.blueprint.model(model);
            let mut refused = None;
            let provision = |hand_over| self.provision(model, hand_over, &mut refused);
            let provided =
                job.registry.provide(model, &entry.reference, job.models.get_or(&entry.name, unset), provision);
            if let Some(error) = refused {
                // It is the store that cannot, and not the task.
                return Err(error.into());
            }
            provided?;
        }
        for &model in job.blueprint.provides(self.order.task) {
            let kind = job.blueprint.model(model).reference.kind();
            if let Some(gathers) = kind.gathers() {
                gather::gather(job, self.order.task, model, gathers, unset)?;
            }
            if kind.is_incremental() {
                // Where nothing is recorded, each run is the first.
                let known = self.order.grows.iter().find(|(grows, _)| *grows == model);
                let content = known.map(|(_, previous)| results::previous(job, model, previous)).transpose()?.flatten();
                job.registry.slot(model).follow(job.registry.name(model), content)?;
            }
        }
        if let (Some(taken), Some(&model)) = (&self.order.taken, job.blueprint.provides(self.order.task).first()) {
            job.registry.slot(model).leave_out(job.registry.name(model), taken.clone())?;
        }
        if !take_portion(job, self.order.task, self.context)? {
            self.call().map_err(|error| self.with_plans(error))?;
        }
        // All contracts are checked before anything is written.
        let provided = job.blueprint.provides(self.order.task);
        let mut committed = Vec::with_capacity(provided.len());
        let mut storages = Vec::new();
        let mut source: Option<SourceState> = None;
        let mut with_checks = Vec::new();
        for &model in provided {
            let name = job.registry.name(model);
            let sealed = job.registry.slot(model).seal(name)?;
            checks::confine(job, model)?;
            let size = sealed.size;
            if sealed.has_checks {
                with_checks.push(committed.len());
            }
            committed.push(Committed {
                model: Arc::clone(name),
                rows: size.rows,
                bytes: size.bytes,
                stored_bytes: None,
                lineage: sealed.is_traced.then(|| self.lineage(model)).flatten(),
            });
            if job.is_recorded() {
                storages.push(sealed.storage);
                source = source.or(sealed.observed);
            }
        }
        // They may look into each other, so all are sealed before; what nobody checks is not looked into.
        for at in with_checks {
            checks::judge(job, self.order.task, &mut committed[at], checked)?;
        }
        checks::refuse(checked)?;
        if !job.is_recorded() {
            return Ok((committed, None));
        }
        let made = Made { params: self.context.params_read(), source, storages, ..Made::default() };
        keep::look_at(job, self.order, committed, made)
    }

    /// What the columns of a model are made of: the leaves of its query are known by what the task has read.
    fn lineage(&self, model: ModelId) -> Option<Arc<Lineage>> {
        let job = self.job;
        let model_of = |leaf: &Leaf| {
            let read = job.blueprint.reads(self.order.task).find(|&read| job.registry.slot(read).is_origin(leaf))?;
            let gathers = job.blueprint.model(read).reference.kind().gathers();
            Some(gathers.map_or_else(|| Arc::clone(job.registry.name(read)), |gathers| gathers.model.into()))
        };
        job.registry.slot(model).lineage(model_of).filter(|lineage| !lineage.is_unknown()).map(Arc::new)
    }

    fn call(&self) -> Result<()> {
        let (job, task) = (self.job, self.order.task);
        let call = Call {
            task: self.name,
            job: self.context,
            settings: &job.settings,
            slots: job.registry.slots(),
            requires: job.blueprint.requires(task),
            after: job.blueprint.after(task),
            provides: job.blueprint.provides(task),
            names: &*job.registry,
        };
        job.blueprint.task(task).task.run(&call)
    }

    /// What a model that is not handed over in memory is told; `refused` is why the store has no place for its files.
    fn provision(&self, model: ModelId, hand_over: HandOver, refused: &mut Option<StoreError>) -> Result<Provision> {
        let job = self.job;
        let tasks = job.blueprint.readers(model).filter(|&reader| job.is_picked(reader)).count();
        let provision = Provision::new(Arc::clone(self.name), tasks + usize::from(job.kept[model.index()]));
        let folder = || {
            let folder = job.store.as_ref().map(|store| store.scratch(job.context.run())).transpose();
            let folder = folder.map_err(|error| Error::new(refused.insert(error).to_string()))?.flatten();
            folder.map_or_else(Scratch::temporary, |folder| Ok(Scratch::new(folder)))
        };
        let scratch = match hand_over {
            HandOver::Stored => Some(job.registry.scratch(folder)?),
            // What it reads may be there.
            HandOver::Memory | HandOver::Lazy => job.registry.scratch_so_far(),
        };
        Ok(Provision { scratch, ..provision })
    }

    /// Where the task has computed plans of others, what went wrong may be theirs.
    fn with_plans(&self, error: Error) -> Error {
        let job = self.job;
        if error.downcast_ref::<PolarsError>().is_none() {
            return error;
        }
        let plans = job.blueprint.reads(self.order.task).filter_map(|model| {
            let task = job.registry.slot(model).handed_on()?;
            Some(format!("the plan of model `{}`, made by task `{task}`", job.registry.name(model)))
        });
        let plans: Vec<String> = plans.filter(|plan| !error.to_string().contains(plan)).collect();
        if plans.is_empty() { error } else { error.context(format_args!("in queries with {}", plans.join(" and "))) }
    }

    fn ended_badly(&self, trouble: Trouble) -> Attempt {
        match trouble {
            // A task that stops because it was asked to has not failed.
            Trouble::Task(error) if error.class() == Class::Cancelled && self.job.context.cancel().is_cancelled() => {
                Attempt::failed(State::Cancelled, None)
            }
            trouble => {
                let (failure, store_error) = trouble.tell();
                Attempt { store_error, ..Attempt::failed(State::Failed, Some(failure)) }
            }
        }
    }
}
