//! A call of tasks for several partitions at once, and what each partition has of it.
//!
//! It is a run like any other, in memory and on no record, but that sources are read for each partition, and that what a
//! task makes is taken apart by partition. The run of a partition takes its portion in place of calling the task, if it
//! reads what the call has read for this partition; so a call that read something else never gets into a result.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::context::JobContext;
use crate::contract;
use crate::digest::Digest;
use crate::event::Committed;
use crate::failure::{Error, Result};
use crate::id::{ModelId, TaskId};
use crate::model::{Content, Size};
use crate::partition::PartitionRange;
use crate::section::Sections;

use super::job::Job;

/// What one partition has of a call of a task.
#[derive(Clone, Debug)]
struct Portion {
    /// What the call has read for this partition, by model.
    reads: BTreeMap<Arc<str>, Digest>,
    /// The parameters that it has read.
    params: BTreeMap<String, Option<String>>,
    /// What it has made for this partition, by position among what the task provides.
    made: Vec<Content>,
}

/// A partition and a task.
type Whose = (Arc<str>, Arc<str>);

/// Portions by partition and task, until the runs of the partitions take them.
#[derive(Debug, Default)]
pub(crate) struct Portions(Mutex<BTreeMap<Whose, Portion>>);

impl Portions {
    /// Takes in others.
    pub(crate) fn extend(&self, others: Portions) {
        let others = others.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(others);
    }

    /// Drops what nobody has taken of a partition.
    pub(crate) fn drop_of(&self, partition: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(of, _), _| **of != *partition);
    }

    /// Takes all out; what comes in later stays here, where nobody looks for it.
    fn take(&self) -> Portions {
        Portions(Mutex::new(std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))))
    }

    fn insert(&self, partition: &Arc<str>, task: &Arc<str>, portion: Portion) {
        let key = (Arc::clone(partition), Arc::clone(task));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, portion);
    }

    fn remove(&self, partition: &str, task: &str) -> Option<Portion> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(partition.into(), task.into()))
    }
}

/// What a run is told that calls tasks for several partitions at once.
#[derive(Debug)]
pub(crate) struct Range {
    partitions: PartitionRange,
    /// The configuration of the models, for each partition.
    models: Vec<Sections>,
    /// The content of the models so far, for each partition.
    digests: Mutex<BTreeMap<ModelId, Vec<Digest>>>,
    made: Portions,
}

impl Range {
    /// A call for these partitions, with the configuration of the models for each of them.
    pub(crate) fn new(partitions: PartitionRange, models: Vec<Sections>) -> Range {
        Range { partitions, models, digests: Mutex::default(), made: Portions::default() }
    }

    /// What has come of it.
    pub(crate) fn take(&self) -> Portions {
        self.made.take()
    }

    fn learn(&self, model: ModelId, digests: Vec<Digest>) {
        self.digests.lock().unwrap_or_else(PoisonError::into_inner).insert(model, digests);
    }

    /// Whether a model is configured alike for all partitions.
    fn is_one_for_all(&self, model: &str) -> bool {
        !self.models.iter().any(|models| models.get(model).is_cut())
    }
}

/// One task in a run that calls tasks for several partitions.
pub(super) struct RangeWork<'a> {
    pub(super) job: &'a Job,
    pub(super) range: &'a Range,
    pub(super) task: TaskId,
    pub(super) context: &'a JobContext,
    pub(super) call: &'a dyn Fn() -> Result<()>,
}

