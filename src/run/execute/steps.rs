//! How a step ended, for the listeners and for the ledger.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use crate::digest::{Digest, Digester};
use crate::event::{Checked, Committed, Failure, State, StepEnd};
use crate::failure::Class;
use crate::fingerprint::{Code, Fingerprint};
use crate::id::{RunId, TaskId};
use crate::ledger::{Attempted, ReadRecord, StepDone, VersionRecord};
use crate::plan::Reason;
use crate::run::attempt::Attempt;
use crate::run::keep::Made;

use super::Loop;
use super::rows::total;

/// The failure of a step whose store or ledger could not do its part.
pub(super) fn failure_of(error: &impl Display) -> Failure {
    Failure { class: Class::Bug, messages: vec![error.to_string()] }
}

impl Loop<'_, '_, '_> {
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

    /// Notes that a step is done, for the ledger; says how many entries have to be on record for that.
    pub(super) fn note_well(
        &mut self,
        task: TaskId,
        elapsed: Duration,
        peak_memory: Option<u64>,
        made: &mut Made,
        checks: &[Checked],
    ) -> u64 {
        if !self.journal.is_kept() {
            return 0;
        }
        let fingerprint = self.fingerprint(task, made);
        let origin = fingerprint.as_ref().filter(|fingerprint| self.tells_all(task, fingerprint));
        for &at in &made.untold {
            let version = &mut made.versions[at];
            version.digest = untold(origin, version);
        }
        let record = StepDone {
            state: State::Done,
            elapsed: self.tried_before(task).1 + elapsed,
            rows_out: total(made.versions.iter().map(|version| version.rows)),
            peak_memory,
            made: made.versions.clone(),
            checks: checks.to_vec(),
            fingerprint,
            ..self.blank(task)
        };
        self.journal.ended(record)
    }

    /// Notes that a step was tried and is not done, for the ledger.
    pub(super) fn note_badly(&mut self, task: TaskId, attempt: &Attempt, peak_memory: Option<u64>) {
        if self.journal.is_kept() {
            self.journal.ended(StepDone {
                state: attempt.state,
                elapsed: self.tried_before(task).1 + attempt.elapsed,
                peak_memory,
                checks: attempt.checks.clone(),
                failure: attempt.failure.clone(),
                ..self.blank(task)
            });
        }
    }

    /// What the result of a step depends on, when it has run.
    fn fingerprint(&self, task: TaskId, made: &Made) -> Option<Fingerprint> {
        let standing = self.job.plan.situation().standings.get(task.index())?;
        let blueprint = &self.job.blueprint;
        let name = |model| blueprint.model(model).name.to_string();
        let read = blueprint.reads(task).filter_map(|model| Some((name(model), self.course.digest(model)?)));
        let grown = self.course.previous(task).into_iter();
        let grown = grown.filter_map(|(model, previous)| Some((name(model), previous.digest()?)));
        Some(Fingerprint {
            params: made.params.clone(),
            inputs: read.chain(grown).chain(standing.parts.inputs()).collect(),
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

    /// What is on record of a step that could read what it reads, whatever became of it.
    fn blank(&self, task: TaskId) -> StepDone {
        let blueprint = &self.job.blueprint;
        let read = |model| {
            let (version, digest) = (self.course.made_by(model), self.course.digest(model)?);
            Some(ReadRecord { model: blueprint.model(model).name.to_string(), version, digest })
        };
        StepDone {
            run: self.job.context.run(),
            partition: self.job.context.partition_key().to_owned(),
            task: self.job.names[task.index()].to_string(),
            at: self.job.context.clock().now(),
            state: State::Waiting,
            elapsed: Duration::ZERO,
            why: sentence(self.course.reasons(task)),
            reused: None,
            rows_in: self.rows_in(task),
            rows_out: None,
            peak_memory: None,
            reads: blueprint.reads(task).filter_map(read).collect(),
            made: Vec::new(),
            checks: Vec::new(),
            fingerprint: None,
            failure: None,
            blamed: None,
        }
    }

    /// The end of a step that is done.
    #[inline]
    pub(super) fn done_end(
        &self,
        task: TaskId,
        elapsed: Duration,
        committed: Vec<Committed>,
        checks: Vec<Checked>,
        peak_memory: Option<u64>,
    ) -> StepEnd {
        let rows_out = total(committed.iter().map(|committed| committed.rows));
        let (tries, spent) = self.tried_before(task);
        // An end is large: this one is written down once, where `..` would copy one that is all but empty.
        StepEnd {
            task,
            name: Arc::clone(&self.job.names[task.index()]),
            state: State::Done,
            elapsed: spent + elapsed,
            attempts: tries + 1,
            why: self.why(task),
            reused: None,
            rows_in: self.rows_in(task),
            rows_out,
            peak_memory,
            committed,
            checks,
            failure: None,
            blamed: None,
        }
    }

    /// The end of a step that was tried and is not done.
    pub(super) fn failed_end(&self, task: TaskId, attempt: Attempt, peak_memory: Option<u64>) -> StepEnd {
        let Attempt { state, failure, checks, .. } = attempt;
        let done = self.done_end(task, attempt.elapsed, Vec::new(), checks, peak_memory);
        StepEnd { state, failure, ..done }
    }

    fn why(&self, task: TaskId) -> Option<Arc<str>> {
        let reasons = self.course.reasons(task);
        (!reasons.is_empty()).then(|| sentence(reasons).into())
    }

    fn rows_in(&self, task: TaskId) -> Option<u64> {
        self.rows.total(self.job.blueprint.reads(task))
    }

    /// The end of a step that is up to date since this run did it; notes it for the ledger.
    pub(super) fn reused_end(&mut self, task: TaskId, run: RunId) -> StepEnd {
        let situation = Arc::clone(self.job.plan.situation());
        let candidates = situation.standings.get(task.index()).map_or(&[][..], |standing| &standing.candidates);
        let performed = candidates.iter().map(|candidate| &candidate.performed).find(|performed| performed.run == run);
        let made = performed.map_or(&[][..], |performed| &performed.made);
        for &model in self.job.blueprint.provides(task) {
            let name = self.job.registry.name(model);
            self.rows.set(model, made.iter().find(|made| *made.model == **name).and_then(|made| made.rows));
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
            self.journal.ended(StepDone {
                state: self.states.get(task),
                elapsed: self.tried_before(task).1,
                blamed,
                // It has read nothing; what was there to be read when others failed is a matter of time.
                rows_in: None,
                reads: Vec::new(),
                ..self.blank(task)
            });
        }
        StepEnd { blamed, ..self.bare(task) }
    }

    /// The end of a step that this run did nothing for.
    fn bare(&self, task: TaskId) -> StepEnd {
        let (attempts, elapsed) = self.tried_before(task);
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
            checks: Vec::new(),
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
