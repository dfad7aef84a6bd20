//! The loop.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::event::{Ending, Event, Fact, Listener, Published, State, StepEnd, StepInfo};
use crate::failpoint;
use crate::id::{ModelId, RunId, TaskId};
use crate::ledger::LedgerError;
use crate::registry::Registry;
use crate::store::StoreError;

use super::attempt::Attempt;
use super::course::{Course, Move};
use super::executor::{Executor, Serial};
use super::job::Job;
use super::journal::Journal;
use super::limit::limited;
use super::outcome::Outcome;
use super::results;
use super::retry::RetryPolicy;
use super::states::States;

mod publishing;
mod steps;

/// What a run has come to: everything of an [`Outcome`] but the models.
#[derive(Debug)]
pub(crate) struct Ended {
    ending: Ending,
    elapsed: Duration,
    steps: Vec<StepEnd>,
    published: Vec<Published>,
    store_error: Option<StoreError>,
    ledger_error: Option<LedgerError>,
}

impl Ended {
    /// The outcome, with the models that are left in the registry.
    pub(crate) fn with(self, run: RunId, registry: Arc<Registry>) -> Outcome {
        Outcome {
            run,
            ending: self.ending,
            elapsed: self.elapsed,
            steps: self.steps,
            published: self.published,
            store_error: self.store_error,
            ledger_error: self.ledger_error,
            registry,
        }
    }
}

/// Runs a plan, one step after another, and publishes what it made if all went well.
pub(crate) fn execute(job: &Arc<Job>, listeners: &mut [&mut dyn Listener]) -> Ended {
    let executor = Serial::new(|task| limited(job, task, &job.policy(task)));
    Loop::new(job, executor, listeners).run()
}

struct Loop<'a, 'l, 's, E> {
    job: &'a Job,
    executor: E,
    listeners: &'l mut [&'s mut dyn Listener],
    states: States,
    course: Course,
    journal: Journal,
    /// For each model, how many steps will still read it.
    readers: Vec<u32>,
    /// For each model, its rows once they are known.
    rows: Vec<Option<u64>>,
    ready: BinaryHeap<Reverse<TaskId>>,
    /// Steps that will be tried again, and when, by the clock's monotonic reading.
    delayed: BinaryHeap<Reverse<(Duration, TaskId)>>,
    /// How often each step was tried in vain so far, and how long that took.
    tries: BTreeMap<TaskId, (u32, Duration)>,
    running: usize,
    has_failed: bool,
    store_error: Option<StoreError>,
    ledger_error: Option<LedgerError>,
    steps: Vec<StepEnd>,
    published: Vec<Published>,
    peak_memory: Option<u64>,
}

