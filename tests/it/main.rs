//! Black-box tests of the orchestrator, through its public interface.
//!
//! Tests that are named `rule_…` hold a rule of behaviour of ARCHITECTURE.md.

mod faults;
mod order;
mod running;
mod selection;
mod support;
mod validation;
