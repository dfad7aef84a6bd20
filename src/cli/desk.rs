//! What every verb works with: the chain, the manner, and where to write.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::args::Pace;
use super::exit::Exit;
use super::invocation::{Manner, Talk};
use super::partitions::Partitionings;
use super::surroundings::{Signals, Surroundings};
use super::trouble::Trouble;
use crate::cancel::CancelToken;
use crate::config::Config;
use crate::context::JobContext;
use crate::ledger::{Ledger, SqliteLedger};
use crate::partition::{Partition, Partitioning};
use crate::plan::{Blueprint, Selection, SelectionError};
use crate::report::json::{Document, Envelope};
use crate::run::{Jobs, RunOptions};
use crate::section::Sections;
use crate::session::Orchestrator;
use crate::store::{FolderStore, FolderStores, Stores};
use crate::task::{Chain, Entry, TaskList};

/// What a verb works with.
pub(super) struct Desk<'s, 'w> {
    pub(super) chain: Chain,
    pub(super) manner: Manner,
    pub(super) surroundings: &'s mut Surroundings<'w>,
    /// Set when somebody wants to stop, for all that one command runs.
    pub(super) cancel: CancelToken,
}

/// A chain with its configuration, ready to be checked.
pub(super) struct Setup {
    pub(super) config: Config,
    pub(super) orchestrator: Orchestrator,
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

    /// The same to look at a task or a model: without a partition that is named, for the last one that what makes it is run for.
    ///
    /// # Errors
    ///
    /// When the configuration is wrong.
    pub(super) fn set_up_about(&self, name: &str) -> Result<Setup, Trouble> {
        let config = Config::load(&self.manner.request)?;
        let cut = TaskList::from(self.chain.clone()).entries().iter().find_map(|entry| {
            let is_meant = entry.task.name() == name || entry.task.provides().iter().any(|model| model.name() == name);
            entry.task.partition().filter(|_| is_meant)
        });
        let partition = match (&self.manner.partition, &config.partitioning, cut) {
            (None, Some(partitioning), Some(cut)) => {
                partitioning.cut(cut).and_then(|cut| cut.last(self.surroundings.clock.now()))
            }
            _ => self.partition(&config)?,
        };
        self.assemble(config, partition, false, Pace::default())
    }

    /// The same for a run that was asked for in this way.
    ///
    /// # Errors
    ///
    /// When the configuration is wrong.
    pub(super) fn set_up_to_run(&self, fail_fast: bool, pace: Pace) -> Result<Setup, Trouble> {
        let config = Config::load(&self.manner.request)?;
        let partition = self.partition(&config)?;
        self.assemble(config, partition, fail_fast, pace)
    }

    /// Puts the chain together for a partition; for all data where there is none.
    ///
    /// # Errors
    ///
    /// When the configuration is wrong.
    pub(super) fn assemble(
        &self,
        config: Config,
        partition: Option<Partition>,
        fail_fast: bool,
        pace: Pace,
    ) -> Result<Setup, Trouble> {
        let data = self.data(&config);
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
        let models = models(&config, partition.as_ref())?;
        let mut job = JobContext::new(self.chain.name())
            .with_params(config.params.clone())
            .with_cancel(self.cancel.clone())
            .with_clock(Arc::clone(&self.surroundings.clock));
        if let Some(partition) = partition {
            job = job.with_partition(partition);
        }
        let stores = FolderStores::new(&data.0, job.chain());
        let store = stores.of(job.partition_key());
        let mut orchestrator = Orchestrator::new(job, self.chain.clone(), models)
            .with_settings(config.tasks.clone())
            .with_store(store)
            .with_ledger(Arc::new(SqliteLedger::at(data.0.join(".purvey").join("ledger.sqlite"))))
            .with_options(options);
        if let Some(partitioning) = &config.partitioning {
            orchestrator = orchestrator.with_partitions(partitioning.clone(), Arc::new(stores));
        }
        Ok(Setup { config, orchestrator, data })
    }

    /// The partition that is meant: the one that is named, else the last one that is over.
    fn partition(&self, config: &Config) -> Result<Option<Partition>, Trouble> {
        match (&config.partitioning, &self.manner.partition) {
            (None, None) => Ok(None),
            (_, Some(key)) => self.partitionings(config)?.find(key).map(|(_, partition)| Some(partition)),
            (Some(partitioning), None) => Ok(partitioning.last_complete(self.surroundings.clock.now())),
        }
    }

