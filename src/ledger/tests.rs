//! One contract for every ledger, and what only a file has.

use super::{Ledger, MemoryLedger, SqliteLedger};

mod backfills;
mod beside;
mod contract;
mod files;
mod forgetting;
mod refusing;
mod same;
mod support;
mod tail;
mod taken;

/// Tells a story to every ledger.
fn each_ledger(story: impl Fn(&dyn Ledger)) {
    story(&MemoryLedger::new());
    let folder = tempfile::tempdir().unwrap();
    story(&SqliteLedger::at(folder.path().join("ledger.sqlite")));
}
