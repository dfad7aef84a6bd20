//! What becomes of a step that was tried: it is tried again, has failed, or is kept, recorded and done.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use crate::event::{Checked, Fact, State, StepEnd};
use crate::id::{RunId, TaskId};
use crate::ledger::LedgerError;
use crate::run::attempt::{Attempt, Trouble};
use crate::run::keep::{Keeping, Made};
use crate::run::retry::RetryPolicy;
use crate::store::StoreError;

use super::{Loop, make_ready, steps};

/// A step that was tried for good and is not on record yet: it comes there after those it has read from.
pub(super) struct Ahead {
    /// How long it was tried.
    elapsed: Duration,
    peak_memory: Option<u64>,
    /// Whether others may read what it made.
    is_released: bool,
    /// Whether somebody is keeping it just now.
    pub(super) is_out: bool,
    /// Whether its models are held until it is kept.
    is_held: bool,
    /// How many of those it has read from are not on record yet.
    waits: usize,
    /// Who waits for this one to be on record.
    waiters: Vec<TaskId>,
    /// The checks of whole models that it made.
    checks: Vec<Checked>,
    /// How it ended, as soon as there is nothing else to do for it.
    ending: Option<How>,
}

/// How a step has ended.
enum How {
    Well(Box<Keeping>),
    Badly(Box<Attempt>),
}

/// A step that is on its way into the ledger.
pub(super) struct Noted {
    /// How many entries have to be on record for it to be.
    entries: u64,
    end: Box<StepEnd>,
}