    /// How the data is cut.
    ///
    /// # Errors
    ///
    /// When it is not.
    pub(super) fn partitioning<'c>(&self, config: &'c Config) -> Result<&'c Partitioning, Trouble> {
        config.partitioning.as_ref().ok_or_else(|| {
            let message = format!("the data of chain `{}` is not cut into partitions", self.chain.name());
            Trouble::new(Exit::Usage, message)
                .hint("`[partitions]` in its configuration says how it is to be, such as `by = \"day\"`")
        })
    }

    /// How the data is cut, and how that of tasks which say so themselves is.
    ///
    /// # Errors
    ///
    /// When it is not.
    pub(super) fn partitionings(&self, config: &Config) -> Result<Partitionings, Trouble> {
        Ok(Partitionings::of(&self.chain, self.partitioning(config)?))
    }

    /// Lets Ctrl-C and SIGTERM stop what this command runs; asked for once, before the first run.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub(super) fn watch_signals(&self) -> Result<Signals, Trouble> {
        let signals = self.surroundings.watch_signals(&self.cancel);
        signals.map_err(|error| Trouble::new(Exit::Failed, format!("cannot watch for signals: {error}")))
    }

    fn data(&self, config: &Config) -> (PathBuf, String) {
        match (&self.manner.data, &config.run.data) {
            (Some(data), _) => (data.clone(), "command line".to_owned()),
            (None, Some(data)) => (data.clone(), config.run_section.origin("data").to_string()),
            (None, None) => (Path::new("data").join(self.chain.name()), "default".to_owned()),
        }
    }

    /// Says on stderr, as one whole line, how far something has come, unless that is not wanted.
    pub(super) fn say(&mut self, text: &str) {
        if self.manner.talk != Talk::Quiet && !self.manner.json {
            // A line that cannot be written is no reason to stop.
            let _ = self.surroundings.err.write_all(format!("{text}\n").as_bytes());
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

/// What stands for the key of the partition in the path of a model.
const KEY: &str = "{partition}";

/// The configuration of the models, with paths of this partition.
fn models(config: &Config, partition: Option<&Partition>) -> Result<Sections, Trouble> {
    let mut models = config.models.clone();
    for (name, section) in config.models.iter() {
        let Some(path) = section.text("path").filter(|path| path.contains(KEY)) else { continue };
        let origin = section.origin("path");
        if config.partitioning.is_some() {
            models.get_mut(name).cut();
        }
        match (partition, &config.partitioning) {
            (Some(partition), _) => {
                let path = path.replace(KEY, partition.key());
                models.get_mut(name).set("path", path.into(), origin.clone());
            }
            // Nobody who could not name it reads it.
            (None, Some(_)) => {}
            (None, None) => {
                let sentence =
                    format!("`path` of [models.{name}] has `{KEY}`, and the data is not cut into partitions");
                let rendered = config.render_at(&sentence, origin, None);
                return Err(Trouble::rendered(Exit::Configuration, rendered)
                    .hint("`[partitions]` says how it is to be, such as `by = \"day\"`"));
            }
        }
    }
    Ok(models)
}

impl Setup {
    /// Where the results of a partition are; an empty key stands for all data.
    pub(super) fn store_of(&self, key: &str) -> FolderStore {
        FolderStores::new(&self.data.0, self.orchestrator.job().chain()).folder(key)
    }

    /// The same, unless it is for one of many partitions and none was named.
    ///
    /// # Errors
    ///
    /// When it has to be.
    pub(super) fn for_partition(self) -> Result<Setup, Trouble> {
        match (&self.config.partitioning, self.orchestrator.job().partition_key()) {
            (Some(partitioning), "") => {
                let message = format!("the data of this chain is cut into {partitioning}");
                Err(Trouble::new(Exit::Usage, message).hint("name the one that is meant: `--partition KEY`"))
            }
            _ => Ok(self),
        }
    }

    /// The ledger of the data folder.
    pub(super) fn ledger(&self) -> &dyn Ledger {
        self.orchestrator.ledger().expect("a chain is set up with a ledger")
    }

    /// Checks the chain, and has all of its tasks, whatever partitions they are run for.
    ///
    /// # Errors
    ///
    /// When it or its configuration is not valid.
    pub(super) fn check_whole(&self) -> Result<Blueprint, Trouble> {
        self.orchestrator.check_whole().map_err(|faults| Trouble::of_faults(&faults, &self.config))
    }

    /// The same as [`check`](Setup::check), for a run of selected tasks: says so where one of them is run for other partitions.
    ///
    /// # Errors
    ///
    /// When the chain or its configuration is not valid, or the selection is about tasks that this run has not.
    pub(super) fn check_for(&self, selection: &Selection) -> Result<Blueprint, Trouble> {
        let blueprint = self.check()?;
        let Err(error @ SelectionError::Unknown { .. }) = selection.resolve(&blueprint) else { return Ok(blueprint) };
        let whole = self.check_whole()?;
        let own = self.orchestrator.job().partition().ok().and_then(Partition::cut);
        let others = selection.resolve(&whole).unwrap_or_default().into_iter().find_map(|task| {
            let entry = whole.task(task);
            entry.task.partition().filter(|cut| Some(*cut) != own).map(|cut| (entry.task.name(), cut))
        });
        let Some((task, cut)) = others else { return Err((&error).into()) };
        let message = format!(
            "task `{task}` is run {}, and this run is for `{}`",
            cut.each(),
            self.orchestrator.job().partition_key()
        );
        let hint = format!("name a partition of it, such as `--partition {}`", cut.example());
        Err(Trouble::new(Exit::Usage, message).hint(hint))
    }

    /// Checks the chain, and has the tasks that a run for its partition has.
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
