//! The loop.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::event::{Ending, Fact, Listener, Published, State, StepEnd, StepInfo};
use crate::failpoint;
use crate::id::{ModelId, RunId, TaskId};
use crate::ledger::LedgerError;
use crate::registry::Registry;
use crate::store::StoreError;

use super::course::{Course, Move};
use super::crew::{self, Hands};
use super::job::Job;
use super::journal::{Batch, Journal};
use super::keep::{self, Keeping};
use super::limit::{Spare, limited};
use super::order::Queue;
use super::outcome::Outcome;
use super::pools::Pools;
use super::states::States;

mod desk;
mod ending;
mod publishing;
mod rows;
mod skipping;
mod starting;
mod steps;
mod telling;

use desk::{Order, Report};
use ending::{Ahead, Noted};
use rows::Rows;
use telling::Telling;

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

/// Runs a plan and publishes what it made if all went well.
pub(crate) fn execute(job: &Arc<Job>, listeners: &mut [&mut dyn Listener]) -> Ended {
    Loop::new(job, listeners).run(&Worker { job })
}

/// Does what the loop says.
struct Worker<'a> {
    job: &'a Arc<Job>,
}

impl<'j> Hands<Loop<'j, '_, '_>> for Worker<'_> {
    type Hand = Spare;

    fn hand(&self) -> Spare {
        Spare::new(self.job)
    }

    fn work(&self, spare: &mut Spare, order: Order) -> (Report, Duration) {
        match order {
            Order::Try(order) => {
                let task = order.task;
                let attempt = limited(self.job, order, spare);
                let elapsed = attempt.elapsed;
                (Report::Tried(task, attempt), elapsed)
            }
            Order::Keep(keeping) => {
                let (keeping, kept) = keep::keep(self.job, *keeping);
                let elapsed = keeping.elapsed;
                (Report::Kept(Box::new(keeping), kept), elapsed)
            }
        }
    }

    fn write(&self, batch: &Batch) -> Result<(), LedgerError> {
        self.job.ledger.as_ref().map_or(Ok(()), |ledger| batch.write(&**ledger))
    }

    fn nap(&self, time: Duration) {
        self.job.context.clock().sleep(time);
    }
}

/// The state of a run. Nobody else changes it, and it does nothing by itself that takes long.
struct Loop<'a, 'l, 's> {
    job: &'a Job,
    states: States,
    course: Course,
    journal: Journal,
    telling: Telling<'a, 'l, 's>,
    /// For each model, how many steps will still read it or keep it.
    readers: Vec<u32>,
    rows: Rows,
    ready: Queue,
    pools: Pools,
    /// Steps that will be tried again, and when, by the clock's monotonic reading.
    delayed: BinaryHeap<Reverse<(Duration, TaskId)>>,
    /// How often each step was tried in vain so far, and how long that took.
    tries: BTreeMap<TaskId, (u32, Duration)>,
    /// Steps that others may read from already, and that are not done.
    ahead: BTreeMap<TaskId, Ahead>,
    /// What is to be kept.
    to_keep: BTreeMap<TaskId, Box<Keeping>>,
    /// Steps that are being worked at for nothing, and the lost step that they read from.
    doomed: BTreeMap<TaskId, TaskId>,
    /// Steps that cannot be started any more and are not told of yet, and a lost step that they read from.
    stuck: BTreeMap<TaskId, TaskId>,
    /// Steps that were skipped, and on whose account.
    blames: BTreeMap<TaskId, TaskId>,
    /// Steps that are on their way into the ledger.
    noted: VecDeque<Noted>,
    /// Room for what the course says.
    moves: Vec<Move>,
    /// How many orders are out.
    out: usize,
    /// The steps that are being tried or kept, and the most memory that the process held meanwhile.
    peaks: BTreeMap<TaskId, Option<u64>>,
    has_failed: bool,
    store_error: Option<StoreError>,
    ledger_error: Option<LedgerError>,
    published: Vec<Published>,
    peak_memory: Option<u64>,
}

