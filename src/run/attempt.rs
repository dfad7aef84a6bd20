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
    pub(super) failure: Option<Failure>,
}

/// Runs a task to its end, whatever that is.
pub(super) fn attempt(job: &Job<'_>, task: TaskId) -> Attempt {
    if job.options.measure_memory {
        memory::reset_peak();
    }
    let start = job.context.clock().monotonic();
    let result = commit(job, task);
    let elapsed = job.context.clock().monotonic().saturating_sub(start);
    let peak_memory = if job.options.measure_memory { memory::peak() } else { None };
    match result {
        Ok(committed) => Attempt { state: State::Done, elapsed, peak_memory, committed, failure: None },
        Err(error) => {
            for &model in job.blueprint.provides(task) {
                job.registry.slot(model).clear();
            }
            // A task that stops because it was asked to has not failed.
            if error.class() == Class::Cancelled && job.context.cancel().is_cancelled() {
                return Attempt { state: State::Cancelled, elapsed, peak_memory, committed: Vec::new(), failure: None };
            }
            let failure = Failure { class: error.class(), messages: error.chain() };
            Attempt { state: State::Failed, elapsed, peak_memory, committed: Vec::new(), failure: Some(failure) }
        }
    }
}

/// Stage, check the contract, hand over: nothing of a task is kept unless all of it is.
fn commit(job: &Job<'_>, task: TaskId) -> Result<Vec<Committed>> {
    let name = &job.names[task.index()];
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
    Scope::enter(job.context, name, || guard(|| job.blueprint.task(task).task.run(&call)))
}

fn seal(job: &Job<'_>, model: ModelId) -> Result<(ModelId, Committed)> {
    let name = job.registry.name(model);
    let size = guard(|| job.registry.slot(model).seal(name))?;
    Ok((model, Committed { model: Arc::clone(name), rows: size.rows, bytes: size.bytes, stored_bytes: None }))
}

fn stage(job: &Job<'_>, model: ModelId, mut committed: Committed) -> Result<Committed> {
    let slot = job.registry.slot(model);
    let storage = slot.storage();
    if let (Some(store), false) = (job.store, storage == Storage::Memory) {
        let content = slot.content(&committed.model)?;
        let bytes =
            guard(|| store.stage(job.context.run(), &committed.model, &storage, &content).map_err(Error::from))?;
        committed.stored_bytes = Some(bytes);
    }
    Ok(committed)
}
