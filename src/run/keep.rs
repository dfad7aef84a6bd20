//! What becomes of what a step has made: it is brought to the store, and told apart by its digest.
//!
//! A step that has something to store is kept apart from its attempt, so that others can go on meanwhile with what it
//! made. Knows one step and its models; not who reads them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::context::Scope;
use crate::digest::Digest;
use crate::event::Committed;
use crate::failpoint;
use crate::failure::Result;
use crate::id::{ModelId, TaskId};
use crate::ledger::VersionRecord;
use crate::model::Storage;
use crate::source::SourceState;

use super::attempt::{Trouble, Try};
use super::job::Job;
use super::panics::guard;

/// What a good attempt has made and found.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// What goes on record; empty where nothing is recorded or stored, and before it is kept.
    pub(super) versions: Vec<VersionRecord>,
    /// Which of them have no content that a digest could be made of.
    pub(super) untold: Vec<usize>,
    /// The parameters it has read.
    pub(super) params: BTreeMap<String, Option<String>>,
    /// The files it has read, for a source.
    pub(super) source: Option<SourceState>,
    /// How each model wants to be stored.
    pub(super) storages: Vec<Storage>,
    /// The digest of each model, where they have been asked for already.
    pub(super) digests: Vec<Option<Digest>>,
    /// Whether something is still to be stored.
    pub(super) is_open: bool,
}

/// A step that is to be kept, or that has been.
#[derive(Debug)]
pub(super) struct Keeping {
    pub(super) task: TaskId,
    pub(super) committed: Vec<Committed>,
    pub(super) made: Box<Made>,
    /// How long it took.
    pub(super) elapsed: Duration,
}

/// Looks at what an attempt has made: what need not be stored is told apart at once, all else is left for later.
pub(super) fn look_at(
    job: &Job,
    order: &Try,
    mut committed: Vec<Committed>,
    mut made: Made,
) -> Result<(Vec<Committed>, Option<Box<Made>>), Trouble> {
    made.is_open = job.store.is_some() && made.storages.iter().any(|storage| *storage != Storage::Memory);
    if made.is_open {
        if order.wants_digests {
            for (&model, committed) in job.blueprint.provides(order.task).iter().zip(&committed) {
                made.digests.push(job.registry.slot(model).digest(&committed.model)?);
            }
        }
    } else {
        keep_all(job, order.task, &mut committed, &mut made)?;
    }
    Ok((committed, Some(Box::new(made))))
}

/// Stores what is to be stored of a step.
pub(super) fn keep(job: &Job, mut keeping: Keeping) -> (Keeping, Result<(), Trouble>) {
    let clock = job.context.clock();
    let start = clock.monotonic();
    let name = &job.names[keeping.task.index()];
    let kept = Scope::enter(&job.context, name, || {
        guard(|| Ok(keep_all(job, keeping.task, &mut keeping.committed, &mut keeping.made)))
    });
    let kept = kept.unwrap_or_else(|panic| Err(panic.into()));
    keeping.elapsed = clock.monotonic().saturating_sub(start);
    (keeping, kept)
}

fn keep_all(job: &Job, task: TaskId, committed: &mut [Committed], made: &mut Made) -> Result<(), Trouble> {
    for (at, (&model, committed)) in job.blueprint.provides(task).iter().zip(committed).enumerate() {
        keep_one(job, task, model, at, committed, made)?;
    }
    made.is_open = false;
    failpoint::reached("step staged");
    Ok(())
}

fn keep_one(
    job: &Job,
    task: TaskId,
    model: ModelId,
    at: usize,
    committed: &mut Committed,
    made: &mut Made,
) -> Result<(), Trouble> {
    let slot = job.registry.slot(model);
    let file = match (&job.store, &made.storages[at]) {
        (Some(store), storage) if *storage != Storage::Memory => {
            let content = slot.content(&committed.model)?;
            Some(store.stage(job.context.run(), &committed.model, storage, &content)?)
        }
        _ => None,
    };
    committed.stored_bytes = file.as_ref().map(|file| file.bytes);
    if job.ledger.is_none() && file.is_none() {
        return Ok(());
    }
    let digest = match made.digests.get(at) {
        Some(digest) => *digest,
        None => slot.digest(&committed.model)?,
    };
    if digest.is_none() {
        made.untold.push(made.versions.len());
    }
    made.versions.push(VersionRecord {
        model: committed.model.to_string(),
        run: job.context.run(),
        task: job.names[task.index()].to_string(),
        at: job.context.clock().now(),
        digest: digest.unwrap_or_else(|| Digest::of_bytes(b"untold")),
        rows: committed.rows,
        bytes: committed.bytes,
        columns: columns(job, model),
        lineage: committed.lineage.clone(),
        file,
    });
    Ok(())
}

/// The columns of a table, each with its type.
fn columns(job: &Job, model: ModelId) -> Vec<(String, String)> {
    let schema = job.blueprint.model(model).reference.kind().describe().schema;
    let columns = schema.map_or(&[][..], |schema| schema.columns);
    columns
        .iter()
        .map(|column| {
            let optional = if column.nullable { "?" } else { "" };
            (column.name.to_owned(), format!("{}{optional}", column.ty))
        })
        .collect()
}
