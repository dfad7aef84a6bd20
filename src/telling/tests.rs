use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use insta::assert_snapshot;
use tempfile::TempDir;

use super::{Background, Past, Telling, figures};
use crate::config::{Config, Request, TellingSettings};
use crate::event::{Ending, Event};
use crate::id::RunId;
use crate::ledger::{Entry, Ledger, MemoryLedger, RunBegan};
use crate::report::fixture::{cancelled, failed, good, retried, run_id, tell};

mod files;
mod lineage;
#[cfg(feature = "smtp")]
mod mails;
#[cfg(feature = "http")]
mod network;
mod opentelemetry;
#[cfg(feature = "smtp")]
mod post_office;
#[cfg(feature = "http")]
pub(crate) mod server;

/// A folder, what `[telling]` says, and what is on record.
struct Case {
    folder: TempDir,
    sets: Vec<String>,
    ledger: MemoryLedger,
}

impl Case {
    fn new() -> Case {
        Case { folder: tempfile::tempdir().unwrap(), sets: Vec::new(), ledger: MemoryLedger::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same with a file that is told to.
    fn file(mut self, key: &str, name: &str) -> Case {
        self.sets.push(format!("telling.{key}={}", self.path(name).display()));
        self
    }

    /// The same with another key of `[telling]`.
    #[cfg(any(feature = "http", feature = "smtp"))]
    fn set(mut self, key: &str, value: &str) -> Case {
        self.sets.push(format!("telling.{key}={value}"));
        self
    }

    /// The same with a run on record.
    fn run(self, run: RunId, partition: &str, ending: Ending) -> Case {
        let at = "2026-11-20T02:30:00Z".parse().unwrap();
        let began = RunBegan {
            run,
            chain: "alpine".to_owned(),
            partition: partition.to_owned(),
            at,
            host: "seehof".to_owned(),
            process: 4711,
            request: Vec::new(),
            resumes: None,
            backfill: None,
            steps: vec![],
        };
        self.ledger.append(&[Entry::RunBegan(began), Entry::RunEnded { run, ending, at }]).unwrap();
        self
    }

    fn settings(&self) -> TellingSettings {
        let request = Request { sets: self.sets.clone(), ..Request::default() };
        Config::load(&request).unwrap().telling
    }

    /// Tells of a run from its beginning to its end; returns the warnings.
    fn tell(&self, events: &[Event]) -> Vec<String> {
        let mut telling = Telling::begin(&self.settings(), Background::default()).unwrap();
        tell(&mut telling, events);
        let warnings = telling.end(Some(&self.ledger)).into_iter();
        warnings.map(|text| text.replace(&format!("{}/", self.folder.path().display()), "")).collect()
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// What `[telling]` says does not make sense for this reason.
    fn refused(&self) -> String {
        let error = Telling::begin(&self.settings(), Background::default()).unwrap_err();
        format!("{}: {error}", error.key).replace(&format!("{}/", self.folder.path().display()), "")
    }
}

#[test]
fn cancelled_runs_do_not_count_as_what_was_before() {
    let runs = [(Ending::Done, "a"), (Ending::Failed, "b"), (Ending::Cancelled, "b"), (Ending::Done, "c")];
    let case = runs.into_iter().fold(Case::new(), |case, (ending, key)| case.run(RunId::random(), key, ending));
    let run = RunId::random();
    let case = case.run(run, "b", Ending::Done);

    assert_eq!(Past::look(&case.ledger, "b", run).unwrap().before, Some(Ending::Failed));
    assert_eq!(Past::look(&case.ledger, "never", RunId::random()).unwrap().before, None);
}
