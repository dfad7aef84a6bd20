//! Forgets old runs, and removes what they have left.
//!
//! A run is forgotten in the ledger first, and its files are removed after that: whatever is told of is there, and the
//! files of a run that is on no record, as one that was killed in between leaves them, are removed the next time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::id::RunId;
use crate::ledger::{Ledger, RunFilter, RunRecord};
use crate::store::Holder;

use super::lease::Lease;
use super::{Orchestrator, RunError, growth};

#[cfg(test)]
mod tests;

/// Which runs are kept. A run is forgotten when all that is said here allows it; what is published, and what the next
/// run builds on, is kept in any case.
///
/// ```
/// use purvey::session::Keep;
///
/// // The last 30 runs, and all of the last 90 days.
/// let keep = Keep { runs: Some(30), days: Some(90) };
/// assert_ne!(keep, Keep::default()); // which keeps all of them
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// The last so many runs.
    pub runs: Option<usize>,
    /// The runs that began in the last so many days.
    pub days: Option<u32>,
}

impl Keep {
    /// Whether what began at a time, and is at this place, counted from the last one, is kept.
    pub(crate) fn holds(&self, place: usize, began: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let is_recent = |days: u32| now.signed_duration_since(began) < TimeDelta::days(days.into());
        let says_nothing = self.runs.is_none() && self.days.is_none();
        says_nothing || self.runs.is_some_and(|runs| place < runs) || self.days.is_some_and(is_recent)
    }
}

/// What was forgotten and removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// The runs that were forgotten, the last first.
    pub runs: Vec<RunId>,
    /// The runs on no record whose files were removed.
    pub leftovers: Vec<RunId>,
    /// How many versions of the forgotten runs were stored.
    pub versions: u64,
    /// The bytes that were given back.
    pub bytes: u64,
}

impl Swept {
    /// Whether there was nothing to forget or remove.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.leftovers.is_empty()
    }
}

impl Orchestrator {
    /// Forgets old runs, and removes their files and those of runs that are on no record. What a plan decides is the
    /// same before and after. Without a ledger, nothing is done.
    ///
    /// # Errors
    ///
    /// When another run has the store, or store or ledger cannot be changed.
    pub fn gc(&self, keep: &Keep) -> Result<Swept, RunError> {
        // Where nothing is to be done, nobody is kept from running.
        let (Some(ledger), false) = (&self.ledger, self.would_gc(keep)?.is_empty()) else {
            return Ok(Swept::default());
        };
        let lease = Lease::take(self, RunId::random())?;
        let mut swept = self.would_gc(keep)?;
        ledger.forget(&swept.runs)?;
        swept.bytes = 0;
        for run in swept.runs.iter().chain(&swept.leftovers) {
            if let Some(store) = &self.store {
                swept.bytes += store.remove(*run, &[])?;
            }
        }
        lease.end()?;
        Ok(swept)
    }

    /// What [`gc`](Orchestrator::gc) would do, as things stand. Changes nothing, and goes on beside a run.
    ///
    /// # Errors
    ///
    /// When store or ledger cannot be read.
    pub fn would_gc(&self, keep: &Keep) -> Result<Swept, RunError> {
        let Some(ledger) = &self.ledger else { return Ok(Swept::default()) };
        // Read before the ledger: what begins meanwhile is then on record.
        let (kept, holder, publication) = match &self.store {
            Some(store) => (store.kept()?, store.holder()?, store.published()?),
            None => (Vec::new(), None, None),
        };
        let kept: BTreeMap<RunId, u64> = kept.into_iter().collect();
        let mut needed: BTreeSet<RunId> = ledger.needed()?.into_iter().collect();
        needed.extend(self.grown_from(&**ledger)?);
        if let Some(publication) = publication {
            needed.insert(publication.run);
            needed.extend(publication.versions.iter().map(|version| version.run));
        }
        let goes_on = |run: &RunRecord| match &holder {
            Some(Holder::Run(lease)) => run.ending.is_none() && lease.run == run.run,
            Some(Holder::Unknown) => run.ending.is_none(),
            None => false,
        };
        let now = self.job.clock().now();
        let partition = Some(self.job.partition_key().to_owned());
        let recorded = ledger.runs(&RunFilter { partition, ..RunFilter::default() })?;
        let old = recorded
            .iter()
            .enumerate()
            .filter(|(place, run)| !keep.holds(*place, run.began, now) && !needed.contains(&run.run) && !goes_on(run));
        let runs: Vec<RunId> = old.map(|(_, run)| run.run).collect();
        let on_record: BTreeSet<RunId> = recorded.iter().map(|run| run.run).collect();
        let is_left_over = |run: &&RunId| !on_record.contains(run) && !needed.contains(run);
        let leftovers: Vec<RunId> = kept.keys().filter(is_left_over).copied().collect();
        let bytes = runs.iter().chain(&leftovers).filter_map(|run| kept.get(run)).sum();
        let versions = stored_versions(&**ledger, runs.iter().filter(|run| kept.contains_key(run)))?;
        Ok(Swept { runs, leftovers, versions, bytes })
    }
}

impl Orchestrator {
    /// The runs that have made what published models have grown from: the same input may be put in over again.
    fn grown_from(&self, ledger: &dyn Ledger) -> Result<BTreeSet<RunId>, RunError> {
        let partition = self.job.partition_key();
        let tasks: Vec<&str> = self.tasks.entries().iter().map(|entry| entry.task.name()).collect();
        let mut runs = BTreeSet::new();
        for done in ledger.performed(partition, &tasks)?.iter().filter(|done| done.published) {
            for made in &done.made {
                if let Some(digest) = done.fingerprint.inputs.get(&made.model) {
                    for version in growth::grown_from(ledger, partition, &made.model, *digest) {
                        runs.insert(version?.run);
                    }
                }
            }
        }
        Ok(runs)
    }
}

/// How many versions of these runs are stored.
fn stored_versions<'r>(ledger: &dyn Ledger, runs: impl Iterator<Item = &'r RunId>) -> Result<u64, RunError> {
    let mut versions = 0;
    for run in runs {
        let steps = ledger.steps(*run)?;
        versions += steps.iter().flat_map(|step| &step.made).filter(|made| made.file.is_some()).count() as u64;
    }
    Ok(versions)
}
