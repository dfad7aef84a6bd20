//! The orchestrator: the one place where the parts meet.
//!
//! It takes what is declared (tasks, configuration, a store), has it checked and planned, hands it to the run loop, and
//! keeps what must outlive a run.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::context::JobContext;
use crate::digest::Digest;
use crate::event::Listener;
use crate::failure::Result as TaskResult;
use crate::id::{ModelId, RunId, TaskId};
use crate::ledger::{Ledger, LedgerError};
use crate::model::{Model, Size};
use crate::partition::{Partition, Partitioning};
use crate::plan::{Blueprint, Declaration, Faults, Plan, PlanError, Selection};
use crate::registry::Registry;
use crate::run::{self, Job, Note, Outcome, Portions, Publish, RunOptions};
use crate::section::Sections;
use crate::source::SourceState;
use crate::store::{self, Store, StoreError, Stores};
use crate::task::{ModelRef, Slot, TaskList};

mod gc;
mod growth;
mod job;
mod lease;
mod parts;
mod ranges;
mod request;
mod survey;

pub use gc::{Keep, Swept};
pub use request::Request;

use lease::Lease;

/// Builds the registry of models, puts tasks in order, and runs them.
///
/// ```
/// use purvey::prelude::*;
///
/// /// One booking.
/// #[derive(Row, Clone, Debug, PartialEq)]
/// #[row(table = "bookings", key = "id")]
/// struct Booking {
///     id: i64,
///     nights: i32,
/// }
///
/// /// Nights sold.
/// #[derive(Named)]
/// #[named("nights_sold")]
/// struct NightsSold;
///
/// #[task]
/// fn add_up(bookings: &Table<Booking>, sold: &mut Value<i64, NightsSold>) -> Result<()> {
///     sold.put(bookings.rows()?.iter().map(|booking| i64::from(booking.nights)).sum())
/// }
///
/// #[task]
/// fn read(bookings: &mut Table<Booking>) -> Result<()> {
///     bookings.put(vec![Booking { id: 1, nights: 3 }, Booking { id: 2, nights: 4 }])
/// }
///
/// let mut orchestrator =
///     Orchestrator::new(JobContext::new("example"), tasks![add_up, read], Sections::models())
///         .keep::<Value<i64, NightsSold>>();
/// let mut outcome = orchestrator.run()?;
/// assert!(outcome.is_done());
/// assert_eq!(outcome.take::<Value<i64, NightsSold>>().map(|sold| *sold.get().unwrap()), Some(7));
/// # Ok::<(), purvey::session::RunError>(())
/// ```
#[derive(Debug)]
pub struct Orchestrator {
    job: JobContext,
    tasks: TaskList,
    models: Sections,
    settings: Sections,
    store: Option<Arc<dyn Store>>,
    ledger: Option<Arc<dyn Ledger>>,
    partitions: Option<Partitions>,
    /// What calls for several partitions have made.
    portions: Option<Arc<Portions>>,
    options: RunOptions,
    /// Models that the caller supplies; they are lent to each run and come back.
    supplied: Vec<Supplied>,
    /// The names of models that outlive their last reader.
    kept: BTreeSet<String>,
}

impl Orchestrator {
    /// An orchestrator of these tasks, groups or chains, with the configuration of their models by name.
    ///
    /// Nothing is checked yet: models may still be supplied. [`check`](Orchestrator::check) and
    /// [`run`](Orchestrator::run) do so.
    pub fn new<I>(job: JobContext, tasks: I, models: Sections) -> Orchestrator
    where
        I: IntoIterator,
        I::Item: Into<TaskList>,
    {
        // An unoptimised polars needs more stack for one step of a query than it makes sure to have; without this a
        // query of some hundred steps ends the process.
        recursive::set_minimum_stack_size(1 << 20);
        Orchestrator {
            job,
            tasks: tasks.into_iter().collect(),
            models,
            settings: Sections::tasks(),
            store: None,
            ledger: None,
            partitions: None,
            portions: None,
            options: RunOptions::default(),
            supplied: Vec::new(),
            kept: BTreeSet::new(),
        }
    }

    /// The same with the configuration of the tasks, by name.
    #[must_use]
    pub fn with_settings(mut self, settings: Sections) -> Orchestrator {
        self.settings = settings;
        self
    }

