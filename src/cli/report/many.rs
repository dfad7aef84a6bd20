//! What the page over many runs tells, looked up in the ledger.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use indexmap::IndexMap;

use crate::cli::desk::{Desk, Setup};
use crate::cli::runs;
use crate::cli::trouble::Trouble;
use crate::event::State;
use crate::id::RunId;
use crate::ledger::{LedgerError, RunFilter, RunRecord, StepRecord};
use crate::report::html::{Calendar, Failed, Point, RunLine, RunsPage, Series};

/// The rows of so many tables are drawn.
const MOST_SERIES: usize = 60;
/// Why the last run of a partition failed is told of so many of them, those of the last runs.
const MOST_FAILURES: usize = 200;

pub(super) fn page(desk: &Desk<'_, '_>, setup: &Setup, last: usize) -> Result<String, Trouble> {
    let trouble = |error: LedgerError| Trouble::from(&error);
    let filter = RunFilter { partition: desk.manner.partition.clone(), ..RunFilter::default() };
    let recorded = setup.ledger().runs(&filter).map_err(trouble)?;
    let going_on = runs::going_on(setup)?;
    let line = |run: &RunRecord, failed: Vec<Failed>| RunLine {
        run: run.clone(),
        ending: runs::ending(run, &going_on),
        took: runs::took(run),
        failed,
    };
    let mut lines = Vec::new();
    let mut rows = Rows::default();
    for run in recorded.iter().take(last) {
        let steps = setup.ledger().steps(run.run).map_err(trouble)?;
        rows.add(run, &steps);
        lines.push(line(run, failed(&steps)));
    }
    let partitioning = setup.config.partitioning.as_ref().filter(|_| desk.manner.partition.is_none());
    let calendar = match partitioning {
        None => None,
        Some(partitioning) => {
            let mut seen = HashSet::new();
            let mut last = Vec::new();
            let mut told = 0;
            // The last run of each comes first.
            for run in recorded.iter().filter(|run| !run.partition.is_empty() && seen.insert(run.partition.as_str())) {
                let is_failed = runs::steps(run, &[State::Failed, State::TimedOut]) > 0;
                let failed = match is_failed && told < MOST_FAILURES {
                    true => failed(&setup.ledger().steps(run.run).map_err(trouble)?),
                    false => Vec::new(),
                };
                told += usize::from(is_failed);
                last.push(line(run, failed));
            }
            Some(Calendar { partitioning: partitioning.clone(), last })
        }
    };
    let (series, models_left_out) = rows.series(calendar.as_ref());
    let page = RunsPage {
        chain: desk.chain.name().to_owned(),
        runs: lines,
        on_record: recorded.len() as u64,
        calendar,
        series,
        models_left_out,
    };
    Ok(page.render())
}

fn failed(steps: &[StepRecord]) -> Vec<Failed> {
    let steps = steps.iter().filter(|step| matches!(step.state, State::Failed | State::TimedOut));
    steps.map(|step| Failed { task: step.task.clone(), state: step.state, failure: step.failure.clone() }).collect()
}

/// The rows of the tables that runs have made, the last run first.
#[derive(Default)]
struct Rows(IndexMap<String, Vec<Made>>);

/// A version of a table.
struct Made {
    partition: String,
    run: RunId,
    at: String,
    rows: u64,
}

impl Rows {
    fn add(&mut self, run: &RunRecord, steps: &[StepRecord]) {
        for made in steps.iter().flat_map(|step| &step.made) {
            let Some(rows) = made.rows else { continue };
            let (partition, at) = (run.partition.clone(), runs::short_clock(run.began));
            self.0.entry(made.model.clone()).or_default().push(Made { partition, run: run.run, at, rows });
        }
    }

    /// As lines from early to late, and how many have no room. By partition it is the last version of each that counts.
    fn series(self, calendar: Option<&Calendar>) -> (Vec<Series>, u64) {
        let places = calendar.map(places);
        let left_out = self.0.len().saturating_sub(MOST_SERIES) as u64;
        let series = self.0.into_iter().take(MOST_SERIES).map(|(model, mut made)| {
            if let Some(places) = &places {
                let mut seen = BTreeSet::new();
                made.retain(|made| seen.insert(made.partition.clone()));
                made.sort_by_key(|made| std::cmp::Reverse((places.get(&made.partition).copied(), made.run)));
            }
            let at = |made: &Made| if calendar.is_some() { made.partition.clone() } else { made.at.clone() };
            let points = made.iter().rev().map(|made| Point { at: at(made), rows: made.rows }).collect();
            Series { model, points }
        });
        (series.collect(), left_out)
    }
}

/// Which partition comes when, among those on record.
fn places(calendar: &Calendar) -> BTreeMap<String, usize> {
    let mut known: Vec<_> =
        calendar.last.iter().filter_map(|line| calendar.partitioning.find(&line.run.partition).ok()).collect();
    let keys = calendar.partitioning.keys();
    known.sort_by_key(|one| {
        (one.interval().map(|interval| interval.start), keys.iter().position(|key| key == one.key()))
    });
    known.iter().enumerate().map(|(place, one)| (one.to_string(), place)).collect()
}
