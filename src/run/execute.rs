//! The loop.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::context::JobContext;
use crate::event::{Ending, Event, Fact, Listener, Published, State, StepEnd, StepInfo};
use crate::id::{ModelId, TaskId};
use crate::model::Size;
use crate::plan::{Blueprint, Plan};
use crate::registry::Registry;
use crate::section::Sections;
use crate::store::{Store, StoreError, Version};

use super::attempt::{Attempt, attempt};
use super::executor::{Executor, Serial};
use super::outcome::Outcome;
use super::results;
use super::states::States;

/// How to run, apart from what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// Start nothing more once a step has failed.
    pub fail_fast: bool,
    /// Read the process's peak memory around each step, where the system tells.
    pub measure_memory: bool,
}

/// All that a run needs to know; nothing of it changes while it goes on, but the models in the registry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job<'a> {
    /// The chain.
    pub(crate) blueprint: &'a Blueprint,
    /// What to do.
    pub(crate) plan: &'a Plan,
    /// The run as the tasks see it.
    pub(crate) context: &'a JobContext,
    /// The models; supplied ones are in their places.
    pub(crate) registry: &'a Registry,
    /// The models that the caller supplied, and how large they are.
    pub(crate) supplied: &'a [(ModelId, Size)],
    /// The configuration of the models.
    pub(crate) models: &'a Sections,
    /// The configuration of the tasks.
    pub(crate) settings: &'a Sections,
    /// Where results go; nowhere if absent.
    pub(crate) store: Option<&'a dyn Store>,
    /// For each model, whether it outlives its last reader.
    pub(crate) kept: &'a [bool],
    /// The names of the tasks, by id.
    pub(crate) names: &'a [Arc<str>],
    /// How to run.
    pub(crate) options: &'a RunOptions,
}

/// What a run has come to: everything of an [`Outcome`] but the models.
#[derive(Debug)]
pub(crate) struct Ended {
    ending: Ending,
    elapsed: std::time::Duration,
    steps: Vec<StepEnd>,
    published: Vec<Published>,
    store_error: Option<StoreError>,
}

impl Ended {
    /// The outcome, with the models that are left in the registry.
    pub(crate) fn with(self, context: &JobContext, registry: Registry) -> Outcome {
        Outcome {
            run: context.run(),
            ending: self.ending,
            elapsed: self.elapsed,
            steps: self.steps,
            published: self.published,
            store_error: self.store_error,
            registry,
        }
    }
}

/// Runs a plan, one step after another, and publishes what it made if all went well.
pub(crate) fn execute(job: &Job<'_>, listeners: &mut [&mut dyn Listener]) -> Ended {
    let executor = Serial::new(|task| attempt(job, task));
    Loop::new(job, executor, listeners).run()
}

struct Loop<'a, 'l, 's, E> {
    job: &'a Job<'a>,
    executor: E,
    listeners: &'l mut [&'s mut dyn Listener],
    states: States,
    /// For each step, how many providers it still waits for.
    waits: Vec<u32>,
    /// For each model, how many steps will still read it.
    readers: Vec<u32>,
    /// For each model, its rows once it is there.
    rows: Vec<Option<u64>>,
    /// For each task, whether it is part of this run.
    runs: Vec<bool>,
    ready: BinaryHeap<Reverse<TaskId>>,
    running: usize,
    has_failed: bool,
    store_error: Option<StoreError>,
    steps: Vec<StepEnd>,
    /// What the run has staged.
    versions: Vec<Version>,
    peak_memory: Option<u64>,
}

