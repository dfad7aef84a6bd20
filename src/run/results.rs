//! What a run takes from the store for its steps, and what it brings there when it ends.
//!
//! Knows one job and its store; not the states of steps.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use crate::event::Published;
use crate::failure::Error;
use crate::id::ModelId;
use crate::model::{Content, Storage};
use crate::plan::Previous;
use crate::schema::Format;
use crate::store::{Store, StoreError, Version};

use super::attempt::Trouble;

use super::course::Course;
use super::job::Job;
use super::panics::guard;

/// Fills a model from the store, unless it is there already; says how many rows it has if it was not.
pub(super) fn load(job: &Job, model: ModelId, version: &Version) -> Result<Option<Option<u64>>, StoreError> {
    let Some(store) = &job.store else { return Ok(None) };
    // Several steps may want it at once; who comes second finds it there.
    let _one_at_a_time = job.loading.lock().unwrap_or_else(PoisonError::into_inner);
    if job.registry.slot(model).is_full() {
        return Ok(None);
    }
    let filled = guard(|| Ok(fill(job, &**store, model, version)));
    let loaded = filled.unwrap_or_else(|panic| Err(unusable(job.registry.name(model), &panic)));
    if loaded.is_err() {
        job.registry.slot(model).clear();
    }
    loaded.map(Some)
}

/// The content that a model grows from.
pub(super) fn previous(job: &Job, model: ModelId, previous: &Previous) -> Result<Option<Content>, Trouble> {
    let (stored, store) = match (previous, &job.store) {
        (Previous::Nothing, _) | (_, None) => return Ok(None),
        (Previous::Stored(stored), Some(store)) => (stored, store),
        (Previous::Gone(_), Some(_)) => {
            let name = job.registry.name(model);
            return Err(Trouble::Task(Error::data(format!(
                "the version that model `{name}` grows from is gone; a run with `--force` makes it anew, from all that its \
                 inputs have"
            ))));
        }
    };
    let schema = job.blueprint.model(model).reference.kind().describe().schema;
    Ok(Some(match (store.load(&stored.version, &of_table(&stored.version), schema)?, &stored.file, stored.digest) {
        // Where nothing is added to it, its file is that of the new version as well.
        (Content::Parquet(file), Some(of), Some(table)) => Content::Parquet(file.known(of.bytes, of.digest, table)),
        (content, ..) => content,
    }))
}

/// How the version of a table is read: in the form that it was written in then. A Parquet file is scanned, however the model is
/// handed on.
pub(super) fn of_table(version: &Version) -> Storage {
    let format = Format::of_extension(&version.extension);
    format.filter(|format| *format != Format::Parquet).map_or(Storage::Scanned, Storage::Table)
}

fn unusable(model: &str, error: &Error) -> StoreError {
    StoreError::Unusable { model: model.to_owned(), reason: error.chain() }
}

fn fill(job: &Job, store: &dyn Store, model: ModelId, version: &Version) -> Result<Option<u64>, StoreError> {
    let entry = job.blueprint.model(model);
    let unusable = |error: Error| unusable(&entry.name, &error);
    job.registry.build(model, &entry.reference, &job.models.get(&entry.name)).map_err(unusable)?;
    let slot = job.registry.slot(model);
    let storage = slot.storage();
    if storage.extension() != Some(version.extension.as_str()) {
        return Err(unusable(Error::new("it is stored in another form")));
    }
    let content = store.load(version, &storage, entry.reference.kind().describe().schema)?;
    slot.restore(&entry.name, content).map_err(unusable)?;
    Ok(slot.seal(&entry.name).map_err(unusable)?.size.rows)
}

/// The versions that are to be published: what this run works with, and what is published of tasks that it left alone.
pub(super) fn set(
    job: &Job,
    store: &dyn Store,
    course: &Course,
    only_good: impl Fn(ModelId) -> bool,
) -> Result<Vec<Version>, StoreError> {
    let before = store.published()?.map_or(Vec::new(), |publication| publication.versions);
    let before: BTreeMap<&str, &Version> = before.iter().map(|version| (version.model.as_str(), version)).collect();
    let models = job.blueprint.models().iter().enumerate();
    let versions = models.filter_map(|(at, entry)| {
        let model = ModelId::new(at);
        let provider = entry.provider?;
        if job.is_picked(provider) && only_good(model) {
            return course.version(model).cloned();
        }
        before.get(&*entry.name).map(|&version| version.clone())
    });
    Ok(versions.collect())
}

/// Brings these versions into view.
pub(super) fn publish(
    job: &Job,
    store: &dyn Store,
    versions: &[Version],
    rows: &[Option<u64>],
) -> Result<Vec<Published>, StoreError> {
    let names = job.blueprint.models().iter().map(|entry| &*entry.name);
    let rows: BTreeMap<&str, Option<u64>> = names.zip(rows.iter().copied()).collect();
    let current = store.publish(job.context.run(), versions)?;
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
