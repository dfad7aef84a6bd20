//! A ledger that lives as long as the process.

/// A [`Ledger`](super::Ledger) in memory, for tests and for runs that nobody looks back at.
#[derive(Debug, Default)]
pub struct MemoryLedger;
