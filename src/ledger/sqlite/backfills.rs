//! Writes and reads backfills.

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::fault::Fault;
use super::words::{
    backfill_id, column, count, ending, ending_word, list, list_text, maybe, picked, picked_word, run_id, time,
    time_text, whole,
};
use crate::event::Ending;
use crate::id::BackfillId;
use crate::ledger::refusal::{self, Refusal};
use crate::ledger::{BackfillBegan, BackfillRecord, Entry, PartitionRecord, RangeRecord, RunBegan};

/// How many partitions that a backfill has begun ended so.
pub(super) const COUNTS: &str =
    "SELECT ending, count(*) AS partitions FROM backfill_partitions WHERE backfill = ? GROUP BY ending ORDER BY ending";
/// Whether a backfill is to begin no further run.
pub(super) const STOP_ASKED: &str = "SELECT stop_asked IS NOT NULL FROM backfills WHERE id = ?";
/// The row that says how the partition of a run went.
pub(super) const END_PARTITION: &str = "UPDATE backfill_partitions SET ended = ?2, ending = ?3
    WHERE (backfill, partition, run) = (
        SELECT backfills.backfill, runs.partition, runs.id
        FROM runs JOIN backfills ON backfills.id = runs.backfill WHERE runs.run = ?1)";
const SET_PARTITION: &str = "INSERT INTO backfill_partitions (backfill, partition, run, began, ended, ending, messages)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT DO UPDATE SET run = ?3, began = ?4, ended = ?5, ending = ?6, messages = ?7";

/// What an entry needs to know of a backfill.
struct Known {
    number: i64,
    sittings: u32,
    has_ended: bool,
}

fn known(from: &Connection, id: BackfillId) -> Result<Known, Fault> {
    let found = from
        .prepare_cached("SELECT backfill, sittings, ended IS NOT NULL FROM backfills WHERE id = ?")?
        .query_row([id.to_string()], |row| {
            Ok(Known { number: row.get(0)?, sittings: row.get(1)?, has_ended: row.get(2)? })
        })
        .optional()?;
    Ok(found.ok_or(Refusal::NoBackfill(id))?)
}

fn going_on(from: &Connection, id: BackfillId) -> Result<Known, Fault> {
    let known = known(from, id)?;
    if known.has_ended { Err(Refusal::BackfillEnded(id).into()) } else { Ok(known) }
}

/// Takes an entry that is about a backfill.
pub(super) fn take(to: &Connection, entry: &Entry) -> Result<(), Fault> {
    match entry {
        Entry::BackfillBegan(began) => begin(to, began),
        Entry::RunNotBegun { backfill, partition, at, messages } => {
            let number = going_on(to, *backfill)?.number;
            let (at, ending) = (time_text(*at), ending_word(Ending::Failed));
            let messages = list_text(messages);
            to.prepare_cached(SET_PARTITION)?.execute(params![
                number,
                partition,
                None::<String>,
                at,
                at,
                ending,
                messages
            ])?;
            Ok(())
        }
        Entry::StopAsked { backfill, at } => {
            let number = going_on(to, *backfill)?.number;
            to.prepare_cached("UPDATE backfills SET stop_asked = ?2 WHERE backfill = ?1")?
                .execute(params![number, time_text(*at)])?;
            Ok(())
        }
        Entry::BackfillEnded { backfill, ending, at } => {
            let number = going_on(to, *backfill)?.number;
            to.prepare_cached("UPDATE backfills SET ended = ?2, ending = ?3 WHERE backfill = ?1")?.execute(params![
                number,
                time_text(*at),
                ending_word(*ending)
            ])?;
            Ok(())
        }
        Entry::BackfillResumed { backfill, sitting, host, process, .. } => {
            let known = known(to, *backfill)?;
            refusal::check_sitting(*backfill, known.sittings, *sitting)?;
            to.prepare_cached(
                "UPDATE backfills SET sittings = ?2, host = ?3, process = ?4, stop_asked = NULL, ended = NULL, ending = NULL
                 WHERE backfill = ?1",
            )?
            .execute(params![known.number, sitting, host, process])?;
            Ok(())
        }
        _ => Ok(()),
    }
}

fn begin(to: &Connection, began: &BackfillBegan) -> Result<(), Fault> {
    match known(to, began.backfill) {
        Ok(_) => return Err(Refusal::BackfillTwice(began.backfill).into()),
        Err(Fault::Refused(Refusal::NoBackfill(_))) => {}
        Err(fault) => return Err(fault),
    }
    let partitions = began.ranges.iter().map(|range| range.partitions).sum();
    let number = to
        .prepare_cached(
            "INSERT INTO backfills
                 (id, chain, first, last, picked, reverse, jobs, partitions, request, began, host, process, sittings)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
        )?
        .insert(params![
            began.backfill.to_string(),
            began.chain,
            began.ends.0,
            began.ends.1,
            picked_word(began.picked),
            began.reverse,
            began.jobs,
            whole(partitions)?,
            list_text(&began.request),
            time_text(began.at),
            began.host,
            began.process,
        ])?;
    let mut add = to.prepare_cached(
        "INSERT INTO backfill_ranges (backfill, position, first, last, partitions) VALUES (?, ?, ?, ?, ?)",
    )?;
    for (position, range) in began.ranges.iter().enumerate() {
        add.execute(params![number, position as i64, range.first, range.last, whole(range.partitions)?])?;
    }
    Ok(())
}

