//! The partitions that a chain is run for: those of its data, and those of tasks that are run for others.

use super::exit::Exit;
use super::trouble::Trouble;
use crate::model::Gathers;
use crate::partition::{Cut, Partition, PartitionError, Partitioning, Unit};
use crate::plan::{cut_of, cut_of_chain};
use crate::task::{Chain, TaskList};

/// The ways in which the data of a chain is cut.
pub(super) struct Partitionings {
    chain: Partitioning,
    /// Those of tasks that say so themselves.
    others: Vec<(Cut, Partitioning)>,
    tasks: TaskList,
}

impl Partitionings {
    pub(super) fn of(chain: &Chain, partitioning: &Partitioning) -> Partitionings {
        let tasks = TaskList::from(chain.clone());
        let mut cuts: Vec<Cut> = tasks.entries().iter().filter_map(|entry| entry.task.partition()).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let others = cuts
            .into_iter()
            .filter_map(|cut| Some((cut, partitioning.cut(cut)?)))
            .filter(|(_, other)| other != partitioning);
        Partitionings { chain: partitioning.clone(), others: others.collect(), tasks }
    }

    /// The partition of this key, and all that are like it.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub(super) fn find(&self, key: &str) -> Result<(&Partitioning, Partition), Trouble> {
        let error = match self.chain.find(key) {
            Ok(partition) => return Ok((&self.chain, partition)),
            Err(error) => error,
        };
        if let Some(found) = self.others.iter().find_map(|(_, other)| Some((other, other.find(key).ok()?))) {
            return Ok(found);
        }
        // One that is only too early is none of others.
        let is_early = matches!(error, PartitionError::BeforeStart { .. });
        let trouble = Trouble::new(Exit::Usage, error);
        if is_early || self.others.is_empty() {
            return Err(trouble);
        }
        let others: Vec<String> =
            self.others.iter().map(|(cut, _)| format!("{} (`{}`)", cut.each(), cut.example())).collect();
        Err(trouble.hint(format!("other tasks are run {}", others.join(", "))))
    }

    /// The first partition of those that one of this key is like, and all of them; without a key, of the chain.
    ///
    /// # Errors
    ///
    /// When there is none of this key, or time has no beginning.
    pub(super) fn first(&self, like: Option<&str>) -> Result<(&Partitioning, Partition), Trouble> {
        let partitioning = match like {
            Some(key) => self.find(key)?.0,
            None => &self.chain,
        };
        let first = partitioning.first().ok_or_else(|| {
            // Of lists and of all data there is always one.
            let start = self.chain.unit().map_or("…", Unit::example);
            Trouble::new(Exit::Usage, "the first partition has to be named").hint(format!(
                "say `--from KEY`, or have `start = \"{start}\"` in `[partitions]` say where all data begins"
            ))
        })?;
        Ok((partitioning, first))
    }

    /// The one that has a partition of this key; where none has, that of the chain.
    pub(super) fn like(&self, key: &str) -> &Partitioning {
        self.find(key).map_or(&self.chain, |(partitioning, _)| partitioning)
    }

    /// Refuses to run partitions in another order than one after another, the first first, where a task reads what earlier ones
    /// have.
    ///
    /// # Errors
    ///
    /// When there is such a task.
    pub(super) fn check_order(&self, partition: &Partition, option: &str) -> Result<(), Trouble> {
        let chain = cut_of_chain(&self.chain);
        let looks_back = |gathers: &&Gathers| !gathers.span.is_of_others();
        let found =
            self.tasks.entries().iter().filter(|entry| cut_of(entry, chain) == partition.cut()).find_map(|entry| {
                let read = entry.task.requires().iter().chain(entry.task.after());
                let gathers = read.filter_map(|model| model.kind().gathers()).find(looks_back)?;
                Some((entry.task.name(), gathers.model))
            });
        let Some((task, model)) = found else { return Ok(()) };
        let message = format!(
            "task `{task}` reads model `{model}` of earlier partitions, so they have to be run one after another, the first first"
        );
        Err(Trouble::new(Exit::Usage, message).hint(format!("leave `{option}` out")))
    }

    /// The partition of this key, where there is one.
    pub(super) fn known(&self, key: &str) -> Option<Partition> {
        self.find(key).ok().map(|(_, partition)| partition)
    }
}
