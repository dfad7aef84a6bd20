//! From a list of tasks to the decision what to do: wiring, validation, selection, plan.
//!
//! Everything here is a pure function: no file is touched, no clock read, no model built.
//!
//! - [`Blueprint::draw`] gives tasks and models their ids, finds who provides and who reads what, and reports every
//!   [`Fault`] of the list at once;
//! - [`Selection`] picks tasks by name, tag, group and neighbourhood;
//! - [`Situation`] is what was done before and how things stand now;
//! - [`Plan::make`] decides for each task of a blueprint whether this run runs it or reuses what was done before, and why.

mod blueprint;
mod checks;
mod decide;
mod error;
mod fault;
mod growth;
mod numbers;
mod once;
mod partitions;
mod parts;
mod pools;
mod ranges;
mod reason;
mod select;
mod situation;
mod validate;
mod wiring;

pub use blueprint::{Blueprint, Declaration, ModelEntry};
pub(crate) use decide::inputs;
pub use decide::{Decision, Plan, Step};
pub use error::PlanError;
pub use fault::{Circle, Fault, Faults};
pub use growth::{Growth, Previous};
pub(crate) use once::force_together;
pub(crate) use partitions::{cut_of, cut_of_chain};
pub use parts::Parts;
pub(crate) use ranges::{most, ranged};
pub use reason::Reason;
pub use select::{Selection, SelectionError};
pub use situation::{Candidate, Input, Lost, Situation, Standing, Stored, Verdict};
