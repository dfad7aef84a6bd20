//! The tasks of the hotel domain, one file each, and the groups they come in.
//!
//! | module | tasks | in the chains |
//! |---|---|---|
//! | [`typing`] | one for each chain: its raw bookings into the shape that all chains share | one each |
//! | [`process`] | bookings that count, and rejects | all, unchanged |
//! | [`reports`] | the tables that people read | all, unchanged |
//! | [`front_desk`] | totals, and a page in Markdown | `alpine`, `metro` |
//!
//! A task is a plain function: its parameters are its declaration, and a unit test calls it with rows. Which file a table
//! is read from, when a task runs and where its results go is none of its business.

mod expressions;
pub mod front_desk;
pub mod process;
pub mod reports;
pub mod typing;

#[cfg(test)]
mod fixtures;
