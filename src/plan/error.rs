//! Why a plan cannot be made.

use crate::id::{ModelId, TaskId};
use crate::words;

use super::blueprint::Blueprint;
use super::select::SelectionError;

/// A chain that a plan cannot be made for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The selection is wrong.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// The selection is right and picks no task.
    #[error("the selection picks no task of the chain")]
    Nothing,
    /// Each file of a source, or each row, is read once, and not all tasks that read it are picked.
    #[error(
        "task `{source_task}` reads what is new once, so all that read from it have to be selected with it, and `{reader}` is not; \
         select `{source_task}+`"
    )]
    Once {
        /// The task that reads the source.
        source_task: String,
        /// The task that reads from it and is not picked.
        reader: String,
    },
    /// A table that grows is to be made anew, and the source that it grows from is not picked.
    #[error(
        "to make what `{task}` provides anew, all of its source has to be read again, and `{source_task}` is not \
         selected; select `{source_task}+`"
    )]
    Anew {
        /// The task that reads the source.
        source_task: String,
        /// The task that is forced.
        task: String,
    },
    /// A task reads what other partitions have, and some of them have nothing.
    #[error(
        "{} {} model `{model}` of {}, which {} not published; {}",
        words::names(readers),
        if readers.len() == 1 { "reads" } else { "read" },
        missing(first, last, *count),
        if *count == 1 { "is" } else { "are" },
        advice(first, last)
    )]
    MissingParts {
        /// The model.
        model: String,
        /// The tasks that read it.
        readers: Vec<String>,
        /// The first partition that has nothing.
        first: String,
        /// The last one.
        last: String,
        /// How many there are.
        count: usize,
    },
    /// A task reads what other partitions have, and nobody knows.
    #[error(
        "{} reads several partitions of model `{model}`, which can be found only with a ledger and a store for each partition; \
         `Orchestrator::with_ledger` and `Orchestrator::with_partitions` give it them",
        words::names(readers)
    )]
    UnknownParts {
        /// The model.
        model: String,
        /// The tasks that read it.
        readers: Vec<String>,
    },
    /// A model would be needed that no picked task provides and the store does not have.
    #[error("{}", unavailable_text(models))]
    Unavailable {
        /// Each model, its provider, and the picked tasks that read it.
        models: Vec<(String, String, Vec<String>)>,
    },
}

impl PlanError {
    pub(super) fn unavailable(blueprint: &Blueprint, picked: &[bool], models: &[ModelId]) -> PlanError {
        let task = |task: TaskId| blueprint.task(task).task.name().to_owned();
        let describe = |&model: &ModelId| {
            let entry = blueprint.model(model);
            let readers = blueprint.readers(model).filter(|reader| picked[reader.index()]).map(task).collect();
            (entry.name.to_string(), entry.provider.map(task).unwrap_or_default(), readers)
        };
        PlanError::Unavailable { models: models.iter().map(describe).collect() }
    }
}

fn missing(first: &str, last: &str, count: usize) -> String {
    match count {
        1 => format!("partition `{first}`"),
        2 => format!("partitions `{first}` and `{last}`"),
        more => format!("{more} partitions from `{first}` to `{last}`"),
    }
}

fn advice(first: &str, last: &str) -> String {
    let make = if first == last {
        format!("`run --partition {first}` makes it")
    } else {
        format!("`backfill --from {first} --to {last}` makes them")
    };
    format!("{make}; where there is none, say so by `start` in [partitions], or read `Published<…>`")
}

fn unavailable_text(models: &[(String, String, Vec<String>)]) -> String {
    let each: Vec<String> = models
        .iter()
        .map(|(model, provider, readers)| {
            let reader = readers.first().map(String::as_str).unwrap_or_default();
            format!(
                "task `{reader}` requires model `{model}`, which is not stored, and its provider `{provider}` is not \
                 selected; select `+{reader}`, or run the whole chain once"
            )
        })
        .collect();
    each.join("\n")
}
