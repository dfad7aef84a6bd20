//! What is known of the runs that go on, so that no entry has to ask the file again.
//!
//! It is as the file was after the last transaction of this connection; who else has written makes it worth nothing.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension};

use super::fault::Fault;
use super::words::{column, list, maybe, state, time};
use crate::event::State;
use crate::id::RunId;
use crate::ledger::refusal::{Refusal, StepName};

/// What is known.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// What SQLite says when another connection has written: another number than before.
    moment: Option<i64>,
    pub(super) runs: Runs,
    /// The numbers of what is kept once for many steps, by its digest.
    pub(super) shared: HashMap<[u8; 32], i64>,
}

impl Known {
    /// Forgets what may be different by now. Called at the begin of a transaction, during which nobody else writes.
    pub(super) fn renew(&mut self, from: &Connection) -> Result<(), Fault> {
        let moment = from.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if self.moment != Some(moment) {
            *self = Known { moment: Some(moment), ..Known::default() };
        }
        Ok(())
    }

    /// Notes that a run ended. There is little left to say of it.
    pub(super) fn ended(&mut self, run: RunId) {
        self.runs.0.remove(&run);
        if self.runs.0.is_empty() {
            self.shared = HashMap::new();
        }
    }
}

/// The runs that entries were about.
#[derive(Debug, Default)]
pub(super) struct Runs(HashMap<RunId, Run>);

impl Runs {
    /// Notes a run that began.
    pub(super) fn began(&mut self, id: RunId, number: i64, partition: &str, steps: Steps) {
        self.0.insert(id, Run { number, id, partition: partition.to_owned(), has_ended: false, steps: Some(steps) });
    }

    /// A run on record.
    pub(super) fn run(&mut self, from: &Connection, id: RunId) -> Result<&mut Run, Fault> {
        let empty = match self.0.entry(id) {
            Entry::Occupied(run) => return Ok(run.into_mut()),
            Entry::Vacant(empty) => empty,
        };
        let found = from
            .prepare_cached("SELECT run, partition, ended IS NOT NULL FROM runs WHERE id = ?")?
            .query_row([id.to_string()], |row| {
                Ok(Run { number: row.get(0)?, id, partition: row.get(1)?, has_ended: row.get(2)?, steps: None })
            })
            .optional()?;
        Ok(empty.insert(found.ok_or(Refusal::NoRun(id))?))
    }

    /// Notes that a step has a row by now.
    pub(super) fn has_row(&mut self, run: RunId, task: &str) {
        let steps = self.0.get_mut(&run).and_then(|run| run.steps.as_mut());
        if let Some(Steps { places, steps }) = steps
            && let Some(place) = places.get(task)
        {
            steps[*place].has_row = true;
        }
    }

    /// A run that has not ended.
    pub(super) fn going_on(&mut self, from: &Connection, id: RunId) -> Result<&mut Run, Fault> {
        let run = self.run(from, id)?;
        if run.has_ended { Err(Refusal::RunEnded(id).into()) } else { Ok(run) }
    }
}

/// A run, as far as later entries need it.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) number: i64,
    id: RunId,
    pub(super) partition: String,
    has_ended: bool,
    /// Its steps, as soon as one of them was needed.
    steps: Option<Steps>,
}

impl Run {
    /// The step of a task, which has not ended.
    pub(super) fn step(&mut self, from: &Connection, task: &str) -> Result<&mut Step, Fault> {
        if self.steps.is_none() {
            self.steps = Some(Steps::read(from, self.number)?);
        }
        let Steps { places, steps } = self.steps.as_mut().expect("they have been read");
        match places.get(task).map(|place| &mut steps[*place]) {
            None => Err(Refusal::NoStep(StepName::new(self.id, task)).into()),
            Some(step) if step.has_ended => Err(Refusal::StepEnded(StepName::new(self.id, task)).into()),
            Some(step) => Ok(step),
        }
    }
}

/// The steps of a run, in the order they are planned.
#[derive(Debug)]
pub(super) struct Steps {
    places: HashMap<String, usize>,
    steps: Vec<Step>,
}

impl Steps {
    /// Those of these tasks, with numbers from this one on, of which nothing is done yet.
    pub(super) fn new(tasks: &[String], first: i64) -> Steps {
        let places = tasks.iter().enumerate().map(|(place, task)| (task.clone(), place)).collect();
        Steps { places, steps: (first..).take(tasks.len()).map(Step::new).collect() }
    }

    fn read(from: &Connection, run: i64) -> Result<Steps, Fault> {
        let sql = "SELECT first_step, tasks FROM runs JOIN task_lists USING (task_list) WHERE run = ?";
        let (first, tasks): (i64, String) =
            from.prepare_cached(sql)?.query_row([run], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut found = Steps::new(&list(&tasks)?, first);
        let mut statement =
            from.prepare_cached("SELECT step, state, started, ended FROM steps WHERE run = ? ORDER BY step")?;
        let mut rows = statement.query([run])?;
        while let Some(row) = rows.next()? {
            let step = found.by_number(first, row.get("step")?)?;
            step.has_row = true;
            step.state = column(row, "state", |word: String| state(&word))?;
            step.started = maybe(row, "started", time)?;
            step.has_ended = row.get::<_, Option<String>>("ended")?.is_some();
        }
        let sql = "SELECT step, attempt, attempts.state AS state FROM steps JOIN attempts USING (step) WHERE run = ?";
        let mut statement = from.prepare_cached(sql)?;
        let mut rows = statement.query([run])?;
        while let Some(row) = rows.next()? {
            let goes_on = column(row, "state", |word: String| state(&word))? == State::Running;
            found.by_number(first, row.get("step")?)?.attempts.push((row.get("attempt")?, goes_on));
        }
        Ok(found)
    }

    fn by_number(&mut self, first: i64, number: i64) -> Result<&mut Step, Fault> {
        let place = usize::try_from(number - first).ok();
        let step = place.and_then(|place| self.steps.get_mut(place));
        step.ok_or_else(|| Fault::Damaged(format!("it has no step {number}")))
    }
}

/// A step, as far as later entries need it.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) number: i64,
    pub(super) state: State,
    pub(super) started: Option<DateTime<Utc>>,
    pub(super) has_ended: bool,
    /// Whether anything of it is on file.
    pub(super) has_row: bool,
    /// Its attempts, and whether each goes on.
    pub(super) attempts: Vec<(u32, bool)>,
}

impl Step {
    fn new(number: i64) -> Step {
        Step { number, state: State::Waiting, started: None, has_ended: false, has_row: false, attempts: Vec::new() }
    }
}
