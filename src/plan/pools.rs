//! Whether what tasks take of pools is there.

use std::collections::{BTreeMap, BTreeSet};

use crate::nearest;
use crate::task::Entry;

use super::fault::Fault;

/// Finds tasks that take more of a pool than there is, and pools that nobody takes of.
pub(super) fn check(entries: &[Entry], pools: &BTreeMap<String, u32>, faults: &mut Vec<Fault>) {
    let mut taken = BTreeSet::new();
    for task in entries.iter().map(|entry| &entry.task) {
        for &(pool, share) in task.uses().pools {
            taken.insert(pool);
            let size = pools.get(pool).copied();
            if share > size.unwrap_or(1) {
                let (task, pool) = (task.name().to_owned(), pool.to_owned());
                faults.push(Fault::PoolTooSmall { task, pool, share, size });
            }
        }
    }
    let unused = pools.keys().filter(|pool| !taken.contains(pool.as_str()));
    faults.extend(unused.map(|pool| {
        let similar = nearest::name(pool, taken.iter().copied());
        Fault::UnusedPool { pool: pool.clone(), similar }
    }));
}