impl<'a, 'l, 's, E: Executor<Attempt>> Loop<'a, 'l, 's, E> {
    fn new(job: &'a Job<'a>, executor: E, listeners: &'l mut [&'s mut dyn Listener]) -> Self {
        let tasks = job.blueprint.tasks().len();
        let models = job.blueprint.models().len();
        let mut this = Loop {
            job,
            executor,
            listeners,
            states: States::waiting(tasks),
            waits: vec![0; tasks],
            readers: vec![0; models],
            rows: vec![None; models],
            runs: vec![false; tasks],
            ready: BinaryHeap::new(),
            running: 0,
            has_failed: false,
            store_error: None,
            steps: Vec::new(),
            versions: Vec::new(),
            peak_memory: None,
        };
        for (model, size) in job.supplied {
            this.rows[model.index()] = size.rows;
        }
        for task in job.plan.runs() {
            this.runs[task.index()] = true;
            for model in job.blueprint.reads(task) {
                this.readers[model.index()] += 1;
            }
        }
        for (provider, reader, _) in job.blueprint.graph().edges() {
            if this.runs[provider.index()] && this.runs[reader.index()] {
                this.waits[reader.index()] += 1;
            }
        }
        this
    }

    fn run(mut self) -> Ended {
        let clock = self.job.context.clock();
        let start = clock.monotonic();
        self.announce();
        self.store_error = self.load().err();
        self.steps_to_their_ends();
        let (ending, published) = self.publish();
        let elapsed = clock.monotonic().saturating_sub(start);
        self.say(Fact::RunEnded { ending, elapsed, peak_memory: self.peak_memory });
        Ended { ending, elapsed, steps: self.steps, published, store_error: self.store_error }
    }

    fn announce(&mut self) {
        let info = |task: TaskId| StepInfo {
            task,
            name: Arc::clone(&self.job.names[task.index()]),
            group: Arc::clone(&self.job.blueprint.task(task).group),
        };
        let steps = self.job.plan.runs().map(info).collect();
        self.say(Fact::RunStarted { chain: Arc::from(self.job.context.chain()), steps });
    }

    /// Reads the models that come from the store.
    fn load(&mut self) -> Result<(), StoreError> {
        let Some(store) = self.job.store else { return Ok(()) };
        for &model in self.job.plan.stored() {
            self.rows[model.index()] = results::load(self.job, store, model)?;
        }
        Ok(())
    }

    fn steps_to_their_ends(&mut self) {
        for task in self.job.plan.runs() {
            if self.waits[task.index()] == 0 {
                self.make_ready(task);
            }
        }
        loop {
            while self.running < self.executor.width() && !self.is_stopping() {
                let Some(Reverse(task)) = self.ready.pop() else { break };
                self.start(task);
            }
            if self.running == 0 {
                break;
            }
            let (task, attempt) = self.executor.finished();
            self.running -= 1;
            self.end(task, attempt);
        }
        self.cancel_rest();
    }

    /// Whether nothing more is to be started.
    fn is_stopping(&self) -> bool {
        // Where results cannot be kept, there is no use in making more.
        self.store_error.is_some()
            || self.job.context.cancel().is_cancelled()
            || (self.job.options.fail_fast && self.has_failed)
    }

    fn start(&mut self, task: TaskId) {
        self.set(task, State::Running);
        self.say(Fact::StepStarted { task, name: Arc::clone(&self.job.names[task.index()]), attempt: 1 });
        self.executor.start(task);
        self.running += 1;
    }

    fn end(&mut self, task: TaskId, attempt: Attempt) {
        self.set(task, attempt.state);
        self.peak_memory = self.peak_memory.max(attempt.peak_memory);
        let provided = self.job.blueprint.provides(task);
        for (&model, committed) in provided.iter().zip(&attempt.committed) {
            self.rows[model.index()] = committed.rows;
        }
        self.versions.extend(attempt.versions);
        let rows_in = total(self.job.blueprint.reads(task).map(|model| self.rows[model.index()]));
        let rows_out = total(attempt.committed.iter().map(|committed| committed.rows));
        self.record(StepEnd {
            task,
            name: Arc::clone(&self.job.names[task.index()]),
            state: attempt.state,
            elapsed: attempt.elapsed,
            attempts: 1,
            why: None,
            reused: None,
            rows_in,
            rows_out,
            peak_memory: attempt.peak_memory,
            committed: attempt.committed,
            failure: attempt.failure,
            blamed: None,
        });
        self.release(task);
        self.store_error = self.store_error.take().or(attempt.store_error);
        if attempt.state == State::Failed {
            self.has_failed = true;
            self.skip_dependents(task);
        }
    }

    /// Lets go of what the step has read, and makes ready what waited for it.
    fn release(&mut self, task: TaskId) {
        let job = self.job;
        for model in job.blueprint.reads(task) {
            self.read_once(model);
        }
        for &model in job.blueprint.provides(task) {
            self.drop_unread(model);
        }
        if self.states.get(task) != State::Done {
            return;
        }
        for reader in job.blueprint.graph().readers_with_repeats(task) {
            if !self.runs[reader.index()] {
                continue;
            }
            self.waits[reader.index()] -= 1;
            if self.waits[reader.index()] == 0 && self.states.get(reader) == State::Waiting {
                self.make_ready(reader);
            }
        }
    }

    fn read_once(&mut self, model: ModelId) {
        self.readers[model.index()] -= 1;
        self.drop_unread(model);
    }

    fn drop_unread(&mut self, model: ModelId) {
        if self.readers[model.index()] == 0 && !self.job.kept[model.index()] {
            self.job.registry.slot(model).clear();
        }
    }

    /// Everything that reads from a step that did not get done, near or far, is skipped on its account.
    fn skip_dependents(&mut self, failed: TaskId) {
        let blamed = Arc::clone(&self.job.names[failed.index()]);
        let mut stack = vec![failed];
        let mut skipped = Vec::new();
        while let Some(task) = stack.pop() {
            for reader in self.job.blueprint.graph().readers(task) {
                if self.runs[reader.index()] && self.states.get(reader) == State::Waiting {
                    self.set(reader, State::Skipped);
                    skipped.push(reader);
                    stack.push(reader);
                }
            }
        }
        skipped.sort_unstable();
        for task in skipped {
            self.never_started(task, Some(Arc::clone(&blamed)));
        }
    }

    /// What is neither done nor skipped when nothing more is started, was not wanted any more.
    fn cancel_rest(&mut self) {
        let job = self.job;
        for task in job.plan.runs().filter(|&task| !self.states.get(task).is_final()).collect::<Vec<_>>() {
            self.set(task, State::Cancelled);
            self.never_started(task, None);
        }
    }

    fn never_started(&mut self, task: TaskId, blamed: Option<Arc<str>>) {
        self.record(StepEnd {
            task,
            name: Arc::clone(&self.job.names[task.index()]),
            state: self.states.get(task),
            elapsed: std::time::Duration::ZERO,
            attempts: 0,
            why: None,
            reused: None,
            rows_in: None,
            rows_out: None,
            peak_memory: None,
            committed: Vec::new(),
            failure: None,
            blamed,
        });
        self.release(task);
    }

    fn publish(&mut self) -> (Ending, Vec<Published>) {
        let mut ending = if self.has_failed || self.store_error.is_some() {
            Ending::Failed
        } else if self.steps.iter().all(|step| step.state == State::Done) {
            Ending::Done
        } else {
            Ending::Cancelled
        };
        let Some(store) = self.job.store else { return (ending, Vec::new()) };
        if ending == Ending::Done {
            match results::publish(self.job, store, &self.runs, &self.steps, &self.versions) {
                Ok(published) => {
                    if let Err(error) = store.end(self.job.context.run()) {
                        log::warn!("the results are published, but {error}");
                    }
                    self.say(Fact::RunPublished { models: published.clone() });
                    return (ending, published);
                }
                Err(error) => {
                    self.store_error = Some(error);
                    ending = Ending::Failed;
                }
            }
        }
        // The next run wants the store.
        let let_go = store.end(self.job.context.run());
        self.store_error = self.store_error.take().or(let_go.err());
        (ending, Vec::new())
    }

    fn make_ready(&mut self, task: TaskId) {
        self.set(task, State::Ready);
        self.ready.push(Reverse(task));
    }

    fn set(&mut self, task: TaskId, state: State) {
        self.states.set(task, state).expect("the loop follows the life of a step");
    }

    fn record(&mut self, end: StepEnd) {
        self.say(Fact::StepEnded(end.clone()));
        self.steps.push(end);
    }

    fn say(&mut self, fact: Fact) {
        if self.listeners.is_empty() {
            return;
        }
        let event = Event { run: self.job.context.run(), at: self.job.context.clock().now(), fact };
        for listener in self.listeners.iter_mut() {
            // A listener that panics has lost an event; the run goes on.
            let _ = catch_unwind(AssertUnwindSafe(|| listener.hear(&event)));
        }
    }
}

fn total(rows: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    rows.flatten().reduce(|sum, rows| sum + rows)
}
