//! One attempt of one task: build its models, call it, check what it made, and stage that in the store.
//!
//! Knows the task and its models; not what comes before or after it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::context::{JobContext, Scope};
use crate::digest::Digest;
use crate::event::{Committed, Failure, State};
use crate::failpoint;
use crate::failure::{Class, Error, Result};
use crate::id::{ModelId, TaskId};
use crate::ledger::VersionRecord;
use crate::model::Storage;
use crate::source::SourceState;
use crate::store::StoreError;
use crate::task::Call;

use super::job::Job;
use super::memory;
use super::panics::guard;

/// How an attempt ended.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) state: State,
    pub(super) elapsed: Duration,
    pub(super) peak_memory: Option<u64>,
    pub(super) made: Made,
    pub(super) failure: Option<Failure>,
    /// Why its models could not be brought to the store, where that is why it failed.
    pub(super) store_error: Option<StoreError>,
    /// Whether it was left to itself and may still be running.
    pub(super) is_given_up: bool,
}

/// What a good attempt has made and found.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) committed: Vec<Committed>,
    /// What goes on record; empty where nothing is recorded or stored.
    pub(super) versions: Vec<VersionRecord>,
    /// Which of them have no content that a digest could be made of.
    pub(super) untold: Vec<usize>,
    /// The parameters it has read.
    pub(super) params: BTreeMap<String, Option<String>>,
    /// The files it has read, for a source.
    pub(super) source: Option<SourceState>,
}

impl Attempt {
    /// An attempt that did not end well.
    pub(super) fn failed(state: State, failure: Option<Failure>) -> Attempt {
        Attempt {
            state,
            elapsed: Duration::ZERO,
            peak_memory: None,
            made: Made::default(),
            failure,
            store_error: None,
            is_given_up: false,
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

/// Runs a task to its end, whatever that is. Once it is given up, it stages nothing more.
pub(super) fn attempt(job: &Job, task: TaskId, context: &JobContext, given_up: &AtomicBool) -> Attempt {
    if job.options.measure_memory {
        memory::reset_peak();
    }
    let start = context.clock().monotonic();
    let work = Work { job, task, name: &job.names[task.index()], context, given_up };
    // Models are code of the task's author too: whatever panics here, it is a failure of this task.
    let result = Scope::enter(context, work.name, || guard(|| Ok(work.commit())));
    let result = result.unwrap_or_else(|panic| Err(panic.into()));
    let elapsed = context.clock().monotonic().saturating_sub(start);
    let peak_memory = if job.options.measure_memory { memory::peak() } else { None };
    let trouble = match result {
        Ok(made) => return Attempt { elapsed, peak_memory, made, ..Attempt::failed(State::Done, None) },
        Err(trouble) => trouble,
    };
    for &model in job.blueprint.provides(task) {
        job.registry.slot(model).clear();
    }
    let ended = match trouble {
        // A task that stops because it was asked to has not failed.
        Trouble::Task(error) if error.class() == Class::Cancelled && job.context.cancel().is_cancelled() => {
            Attempt::failed(State::Cancelled, None)
        }
        Trouble::Task(error) => Attempt::failed(State::Failed, Some(failure(&error))),
        Trouble::Store(error) => {
            let failure = Failure { class: Class::Bug, messages: vec![error.to_string()] };
            Attempt { store_error: Some(error), ..Attempt::failed(State::Failed, Some(failure)) }
        }
    };
    Attempt { elapsed, peak_memory, ..ended }
}

fn failure(error: &Error) -> Failure {
    Failure { class: error.class(), messages: error.chain() }
}

/// What an attempt works with.
struct Work<'a> {
    job: &'a Job,
    task: TaskId,
    name: &'a Arc<str>,
    context: &'a JobContext,
    given_up: &'a AtomicBool,
}

impl Work<'_> {
    /// Stage, check the contract, hand over: nothing of a task is kept unless all of it is.
    fn commit(&self) -> Result<Made, Trouble> {
        let job = self.job;
        for &model in job.blueprint.provides(self.task) {
            let entry = job.blueprint.model(model);
            job.registry.build(model, &entry.reference, &job.models.get(&entry.name))?;
        }
        self.call()?;
        // All contracts are checked before anything is written.
        let sealed: Vec<(ModelId, Committed)> =
            job.blueprint.provides(self.task).iter().map(|&model| self.seal(model)).collect::<Result<_>>()?;
        let mut made = Made { params: self.context.params_read(), ..Made::default() };
        for (model, committed) in sealed {
            made.source = made.source.or(job.registry.slot(model).observed());
            self.stage(model, committed, &mut made)?;
        }
        failpoint::reached("step staged");
        Ok(made)
    }

    fn call(&self) -> Result<()> {
        let job = self.job;
        let settings = job.settings.get(self.name);
        let call = Call {
            task: self.name,
            job: self.context,
            settings: &settings,
            slots: job.registry.slots(),
            requires: job.blueprint.requires(self.task),
            after: job.blueprint.after(self.task),
            provides: job.blueprint.provides(self.task),
            names: &*job.registry,
        };
        job.blueprint.task(self.task).task.run(&call)
    }

    fn seal(&self, model: ModelId) -> Result<(ModelId, Committed)> {
        let name = self.job.registry.name(model);
        let size = self.job.registry.slot(model).seal(name)?;
        Ok((model, Committed { model: Arc::clone(name), rows: size.rows, bytes: size.bytes, stored_bytes: None }))
    }

    fn stage(&self, model: ModelId, mut committed: Committed, made: &mut Made) -> Result<(), Trouble> {
        let job = self.job;
        let slot = job.registry.slot(model);
        let storage = slot.storage();
        let file = match &job.store {
            Some(store) if storage != Storage::Memory => {
                if self.given_up.load(Ordering::SeqCst) {
                    return Err(Error::new("it ran too long and was given up").into());
                }
                let content = slot.content(&committed.model)?;
                let staged = store.stage(job.context.run(), &committed.model, &storage, &content);
                Some(staged.map_err(Trouble::Store)?)
            }
            _ => None,
        };
        committed.stored_bytes = file.as_ref().map(|file| file.bytes);
        if job.ledger.is_some() || file.is_some() {
            let digest = slot.digest(&committed.model)?;
            if digest.is_none() {
                made.untold.push(made.versions.len());
            }
            made.versions.push(VersionRecord {
                model: committed.model.to_string(),
                run: job.context.run(),
                task: self.name.to_string(),
                at: self.context.clock().now(),
                digest: digest.unwrap_or_else(|| Digest::of_bytes(b"untold")),
                rows: committed.rows,
                bytes: committed.bytes,
                columns: columns(job, model),
                file,
            });
        }
        made.committed.push(committed);
        Ok(())
    }
}

/// The columns of a table, each with its type.
fn columns(job: &Job, model: ModelId) -> Vec<(String, String)> {
    let schema = job.blueprint.model(model).reference.kind().describe().schema;
    let columns = schema.map_or(&[][..], |schema| schema.columns);
    columns
        .iter()
        .map(|column| {
            let optional = if column.nullable { "?" } else { "" };
            (column.name.to_owned(), format!("{}{optional}", column.ty))
        })
        .collect()
}
