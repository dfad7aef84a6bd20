//! What is on record of runs before the one that is told of.

use chrono::{DateTime, Utc};

use crate::event::Ending;
use crate::id::RunId;
use crate::ledger::{Ledger, LedgerError, RunFilter};

/// How far one looks back for a run that was not cancelled.
const FAR: usize = 100;

/// What is on record of runs before the one that is told of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Past {
    /// How the run before it for the same data has ended; those that were cancelled say nothing and do not count.
    pub(super) before: Option<Ending>,
    /// When a run of the chain was done last, for whatever data, this one included.
    pub(super) last_success: Option<DateTime<Utc>>,
}

impl Past {
    /// Looks back from a run that has ended, for a partition (`""` for all data).
    pub(super) fn look(ledger: &dyn Ledger, partition: &str, run: RunId) -> Result<Past, LedgerError> {
        let of_partition =
            RunFilter { partition: Some(partition.to_owned()), limit: Some(FAR), ..RunFilter::default() };
        let before = ledger.runs(&of_partition)?.into_iter().skip_while(|known| known.run != run).skip(1);
        let before = before.filter_map(|known| known.ending).find(|ending| *ending != Ending::Cancelled);
        let done = RunFilter { ending: Some(Some(Ending::Done)), limit: Some(1), ..RunFilter::default() };
        let last_success = ledger.runs(&done)?.into_iter().find_map(|known| known.ended);
        Ok(Past { before, last_success })
    }
}
