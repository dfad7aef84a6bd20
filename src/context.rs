//! The run as a task sees it: which chain and run it is, its parameters, the time, and whether to stop.
//!
//! Does not know the tasks, nor how the run is going.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::cancel::CancelToken;
use crate::clock::{Clock, SystemClock};
use crate::failure::{Error, Result};
use crate::id::RunId;
use crate::partition::{Partition, PartitionRange};
use crate::section::Section;

#[cfg(test)]
mod tests;

/// The run as a task sees it; a task takes it as `&JobContext`.
///
/// ```
/// use purvey::JobContext;
///
/// let job = JobContext::new("alpine").with_param("season", "winter");
/// assert_eq!(job.chain(), "alpine");
/// assert_eq!(job.param::<String>("season")?.as_deref(), Some("winter"));
/// assert_eq!(job.param::<u32>("year")?, None);
/// # Ok::<(), purvey::Error>(())
/// ```
#[derive(Clone)]
pub struct JobContext {
    chain: Arc<str>,
    run: RunId,
    /// What it is for; several partitions only while tasks are called for a range of them.
    partitions: Option<PartitionRange>,
    params: Arc<Section>,
    clock: Arc<dyn Clock>,
    cancel: CancelToken,
    /// The parameters that were read, in the context of a step.
    reads: Option<Arc<Mutex<ParamTexts>>>,
}

/// Parameters by name, each as text; `None` for one that is not set.
type ParamTexts = BTreeMap<String, Option<String>>;

impl JobContext {
    /// The context of a chain's runs, with the system's clock and no parameters.
    pub fn new(chain: impl Into<Arc<str>>) -> JobContext {
        JobContext {
            chain: chain.into(),
            run: RunId::nil(),
            partitions: None,
            params: Arc::new(Section::new("params")),
            clock: Arc::new(SystemClock::new()),
            cancel: CancelToken::new(),
            reads: None,
        }
    }

    /// The same context with a parameter set.
    #[must_use]
    pub fn with_param(mut self, name: &str, value: impl Into<toml::Value>) -> JobContext {
        let params = Arc::unwrap_or_clone(self.params).with(name, value);
        self.params = Arc::new(params);
        self
    }

    /// The same context with these parameters, the section `[params]` of a configuration.
    #[must_use]
    pub fn with_params(mut self, params: Section) -> JobContext {
        self.params = Arc::new(params);
        self
    }

    /// The same context for one partition of the data.
    ///
    /// ```
    /// use purvey::JobContext;
    /// use purvey::partition::{Partitioning, Unit};
    ///
    /// let days = Partitioning::of_time(Unit::Day, "Europe/Zurich")?;
    /// let job = JobContext::new("alpine").with_partition(days.find("2026-11-21")?);
    /// assert_eq!(job.partition()?.key().as_ref(), "2026-11-21");
    /// # Ok::<(), purvey::Error>(())
    /// ```
    #[must_use]
    pub fn with_partition(self, partition: Partition) -> JobContext {
        self.with_partitions(partition.into())
    }

    /// The same context for several partitions, as a task that takes ranges of them is called in a backfill.
    ///
    /// ```
    /// use purvey::JobContext;
    /// use purvey::partition::{Partitioning, Unit};
    ///
    /// let days = Partitioning::of_time(Unit::Day, "Europe/Zurich")?;
    /// let range = days.range(&days.find("2026-11-20")?, &days.find("2026-11-22")?);
    /// let job = JobContext::new("alpine").with_partitions(range.expect("the first comes first"));
    /// assert_eq!(job.partitions()?.len(), 3);
    /// # Ok::<(), purvey::Error>(())
    /// ```
    #[must_use]
    pub fn with_partitions(mut self, partitions: PartitionRange) -> JobContext {
        self.partitions = Some(partitions);
        self
    }

