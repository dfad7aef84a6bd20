//! What an entry writes.

use rusqlite::{Connection, OptionalExtension, params};

use super::fault::Fault;
use super::parts::{put_columns, put_fingerprint};
use super::words::{
    digest_bytes, ending_word, failure_words, list_text, maybe_whole, micros, state_word, time_text, whole,
};
use crate::event::State;
use crate::id::RunId;
use crate::ledger::refusal::{self, Refusal, StepName};
use crate::ledger::{Attempted, Entry, RunBegan, StepDone, VersionRecord};

/// Takes one entry.
pub(super) fn take(to: &Connection, entry: &Entry) -> Result<(), Fault> {
    match entry {
        Entry::RunBegan(began) => run_began(to, began),
        Entry::StepStarted { run, task, attempt, at } => {
            let name = StepName::new(*run, task);
            let step = step_of(to, &going_on(to, *run)?, &name)?;
            let at = time_text(*at);
            let added = to
                .prepare_cached(
                    "INSERT INTO attempts (step, attempt, started, state) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                )?
                .execute(params![step, attempt, at, state_word(State::Running)])?;
            if added == 0 {
                return Err(Refusal::AttemptTwice(name, *attempt).into());
            }
            to.prepare_cached("UPDATE steps SET state = ?2, started = coalesce(started, ?3) WHERE step = ?1")?
                .execute(params![step, state_word(State::Running), at])?;
            Ok(())
        }
        Entry::Attempted(attempted) => attempt_ended(to, attempted),
        Entry::StepEnded(done) => step_ended(to, done),
        Entry::Published { run, partition, at, versions } => {
            let publisher = run_of(to, *run)?;
            refusal::check_partition(*run, &publisher.partition, partition)?;
            refusal::check_published(*run, versions)?;
            publish(to, &publisher, &time_text(*at), versions)
        }
        Entry::RunEnded { run, ending, at } => {
            let run = going_on(to, *run)?;
            to.prepare_cached("UPDATE runs SET ended = ?2, ending = ?3 WHERE run = ?1")?.execute(params![
                run.number,
                time_text(*at),
                ending_word(*ending)
            ])?;
            Ok(())
        }
    }
}

fn run_began(to: &Connection, began: &RunBegan) -> Result<(), Fault> {
    let taken = to
        .prepare_cached("SELECT run FROM runs WHERE id = ?")?
        .query_row([began.run.to_string()], |row| row.get::<_, i64>(0))
        .optional()?;
    if taken.is_some() {
        return Err(Refusal::RunTwice(began.run).into());
    }
    refusal::check_began(began)?;
    let run = to
        .prepare_cached(
            "INSERT INTO runs (id, chain, partition, began, host, process, request, resumes)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
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
        ])?;
    let mut insert = to.prepare_cached("INSERT INTO steps (run, task, state) VALUES (?, ?, ?)")?;
    for task in &began.steps {
        insert.execute(params![run, task, state_word(State::Waiting)])?;
    }
    Ok(())
}

fn attempt_ended(to: &Connection, attempted: &Attempted) -> Result<(), Fault> {
    let name = StepName::new(attempted.run, &attempted.task);
    let step = step_of(to, &going_on(to, attempted.run)?, &name)?;
    refusal::check_final(&name, attempted.state)?;
    let (class, messages) = failure_words(attempted.failure.as_ref());
    let ended = to
        .prepare_cached(
            "UPDATE attempts SET ended = ?4, state = ?5, elapsed_us = ?6, failure_class = ?7, failure_messages = ?8
             WHERE step = ?1 AND attempt = ?2 AND state = ?3",
        )?
        .execute(params![
            step,
            attempted.attempt,
            state_word(State::Running),
            time_text(attempted.at),
            state_word(attempted.state),
            micros(attempted.elapsed),
            class,
            messages,
        ])?;
    if ended == 0 {
        return Err(Refusal::NoAttempt(name, attempted.attempt).into());
    }
    if !attempted.state.is_good() {
        to.prepare_cached("UPDATE steps SET state = ?2 WHERE step = ?1")?
            .execute(params![step, state_word(State::Waiting)])?;
    }
    Ok(())
}

