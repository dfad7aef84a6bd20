//! Who provides and who reads which model, by numbers. Notices what is wrong, and leaves it to others to say so.

use std::collections::{BTreeSet, HashSet};

use crate::graph::{Lists, Wait};
use crate::id::{ModelId, TaskId};
use crate::task::{Entry, ModelRef};

use super::blueprint::ModelEntry;
use super::numbers::Numbers;

/// Which task of a list has to do with which model, and how.
#[derive(Debug)]
pub(super) struct Wiring {
    pub(super) mentions: Mentions,
    /// By task.
    pub(super) requires: Lists<ModelId>,
    /// By task; `None` for a model that is not there.
    pub(super) after: Lists<Option<ModelId>>,
    /// By task.
    pub(super) provides: Lists<ModelId>,
    pub(super) supplied: BTreeSet<ModelId>,
    /// Models that are provided more than once.
    pub(super) contested: BTreeSet<ModelId>,
}

/// The models that are mentioned.
#[derive(Debug)]
pub(super) struct Mentions {
    /// By number, in order of first mention; as the first mention has it, with the first provider.
    pub(super) models: Vec<ModelEntry>,
    numbers: Numbers,
    /// Models that are mentioned with more than one type.
    pub(super) ambiguous: BTreeSet<ModelId>,
}

impl Wiring {
    pub(super) fn of(entries: &[Entry], supplied: &[ModelRef]) -> Wiring {
        let mut mentions = Mentions::with_capacity(entries.len());
        let mut requires = Lists::with_capacity(entries.len());
        let mut provides = Lists::with_capacity(entries.len());
        let mut contested = BTreeSet::new();
        for (position, entry) in entries.iter().enumerate() {
            requires.push(entry.task.requires().iter().map(|model| mentions.add(model)));
            provides.push(entry.task.provides().iter().map(|model| {
                let id = mentions.add(model);
                let provider = &mut mentions.models[id.index()].provider;
                if provider.is_some() {
                    contested.insert(id);
                }
                provider.get_or_insert(TaskId::new(position));
                id
            }));
        }
        // A model that is only ever read "after" exists in a chain when somebody provides or supplies it.
        let given: HashSet<&str> = supplied.iter().map(ModelRef::name).collect();
        let mut after = Lists::with_capacity(entries.len());
        for entry in entries {
            after.push(entry.task.after().iter().map(|model| {
                let is_there = mentions.find(model.name()).is_some() || given.contains(model.name());
                is_there.then(|| mentions.add(model))
            }));
        }
        let supplied = supplied.iter().map(|model| mentions.add(model)).collect();
        Wiring { mentions, requires, after, provides, supplied, contested }
    }

    /// The models that a task reads, required or not.
    #[inline]
    pub(super) fn reads(&self, position: usize) -> impl Iterator<Item = ModelId> {
        let after = self.after.get(position).iter().filter_map(|model| *model);
        self.requires.get(position).iter().copied().chain(after)
    }

    /// Every task that waits for another, for the first provider of a model that it reads; and what tasks read that they
    /// provide themselves.
    pub(super) fn waits(&self) -> (Vec<Wait>, Vec<(TaskId, ModelId)>) {
        let mut waits = Vec::with_capacity(self.requires.items());
        let mut own = Vec::new();
        for position in 0..self.requires.len() {
            let task = TaskId::new(position);
            for model in self.reads(position) {
                let Some(provider) = self.mentions.models[model.index()].provider else { continue };
                let is_own = provider == task
                    || (self.contested.contains(&model) && self.provides.get(position).contains(&model));
                if is_own {
                    own.push((task, model));
                }
                if provider != task {
                    waits.push(Wait { task, model, provider });
                }
            }
        }
        (waits, own)
    }
}

impl Mentions {
    /// Most chains have about as many models as tasks.
    fn with_capacity(models: usize) -> Mentions {
        Mentions {
            models: Vec::with_capacity(models),
            numbers: Numbers::with_capacity(models),
            ambiguous: BTreeSet::new(),
        }
    }

    /// Takes note of a model that is mentioned.
    fn add(&mut self, model: &ModelRef) -> ModelId {
        let models = &self.models;
        match self.numbers.number(model.name(), models.len(), |number| &models[number].name) {
            Some(known) => {
                let id = ModelId::new(known);
                if models[known].reference.kind() != model.kind() {
                    self.ambiguous.insert(id);
                }
                id
            }
            None => {
                let id = ModelId::new(models.len());
                self.models.push(ModelEntry { name: model.shared_name(), reference: model.clone(), provider: None });
                id
            }
        }
    }

    /// The model of this name.
    pub(super) fn find(&self, name: &str) -> Option<ModelId> {
        self.numbers.find(name, |number| &self.models[number].name).map(ModelId::new)
    }

    /// The names of the models, by number.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.models.iter().map(|model| &*model.name)
    }
}
