//! The sample data of all chains, made up: the same bytes on every machine, from a seed that stands in the code.
//!
//! Each chain's houses have fourteen months of bookings, so that there is a year to compare with. Some of them are
//! wrong on purpose, in the ways that real files are.

use booking::{House, Kind, Made, of_house};
use random::Random;

mod alpine;
mod booking;
mod demand;
mod metro;
mod random;

/// The files, by path inside `chains/`, with their contents.
#[must_use]
pub fn files() -> Vec<(String, String)> {
    [alpine::files(), demand::files(), metro::files()].concat()
}
