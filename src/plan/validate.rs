//! Finds everything that is wrong with a chain in one pass, or numbers it.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::graph::{Cycle, Graph};
use crate::id::{ModelId, TaskId};
use crate::nearest;
use crate::section::{NoConfig, Section};
use crate::task::{Entry, ModelRef};

use super::blueprint::{Blueprint, Declaration, Drawn, ModelEntry};
use super::fault::{Circle, Fault, Faults};
use super::lists::Lists;

/// What is known of a model while the list is read.
struct Mention<'a> {
    reference: &'a ModelRef,
    /// Every type it is mentioned with, and the task that does so first.
    types: Vec<(&'a ModelRef, usize)>,
    providers: Vec<usize>,
    /// Tasks that require it; those that only read it after its provider do not need one.
    required_by: Vec<usize>,
    supplied: bool,
}

pub(super) fn draw(declared: Declaration<'_>) -> Result<Blueprint, Faults> {
    let entries = with_sources(&declared);
    let mentions = mentions(&entries, declared.supplied);
    let mut faults = Vec::new();
    find_bad_names(&entries, &mentions, &mut faults);
    find_duplicate_tasks(&entries, &mut faults);
    find_bad_models(&entries, &mentions, &mut faults);
    let graph = connect(&entries, &mentions);
    let order = graph.order().unwrap_or_else(|cycles| {
        faults.extend(cycles.iter().map(|cycle| name_cycle(cycle, &entries, &mentions)));
        Vec::new()
    });
    check_sections(&declared, &entries, &mentions, &mut faults);
    if !faults.is_empty() {
        return Err(Faults::new(declared.chain, faults));
    }
    Ok(number(&entries, &mentions, graph, order))
}

/// The tasks, with one in front of the first reader of each source that nobody provides.
fn with_sources(declared: &Declaration<'_>) -> Vec<Entry> {
    let listed = declared.tasks.entries();
    let mut known: IndexMap<&str, ()> = IndexMap::new();
    for entry in listed {
        known.extend(entry.task.provides().iter().map(|model| (model.name(), ())));
    }
    known.extend(declared.supplied.iter().map(|model| (model.name(), ())));
    let mut entries = Vec::with_capacity(listed.len());
    for entry in listed {
        for model in entry.task.requires().iter().chain(entry.task.after()) {
            if !model.is_source() || known.contains_key(model.name()) {
                continue;
            }
            if let Some(task) = model.kind().source_task() {
                known.extend(task.provides().iter().map(|model| (model.kind().name(), ())));
                entries.push(Entry { task, group: Arc::from("") });
            }
        }
        entries.push(entry.clone());
    }
    entries
}

fn mentions<'a>(entries: &'a [Entry], supplied: &'a [ModelRef]) -> IndexMap<&'a str, Mention<'a>> {
    let mut mentions: IndexMap<&str, Mention<'_>> = IndexMap::with_capacity(entries.len());
    for (position, entry) in entries.iter().enumerate() {
        for model in entry.task.requires() {
            mention(&mut mentions, model, position).required_by.push(position);
        }
        for model in entry.task.provides() {
            mention(&mut mentions, model, position).providers.push(position);
        }
    }
    // A model that is only ever read "after" exists in a chain when somebody provides or supplies it.
    for (position, entry) in entries.iter().enumerate() {
        for model in entry.task.after() {
            if mentions.contains_key(model.name()) || supplied.iter().any(|given| given.name() == model.name()) {
                mention(&mut mentions, model, position);
            }
        }
    }
    for model in supplied {
        mention(&mut mentions, model, usize::MAX).supplied = true;
    }
    mentions
}

fn mention<'a, 'm>(
    mentions: &'m mut IndexMap<&'a str, Mention<'a>>,
    model: &'a ModelRef,
    position: usize,
) -> &'m mut Mention<'a> {
    let known = mentions.entry(model.name()).or_insert_with(|| Mention {
        reference: model,
        types: Vec::new(),
        providers: Vec::new(),
        required_by: Vec::new(),
        supplied: false,
    });
    if !known.types.iter().any(|(seen, _)| seen.kind() == model.kind()) {
        known.types.push((model, position));
    }
    known
}

fn find_bad_names(entries: &[Entry], mentions: &IndexMap<&str, Mention<'_>>, faults: &mut Vec<Fault>) {
    let allowed = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.chars().all(|each| each.is_ascii_alphanumeric() || "_-".contains(each))
    };
    let tasks = entries.iter().map(|entry| ("task", entry.task.name()));
    let models = mentions.keys().map(|name| ("model", *name));
    faults.extend(
        tasks
            .chain(models)
            .filter(|(_, name)| !allowed(name))
            .map(|(what, name)| Fault::Name { what, name: name.to_owned() }),
    );
}

fn find_duplicate_tasks(entries: &[Entry], faults: &mut Vec<Fault>) {
    let mut by_name: IndexMap<&str, Vec<&Entry>> = IndexMap::with_capacity(entries.len());
    for entry in entries {
        by_name.entry(entry.task.name()).or_default().push(entry);
    }
    faults.extend(by_name.into_iter().filter(|(_, entries)| entries.len() > 1).map(|(name, entries)| {
        Fault::DuplicateTask { name: name.to_owned(), paths: entries.into_iter().map(Entry::path).collect() }
    }));
}

