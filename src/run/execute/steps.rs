//! How a step ended, for the listeners and for the ledger.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use crate::digest::{Digest, Digester};
use crate::event::{Failure, State, StepEnd};
use crate::failpoint;
use crate::failure::Class;
use crate::fingerprint::{Code, Fingerprint};
use crate::id::{RunId, TaskId};
use crate::ledger::{Attempted, LedgerError, ReadRecord, StepDone, VersionRecord};
use crate::plan::Reason;
use crate::run::attempt::{Attempt, Made};
use crate::run::executor::Executor;

use super::Loop;

/// The failure of a step whose store or ledger could not do its part.
pub(super) fn failure_of(error: &impl Display) -> Failure {
    Failure { class: Class::Bug, messages: vec![error.to_string()] }
}

impl<E: Executor<Attempt>> Loop<'_, '_, '_, E> {
    /// Notes how an attempt ended, for the ledger.
    pub(super) fn note_attempt(&mut self, task: TaskId, number: u32, attempt: &Attempt) {
        if self.journal.is_kept() {
            self.journal.attempted(Attempted {
                run: self.job.context.run(),
                task: self.job.names[task.index()].to_string(),
                attempt: number,
                at: self.job.context.clock().now(),
                state: attempt.state,
                elapsed: attempt.elapsed,
                failure: attempt.failure.clone(),
            });
        }
    }

    /// Writes down how a step ended; what it made is committed when this returns.
    pub(super) fn write_down(&mut self, task: TaskId, attempt: &mut Attempt) -> Result<(), LedgerError> {
        if !self.journal.is_kept() {
            return Ok(());
        }
        self.note(task, attempt);
        self.journal.write()?;
        failpoint::reached("step recorded");
        Ok(())
    }

    /// Notes how a step ended, for the ledger.
    fn note(&mut self, task: TaskId, attempt: &mut Attempt) {
        let is_done = attempt.state == State::Done;
        let fingerprint = is_done.then(|| self.fingerprint(task, &attempt.made)).flatten();
        let origin = fingerprint.as_ref().filter(|fingerprint| self.tells_all(task, fingerprint));
        for &at in &attempt.made.untold {
            let version = &mut attempt.made.versions[at];
            version.digest = untold(origin, version);
        }
        let rows_out = total(attempt.made.versions.iter().map(|version| version.rows));
        let (_, spent) = self.tries.get(&task).copied().unwrap_or_default();
        let record = StepDone {
            state: attempt.state,
            elapsed: spent + attempt.elapsed,
            rows_out,
            peak_memory: attempt.peak_memory,
            made: attempt.made.versions.clone(),
            fingerprint,
            failure: attempt.failure.clone(),
            ..self.blank(task)
        };
        self.journal.ended(record);
    }

    /// What became of a step whose end could not be written down: it has failed.
    pub(super) fn unrecorded(&mut self, task: TaskId, elapsed: Duration, error: &LedgerError) -> Attempt {
        self.journal.take_back();
        let mut failed = Attempt { elapsed, ..Attempt::failed(State::Failed, Some(failure_of(error))) };
        self.note(task, &mut failed);
        failed
    }

    /// What the result of a step depends on, when it has run.
    fn fingerprint(&self, task: TaskId, made: &Made) -> Option<Fingerprint> {
        let standing = self.job.plan.situation().standings.get(task.index())?;
        let blueprint = &self.job.blueprint;
        let digest = |model| Some((blueprint.model(model).name.to_string(), self.course.digest(model)?));
        Some(Fingerprint {
            params: made.params.clone(),
            inputs: blueprint.reads(task).filter_map(digest).collect(),
            source: made.source.clone().or_else(|| standing.now.source.clone()),
            ..standing.now.clone()
        })
    }

    /// Whether a step of the same fingerprint has made the same.
    fn tells_all(&self, task: TaskId, fingerprint: &Fingerprint) -> bool {
        let blueprint = &self.job.blueprint;
        fingerprint.code != Code::Unknown
            && blueprint.reads(task).all(|model| self.course.digest(model).is_some())
            && (fingerprint.source.is_some() || !blueprint.task(task).task.about().reads_source)
            // Who forces a step knows of something else that has changed.
            && !self.job.plan.situation().forced.contains(&task)
    }

    /// What is on record of a step whatever became of it.
    fn blank(&self, task: TaskId) -> StepDone {
        let blueprint = &self.job.blueprint;
        let read = |model| {
            let (version, digest) = (self.course.made_by(model), self.course.digest(model)?);
            Some(ReadRecord { model: blueprint.model(model).name.to_string(), version, digest })
        };
        StepDone {
            run: self.job.context.run(),
            partition: String::new(),
            task: self.job.names[task.index()].to_string(),
            at: self.job.context.clock().now(),
            state: State::Waiting,
            elapsed: Duration::ZERO,
            why: sentence(self.course.reasons(task)),
            reused: None,
            rows_in: total(blueprint.reads(task).map(|model| self.rows[model.index()])),
            rows_out: None,
            peak_memory: None,
            reads: blueprint.reads(task).filter_map(read).collect(),
            made: Vec::new(),
            fingerprint: None,
            failure: None,
            blamed: None,
        }
    }

    /// The end of a step that was started.
    pub(super) fn step_end(&mut self, task: TaskId, attempt: Attempt) -> StepEnd {
        let provided = self.job.blueprint.provides(task);
        for (&model, committed) in provided.iter().zip(&attempt.made.committed) {
            self.rows[model.index()] = committed.rows;
        }
        let (tries, spent) = self.tries.get(&task).copied().unwrap_or_default();
        let why = sentence(self.course.reasons(task));
        StepEnd {
            task,
            name: Arc::clone(&self.job.names[task.index()]),
            state: attempt.state,
            elapsed: spent + attempt.elapsed,
            attempts: tries + 1,
            why: (!why.is_empty()).then(|| why.into()),
            reused: None,
            rows_in: total(self.job.blueprint.reads(task).map(|model| self.rows[model.index()])),
            rows_out: total(attempt.made.committed.iter().map(|committed| committed.rows)),
            peak_memory: attempt.peak_memory,
            committed: attempt.made.committed,
            failure: attempt.failure,
            blamed: None,
        }
    }

    /// The end of a step that is up to date since this run did it; notes it for the ledger.
    pub(super) fn reused_end(&mut self, task: TaskId, run: RunId) -> StepEnd {
        let situation = Arc::clone(self.job.plan.situation());
        let candidates = situation.standings.get(task.index()).map_or(&[][..], |standing| &standing.candidates);
        let performed = candidates.iter().map(|candidate| &candidate.performed).find(|performed| performed.run == run);
        let made = performed.map_or(&[][..], |performed| &performed.made);
        for &model in self.job.blueprint.provides(task) {
            let name = self.job.registry.name(model);
            self.rows[model.index()] = made.iter().find(|made| *made.model == **name).and_then(|made| made.rows);
        }
        let why = performed.map(|performed| Reason::Same { run, at: performed.at }.to_string()).unwrap_or_default();
        let rows_out = total(made.iter().map(|made| made.rows));
        self.journal.ended(StepDone {
            state: State::Reused,
            why: why.clone(),
            reused: Some(run),
            rows_out,
            ..self.blank(task)
        });
        StepEnd { state: State::Reused, why: Some(why.into()), reused: Some(run), rows_out, ..self.bare(task) }
    }

    /// The end of a step that was not started; notes it for the ledger.
    pub(super) fn unstarted_end(&mut self, task: TaskId, blamed: Option<Arc<str>>) -> StepEnd {
        if self.journal.is_kept() {
            let blamed = blamed.as_deref().map(str::to_owned);
            let attempt = self.tries.get(&task).copied().unwrap_or_default();
            self.journal.ended(StepDone {
                state: self.states.get(task),
                elapsed: attempt.1,
                blamed,
                ..self.blank(task)
            });
        }
        StepEnd { blamed, ..self.bare(task) }
    }

    /// The end of a step that this run did nothing for.
    fn bare(&self, task: TaskId) -> StepEnd {
        let (attempts, elapsed) = self.tries.get(&task).copied().unwrap_or_default();
        StepEnd {
            task,
            name: Arc::clone(&self.job.names[task.index()]),
            state: self.states.get(task),
            elapsed,
            attempts,
            why: None,
            reused: None,
            rows_in: None,
            rows_out: None,
            peak_memory: None,
            committed: Vec::new(),
            failure: None,
            blamed: None,
        }
    }
}

/// Reasons as one text.
fn sentence(reasons: &[Reason]) -> String {
    reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// What stands for the digest of content that no digest can be made of: what it was made from, or the run where that is
/// not all known.
fn untold(fingerprint: Option<&Fingerprint>, version: &VersionRecord) -> Digest {
    let mut digester = Digester::new("purvey-untold/1");
    let origin = fingerprint.map_or_else(|| version.run.to_string(), |fingerprint| fingerprint.digest().to_string());
    digester.piece(origin.as_bytes());
    digester.piece(version.model.as_bytes());
    digester.finish()
}

fn total(rows: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    rows.flatten().reduce(|sum, rows| sum + rows)
}
