//! The chains, run for real: their programs on their sample data, and on the published file where that is at hand.

mod compare;
mod demand_published;
mod runs;
mod samples;
mod support;
