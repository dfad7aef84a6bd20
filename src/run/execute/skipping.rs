//! What becomes of steps that read from one that did not get done.
//!
//! A step is skipped once all that it reads from has come to its end, and on account of the lowest of those that failed, so
//! that it does not hang on who fails first what is told and recorded of it.

use std::sync::Arc;

use crate::event::State;
use crate::id::TaskId;

use super::Loop;

impl Loop<'_, '_, '_> {
    /// A step did not get done: everything that waits for it, or is based on it, comes to nothing.
    pub(super) fn lose(&mut self, lost: TaskId) {
        for task in self.course.lost(lost) {
            match self.states.get(task) {
                State::Running => self.doom(task, lost),
                State::Waiting | State::Ready => self.give_up(task, lost),
                _ => {}
            }
        }
    }

    /// A step cannot be started any more, because of this other.
    pub(super) fn give_up(&mut self, task: TaskId, lost: TaskId) {
        if self.states.get(task) == State::Ready {
            self.ready.remove(task);
            self.pools.forget(task);
        }
        self.let_go_of_all(task);
        self.stuck.insert(task, lost);
        if self.skip_if_settled(task) {
            self.settled(task);
        }
    }

    /// What a step has done is thrown away, now or when somebody brings it.
    fn doom(&mut self, task: TaskId, lost: TaskId) {
        match self.ahead.get(&task) {
            Some(ahead) if !ahead.is_out => {
                self.to_keep.remove(&task);
                self.let_go_of_made(task);
                self.ahead.remove(&task);
                self.throw_away(task, lost);
            }
            _ => drop(self.doomed.insert(task, lost)),
        }
    }

    pub(super) fn throw_away(&mut self, task: TaskId, lost: TaskId) {
        self.skip(task, lost);
        self.settled(task);
    }

    /// A step has come to its end: whoever cannot be started and waited for just that is skipped now.
    pub(super) fn settled(&mut self, task: TaskId) {
        if self.stuck.is_empty() {
            return;
        }
        let mut settled = vec![task];
        while let Some(task) = settled.pop() {
            for reader in self.job.blueprint.graph().readers(task) {
                if self.skip_if_settled(reader) {
                    settled.push(reader);
                }
            }
        }
    }

    /// Skips a step that cannot be started, if all that it reads from has come to its end; returns whether it has.
    fn skip_if_settled(&mut self, task: TaskId) -> bool {
        let Some(&lost) = self.stuck.get(&task) else { return false };
        let providers = self.job.blueprint.graph().providers(task);
        let is_settled = |provider: &TaskId| !self.job.is_picked(*provider) || self.states.get(*provider).is_final();
        let is_settled = providers.iter().all(is_settled);
        if is_settled {
            self.skip(task, lost);
        }
        is_settled
    }

    fn skip(&mut self, task: TaskId, lost: TaskId) {
        self.stuck.remove(&task);
        let blamed = self.blamed(task, lost);
        self.set(task, State::Skipped);
        let name = Arc::clone(&self.job.names[blamed.index()]);
        let end = self.unstarted_end(task, Some(name));
        self.telling.end(end);
    }

    /// The step on whose account another is skipped: the lowest that failed of those that it reads from, near or far.
    fn blamed(&mut self, task: TaskId, lost: TaskId) -> TaskId {
        let providers = self.job.blueprint.graph().providers(task);
        let failed = providers.into_iter().filter_map(|provider| match self.states.get(provider) {
            State::Failed | State::TimedOut => Some(provider),
            _ => self.blames.get(&provider).copied(),
        });
        let blamed = failed.min().unwrap_or(lost);
        self.blames.insert(task, blamed);
        blamed
    }

    /// What has no final state when nothing more is started, was not wanted any more, or could not be started.
    pub(super) fn cancel_rest(&mut self) {
        let job = self.job;
        for task in job.plan.picks() {
            if self.states.get(task).is_final() {
                continue;
            }
            if let Some(&lost) = self.stuck.get(&task) {
                self.skip(task, lost);
            } else {
                self.set(task, State::Cancelled);
                let end = self.unstarted_end(task, None);
                self.telling.end(end);
                self.let_go_of_all(task);
            }
        }
    }
}