    /// The same with a store that results go to, and that selected tasks find their models in.
    #[must_use]
    pub fn with_store(mut self, store: Arc<dyn Store>) -> Orchestrator {
        self.store = Some(store);
        self
    }

    /// The same with a ledger that runs are recorded in. With it, work that is up to date is reused and not done again.
    #[must_use]
    pub fn with_ledger(mut self, ledger: Arc<dyn Ledger>) -> Orchestrator {
        self.ledger = Some(ledger);
        self
    }

    /// The same for data that is cut like this, with the stores of all partitions: what tasks read of other partitions is
    /// found there. The partition that a run is for is said by its [job](JobContext::with_partition), and the store of that
    /// one by [`with_store`](Orchestrator::with_store).
    #[must_use]
    pub fn with_partitions(mut self, partitioning: Partitioning, stores: Arc<dyn Stores>) -> Orchestrator {
        self.partitions = Some(Partitions { partitioning, stores });
        self
    }

    /// The same with other options.
    #[must_use]
    pub fn with_options(mut self, options: RunOptions) -> Orchestrator {
        self.options = options;
        self
    }

    /// The same with a model supplied by the caller, under its type's own name. It is lent to each run and stays here.
    ///
    /// # Errors
    ///
    /// When the model was never written, or breaks its contract.
    pub fn supply<M: Model>(self, model: M) -> TaskResult<Orchestrator> {
        self.supply_as(ModelRef::of::<M>(), model)
    }

    /// The same under another name.
    ///
    /// # Errors
    ///
    /// When the model was never written, or breaks its contract.
    pub fn supply_named<M: Model>(self, name: &str, model: M) -> TaskResult<Orchestrator> {
        self.supply_as(ModelRef::named::<M>(name), model)
    }

    fn supply_as<M: Model>(mut self, reference: ModelRef, mut model: M) -> TaskResult<Orchestrator> {
        let sealed = model.seal().and_then(|size| Ok((size, model.digest()?)));
        let (size, digest) =
            sealed.map_err(|error| error.context(format_args!("model `{}` cannot be supplied", reference.name())))?;
        self.supplied.retain(|known| known.reference.name() != reference.name());
        self.supplied.push(Supplied { reference, slot: Slot::with(model), size, digest });
        Ok(self)
    }

    /// The same, keeping a model after its last reader, so that it can be taken out of the outcome.
    #[must_use]
    pub fn keep<M: Model>(self) -> Orchestrator {
        self.keep_named(M::NAME)
    }

    /// The same for a model by name.
    #[must_use]
    pub fn keep_named(mut self, name: &str) -> Orchestrator {
        self.kept.insert(name.to_owned());
        self
    }

    /// The run as its tasks see it.
    #[must_use]
    pub fn job(&self) -> &JobContext {
        &self.job
    }

