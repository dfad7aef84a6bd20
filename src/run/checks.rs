//! The checks of whole models that a step has made, before anybody else sees them.
//!
//! Knows where the other side of a comparison is: in the ledger, or among the models that the step has at hand.

use polars::prelude::LazyFrame;

use crate::contract::{self, Beside};
use crate::event::{Checked, Committed, Severity};
use crate::failure::{Error, Result};
use crate::id::{ModelId, TaskId};
use crate::model::Storage;

use super::job::Job;

/// Checks one sealed model; what comes of it is put behind what is known already.
pub(super) fn judge(job: &Job, task: TaskId, committed: &mut Committed, checked: &mut Vec<Checked>) -> Result<()> {
    let Some(model) = job.blueprint.model_named(&committed.model) else { return Ok(()) };
    let Some(mut whole) = job.registry.slot(model).whole(&committed.model)? else { return Ok(()) };
    let beside = Beside {
        rows_before: &|| rows_before(job, model),
        other: &|other| content(job, task, &committed.model, other),
    };
    checked.extend(contract::judge(&committed.model, &mut whole, &beside)?);
    // Of a table that is handed on as a query they were not known.
    committed.rows = committed.rows.or(whole.rows());
    Ok(())
}

/// Fails where rows of a sealed model lie outside of the partition that the run is for.
pub(super) fn confine(job: &Job, model: ModelId) -> Result<()> {
    // Asked first: most models have no such column.
    if job.blueprint.model(model).reference.kind().partition().is_none() {
        return Ok(());
    }
    confine_table(job, model)
}

fn confine_table(job: &Job, model: ModelId) -> Result<()> {
    let Ok(partitions) = job.context.partitions() else { return Ok(()) };
    let whole = job.registry.slot(model).whole(job.registry.name(model))?;
    whole.map_or(Ok(()), |whole| contract::confine(&whole, partitions))
}

/// Fails where a check did not pass that has to.
///
/// # Errors
///
/// With what was found of each of them.
pub(super) fn refuse(checked: &[Checked]) -> Result<()> {
    let mut text = String::new();
    let mut model = "";
    let failed = || checked.iter().filter(|checked| !checked.passed && checked.severity == Severity::Error);
    for checked in failed() {
        if *checked.model != *model {
            text += &format!(
                "{}model `{}` does not pass its checks:",
                if model.is_empty() { "" } else { "\n" },
                checked.model
            );
            model = &checked.model;
        }
        let message = checked.message.as_deref().unwrap_or_default().replace('\n', "\n  ");
        text += &format!("\n  check `{}`: {message}", checked.check);
    }
    let Some(first) = failed().next() else { return Ok(()) };
    text += &format!(
        "\nwhere the data is right, change [models.{}.checks.{}] in the configuration, or say `severity = \"warn\"` there",
        first.model, first.check
    );
    Err(Error::data(text))
}

/// The rows of the version before: the published one, or of a model that is never published the last on record.
fn rows_before(job: &Job, model: ModelId) -> Result<Option<u64>> {
    let Some(ledger) = &job.ledger else { return Ok(None) };
    let (name, partition) = (job.registry.name(model), job.context.partition_key());
    let before = if job.registry.slot(model).storage() == Storage::Memory || job.store.is_none() {
        ledger.versions(partition, name, 1)?
    } else {
        ledger.published(partition)?
    };
    Ok(before.iter().find(|version| *version.model == **name).and_then(|version| version.rows))
}

/// The content of another model, which the task has at hand.
fn content(job: &Job, task: TaskId, model: &str, other: &str) -> Result<LazyFrame> {
    let at_hand =
        |id: &ModelId| job.blueprint.provides(task).contains(id) || job.blueprint.reads(task).any(|read| read == *id);
    let not_there = || Error::new(format!("model `{other}`, which `{model}` is compared with, is not at hand"));
    let id = job.blueprint.model_named(other).filter(at_hand).ok_or_else(not_there)?;
    Ok(job.registry.slot(id).whole(other)?.ok_or_else(not_there)?.query())
}
