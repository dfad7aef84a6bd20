//! Fingerprints: what the result of a step depends on, in named parts that can be compared one by one.
//!
//! Knows digests, texts and settings as plain data. It does not know where they come from, nor what is done about a
//! change.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::{Digest, Digester};
use crate::source::SourceState;

mod change;
mod code;
#[cfg(test)]
mod tests;

pub use change::{Change, CodeChange};
pub use code::{Code, FORMAT};

/// All that the result of one step depends on.
///
/// Paths, clocks, log levels, doc texts, tags and display names are no part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// The code of the task.
    pub code: Code,
    /// For each model it provides, the digest of its contract: columns, types, key, order and checks.
    pub contract: BTreeMap<String, Digest>,
    /// The settings that the task and the models it provides are made with, by full key (`tasks.agent_ranking.top`), as
    /// TOML text. A secret is there as a keyed digest that tells nothing but that it is another one.
    pub settings: BTreeMap<String, String>,
    /// The parameters that the task has read, as text; `None` for one that was not set.
    pub params: BTreeMap<String, Option<String>>,
    /// For each model it reads, the digest of its content.
    pub inputs: BTreeMap<String, Digest>,
    /// The files, for a step that reads a source.
    pub source: Option<SourceState>,
}

impl Fingerprint {
    /// One digest of all parts.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut digester = Digester::new("purvey-fingerprint/1");
        let mut add = |part: &str, key: &str, value: &str| {
            for piece in [part, key, value] {
                digester.piece(piece.as_bytes());
            }
        };
        add("code", "", &self.code.digest().to_string());
        for (model, digest) in &self.contract {
            add("contract", model, &digest.to_string());
        }
        for (key, value) in &self.settings {
            add("setting", key, value);
        }
        for (key, value) in &self.params {
            add(if value.is_some() { "param" } else { "no param" }, key, value.as_deref().unwrap_or_default());
        }
        for (model, digest) in &self.inputs {
            add("input", model, &digest.to_string());
        }
        if let Some(source) = &self.source {
            add("source", "", "");
            for file in &source.files {
                add("file", &file.name, &file.digest.to_string());
            }
        }
        digester.finish()
    }

    /// What is different in `now`, in a stable order; empty where both have the same digest, unless the code is unknown.
    #[must_use]
    pub fn changes(&self, now: &Fingerprint) -> Vec<Change> {
        let mut changes = Vec::new();
        changes.extend(Code::change(&self.code, &now.code).map(Change::Code));
        each(&self.contract, &now.contract, |model, _, _| changes.push(Change::Contract { model }));
        each(&self.settings, &now.settings, |key, old, new| changes.push(Change::Setting { key, old, new }));
        each(&self.params, &now.params, |name, old, new| {
            changes.push(Change::Param { name, old: old.flatten(), new: new.flatten() });
        });
        each(&self.inputs, &now.inputs, |model, old, new| changes.push(Change::Input { model, old, new }));
        match (&self.source, &now.source) {
            (Some(old), Some(new)) => changes.extend(changes_of_files(old, new)),
            (None, None) => {}
            _ => changes.push(Change::Source),
        }
        changes
    }
}

fn changes_of_files(old: &SourceState, new: &SourceState) -> Vec<Change> {
    let mut changes = Vec::new();
    each(&files(old), &files(new), |(file, _), old, new| changes.push(Change::File { file, old, new }));
    // The same files in another order are other rows.
    let in_order = |state: &SourceState| -> Vec<_> { state.files.iter().map(|file| file.digest).collect() };
    if changes.is_empty() && in_order(old) != in_order(new) {
        changes.push(Change::Source);
    }
    changes
}

/// The files by name. Those of several folders may have one name, so each has a number too.
fn files(state: &SourceState) -> BTreeMap<(String, usize), Digest> {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut files = BTreeMap::new();
    for file in &state.files {
        let number = numbers.entry(&file.name).or_default();
        files.insert((file.name.clone(), *number), file.digest);
        *number += 1;
    }
    files
}

/// Calls for each key whose value differs, or that only one side has.
fn each<K: Clone + Ord, V: Clone + PartialEq>(
    old: &BTreeMap<K, V>,
    new: &BTreeMap<K, V>,
    mut call: impl FnMut(K, Option<V>, Option<V>),
) {
    let keys: BTreeSet<&K> = old.keys().chain(new.keys()).collect();
    for key in keys {
        let (old, new) = (old.get(key), new.get(key));
        if old != new {
            call(key.clone(), old.cloned(), new.cloned());
        }
    }
}
