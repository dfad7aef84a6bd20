//! Versions on record from the last one back, read no further than somebody looks.

use super::{Ledger, LedgerError, VersionRecord};

/// How many are read at first: mostly what is looked for is among the last.
const FIRST: usize = 4;

/// The versions of a model in a partition, the last first.
pub(crate) fn versions_back<'l>(
    ledger: &'l dyn Ledger,
    partition: &'l str,
    model: &'l str,
) -> impl Iterator<Item = Result<VersionRecord, LedgerError>> + use<'l> {
    let mut limit = 0;
    let mut read: Vec<VersionRecord> = Vec::new();
    let mut told = 0;
    std::iter::from_fn(move || {
        if told == read.len() && told == limit {
            let last = read.pop().map(|version| version.run);
            limit = if limit == 0 { FIRST } else { limit * 8 };
            match ledger.versions(partition, model, limit) {
                Ok(versions) => read = versions,
                Err(error) => return Some(Err(error)),
            }
            // A run that goes on may have made another one meanwhile.
            told = last.and_then(|last| read.iter().position(|version| version.run == last)).map_or(0, |at| at + 1);
        }
        let version = read.get(told)?.clone();
        told += 1;
        Some(Ok(version))
    })
}
