//! Reads runs.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::fault::Fault;
use super::words::{backfill_id, column, count, ending, ending_word, list, maybe, run_id, state, time, time_text};
use crate::event::State;
use crate::id::RunId;
use crate::ledger::{RunFilter, RunRecord};

/// How many steps of a run are in each state.
pub(super) const COUNTS: &str = "SELECT state, count(*) AS steps FROM steps WHERE run = ? GROUP BY state";

/// The runs that a filter lets through, the last first.
pub(super) fn runs(from: &Connection, filter: &RunFilter) -> Result<Vec<RunRecord>, Fault> {
    let mut conditions = vec!["true"];
    let mut values: Vec<Value> = Vec::new();
    if let Some(since) = filter.since {
        conditions.push("began >= ?");
        values.push(time_text(since).into());
    }
    if let Some(ending) = filter.ending {
        conditions.push("ending IS ?");
        values.push(ending.map_or(Value::Null, |ending| ending_word(ending).to_owned().into()));
    }
    if let Some(task) = &filter.task {
        conditions.push(
            "EXISTS (SELECT 1 FROM steps WHERE steps.run = runs.run AND task = ?
                 AND (started IS NOT NULL OR state = 'reused'))",
        );
        values.push(task.clone().into());
    }
    if let Some(partition) = &filter.partition {
        conditions.push("partition = ?");
        values.push(partition.clone().into());
    }
    let limit = filter.limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(i64::MAX);
    values.push(limit.into());
    select(from, &format!("{} ORDER BY run DESC LIMIT ?", conditions.join(" AND ")), values)
}

/// One run.
pub(super) fn run(from: &Connection, run: RunId) -> Result<Option<RunRecord>, Fault> {
    Ok(select(from, "id = ?", vec![run.to_string().into()])?.pop())
}

/// The runs whose id begins with a text, or whose short form it is.
pub(super) fn find(from: &Connection, text: &str) -> Result<Vec<RunRecord>, Fault> {
    let text = text.trim().to_ascii_lowercase();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    // All that begins with a text stands between it and the text with the last of all characters behind it.
    let end = format!("{text}{}", char::MAX);
    let meant = "run IN (SELECT run FROM runs WHERE id >= ?1 AND id <= ?2
                     UNION SELECT run FROM runs WHERE substr(id, -8) = ?1) ORDER BY run DESC";
    select(from, meant, vec![text.into(), end.into()])
}

fn select(from: &Connection, condition: &str, values: Vec<Value>) -> Result<Vec<RunRecord>, Fault> {
    let mut statement = from.prepare_cached(&format!(
        "SELECT run, id, chain, partition, began, published, ended, ending, host, process, request, resumes, backfill, steps
         FROM runs JOIN task_lists USING (task_list) WHERE {condition}"
    ))?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut runs = Vec::new();
    while let Some(row) = rows.next()? {
        runs.push(RunRecord { counts: counts(from, row.get("run")?, column(row, "steps", count)?)?, ..record(row)? });
    }
    Ok(runs)
}

/// A run without its counts.
fn record(row: &Row<'_>) -> Result<RunRecord, Fault> {
    Ok(RunRecord {
        run: column(row, "id", |text: String| run_id(&text))?,
        chain: row.get("chain")?,
        partition: row.get("partition")?,
        began: column(row, "began", |text: String| time(&text))?,
        ended: maybe(row, "ended", time)?,
        ending: maybe(row, "ending", ending)?,
        published: row.get::<_, Option<String>>("published")?.is_some(),
        host: row.get("host")?,
        process: row.get("process")?,
        request: column(row, "request", |text: String| list(&text))?,
        resumes: maybe(row, "resumes", run_id)?,
        backfill: maybe(row, "backfill", backfill_id)?,
        counts: Vec::new(),
    })
}

fn counts(from: &Connection, run: i64, planned: u64) -> Result<Vec<(State, u64)>, Fault> {
    let mut statement = from.prepare_cached(COUNTS)?;
    let mut rows = statement.query([run])?;
    let mut counts: Vec<(State, u64)> = Vec::new();
    while let Some(row) = rows.next()? {
        counts.push((column(row, "state", |word: String| state(&word))?, column(row, "steps", count)?));
    }
    // Most steps that wait have no row.
    let without = planned.saturating_sub(counts.iter().map(|(_, steps)| steps).sum());
    match counts.iter_mut().find(|(state, _)| *state == State::Waiting) {
        Some((_, waiting)) => *waiting += without,
        None if without > 0 => counts.push((State::Waiting, without)),
        None => {}
    }
    counts.sort_by_key(|(state, _)| State::ALL.iter().position(|other| other == state));
    Ok(counts)
}
