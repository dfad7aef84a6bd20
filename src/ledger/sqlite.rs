//! A ledger in a SQLite file.
//!
//! Knows how entries are kept in tables, and when a file is no ledger. The stored words are its own ([`words`]), so
//! that the live types can change.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::{
    BackfillRecord, Entry, Ledger, LedgerError, PartitionRecord, Performed, PublicationRecord, RangeRecord, RunFilter,
    RunRecord, StepRecord, VersionRecord,
};
use crate::id::{BackfillId, RunId};
use crate::source::SourceState;

mod append;
mod backfills;
mod checks;
mod fault;
mod file;
mod forget;
mod known;
mod lineages;
mod marks;
mod parts;
mod performed;
#[cfg(test)]
mod plans;
mod published;
mod rows;
mod runs;
mod steps;
mod taken;
mod truncated;
mod words;

use fault::Fault;
use file::{Access, Open};
use known::Known;

/// How long a process waits for another one that writes. A transaction takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// A [`Ledger`] in a SQLite file, which the first entry makes.
///
/// The file is made under another name and renamed when it is whole, so what has its name and cannot be read as a ledger
/// is damaged or foreign. It is then left as it is, and never taken for empty.
///
/// ```
/// use purvey::ledger::{Ledger, RunFilter, SqliteLedger};
///
/// let folder = tempfile::tempdir()?;
/// let ledger = SqliteLedger::at(folder.path().join("ledger.sqlite"));
/// assert!(ledger.runs(&RunFilter::default())?.is_empty());
/// assert!(!ledger.path().exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SqliteLedger {
    path: PathBuf,
    pub(super) patience: Duration,
    open: Mutex<Option<Open>>,
}

