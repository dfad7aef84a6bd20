//! What entries mean for a ledger: whether they are possible, and what they change.
//!
//! What several entries of one list say of a step is written once, when the step has ended or the list has. How rows
//! are written stands in [`rows`](super::rows).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::backfills;
use super::fault::Fault;
use super::known::{Known, Steps};
use super::parts::put_tasks;
use super::rows::{Place, Rows};
use super::taken;
use super::words::{ending_word, list_text, time_text};
use crate::event::State;
use crate::id::RunId;
use crate::ledger::refusal::{self, Refusal, StepName};
use crate::ledger::{Attempted, Entry, RunBegan, StepDone};

/// The number from which on no step has one, nor may get one.
const NEXT_STEP: &str = "SELECT max(
    coalesce((SELECT first_step + steps FROM runs JOIN task_lists USING (task_list) ORDER BY run DESC LIMIT 1), 1),
    coalesce((SELECT max(step) + 1 FROM steps), 1)
)";

/// Takes entries, in a transaction during which what is known is true.
pub(super) fn take(to: &Connection, known: &mut Known, entries: &[Entry]) -> Result<(), Fault> {
    let mut page = Page { to, known, rows: Rows::new(to), notes: BTreeMap::new() };
    entries.iter().try_for_each(|entry| page.take(entry))?;
    page.finish()
}

/// What a list of entries changes, as far as it is not written yet.
struct Page<'c, 'e> {
    to: &'c Connection,
    known: &'c mut Known,
    rows: Rows<'c>,
    /// By the number of the step.
    notes: BTreeMap<i64, Note<'e>>,
}

/// What is to be written of a step that has not ended.
#[derive(Default)]
struct Note<'e> {
    /// The run, where the row of the step is, its state and when it was started, where they have changed.
    changed: Option<(RunId, Place<'e>, State, Option<DateTime<Utc>>)>,
    attempts: Vec<Attempt<'e>>,
}

/// An attempt that began in this list.
struct Attempt<'e> {
    attempt: u32,
    started: DateTime<Utc>,
    ended: Option<&'e Attempted>,
}

