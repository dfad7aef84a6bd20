//! Which entries no ledger takes: those that cannot be true, given what is on record.
//!
//! One set of rules and words for every ledger, so that a mistake of the run loop is found by the tests that run in
//! memory, and not by the file of a user.

use std::collections::HashSet;
use std::fmt;

use super::{RunBegan, StepDone};
use crate::event::State;
use crate::id::{BackfillId, RunId};

/// A step, by run and task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StepName {
    pub(super) run: RunId,
    pub(super) task: String,
}

impl StepName {
    pub(super) fn new(run: RunId, task: &str) -> StepName {
        StepName { run, task: task.to_owned() }
    }
}

impl fmt::Display for StepName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task `{}` of run {}", self.task, self.run)
    }
}

/// Why an entry is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("run {0} is not on record")]
    NoRun(RunId),
    #[error("run {0} is on record already")]
    RunTwice(RunId),
    #[error("run {0} has ended already")]
    RunEnded(RunId),
    #[error("{0} is in its list of steps twice")]
    TaskTwice(StepName),
    #[error("{0} is not in its list of steps")]
    NoStep(StepName),
    #[error("{0} has ended already")]
    StepEnded(StepName),
    #[error("{0} has attempt {1} already")]
    AttemptTwice(StepName, u32),
    #[error("{0} has no attempt {1} that goes on")]
    NoAttempt(StepName, u32),
    #[error("{0} cannot end as `{1}`")]
    NotFinal(StepName, State),
    #[error("{0} is done, and has no fingerprint")]
    NoFingerprint(StepName),
    #[error("{0} ended as `{1}`, so it can have neither fingerprint nor versions")]
    NotDone(StepName, State),
    #[error("{step} cannot have made the version of model `{model}` that run {run} made by task `{task}`")]
    NotItsOwn { step: StepName, model: String, run: RunId, task: String },
    #[error("run {run} is for partition `{ours}`, not for `{theirs}`")]
    Partition { run: RunId, ours: String, theirs: String },
    #[error("model `{1}` has a version by run {0} already")]
    VersionTwice(RunId, String),
    #[error("model `{1}` has no version by run {0}")]
    NoVersion(RunId, String),
    #[error("run {0} publishes model `{1}` twice at once")]
    PublishedTwice(RunId, String),
    #[error("backfill {0} is not on record")]
    NoBackfill(BackfillId),
    #[error("backfill {0} is on record already")]
    BackfillTwice(BackfillId),
    #[error("backfill {0} has ended already")]
    BackfillEnded(BackfillId),
    #[error("backfill {0} is gone on with already by process {1} of those that worked on it")]
    SittingTaken(BackfillId, u32),
}

/// Whether a run can have begun so.
pub(super) fn check_began(began: &RunBegan) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    match began.steps.iter().find(|task| !seen.insert(task.as_str())) {
        Some(task) => Err(Refusal::TaskTwice(StepName::new(began.run, task))),
        None => Ok(()),
    }
}

/// Whether the process that wants to go on with a backfill is the next one, after so many.
pub(super) fn check_sitting(backfill: BackfillId, sittings: u32, next: u32) -> Result<(), Refusal> {
    if sittings.checked_add(1) == Some(next) { Ok(()) } else { Err(Refusal::SittingTaken(backfill, sittings)) }
}

/// Whether an entry of a run is for the run's own partition.
pub(super) fn check_partition(run: RunId, ours: &str, theirs: &str) -> Result<(), Refusal> {
    if ours == theirs {
        return Ok(());
    }
    Err(Refusal::Partition { run, ours: ours.to_owned(), theirs: theirs.to_owned() })
}

/// Whether a step or an attempt can end so.
pub(super) fn check_final(run: RunId, task: &str, state: State) -> Result<(), Refusal> {
    if state.is_final() { Ok(()) } else { Err(Refusal::NotFinal(StepName::new(run, task), state)) }
}

/// Whether a step can have ended so, whatever is on record.
pub(super) fn check_done(done: &StepDone) -> Result<(), Refusal> {
    let step = || StepName::new(done.run, &done.task);
    check_final(done.run, &done.task, done.state)?;
    if done.state != State::Done {
        let nothing = done.fingerprint.is_none() && done.made.is_empty();
        return if nothing { Ok(()) } else { Err(Refusal::NotDone(step(), done.state)) };
    }
    if done.fingerprint.is_none() {
        return Err(Refusal::NoFingerprint(step()));
    }
    for (position, version) in done.made.iter().enumerate() {
        if version.run != done.run || version.task != done.task {
            let (model, run, task) = (version.model.clone(), version.run, version.task.clone());
            return Err(Refusal::NotItsOwn { step: step(), model, run, task });
        }
        if done.made[..position].iter().any(|other| other.model == version.model) {
            return Err(Refusal::VersionTwice(done.run, version.model.clone()));
        }
    }
    Ok(())
}

/// Whether a run can publish these versions, whatever is on record.
pub(super) fn check_published(run: RunId, versions: &[(String, RunId)]) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    match versions.iter().find(|(model, _)| !seen.insert(model)) {
        Some((model, _)) => Err(Refusal::PublishedTwice(run, model.clone())),
        None => Ok(()),
    }
}
