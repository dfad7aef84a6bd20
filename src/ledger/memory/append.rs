//! What an entry changes in a ledger in memory.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};

use super::backfills;
use super::state::{Published, Run, State, Step};
use super::undo::Pen;
use crate::event::State as StepState;
use crate::id::RunId;
use crate::ledger::refusal::{self, Refusal, StepName};
use crate::ledger::{AttemptRecord, Attempted, Entry, RunBegan, StepDone, StepRecord};

/// Takes one entry, or changes nothing of what is on record.
pub(super) fn take(pen: &mut Pen<'_>, entry: &Entry) -> Result<(), Refusal> {
    match entry {
        Entry::RunBegan(began) => run_began(pen, began),
        Entry::StepStarted { run, task, attempt, at } => {
            let (number, place) = step_of(pen.state(), *run, task)?;
            let step = pen.step(number, place);
            if step.record.attempts.iter().any(|other| other.attempt == *attempt) {
                return Err(Refusal::AttemptTwice(StepName::new(*run, task), *attempt));
            }
            let started = kept(*at);
            step.record.state = StepState::Running;
            step.record.started.get_or_insert(started);
            let (state, elapsed, failure) = (StepState::Running, Duration::ZERO, None);
            step.record.attempts.push(AttemptRecord { attempt: *attempt, started, state, elapsed, failure });
            step.record.attempts.sort_by_key(|attempt| attempt.attempt);
            Ok(())
        }
        Entry::Attempted(attempted) => attempt_ended(pen, attempted),
        Entry::StepEnded(done) => step_ended(pen, done),
        Entry::Published { run, partition, at, versions } => {
            let number = run_of(pen.state(), *run)?;
            refusal::check_partition(*run, &pen.state().runs[&number].began.partition, partition)?;
            refusal::check_published(*run, versions)?;
            if let Some((model, run)) = versions.iter().find(|(model, run)| pen.state().version(model, *run).is_none())
            {
                return Err(Refusal::NoVersion(*run, model.clone()));
            }
            pen.run(number).published = true;
            let versions = versions.iter().cloned().collect();
            pen.publish(partition, Published { at: kept(*at), versions });
            Ok(())
        }
        Entry::RunEnded { run, ending, at } => {
            let number = going_on(pen.state(), *run)?;
            pen.run(number).ended = Some((*ending, kept(*at)));
            backfills::run_ended(pen, number, *ending, *at);
            Ok(())
        }
        about_a_backfill => backfills::take(pen, about_a_backfill),
    }
}

fn run_began(pen: &mut Pen<'_>, began: &RunBegan) -> Result<(), Refusal> {
    if pen.state().numbers.contains_key(&began.run) {
        return Err(Refusal::RunTwice(began.run));
    }
    refusal::check_began(began)?;
    let steps = began.steps.iter().map(|task| Step { record: StepRecord::waiting(task.clone()), done: None }).collect();
    let places = began.steps.iter().enumerate().map(|(place, task)| (task.clone(), place)).collect();
    let mut began = began.clone();
    began.at = kept(began.at);
    backfills::run_began(pen, &began)?;
    pen.add_run(Run { began, published: false, ended: None, steps, places, made: HashMap::new() });
    Ok(())
}

fn attempt_ended(pen: &mut Pen<'_>, attempted: &Attempted) -> Result<(), Refusal> {
    let (number, place) = step_of(pen.state(), attempted.run, &attempted.task)?;
    refusal::check_final(attempted.run, &attempted.task, attempted.state)?;
    let step = pen.step(number, place);
    let goes_on =
        |attempt: &&mut AttemptRecord| attempt.attempt == attempted.attempt && attempt.state == StepState::Running;
    let Some(attempt) = step.record.attempts.iter_mut().find(goes_on) else {
        return Err(Refusal::NoAttempt(StepName::new(attempted.run, &attempted.task), attempted.attempt));
    };
    attempt.state = attempted.state;
    attempt.elapsed = whole(attempted.elapsed);
    attempt.failure.clone_from(&attempted.failure);
    if !attempted.state.is_good() {
        step.record.state = StepState::Waiting;
    }
    Ok(())
}

fn step_ended(pen: &mut Pen<'_>, done: &StepDone) -> Result<(), Refusal> {
    let (number, place) = step_of(pen.state(), done.run, &done.task)?;
    let run = &pen.state().runs[&number];
    refusal::check_partition(done.run, &run.began.partition, &done.partition)?;
    refusal::check_done(done)?;
    if let Some(version) = done.made.iter().find(|version| run.made.contains_key(&version.model)) {
        return Err(Refusal::VersionTwice(done.run, version.model.clone()));
    }
    let step = pen.step(number, place);
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
    record.checks.clone_from(&done.checks);
    record.failure.clone_from(&done.failure);
    record.blamed.clone_from(&done.blamed);
    step.done = done.fingerprint.clone().map(|fingerprint| (kept(done.at), fingerprint));
    done.made.iter().for_each(|version| pen.add_version(number, &version.model, place));
    if done.state == StepState::Done {
        let key = (done.partition.clone(), done.task.clone());
        let latest = pen.state().latest.get(&key).map_or(number, |latest| number.max(*latest));
        pen.set_latest(key, latest);
    }
    Ok(())
}

/// The number of a run.
fn run_of(state: &State, run: RunId) -> Result<usize, Refusal> {
    state.numbers.get(&run).copied().ok_or(Refusal::NoRun(run))
}

/// The number of a run that has not ended.
fn going_on(state: &State, run: RunId) -> Result<usize, Refusal> {
    let number = run_of(state, run)?;
    if state.runs[&number].ended.is_some() { Err(Refusal::RunEnded(run)) } else { Ok(number) }
}

/// The number of the run and the place of a step that has not ended, of a run that has not.
fn step_of(state: &State, run: RunId, task: &str) -> Result<(usize, usize), Refusal> {
    let number = going_on(state, run)?;
    let found = &state.runs[&number];
    match found.places.get(task) {
        None => Err(Refusal::NoStep(StepName::new(run, task))),
        Some(place) if found.steps[*place].record.ended.is_some() => Err(Refusal::StepEnded(StepName::new(run, task))),
        Some(place) => Ok((number, *place)),
    }
}

/// An instant as every ledger keeps it: to the microsecond.
pub(super) fn kept(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}

/// A duration as every ledger keeps it: to the microsecond.
fn whole(elapsed: Duration) -> Duration {
    Duration::new(elapsed.as_secs(), elapsed.subsec_micros() * 1000)
}