impl<'a, 'l, 's> Loop<'a, 'l, 's> {
    fn new(job: &'a Job, listeners: &'l mut [&'s mut dyn Listener]) -> Self {
        let tasks = job.blueprint.tasks().len();
        let models = job.blueprint.models().len();
        let mut this = Loop {
            job,
            states: States::waiting(tasks),
            course: Course::new(&job.blueprint, &job.plan, &job.kept),
            journal: Journal::new(job),
            telling: Telling::new(job, listeners),
            readers: vec![0; models],
            rows: Rows::of(models),
            ready: Queue::new(&job.blueprint, job.options.order, |task| job.time_of(task)),
            pools: Pools::new(&job.blueprint, job.plan.picks(), &job.options, |task| job.memory_of(task)),
            delayed: BinaryHeap::new(),
            tries: BTreeMap::new(),
            ahead: BTreeMap::new(),
            to_keep: BTreeMap::new(),
            doomed: BTreeMap::new(),
            stuck: BTreeMap::new(),
            blames: BTreeMap::new(),
            noted: VecDeque::new(),
            moves: Vec::new(),
            out: 0,
            peaks: BTreeMap::new(),
            has_failed: false,
            store_error: None,
            ledger_error: None,
            published: Vec::new(),
            peak_memory: None,
        };
        for (model, size) in &job.supplied {
            this.rows.set(*model, size.rows);
        }
        for task in job.plan.picks() {
            for model in job.blueprint.reads(task) {
                this.readers[model.index()] += 1;
            }
        }
        this
    }

    fn run(mut self, worker: &Worker<'_>) -> Ended {
        let clock = self.job.context.clock();
        let start = clock.monotonic();
        self.announce();
        self.begin();
        let (jobs, has_ledger) = (self.job.options.jobs.get(), self.job.ledger.is_some());
        crew::work(&mut self, worker, jobs, has_ledger);
        for (task, run) in self.course.held() {
            self.reuse(task, run);
        }
        self.cancel_rest();
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
        self.telling.say(Fact::RunEnded { ending, elapsed, peak_memory: self.peak_memory });
        Ended {
            ending,
            elapsed,
            steps: self.telling.into_steps(),
            published: self.published,
            store_error: self.store_error,
            ledger_error: self.ledger_error,
        }
    }

    /// Does what there is to do at once.
    fn begin(&mut self) {
        if self.course.is_blank() {
            let Loop { course, states, ready, .. } = self;
            course.begin(|task| make_ready(states, ready, task));
        } else {
            let mut moves = Vec::new();
            self.course.moves(&mut moves);
            self.make(&mut moves);
        }
    }

    fn announce(&mut self) {
        if !self.telling.is_heard() {
            return;
        }
        let info = |task: TaskId| StepInfo {
            task,
            name: Arc::clone(&self.job.names[task.index()]),
            group: Arc::clone(&self.job.blueprint.task(task).group),
        };
        // How many are picked is not known before, and to make room on the way would copy most of them.
        let mut steps = Vec::with_capacity(self.job.plan.steps().len());
        steps.extend(self.job.plan.picks().map(info));
        let (chain, key) = (Arc::from(self.job.context.chain()), self.job.context.partition_key());
        let partition = (!key.is_empty()).then(|| Arc::from(key));
        self.telling.say(Fact::RunStarted { chain, partition, steps });
    }

    /// Whether nothing more is to be started.
    fn is_stopping(&self) -> bool {
        // Where results cannot be kept or recorded, there is no use in making more.
        self.store_error.is_some()
            || self.ledger_error.is_some()
            || (self.job.options.fail_fast && self.has_failed)
            || self.job.context.cancel().is_cancelled()
    }

    fn make_ready(&mut self, task: TaskId) {
        make_ready(&mut self.states, &mut self.ready, task);
    }

    fn set(&mut self, task: TaskId, state: State) {
        self.states.set(task, state).expect(LIFE);
    }

    /// Lets go of what the step has read.
    fn release(&mut self, task: TaskId) {
        let job = self.job;
        for model in job.blueprint.reads(task) {
            self.let_go(model);
        }
    }

    /// Lets go of what a step would have read, and of what it would have made.
    fn let_go_of_all(&mut self, task: TaskId) {
        self.release(task);
        self.drop_unread_of(task);
    }

    /// One less wants a model.
    fn let_go(&mut self, model: ModelId) {
        self.readers[model.index()] -= 1;
        self.drop_unread(model);
    }

    fn drop_unread(&self, model: ModelId) {
        if self.readers[model.index()] == 0 && !self.job.kept[model.index()] && !self.is_being_made(model) {
            self.job.registry.slot(model).clear();
        }
    }

    /// Whether a model may be in the hands of the step that makes it, or that step is on its way into the ledger; what
    /// becomes of the model is seen to afterwards.
    fn is_being_made(&self, model: ModelId) -> bool {
        // Asked first, because who provides it is far away in memory.
        if self.out == 0 && self.noted.is_empty() {
            return false;
        }
        let provider = self.job.blueprint.model(model).provider;
        provider.is_some_and(|task| self.states.get(task) == State::Running && !self.ahead.contains_key(&task))
    }

    fn drop_unread_of(&self, task: TaskId) {
        self.job.blueprint.provides(task).iter().for_each(|&model| self.drop_unread(model));
    }
}

const LIFE: &str = "the loop follows the life of a step";

fn make_ready(states: &mut States, ready: &mut Queue, task: TaskId) {
    states.set(task, State::Ready).expect(LIFE);
    ready.insert(task);
}