fn step_ended(to: &Connection, done: &StepDone) -> Result<(), Fault> {
    let run = going_on(to, done.run)?;
    let step = step_of(to, &run, &StepName::new(done.run, &done.task))?;
    refusal::check_partition(done.run, &run.partition, &done.partition)?;
    refusal::check_done(done)?;
    let (class, messages) = failure_words(done.failure.as_ref());
    to.prepare_cached(
        "UPDATE steps SET state = ?2, ended = ?3, elapsed_us = ?4, why = ?5, reused = ?6, rows_in = ?7, rows_out = ?8,
             peak_memory_bytes = ?9, failure_class = ?10, failure_messages = ?11, blamed = ?12
         WHERE step = ?1",
    )?
    .execute(params![
        step,
        state_word(done.state),
        time_text(done.at),
        micros(done.elapsed),
        done.why,
        done.reused.map(|run| run.to_string()),
        maybe_whole(done.rows_in)?,
        maybe_whole(done.rows_out)?,
        maybe_whole(done.peak_memory)?,
        class,
        messages,
        done.blamed,
    ])?;
    for (position, read) in done.reads.iter().enumerate() {
        let version = read.version.map(|run| run.to_string());
        to.prepare_cached("INSERT INTO reads (step, position, model, version, digest) VALUES (?, ?, ?, ?, ?)")?
            .execute(params![step, position as i64, read.model, version, digest_bytes(&read.digest)?])?;
    }
    for (position, version) in done.made.iter().enumerate() {
        put_version(to, run.number, step, position, version)?;
    }
    if let Some(fingerprint) = &done.fingerprint {
        put_fingerprint(to, step, fingerprint)?;
    }
    if done.state == State::Done {
        // The order is that of the runs, which their steps have too.
        to.prepare_cached(
            "INSERT INTO latest (partition, task, step) VALUES (?, ?, ?)
             ON CONFLICT DO UPDATE SET step = max(step, excluded.step)",
        )?
        .execute(params![done.partition, done.task, step])?;
    }
    Ok(())
}

fn put_version(to: &Connection, run: i64, step: i64, position: usize, version: &VersionRecord) -> Result<(), Fault> {
    let file = version.file.as_ref();
    let added = to
        .prepare_cached(
            "INSERT INTO versions (step, position, run, model, at, digest, rows, bytes, column_set,
                 file_extension, file_bytes, file_modified_ns, file_inode, file_digest)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            step,
            position as i64,
            run,
            version.model,
            time_text(version.at),
            digest_bytes(&version.digest)?,
            maybe_whole(version.rows)?,
            whole(version.bytes)?,
            put_columns(to, &version.columns)?,
            file.map(|file| &file.extension),
            maybe_whole(file.map(|file| file.bytes))?,
            file.map(|file| file.modified),
            file.map(|file| file.inode.cast_signed()),
            file.map(|file| digest_bytes(&file.digest)).transpose()?,
        ])?;
    if added == 0 {
        return Err(Refusal::VersionTwice(version.run, version.model.clone()).into());
    }
    Ok(())
}

fn publish(to: &Connection, publisher: &Run, at: &str, versions: &[(String, RunId)]) -> Result<(), Fault> {
    to.prepare_cached("DELETE FROM published WHERE partition = ?")?.execute([&publisher.partition])?;
    for (model, run) in versions {
        let added = to
            .prepare_cached(
                "INSERT INTO published (partition, model, task, step, at)
                 SELECT ?1, versions.model, steps.task, steps.step, ?2
                 FROM runs JOIN versions USING (run) JOIN steps USING (step)
                 WHERE runs.id = ?3 AND versions.model = ?4",
            )?
            .execute(params![publisher.partition, at, run.to_string(), model])?;
        if added == 0 {
            return Err(Refusal::NoVersion(*run, model.clone()).into());
        }
    }
    to.prepare_cached("UPDATE runs SET published = ?2 WHERE run = ?1")?.execute(params![publisher.number, at])?;
    Ok(())
}

/// A run, as far as later entries need it.
struct Run {
    number: i64,
    partition: String,
    has_ended: bool,
}

fn run_of(to: &Connection, run: RunId) -> Result<Run, Fault> {
    let found = to
        .prepare_cached("SELECT run, partition, ended IS NOT NULL FROM runs WHERE id = ?")?
        .query_row([run.to_string()], |row| {
            Ok(Run { number: row.get(0)?, partition: row.get(1)?, has_ended: row.get(2)? })
        })
        .optional()?;
    found.ok_or_else(|| Refusal::NoRun(run).into())
}

/// A run that has not ended.
fn going_on(to: &Connection, run: RunId) -> Result<Run, Fault> {
    let found = run_of(to, run)?;
    if found.has_ended { Err(Refusal::RunEnded(run).into()) } else { Ok(found) }
}

/// The number of a step that has not ended.
fn step_of(to: &Connection, run: &Run, name: &StepName) -> Result<i64, Fault> {
    let found: Option<(i64, bool)> = to
        .prepare_cached("SELECT step, ended IS NOT NULL FROM steps WHERE run = ? AND task = ?")?
        .query_row(params![run.number, name.task], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match found {
        None => Err(Refusal::NoStep(name.clone()).into()),
        Some((_, true)) => Err(Refusal::StepEnded(name.clone()).into()),
        Some((step, false)) => Ok(step),
    }
}
