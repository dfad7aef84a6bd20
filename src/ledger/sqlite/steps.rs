//! Reads steps and versions.

use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::checks::check;
use super::fault::Fault;
use super::parts::Parts;
use super::words::{column, count, digest, elapsed, failure, list, maybe, maybe_count, run_id, state, time};
use crate::id::RunId;
use crate::ledger::{AttemptRecord, ReadRecord, StepRecord, VersionRecord};
use crate::store::StoredFile;

/// The steps of a run. They are asked for table by table, not step by step.
pub(super) fn steps(from: &Connection, run: RunId) -> Result<Vec<StepRecord>, Fault> {
    let run = run.to_string();
    let planned = from
        .prepare_cached("SELECT first_step, tasks FROM runs JOIN task_lists USING (task_list) WHERE id = ?")?
        .query_row([&run], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))
        .optional()?;
    let Some((first, tasks)) = planned else { return Ok(Vec::new()) };
    let mut steps: Vec<StepRecord> = list(&tasks)?.into_iter().map(StepRecord::waiting).collect();
    let count = steps.len();
    let place = |row: &Row<'_>| -> Result<usize, Fault> {
        let step: i64 = row.get("step")?;
        let place = usize::try_from(step - first).ok().filter(|place| *place < count);
        place.ok_or_else(|| Fault::Damaged(format!("it has no step {step}")))
    };
    each(from, "SELECT steps.* FROM runs JOIN steps USING (run) WHERE id = ? ORDER BY step", [&run], |row| {
        steps[place(row)?] = record(row)?;
        Ok(())
    })?;
    each(from, &of_run("attempts", "attempt"), [&run], |row| {
        steps[place(row)?].attempts.push(attempt(row)?);
        Ok(())
    })?;
    each(from, &of_run("reads", "position"), [&run], |row| {
        steps[place(row)?].reads.push(ReadRecord {
            model: row.get("model")?,
            version: maybe(row, "version", run_id)?,
            digest: column(row, "digest", digest)?,
        });
        Ok(())
    })?;
    each(from, &of_run("checks", "position"), [&run], |row| {
        steps[place(row)?].checks.push(check(row)?);
        Ok(())
    })?;
    let mut parts = Parts::new(from);
    each(from, &versions_where(OF_RUN), [&run], |row| {
        steps[place(row)?].made.push(version(row, &mut parts)?);
        Ok(())
    })?;
    Ok(steps)
}

/// The versions of a model in a partition, of the last run first.
pub(super) fn versions(
    from: &Connection,
    partition: &str,
    model: &str,
    limit: usize,
) -> Result<Vec<VersionRecord>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    collect(from, &versions_where(OF_MODEL), (partition, model, limit), &mut Parts::new(from))
}

/// The versions that are published in a partition.
pub(super) fn published(from: &Connection, partition: &str) -> Result<Vec<VersionRecord>, Fault> {
    collect(from, &versions_where(PUBLISHED), [partition], &mut Parts::new(from))
}

/// What is published of a model in each of these partitions.
pub(super) fn published_of(
    from: &Connection,
    model: &str,
    partitions: &[&str],
) -> Result<Vec<Option<VersionRecord>>, Fault> {
    let (sql, mut parts) = (versions_where(PUBLISHED_OF), Parts::new(from));
    let mut found = |partition: &&str| Ok(collect(from, &sql, [*partition, model], &mut parts)?.pop());
    partitions.iter().map(&mut found).collect()
}

/// The versions that a step made.
pub(super) fn made(from: &Connection, step: i64, parts: &mut Parts<'_>) -> Result<Vec<VersionRecord>, Fault> {
    collect(from, &versions_where(OF_STEP), [step], parts)
}

/// The rows of a table that belong to the steps of a run.
pub(super) fn of_run(table: &str, order: &str) -> String {
    format!(
        "SELECT {table}.* FROM runs JOIN steps USING (run) JOIN {table} USING (step)
         WHERE id = ? ORDER BY step, {table}.{order}"
    )
}