impl<'a, 'l, 's, E: Executor<Attempt>> Loop<'a, 'l, 's, E> {
    fn new(job: &'a Job, executor: E, listeners: &'l mut [&'s mut dyn Listener]) -> Self {
        let tasks = job.blueprint.tasks().len();
        let models = job.blueprint.models().len();
        let mut this = Loop {
            job,
            executor,
            listeners,
            states: States::waiting(tasks),
            course: Course::new(&job.blueprint, &job.plan, &job.kept),
            journal: Journal::new(job),
            readers: vec![0; models],
            rows: vec![None; models],
            ready: BinaryHeap::new(),
            delayed: BinaryHeap::new(),
            tries: BTreeMap::new(),
            running: 0,
            has_failed: false,
            store_error: None,
            ledger_error: None,
            steps: Vec::new(),
            published: Vec::new(),
            peak_memory: None,
        };
        for (model, size) in &job.supplied {
            this.rows[model.index()] = size.rows;
        }
        for task in job.plan.picks() {
            for model in job.blueprint.reads(task) {
                this.readers[model.index()] += 1;
            }
        }
        this
    }

    fn run(mut self) -> Ended {
        let clock = self.job.context.clock();
        let start = clock.monotonic();
        self.announce();
        let mut moves = Vec::new();
        self.course.moves(&mut moves);
        self.make(moves);
        self.steps_to_their_ends();
        let mut ending = self.ending();
        if ending == Ending::Done && !(self.publish() && self.load_kept()) {
            ending = Ending::Failed;
        }
        if let Err(error) = self.journal.closed(ending, clock.now()) {
            self.ledger_error.get_or_insert(error);
            ending = Ending::Failed;
        }
        failpoint::reached("run ended");
        let elapsed = clock.monotonic().saturating_sub(start);
        self.say(Fact::RunEnded { ending, elapsed, peak_memory: self.peak_memory });
        Ended {
            ending,
            elapsed,
            steps: self.steps,
            published: self.published,
            store_error: self.store_error,
            ledger_error: self.ledger_error,
        }
    }

    fn announce(&mut self) {
        let info = |task: TaskId| StepInfo {
            task,
            name: Arc::clone(&self.job.names[task.index()]),
            group: Arc::clone(&self.job.blueprint.task(task).group),
        };
        let steps = self.job.plan.picks().map(info).collect();
        self.say(Fact::RunStarted { chain: Arc::from(self.job.context.chain()), steps });
    }

    fn steps_to_their_ends(&mut self) {
        loop {
            self.wake();
            while self.running < self.executor.width() && !self.is_stopping() {
                let Some(Reverse(task)) = self.ready.pop() else { break };
                self.start(task);
            }
            if self.running > 0 {
                let (task, attempt) = self.executor.finished();
                self.running -= 1;
                self.end(task, attempt);
            } else if self.is_stopping() || !self.doze() {
                break;
            }
        }
        for (task, run) in self.course.held() {
            self.reuse(task, run);
        }
        self.cancel_rest();
    }

    /// Whether nothing more is to be started.
    fn is_stopping(&self) -> bool {
        // Where results cannot be kept or recorded, there is no use in making more.
        self.store_error.is_some()
            || self.ledger_error.is_some()
            || self.job.context.cancel().is_cancelled()
            || (self.job.options.fail_fast && self.has_failed)
    }

    /// Makes the steps ready whose time to be tried again has come.
    fn wake(&mut self) {
        let now = self.job.context.clock().monotonic();
        while let Some(&Reverse((due, task))) = self.delayed.peek() {
            if due > now {
                break;
            }
            self.delayed.pop();
            self.make_ready(task);
        }
    }

    /// Waits a little for the next step that is to be tried again; `false` where there is none.
    fn doze(&mut self) -> bool {
        // So short that a wish to stop is heeded at once, as people see it.
        const NAP: Duration = Duration::from_millis(50);
        let Some(&Reverse((due, _))) = self.delayed.peek() else { return !self.ready.is_empty() };
        let clock = self.job.context.clock();
        let left = due.saturating_sub(clock.monotonic());
        if self.ready.is_empty() && !left.is_zero() {
            clock.sleep(left.min(NAP));
        }
        true
    }

    fn start(&mut self, task: TaskId) {
        let attempt = self.tries.get(&task).map_or(1, |(tries, _)| tries + 1);
        let name = Arc::clone(&self.job.names[task.index()]);
        if let Err(error) = self.journal.started(&name, attempt, self.job.context.clock().now()) {
            // It stays ready, and is cancelled with the rest.
            self.ledger_error.get_or_insert(error);
            self.ready.push(Reverse(task));
            return;
        }
        failpoint::reached("step started");
        self.set(task, State::Running);
        self.say(Fact::StepStarted { task, name, attempt });
        if let Err(error) = self.load(task) {
            let failure = steps::failure_of(&error);
            self.end(task, Attempt { store_error: Some(error), ..Attempt::failed(State::Failed, Some(failure)) });
            return;
        }
        self.executor.start(task);
        self.running += 1;
    }

    /// Reads what a step reads from the store, where it is not there yet.
    fn load(&mut self, task: TaskId) -> Result<(), StoreError> {
        let Some(store) = &self.job.store else { return Ok(()) };
        for model in self.job.blueprint.reads(task) {
            if self.job.registry.slot(model).is_full() {
                continue;
            }
            if let Some(version) = self.course.version(model) {
                self.rows[model.index()] = results::load(self.job, &**store, model, version)?;
            }
        }
        Ok(())
    }

    fn end(&mut self, task: TaskId, mut attempt: Attempt) {
        let number = self.tries.get(&task).map_or(1, |(tries, _)| tries + 1);
        self.peak_memory = self.peak_memory.max(attempt.peak_memory);
        self.note_attempt(task, number, &attempt);
        let policy = self.job.policy(task);
        if attempt.may_pass() && number < policy.attempts() && !self.is_stopping() {
            self.retry(task, number, policy, attempt);
            return;
        }
        if let Err(error) = self.write_down(task, &mut attempt) {
            attempt = self.unrecorded(task, attempt.elapsed, &error);
            self.ledger_error.get_or_insert(error);
        }
        self.set(task, attempt.state);
        self.store_error = self.store_error.take().or(attempt.store_error.take());
        let is_done = attempt.state == State::Done;
        let versions = std::mem::take(&mut attempt.made.versions);
        let end = self.step_end(task, attempt);
        self.tell(end);
        if is_done {
            let mut moves = Vec::new();
            self.course.done(task, &versions, &mut moves);
            self.release(task);
            self.publish_step();
            self.make(moves);
        } else {
            self.release(task);
            self.has_failed |= matches!(self.states.get(task), State::Failed | State::TimedOut);
            if self.states.get(task) != State::Cancelled {
                self.skip_dependents(task);
            }
        }
    }

    fn retry(&mut self, task: TaskId, attempt: u32, policy: RetryPolicy, ended: Attempt) {
        let name = Arc::clone(&self.job.names[task.index()]);
        let delay = policy.delay(self.job.context.run(), &name, attempt);
        self.set(task, State::Waiting);
        let (_, spent) = self.tries.get(&task).copied().unwrap_or_default();
        self.tries.insert(task, (attempt, spent + ended.elapsed));
        self.delayed.push(Reverse((self.job.context.clock().monotonic() + delay, task)));
        if let Some(failure) = ended.failure {
            self.say(Fact::StepRetried { task, name, attempt, attempts: policy.attempts(), failure, delay });
        }
    }

    /// Does what the course of the run has come to.
    fn make(&mut self, moves: Vec<Move>) {
        for next in moves {
            match next {
                Move::Ready(task) => self.make_ready(task),
                Move::Reuse(task, run) => self.reuse(task, run),
                Move::Blocked(task, provider) => {
                    let blamed = Arc::clone(&self.job.names[provider.index()]);
                    self.set(task, State::Skipped);
                    self.not_started(task, Some(Arc::clone(&blamed)));
                    self.skip(task, &blamed);
                }
            }
        }
    }

    fn reuse(&mut self, task: TaskId, run: RunId) {
        self.set(task, State::Reused);
        let end = self.reused_end(task, run);
        self.tell(end);
        self.release(task);
    }

    /// Lets go of what the step has read, and of what nobody reads.
    fn release(&mut self, task: TaskId) {
        let job = self.job;
        for model in job.blueprint.reads(task) {
            self.readers[model.index()] -= 1;
            self.drop_unread(model);
        }
        for &model in job.blueprint.provides(task) {
            self.drop_unread(model);
        }
    }

    fn drop_unread(&mut self, model: ModelId) {
        if self.readers[model.index()] == 0 && !self.job.kept[model.index()] {
            self.job.registry.slot(model).clear();
        }
    }

    /// Everything that waits for a step that did not get done is skipped on its account.
    fn skip_dependents(&mut self, failed: TaskId) {
        let blamed = Arc::clone(&self.job.names[failed.index()]);
        self.skip(failed, &blamed);
    }

    fn skip(&mut self, lost: TaskId, blamed: &Arc<str>) {
        for task in self.course.lost(lost) {
            self.set(task, State::Skipped);
            self.not_started(task, Some(Arc::clone(blamed)));
        }
    }

    /// What has no final state when nothing more is started, was not wanted any more.
    fn cancel_rest(&mut self) {
        let job = self.job;
        for task in job.plan.picks().filter(|&task| !self.states.get(task).is_final()).collect::<Vec<_>>() {
            self.set(task, State::Cancelled);
            self.not_started(task, None);
        }
    }

    fn not_started(&mut self, task: TaskId, blamed: Option<Arc<str>>) {
        let end = self.unstarted_end(task, blamed);
        self.tell(end);
        self.release(task);
    }

    fn make_ready(&mut self, task: TaskId) {
        self.set(task, State::Ready);
        self.ready.push(Reverse(task));
    }

    fn set(&mut self, task: TaskId, state: State) {
        self.states.set(task, state).expect("the loop follows the life of a step");
    }

    fn tell(&mut self, end: StepEnd) {
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
