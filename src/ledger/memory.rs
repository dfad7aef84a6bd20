//! A ledger that lives as long as the process.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{
    BackfillRecord, Entry, Ledger, LedgerError, PartitionRecord, Performed, PublicationRecord, RangeRecord, RunFilter,
    RunRecord, StepRecord, VersionRecord,
};
use crate::id::{BackfillId, RunId};
use crate::source::SourceState;

mod append;
mod backfills;
mod state;
mod undo;

use backfills::Backfill;
use state::{Run, State};
use undo::Pen;

/// A [`Ledger`] in memory, for tests and for runs that nobody looks back at.
///
/// ```
/// use purvey::ledger::{Ledger, MemoryLedger, RunFilter};
///
/// let ledger = MemoryLedger::new();
/// assert!(ledger.runs(&RunFilter::default())?.is_empty());
/// # Ok::<(), purvey::ledger::LedgerError>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryLedger {
    state: Mutex<State>,
}

impl MemoryLedger {
    /// A ledger without any run.
    #[must_use]
    pub fn new() -> MemoryLedger {
        MemoryLedger::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No entry makes it panic, so it is never left half-done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger for MemoryLedger {
    fn append(&self, entries: &[Entry]) -> Result<(), LedgerError> {
        let mut state = self.state();
        let mut pen = Pen::new(&mut state);
        let Err(refusal) = entries.iter().try_for_each(|entry| append::take(&mut pen, entry)) else { return Ok(()) };
        pen.undo();
        Err(LedgerError::Unwritable { path: PathBuf::from("in memory"), reason: refusal.to_string() })
    }

    fn performed(&self, partition: &str, tasks: &[&str]) -> Result<Vec<Performed>, LedgerError> {
        let state = self.state();
        let published = state.published.get(partition).map(|published| &published.versions);
        let mut performed = Vec::new();
        for task in tasks {
            let mut numbers: BTreeSet<usize> =
                state.latest.get(&(partition.to_owned(), (*task).to_owned())).copied().into_iter().collect();
            let mut visible = BTreeSet::new();
            for (model, run) in published.into_iter().flatten() {
                if let Some((number, _)) = state.version(model, *run).filter(|(_, version)| version.task == *task) {
                    visible.insert(number);
                }
            }
            numbers.extend(&visible);
            let found = numbers.iter().rev();
            performed.extend(found.filter_map(|number| state.performed(*number, task, visible.contains(number))));
        }
        Ok(performed)
    }

    fn published(&self, partition: &str) -> Result<Vec<VersionRecord>, LedgerError> {
        let state = self.state();
        let published = state.published.get(partition).into_iter().flat_map(|published| &published.versions);
        Ok(published.filter_map(|(model, run)| Some(state.version(model, *run)?.1.clone())).collect())
    }

    fn published_of(&self, model: &str, partitions: &[&str]) -> Result<Vec<Option<VersionRecord>>, LedgerError> {
        let state = self.state();
        let of = |partition: &&str| {
            let run = state.published.get(*partition)?.versions.get(model)?;
            Some(state.version(model, *run)?.1.clone())
        };
        Ok(partitions.iter().map(of).collect())
    }

    fn publications(&self, models: &[&str]) -> Result<Vec<PublicationRecord>, LedgerError> {
        let state = self.state();
        let mut found: Vec<PublicationRecord> = Vec::new();
        for (partition, published) in &state.published {
            let meant = published.versions.keys().filter(|model| models.contains(&model.as_str()));
            let (partition, at) = (partition.clone(), published.at);
            found.extend(meant.map(|model| PublicationRecord {
                model: model.clone(),
                partition: partition.clone(),
                at,
            }));
        }
        found.sort_by(|one, other| (&one.model, &one.partition).cmp(&(&other.model, &other.partition)));
        Ok(found)
    }

    fn runs(&self, filter: &RunFilter) -> Result<Vec<RunRecord>, LedgerError> {
        let state = self.state();
        let found = state.runs.values().rev().filter(|run| run.passes(filter));
        Ok(found.take(filter.limit.unwrap_or(usize::MAX)).map(Run::record).collect())
    }

    fn run(&self, run: RunId) -> Result<Option<RunRecord>, LedgerError> {
        Ok(self.state().run(run).map(Run::record))
    }

    fn find(&self, text: &str) -> Result<Vec<RunRecord>, LedgerError> {
        let text = text.trim().to_ascii_lowercase();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let is_meant = |id: RunId| id.to_string().starts_with(&text) || id.short() == text;
        let state = self.state();
        Ok(state.runs.values().rev().filter(|run| is_meant(run.began.run)).map(Run::record).collect())
    }

    fn steps(&self, run: RunId) -> Result<Vec<StepRecord>, LedgerError> {
        let state = self.state();
        let steps = state.run(run).map(|run| run.steps.iter().map(|step| step.record.clone()).collect());
        Ok(steps.unwrap_or_default())
    }

    fn versions(&self, partition: &str, model: &str, limit: usize) -> Result<Vec<VersionRecord>, LedgerError> {
        let state = self.state();
        let runs = state.runs.values().rev().filter(|run| run.began.partition == partition);
        Ok(runs.filter_map(|run| run.version(model).cloned()).take(limit).collect())
    }

    fn taken(&self, partition: &str, model: &str) -> Result<SourceState, LedgerError> {
        Ok(self.state().taken.get(&(partition.to_owned(), model.to_owned())).cloned().unwrap_or_default())
    }

    fn backfills(&self, limit: usize) -> Result<Vec<BackfillRecord>, LedgerError> {
        Ok(self.state().backfills.values().rev().take(limit).map(Backfill::record).collect())
    }

    fn find_backfills(&self, text: &str) -> Result<Vec<BackfillRecord>, LedgerError> {
        let text = text.trim().to_ascii_lowercase();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let is_meant = |id: BackfillId| id.to_string().starts_with(&text) || id.short() == text;
        let state = self.state();
        let found = state.backfills.values().rev().filter(|backfill| is_meant(backfill.began.backfill));
        Ok(found.map(Backfill::record).collect())
    }

    fn ranges(&self, backfill: BackfillId) -> Result<Vec<RangeRecord>, LedgerError> {
        Ok(self.state().backfill(backfill).map(|(_, backfill)| backfill.began.ranges.clone()).unwrap_or_default())
    }

    fn begun(&self, backfill: BackfillId) -> Result<Vec<PartitionRecord>, LedgerError> {
        let state = self.state();
        let begun = state.backfill(backfill).map(|(_, backfill)| backfill.partitions.values().cloned().collect());
        Ok(begun.unwrap_or_default())
    }

    fn stop_asked(&self, backfill: BackfillId) -> Result<bool, LedgerError> {
        Ok(self.state().backfill(backfill).is_some_and(|(_, backfill)| backfill.stop_asked.is_some()))
    }

    fn needed(&self) -> Result<Vec<RunId>, LedgerError> {
        let state = self.state();
        let needed = state.needed();
        Ok(state.runs.iter().filter(|(number, _)| needed.contains(number)).map(|(_, run)| run.began.run).collect())
    }

    fn forget(&self, runs: &[RunId]) -> Result<(), LedgerError> {
        let mut state = self.state();
        let needed = state.needed();
        let numbers: BTreeMap<usize, RunId> =
            runs.iter().filter_map(|run| Some((*state.numbers.get(run)?, *run))).collect();
        if let Some((_, run)) = numbers.iter().find(|(number, _)| needed.contains(number)) {
            return Err(LedgerError::Needed { run: run.to_string() });
        }
        for (number, run) in numbers {
            state.runs.remove(&number);
            state.numbers.remove(&run);
        }
        let left: BTreeSet<BackfillId> = state.runs.values().filter_map(|run| run.began.backfill).collect();
        state.backfills.retain(|_, backfill| backfill.ended.is_none() || left.contains(&backfill.began.backfill));
        Ok(())
    }
}
