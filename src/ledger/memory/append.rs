//! What an entry changes in a ledger in memory.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};

use super::state::{Run, State, Step};
use crate::event::State as StepState;
use crate::id::RunId;
use crate::ledger::refusal::{self, Refusal, StepName};
use crate::ledger::{AttemptRecord, Attempted, Entry, RunBegan, StepDone, StepRecord};

/// Takes one entry, or changes nothing of what is on record.
pub(super) fn take(state: &mut State, entry: &Entry) -> Result<(), Refusal> {
    match entry {
        Entry::RunBegan(began) => run_began(state, began),
        Entry::StepStarted { run, task, attempt, at } => {
            let name = StepName::new(*run, task);
            let step = step_of(state, &name)?;
            if step.record.attempts.iter().any(|other| other.attempt == *attempt) {
                return Err(Refusal::AttemptTwice(name, *attempt));
            }
            let started = kept(*at);
            step.record.state = StepState::Running;
            step.record.started.get_or_insert(started);
            let (state, elapsed, failure) = (StepState::Running, Duration::ZERO, None);
            step.record.attempts.push(AttemptRecord { attempt: *attempt, started, state, elapsed, failure });
            step.record.attempts.sort_by_key(|attempt| attempt.attempt);
            Ok(())
        }
        Entry::Attempted(attempted) => attempt_ended(state, attempted),
        Entry::StepEnded(done) => step_ended(state, done),
        Entry::Published { run, partition, at: _, versions } => {
            let publisher = run_of(state, *run)?;
            refusal::check_partition(*run, &publisher.began.partition, partition)?;
            publisher.published = true;
            refusal::check_published(*run, versions)?;
            if let Some((model, run)) = versions.iter().find(|(model, run)| state.version(model, *run).is_none()) {
                return Err(Refusal::NoVersion(*run, model.clone()));
            }
            state.published.insert(partition.clone(), versions.iter().cloned().collect());
            Ok(())
        }
        Entry::RunEnded { run, ending, at } => {
            going_on(state, *run)?.ended = Some((*ending, kept(*at)));
            Ok(())
        }
    }
}

fn run_began(state: &mut State, began: &RunBegan) -> Result<(), Refusal> {
    if state.numbers.contains_key(&began.run) {
        return Err(Refusal::RunTwice(began.run));
    }
    refusal::check_began(began)?;
    let steps = began.steps.iter().map(|task| Step { record: waiting(task), done: None }).collect();
    let mut began = began.clone();
    began.at = kept(began.at);
    state.numbers.insert(began.run, state.next);
    state.runs.insert(state.next, Arc::new(Run { began, published: false, ended: None, steps }));
    state.next += 1;
    Ok(())
}

fn waiting(task: &str) -> StepRecord {
    StepRecord {
        task: task.to_owned(),
        state: StepState::Waiting,
        started: None,
        ended: None,
        elapsed: Duration::ZERO,
        why: String::new(),
        reused: None,
        rows_in: None,
        rows_out: None,
        peak_memory: None,
        attempts: Vec::new(),
        reads: Vec::new(),
        made: Vec::new(),
        failure: None,
        blamed: None,
    }
}

fn attempt_ended(state: &mut State, attempted: &Attempted) -> Result<(), Refusal> {
    let name = StepName::new(attempted.run, &attempted.task);
    let step = step_of(state, &name)?;
    refusal::check_final(attempted.run, &attempted.task, attempted.state)?;
    let goes_on =
        |attempt: &&mut AttemptRecord| attempt.attempt == attempted.attempt && attempt.state == StepState::Running;
    let Some(attempt) = step.record.attempts.iter_mut().find(goes_on) else {
        return Err(Refusal::NoAttempt(name, attempted.attempt));
    };
    attempt.state = attempted.state;
    attempt.elapsed = whole(attempted.elapsed);
    attempt.failure.clone_from(&attempted.failure);
    if !attempted.state.is_good() {
        step.record.state = StepState::Waiting;
    }
    Ok(())
}

fn step_ended(state: &mut State, done: &StepDone) -> Result<(), Refusal> {
    let name = StepName::new(done.run, &done.task);
    step_of(state, &name)?;
    let run = run_of(state, done.run)?;
    refusal::check_partition(done.run, &run.began.partition, &done.partition)?;
    refusal::check_done(done)?;
    if let Some(version) = done.made.iter().find(|version| run.version(&version.model).is_some()) {
        return Err(Refusal::VersionTwice(done.run, version.model.clone()));
    }
    let step = step_of(state, &name)?;
    let record = &mut step.record;
    record.state = done.state;
    record.ended = Some(kept(done.at));
    record.elapsed = whole(done.elapsed);
    record.why.clone_from(&done.why);
    record.reused = done.reused;
    record.rows_in = done.rows_in;
    record.rows_out = done.rows_out;
    record.peak_memory = done.peak_memory;
    record.reads.clone_from(&done.reads);
    record.made.clone_from(&done.made);
    for version in &mut record.made {
        version.at = kept(version.at);
    }
    record.failure.clone_from(&done.failure);
    record.blamed.clone_from(&done.blamed);
    step.done = done.fingerprint.clone().map(|fingerprint| (kept(done.at), fingerprint));
    if done.state == StepState::Done {
        let number = state.numbers[&done.run];
        let latest = state.latest.entry((done.partition.clone(), done.task.clone())).or_insert(number);
        *latest = number.max(*latest);
    }
    Ok(())
}

fn run_of(state: &mut State, run: RunId) -> Result<&mut Run, Refusal> {
    let number = state.numbers.get(&run).copied();
    let found = number.and_then(|number| state.runs.get_mut(&number));
    found.map(Arc::make_mut).ok_or(Refusal::NoRun(run))
}

/// A run that has not ended.
fn going_on(state: &mut State, run: RunId) -> Result<&mut Run, Refusal> {
    let found = run_of(state, run)?;
    if found.ended.is_some() { Err(Refusal::RunEnded(run)) } else { Ok(found) }
}

/// A step that has not ended, of a run that has not.
fn step_of<'s>(state: &'s mut State, name: &StepName) -> Result<&'s mut Step, Refusal> {
    let steps = &mut going_on(state, name.run)?.steps;
    match steps.iter_mut().find(|step| step.record.task == name.task) {
        None => Err(Refusal::NoStep(name.clone())),
        Some(step) if step.record.ended.is_some() => Err(Refusal::StepEnded(name.clone())),
        Some(step) => Ok(step),
    }
}

/// An instant as every ledger keeps it: to the microsecond.
fn kept(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}

/// A duration as every ledger keeps it: to the microsecond.
fn whole(elapsed: Duration) -> Duration {
    Duration::new(elapsed.as_secs(), elapsed.subsec_micros() * 1000)
}
