//! What the next run may reuse.

use rusqlite::Connection;

use super::fault::Fault;
use super::parts::Parts;
use super::steps::made;
use super::words::{column, elapsed, maybe_count, run_id, time};
use crate::ledger::Performed;

/// The steps of a task that count: the last one that is done, and the one that is published. Both by index.
pub(super) const CANDIDATES: &str = "
    SELECT steps.step, runs.id, steps.ended, steps.elapsed_us, steps.peak_memory_bytes, steps.code, steps.condition_set, steps.source_files,
        EXISTS (SELECT 1 FROM published WHERE published.step = steps.step AND partition = ?1) AS published
    FROM (
        SELECT step FROM latest WHERE partition = ?1 AND task = ?2
        UNION SELECT step FROM published WHERE partition = ?1 AND task = ?2
    ) AS candidates
    CROSS JOIN steps ON steps.step = candidates.step
    CROSS JOIN runs ON runs.run = steps.run
    ORDER BY steps.step DESC";

/// What was last done of each of these tasks.
pub(super) fn performed(from: &Connection, partition: &str, tasks: &[&str]) -> Result<Vec<Performed>, Fault> {
    let mut parts = Parts::new(from);
    let mut performed = Vec::new();
    let mut candidates = from.prepare_cached(CANDIDATES)?;
    for task in tasks {
        let mut rows = candidates.query([partition, task])?;
        while let Some(row) = rows.next()? {
            let step = row.get("step")?;
            performed.push(Performed {
                task: (*task).to_owned(),
                run: column(row, "id", |text: String| run_id(&text))?,
                at: column(row, "ended", |text: String| time(&text))?,
                elapsed: elapsed(row.get("elapsed_us")?),
                peak_memory: column(row, "peak_memory_bytes", maybe_count)?,
                fingerprint: parts.fingerprint(
                    step,
                    row.get("code")?,
                    row.get("condition_set")?,
                    row.get("source_files")?,
                )?,
                made: made(from, step, &mut parts)?,
                published: row.get("published")?,
            });
        }
    }
    Ok(performed)
}
