//! The chains, run for real: their binaries on their sample data.

mod samples;
