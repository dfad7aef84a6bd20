//! What a run writes into the ledger, and when.
//!
//! Entries are gathered and written many at once, by a thread of its own while steps run, so that a step costs a part of a
//! transaction only. The entry of the run itself is written before the first step starts. A step counts as done once
//! its entry is on record; what reads from it may go on in memory before that, and comes on record after it.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::event::{Ending, State};
use crate::failpoint;
use crate::id::RunId;
use crate::ledger::{Attempted, Entry, Ledger, LedgerError, RunBegan, StepDone};
use crate::store::Version;

use super::job::Job;

/// The entries of one run.
#[derive(Debug)]
pub(super) struct Journal {
    ledger: Option<Arc<dyn Ledger>>,
    run: RunId,
    partition: String,
    pending: Vec<Entry>,
    /// How many entries were noted before the first of `pending`.
    taken: u64,
    /// Whether somebody is writing a batch down.
    is_writing: bool,
    /// Whether the entry of the run itself is on record.
    has_begun: bool,
    /// Whether a batch could not be written down; then nobody else is to try again.
    has_failed: bool,
}

/// Entries that are written down together.
#[derive(Debug)]
pub(super) struct Batch(Vec<Entry>);

impl Journal {
    /// Begins with the entry of the run itself.
    pub(super) fn new(job: &Job) -> Journal {
        let mut journal = Journal {
            ledger: job.ledger.clone(),
            run: job.context.run(),
            partition: job.context.partition_key().to_owned(),
            pending: Vec::new(),
            taken: 0,
            is_writing: false,
            has_begun: false,
            has_failed: false,
        };
        if journal.is_kept() {
            journal.pending.push(Entry::RunBegan(RunBegan {
                run: journal.run,
                chain: job.context.chain().to_owned(),
                partition: journal.partition.clone(),
                at: job.context.clock().now(),
                host: job.note.host.clone(),
                process: std::process::id(),
                request: job.note.arguments.clone(),
                resumes: job.note.resumes,
                backfill: job.note.backfill,
                steps: job.plan.picks().map(|task| job.names[task.index()].to_string()).collect(),
            }));
        }
        journal
    }

    /// Whether there is a ledger at all.
    pub(super) fn is_kept(&self) -> bool {
        self.ledger.is_some()
    }

    /// Sees to it that the run is on record before anything is done in it.
    pub(super) fn begin(&mut self) -> Result<(), LedgerError> {
        if self.has_begun { Ok(()) } else { self.write() }
    }

    /// Notes that a step starts.
    pub(super) fn started(&mut self, task: &str, attempt: u32, at: DateTime<Utc>) {
        if self.is_kept() {
            self.pending.push(Entry::StepStarted { run: self.run, task: task.to_owned(), attempt, at });
        }
    }

    /// Notes an attempt that ended.
    pub(super) fn attempted(&mut self, attempted: Attempted) {
        if self.is_kept() {
            self.pending.push(Entry::Attempted(attempted));
        }
    }

    /// Notes how a step ended; says how many entries have to be on record for this one to be.
    pub(super) fn ended(&mut self, step: StepDone) -> u64 {
        if self.is_kept() {
            self.pending.push(Entry::StepEnded(Box::new(step)));
        }
        self.taken + self.pending.len() as u64
    }

    /// Notes what was published.
    pub(super) fn published(&mut self, versions: &[Version], at: DateTime<Utc>) {
        if self.is_kept() {
            let versions = versions.iter().map(|version| (version.model.clone(), version.run)).collect();
            let partition = self.partition.clone();
            self.pending.push(Entry::Published { run: self.run, partition, at, versions });
        }
    }

    /// Writes down that the run ended, with everything before it.
    pub(super) fn closed(&mut self, ending: Ending, at: DateTime<Utc>) -> Result<(), LedgerError> {
        if self.is_kept() {
            self.pending.push(Entry::RunEnded { run: self.run, ending, at });
        }
        self.write()
    }

    /// Whether there is something that somebody else could write down: once the run itself is on record.
    pub(super) fn has_batch(&self) -> bool {
        !self.is_writing && self.has_more()
    }

    /// Whether there is nothing that somebody else has to write down.
    pub(super) fn is_written(&self) -> bool {
        !self.is_writing && !self.has_more()
    }

    fn has_more(&self) -> bool {
        self.has_begun && !self.has_failed && !self.pending.is_empty()
    }

    /// Hands out everything that is noted, to be written down by somebody else.
    pub(super) fn batch(&mut self) -> Option<Batch> {
        if !self.has_batch() {
            return None;
        }
        self.is_writing = true;
        self.taken += self.pending.len() as u64;
        Some(Batch(std::mem::take(&mut self.pending)))
    }

    /// Takes note that a batch is on record; says how many entries are now.
    pub(super) fn written(&mut self) -> u64 {
        self.is_writing = false;
        self.taken
    }

    /// Takes a batch back that could not be written down, without the steps that it says are done: what was noted of them
    /// is not true any more.
    pub(super) fn unwritten(&mut self, Batch(mut entries): Batch) {
        (self.is_writing, self.has_failed) = (false, true);
        self.taken -= entries.len() as u64;
        entries.append(&mut self.pending);
        entries.retain(|entry| !matches!(entry, Entry::StepEnded(step) if step.state == State::Done));
        self.pending = entries;
    }

    /// Writes everything that is noted.
    pub(super) fn write(&mut self) -> Result<(), LedgerError> {
        match &self.ledger {
            Some(ledger) if !self.pending.is_empty() => {
                append(&**ledger, &self.pending)?;
                self.taken += self.pending.len() as u64;
                self.pending.clear();
                self.has_begun = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Batch {
    /// Writes it down.
    pub(super) fn write(&self, ledger: &dyn Ledger) -> Result<(), LedgerError> {
        append(ledger, &self.0)
    }
}

fn append(ledger: &dyn Ledger, entries: &[Entry]) -> Result<(), LedgerError> {
    ledger.append(entries)?;
    for entry in entries {
        match entry {
            Entry::RunBegan(_) => failpoint::reached("run recorded"),
            Entry::StepEnded(_) => failpoint::reached("step recorded"),
            Entry::Published { .. } => failpoint::reached("publication recorded"),
            _ => {}
        }
    }
    Ok(())
}
