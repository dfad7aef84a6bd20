//! The run: one loop that alone owns the state of every step.
//!
//! The loop (`execute.rs`) says what is to be done next and takes back what has come of it; threads (`crew.rs`) ask it, and
//! do the work. It tells the listeners, and releases what waited for a step. Which steps have to run at all is found out on
//! the way (`course.rs`), which of them goes first in `order.rs` and `pools.rs`. What one attempt of a task does stands in
//! `attempt.rs`, how long it may take in `limit.rs`, what becomes of what it made in `keep.rs`; who may run again when is
//! decided in `states.rs`.

mod attempt;
mod checks;
mod course;
mod crew;
mod execute;
mod gather;
mod job;
mod journal;
mod keep;
mod limit;
mod memory;
mod order;
mod outcome;
mod panics;
mod pools;
mod range;
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
pub(crate) use range::{Portions, Range};
pub use retry::RetryPolicy;
pub use states::{IllegalChange, States};
