//! What a run writes into the ledger, and when.
//!
//! Entries are gathered, and written before anything is done that must not happen without them: before a step starts,
//! before what waits for a step is released, and at the end.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::event::Ending;
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
    pending: Vec<Entry>,
}

impl Journal {
    /// Begins with the entry of the run itself.
    pub(super) fn new(job: &Job) -> Journal {
        let mut journal = Journal { ledger: job.ledger.clone(), run: job.context.run(), pending: Vec::new() };
        if journal.is_kept() {
            journal.pending.push(Entry::RunBegan(RunBegan {
                run: journal.run,
                chain: job.context.chain().to_owned(),
                partition: String::new(),
                at: job.context.clock().now(),
                host: job.note.host.clone(),
                process: std::process::id(),
                request: job.note.arguments.clone(),
                resumes: job.note.resumes,
                steps: job.plan.picks().map(|task| job.names[task.index()].to_string()).collect(),
            }));
        }
        journal
    }

    /// Whether there is a ledger at all.
    pub(super) fn is_kept(&self) -> bool {
        self.ledger.is_some()
    }

    /// Writes down that a step starts, with everything before it.
    pub(super) fn started(&mut self, task: &str, attempt: u32, at: DateTime<Utc>) -> Result<(), LedgerError> {
        if self.is_kept() {
            self.pending.push(Entry::StepStarted { run: self.run, task: task.to_owned(), attempt, at });
        }
        self.write()
    }

    /// Notes an attempt that ended; it is written with the next entry.
    pub(super) fn attempted(&mut self, attempted: Attempted) {
        if self.is_kept() {
            self.pending.push(Entry::Attempted(attempted));
        }
    }

    /// Notes a step that was not run.
    pub(super) fn ended(&mut self, step: StepDone) {
        if self.is_kept() {
            self.pending.push(Entry::StepEnded(Box::new(step)));
        }
    }

    /// Forgets the last entry, which could not be written and is not true any more.
    pub(super) fn take_back(&mut self) {
        self.pending.pop();
    }

    /// Writes down what was published.
    pub(super) fn published(&mut self, versions: &[Version], at: DateTime<Utc>) -> Result<(), LedgerError> {
        if self.is_kept() {
            let versions = versions.iter().map(|version| (version.model.clone(), version.run)).collect();
            self.pending.push(Entry::Published { run: self.run, partition: String::new(), at, versions });
        }
        self.write()
    }

    /// Writes down that the run ended, with everything before it.
    pub(super) fn closed(&mut self, ending: Ending, at: DateTime<Utc>) -> Result<(), LedgerError> {
        if self.is_kept() {
            self.pending.push(Entry::RunEnded { run: self.run, ending, at });
        }
        self.write()
    }

    /// Writes everything that is noted.
    pub(super) fn write(&mut self) -> Result<(), LedgerError> {
        match &self.ledger {
            Some(ledger) if !self.pending.is_empty() => {
                ledger.append(&self.pending)?;
                let is_first = matches!(self.pending[0], Entry::RunBegan(_));
                self.pending.clear();
                if is_first {
                    failpoint::reached("run recorded");
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
