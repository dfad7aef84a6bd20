//! A ledger in a SQLite file.

/// A [`Ledger`](super::Ledger) in a SQLite file.
#[derive(Debug)]
pub struct SqliteLedger;