impl SqliteLedger {
    /// The ledger in this file, which need not be there. Opens nothing yet.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> SqliteLedger {
        SqliteLedger { path: path.into(), patience: PATIENCE, open: Mutex::new(None) }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads in one transaction, so that all that is read is of one moment. Without a file there is nothing to read.
    fn read<T: Default>(&self, read: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, LedgerError> {
        let mut open = self.open();
        let ask = || {
            if open.is_none() {
                *open = file::open(&self.path, Access::Read, self.patience)?;
            }
            let Some(ready) = open.as_mut() else { return Ok(T::default()) };
            let transaction = ready.connection.transaction()?;
            let answer = read(&transaction)?;
            transaction.finish()?;
            if ready.access == Access::ReadOnce {
                *open = None;
            }
            Ok(answer)
        };
        ask().map_err(|fault: Fault| fault.reading(&self.path))
    }

    /// Writes in one transaction, and makes the file where there is none.
    fn write(&self, write: impl FnOnce(&Connection, &mut Known) -> Result<(), Fault>) -> Result<(), LedgerError> {
        let mut open = self.open();
        let tell = || {
            let Open { connection, known, .. } = self.to_write(&mut open)?;
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            // What is known is put back only when it is true: after an error, or a panic, nothing is.
            let mut now = std::mem::take(known);
            now.renew(&transaction)?;
            write(&transaction, &mut now)?;
            transaction.commit()?;
            *known = now;
            Ok(())
        };
        tell().map_err(|fault: Fault| fault.writing(&self.path))
    }

    /// Has rows removed with those they refer to, or not.
    fn refer(&self, does: bool) -> Result<(), LedgerError> {
        let mut open = self.open();
        let mut set = || Ok(self.to_write(&mut open)?.connection.pragma_update(None, "foreign_keys", does)?);
        set().map_err(|fault: Fault| fault.writing(&self.path))
    }

    fn to_write<'o>(&self, open: &'o mut Option<Open>) -> Result<&'o mut Open, Fault> {
        let ready = match open.take() {
            Some(open) if open.access == Access::Write => open,
            reading => {
                // Two connections of one process to one file are fine; but one is enough.
                drop(reading);
                file::open_or_create(&self.path, self.patience)?
            }
        };
        Ok(open.insert(ready))
    }

    fn open(&self) -> MutexGuard<'_, Option<Open>> {
        // A transaction that a panic has cut short is rolled back when it is dropped.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger for SqliteLedger {
    fn append(&self, entries: &[Entry]) -> Result<(), LedgerError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.write(|transaction, known| append::take(transaction, known, entries))
    }

    fn performed(&self, partition: &str, tasks: &[&str]) -> Result<Vec<Performed>, LedgerError> {
        self.read(|transaction| performed::performed(transaction, partition, tasks))
    }

    fn published(&self, partition: &str) -> Result<Vec<VersionRecord>, LedgerError> {
        self.read(|transaction| steps::published(transaction, partition))
    }

    fn published_of(&self, model: &str, partitions: &[&str]) -> Result<Vec<Option<VersionRecord>>, LedgerError> {
        let mut found = self.read(|transaction| steps::published_of(transaction, model, partitions))?;
        // Nothing is read of a file that is not there.
        found.resize(partitions.len(), None);
        Ok(found)
    }

    fn publications(&self, models: &[&str]) -> Result<Vec<PublicationRecord>, LedgerError> {
        self.read(|transaction| published::publications(transaction, models))
    }

    fn runs(&self, filter: &RunFilter) -> Result<Vec<RunRecord>, LedgerError> {
        self.read(|transaction| runs::runs(transaction, filter))
    }

    fn run(&self, run: RunId) -> Result<Option<RunRecord>, LedgerError> {
        self.read(|transaction| runs::run(transaction, run))
    }

    fn find(&self, text: &str) -> Result<Vec<RunRecord>, LedgerError> {
        self.read(|transaction| runs::find(transaction, text))
    }

    fn steps(&self, run: RunId) -> Result<Vec<StepRecord>, LedgerError> {
        self.read(|transaction| steps::steps(transaction, run))
    }

    fn versions(&self, partition: &str, model: &str, limit: usize) -> Result<Vec<VersionRecord>, LedgerError> {
        self.read(|transaction| steps::versions(transaction, partition, model, limit))
    }

    fn taken(&self, partition: &str, model: &str) -> Result<SourceState, LedgerError> {
        self.read(|transaction| taken::taken(transaction, partition, model))
    }

    fn backfills(&self, limit: usize) -> Result<Vec<BackfillRecord>, LedgerError> {
        self.read(|transaction| backfills::backfills(transaction, limit))
    }

    fn find_backfills(&self, text: &str) -> Result<Vec<BackfillRecord>, LedgerError> {
        self.read(|transaction| backfills::find(transaction, text))
    }

    fn ranges(&self, backfill: BackfillId) -> Result<Vec<RangeRecord>, LedgerError> {
        self.read(|transaction| backfills::ranges(transaction, backfill))
    }

    fn begun(&self, backfill: BackfillId) -> Result<Vec<PartitionRecord>, LedgerError> {
        self.read(|transaction| backfills::begun(transaction, backfill))
    }

    fn stop_asked(&self, backfill: BackfillId) -> Result<bool, LedgerError> {
        self.read(|transaction| backfills::stop_asked(transaction, backfill))
    }

    fn needed(&self) -> Result<Vec<RunId>, LedgerError> {
        self.read(forget::needed)
    }

    fn forget(&self, runs: &[RunId]) -> Result<(), LedgerError> {
        if !file::is_there(&self.path).map_err(|fault| fault.reading(&self.path))? {
            return Ok(());
        }
        self.refer(true)?;
        let forgotten = self.write(|transaction, known| forget::forget(transaction, known, runs));
        self.refer(false)?;
        forgotten?;
        let mut open = self.open();
        let mut shrink = || forget::give_back(&self.to_write(&mut open)?.connection);
        shrink().map_err(|fault: Fault| fault.writing(&self.path))
    }
}
