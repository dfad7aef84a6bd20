//! The store in the hands of one run, and what runs before it have left.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::event::{Ending, State};
use crate::failpoint;
use crate::id::RunId;
use crate::ledger::{Entry, Ledger, RunFilter, StepDone, StepRecord};
use crate::store::{Publication, Store, StoreError};

use super::{Orchestrator, RunError};

/// The store, held by a run until this value is gone.
#[derive(Debug)]
pub(super) struct Lease {
    store: Option<Arc<dyn Store>>,
    run: RunId,
}

impl Lease {
    /// Takes the store for a run, and puts in order what runs before have left that were killed.
    pub(super) fn take(orchestrator: &Orchestrator, run: RunId) -> Result<Lease, RunError> {
        let Some(store) = &orchestrator.store else { return Ok(Lease { store: None, run }) };
        let begun = store.begin(run)?;
        let lease = Lease { store: Some(Arc::clone(store)), run };
        failpoint::reached("lease taken");
        if let Some(holder) = begun.took_over {
            log::warn!("took over from {holder}, which ended without saying so");
        }
        if let Some(ledger) = &orchestrator.ledger {
            let now = orchestrator.job.clock().now();
            settle(&**store, &**ledger, orchestrator.job.partition_key(), now)?;
        }
        Ok(lease)
    }

    /// Removes what the run has stored that is on no record, so that nobody will ever use it.
    pub(super) fn discard(&self, ledger: &dyn Ledger) {
        let Some(store) = &self.store else { return };
        let discarded =
            ledger.steps(self.run).map_err(RunError::from).and_then(|steps| discard(&**store, self.run, &steps));
        if let Err(error) = discarded {
            log::warn!("what run {} has left half-done is still there: {error}", self.run.short());
        }
    }

    /// Lets go of the store.
    pub(super) fn end(mut self) -> Result<(), StoreError> {
        self.store.take().map_or(Ok(()), |store| store.end(self.run))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(store) = self.store.take() {
            // Whatever went wrong before is the error to tell.
            let _ = store.end(self.run);
        }
    }
}

/// Brings the ledger to what is true of runs that were killed, and removes what they have left that is on no record.
///
/// What is published is what the store says: a run may be killed between the two.
fn settle(store: &dyn Store, ledger: &dyn Ledger, partition: &str, now: DateTime<Utc>) -> Result<(), RunError> {
    let publication = store.published()?;
    // Those of other partitions may well go on.
    let unended = RunFilter { ending: Some(None), partition: Some(partition.to_owned()), ..RunFilter::default() };
    for killed in ledger.runs(&unended)? {
        let steps = ledger.steps(killed.run)?;
        discard(store, killed.run, &steps)?;
        let has_published = publication.as_ref().is_some_and(|publication| publication.run == killed.run);
        let is_good = has_published && steps.iter().all(|step| step.state.is_good());
        let ending = if is_good { Ending::Done } else { Ending::Killed };
        let mut entries: Vec<Entry> = steps
            .iter()
            .filter(|step| !step.state.is_final())
            .map(|step| Entry::StepEnded(Box::new(cut_off(killed.run, &killed.partition, step, now))))
            .collect();
        entries.push(Entry::RunEnded { run: killed.run, ending, at: now });
        ledger.append(&entries)?;
    }
    publication.map_or(Ok(()), |publication| adopt(&publication, ledger, partition, now))
}

/// Removes what a run has stored that is not among what these steps of it made.
fn discard(store: &dyn Store, run: RunId, steps: &[StepRecord]) -> Result<(), RunError> {
    let recorded: Vec<&str> = steps.iter().flat_map(|step| &step.made).map(|version| version.model.as_str()).collect();
    store.remove(run, &recorded)?;
    Ok(())
}

/// A step that was not at its end when its process was killed.
fn cut_off(run: RunId, partition: &str, step: &StepRecord, at: DateTime<Utc>) -> StepDone {
    StepDone {
        run,
        partition: partition.to_owned(),
        task: step.task.clone(),
        at,
        state: State::Cancelled,
        elapsed: step.elapsed,
        why: "its process was killed".to_owned(),
        reused: None,
        rows_in: None,
        rows_out: None,
        peak_memory: None,
        reads: Vec::new(),
        made: Vec::new(),
        checks: Vec::new(),
        fingerprint: None,
        failure: None,
        blamed: None,
    }
}

/// Records what is published, where the ledger says something else.
fn adopt(publication: &Publication, ledger: &dyn Ledger, partition: &str, at: DateTime<Utc>) -> Result<(), RunError> {
    let versions: BTreeSet<(String, RunId)> =
        publication.versions.iter().map(|version| (version.model.clone(), version.run)).collect();
    let recorded: BTreeSet<(String, RunId)> =
        ledger.published(partition)?.into_iter().map(|version| (version.model, version.run)).collect();
    if versions == recorded {
        return Ok(());
    }
    let mut known = BTreeSet::new();
    for run in versions.iter().map(|(_, run)| *run).collect::<BTreeSet<RunId>>() {
        let made = ledger.steps(run)?.into_iter().flat_map(|step| step.made);
        known.extend(made.map(|version| (version.model, version.run)));
    }
    if ledger.run(publication.run)?.is_none() || !versions.is_subset(&known) {
        log::warn!(
            "the tables of run {} are published, which the ledger does not know: its last entries are lost; what they \
             told of runs again",
            publication.run.short()
        );
        return Ok(());
    }
    let versions = versions.into_iter().collect();
    ledger.append(&[Entry::Published { run: publication.run, partition: partition.to_owned(), at, versions }])?;
    Ok(())
}
