//! The partitions that a chain is run for: those of its data, and those of tasks that are run for others.

use super::exit::Exit;
use super::trouble::Trouble;
use crate::model::{Gathers, Span};
use crate::partition::{Cut, Partition, PartitionError, Partitioning};
use crate::plan::{cut_of, cut_of_chain};
use crate::task::{Chain, TaskList};

/// The ways in which the data of a chain is cut.
pub(super) struct Partitionings {
    /// That of the chain first, then those of tasks that say so themselves.
    all: Vec<Partitioning>,
    tasks: TaskList,
}

impl Partitionings {
    pub(super) fn of(chain: &Chain, partitioning: &Partitioning) -> Partitionings {
        let tasks = TaskList::from(chain.clone());
        let mut cuts: Vec<Cut> = tasks.entries().iter().filter_map(|entry| entry.task.partition()).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let mut all = vec![partitioning.clone()];
        for other in cuts.into_iter().filter_map(|cut| partitioning.cut(cut)) {
            if !all.contains(&other) {
                all.push(other);
            }
        }
        Partitionings { all, tasks }
    }

    /// The partition of this key, and all that are like it.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub(super) fn find(&self, key: &str) -> Result<(&Partitioning, Partition), Trouble> {
        let mut wrong = None;
        for partitioning in &self.all {
            match partitioning.find(key) {
                Ok(partition) => return Ok((partitioning, partition)),
                Err(error) => wrong = wrong.or(Some(error)),
            }
        }
        let trouble = match wrong {
            // It is one, only too early.
            Some(error @ PartitionError::BeforeStart { .. }) => return Err(Trouble::new(Exit::Usage, error)),
            Some(error) => Trouble::new(Exit::Usage, error),
            None => Trouble::usage(format!("there is no partition `{key}`")),
        };
        let others: Vec<String> = self.all[1..].iter().map(example).collect();
        Err(if others.is_empty() {
            trouble
        } else {
            trouble.hint(format!("other tasks are run {}", others.join(", ")))
        })
    }

    /// The one that has a partition of this key; where none has, that of the chain.
    pub(super) fn like(&self, key: &str) -> &Partitioning {
        self.all.iter().find(|partitioning| partitioning.find(key).is_ok()).unwrap_or(&self.all[0])
    }

    /// Refuses to run partitions in another order than one after another, the first first, where a task reads what earlier ones
    /// have.
    ///
    /// # Errors
    ///
    /// When there is such a task.
    pub(super) fn check_order(&self, partition: &Partition, option: &str) -> Result<(), Trouble> {
        let chain = self.all.first().and_then(cut_of_chain);
        let looks_back = |gathers: &&Gathers| matches!(gathers.span, Span::Trailing(_) | Span::Preceding(_));
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
        self.all.iter().find_map(|partitioning| partitioning.find(key).ok())
    }
}

/// What tasks are run for, with an example.
fn example(partitioning: &Partitioning) -> String {
    match partitioning.unit() {
        Some(unit) => format!("for each {unit}, such as `{}`", unit.example()),
        None => "for all data, `all`".to_owned(),
    }
}
