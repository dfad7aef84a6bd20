//! Black-box tests of the orchestrator, through its public interface.
//!
//! Tests that are named `rule_…` hold a rule of behaviour of ARCHITECTURE.md.

#![allow(clippy::unwrap_used, reason = "what cannot be there in a test has failed it")]

mod across;
mod any_run;
mod attempts;
mod checks;
mod faults;
mod formats;
mod growing;
mod guarded;
mod hand_over;
mod incremental;
mod lazy;
mod lineage;
mod order;
mod parallel;
mod partitions;
mod recording;
mod running;
mod schedules;
mod selection;
mod sources;
mod storing;
mod support;
mod validation;
