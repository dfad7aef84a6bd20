//! The partitions that a chain is run for: those of its data, and those of tasks that are run for others.

use super::exit::Exit;
use super::trouble::Trouble;
use crate::partition::{Cut, Partition, PartitionError, Partitioning};
use crate::task::{Chain, TaskList};

/// The ways in which the data of a chain is cut: that of the chain first, then those of tasks that say so themselves.
pub(super) struct Partitionings(Vec<Partitioning>);

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
        Partitionings(all)
    }

    /// The partition of this key, and all that are like it.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub(super) fn find(&self, key: &str) -> Result<(&Partitioning, Partition), Trouble> {
        let mut wrong = None;
        for partitioning in &self.0 {
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
        let others: Vec<String> = self.0[1..].iter().map(example).collect();
        Err(if others.is_empty() {
            trouble
        } else {
            trouble.hint(format!("other tasks are run {}", others.join(", ")))
        })
    }

    /// The partition of this key, where there is one.
    pub(super) fn known(&self, key: &str) -> Option<Partition> {
        self.0.iter().find_map(|partitioning| partitioning.find(key).ok())
    }
}

/// What tasks are run for, with an example.
fn example(partitioning: &Partitioning) -> String {
    match partitioning.unit() {
        Some(unit) => format!("for each {unit}, such as `{}`", unit.example()),
        None => "for all data, `all`".to_owned(),
    }
}
