//! Writes the rows of steps, each by a statement that is prepared once for a list of entries.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::{CachedStatement, Connection, Params, params};

use super::checks;
use super::fault::Fault;
use super::lineages;
use super::parts::{put_columns, put_fingerprint};
use super::words::{digest_bytes, failure_words, maybe_whole, micros, state_word, time_text, whole};
use crate::event::State;
use crate::ledger::refusal::Refusal;
use crate::ledger::{Attempted, StepDone, VersionRecord};

const ADD_STEP: &str = "INSERT INTO steps (step, state, started, run, task) VALUES (?, ?, ?, ?, ?)";
const CHANGE_STEP: &str = "UPDATE steps SET state = ?2, started = ?3 WHERE (step, run, task) = (?1, ?4, ?5)";
const END_STEP: &str = "UPDATE steps
    SET state = ?2, started = ?3, ended = ?4, elapsed_us = ?5, why = ?6, reused = ?7, rows_in = ?8, rows_out = ?9,
        peak_memory_bytes = ?10, failure_class = ?11, failure_messages = ?12, blamed = ?13, code = ?14,
        condition_set = ?15, source_files = ?16
    WHERE (step, run, task) = (?1, ?17, ?18)";
const ADD_ENDED_STEP: &str = "INSERT INTO steps
    (step, state, started, ended, elapsed_us, why, reused, rows_in, rows_out, peak_memory_bytes, failure_class,
        failure_messages, blamed, code, condition_set, source_files, run, task)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";
const ADD_ATTEMPT: &str = "INSERT INTO attempts
    (step, attempt, started, ended, state, elapsed_us, failure_class, failure_messages) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
const END_ATTEMPT: &str = "UPDATE attempts
    SET ended = ?3, state = ?4, elapsed_us = ?5, failure_class = ?6, failure_messages = ?7
    WHERE step = ?1 AND attempt = ?2";
const ADD_READ: &str = "INSERT INTO reads (step, position, model, version, digest) VALUES (?, ?, ?, ?, ?)";
/// The order is that of the runs, which their steps have too.
const SET_LATEST: &str = "INSERT INTO latest (partition, task, step) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET step = max(step, excluded.step)";
const ADD_VERSION: &str = "INSERT INTO versions (step, position, run, model, at, digest, rows, bytes, column_set,
        file_extension, file_bytes, file_modified_ns, file_inode, file_digest, lineage)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";

/// A statement that is prepared when it is needed first.
pub(super) struct Statement<'c> {
    to: &'c Connection,
    sql: &'static str,
    ready: Option<CachedStatement<'c>>,
}

impl<'c> Statement<'c> {
    fn new(to: &'c Connection, sql: &'static str) -> Statement<'c> {
        Statement { to, sql, ready: None }
    }

    /// Returns how many rows it has changed.
    pub(super) fn execute(&mut self, values: impl Params) -> Result<usize, Fault> {
        let ready = match self.ready.take() {
            Some(ready) => ready,
            None => self.to.prepare_cached(self.sql)?,
        };
        Ok(self.ready.insert(ready).execute(values)?)
    }
}

/// Where the row of a step is, or is to be.
#[derive(Clone, Copy)]
pub(super) struct Place<'t> {
    /// The number of its run.
    pub(super) run: i64,
    pub(super) task: &'t str,
    /// Its own number.
    pub(super) step: i64,
    pub(super) has_row: bool,
}

/// Writes rows.
pub(super) struct Rows<'c> {
    to: &'c Connection,
    add_step: Statement<'c>,
    change_step: Statement<'c>,
    add_ended_step: Statement<'c>,
    end_step: Statement<'c>,
    add_attempt: Statement<'c>,
    end_attempt: Statement<'c>,
    add_read: Statement<'c>,
    add_check: Statement<'c>,
    set_latest: Statement<'c>,
    add_version: Statement<'c>,
}

