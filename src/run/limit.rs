//! Runs an attempt on a thread of its own, so that it can be given up when it takes too long.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::clock::Clock;
use crate::context::JobContext;
use crate::event::{Failure, State};
use crate::failure::Class;
use crate::section::Section;
use crate::words;

use super::attempt::{Attempt, Try, attempt};
use super::job::Job;

/// How often the clock is looked at while an attempt runs; that it ended is heard of at once.
const LOOK: Duration = Duration::from_millis(10);

/// Room for what tasks put on the stack, as the main thread has it.
const STACK: usize = 8 << 20;

/// What one thread keeps from attempt to attempt, so that it need not be made anew.
pub(super) struct Spare {
    context: JobContext,
    /// Stands for the section of a model that has none.
    unset: Section,
}

impl Spare {
    pub(super) fn new(job: &Job) -> Spare {
        Spare { context: job.context.for_step(), unset: Section::default() }
    }
}

/// Runs an attempt within the time that it may take. One that does not stop when it is asked to is left to itself: what it
/// makes later is never committed. What is spare may be used again.
pub(super) fn limited(job: &Arc<Job>, order: Try, spare: &mut Spare) -> Attempt {
    spare.context.renew(&job.context);
    let context = &spare.context;
    let Some(limit) = job.timeout(order.task) else {
        return attempt(job, &order, context, &mut spare.unset);
    };
    let (sender, ended) = mpsc::channel();
    let (task, grace) = (order.task, job.options.retry.grace);
    let work = {
        let (job, context) = (Arc::clone(job), context.clone());
        move || {
            // Nobody listens any more once it is given up.
            let _ = sender.send(attempt(&job, &order, &context, &mut Section::default()));
        }
    };
    let name = job.names[task.index()].to_string();
    let clock = job.context.clock();
    let start = clock.monotonic();
    if let Err(error) = thread::Builder::new().name(name).stack_size(STACK).spawn(work) {
        let messages = vec![format!("failed to start a thread for it: {error}")];
        return Attempt::failed(State::Failed, Some(Failure { class: Class::Transient, messages }));
    }
    if let Some(attempt) = wait(&ended, clock, start + limit) {
        return attempt;
    }
    let asked = clock.monotonic();
    context.cancel().cancel();
    let late = wait(&ended, clock, asked + grace);
    let message = format!("ran longer than its time-out of {}", words::duration(limit));
    let messages = match &late {
        Some(_) => vec![message],
        None => vec![format!("{message}, and did not stop within {} when asked to", words::duration(grace))],
    };
    Attempt {
        elapsed: clock.monotonic().saturating_sub(start),
        is_given_up: late.is_none(),
        ..Attempt::failed(State::TimedOut, Some(Failure { class: Class::Transient, messages }))
    }
}

/// Waits for an attempt to end, until the clock says so.
fn wait(ended: &Receiver<Attempt>, clock: &dyn Clock, until: Duration) -> Option<Attempt> {
    loop {
        let left = until.saturating_sub(clock.monotonic());
        match ended.recv_timeout(left.min(LOOK)) {
            Ok(attempt) => return Some(attempt),
            Err(RecvTimeoutError::Timeout) if left.is_zero() => return None,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                let messages = vec!["its thread ended without a word".to_owned()];
                return Some(Attempt::failed(State::Failed, Some(Failure { class: Class::Bug, messages })));
            }
        }
    }
}
