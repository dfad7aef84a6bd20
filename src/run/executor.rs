//! Who does the work: starts tasks and hands back finished ones.
//!
//! An executor knows task ids and one function that runs a task to its end. What may be started when is the loop's
//! business.

use crate::id::TaskId;

/// Somebody who runs tasks: serially, on threads, or elsewhere. `T` is what comes back of one.
pub trait Executor<T> {
    /// How many tasks can be under way at once; at least one.
    fn width(&self) -> usize;

    /// Starts a task. Called only while fewer than [`width`](Executor::width) are under way.
    fn start(&mut self, task: TaskId);

    /// Waits for a task to end. Called only while one is under way.
    fn finished(&mut self) -> (TaskId, T);
}

/// Runs one task after another, on the thread of the loop.
///
/// ```
/// use purvey::id::TaskId;
/// use purvey::run::{Executor, Serial};
///
/// let mut executor = Serial::new(|task: TaskId| task.index() * 10);
/// executor.start(TaskId::new(4));
/// assert_eq!(executor.finished(), (TaskId::new(4), 40));
/// ```
#[derive(Debug)]
pub struct Serial<F> {
    work: F,
    started: Option<TaskId>,
}

impl<F> Serial<F> {
    /// An executor that does this work for each task.
    pub const fn new(work: F) -> Serial<F> {
        Serial { work, started: None }
    }
}

impl<T, F: FnMut(TaskId) -> T> Executor<T> for Serial<F> {
    fn width(&self) -> usize {
        1
    }

    fn start(&mut self, task: TaskId) {
        assert!(self.started.replace(task).is_none(), "the loop starts one task at a time here");
    }

    fn finished(&mut self) -> (TaskId, T) {
        let task = self.started.take().expect("the loop waits only for a task that it has started");
        (task, (self.work)(task))
    }
}
