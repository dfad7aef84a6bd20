//! Batch ETL: typed models, plain functions as tasks, chains that do not compile when they are broken.
//!
//! A **task** is a function over **models** (tables, values, files). Its signature says what it requires and what it
//! provides; order, checks, memory and storage follow from it. A **chain** is a binary that puts tasks together.
//!
//! # A tour
//!
//! The modules stand in the order the data moves: declare, plan, run, show.
//!
//! **Declare.** A table is a struct with `#[derive(Row)]`: schema, documentation and contract at once. A task is a
//! function with `#[task]`: `&M` is what it requires, `&mut M` what it provides.
//!
//! ```
//! use purvey::prelude::*;
//!
//! /// One booking.
//! #[derive(Row, Clone, Debug, PartialEq)]
//! #[row(table = "bookings", key = "id")]
//! pub struct Booking {
//!     pub id: i64,
//!     pub hotel: String,
//!     #[check(min = 0)]
//!     pub nights: i32,
//! }
//!
//! /// Nights sold, by hotel.
//! #[derive(Row, Clone, Debug, PartialEq)]
//! #[row(table = "nights_sold", key = "hotel", order_by = "hotel")]
//! pub struct NightsSold {
//!     pub hotel: String,
//!     pub nights: i64,
//! }
//!
//! #[task]
//! pub fn add_up(bookings: &Table<Booking>, sold: &mut Table<NightsSold>) -> Result<()> {
//!     let nights = col(Booking::NIGHTS).cast(DataType::Int64).sum();
//!     sold.put(bookings.scan().group_by([col(Booking::HOTEL)]).agg([nights]))
//! }
//!
//! // It is tested as what it is, a function:
//! let booking = |id, hotel: &str, nights| Booking { id, hotel: hotel.to_owned(), nights };
//! let bookings = Table::from_rows([booking(1, "Seehof", 3), booking(2, "Alpenblick", 1), booking(3, "Seehof", 4)]);
//! let mut sold = Table::new();
//! add_up(&bookings, &mut sold)?;
//! assert_rows!(sold, [
//!     NightsSold { hotel: "Alpenblick".into(), nights: 1 },
//!     NightsSold { hotel: "Seehof".into(), nights: 7 },
//! ]);
//! # Ok::<(), purvey::Error>(())
//! ```
//!
//! [`model`] has the kinds of models, [`Row`](model::Row) all attributes of a table, [`task`](mod@task) what tasks, groups and
//! chains are. [`chain!`], [`group!`] and [`tasks!`] check the graph when they are compiled.
//!
//! **Plan.** [`plan::Blueprint`] numbers and checks a list of tasks and finds everything that is wrong with it at once;
//! [`plan::Selection`] picks some of them; [`plan::Plan`] is the decision what to do.
//!
//! **Run.** [`Orchestrator`] is where it all meets:
//!
//! ```
//! # use purvey::prelude::*;
//! # /// Nights sold.
//! # #[derive(Named)]
//! # #[named("nights")]
//! # struct Nights;
//! # #[task]
//! # fn count(nights: &mut Value<i64, Nights>) -> Result<()> { nights.put(7) }
//! let mut orchestrator = Orchestrator::new(JobContext::new("example"), tasks![count], Sections::models())
//!     .keep::<Value<i64, Nights>>();
//! let mut outcome = orchestrator.run()?;
//! let nights = outcome.take::<Value<i64, Nights>>().expect("it was to be kept");
//! assert_eq!(*nights.get()?, 7);
//! # Ok::<(), purvey::Error>(())
//! ```
//!
//! [`run`] has the loop and its [outcome](run::Outcome), [`store`] the places where results go, [`event`] what is said
//! while it runs.
//!
//! **Show.** [`report`] turns events into lines, tables, JSON and drawings. [`main`] gives a chain its command line, its
//! configuration ([`config`]) and its log.

// The macros write `::purvey::…`, also inside this crate.
extern crate self as purvey;

pub mod cancel;
pub mod cli;
pub mod clock;
pub mod config;
pub mod context;
pub mod contract;
pub mod digest;
pub mod event;
mod failpoint;
pub mod failure;
pub mod fingerprint;
pub mod graph;
pub mod id;
pub mod ledger;
pub mod lineage;
pub mod model;
mod nearest;
pub mod partition;
pub mod plan;
pub mod registry;
pub mod report;
pub mod run;
pub mod schedule;
pub mod schema;
pub mod secret;
pub mod section;
pub mod session;
pub mod source;
pub mod store;
pub mod task;
pub mod telling;
pub mod words;
pub mod zone;

pub use cancel::CancelToken;
pub use cli::main;
pub use context::JobContext;
pub use failure::{Class, Error, Result};
pub use id::RunId;
pub use purvey_macros::{Named, Row, chain, group, task, tasks};
pub use secret::Secret;
pub use section::Section;
pub use session::Orchestrator;
pub use {chrono, polars};

/// Everything a file with models, tasks or a chain wants in scope: `use purvey::prelude::*`.
pub mod prelude {
    pub use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
    pub use polars::prelude::{
        DataFrame, DataType, Expr, IntoLazy, JoinArgs, JoinType, LazyFrame, SortMultipleOptions, coalesce, col,
        concat_str, len, lit, when,
    };

    pub use purvey_macros::{Named, Row, chain, group, task, tasks};

    pub use crate::assert_rows;
    pub use crate::cancel::CancelToken;
    pub use crate::context::JobContext;
    pub use crate::failure::{Class, Error, Result};
    pub use crate::model::{
        Across, All, Artifact, Model, Named, Preceding, Published, Rejected, Row, Table, Trailing, Value, Within,
    };
    pub use crate::section::Sections;
    pub use crate::session::Orchestrator;
    pub use crate::task::{Chain, Group, Settings, TaskList};
}

/// What the macros write refers to; not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use crate::model::row_derive::*;
}

/// The examples of the README, which are compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
