//! The state of every step, changed by one setter.
//!
//! Knows ids and states; not what a task is, nor why its state changes.

use crate::event::State;
use crate::id::TaskId;

/// The state of every step of a run.
///
/// ```
/// use purvey::event::State;
/// use purvey::id::TaskId;
/// use purvey::run::States;
///
/// let clean = TaskId::new(0);
/// let mut states = States::waiting(1);
/// states.set(clean, State::Ready)?;
/// let error = states.set(clean, State::Done).unwrap_err();
/// assert_eq!(error.to_string(), "step 0 cannot go from ready to done");
/// # Ok::<(), purvey::run::IllegalChange>(())
/// ```
#[derive(Clone, Debug)]
pub struct States(Vec<State>);

impl States {
    /// So many steps, all waiting.
    #[must_use]
    pub fn waiting(steps: usize) -> States {
        States(vec![State::Waiting; steps])
    }

    /// The state of a step.
    #[must_use]
    pub fn get(&self, task: TaskId) -> State {
        self.0[task.index()]
    }

    /// Changes the state of a step.
    ///
    /// # Errors
    ///
    /// When a step cannot go from its present state to this one.
    pub fn set(&mut self, task: TaskId, to: State) -> Result<(), IllegalChange> {
        let state = &mut self.0[task.index()];
        let is_legal = matches!(
            (*state, to),
            (State::Waiting, State::Ready | State::Reused | State::Skipped | State::Cancelled)
                // What it reads was there in memory, and could not be kept.
                | (State::Ready, State::Running | State::Skipped | State::Cancelled)
                | (
                    State::Running,
                    // Waiting for the next attempt.
                    State::Waiting
                        | State::Done
                        | State::Failed
                        | State::TimedOut
                        | State::Skipped
                        | State::Cancelled
                )
        );
        if !is_legal {
            return Err(IllegalChange { task, from: *state, to });
        }
        *state = to;
        Ok(())
    }
}

/// A change of state that the life of a step does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("step {} cannot go from {from} to {to}", task.index())]
pub struct IllegalChange {
    /// The step.
    pub task: TaskId,
    /// Its state.
    pub from: State,
    /// The state it was to get.
    pub to: State,
}
