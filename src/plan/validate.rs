//! Finds everything that is wrong with a chain in one pass, or numbers it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::graph::{Cycle, Graph, Lists};
use crate::id::{ModelId, TaskId};
use crate::nearest;
use crate::section::{NoConfig, Section};
use crate::task::{Entry, ModelKind, ModelRef, Task, TaskList};

use super::blueprint::{Blueprint, Declaration, ModelEntry};
use super::checks;
use super::fault::{Circle, Fault, Faults};
use super::numbers::Hashes;
use super::partitions;
use super::pools;
use super::ranges;
use super::wiring::Wiring;

pub(super) fn draw(declared: Declaration<'_>) -> Result<Blueprint, Faults> {
    let whole = draw_tasks(declared, true)?;
    match declared.partition.and_then(|partition| partitions::tasks_of(&declared, partition)) {
        // What there is to say of the chain as a whole has been said.
        Some(tasks) => draw_tasks(Declaration { tasks: &tasks, ..declared }, false),
        None => Ok(whole),
    }
}

fn draw_tasks(declared: Declaration<'_>, is_whole: bool) -> Result<Blueprint, Faults> {
    let tasks = with_fetching(&declared);
    let wiring = Wiring::of(tasks.entries(), declared.supplied);
    let chain = Chain { entries: tasks.entries(), wiring: &wiring };
    let mut faults = Vec::new();
    let hashes = chain.find_bad_names(&mut faults);
    chain.find_ambiguous_models(declared.supplied, &mut faults);
    let (waits, own) = wiring.waits();
    faults.extend(own.into_iter().map(|(task, model)| chain.self_requirement(task, model)));
    chain.find_wrong_providers(&mut faults);
    chain.find_missing_providers(&mut faults);
    let graph = Graph::new(tasks.len(), &waits);
    drop(waits);
    let order = graph.order().unwrap_or_else(|cycles| {
        faults.extend(cycles.iter().map(|cycle| chain.name_cycle(cycle)));
        Vec::new()
    });
    if is_whole {
        chain.check_sections(&declared, &hashes, &mut faults);
        checks::check(tasks.entries(), &wiring, declared.models, &mut faults);
        pools::check(tasks.entries(), declared.pools, &mut faults);
        chain.check_once(&declared, &mut faults);
        partitions::check(&declared, tasks.entries(), &wiring, &mut faults);
        ranges::check(&declared, tasks.entries(), &wiring, &mut faults);
    }
    if !faults.is_empty() {
        return Err(Faults::new(declared.chain, faults));
    }
    drop(hashes);
    Ok(Blueprint::of(tasks, wiring, graph, order))
}

/// The tasks, with one in front of the first reader of each model that nobody provides and that can be fetched: a source, or
/// what several partitions have of a model.
fn with_fetching(declared: &Declaration<'_>) -> TaskList {
    let listed = declared.tasks.entries();
    if !listed.iter().any(|entry| fetched(&*entry.task).next().is_some()) {
        return declared.tasks.clone();
    }
    let provided = listed.iter().flat_map(|entry| entry.task.provides());
    let mut there: HashSet<&str> = provided.chain(declared.supplied).map(ModelRef::name).collect();
    let mut entries = Vec::with_capacity(listed.len());
    for entry in listed {
        fetched(&*entry.task).for_each(|kind| fetch(kind, &mut there, &mut entries));
        entries.push(entry.clone());
    }
    entries.into()
}

/// What a task reads that can be fetched.
fn fetched(task: &dyn Task) -> impl Iterator<Item = &'static ModelKind> {
    task.requires().iter().chain(task.after()).filter(|model| model.is_fetched()).map(ModelRef::kind)
}