fn find_bad_models(entries: &[Entry], mentions: &IndexMap<&str, Mention<'_>>, faults: &mut Vec<Fault>) {
    let task = |position: usize| {
        entries.get(position).map_or_else(|| "(supplied)".to_owned(), |entry| entry.task.name().to_owned())
    };
    let tasks = |positions: &[usize]| positions.iter().map(|&position| task(position)).collect::<Vec<_>>();
    for (&name, model) in mentions {
        if model.types.len() > 1 {
            let types = model.types.iter().map(|(ty, at)| (ty.kind().type_name().to_owned(), task(*at))).collect();
            faults.push(Fault::ModelTypes { model: name.to_owned(), types });
        }
    }
    for (position, entry) in entries.iter().enumerate() {
        let read = entry.task.requires().iter().chain(entry.task.after());
        for model in read.filter(|read| entry.task.provides().iter().any(|made| made.name() == read.name())) {
            faults.push(Fault::SelfRequirement { task: task(position), model: model.name().to_owned() });
        }
    }
    for (&name, model) in mentions {
        if model.providers.len() > 1 {
            faults.push(Fault::DuplicateProvider { model: name.to_owned(), providers: tasks(&model.providers) });
        }
        if let (true, Some(&provider)) = (model.supplied, model.providers.first()) {
            faults.push(Fault::Supplied { model: name.to_owned(), provider: task(provider) });
        }
    }
    for (&name, model) in mentions {
        if model.providers.is_empty() && !model.supplied && !model.required_by.is_empty() {
            let provided = mentions.iter().filter(|(_, other)| !other.providers.is_empty()).map(|(&other, _)| other);
            faults.push(Fault::MissingProvider {
                model: name.to_owned(),
                required_by: tasks(&model.required_by),
                similar: nearest::name(name, provided),
            });
        }
    }
}

/// The graph, with an edge from the first provider of each model to each of its readers.
fn connect(entries: &[Entry], mentions: &IndexMap<&str, Mention<'_>>) -> Graph {
    let mut graph = Graph::new(entries.len());
    for (position, entry) in entries.iter().enumerate() {
        for model in entry.task.requires().iter().chain(entry.task.after()) {
            let Some((id, _, mention)) = mentions.get_full(model.name()) else { continue };
            match mention.providers.first() {
                Some(&provider) if provider != position => {
                    graph.add_edge(TaskId::new(provider), TaskId::new(position), ModelId::new(id));
                }
                _ => {}
            }
        }
    }
    graph
}

fn name_cycle(cycle: &Cycle, entries: &[Entry], mentions: &IndexMap<&str, Mention<'_>>) -> Fault {
    let task = |id: TaskId| entries[id.index()].task.name().to_owned();
    let model = |id: ModelId| mentions.get_index(id.index()).map(|(name, _)| (*name).to_owned()).unwrap_or_default();
    let path = cycle
        .iter()
        .map(|wait| Circle { task: task(wait.task), model: model(wait.model), provider: task(wait.provider) })
        .collect();
    Fault::Cycle { path }
}

fn check_sections(
    declared: &Declaration<'_>,
    entries: &[Entry],
    mentions: &IndexMap<&str, Mention<'_>>,
    faults: &mut Vec<Fault>,
) {
    for (name, section) in declared.models.iter() {
        match mentions.get(name) {
            Some(model) => faults.extend(model.reference.kind().check(section).err().map(Fault::Section)),
            None => faults.push(unknown_section("models", name, section, mentions.keys().copied())),
        }
    }
    for (name, section) in declared.settings.iter() {
        if !entries.iter().any(|entry| entry.task.name() == name) {
            faults.push(unknown_section("tasks", name, section, entries.iter().map(|entry| entry.task.name())));
        }
    }
    // Also where nothing is set: settings without a default are missed here, before anything has run.
    for entry in entries {
        let name = entry.task.name();
        let error = match entry.task.about().settings {
            [] => declared.settings.configured(name).and_then(|section| section.read::<NoConfig>().err()),
            settings => settings.iter().find_map(|kind| kind.check(&declared.settings.get(name)).err()),
        };
        faults.extend(error.map(Fault::Section));
    }
}

fn unknown_section<'a>(
    kind: &'static str,
    name: &str,
    section: &Section,
    known: impl Iterator<Item = &'a str>,
) -> Fault {
    Fault::UnknownSection {
        section: kind,
        name: name.to_owned(),
        origin: section.place().clone(),
        similar: nearest::name(name, known),
    }
}

fn number(entries: &[Entry], mentions: &IndexMap<&str, Mention<'_>>, graph: Graph, order: Vec<TaskId>) -> Blueprint {
    let id = |model: &ModelRef| mentions.get_index_of(model.name()).map(ModelId::new);
    let known = |model: &ModelRef| id(model).expect("every model that a task mentions has been numbered");
    let mut requires = Lists::with_capacity(entries.len());
    let mut after = Lists::with_capacity(entries.len());
    let mut provides = Lists::with_capacity(entries.len());
    for entry in entries {
        requires.push(entry.task.requires().iter().map(known));
        after.push(entry.task.after().iter().map(id));
        provides.push(entry.task.provides().iter().map(known));
    }
    let models: Vec<ModelEntry> = mentions
        .iter()
        .map(|(&name, mention)| ModelEntry {
            name: Arc::from(name),
            reference: mention.reference.clone(),
            provider: mention.providers.first().map(|&position| TaskId::new(position)),
        })
        .collect();
    let model_names = models.iter().map(|model| Arc::clone(&model.name)).collect();
    Drawn { tasks: entries.to_vec(), models, model_names, requires, after, provides, graph, order }.into()
}
