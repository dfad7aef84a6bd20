//! The ledger: the durable record of runs, steps, attempts and versions.
//!
//! It is written while a run goes on, an [`Entry`] for each change, and is what the next run plans from. Knows names,
//! numbers, times and fingerprints; not tasks, models or stores.

use std::fmt;

use crate::id::RunId;

mod entry;
mod error;
mod memory;
mod record;
mod sqlite;
#[cfg(test)]
mod tests;

pub use entry::{Attempted, Entry, RunBegan, StepDone};
pub use error::LedgerError;
pub use memory::MemoryLedger;
pub use record::{AttemptRecord, Performed, ReadRecord, RunFilter, RunRecord, StepRecord, VersionRecord};
pub use sqlite::SqliteLedger;

/// A durable record of what runs have done.
///
/// One process appends at a time (the store's lease sees to that); others may read at any moment.
pub trait Ledger: Send + Sync + fmt::Debug {
    /// Writes entries down, all or none; they are durable when this returns.
    ///
    /// # Errors
    ///
    /// When they cannot be written; then none is.
    fn append(&self, entries: &[Entry]) -> Result<(), LedgerError>;

    /// What was last done of each of these tasks in a partition (`""` where a chain has none): its last step that was
    /// done, and before that, where it is another one, the step whose versions are published. Tasks that never got
    /// done are left out. Takes time by the number of tasks, not of runs.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn performed(&self, partition: &str, tasks: &[&str]) -> Result<Vec<Performed>, LedgerError>;

    /// The versions that are published in a partition, by name of model.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn published(&self, partition: &str) -> Result<Vec<VersionRecord>, LedgerError>;

    /// The runs that a filter lets through, the last first.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn runs(&self, filter: &RunFilter) -> Result<Vec<RunRecord>, LedgerError>;

    /// The runs whose id is this text, or ends or begins with it.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn find(&self, text: &str) -> Result<Vec<RunRecord>, LedgerError>;

    /// The steps of a run, in the order they are planned, with attempts and versions.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn steps(&self, run: RunId) -> Result<Vec<StepRecord>, LedgerError>;

    /// The versions of a model that are on record, the last first, at most so many.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn versions(&self, model: &str, limit: usize) -> Result<Vec<VersionRecord>, LedgerError>;

    /// The runs that [`performed`](Ledger::performed) may tell of, for any task and partition, and those of which a
    /// version is published: what must not be forgotten.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn needed(&self) -> Result<Vec<RunId>, LedgerError>;

    /// Forgets runs with all that is recorded of them, and gives the room back.
    ///
    /// # Errors
    ///
    /// When one of them is needed, or the ledger cannot be written.
    fn forget(&self, runs: &[RunId]) -> Result<(), LedgerError>;
}
