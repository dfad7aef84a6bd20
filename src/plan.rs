//! From a list of tasks to the decision what to do: wiring, validation, selection, plan.
//!
//! Everything here is a pure function: no file is touched, no clock read, no model built.
//!
//! - [`Blueprint::draw`] gives tasks and models their ids, finds who provides and who reads what, and reports every
//!   [`Fault`] of the list at once;
//! - [`Selection`] picks tasks by name, tag, group and neighbourhood;
//! - [`Plan::make`] decides for each task of a blueprint whether this run runs it.

mod blueprint;
mod decide;
mod fault;
mod lists;
mod select;
mod validate;

pub use blueprint::{Blueprint, Declaration, ModelEntry};
pub use decide::{Decision, Plan, PlanError, Step};
pub use fault::{Circle, Fault, Faults};
pub use select::{Selection, SelectionError};
