//! Which step is tried next, and what has to be done before.

use std::time::Duration;

use crate::event::State;
use crate::failpoint;
use crate::id::{ModelId, TaskId};
use crate::run::attempt::Try;
use crate::run::course::Move;
use crate::run::memory;
use crate::store::Version;

use super::Loop;

impl Loop<'_, '_, '_> {
    /// Starts the ready step that comes first, if there is one.
    pub(super) fn start_next(&mut self) -> Option<Try> {
        while let Some(task) = self.ready.pop() {
            if !self.pools.admit(task) {
                continue;
            }
            if let Err(error) = self.journal.begin() {
                // It is cancelled with the rest.
                self.ledger_error.get_or_insert(error);
                return None;
            }
            return Some(self.start(task));
        }
        None
    }

    fn start(&mut self, task: TaskId) -> Try {
        let attempt = self.attempt_of(task);
        self.set(task, State::Running);
        self.set_out(task);
        if self.journal.is_kept() {
            self.journal.started(&self.job.names[task.index()], attempt, self.job.context.clock().now());
        }
        failpoint::reached("step started");
        self.telling.started(task, &self.job.names[task.index()], attempt);
        Try {
            task,
            loads: self.loads(task),
            grows: self.course.previous(task),
            taken: self.course.taken(task),
            wants_digests: self.course.is_awaited(task),
        }
    }

    /// Which attempt of a step is the present one, or the next, from 1.
    pub(super) fn attempt_of(&self, task: TaskId) -> u32 {
        self.tried_before(task).0 + 1
    }

    /// How often a step was tried in vain so far, and how long that took.
    pub(super) fn tried_before(&self, task: TaskId) -> (u32, Duration) {
        self.tries.get(&task).copied().unwrap_or_default()
    }

    /// What a step reads that has to be taken from the store.
    fn loads(&self, task: TaskId) -> Vec<(ModelId, Version)> {
        if self.job.store.is_none() {
            return Vec::new();
        }
        // Another step may be about to take it just now, so it does not matter whether it looks as if it were there.
        let is_made = |model: ModelId| {
            let provider = self.job.blueprint.model(model).provider;
            provider.is_none_or(|provider| matches!(self.states.get(provider), State::Running | State::Done))
        };
        let stored = self.job.blueprint.reads(task).filter(|&model| !is_made(model));
        stored.filter_map(|model| Some((model, self.course.version(model)?.clone()))).collect()
    }

    /// Notes that somebody is about to do something for a step.
    pub(super) fn set_out(&mut self, task: TaskId) {
        self.out += 1;
        if self.job.options.measure_memory {
            self.take_peak();
            self.peaks.entry(task).or_default();
        }
    }

    /// Reads the most memory that was held since it was read last: all that were at work had a part in it.
    pub(super) fn take_peak(&mut self) {
        let peak = memory::peak();
        self.peak_memory = self.peak_memory.max(peak);
        for held in self.peaks.values_mut() {
            *held = (*held).max(peak);
        }
        memory::reset_peak();
    }

    /// Does what the course of the run has come to.
    pub(super) fn make(&mut self, moves: &mut Vec<Move>) {
        for next in moves.drain(..) {
            match next {
                Move::Ready(task) => self.make_ready(task),
                Move::Reuse(task, run) => self.reuse(task, run),
                Move::Blocked(task, provider) => {
                    self.give_up(task, provider);
                    self.lose(task);
                }
            }
        }
    }
}