/// Which versions are read, and in which order.
pub(super) const OF_RUN: &str =
    "versions.step IN (SELECT step FROM steps WHERE run = (SELECT run FROM runs WHERE id = ?))
     ORDER BY versions.step, versions.position";
pub(super) const OF_STEP: &str = "versions.step = ? ORDER BY versions.position";
pub(super) const OF_MODEL: &str = "runs.partition = ?1 AND versions.model = ?2 ORDER BY versions.run DESC LIMIT ?3";
/// The plus keeps SQLite from going through all versions in the order of their models, to spare a sort of few.
pub(super) const PUBLISHED: &str = "versions.step IN (SELECT step FROM published WHERE partition = ?1)
     AND (versions.step, versions.model) IN (SELECT step, model FROM published WHERE partition = ?1)
     ORDER BY +versions.model";

pub(super) const PUBLISHED_OF: &str =
    "versions.step = (SELECT step FROM published WHERE partition = ?1 AND model = ?2) AND versions.model = ?2";

pub(super) fn versions_where(condition: &str) -> String {
    format!(
        "SELECT versions.*, runs.id, steps.task
         FROM versions JOIN steps ON steps.step = versions.step JOIN runs ON runs.run = versions.run WHERE {condition}"
    )
}

fn collect(
    from: &Connection,
    sql: &str,
    values: impl Params,
    parts: &mut Parts<'_>,
) -> Result<Vec<VersionRecord>, Fault> {
    let mut versions = Vec::new();
    each(from, sql, values, |row| {
        versions.push(version(row, parts)?);
        Ok(())
    })?;
    Ok(versions)
}

fn each(
    from: &Connection,
    sql: &str,
    values: impl Params,
    mut call: impl FnMut(&Row<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut statement = from.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        call(row)?;
    }
    Ok(())
}

fn record(row: &Row<'_>) -> Result<StepRecord, Fault> {
    Ok(StepRecord {
        task: row.get("task")?,
        state: column(row, "state", |word: String| state(&word))?,
        started: maybe(row, "started", time)?,
        ended: maybe(row, "ended", time)?,
        elapsed: elapsed(row.get("elapsed_us")?),
        why: row.get("why")?,
        reused: maybe(row, "reused", run_id)?,
        rows_in: column(row, "rows_in", maybe_count)?,
        rows_out: column(row, "rows_out", maybe_count)?,
        peak_memory: column(row, "peak_memory_bytes", maybe_count)?,
        attempts: Vec::new(),
        reads: Vec::new(),
        made: Vec::new(),
        checks: Vec::new(),
        failure: failure(row)?,
        blamed: row.get("blamed")?,
    })
}

fn attempt(row: &Row<'_>) -> Result<AttemptRecord, Fault> {
    Ok(AttemptRecord {
        attempt: row.get("attempt")?,
        started: column(row, "started", |text: String| time(&text))?,
        state: column(row, "state", |word: String| state(&word))?,
        elapsed: elapsed(row.get("elapsed_us")?),
        failure: failure(row)?,
    })
}

fn version(row: &Row<'_>, parts: &mut Parts<'_>) -> Result<VersionRecord, Fault> {
    Ok(VersionRecord {
        model: row.get("model")?,
        run: column(row, "id", |text: String| run_id(&text))?,
        task: row.get("task")?,
        at: column(row, "at", |text: String| time(&text))?,
        digest: column(row, "digest", digest)?,
        rows: column(row, "rows", maybe_count)?,
        bytes: column(row, "bytes", count)?,
        columns: parts.columns(row.get("column_set")?)?,
        lineage: row.get::<_, Option<i64>>("lineage")?.map(|number| parts.lineage(number)).transpose()?,
        file: file(row)?,
    })
}

fn file(row: &Row<'_>) -> Result<Option<StoredFile>, Fault> {
    let Some(extension) = row.get("file_extension")? else { return Ok(None) };
    Ok(Some(StoredFile {
        extension,
        bytes: column(row, "file_bytes", count)?,
        modified: row.get("file_modified_ns")?,
        inode: row.get::<_, i64>("file_inode")?.cast_unsigned(),
        digest: column(row, "file_digest", digest)?,
    }))
}
