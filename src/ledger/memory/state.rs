//! What a ledger in memory holds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::backfills::Backfill;
use crate::event::{Ending, State as StepState};
use crate::fingerprint::Fingerprint;
use crate::id::RunId;
use crate::ledger::{Performed, RunBegan, RunFilter, RunRecord, StepRecord, VersionRecord};
use crate::source::SourceState;

/// All runs.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The runs by number, in the order they began.
    pub(super) runs: BTreeMap<usize, Run>,
    /// The number of each run.
    pub(super) numbers: HashMap<RunId, usize>,
    /// The number of the next run.
    pub(super) next: usize,
    /// By partition and task, the last run in which it was done.
    pub(super) latest: BTreeMap<(String, String), usize>,
    /// By partition, what is published.
    pub(super) published: BTreeMap<String, Published>,
    /// By partition and model, the files whose rows were ever published, or up to where its table was.
    pub(super) taken: BTreeMap<(String, String), SourceState>,
    /// The backfills by number, in the order they began.
    pub(super) backfills: BTreeMap<usize, Backfill>,
}

/// What is published in a partition.
#[derive(Debug)]
pub(super) struct Published {
    pub(super) at: DateTime<Utc>,
    /// Each model and the run that made its version.
    pub(super) versions: BTreeMap<String, RunId>,
}

#[derive(Debug)]
pub(super) struct Run {
    pub(super) began: RunBegan,
    pub(super) published: bool,
    pub(super) ended: Option<(Ending, DateTime<Utc>)>,
    pub(super) steps: Vec<Step>,
    /// The place of the step of each task.
    pub(super) places: HashMap<String, usize>,
    /// The place of the step that made a version of each model.
    pub(super) made: HashMap<String, usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) record: StepRecord,
    /// When it ended and what its result depends on, for a step that is done.
    pub(super) done: Option<(DateTime<Utc>, Fingerprint)>,
}

impl State {
    pub(super) fn run(&self, run: RunId) -> Option<&Run> {
        self.runs.get(self.numbers.get(&run)?)
    }

    /// The version of a model that a run made, and the number of the run.
    pub(super) fn version(&self, model: &str, run: RunId) -> Option<(usize, &VersionRecord)> {
        let number = *self.numbers.get(&run)?;
        Some((number, self.runs.get(&number)?.version(model)?))
    }

    pub(super) fn performed(&self, number: usize, task: &str, published: bool) -> Option<Performed> {
        let run = self.runs.get(&number)?;
        let step = &run.steps[*run.places.get(task)?];
        let (at, fingerprint) = step.done.clone()?;
        let StepRecord { elapsed, peak_memory, .. } = step.record;
        let made = step.record.made.clone();
        let run = run.began.run;
        Some(Performed { task: task.to_owned(), run, at, elapsed, peak_memory, fingerprint, made, published })
    }

    /// What was read for what is published in a partition, by model.
    pub(super) fn published_sources(&self, partition: &str) -> Vec<(String, SourceState)> {
        let mut sources = Vec::new();
        let published = self.published.get(partition);
        for (model, run) in published.into_iter().flat_map(|published| &published.versions) {
            let step = self.run(*run).and_then(|run| Some(&run.steps[*run.made.get(model)?]));
            let source = step.and_then(|step| step.done.as_ref()?.1.source.as_ref());
            sources.extend(source.map(|source| (model.clone(), source.clone())));
        }
        sources
    }

    /// The numbers of the runs that must not be forgotten.
    pub(super) fn needed(&self) -> BTreeSet<usize> {
        let published = self.published.values().flat_map(|published| &published.versions);
        let published = published.filter_map(|(_, run)| self.numbers.get(run));
        self.latest.values().chain(published).copied().collect()
    }
}

impl Run {
    pub(super) fn version(&self, model: &str) -> Option<&VersionRecord> {
        let step = &self.steps[*self.made.get(model)?];
        step.record.made.iter().find(|version| version.model == model)
    }

    pub(super) fn passes(&self, filter: &RunFilter) -> bool {
        let of = |task: &String| {
            let is_meant = |step: &StepRecord| step.started.is_some() || step.state == StepState::Reused;
            self.steps.iter().any(|step| step.record.task == *task && is_meant(&step.record))
        };
        filter.since.is_none_or(|since| self.began.at >= since)
            && filter.ending.is_none_or(|ending| self.ended.map(|(ending, _)| ending) == ending)
            && filter.task.as_ref().is_none_or(of)
            && filter.partition.as_ref().is_none_or(|partition| self.began.partition == *partition)
    }

    pub(super) fn record(&self) -> RunRecord {
        let count = |state| self.steps.iter().filter(|step| step.record.state == state).count() as u64;
        let began = &self.began;
        RunRecord {
            run: began.run,
            chain: began.chain.clone(),
            partition: began.partition.clone(),
            began: began.at,
            ended: self.ended.map(|(_, at)| at),
            ending: self.ended.map(|(ending, _)| ending),
            published: self.published,
            host: began.host.clone(),
            process: began.process,
            request: began.request.clone(),
            resumes: began.resumes,
            backfill: began.backfill,
            counts: StepState::ALL.map(|state| (state, count(state))).into_iter().filter(|(_, n)| *n > 0).collect(),
        }
    }
}
