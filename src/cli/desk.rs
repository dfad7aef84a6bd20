//! What every verb works with: the chain, the manner, and where to write.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::args::Pace;
use super::exit::Exit;
use super::invocation::Manner;
use super::surroundings::Surroundings;
use super::trouble::Trouble;
use crate::cancel::CancelToken;
use crate::config::Config;
use crate::context::JobContext;
use crate::ledger::{Ledger, SqliteLedger};
use crate::plan::Blueprint;
use crate::report::json::{Document, Envelope};
use crate::run::{Jobs, RunOptions};
use crate::session::Orchestrator;
use crate::store::FolderStore;
use crate::task::{Chain, Entry};

/// What a verb works with.
pub(super) struct Desk<'s, 'w> {
    pub(super) chain: Chain,
    pub(super) manner: Manner,
    pub(super) surroundings: &'s mut Surroundings<'w>,
}

/// A chain with its configuration, ready to be checked.
pub(super) struct Setup {
    pub(super) config: Config,
    pub(super) orchestrator: Orchestrator,
    pub(super) cancel: CancelToken,
    /// The folder for results, and who says so.
    pub(super) data: (PathBuf, String),
}

impl Desk<'_, '_> {
    /// Reads the configuration and puts the chain together with it.
    ///
    /// # Errors
    ///
    /// When the configuration is wrong.
    pub(super) fn set_up(&self) -> Result<Setup, Trouble> {
        self.set_up_to_run(false, Pace::default())
    }

    /// The same for a run that was asked for in this way.
    ///
    /// # Errors
    ///
    /// When the configuration is wrong.
    pub(super) fn set_up_to_run(&self, fail_fast: bool, pace: Pace) -> Result<Setup, Trouble> {
        let config = Config::load(&self.manner.request)?;
        let data = self.data(&config);
        let cancel = CancelToken::new();
        let job = JobContext::new(self.chain.name()).with_params(config.params.clone()).with_cancel(cancel.clone());
        let options = RunOptions {
            jobs: pace.jobs.map(|jobs| Jobs::new(jobs.get())).or(config.run.jobs).unwrap_or_else(Jobs::cores),
            order: config.run.order,
            pools: config.run.pools.iter().map(|(name, size)| (name.clone(), size.get())).collect(),
            memory_limit: pace.memory_limit.or(config.run.memory_limit).map(|limit| limit.as_u64()),
            fail_fast: fail_fast || config.run.fail_fast,
            measure_memory: true,
            retry: config.run.retry(),
            publish: config.run.publish,
        };
        let orchestrator = Orchestrator::new(job, self.chain.clone(), config.models.clone())
            .with_settings(config.tasks.clone())
            .with_store(Arc::new(FolderStore::new(&data.0).of_chain(self.chain.name())))
            .with_ledger(Arc::new(SqliteLedger::at(data.0.join(".purvey").join("ledger.sqlite"))))
            .with_options(options);
        Ok(Setup { config, orchestrator, cancel, data })
    }

    fn data(&self, config: &Config) -> (PathBuf, String) {
        match (&self.manner.data, &config.run.data) {
            (Some(data), _) => (data.clone(), "command line".to_owned()),
            (None, Some(data)) => (data.clone(), config.run_section.origin("data").to_string()),
            (None, None) => (Path::new("data").join(self.chain.name()), "default".to_owned()),
        }
    }

    /// Writes a result for people.
    ///
    /// # Errors
    ///
    /// When it cannot be written; that nobody reads it any more is no error.
    pub(super) fn print(&mut self, text: &str) -> Result<(), Trouble> {
        let written = self.surroundings.out.write_all(text.as_bytes()).and_then(|()| self.surroundings.out.flush());
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Trouble::new(Exit::Store, format!("cannot write to stdout: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// Writes a result for programs.
    ///
    /// # Errors
    ///
    /// As for [`Desk::print`].
    pub(super) fn print_document<D: Document + Serialize>(&mut self, document: D) -> Result<(), Trouble> {
        self.print(&(Envelope::new(document).to_text() + "\n"))
    }
}

impl Setup {
    /// The ledger of the data folder.
    pub(super) fn ledger(&self) -> &dyn Ledger {
        self.orchestrator.ledger().expect("a chain is set up with a ledger")
    }

    /// Checks the chain.
    ///
    /// # Errors
    ///
    /// When it or its configuration is not valid.
    pub(super) fn check(&self) -> Result<Blueprint, Trouble> {
        self.orchestrator.check().map_err(|faults| Trouble::of_faults(&faults, &self.config))
    }
}

/// The group of a task as documents have it.
pub(super) fn group(entry: &Entry) -> Option<String> {
    Some(entry.group.to_string()).filter(|group| !group.is_empty())
}

/// The first sentence of a doc text.
pub(super) fn first_sentence(doc: &str) -> String {
    let paragraph =
        doc.trim().split("\n\n").next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    match paragraph.find(". ") {
        Some(end) => paragraph[..=end].to_owned(),
        None => paragraph,
    }
}