impl<'e> Page<'_, 'e> {
    fn take(&mut self, entry: &'e Entry) -> Result<(), Fault> {
        match entry {
            Entry::RunBegan(began) => self.run_began(began),
            Entry::StepStarted { run, task, attempt, at } => self.started(*run, task, *attempt, *at),
            Entry::Attempted(attempted) => self.attempted(attempted),
            Entry::StepEnded(done) => self.step_ended(done),
            Entry::Published { run, partition, at, versions } => {
                let publisher = self.known.runs.run(self.to, *run)?;
                refusal::check_partition(*run, &publisher.partition, partition)?;
                refusal::check_published(*run, versions)?;
                publish(self.to, publisher.number, partition, &time_text(*at), versions)
            }
            Entry::RunEnded { run, ending, at } => {
                let number = self.known.runs.going_on(self.to, *run)?.number;
                // It must be written before what is known of it is forgotten.
                self.write_notes()?;
                self.to.prepare_cached("UPDATE runs SET ended = ?2, ending = ?3 WHERE run = ?1")?.execute(params![
                    number,
                    time_text(*at),
                    ending_word(*ending)
                ])?;
                backfills::run_ended(self.to, number, *ending, *at)?;
                self.known.ended(*run);
                Ok(())
            }
            about_a_backfill => backfills::take(self.to, about_a_backfill),
        }
    }

    fn run_began(&mut self, began: &RunBegan) -> Result<(), Fault> {
        let taken = self
            .to
            .prepare_cached("SELECT run FROM runs WHERE id = ?")?
            .query_row([began.run.to_string()], |row| row.get::<_, i64>(0))
            .optional()?;
        if taken.is_some() {
            return Err(Refusal::RunTwice(began.run).into());
        }
        refusal::check_began(began)?;
        let tasks = put_tasks(self.to, &began.steps, &mut self.known.shared)?;
        let first: i64 = self.to.prepare_cached(NEXT_STEP)?.query_row([], |row| row.get(0))?;
        let number = self
            .to
            .prepare_cached(
                "INSERT INTO runs (id, chain, partition, began, host, process, request, resumes, task_list, first_step,
                     backfill)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .insert(params![
                began.run.to_string(),
                began.chain,
                began.partition,
                time_text(began.at),
                began.host,
                began.process,
                list_text(&began.request),
                began.resumes.map(|run| run.to_string()),
                tasks,
                first,
                began.backfill.map(|backfill| backfill.to_string()),
            ])?;
        backfills::run_began(self.to, began)?;
        self.known.runs.began(began.run, number, &began.partition, Steps::new(&began.steps, first));
        Ok(())
    }

    fn started(&mut self, id: RunId, task: &'e str, attempt: u32, at: DateTime<Utc>) -> Result<(), Fault> {
        let run = self.known.runs.going_on(self.to, id)?;
        let run_number = run.number;
        let step = run.step(self.to, task)?;
        if step.attempts.iter().any(|(other, _)| *other == attempt) {
            return Err(Refusal::AttemptTwice(StepName::new(id, task), attempt).into());
        }
        step.attempts.push((attempt, true));
        step.state = State::Running;
        let started = *step.started.get_or_insert(at);
        let place = Place { run: run_number, task, step: step.number, has_row: step.has_row };
        let note = self.notes.entry(step.number).or_default();
        note.changed = Some((id, place, step.state, Some(started)));
        note.attempts.push(Attempt { attempt, started: at, ended: None });
        Ok(())
    }

    fn attempted(&mut self, attempted: &'e Attempted) -> Result<(), Fault> {
        let (id, task) = (attempted.run, attempted.task.as_str());
        let run = self.known.runs.going_on(self.to, id)?;
        let run_number = run.number;
        let step = run.step(self.to, task)?;
        refusal::check_final(id, task, attempted.state)?;
        let Some((_, goes_on)) =
            step.attempts.iter_mut().find(|(other, goes_on)| *other == attempted.attempt && *goes_on)
        else {
            return Err(Refusal::NoAttempt(StepName::new(id, task), attempted.attempt).into());
        };
        *goes_on = false;
        let note = self.notes.entry(step.number).or_default();
        if !attempted.state.is_good() {
            step.state = State::Waiting;
            let place = Place { run: run_number, task, step: step.number, has_row: step.has_row };
            note.changed = Some((id, place, step.state, step.started));
        }
        match note.attempts.iter_mut().find(|begun| begun.attempt == attempted.attempt) {
            Some(begun) => begun.ended = Some(attempted),
            None => self.rows.end_attempt(step.number, attempted)?,
        }
        Ok(())
    }

    fn step_ended(&mut self, done: &'e StepDone) -> Result<(), Fault> {
        let run = self.known.runs.going_on(self.to, done.run)?;
        run.step(self.to, &done.task)?;
        refusal::check_partition(done.run, &run.partition, &done.partition)?;
        refusal::check_done(done)?;
        let run_number = run.number;
        let step = run.step(self.to, &done.task)?;
        let place = Place { run: run_number, task: &done.task, step: step.number, has_row: step.has_row };
        step.has_ended = true;
        step.has_row = true;
        step.state = done.state;
        step.attempts = Vec::new();
        self.rows.end_step(place, done, step.started, &mut self.known.shared)?;
        for attempt in self.notes.remove(&place.step).into_iter().flat_map(|note| note.attempts) {
            self.rows.add_attempt(place.step, attempt.attempt, attempt.started, attempt.ended)?;
        }
        for (position, version) in done.made.iter().enumerate() {
            self.rows.add_version(place, position, version, &mut self.known.shared)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), Fault> {
        self.write_notes()
    }

    fn write_notes(&mut self) -> Result<(), Fault> {
        for (step, note) in std::mem::take(&mut self.notes) {
            if let Some((id, place, state, started)) = note.changed {
                self.rows.change_step(place, state, started)?;
                self.known.runs.has_row(id, place.task);
            }
            for attempt in note.attempts {
                self.rows.add_attempt(step, attempt.attempt, attempt.started, attempt.ended)?;
            }
        }
        Ok(())
    }
}

fn publish(
    to: &Connection,
    publisher: i64,
    partition: &str,
    at: &str,
    versions: &[(String, RunId)],
) -> Result<(), Fault> {
    to.prepare_cached("DELETE FROM published WHERE partition = ?")?.execute([partition])?;
    let mut publish = to.prepare_cached(
        "INSERT INTO published (partition, model, task, step, at)
         SELECT ?1, versions.model, steps.task, steps.step, ?2
         FROM runs JOIN versions USING (run) JOIN steps USING (step)
         WHERE runs.id = ?3 AND versions.model = ?4",
    )?;
    for (model, run) in versions {
        if publish.execute(params![partition, at, run.to_string(), model])? == 0 {
            return Err(Refusal::NoVersion(*run, model.clone()).into());
        }
    }
    taken::take(to, partition)?;
    to.prepare_cached("UPDATE runs SET published = ?2 WHERE run = ?1")?.execute(params![publisher, at])?;
    Ok(())
}