/// Notes that the run of a partition began, where it is part of a backfill.
pub(super) fn run_began(to: &Connection, began: &RunBegan) -> Result<(), Fault> {
    let Some(backfill) = began.backfill else { return Ok(()) };
    let number = going_on(to, backfill)?.number;
    let (run, at, nothing) = (began.run.to_string(), time_text(began.at), None::<String>);
    to.prepare_cached(SET_PARTITION)?.execute(params![number, began.partition, run, at, nothing, nothing, "[]"])?;
    Ok(())
}

/// Notes that a run ended, where it is part of a backfill.
pub(super) fn run_ended(to: &Connection, run: i64, ending: Ending, at: DateTime<Utc>) -> Result<(), Fault> {
    to.prepare_cached(END_PARTITION)?.execute(params![run, time_text(at), ending_word(ending)])?;
    Ok(())
}

/// The backfills, the last first.
pub(super) fn backfills(from: &Connection, limit: usize) -> Result<Vec<BackfillRecord>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    select(from, "true ORDER BY backfill DESC LIMIT ?", vec![limit.into()])
}

/// The backfills whose id begins with a text, or whose short form it is.
pub(super) fn find(from: &Connection, text: &str) -> Result<Vec<BackfillRecord>, Fault> {
    let text = text.trim().to_ascii_lowercase();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    // All that begins with a text stands between it and the text with the last of all characters behind it.
    let end = format!("{text}{}", char::MAX);
    let meant = "backfill IN (SELECT backfill FROM backfills WHERE id >= ?1 AND id <= ?2
                     UNION SELECT backfill FROM backfills WHERE substr(id, -8) = ?1) ORDER BY backfill DESC";
    select(from, meant, vec![text.into(), end.into()])
}

fn select(from: &Connection, condition: &str, values: Vec<Value>) -> Result<Vec<BackfillRecord>, Fault> {
    let mut statement = from.prepare_cached(&format!("SELECT * FROM backfills WHERE {condition}"))?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(BackfillRecord { counts: counts(from, row.get("backfill")?)?, ..record(row)? });
    }
    Ok(found)
}

/// A backfill without its counts.
fn record(row: &Row<'_>) -> Result<BackfillRecord, Fault> {
    Ok(BackfillRecord {
        backfill: column(row, "id", |text: String| backfill_id(&text))?,
        chain: row.get("chain")?,
        began: column(row, "began", |text: String| time(&text))?,
        ended: maybe(row, "ended", time)?,
        ending: maybe(row, "ending", ending)?,
        stop_asked: maybe(row, "stop_asked", time)?,
        host: row.get("host")?,
        process: row.get("process")?,
        sittings: row.get("sittings")?,
        request: column(row, "request", |text: String| list(&text))?,
        ends: (row.get("first")?, row.get("last")?),
        picked: column(row, "picked", |word: String| picked(&word))?,
        reverse: row.get("reverse")?,
        jobs: row.get("jobs")?,
        partitions: column(row, "partitions", count)?,
        counts: Vec::new(),
    })
}

fn counts(from: &Connection, backfill: i64) -> Result<Vec<(Option<Ending>, u64)>, Fault> {
    let mut statement = from.prepare_cached(COUNTS)?;
    let mut rows = statement.query([backfill])?;
    let mut counts = Vec::new();
    while let Some(row) = rows.next()? {
        counts.push((maybe(row, "ending", ending)?, column(row, "partitions", count)?));
    }
    Ok(counts)
}

/// The partitions that a backfill is to run.
pub(super) fn ranges(from: &Connection, backfill: BackfillId) -> Result<Vec<RangeRecord>, Fault> {
    let mut statement = from.prepare_cached(
        "SELECT backfill_ranges.* FROM backfills JOIN backfill_ranges USING (backfill) WHERE id = ? ORDER BY position",
    )?;
    let mut rows = statement.query([backfill.to_string()])?;
    let mut ranges = Vec::new();
    while let Some(row) = rows.next()? {
        let (first, last) = (row.get("first")?, row.get("last")?);
        ranges.push(RangeRecord { first, last, partitions: column(row, "partitions", count)? });
    }
    Ok(ranges)
}

/// The partitions that a backfill has begun.
pub(super) fn begun(from: &Connection, backfill: BackfillId) -> Result<Vec<PartitionRecord>, Fault> {
    let mut statement = from.prepare_cached(
        "SELECT backfill_partitions.* FROM backfills JOIN backfill_partitions USING (backfill)
         WHERE id = ? ORDER BY partition",
    )?;
    let mut rows = statement.query([backfill.to_string()])?;
    let mut begun = Vec::new();
    while let Some(row) = rows.next()? {
        begun.push(PartitionRecord {
            partition: row.get("partition")?,
            run: maybe(row, "run", run_id)?,
            began: column(row, "began", |text: String| time(&text))?,
            ended: maybe(row, "ended", time)?,
            ending: maybe(row, "ending", ending)?,
            messages: column(row, "messages", |text: String| list(&text))?,
        });
    }
    Ok(begun)
}

/// Whether a backfill is to begin no further run.
pub(super) fn stop_asked(from: &Connection, backfill: BackfillId) -> Result<bool, Fault> {
    let asked = from.prepare_cached(STOP_ASKED)?.query_row([backfill.to_string()], |row| row.get(0)).optional()?;
    Ok(asked.unwrap_or(false))
}