    /// The tasks.
    #[must_use]
    pub fn tasks(&self) -> &TaskList {
        &self.tasks
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> Option<&dyn Store> {
        self.store.as_deref()
    }

    /// The ledger.
    #[must_use]
    pub fn ledger(&self) -> Option<&dyn Ledger> {
        self.ledger.as_deref()
    }

    /// Checks the tasks and their configuration, and numbers those that a run for the partition of the job has. Builds no model
    /// and runs no task.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, in stable order.
    pub fn check(&self) -> Result<Blueprint, Faults> {
        self.draw(self.job.partition().ok())
    }

    /// The same with all tasks, whatever partitions they are run for.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, in stable order.
    pub fn check_whole(&self) -> Result<Blueprint, Faults> {
        self.draw(None)
    }

    fn draw(&self, partition: Option<&Partition>) -> Result<Blueprint, Faults> {
        let supplied: Vec<ModelRef> = self.supplied.iter().map(|supplied| supplied.reference.clone()).collect();
        Blueprint::draw(Declaration {
            chain: self.job.chain(),
            tasks: &self.tasks,
            supplied: &supplied,
            models: &self.models,
            settings: &self.settings,
            pools: &self.options.pools,
            publishes_each: self.options.publish == Publish::Task,
            partitioning: self.partitions.as_ref().map(|partitions| &partitions.partitioning),
            partition,
        })
    }

    /// Decides what a run would do, as things stand. Changes nothing.
    ///
    /// # Errors
    ///
    /// When the request does not fit the chain, or store or ledger cannot be looked into.
    pub fn plan(&self, blueprint: &Blueprint, request: &Request) -> Result<Plan, RunError> {
        let situation = survey::survey(self, blueprint, request)?;
        Ok(Plan::make(blueprint, request.selection(), situation)?)
    }

    /// What the files of the source are like that a task reads; `None` where it reads none, or they cannot be looked at.
    pub(crate) fn source_of(&self, blueprint: &Blueprint, task: TaskId) -> Option<SourceState> {
        survey::source(self, blueprint, task, None)
    }

    /// Checks, plans and runs all tasks.
    ///
    /// # Errors
    ///
    /// When the chain is not valid. That a task failed is not an error here but part of the outcome.
    pub fn run(&mut self) -> Result<Outcome, RunError> {
        self.run_selected(&Selection::all())
    }

    /// The same for the tasks that are selected.
    ///
    /// # Errors
    ///
    /// When the chain is not valid, or the selection does not fit it.
    pub fn run_selected(&mut self, selection: &Selection) -> Result<Outcome, RunError> {
        let blueprint = self.check()?;
        self.run_request(&blueprint, &Request::of(selection.clone()), &mut [])
    }

    /// Takes the store, plans what is asked for, runs that, and tells the listeners what happens.
    ///
    /// # Errors
    ///
    /// When the request does not fit the chain, or the store cannot be had, because another run has it, say.
    pub fn run_request(
        &mut self,
        blueprint: &Blueprint,
        request: &Request,
        listeners: &mut [&mut dyn Listener],
    ) -> Result<Outcome, RunError> {
        let context = self.job.for_run(RunId::random());
        let run = context.run();
        let lease = Lease::take(self, run)?;
        // Only now, for what another run has done meanwhile counts.
        let plan = self.plan(blueprint, request)?;
        let registry = Arc::new(Registry::new(Arc::clone(blueprint.model_names())));
        let supplied = self.lend(blueprint, &registry);
        let mut kept: Vec<bool> = blueprint.models().iter().map(|model| self.kept.contains(&*model.name)).collect();
        for (model, _) in &supplied {
            kept[model.index()] = true;
        }
        let job = Arc::new(Job {
            supplied,
            store: self.store.clone(),
            ledger: self.ledger.clone(),
            stores: self.partitions.as_ref().map(|partitions| Arc::clone(&partitions.stores)),
            portions: self.portions.clone(),
            kept,
            note: Note {
                host: store::host().to_owned(),
                arguments: request.arguments().to_vec(),
                resumes: request.resumed(),
                backfill: request.backfill(),
            },
            ..self.job_of(blueprint, plan, context, &registry)
        });
        let ended = run::execute(&job, listeners);
        self.take_back(&job.supplied, &registry);
        let outcome = ended.with(run, registry);
        if let (Some(ledger), false) = (&self.ledger, outcome.is_done()) {
            lease.discard(&**ledger);
        }
        lease.end()?;
        Ok(outcome)
    }

    /// Puts the supplied models into their places.
    fn lend(&mut self, blueprint: &Blueprint, registry: &Registry) -> Vec<(ModelId, Size)> {
        let mut places = Vec::with_capacity(self.supplied.len());
        for supplied in &mut self.supplied {
            let model =
                blueprint.model_named(supplied.reference.name()).expect("supplied models are part of the blueprint");
            let slot = std::mem::take(&mut supplied.slot);
            registry.slot(model).fill(supplied.reference.name(), slot).expect("nothing of a new registry is open");
            places.push((model, supplied.size));
        }
        places
    }

    fn take_back(&mut self, places: &[(ModelId, Size)], registry: &Registry) {
        for (supplied, (model, _)) in self.supplied.iter_mut().zip(places) {
            supplied.slot = registry.slot(*model).give();
        }
    }
}

/// How the data is cut, and where the results of each partition are.
#[derive(Debug)]
struct Partitions {
    partitioning: Partitioning,
    stores: Arc<dyn Stores>,
}

/// A model that the caller supplied.
#[derive(Debug)]
struct Supplied {
    reference: ModelRef,
    slot: Slot,
    size: Size,
    /// The digest of its content, where it has one.
    digest: Option<Digest>,
}

/// A run that was not begun.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The chain is not valid.
    #[error(transparent)]
    Faults(#[from] Faults),
    /// The selection does not fit the chain.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The store cannot be looked into, or is another run's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger cannot be read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}
