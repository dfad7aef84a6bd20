//! Looks up what other partitions have of the models that tasks gather.

use std::collections::BTreeMap;

use crate::id::TaskId;
use crate::ledger::{Ledger, LedgerError};
use crate::model::{Gathers, Span};
use crate::partition::{Partition, Partitioning};
use crate::plan::{Blueprint, Parts};
use crate::task::Entry;

use super::{Orchestrator, RunError};

/// What other partitions have of the model that a task gathers; nothing for one that gathers none.
pub(super) fn parts(
    orchestrator: &Orchestrator,
    ledger: &dyn Ledger,
    blueprint: &Blueprint,
    task: TaskId,
) -> Result<Parts, RunError> {
    let gathered = blueprint.provides(task).first().map(|&model| blueprint.model(model).reference.kind());
    let Some(gathers) = gathered.and_then(|kind| kind.gathers()) else { return Ok(Parts::default()) };
    let (Some(partitions), Ok(own)) = (&orchestrator.partitions, orchestrator.job.partition()) else {
        return Ok(Parts::default());
    };
    let Some(partitioning) = partitioning_of(orchestrator, &partitions.partitioning, own, gathers) else {
        return Ok(Parts::default());
    };
    let wanted = wanted(ledger, &partitioning, own, gathers)?;
    let keys: Vec<&str> = wanted.iter().map(|partition| &**partition.key()).collect();
    let published = ledger.published_of(gathers.model, &keys)?;
    let mut parts = Parts::default();
    for (partition, version) in wanted.into_iter().zip(published) {
        match version.filter(|version| version.file.is_some()) {
            Some(version) => parts.found.push((partition, version)),
            None if gathers.is_complete => parts.missing.push(partition),
            None => {}
        }
    }
    Ok(parts)
}

/// How the gathered model is cut: as the task that provides it is.
fn partitioning_of(
    orchestrator: &Orchestrator,
    chain: &Partitioning,
    own: &Partition,
    gathers: &Gathers,
) -> Option<Partitioning> {
    let provides = |entry: &&Entry| entry.task.provides().iter().any(|model| model.name() == gathers.model);
    match orchestrator.tasks.entries().iter().find(provides) {
        Some(provider) => chain.of_task(provider.task.partition()),
        None if gathers.span.is_of_others() => Some(chain.clone()),
        // A source is read in each run that somebody reads it in: in those of this kind.
        None => chain.of_task(own.cut()),
    }
}

/// The other partitions that are meant, in order.
fn wanted(
    ledger: &dyn Ledger,
    partitioning: &Partitioning,
    own: &Partition,
    gathers: &Gathers,
) -> Result<Vec<Partition>, LedgerError> {
    let mut wanted = match gathers.span {
        Span::Trailing(count) => partitioning.trailing(own, count),
        Span::Preceding(count) => partitioning.trailing(own, count.saturating_add(1)),
        Span::Within => partitioning.within(own).collect(),
        Span::All => match partitioning.listed() {
            Some(mut listed) => {
                // In an order that no edit of the list changes.
                listed.sort_by(|one, other| one.key().cmp(other.key()));
                listed
            }
            None => published(ledger, partitioning, gathers.model)?,
        },
    };
    wanted.retain(|partition| partition != own);
    Ok(wanted)
}

/// The partitions of time in which a model is published, in order.
fn published(ledger: &dyn Ledger, partitioning: &Partitioning, model: &str) -> Result<Vec<Partition>, LedgerError> {
    let published = ledger.publications(&[model])?;
    // Others may be left of a time when the data was cut otherwise.
    let found = published.iter().filter_map(|published| partitioning.find(&published.partition).ok());
    let by_time: BTreeMap<_, _> = found.filter_map(|found| Some((found.interval()?.start, found))).collect();
    Ok(by_time.into_values().collect())
}