impl Loop<'_, '_, '_> {
    /// A step was tried.
    pub(super) fn tried(&mut self, task: TaskId, mut attempt: Attempt) {
        for (model, rows) in attempt.loaded.drain(..) {
            self.rows.set(model, rows);
        }
        let number = self.attempt_of(task);
        let peak_memory = self.came_back(task);
        if self.pools.are_used() {
            self.pools.give_back(task).into_iter().for_each(|waiting| self.ready.insert(waiting));
        }
        if let Some(lost) = self.doomed.remove(&task) {
            for &model in self.job.blueprint.provides(task) {
                self.job.registry.slot(model).clear();
            }
            self.note_attempt(task, number, &attempt);
            self.release(task);
            self.throw_away(task, lost);
            return;
        }
        self.note_attempt(task, number, &attempt);
        if attempt.state == State::Done {
            self.worked(task, attempt, peak_memory);
            return;
        }
        let policy = self.job.policy(task);
        if attempt.may_pass() && number < policy.attempts() && !self.is_stopping() {
            self.retry(task, number, policy, attempt);
            return;
        }
        self.has_failed |= matches!(attempt.state, State::Failed | State::TimedOut);
        self.note_store_error(attempt.store_error.take());
        self.release(task);
        let (elapsed, checks) = (attempt.elapsed, std::mem::take(&mut attempt.checks));
        let ahead = self.go_ahead(task, elapsed, peak_memory);
        (ahead.checks, ahead.ending) = (checks, Some(How::Badly(Box::new(attempt))));
        self.note_if_possible(task);
    }

    /// The first error of the store is the one to tell.
    fn note_store_error(&mut self, error: Option<Box<StoreError>>) {
        self.store_error = self.store_error.take().or(error.map(|error| *error));
    }

    /// Somebody is back who did something for a step; the most memory that was held meanwhile.
    fn came_back(&mut self, task: TaskId) -> Option<u64> {
        if !self.job.options.measure_memory {
            return None;
        }
        self.take_peak();
        self.peaks.remove(&task).flatten()
    }

    fn retry(&mut self, task: TaskId, attempt: u32, policy: RetryPolicy, ended: Attempt) {
        let name = Arc::clone(&self.job.names[task.index()]);
        let delay = policy.delay(self.job.context.run(), &name, attempt);
        self.set(task, State::Waiting);
        let (_, spent) = self.tried_before(task);
        self.tries.insert(task, (attempt, spent + ended.elapsed));
        self.delayed.push(Reverse((self.job.context.clock().monotonic() + delay, task)));
        if let Some(failure) = ended.failure {
            self.telling.say(Fact::StepRetried { task, name, attempt, attempts: policy.attempts(), failure, delay });
        }
    }

    /// A step has worked; who reads from it may go on, and what it made is kept.
    fn worked(&mut self, task: TaskId, attempt: Attempt, peak_memory: Option<u64>) {
        let job = self.job;
        let Attempt { elapsed, committed, made, checks, .. } = attempt;
        for (&model, committed) in job.blueprint.provides(task).iter().zip(&committed) {
            self.rows.set(model, committed.rows);
        }
        self.release(task);
        let Some(made) = made else {
            // Nothing of it outlives the run.
            let end = self.done_end(task, elapsed, committed, checks, peak_memory);
            self.set(task, State::Done);
            self.telling.end(end);
            self.let_others_read(task);
            self.settled(task);
            return;
        };
        let is_open = made.is_open;
        let is_told = !self.course.is_awaited(task) || made.digests.iter().all(Option::is_some) && is_open;
        let ahead = self.go_ahead(task, elapsed, peak_memory);
        ahead.checks = checks;
        ahead.is_held = is_open;
        ahead.is_released = is_told;
        if is_open {
            job.blueprint.provides(task).iter().for_each(|model| self.readers[model.index()] += 1);
        }
        if is_told {
            if self.journal.is_kept() {
                self.course.told(task, &made.digests, job.context.run());
            }
            self.let_others_read(task);
        }
        let keeping = Box::new(Keeping { task, committed, made, elapsed: Duration::ZERO });
        if is_open {
            self.to_keep.insert(task, keeping);
        } else {
            self.kept_well(keeping);
        }
    }

    fn let_others_read(&mut self, task: TaskId) {
        if self.course.is_blank() {
            let Loop { course, states, ready, .. } = self;
            course.go_on(task, |reader| make_ready(states, ready, reader));
        } else {
            let mut moves = std::mem::take(&mut self.moves);
            self.course.released(task, &mut moves);
            self.make(&mut moves);
            self.moves = moves;
        }
        self.drop_unread_of(task);
    }

    fn go_ahead(&mut self, task: TaskId, elapsed: Duration, peak_memory: Option<u64>) -> &mut Ahead {
        let mut waits = 0;
        if !self.ahead.is_empty() {
            for provider in self.job.blueprint.graph().providers(task) {
                if let Some(provider) = self.ahead.get_mut(&provider) {
                    provider.waiters.push(task);
                    waits += 1;
                }
            }
        }
        let ahead = Ahead {
            elapsed,
            peak_memory,
            is_released: false,
            is_out: false,
            is_held: false,
            waits,
            waiters: Vec::new(),
            checks: Vec::new(),
            ending: None,
        };
        self.ahead.entry(task).insert_entry(ahead).into_mut()
    }

    /// What a step has made is kept, or could not be.
    pub(super) fn kept(&mut self, keeping: Keeping, kept: Result<(), Trouble>) {
        let task = keeping.task;
        let peak_memory = self.came_back(task);
        self.let_go_of_made(task);
        if let Some(lost) = self.doomed.remove(&task) {
            self.ahead.remove(&task);
            self.throw_away(task, lost);
            return;
        }
        let Some(ahead) = self.ahead.get_mut(&task) else { return };
        ahead.is_out = false;
        ahead.peak_memory = ahead.peak_memory.max(peak_memory);
        match kept {
            Ok(()) => self.kept_well(Box::new(keeping)),
            Err(trouble) => {
                let (failure, store_error) = trouble.tell();
                self.has_failed = true;
                self.note_store_error(store_error);
                let failed = Attempt { elapsed: keeping.elapsed, ..Attempt::failed(State::Failed, Some(failure)) };
                self.end_ahead(task, How::Badly(Box::new(failed)));
            }
        }
    }

    fn kept_well(&mut self, keeping: Box<Keeping>) {
        let task = keeping.task;
        self.end_ahead(task, How::Well(keeping));
    }

    fn end_ahead(&mut self, task: TaskId, how: How) {
        if let Some(ahead) = self.ahead.get_mut(&task) {
            ahead.ending = Some(how);
        }
        self.note_if_possible(task);
    }

    /// The models of a step are not held any more for its sake.
    pub(super) fn let_go_of_made(&mut self, task: TaskId) {
        let is_held = self.ahead.get_mut(&task).is_some_and(|ahead| std::mem::take(&mut ahead.is_held));
        if is_held {
            let job = self.job;
            job.blueprint.provides(task).iter().for_each(|&model| self.let_go(model));
        }
    }

    /// Brings a step on its way into the ledger, and those that waited for it, where nothing is left to wait for.
    fn note_if_possible(&mut self, task: TaskId) {
        let mut candidates = vec![task];
        while let Some(task) = candidates.pop() {
            let Some(ahead) = self.ahead.get(&task) else { continue };
            if ahead.waits > 0 || ahead.ending.is_none() {
                continue;
            }
            let Some(mut ahead) = self.ahead.remove(&task) else { continue };
            for waiter in std::mem::take(&mut ahead.waiters) {
                if let Some(waiting) = self.ahead.get_mut(&waiter) {
                    waiting.waits -= 1;
                    candidates.push(waiter);
                }
            }
            match ahead.ending.take() {
                Some(How::Well(keeping)) if self.ledger_error.is_none() => self.note_done(task, &ahead, *keeping),
                Some(How::Well(_)) => self.fail_unrecorded(task, ahead.elapsed),
                Some(How::Badly(attempt)) => self.note_failed(task, &ahead, *attempt),
                None => {}
            }
        }
    }

    fn note_done(&mut self, task: TaskId, ahead: &Ahead, keeping: Keeping) {
        let Keeping { committed, mut made, elapsed, .. } = keeping;
        let elapsed = ahead.elapsed + elapsed;
        let entries = self.note_well(task, elapsed, ahead.peak_memory, &mut made, &ahead.checks);
        let Made { versions, .. } = *made;
        if self.journal.is_kept() || !versions.is_empty() {
            self.course.learned(task, &versions);
        }
        let end = self.done_end(task, elapsed, committed, ahead.checks.clone(), ahead.peak_memory);
        if self.journal.is_kept() {
            self.telling.keep_place(task);
            self.noted.push_back(Noted { entries, end: Box::new(end) });
        } else {
            self.set(task, State::Done);
            self.telling.end(end);
            self.publish_step();
            self.settled(task);
        }
        if !ahead.is_released {
            self.let_others_read(task);
        }
    }

    fn note_failed(&mut self, task: TaskId, ahead: &Ahead, attempt: Attempt) {
        let elapsed = if ahead.is_released { ahead.elapsed + attempt.elapsed } else { attempt.elapsed };
        let attempt = Attempt { elapsed, checks: ahead.checks.clone(), ..attempt };
        self.note_badly(task, &attempt, ahead.peak_memory);
        self.set(task, attempt.state);
        let is_cancelled = attempt.state == State::Cancelled;
        let end = self.failed_end(task, attempt, ahead.peak_memory);
        self.telling.end(end);
        if !is_cancelled {
            self.lose(task);
        }
        self.settled(task);
    }

    /// So many entries are on record now: the steps that they tell of are done.
    pub(super) fn recorded(&mut self, entries: u64) {
        while self.noted.front().is_some_and(|noted| noted.entries <= entries) {
            let Some(Noted { end, .. }) = self.noted.pop_front() else { return };
            let task = end.task;
            self.set(task, State::Done);
            self.drop_unread_of(task);
            self.telling.fill_place(*end);
            self.publish_step();
            self.settled(task);
        }
    }

    /// What is noted cannot be written down: no step of it is done.
    pub(super) fn unrecorded(&mut self, error: LedgerError) {
        self.ledger_error.get_or_insert(error);
        let noted: Vec<Noted> = self.noted.drain(..).collect();
        for Noted { end, .. } in &noted {
            self.set(end.task, State::Failed);
        }
        for Noted { end, .. } in noted {
            self.fail_unrecorded(end.task, end.elapsed);
        }
        // What is only to be kept need not be kept any more.
        while let Some((task, keeping)) = self.to_keep.pop_first() {
            self.let_go_of_made(task);
            self.kept_well(keeping);
        }
    }

    /// A step has failed because it cannot be recorded.
    fn fail_unrecorded(&mut self, task: TaskId, elapsed: Duration) {
        let failure = self.ledger_error.as_ref().map(steps::failure_of);
        let failed = Attempt { elapsed, ..Attempt::failed(State::Failed, failure) };
        self.has_failed = true;
        if self.states.get(task) != State::Failed {
            self.set(task, State::Failed);
            self.telling.keep_place(task);
        }
        self.drop_unread_of(task);
        self.note_badly(task, &failed, None);
        let end = self.failed_end(task, failed, None);
        self.telling.fill_place(end);
        self.lose(task);
        self.settled(task);
    }

    pub(super) fn reuse(&mut self, task: TaskId, run: RunId) {
        self.set(task, State::Reused);
        let end = self.reused_end(task, run);
        self.telling.end(end);
        self.let_go_of_all(task);
        self.settled(task);
    }
}
