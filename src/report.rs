//! How events look to a person or a program.
//!
//! Every view is a fold over [events](crate::event): [`Lines`] for cron mails, [`Progress`] for terminals, [`Summary`]
//! for the table at the end, [`json`] for programs. [`Logger`] writes what tasks say, [`draw`] pictures a chain.
//!
//! Knows plain data only: neither how a run is planned, made or stored, nor the command line, which decides who reads.

use std::fmt::{Arguments, Write as _};

pub mod draw;
pub(crate) mod html;
pub mod json;
mod lines;
mod log;
mod progress;
mod style;
mod summary;

pub use lines::Lines;
pub use log::{Filter, LogForm, Logger, ParseFilterError, Suspend};
pub use progress::Progress;
pub use style::{Palette, Tone};
pub use summary::Summary;

fn push(text: &mut String, more: Arguments<'_>) {
    text.write_fmt(more).expect("writing to a string does not fail");
}

#[cfg(test)]
pub(crate) mod fixture;
