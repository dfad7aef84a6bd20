//! How old the models are that say how old they may be.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::cli::desk::Setup;
use crate::cli::exit::Exit;
use crate::cli::trouble::Trouble;
use crate::ledger::PublicationRecord;
use crate::model::Storage;
use crate::nearest;
use crate::partition::Partitioning;
use crate::plan::{Blueprint, ModelEntry};

/// A model that says how old it may be.
struct Asked<'a> {
    model: &'a str,
    max_age: Duration,
    /// How it is cut, if it is.
    partitioning: Option<Partitioning>,
}

/// How old a model is, in one partition where each is looked at by itself.
pub(in crate::cli) struct Standing {
    pub(in crate::cli) model: String,
    pub(in crate::cli) partition: Option<String>,
    /// Whether each partition is looked at by itself.
    pub(in crate::cli) is_listed: bool,
    /// When it was published; `None` where it never was.
    pub(in crate::cli) published: Option<DateTime<Utc>>,
    /// What its age is counted from.
    pub(in crate::cli) since: Option<DateTime<Utc>>,
    pub(in crate::cli) age: Option<Duration>,
    pub(in crate::cli) max_age: Duration,
}

/// How old the models of these names are, or all that say how old they may be, in the order of the chain; in this partition,
/// where one is named.
///
/// # Errors
///
/// When a model does not say how old it may be, or is never published, and when the ledger cannot be read.
pub(in crate::cli) fn standings(
    setup: &Setup,
    blueprint: &Blueprint,
    models: &[String],
    partition: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Vec<Standing>, Trouble> {
    let asked = asked(setup, blueprint, models)?;
    let names: Vec<&str> = asked.iter().map(|asked| asked.model).collect();
    let found = setup.ledger().publications(&names).map_err(|error| Trouble::from(&error))?;
    let mut standings = Vec::new();
    for asked in asked {
        let found: Vec<&PublicationRecord> = found.iter().filter(|found| found.model == asked.model).collect();
        for (partition, published, since) in looked_at(asked.partitioning.as_ref(), partition, &found)? {
            let age = since.map(|since| (now - since).to_std().unwrap_or_default());
            let (model, max_age) = (asked.model.to_owned(), asked.max_age);
            let is_listed = asked.partitioning.as_ref().is_some_and(|cut| cut.listed().is_some());
            standings.push(Standing { model, partition, is_listed, published, since, age, max_age });
        }
    }
    Ok(standings)
}

/// The models of these names, or all that say how old they may be, in the order of the chain.
fn asked<'b>(setup: &Setup, blueprint: &'b Blueprint, models: &[String]) -> Result<Vec<Asked<'b>>, Trouble> {
    for name in models {
        if blueprint.model_named(name).is_none() {
            let names = blueprint.models().iter().map(|model| &*model.name);
            let hint = nearest::hint(nearest::name(name, names).as_deref());
            return Err(Trouble::usage(format!("the chain has no model `{name}`{hint}")));
        }
    }
    let mut asked = Vec::new();
    for entry in blueprint.models() {
        let is_named = models.iter().any(|name| *name == *entry.name);
        if !models.is_empty() && !is_named {
            continue;
        }
        let wrong = |error: String| Trouble::new(Exit::Configuration, format!("model `{}`: {error}", entry.name));
        let section = setup.config.models.get(&entry.name);
        match entry.reference.kind().max_age(&section).map_err(|error| wrong(error.to_string()))? {
            Some(max_age) => {
                refuse_unpublished(setup, entry)?;
                let provider = entry.provider.map(|provider| blueprint.task(provider));
                let chain = setup.config.partitioning.as_ref();
                let partitioning = chain.and_then(|chain| chain.of_task(provider?.task.partition()));
                asked.push(Asked { model: &entry.name, max_age, partitioning });
            }
            None if is_named => {
                return Err(Trouble::new(
                    Exit::Usage,
                    format!("model `{}` does not say how old it may be", entry.name),
                )
                .hint(format!("`max_age = \"26h\"` in [models.{}], or in `#[row(…)]`, says so", entry.name)));
            }
            None => {}
        }
    }
    Ok(asked)
}

/// Refuses a model that no run will ever publish.
fn refuse_unpublished(setup: &Setup, entry: &ModelEntry) -> Result<(), Trouble> {
    let built = entry.reference.kind().build(&setup.config.models.get(&entry.name));
    let wrong = |what: String| Trouble::new(Exit::Configuration, format!("model `{}`: {what}", entry.name));
    match built.map_err(|error| wrong(error.to_string()))?.storage() {
        Storage::Memory => Err(wrong("`max_age` is about what is published, and the model is not stored".to_owned())
            .hint("leave `max_age` out, or have it stored: `store = \"parquet\"`")),
        _ => Ok(()),
    }
}

/// A partition, when a model was published there, and from when its age counts.
type LookedAt = (Option<String>, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// Which partitions of a model decide how old it is.
fn looked_at(
    partitioning: Option<&Partitioning>,
    partition: Option<&str>,
    found: &[&PublicationRecord],
) -> Result<Vec<LookedAt>, Trouble> {
    let in_partition = |key: &str| found.iter().find(|found| found.partition == key).map(|found| found.at);
    let by_itself = |key: &str| (Some(key.to_owned()), in_partition(key), in_partition(key));
    let Some(partitioning) = partitioning else {
        let at = in_partition("");
        return Ok(vec![(None, at, at)]);
    };
    match (partitioning.listed(), partition) {
        (Some(all), Some(key)) => {
            let named = all.iter().filter(|partition| **partition.key() == *key);
            Ok(named.map(|partition| by_itself(partition.key())).collect())
        }
        (Some(all), None) => Ok(all.iter().map(|partition| by_itself(partition.key())).collect()),
        (None, Some(_)) => {
            let message = "the newest partition that is published says how old a model is";
            Err(Trouble::usage(message).hint("leave `--partition` out"))
        }
        // What is published of the past makes nothing younger.
        (None, None) => {
            let ends = found.iter().filter_map(|found| {
                let interval = partitioning.find(&found.partition).ok()?.interval()?;
                Some((interval.end, found))
            });
            let newest = ends.max_by_key(|(end, _)| *end);
            Ok(vec![
                newest.map_or((None, None, None), |(end, found)| {
                    (Some(found.partition.clone()), Some(found.at), Some(end))
                }),
            ])
        }
    }
}

impl Standing {
    pub(in crate::cli) fn is_fresh(&self) -> bool {
        self.age.is_some_and(|age| age <= self.max_age)
    }
}
