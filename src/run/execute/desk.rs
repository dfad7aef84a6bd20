//! What the threads ask of the loop: what to do next, and what is to become of what they have done.

use std::cmp::Reverse;
use std::time::Duration;

use crate::event::State;
use crate::id::TaskId;
use crate::ledger::LedgerError;
use crate::run::attempt::{Attempt, Trouble, Try};
use crate::run::crew::{Desk, Next};
use crate::run::journal::Batch;
use crate::run::keep::Keeping;

use super::Loop;

/// Something to do for a step.
pub(super) enum Order {
    /// Try it.
    Try(Try),
    /// Store what it has made.
    Keep(Box<Keeping>),
}

/// What has come of it.
pub(super) enum Report {
    Tried(TaskId, Attempt),
    Kept(Box<Keeping>, Result<(), Trouble>),
}

/// So short that a wish to stop is heeded at once, as people see it.
const NAP: Duration = Duration::from_millis(50);

impl Desk for Loop<'_, '_, '_> {
    type Job = Order;
    type Report = Report;
    type Batch = Batch;
    type Written = Result<(), LedgerError>;

    fn next(&mut self) -> Next<Order> {
        let next = self.look_for_more();
        self.telling.is_at(None);
        next
    }

    fn has_more(&self) -> bool {
        !(self.ready.is_empty() && self.to_keep.is_empty())
    }

    fn take(&mut self, report: Report) {
        self.out -= 1;
        match report {
            Report::Tried(task, attempt) => {
                self.telling.is_at(attempt.ended);
                self.tried(task, attempt);
            }
            Report::Kept(keeping, kept) => {
                self.telling.is_at(None);
                self.kept(*keeping, kept);
            }
        }
    }

    fn has_batch(&self) -> bool {
        self.journal.has_batch()
    }

    fn batch(&mut self) -> Option<Batch> {
        self.journal.batch()
    }

    fn written(&mut self, batch: Batch, written: Result<(), LedgerError>) {
        self.telling.is_at(None);
        match written {
            Ok(()) => {
                let written = self.journal.written();
                self.recorded(written);
            }
            Err(error) => {
                self.journal.unwritten(batch);
                self.unrecorded(error);
            }
        }
    }
}

impl Loop<'_, '_, '_> {
    fn look_for_more(&mut self) -> Next<Order> {
        self.wake();
        // First what others have made, so that its memory comes free.
        if let Some((task, keeping)) = self.to_keep.pop_first() {
            self.set_out(task);
            if let Some(ahead) = self.ahead.get_mut(&task) {
                ahead.is_out = true;
            }
            return Next::Do(Order::Keep(keeping));
        }
        let is_stopping = self.is_stopping();
        if !is_stopping && let Some(order) = self.start_next() {
            return Next::Do(Order::Try(order));
        }
        if self.out > 0 || !self.journal.is_written() {
            return self.due().map_or(Next::Wait, Next::Nap);
        }
        match self.due() {
            Some(time) if !is_stopping => Next::Nap(time),
            _ => Next::Over,
        }
    }

    /// Makes the steps ready whose time to be tried again has come.
    fn wake(&mut self) {
        if self.delayed.is_empty() {
            return;
        }
        let now = self.job.context.clock().monotonic();
        while let Some(&Reverse((due, task))) = self.delayed.peek() {
            if due > now {
                break;
            }
            self.delayed.pop();
            // What it has read may have been lost meanwhile.
            if self.states.get(task) == State::Waiting && !self.stuck.contains_key(&task) {
                self.make_ready(task);
            }
        }
    }

    /// How long until something can be tried again, or the wish to stop is to be looked for; `None` where nothing waits.
    fn due(&self) -> Option<Duration> {
        let &Reverse((due, _)) = self.delayed.peek()?;
        Some(due.saturating_sub(self.job.context.clock().monotonic()).min(NAP))
    }
}
