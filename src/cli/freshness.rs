//! The verb `check freshness`: is what is published as young as it has to be?
//!
//! Asks the ledger alone: neither the store nor a source is looked at.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::desk::{Desk, Setup};
use super::exit::Exit;
use super::runs;
use super::table::table;
use super::trouble::Trouble;
use crate::ledger::PublicationRecord;
use crate::model::Storage;
use crate::nearest;
use crate::partition::Partitioning;
use crate::plan::{Blueprint, ModelEntry};
use crate::report::json::Document;
use crate::report::{Palette, Tone};
use crate::words::duration;

/// The document of `check freshness`.
#[derive(Serialize)]
struct Freshness {
    chain: String,
    checked_at: String,
    /// Whether each of them is.
    fresh: bool,
    models: Vec<StandingShown>,
}

impl Document for Freshness {
    const KIND: &'static str = "freshness";
}

#[derive(Serialize)]
struct StandingShown {
    model: String,
    partition: Option<String>,
    published_at: Option<String>,
    /// What the age is counted from: the end of the partition, or when it was published.
    since: Option<String>,
    age_ms: Option<f64>,
    max_age_ms: f64,
    fresh: bool,
}

/// A model that says how old it may be.
struct Asked<'a> {
    model: &'a str,
    max_age: Duration,
    /// How it is cut, if it is.
    partitioning: Option<Partitioning>,
}

/// How old a model is, in one partition where each is looked at by itself.
struct Standing {
    model: String,
    partition: Option<String>,
    /// When it was published; `None` where it never was.
    published: Option<DateTime<Utc>>,
    since: Option<DateTime<Utc>>,
    age: Option<Duration>,
    max_age: Duration,
}

pub(super) fn freshness(desk: &mut Desk<'_, '_>, models: &[String]) -> Result<Exit, Trouble> {
    let setup = desk.set_up()?;
    let blueprint = setup.check_whole()?;
    let asked = asked(&setup, &blueprint, models)?;
    let names: Vec<&str> = asked.iter().map(|asked| asked.model).collect();
    let found = setup.ledger().publications(&names).map_err(|error| Trouble::from(&error))?;
    let now = desk.surroundings.clock.now();
    let mut standings = Vec::new();
    for asked in asked {
        let found: Vec<&PublicationRecord> = found.iter().filter(|found| found.model == asked.model).collect();
        for (partition, published, since) in looked_at(desk, asked.partitioning.as_ref(), &found)? {
            let age = since.map(|since| (now - since).to_std().unwrap_or_default());
            let (model, max_age) = (asked.model.to_owned(), asked.max_age);
            standings.push(Standing { model, partition, published, since, age, max_age });
        }
    }
    let fresh = standings.iter().all(Standing::is_fresh);
    if desk.manner.json {
        let models = standings.iter().map(Standing::shown).collect();
        let chain = desk.chain.name().to_owned();
        desk.print_document(Freshness { chain, checked_at: runs::time(now), fresh, models })?;
    } else {
        let text = render(&standings, desk.surroundings.width, desk.manner.palette);
        desk.print(&text)?;
    }
    Ok(if fresh { Exit::Done } else { Exit::Stale })
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
                let partitioning = chain.and_then(|chain| match provider?.task.partition() {
                    Some(cut) => chain.cut(cut),
                    None => Some(chain.clone()),
                });
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
    if asked.is_empty() {
        let message = format!("no model of chain `{}` says how old it may be", setup.orchestrator.job().chain());
        return Err(Trouble::new(Exit::Usage, message)
            .hint("`max_age = \"26h\"` in [models.<name>], or in `#[row(…)]`, says so"));
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
    desk: &Desk<'_, '_>,
    partitioning: Option<&Partitioning>,
    found: &[&PublicationRecord],
) -> Result<Vec<LookedAt>, Trouble> {
    let in_partition = |key: &str| found.iter().find(|found| found.partition == key).map(|found| found.at);
    let by_itself = |key: &str| (Some(key.to_owned()), in_partition(key), in_partition(key));
    let Some(partitioning) = partitioning else {
        let at = in_partition("");
        return Ok(vec![(None, at, at)]);
    };
    match (partitioning.listed(), &desk.manner.partition) {
        (Some(all), Some(key)) => {
            let named = all.iter().filter(|partition| **partition.key() == **key);
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
    fn is_fresh(&self) -> bool {
        self.age.is_some_and(|age| age <= self.max_age)
    }

    fn shown(&self) -> StandingShown {
        StandingShown {
            model: self.model.clone(),
            partition: self.partition.clone(),
            published_at: self.published.map(runs::time),
            since: self.since.map(runs::time),
            age_ms: self.age.map(runs::millis),
            max_age_ms: runs::millis(self.max_age),
            fresh: self.is_fresh(),
        }
    }
}

fn render(standings: &[Standing], width: u16, palette: Palette) -> String {
    let has_partitions = standings.iter().any(|standing| standing.partition.is_some());
    let header = ["model", "partition", "last published (UTC)", "age", "max age", ""];
    let header = header.into_iter().filter(|title| has_partitions || *title != "partition").map(str::to_owned);
    let rows = standings.iter().map(|standing| {
        let none = || "–".to_owned();
        let word = match (standing.age, standing.is_fresh()) {
            (_, true) => palette.paint(Tone::Good, "fresh"),
            (Some(_), false) => palette.paint(Tone::Bad, "stale"),
            (None, false) => palette.paint(Tone::Bad, "never published"),
        };
        let mut row = vec![standing.model.clone()];
        if has_partitions {
            row.push(standing.partition.clone().unwrap_or_else(none));
        }
        row.push(standing.published.map_or_else(none, runs::short_clock));
        row.push(standing.age.map_or_else(none, duration));
        row.extend([duration(standing.max_age), word]);
        row
    });
    table(&header.collect::<Vec<_>>(), rows, Some(width), palette)
}
