//! Forgets runs.

use std::collections::HashSet;

use rusqlite::Connection;

use super::fault::Fault;
use super::words::run_id;
use crate::id::RunId;

/// The runs of what counts for the next run. Joined in the order written: SQLite would rather begin with all runs.
pub(super) const NEEDED: &str = "
    SELECT DISTINCT runs.run, id
    FROM (SELECT step FROM latest UNION SELECT step FROM published) AS counting
    CROSS JOIN steps ON steps.step = counting.step
    CROSS JOIN runs ON runs.run = steps.run
    ORDER BY runs.run";

/// The runs that must not be forgotten, in the order they began.
pub(super) fn needed(from: &Connection) -> Result<Vec<RunId>, Fault> {
    let mut statement = from.prepare_cached(NEEDED)?;
    let mut rows = statement.query([])?;
    let mut needed = Vec::new();
    while let Some(row) = rows.next()? {
        needed.push(run_id(&row.get::<_, String>("id")?)?);
    }
    Ok(needed)
}

/// Removes runs with all that belongs to them, and what nobody refers to any more.
pub(super) fn forget(to: &Connection, runs: &[RunId]) -> Result<(), Fault> {
    let meant: HashSet<&RunId> = runs.iter().collect();
    if let Some(run) = needed(to)?.into_iter().find(|run| meant.contains(run)) {
        return Err(Fault::Needed(run));
    }
    // Their steps, attempts, reads, … go with them.
    let mut delete = to.prepare_cached("DELETE FROM runs WHERE id = ?")?;
    for run in runs {
        delete.execute([run.to_string()])?;
    }
    to.execute_batch(
        "DELETE FROM codes WHERE code NOT IN (SELECT code FROM steps WHERE code IS NOT NULL);
         DELETE FROM condition_sets
             WHERE condition_set NOT IN (SELECT condition_set FROM steps WHERE condition_set IS NOT NULL);
         DELETE FROM column_sets WHERE column_set NOT IN (SELECT column_set FROM versions);",
    )?;
    Ok(())
}

/// Makes the file smaller by the room that is free. What a reader keeps from being given back is given back next time.
pub(super) fn give_back(to: &Connection) -> Result<(), Fault> {
    for pragma in ["PRAGMA incremental_vacuum", "PRAGMA wal_checkpoint(TRUNCATE)"] {
        let mut statement = to.prepare(pragma)?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
    }
    Ok(())
}