/// Puts in the task that fetches a model, after those that fetch what it reads itself.
fn fetch(kind: &'static ModelKind, there: &mut HashSet<&str>, entries: &mut Vec<Entry>) {
    if there.contains(kind.name()) {
        return;
    }
    let Some(task) = kind.fetching_task() else { return };
    there.extend(task.provides().iter().map(|model| model.kind().name()));
    if kind.gathers().is_some_and(|gathers| gathers.span.has_own()) {
        fetched(&*task).for_each(|kind| fetch(kind, there, entries));
    }
    entries.push(Entry { task, group: Arc::default() });
}

/// A chain that is looked at for faults.
struct Chain<'a> {
    entries: &'a [Entry],
    wiring: &'a Wiring,
}

impl<'a> Chain<'a> {
    fn models(&self) -> &'a [ModelEntry] {
        &self.wiring.mentions.models
    }

    fn model(&self, model: ModelId) -> String {
        self.models()[model.index()].name.to_string()
    }

    fn task(&self, task: TaskId) -> String {
        self.name(task.index()).to_owned()
    }

    fn name(&self, position: usize) -> &'a str {
        self.entries[position].task.name()
    }

    /// Gives back the tasks by the hashes of their names.
    fn find_bad_names(&self, faults: &mut Vec<Fault>) -> Hashes {
        let bad = |what, name: &str| (!is_allowed(name)).then(|| Fault::Name { what, name: name.to_owned() });
        let names = self.entries.iter().map(|entry| entry.task.name());
        let hashes = Hashes::of(names.inspect(|name| faults.extend(bad("task", name))));
        faults.extend(self.wiring.mentions.names().filter_map(|name| bad("model", name)));
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for position in hashes.alike().flatten() {
            by_name.entry(self.name(position)).or_default().push(position);
        }
        let mut duplicates: Vec<Vec<usize>> = by_name.into_values().filter(|tasks| tasks.len() > 1).collect();
        duplicates.sort_unstable();
        faults.extend(duplicates.into_iter().map(|tasks| Fault::DuplicateTask {
            name: self.name(tasks[0]).to_owned(),
            paths: tasks.iter().map(|&position| self.entries[position].path()).collect(),
        }));
        hashes
    }

    fn find_ambiguous_models(&self, supplied: &[ModelRef], faults: &mut Vec<Fault>) {
        let ambiguous = &self.wiring.mentions.ambiguous;
        if ambiguous.is_empty() {
            return;
        }
        // Every type, and who mentions it first; in the order in which models are numbered.
        let mut types: BTreeMap<ModelId, Vec<(&ModelKind, String)>> = BTreeMap::new();
        let mut mention = |model: &ModelRef, task: &str| {
            let Some(id) = self.wiring.mentions.find(model.name()).filter(|id| ambiguous.contains(id)) else { return };
            let types = types.entry(id).or_default();
            if !types.iter().any(|(kind, _)| *kind == model.kind()) {
                types.push((model.kind(), task.to_owned()));
            }
        };
        for entry in self.entries {
            let models = entry.task.requires().iter().chain(entry.task.provides());
            models.for_each(|model| mention(model, entry.task.name()));
        }
        for entry in self.entries {
            entry.task.after().iter().for_each(|model| mention(model, entry.task.name()));
        }
        supplied.iter().for_each(|model| mention(model, "(supplied)"));
        faults.extend(types.into_iter().map(|(id, types)| {
            let types = types.into_iter().map(|(kind, task)| (kind.type_name().to_owned(), task)).collect();
            Fault::ModelTypes { model: self.model(id), types }
        }));
    }

    fn find_wrong_providers(&self, faults: &mut Vec<Fault>) {
        let Wiring { contested, supplied, provides, .. } = self.wiring;
        if contested.is_empty() && supplied.is_empty() {
            return;
        }
        let mut providers = self.tasks_by_model(provides, |model| contested.contains(&model));
        for &model in contested.union(supplied) {
            if let Some(providers) = providers.remove(&model) {
                faults.push(Fault::DuplicateProvider { model: self.model(model), providers });
            }
            if let (true, Some(first)) = (supplied.contains(&model), self.models()[model.index()].provider) {
                faults.push(Fault::Supplied { model: self.model(model), provider: self.task(first) });
            }
        }
    }

    fn find_missing_providers(&self, faults: &mut Vec<Fault>) {
        let is_provided = |model: &ModelEntry| model.provider.is_some();
        // What is neither provided nor supplied is mentioned by those only that require it.
        let is_there = |(number, model)| is_provided(model) || self.wiring.supplied.contains(&ModelId::new(number));
        if self.models().iter().enumerate().all(is_there) {
            return;
        }
        let is_missing = |model: ModelId| !is_there((model.index(), &self.models()[model.index()]));
        for (model, required_by) in self.tasks_by_model(&self.wiring.requires, is_missing) {
            let name = self.model(model);
            let provided = self.models().iter().filter(|model| is_provided(model)).map(|model| &*model.name);
            let similar = nearest::name(&name, provided);
            faults.push(Fault::MissingProvider { model: name, required_by, similar });
        }
    }

    /// The names of the tasks in whose lists some models are, by model.
    fn tasks_by_model(
        &self,
        lists: &Lists<ModelId>,
        meant: impl Fn(ModelId) -> bool,
    ) -> BTreeMap<ModelId, Vec<String>> {
        let mut tasks: BTreeMap<ModelId, Vec<String>> = BTreeMap::new();
        for (position, models) in lists.iter().enumerate() {
            for &model in models.iter().filter(|model| meant(**model)) {
                tasks.entry(model).or_default().push(self.name(position).to_owned());
            }
        }
        tasks
    }

    fn self_requirement(&self, task: TaskId, model: ModelId) -> Fault {
        Fault::SelfRequirement { task: self.task(task), model: self.model(model) }
    }

    fn name_cycle(&self, cycle: &Cycle) -> Fault {
        let path = cycle.iter().map(|wait| Circle {
            task: self.task(wait.task),
            model: self.model(wait.model),
            provider: self.task(wait.provider),
        });
        Fault::Cycle { path: path.collect() }
    }

    /// Finds sources of which each file is read once where results come into view task by task: what one task has taken of
    /// them would be gone for another that fails.
    fn check_once(&self, declared: &Declaration<'_>, faults: &mut Vec<Fault>) {
        if declared.publishes_each {
            let sources = self.models().iter().filter(|model| model.reference.kind().is_source());
            let once = sources.filter(|model| model.reference.kind().reads_once(&declared.models.get(&model.name)));
            faults.extend(once.map(|model| Fault::OnceByTask { model: model.name.to_string() }));
        }
    }

    fn check_sections(&self, declared: &Declaration<'_>, hashes: &Hashes, faults: &mut Vec<Fault>) {
        for (name, section) in declared.models.iter() {
            match self.wiring.mentions.find(name) {
                Some(model) => {
                    let kind = self.models()[model.index()].reference.kind();
                    faults.extend(kind.check(section).err().map(Fault::Section));
                }
                None => faults.push(unknown_section("models", name, section, self.wiring.mentions.names())),
            }
        }
        for (name, section) in declared.settings.iter() {
            if !hashes.contains(name, |number| self.name(number)) {
                let known = self.entries.iter().map(|entry| entry.task.name());
                faults.push(unknown_section("tasks", name, section, known));
            }
        }
        // Also where nothing is set: settings without a default are missed here, before anything has run.
        let is_configured = declared.settings.names().next().is_some();
        for task in self.entries.iter().map(|entry| &entry.task) {
            let error = match task.about().settings {
                [] if !is_configured => None,
                [] => declared.settings.configured(task.name()).and_then(|section| section.read::<NoConfig>().err()),
                settings => settings.iter().find_map(|kind| kind.check(&declared.settings.get(task.name())).err()),
            };
            faults.extend(error.map(Fault::Section));
        }
    }
}

/// Whether a name can be a file's, and a word of a selection.
fn is_allowed(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|each| each.is_ascii_alphanumeric() || each == b'_' || each == b'-')
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