    /// The same context with another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> JobContext {
        self.clock = clock;
        self
    }

    /// The same context with another cancel token.
    #[must_use]
    pub fn with_cancel(mut self, cancel: CancelToken) -> JobContext {
        self.cancel = cancel;
        self
    }

    /// The context of one run of this chain.
    pub(crate) fn for_run(&self, run: RunId) -> JobContext {
        JobContext { run, ..self.clone() }
    }

    /// The context of one step of this run: with a cancel token of its own, and keeping a list of the parameters that are
    /// read through it or a clone of it.
    pub(crate) fn for_step(&self) -> JobContext {
        JobContext { cancel: self.cancel.child(), reads: Some(Arc::default()), ..self.clone() }
    }

    /// Makes the context of a step that has ended that of another step of this run. What nobody has kept, set or filled
    /// is used again.
    pub(crate) fn renew(&mut self, run: &JobContext) {
        let unread = self.reads.as_mut().and_then(Arc::get_mut).map(Mutex::get_mut);
        let is_unread = unread.is_some_and(|reads| reads.is_ok_and(|reads| reads.is_empty()));
        if !(is_unread && self.cancel.is_as_new()) {
            *self = run.for_step();
        }
    }

    /// The parameters that were read in the context of a step so far, each as the text it was read as; `None` for one
    /// that is not set. Nothing for a context that is not of a step.
    pub(crate) fn params_read(&self) -> BTreeMap<String, Option<String>> {
        let reads = self.reads.as_ref().map(|reads| reads.lock().unwrap_or_else(PoisonError::into_inner).clone());
        reads.unwrap_or_default()
    }

    /// Takes parameters that were read for what this step makes as read by it.
    pub(crate) fn has_read(&self, params: BTreeMap<String, Option<String>>) {
        if let Some(reads) = &self.reads {
            reads.lock().unwrap_or_else(PoisonError::into_inner).extend(params);
        }
    }

    /// The text of a parameter, as [`param`](JobContext::param) reads it; asking for it is no reading.
    pub(crate) fn param_text(&self, name: &str) -> Option<String> {
        self.params.text(name)
    }

    /// The chain's name.
    #[must_use]
    pub fn chain(&self) -> &str {
        &self.chain
    }

    /// The run; all zeros in a unit test, where there is none.
    #[must_use]
    pub fn run(&self) -> RunId {
        self.run
    }

    /// The partition of the data that the run is for.
    ///
    /// # Errors
    ///
    /// When the run is for all of it, or this is a call for several partitions.
    pub fn partition(&self) -> Result<&Partition> {
        let partitions = self.partitions()?;
        partitions.only().ok_or_else(|| {
            Error::new(format!(
                "this call is for {} partitions, {partitions}; a task that takes ranges asks for `job.partitions()`",
                partitions.len()
            ))
        })
    }

    /// The partitions that this call of a task is for: one in an ordinary run, several that lie side by side where a backfill
    /// calls a task that takes ranges, `#[task(ranges = "coalesce")]`. What the task makes is for each of them.
    ///
    /// # Errors
    ///
    /// When the run is for all data.
    pub fn partitions(&self) -> Result<&PartitionRange> {
        self.partitions.as_ref().ok_or_else(|| {
            let chain = &self.chain;
            Error::new(format!(
                "chain `{chain}` is not partitioned; `[partitions]` in its configuration says how it is to be, \
                 `JobContext::with_partition` in a test"
            ))
        })
    }

    /// The key of the partition; empty where the run is for all data.
    pub(crate) fn partition_key(&self) -> &str {
        self.partitions.as_ref().and_then(PartitionRange::only).map_or("", |partition| partition.key())
    }

    /// A parameter of the run, from `[params]` or `--set params.<name>=…`; `None` where it is not set.
    ///
    /// # Errors
    ///
    /// When the parameter is set and cannot be read as a `T`.
    pub fn param<T: FromStr>(&self, name: &str) -> Result<Option<T>>
    where
        T::Err: fmt::Display,
    {
        let text = self.param_text(name);
        if let Some(reads) = &self.reads {
            reads.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), text.clone());
        }
        let Some(text) = text else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|error| {
            Error::data(format!("parameter `{name}` ({}) is `{text}`: {error}", self.params.origin(name)))
        })
    }

    /// The clock of the run.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// The token that is set when the run should stop, or when this step has run too long. Setting it stops nobody but this
    /// step.
    #[must_use]
    pub fn cancel(&self) -> &CancelToken {
        &self.cancel
    }
}

impl fmt::Debug for JobContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobContext").field("chain", &self.chain).field("run", &self.run).finish_non_exhaustive()
    }
}

/// Chain, run and task of the work that the present thread is doing; loggers put them on each line.
///
/// ```
/// use purvey::context::Scope;
///
/// // A logger of your own asks for it:
/// let prefix = Scope::current().map(|scope| format!("{}/{}", scope.chain, scope.task));
/// assert_eq!(prefix, None); // no task is running on this thread
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The chain's name.
    pub chain: Arc<str>,
    /// The run.
    pub run: RunId,
    /// The task's name.
    pub task: Arc<str>,
}

thread_local! {
    static SCOPE: RefCell<Place> = const { RefCell::new(Place { scope: None, is_left: true }) };
}

/// What a thread does, or did last: the next task is often one of the same run.
struct Place {
    scope: Option<Scope>,
    is_left: bool,
}

impl Scope {
    /// The scope of the task that runs on this thread, if one does.
    #[must_use]
    pub fn current() -> Option<Scope> {
        SCOPE.with_borrow(|place| if place.is_left { None } else { place.scope.clone() })
    }

    /// Does some work as this task; the scope before comes back afterwards, also after a panic.
    pub(crate) fn enter<T>(job: &JobContext, task: &Arc<str>, work: impl FnOnce() -> T) -> T {
        let _leave = SCOPE.with_borrow_mut(|place| match &mut place.scope {
            Some(scope) if place.is_left && scope.run == job.run && Arc::ptr_eq(&scope.chain, &job.chain) => {
                place.is_left = false;
                scope.task = Arc::clone(task);
                Leave(None)
            }
            _ => {
                let scope = Scope { chain: Arc::clone(&job.chain), run: job.run, task: Arc::clone(task) };
                let before = std::mem::replace(place, Place { scope: Some(scope), is_left: false });
                Leave((!before.is_left).then_some(before))
            }
        });
        work()
    }
}

struct Leave(Option<Place>);

impl Drop for Leave {
    fn drop(&mut self) {
        let before = self.0.take();
        SCOPE.with_borrow_mut(|place| match before {
            Some(before) => *place = before,
            None => place.is_left = true,
        });
    }
}
