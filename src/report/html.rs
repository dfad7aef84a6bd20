//! HTML pages that are complete in themselves: one for a run, one over many runs, one for what a chain is.
//!
//! Style and script are written into each page, which asks nobody for anything; it is read in light and dark, on narrow
//! and wide screens, by keyboard and on paper. Where it has no script, only search by typing is missing. The same data gives
//! the same bytes.
//!
//! Knows what the ledger tells and what schemas say. Reads nothing itself: whoever asks for a page has looked it up.

mod docs;
#[cfg(test)]
mod fixture;
mod page;
mod parts;
mod run;
mod runs;
#[cfg(test)]
mod tests;

pub(crate) use docs::{DocsPage, ModelDoc, TaskDoc};
pub(crate) use run::{Head, ModelPart, RunPage};
pub(crate) use runs::{Calendar, Failed, Point, RunLine, RunsPage, Series};
