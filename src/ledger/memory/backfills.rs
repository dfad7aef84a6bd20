//! Backfills in memory, and what entries change in them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::append::kept;
use super::state::State;
use super::undo::Pen;
use crate::event::Ending;
use crate::id::BackfillId;
use crate::ledger::refusal::{self, Refusal};
use crate::ledger::{BackfillBegan, BackfillRecord, Entry, PartitionRecord, RunBegan};

#[derive(Clone, Debug)]
pub(super) struct Backfill {
    pub(super) began: BackfillBegan,
    /// The machine and the process that worked on it last, and which one that is.
    sitting: (String, u32, u32),
    pub(super) stop_asked: Option<DateTime<Utc>>,
    pub(super) ended: Option<(Ending, DateTime<Utc>)>,
    /// Those that were begun, by key.
    pub(super) partitions: BTreeMap<String, PartitionRecord>,
}

impl Backfill {
    pub(super) fn record(&self) -> BackfillRecord {
        let BackfillBegan { backfill, chain, at, request, ends, picked, reverse, jobs, ranges, .. } =
            self.began.clone();
        let (host, process, sittings) = self.sitting.clone();
        let mut counts: BTreeMap<Option<&str>, (Option<Ending>, u64)> = BTreeMap::new();
        for partition in self.partitions.values() {
            counts.entry(partition.ending.map(Ending::as_str)).or_insert((partition.ending, 0)).1 += 1;
        }
        BackfillRecord {
            backfill,
            chain,
            began: at,
            ended: self.ended.map(|(_, at)| at),
            ending: self.ended.map(|(ending, _)| ending),
            stop_asked: self.stop_asked,
            host,
            process,
            sittings,
            request,
            ends,
            picked,
            reverse,
            jobs,
            partitions: ranges.iter().map(|range| range.partitions).sum(),
            counts: counts.into_values().collect(),
        }
    }
}

impl State {
    /// A backfill and its number.
    pub(super) fn backfill(&self, id: BackfillId) -> Option<(usize, &Backfill)> {
        let found = self.backfills.iter().find(|(_, backfill)| backfill.began.backfill == id);
        found.map(|(number, backfill)| (*number, backfill))
    }
}

/// Takes an entry that is about a backfill.
pub(super) fn take(pen: &mut Pen<'_>, entry: &Entry) -> Result<(), Refusal> {
    match entry {
        Entry::BackfillBegan(began) => {
            if pen.state().backfill(began.backfill).is_some() {
                return Err(Refusal::BackfillTwice(began.backfill));
            }
            let mut began = began.clone();
            began.at = kept(began.at);
            let sitting = (began.host.clone(), began.process, 1);
            let (ended, stop_asked, partitions) = (None, None, BTreeMap::new());
            pen.add_backfill(Backfill { began, sitting, stop_asked, ended, partitions });
        }
        Entry::RunNotBegun { backfill, partition, at, messages } => {
            let at = kept(*at);
            let record = PartitionRecord {
                partition: partition.clone(),
                run: None,
                began: at,
                ended: Some(at),
                ending: Some(Ending::Failed),
                messages: messages.clone(),
            };
            going_on(pen, *backfill)?.partitions.insert(partition.clone(), record);
        }
        Entry::StopAsked { backfill, at } => going_on(pen, *backfill)?.stop_asked = Some(kept(*at)),
        Entry::BackfillEnded { backfill, ending, at } => going_on(pen, *backfill)?.ended = Some((*ending, kept(*at))),
        Entry::BackfillResumed { backfill, sitting, host, process, .. } => {
            let (number, known) = pen.state().backfill(*backfill).ok_or(Refusal::NoBackfill(*backfill))?;
            refusal::check_sitting(*backfill, known.sitting.2, *sitting)?;
            let known = pen.backfill(number);
            known.sitting = (host.clone(), *process, *sitting);
            (known.stop_asked, known.ended) = (None, None);
        }
        _ => {}
    }
    Ok(())
}

/// A backfill that has not ended.
fn going_on<'p>(pen: &'p mut Pen<'_>, id: BackfillId) -> Result<&'p mut Backfill, Refusal> {
    let (number, backfill) = pen.state().backfill(id).ok_or(Refusal::NoBackfill(id))?;
    if backfill.ended.is_some() { Err(Refusal::BackfillEnded(id)) } else { Ok(pen.backfill(number)) }
}

/// Notes that the run of a partition began, where it is part of a backfill.
pub(super) fn run_began(pen: &mut Pen<'_>, began: &RunBegan) -> Result<(), Refusal> {
    let Some(backfill) = began.backfill else { return Ok(()) };
    let record = PartitionRecord {
        partition: began.partition.clone(),
        run: Some(began.run),
        began: kept(began.at),
        ended: None,
        ending: None,
        messages: Vec::new(),
    };
    going_on(pen, backfill)?.partitions.insert(began.partition.clone(), record);
    Ok(())
}

/// Notes that a run ended, where it is part of a backfill.
pub(super) fn run_ended(pen: &mut Pen<'_>, run: usize, ending: Ending, at: DateTime<Utc>) {
    let RunBegan { run, partition, backfill, .. } = &pen.state().runs[&run].began;
    let (run, partition) = (*run, partition.clone());
    let Some((number, _)) = backfill.and_then(|backfill| pen.state().backfill(backfill)) else { return };
    let known = pen.backfill(number).partitions.get_mut(&partition);
    if let Some(record) = known.filter(|record| record.run == Some(run)) {
        (record.ended, record.ending) = (Some(kept(at)), Some(ending));
    }
}
