//! The run: one loop that alone owns the state of every step.
//!
//! The loop (`execute.rs`) starts ready steps on an [`Executor`] and takes finished ones back; it records how each ended,
//! tells the listeners, and only then releases what waited for it. Which steps have to run at all is found out on the way
//! (`course.rs`). An executor knows nothing but task ids; what one attempt of a task does stands in `attempt.rs`, how long
//! it may take in `limit.rs`; who may run again when is decided in `states.rs`.

mod attempt;
mod course;
mod crew;
mod execute;
mod job;
mod journal;
mod keep;
mod limit;
mod memory;
mod order;
mod outcome;
mod panics;
mod pools;
mod ready;
mod results;
mod retry;
mod states;
mod sync;

pub(crate) use execute::execute;
pub(crate) use job::{Job, Note};
pub use job::{Jobs, Order, Publish, RunOptions};
pub use outcome::Outcome;
pub use panics::hold_panics;
pub use retry::RetryPolicy;
pub use states::{IllegalChange, States};
