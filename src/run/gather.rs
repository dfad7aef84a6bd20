//! What partitions have of a model, handed to the model that gathers it.

use crate::failure::{Error, Result};
use crate::id::{ModelId, TaskId};
use crate::model::{Content, Gathers, Part, Storage};
use crate::section::Section;
use crate::task::Slot;

use super::job::Job;
use super::results::of_table;

/// Fills a model with what it gathers from partitions. `unset` stands for the section of a model that has none.
pub(super) fn gather(job: &Job, task: TaskId, model: ModelId, gathers: &Gathers, unset: &mut Section) -> Result<()> {
    // A table that is gathered has the columns of those it is gathered from.
    let schema = job.blueprint.model(model).reference.kind().describe().schema;
    let standing = job.plan.situation().standings.get(task.index());
    let mut parts = Vec::new();
    if let (Some(standing), Some(stores)) = (standing, &job.stores) {
        for (partition, record) in &standing.parts.found {
            let Some(version) = record.version() else { continue };
            let store = stores.of(partition.key());
            let load = move |storage: &Storage| {
                let as_table = matches!(storage, Storage::Table(_) | Storage::Scanned).then(|| of_table(&version));
                store.load(&version, as_table.as_ref().unwrap_or(storage), schema).map_err(Error::from)
            };
            parts.push(Part { partition: partition.clone(), digest: Some(record.digest), load: Box::new(load) });
        }
    }
    if gathers.span.has_own() {
        parts.extend(own(job, task)?);
    }
    job.registry.slot(model).gather(job.registry.name(model), parts, job.models.get_or(gathers.model, unset))
}

/// What the run's own partition has: it is the last of its window.
fn own(job: &Job, task: TaskId) -> Result<Option<Part<'_>>> {
    let Some(model) = job.blueprint.after(task).iter().copied().flatten().next() else { return Ok(None) };
    let (slot, name): (&Slot, _) = (job.registry.slot(model), job.registry.name(model));
    let load = move |_: &Storage| -> Result<Content> { slot.content(name) };
    Ok(Some(Part { partition: job.context.partition()?.clone(), digest: slot.digest(name)?, load: Box::new(load) }))
}
