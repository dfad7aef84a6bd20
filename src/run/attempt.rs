//! One attempt of one task: build its models, call it, check what it made, and stage that in the store.
//!
//! Knows the task and its models; not what comes before or after it.

use std::sync::Arc;
use std::time::Duration;

use crate::context::Scope;
use crate::event::{Committed, Failure, State};
use crate::failure::{Class, Error, Result};
use crate::id::{ModelId, TaskId};
use crate::model::Storage;
use crate::store::{StoreError, Version};
use crate::task::Call;

use super::execute::Job;
use super::memory;
use super::panics::guard;

/// How an attempt ended.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) state: State,
    pub(super) elapsed: Duration,
    pub(super) peak_memory: Option<u64>,
    pub(super) committed: Vec<Committed>,
    /// What of it is in the store.
    pub(super) versions: Vec<Version>,
    pub(super) failure: Option<Failure>,
    /// Why its models could not be brought to the store, where that is why it failed.
    pub(super) store_error: Option<StoreError>,
}

/// What can go wrong in an attempt.
enum Trouble {
    Task(Error),
    Store(StoreError),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Task(error)
    }
}

/// Runs a task to its end, whatever that is.
pub(super) fn attempt(job: &Job<'_>, task: TaskId) -> Attempt {
    if job.options.measure_memory {
        memory::reset_peak();
    }
    let start = job.context.clock().monotonic();
    let name = &job.names[task.index()];
    // Models are code of the task's author too: whatever panics here, it is a failure of this task.
    let result = Scope::enter(job.context, name, || guard(|| Ok(commit(job, task, name))));
    let result = result.unwrap_or_else(|panic| Err(panic.into()));
    let elapsed = job.context.clock().monotonic().saturating_sub(start);
    let peak_memory = if job.options.measure_memory { memory::peak() } else { None };
    let ended = Attempt {
        state: State::Done,
        elapsed,
        peak_memory,
        committed: vec![],
        versions: vec![],
        failure: None,
        store_error: None,
    };
    let trouble = match result {
        Ok((committed, versions)) => {
            return Attempt { committed, versions: versions.into_iter().flatten().collect(), ..ended };
        }
        Err(trouble) => trouble,
    };
    for &model in job.blueprint.provides(task) {
        job.registry.slot(model).clear();
    }
    match trouble {
        // A task that stops because it was asked to has not failed.
        Trouble::Task(error) if error.class() == Class::Cancelled && job.context.cancel().is_cancelled() => {
            Attempt { state: State::Cancelled, ..ended }
        }
        Trouble::Task(error) => Attempt { state: State::Failed, failure: Some(failure(&error)), ..ended },
        Trouble::Store(error) => {
            let failure = Failure { class: Class::Bug, messages: vec![error.to_string()] };
            Attempt { state: State::Failed, failure: Some(failure), store_error: Some(error), ..ended }
        }
    }
}

fn failure(error: &Error) -> Failure {
    Failure { class: error.class(), messages: error.chain() }
}

/// Stage, check the contract, hand over: nothing of a task is kept unless all of it is.
fn commit(job: &Job<'_>, task: TaskId, name: &Arc<str>) -> Result<(Vec<Committed>, Vec<Option<Version>>), Trouble> {
    for &model in job.blueprint.provides(task) {
        let entry = job.blueprint.model(model);
        job.registry.build(model, &entry.reference, &job.models.get(&entry.name))?;
    }
    call(job, task, name)?;
    // All contracts are checked before anything is written.
    let sealed: Vec<(ModelId, Committed)> =
        job.blueprint.provides(task).iter().map(|&model| seal(job, model)).collect::<Result<_>>()?;
    sealed.into_iter().map(|(model, committed)| stage(job, model, committed)).collect()
}

fn call(job: &Job<'_>, task: TaskId, name: &Arc<str>) -> Result<()> {
    let settings = job.settings.get(name);
    let call = Call {
        task: name,
        job: job.context,
        settings: &settings,
        slots: job.registry.slots(),
        requires: job.blueprint.requires(task),
        after: job.blueprint.after(task),
        provides: job.blueprint.provides(task),
        names: job.registry,
    };
    job.blueprint.task(task).task.run(&call)
}

fn seal(job: &Job<'_>, model: ModelId) -> Result<(ModelId, Committed)> {
    let name = job.registry.name(model);
    let size = job.registry.slot(model).seal(name)?;
    Ok((model, Committed { model: Arc::clone(name), rows: size.rows, bytes: size.bytes, stored_bytes: None }))
}

fn stage(job: &Job<'_>, model: ModelId, mut committed: Committed) -> Result<(Committed, Option<Version>), Trouble> {
    let slot = job.registry.slot(model);
    let storage = slot.storage();
    if let (Some(store), false) = (job.store, storage == Storage::Memory) {
        let content = slot.content(&committed.model)?;
        let run = job.context.run();
        let file = store.stage(run, &committed.model, &storage, &content).map_err(Trouble::Store)?;
        committed.stored_bytes = Some(file.bytes);
        let version = Version { model: committed.model.to_string(), run, extension: file.extension };
        return Ok((committed, Some(version)));
    }
    Ok((committed, None))
}
