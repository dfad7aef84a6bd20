//! A ledger that does not take everything.

use std::sync::{Arc, Mutex};

use purvey::RunId;
use purvey::id::BackfillId;
use purvey::ledger::{
    BackfillRecord, Entry, Ledger, LedgerError, MemoryLedger, PartitionRecord, Performed, PublicationRecord,
    RangeRecord, RunFilter, RunRecord, StepRecord, VersionRecord,
};
use purvey::source::SourceState;

/// What it does about entries: takes so many of them, and refuses the others.
type Guard = dyn FnMut(&[Entry]) -> usize + Send;

/// A ledger in memory with somebody before it who refuses entries.
pub(crate) struct Guarded {
    inner: Arc<MemoryLedger>,
    guard: Mutex<Box<Guard>>,
}

impl Guarded {
    pub(crate) fn new(inner: Arc<MemoryLedger>, guard: impl FnMut(&[Entry]) -> usize + Send + 'static) -> Guarded {
        Guarded { inner, guard: Mutex::new(Box::new(guard)) }
    }
}

impl std::fmt::Debug for Guarded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guarded")
    }
}

impl Ledger for Guarded {
    fn append(&self, entries: &[Entry]) -> Result<(), LedgerError> {
        let taken = (self.guard.lock().unwrap())(entries);
        if taken > 0 {
            self.inner.append(&entries[..taken])?;
        }
        if taken == entries.len() {
            return Ok(());
        }
        Err(LedgerError::Unwritable { path: "ledger.sqlite".into(), reason: "the disk is full".to_owned() })
    }

    fn performed(&self, partition: &str, tasks: &[&str]) -> Result<Vec<Performed>, LedgerError> {
        self.inner.performed(partition, tasks)
    }

    fn published(&self, partition: &str) -> Result<Vec<VersionRecord>, LedgerError> {
        self.inner.published(partition)
    }

    fn published_of(&self, model: &str, partitions: &[&str]) -> Result<Vec<Option<VersionRecord>>, LedgerError> {
        self.inner.published_of(model, partitions)
    }

    fn publications(&self, models: &[&str]) -> Result<Vec<PublicationRecord>, LedgerError> {
        self.inner.publications(models)
    }

    fn runs(&self, filter: &RunFilter) -> Result<Vec<RunRecord>, LedgerError> {
        self.inner.runs(filter)
    }

    fn run(&self, run: RunId) -> Result<Option<RunRecord>, LedgerError> {
        self.inner.run(run)
    }

    fn find(&self, text: &str) -> Result<Vec<RunRecord>, LedgerError> {
        self.inner.find(text)
    }

    fn steps(&self, run: RunId) -> Result<Vec<StepRecord>, LedgerError> {
        self.inner.steps(run)
    }

    fn versions(&self, partition: &str, model: &str, limit: usize) -> Result<Vec<VersionRecord>, LedgerError> {
        self.inner.versions(partition, model, limit)
    }

    fn taken(&self, partition: &str, model: &str) -> Result<SourceState, LedgerError> {
        self.inner.taken(partition, model)
    }

    fn backfills(&self, limit: usize) -> Result<Vec<BackfillRecord>, LedgerError> {
        self.inner.backfills(limit)
    }

    fn find_backfills(&self, text: &str) -> Result<Vec<BackfillRecord>, LedgerError> {
        self.inner.find_backfills(text)
    }

    fn ranges(&self, backfill: BackfillId) -> Result<Vec<RangeRecord>, LedgerError> {
        self.inner.ranges(backfill)
    }

    fn begun(&self, backfill: BackfillId) -> Result<Vec<PartitionRecord>, LedgerError> {
        self.inner.begun(backfill)
    }

    fn stop_asked(&self, backfill: BackfillId) -> Result<bool, LedgerError> {
        self.inner.stop_asked(backfill)
    }

    fn needed(&self) -> Result<Vec<RunId>, LedgerError> {
        self.inner.needed()
    }

    fn forget(&self, runs: &[RunId]) -> Result<(), LedgerError> {
        self.inner.forget(runs)
    }
}