impl<'c> Rows<'c> {
    pub(super) fn new(to: &'c Connection) -> Rows<'c> {
        let statement = |sql| Statement::new(to, sql);
        Rows {
            to,
            add_step: statement(ADD_STEP),
            change_step: statement(CHANGE_STEP),
            add_ended_step: statement(ADD_ENDED_STEP),
            end_step: statement(END_STEP),
            add_attempt: statement(ADD_ATTEMPT),
            end_attempt: statement(END_ATTEMPT),
            add_read: statement(ADD_READ),
            add_check: statement(checks::ADD_CHECK),
            set_latest: statement(SET_LATEST),
            add_version: statement(ADD_VERSION),
        }
    }

    /// Writes the state of a step that goes on.
    pub(super) fn change_step(
        &mut self,
        place: Place<'_>,
        state: State,
        started: Option<DateTime<Utc>>,
    ) -> Result<(), Fault> {
        let statement = if place.has_row { &mut self.change_step } else { &mut self.add_step };
        statement.execute(params![place.step, state_word(state), started.map(time_text), place.run, place.task])?;
        Ok(())
    }

    /// Writes all that there is to say of a step that ended, but for its attempts and versions.
    pub(super) fn end_step(
        &mut self,
        place: Place<'_>,
        done: &StepDone,
        started: Option<DateTime<Utc>>,
        shared: &mut HashMap<[u8; 32], i64>,
    ) -> Result<(), Fault> {
        let step = place.step;
        let (class, messages) = failure_words(done.failure.as_ref());
        let parts = done.fingerprint.as_ref().map(|parts| put_fingerprint(self.to, step, parts, shared)).transpose()?;
        let statement = if place.has_row { &mut self.end_step } else { &mut self.add_ended_step };
        statement.execute(params![
            step,
            state_word(done.state),
            started.map(time_text),
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
            parts.as_ref().map(|parts| parts.code),
            parts.as_ref().map(|parts| parts.conditions),
            parts.as_ref().and_then(|parts| parts.source_files),
            place.run,
            place.task,
        ])?;
        for (position, read) in done.reads.iter().enumerate() {
            let version = read.version.map(|run| run.to_string());
            self.add_read.execute(params![step, position as i64, read.model, version, digest_bytes(&read.digest)])?;
        }
        for (position, checked) in done.checks.iter().enumerate() {
            checks::add(&mut self.add_check, step, position, checked)?;
        }
        if done.state == State::Done {
            self.set_latest.execute(params![done.partition, done.task, step])?;
        }
        Ok(())
    }

    /// Adds an attempt, with how it ended where it has.
    pub(super) fn add_attempt(
        &mut self,
        step: i64,
        attempt: u32,
        started: DateTime<Utc>,
        ended: Option<&Attempted>,
    ) -> Result<(), Fault> {
        let (class, messages) = failure_words(ended.and_then(|ended| ended.failure.as_ref()));
        self.add_attempt.execute(params![
            step,
            attempt,
            time_text(started),
            ended.map(|ended| time_text(ended.at)),
            state_word(ended.map_or(State::Running, |ended| ended.state)),
            ended.map_or(0, |ended| micros(ended.elapsed)),
            class,
            messages,
        ])?;
        Ok(())
    }

    /// Ends an attempt that was added before.
    pub(super) fn end_attempt(&mut self, step: i64, ended: &Attempted) -> Result<(), Fault> {
        let (class, messages) = failure_words(ended.failure.as_ref());
        self.end_attempt.execute(params![
            step,
            ended.attempt,
            time_text(ended.at),
            state_word(ended.state),
            micros(ended.elapsed),
            class,
            messages,
        ])?;
        Ok(())
    }

    /// Adds a version, unless the run has one of its model.
    pub(super) fn add_version(
        &mut self,
        place: Place<'_>,
        position: usize,
        version: &VersionRecord,
        shared: &mut HashMap<[u8; 32], i64>,
    ) -> Result<(), Fault> {
        let file = version.file.as_ref();
        let columns = put_columns(self.to, &version.columns, shared)?;
        let lineage = version.lineage.as_ref().map(|lineage| lineages::put(self.to, lineage, shared)).transpose()?;
        let added = self.add_version.execute(params![
            place.step,
            position as i64,
            place.run,
            version.model,
            time_text(version.at),
            digest_bytes(&version.digest),
            maybe_whole(version.rows)?,
            whole(version.bytes)?,
            columns,
            file.map(|file| &file.extension),
            maybe_whole(file.map(|file| file.bytes))?,
            file.map(|file| file.modified),
            file.map(|file| file.inode.cast_signed()),
            file.map(|file| digest_bytes(&file.digest)),
            lineage,
        ])?;
        if added == 0 {
            return Err(Refusal::VersionTwice(version.run, version.model.clone()).into());
        }
        Ok(())
    }
}
