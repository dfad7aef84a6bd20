//! Forgets runs.

use std::collections::HashSet;

use rusqlite::Connection;

use super::fault::Fault;
use super::known::Known;
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

/// Removes what is kept once for many steps, or for many runs, and has none left.
pub(super) const ORPHANS: [&str; 6] = [
    "DELETE FROM backfills
     WHERE ended IS NOT NULL AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.backfill = backfills.id)",
    "DELETE FROM codes WHERE NOT EXISTS (SELECT 1 FROM steps WHERE steps.code = codes.code)",
    "DELETE FROM condition_sets
     WHERE NOT EXISTS (SELECT 1 FROM steps WHERE steps.condition_set = condition_sets.condition_set)",
    "DELETE FROM column_sets WHERE NOT EXISTS (SELECT 1 FROM versions WHERE versions.column_set = column_sets.column_set)",
    "DELETE FROM lineages WHERE NOT EXISTS (SELECT 1 FROM versions WHERE versions.lineage = lineages.lineage)",
    "DELETE FROM task_lists WHERE NOT EXISTS (SELECT 1 FROM runs WHERE runs.task_list = task_lists.task_list)",
];

/// Removes runs with all that belongs to them, and what nobody refers to any more.
pub(super) fn forget(to: &Connection, known: &mut Known, runs: &[RunId]) -> Result<(), Fault> {
    *known = Known::default();
    let meant: HashSet<&RunId> = runs.iter().collect();
    if let Some(run) = needed(to)?.into_iter().find(|run| meant.contains(run)) {
        return Err(Fault::Needed(run));
    }
    // Their steps, attempts, reads, … go with them.
    let mut delete = to.prepare_cached("DELETE FROM runs WHERE id = ?")?;
    for run in runs {
        delete.execute([run.to_string()])?;
    }
    for orphans in ORPHANS {
        to.execute(orphans, [])?;
    }
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
