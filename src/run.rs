//! The run: one loop that alone owns the state of every step.
//!
//! The loop (`execute.rs`) starts ready steps on an [`Executor`] and takes finished ones back; it tells the listeners how
//! each ended, and only then releases what waited for it. An executor knows nothing but task ids; what one attempt of a
//! task does stands in `attempt.rs`; who may run again when is decided in `states.rs`.

mod attempt;
mod execute;
mod executor;
mod memory;
mod outcome;
mod panics;
mod results;
mod states;

pub use execute::RunOptions;
pub(crate) use execute::{Job, execute};
pub use executor::{Executor, Serial};
pub use outcome::Outcome;
pub use panics::hold_panics;
pub use states::{IllegalChange, States};
