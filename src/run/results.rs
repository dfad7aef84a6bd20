//! What a run takes from the store before its first step, and what it brings there after its last.
//!
//! Knows one job and its store; not the states of steps.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::{Published, StepEnd};
use crate::failure::Error;
use crate::id::ModelId;
use crate::store::{Store, StoreError, Version};

use super::execute::Job;
use super::panics::guard;

/// Fills a model from the store; says how many rows it has.
pub(super) fn load(job: &Job<'_>, store: &dyn Store, model: ModelId) -> Result<Option<u64>, StoreError> {
    guard(|| Ok(fill(job, store, model))).unwrap_or_else(|panic| Err(unusable(job.registry.name(model), &panic)))
}

fn unusable(model: &str, error: &Error) -> StoreError {
    StoreError::Unusable { model: model.to_owned(), reason: error.chain() }
}

fn fill(job: &Job<'_>, store: &dyn Store, model: ModelId) -> Result<Option<u64>, StoreError> {
    let entry = job.blueprint.model(model);
    let unusable = |error: Error| unusable(&entry.name, &error);
    job.registry.build(model, &entry.reference, &job.models.get(&entry.name)).map_err(unusable)?;
    let slot = job.registry.slot(model);
    let schema = entry.reference.kind().describe().schema;
    let storage = slot.storage();
    let published = store.published()?.map(|published| published.versions).unwrap_or_default();
    let is_wanted =
        |version: &&Version| version.model == *entry.name && storage.extension() == Some(version.extension.as_str());
    let version = published
        .iter()
        .find(is_wanted)
        .ok_or_else(|| unusable(Error::new("it is not stored any more, or in another form")))?;
    let content = store.load(version, &storage, schema)?;
    slot.restore(&entry.name, content).map_err(unusable)?;
    Ok(slot.seal(&entry.name).map_err(unusable)?.rows)
}

/// Brings everything the run made into view, together with what it left alone.
pub(super) fn publish(
    job: &Job<'_>,
    store: &dyn Store,
    runs: &[bool],
    steps: &[StepEnd],
    made: &[Version],
) -> Result<Vec<Published>, StoreError> {
    let left_alone: Vec<&str> = job
        .blueprint
        .models()
        .iter()
        .filter(|model| model.provider.is_some_and(|provider| !runs[provider.index()]))
        .map(|model| &*model.name)
        .collect();
    let committed = steps.iter().flat_map(|step| &step.committed);
    let rows: BTreeMap<&str, Option<u64>> = committed.map(|made| (&*made.model, made.rows)).collect();
    let mut versions = store.published()?.map(|published| published.versions).unwrap_or_default();
    versions.retain(|version| left_alone.contains(&version.model.as_str()));
    versions.extend_from_slice(made);
    let current = store.publish(job.context.run(), &versions)?;
    Ok(current
        .into_iter()
        .map(|current| Published {
            rows: rows.get(&*current.model).copied().flatten(),
            model: Arc::from(current.model),
            path: current.path,
            bytes: current.bytes,
        })
        .collect())
}
