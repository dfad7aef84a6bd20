//! Who works on the backfills of a data folder: a lock and a lease for each, as runs have them.
//!
//! Knows ids of backfills and processes; nothing of partitions, nor of what is on record.

use std::path::{Path, PathBuf};

use chrono::Utc;

use super::claim::{Claim, Terms};
use super::lease::{self, Holder, Lease};
use super::{StoreError, fs};
use crate::failpoint;
use crate::id::BackfillId;

/// The backfills of a data folder that processes work on.
///
/// ```
/// use purvey::id::BackfillId;
/// use purvey::store::Backfills;
///
/// let folder = tempfile::tempdir()?;
/// let (backfills, id) = (Backfills::of(folder.path()), BackfillId::random());
/// let hand = backfills.take(id)?.ok_or("nobody else has it")?;
/// assert!(backfills.take(id)?.is_none());
/// assert!(backfills.holder(id)?.is_some());
/// hand.end()?;
/// assert!(backfills.holder(id)?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Backfills {
    folder: PathBuf,
}

/// A backfill in the hands of the one process that works on it, until this value is gone or the process is.
#[derive(Debug)]
pub struct BackfillInHand {
    claim: Claim,
    folder: PathBuf,
}

impl Backfills {
    /// Those of this data folder. Makes nothing yet.
    #[must_use]
    pub fn of(data: &Path) -> Backfills {
        Backfills { folder: data.join(".purvey").join("backfills") }
    }

    /// Takes a backfill to work on it; `None` while another process has it.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub fn take(&self, backfill: BackfillId) -> Result<Option<BackfillInHand>, StoreError> {
        let folder = self.folder_of(backfill);
        fs::create_folder(&folder)?;
        match Claim::new(&folder, &folder, backfill.as_run(), Terms::default()) {
            Ok((claim, _)) => {
                failpoint::reached("backfill taken");
                Ok(Some(BackfillInHand { claim, folder }))
            }
            Err(StoreError::Busy { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Who works on a backfill now, as far as that can be seen; `None` where nobody does.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn holder(&self, backfill: BackfillId) -> Result<Option<Box<Lease>>, StoreError> {
        Ok(match lease::read(&self.folder_of(backfill).join("lease"))? {
            Some(Holder::Run(lease)) if lease.counts(Utc::now()) => Some(lease),
            _ => None,
        })
    }

    /// The backfills that processes have left which are plain to see gone.
    ///
    /// # Errors
    ///
    /// When they cannot be listed.
    pub fn left(&self) -> Result<Vec<BackfillId>, StoreError> {
        let mut left = Vec::new();
        for id in fs::all_names(&self.folder)?.iter().filter_map(|name| name.parse::<BackfillId>().ok()) {
            if let Some(Holder::Run(lease)) = lease::read(&self.folder_of(id).join("lease"))?
                && lease.is_over()
            {
                left.push(id);
            }
        }
        Ok(left)
    }

    /// Removes what is left of a backfill that nobody will go on with.
    ///
    /// # Errors
    ///
    /// When it cannot be removed.
    pub fn sweep(&self, backfill: BackfillId) -> Result<(), StoreError> {
        fs::remove_folder(&self.folder_of(backfill))
    }

    fn folder_of(&self, backfill: BackfillId) -> PathBuf {
        self.folder.join(backfill.to_string())
    }
}

impl BackfillInHand {
    /// Lets go of it.
    ///
    /// # Errors
    ///
    /// When that cannot be written down; it is let go of all the same.
    pub fn end(self) -> Result<(), StoreError> {
        self.claim.end()?;
        // Whoever takes it up just now has to say so in the ledger, where one of two is refused.
        fs::remove_folder(&self.folder)
    }
}