impl RangeWork<'_> {
    /// Has the task make what it makes for all partitions, and takes that apart.
    #[cold]
    pub(super) fn make(&self) -> Result<Vec<Committed>> {
        let (job, provided) = (self.job, self.job.blueprint.provides(self.task));
        let parts = if job.blueprint.task(self.task).task.about().reads_source {
            let is_one = |model: &ModelId| self.range.is_one_for_all(job.registry.name(*model));
            if provided.iter().all(is_one) {
                return self.read_once();
            }
            self.read_each()?
        } else {
            self.build(0)?;
            (self.call)()?;
            let split =
                |&model: &ModelId| job.registry.slot(model).split(job.registry.name(model), &self.range.partitions);
            let parts = provided.iter().map(split).collect::<Result<Vec<Vec<Content>>>>()?;
            self.hand_out(&parts)?;
            parts
        };
        provided.iter().zip(parts).map(|(&model, parts)| self.join(model, parts)).collect()
    }

    /// Makes the models of the task anew, as they are configured for one partition. They are in memory, whatever is said of
    /// how they are handed over: nothing of them outlives the call.
    fn build(&self, place: usize) -> Result<()> {
        let (blueprint, registry) = (&self.job.blueprint, &self.job.registry);
        blueprint.provides(self.task).iter().try_for_each(|&model| {
            let entry = blueprint.model(model);
            registry.build(model, &entry.reference, &self.range.models[place].get(&entry.name))
        })
    }

    /// Reads a source that is the same for all partitions.
    fn read_once(&self) -> Result<Vec<Committed>> {
        self.build(0)?;
        (self.call)()?;
        let each = |&model: &ModelId| {
            let (slot, name) = (self.job.registry.slot(model), self.job.registry.name(model));
            let size = slot.seal(name)?.size;
            let digest = slot.content(name)?.digest()?;
            self.range.learn(model, vec![digest; self.range.partitions.len()]);
            Ok(committed(name, size))
        };
        self.job.blueprint.provides(self.task).iter().map(each).collect()
    }

    /// Reads a source for each partition; what each has of each model.
    fn read_each(&self) -> Result<Vec<Vec<Content>>> {
        let provided = self.job.blueprint.provides(self.task);
        let mut parts = vec![Vec::new(); provided.len()];
        for (place, partition) in self.range.partitions.iter().enumerate() {
            let mut read = || {
                self.context.cancel().check()?;
                self.build(place)?;
                (self.call)()?;
                for (&model, parts) in provided.iter().zip(&mut parts) {
                    let (slot, name) = (self.job.registry.slot(model), self.job.registry.name(model));
                    slot.seal(name)?;
                    if let Some(whole) = slot.whole(name)? {
                        contract::confine(&whole, &partition.clone().into())?;
                    }
                    parts.push(slot.content(name)?);
                }
                Ok(())
            };
            read().map_err(|error: Error| error.context(format_args!("for partition {partition}")))?;
        }
        Ok(parts)
    }

    /// Puts down what each partition has of what the task has made, and what was read for it.
    fn hand_out(&self, parts: &[Vec<Content>]) -> Result<()> {
        let (job, params) = (self.job, self.context.params_read());
        let digests = self.range.digests.lock().unwrap_or_else(PoisonError::into_inner);
        for (place, partition) in self.range.partitions.iter().enumerate() {
            let read = |model: ModelId| {
                let name = job.registry.name(model);
                let digest = digests.get(&model).and_then(|digests| digests.get(place)).copied();
                digest.map(|digest| (Arc::clone(name), digest)).ok_or_else(|| {
                    Error::new(format!("what is read of model `{name}` cannot be told apart by partition"))
                })
            };
            let reads = job.blueprint.reads(self.task).map(read).collect::<Result<_>>()?;
            let made = parts.iter().map(|parts| parts[place].clone()).collect();
            let portion = Portion { reads, params: params.clone(), made };
            self.range.made.insert(partition.key(), &job.names[self.task.index()], portion);
        }
        Ok(())
    }

    /// Leaves what all partitions have of a model to those who read it.
    fn join(&self, model: ModelId, parts: Vec<Content>) -> Result<Committed> {
        let (job, slot, name) = (self.job, self.job.registry.slot(model), self.job.registry.name(model));
        if job.blueprint.readers(model).any(|reader| job.is_picked(reader)) {
            let digests: Result<Vec<Digest>> = parts.iter().map(Content::digest).collect();
            self.range.learn(model, digests?);
            slot.join(name, parts)?;
        }
        Ok(committed(name, Size::default()))
    }
}

fn committed(model: &Arc<str>, size: Size) -> Committed {
    Committed { model: Arc::clone(model), rows: size.rows, bytes: size.bytes, stored_bytes: None, lineage: None }
}

/// Fills the models of a task with what a call for several partitions has made for that of the run; `false` where there is
/// nothing such, or the call has read something else.
pub(super) fn take_portion(job: &Job, task: TaskId, context: &JobContext) -> Result<bool> {
    // Asked first: few runs are part of a backfill that has called for several.
    let Some(portions) = &job.portions else { return Ok(false) };
    let Some(portion) = portions.remove(job.context.partition_key(), &job.names[task.index()]) else {
        return Ok(false);
    };
    fill(job, task, context, portion)
}

fn fill(job: &Job, task: TaskId, context: &JobContext, portion: Portion) -> Result<bool> {
    for model in job.blueprint.reads(task) {
        let name = job.registry.name(model);
        let digest = job.registry.slot(model).digest(name)?;
        if digest.is_none() || digest != portion.reads.get(name).copied() {
            return Ok(false);
        }
    }
    for (&model, content) in job.blueprint.provides(task).iter().zip(portion.made) {
        job.registry.slot(model).restore(job.registry.name(model), content)?;
    }
    context.has_read(portion.params);
    Ok(true)
}
