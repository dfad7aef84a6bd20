//! The ledger: the durable record of runs, steps, attempts and versions.
//!
//! It is written while a run goes on, an [`Entry`] for each change, and is what the next run plans from. Knows names,
//! numbers, times and fingerprints; not tasks, models or stores, nor which partitions
//! there are.

use std::fmt;

use crate::id::{BackfillId, RunId};
use crate::source::SourceState;

mod back;
mod backfill;
mod entry;
mod error;
mod memory;
mod record;
mod refusal;
mod sqlite;
#[cfg(test)]
mod tests;

pub(crate) use back::versions_back;
pub use backfill::{BackfillRecord, PartitionRecord, Picked, RangeRecord};
pub use entry::{Attempted, BackfillBegan, Entry, RunBegan, StepDone};
pub use error::LedgerError;
pub use memory::MemoryLedger;
pub use record::{
    AttemptRecord, Performed, PublicationRecord, ReadRecord, RunFilter, RunRecord, StepRecord, VersionRecord,
};
pub use sqlite::SqliteLedger;

/// A durable record of what runs have done.
///
/// Of one partition one run at a time appends (the store's lease sees to that). Runs of several partitions may append at the
/// same time, from threads of one process or from several processes: each list of entries comes after another as a whole.
/// Anybody may read at any moment. Runs are in the order in which they were written down, whatever the clock says. Times and
/// durations are kept to the microsecond.
pub trait Ledger: Send + Sync + fmt::Debug {
    /// Writes entries down, all or none; they are durable when this returns.
    ///
    /// An entry must be possible after those on record: runs and attempts that began end once, a step that is done has a
    /// fingerprint, only versions on record are published, and so on.
    ///
    /// # Errors
    ///
    /// When they cannot be written, or one of them is not possible; then none is.
    fn append(&self, entries: &[Entry]) -> Result<(), LedgerError>;

    /// What was last done of each of these tasks in a partition (`""` where a chain has none): its last step that was
    /// done, and the step whose versions are published, where it is another one. In the order of the names; of one task,
    /// the last first. Tasks that never got done are left out. Takes time by the number of tasks, not of runs.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn performed(&self, partition: &str, tasks: &[&str]) -> Result<Vec<Performed>, LedgerError>;

    /// The versions that are published in a partition, in the order of the models' names.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn published(&self, partition: &str) -> Result<Vec<VersionRecord>, LedgerError>;

    /// What is published of a model in each of these partitions, in their order; `None` where nothing is.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn published_of(&self, model: &str, partitions: &[&str]) -> Result<Vec<Option<VersionRecord>>, LedgerError>;

    /// In which partitions these models are published, and since when: in the order of their names, then of the partitions'.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn publications(&self, models: &[&str]) -> Result<Vec<PublicationRecord>, LedgerError>;

    /// The runs that a filter lets through, the last first.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn runs(&self, filter: &RunFilter) -> Result<Vec<RunRecord>, LedgerError>;

    /// A run.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn run(&self, run: RunId) -> Result<Option<RunRecord>, LedgerError>;

    /// The runs whose id is this text or begins with it, and those whose [short](RunId::short) form it is, the last first.
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

    /// The versions of a model that are on record for a partition, of the last run first, at most so many.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn versions(&self, partition: &str, model: &str, limit: usize) -> Result<Vec<VersionRecord>, LedgerError>;

    /// The files of which rows of a source were ever published in a partition, in the order of their digests; for a table of a
    /// database that is read from a watermark on, that. What is published when a run is forgotten stays here.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn taken(&self, partition: &str, model: &str) -> Result<SourceState, LedgerError>;

    /// The backfills, the last first, at most so many.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn backfills(&self, limit: usize) -> Result<Vec<BackfillRecord>, LedgerError>;

    /// The backfills whose id is this text or begins with it, and those whose [short](BackfillId::short) form it is, the last
    /// first.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn find_backfills(&self, text: &str) -> Result<Vec<BackfillRecord>, LedgerError>;

    /// The partitions that a backfill is to run, in order of the partitions.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn ranges(&self, backfill: BackfillId) -> Result<Vec<RangeRecord>, LedgerError>;

    /// The partitions that a backfill has begun, in the order of their keys.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn begun(&self, backfill: BackfillId) -> Result<Vec<PartitionRecord>, LedgerError>;

    /// Whether somebody wants a backfill to begin no further run. Takes the same time however much it has done.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn stop_asked(&self, backfill: BackfillId) -> Result<bool, LedgerError>;

    /// The runs that [`performed`](Ledger::performed) may tell of, for any task and partition, and those of which a
    /// version is published: what must not be forgotten. In the order they began.
    ///
    /// A run that goes on may not be among them: whether its process lives is not known here.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    fn needed(&self) -> Result<Vec<RunId>, LedgerError>;

    /// Forgets runs with all that is recorded of them, all or none, and gives the room back. Those that are not on record
    /// are forgotten already. A backfill that has ended is forgotten once it has no run on record, also where no run is named
    /// here.
    ///
    /// # Errors
    ///
    /// When one of them is needed, or the ledger cannot be written.
    fn forget(&self, runs: &[RunId]) -> Result<(), LedgerError>;
}
