//! The verb `history`: the runs on record, or all about one of them.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;

use super::desk::{Desk, Setup};
use super::exit::Exit;
use super::invocation::HistoryFilter;
use super::runs::{self, RunShown};
use super::table::table;
use super::trouble::Trouble;
use crate::event::{Ending, State};
use crate::id::RunId;
use crate::ledger::{RunFilter, RunRecord};
use crate::nearest;
use crate::report::Palette;
use crate::report::json::Document;
use crate::words::{duration, number};

mod one;

pub(super) use one::one;

/// The document of `history`.
#[derive(Serialize)]
struct History {
    chain: String,
    /// The last first.
    runs: Vec<RunShown>,
}

impl Document for History {
    const KIND: &'static str = "history";
}

pub(super) fn list(desk: &mut Desk<'_, '_>, filter: &HistoryFilter) -> Result<Exit, Trouble> {
    let setup = desk.set_up()?;
    let going_on = runs::going_on(&setup)?;
    let found = select(&setup, filter, desk.manner.partition.as_ref(), &going_on)?;
    if found.is_empty() {
        check_task(desk, filter)?;
    }
    let chain = desk.chain.name().to_owned();
    if desk.manner.json {
        let runs = found.iter().map(|run| RunShown::of(run, &going_on)).collect();
        desk.print_document(History { chain, runs })?;
    } else if found.is_empty() {
        let data = setup.data.0.display();
        let is_narrowed = desk.manner.partition.is_some()
            || filter.since.is_some()
            || filter.failed
            || filter.running
            || filter.task.is_some();
        let what = if is_narrowed { "no such run" } else { "no run" };
        desk.print(&format!("{what} of chain `{chain}` is on record in {data}\n"))?;
    } else {
        let text = render(&found, &going_on, desk.manner.palette);
        desk.print(&text)?;
    }
    Ok(Exit::Done)
}

/// The runs that are meant, the last first.
fn select(
    setup: &Setup,
    filter: &HistoryFilter,
    partition: Option<&String>,
    going_on: &BTreeSet<RunId>,
) -> Result<Vec<RunRecord>, Trouble> {
    let since = match &filter.since {
        Some(text) => Some(since(text, setup.orchestrator.job().clock().now())?),
        None => None,
    };
    let endings: &[Option<Option<Ending>>] = match filter {
        HistoryFilter { failed: true, .. } => &[Some(Some(Ending::Failed)), Some(Some(Ending::Killed)), Some(None)],
        HistoryFilter { running: true, .. } => &[Some(None)],
        _ => &[None],
    };
    let mut found = Vec::new();
    for &ending in endings {
        let wanted = RunFilter {
            limit: Some(filter.last),
            since,
            ending,
            task: filter.task.clone(),
            partition: partition.cloned(),
        };
        found.extend(setup.ledger().runs(&wanted).map_err(|error| Trouble::from(&error))?);
    }
    if filter.failed || filter.running {
        found.retain(|run| runs::ending(run, going_on).is_none() == filter.running);
    }
    if endings.len() > 1 {
        found.sort_by_key(|run| Reverse((run.began, run.run)));
        found.truncate(filter.last);
    }
    Ok(found)
}

/// The instant that is meant: a date, a time, or how long ago.
fn since(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, Trouble> {
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Ok(date.and_time(chrono::NaiveTime::MIN).and_utc());
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.to_utc());
    }
    let ago = humantime::parse_duration(text).ok().and_then(|ago| TimeDelta::from_std(ago).ok());
    ago.and_then(|ago| now.checked_sub_signed(ago)).ok_or_else(|| {
        let message = format!("`{text}` is neither a date, such as 2026-11-21, nor a length of time, such as 7d");
        Trouble::new(Exit::Usage, message)
    })
}

/// Refuses the name of a task that neither the chain nor a run on record has.
fn check_task(desk: &Desk<'_, '_>, filter: &HistoryFilter) -> Result<(), Trouble> {
    let Some(task) = &filter.task else { return Ok(()) };
    let names: Vec<&str> = desk.chain.tasks().entries().iter().map(|entry| entry.task.name()).collect();
    match nearest::name(task, names.iter().copied()) {
        Some(similar) if !names.contains(&task.as_str()) => {
            let message = format!("no run on record has a task `{task}`; did you mean `{similar}`?");
            Err(Trouble::new(Exit::Usage, message).hint("`ls` lists the tasks"))
        }
        _ => Ok(()),
    }
}

fn render(found: &[RunRecord], going_on: &BTreeSet<RunId>, palette: Palette) -> String {
    let header =
        ["run", "partition", "schedule", "began (UTC)", "took", "ended", "done", "reused", "failed", "published"];
    let is_cut = found.iter().any(|run| !run.partition.is_empty());
    let is_scheduled = found.iter().any(|run| runs::schedule(run).is_some());
    let shown = |column: usize| match column {
        1 => is_cut,
        2 => is_scheduled,
        _ => true,
    };
    let rows = found.iter().map(|run| {
        let steps = |states: &[State]| number(runs::steps(run, states));
        let row = [
            run.run.short(),
            run.partition.clone(),
            runs::schedule(run).unwrap_or("–").to_owned(),
            runs::short_clock(run.began),
            runs::took(run).map_or_else(|| "–".to_owned(), duration),
            runs::standing(runs::ending(run, going_on), palette),
            steps(&[State::Done]),
            steps(&[State::Reused]),
            steps(&[State::Failed, State::TimedOut]),
            if run.published { "yes" } else { "–" }.to_owned(),
        ];
        pick(row, shown)
    });
    table(&pick(header.map(str::to_owned), shown), rows, None, palette)
}

/// The cells of a row that are shown.
fn pick<const N: usize>(row: [String; N], shown: impl Fn(usize) -> bool) -> Vec<String> {
    row.into_iter().enumerate().filter(|(column, _)| shown(*column)).map(|(_, cell)| cell).collect()
}
