//! What a plan is made from besides the chain: what was done before, and how things stand now.
//!
//! Plain data; whoever makes a plan gathers it first.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::digest::Digest;
use crate::fingerprint::{Change, Code, Fingerprint};
use crate::id::TaskId;
use crate::ledger::Performed;
use crate::source::SourceState;
use crate::store::{Condition, StoredFile, Version};

use super::growth::Growth;
use super::parts::Parts;
use super::reason::Reason;

#[cfg(test)]
mod tests;

/// What was done before and how things stand now, as a plan is made from it.
///
/// The default is a chain of which nothing is recorded or stored: everything that is picked runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Situation {
    /// How each task stands, by id; empty where nothing is recorded.
    pub standings: Vec<Standing>,
    /// What is stored of each model, for tasks that are not picked.
    pub stored: BTreeMap<String, Stored>,
    /// The models that the caller supplies, and the digests of those that have one.
    pub supplied: BTreeMap<String, Option<Digest>>,
    /// The tasks that are to run though they may be up to date.
    pub forced: BTreeSet<TaskId>,
    /// The names of models that the caller wants to have when the run has ended.
    pub kept: BTreeSet<String>,
}

/// What is stored of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The version.
    pub version: Version,
    /// The digest of its content, where it is on record.
    pub digest: Option<Digest>,
    /// Its file, where that is on record.
    pub file: Option<StoredFile>,
}

/// How one task stands: what its result would depend on now, and what was done of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The present fingerprint, but for what it reads: `inputs` is empty, and `params` has the present texts of all
    /// parameters that one of the candidates has read.
    pub now: Fingerprint,
    /// What may be reused, the best first.
    pub candidates: Vec<Candidate>,
    /// What there is of each model of it that grows from run to run, by name.
    pub grows: BTreeMap<String, Growth>,
    /// What was read before and published, for a source of which each file is read once.
    pub taken: Option<SourceState>,
    /// What other partitions have, for a task that gathers it.
    pub parts: Parts,
}

/// Work that was done and may be reused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What was done.
    pub performed: Performed,
    /// The files of it that are not as they were written.
    pub lost: Vec<Lost>,
}

/// A file that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The model.
    pub model: String,
    /// The file.
    pub path: PathBuf,
    /// What became of it.
    pub condition: Condition,
}

/// What is known of the content of a model that a step reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Its digest.
    Is(Digest),
    /// It can never be told from other content.
    Untold,
    /// It will be known when its provider has run.
    Later,
}

/// What is to be done with a step, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This candidate is as good as running.
    Reuse(usize),
    /// It has to run.
    Run(Vec<Reason>),
    /// It depends on inputs that are not known yet; all else is as it was for this candidate.
    Open(usize),
}

impl Standing {
    /// A task of which nothing was done before.
    #[must_use]
    pub fn new(code: Code) -> Standing {
        let now = Fingerprint {
            code,
            contract: BTreeMap::new(),
            settings: BTreeMap::new(),
            params: BTreeMap::new(),
            inputs: BTreeMap::new(),
            source: None,
        };
        Standing { now, candidates: Vec::new(), grows: BTreeMap::new(), taken: None, parts: Parts::default() }
    }

    /// Judges a step by what is known of its inputs.
    #[must_use]
    pub fn verdict(&self, inputs: &[(&str, Input)]) -> Verdict {
        if let Some((model, _)) = inputs.iter().find(|(_, input)| *input == Input::Untold) {
            return Verdict::Run(vec![Reason::Untold { model: (*model).to_owned() }]);
        }
        let mut first = None;
        let mut open = None;
        for (position, candidate) in self.candidates.iter().enumerate() {
            let reasons = self.reasons(candidate, inputs);
            if !reasons.is_empty() {
                first.get_or_insert(reasons);
            } else if inputs.iter().any(|(_, input)| *input == Input::Later) {
                open.get_or_insert(position);
            } else {
                return Verdict::Reuse(position);
            }
        }
        let run = || Verdict::Run(first.unwrap_or_else(|| vec![Reason::First]));
        open.map_or_else(run, Verdict::Open)
    }

    /// Why a candidate is not as good as running, taking inputs that are not known yet for unchanged.
    fn reasons(&self, candidate: &Candidate, inputs: &[(&str, Input)]) -> Vec<Reason> {
        let done = &candidate.performed.fingerprint;
        let now = self.present(done, inputs);
        let (grown, mut changes): (Vec<Change>, Vec<Change>) =
            done.changes(&now).into_iter().partition(|change| self.is_growth(change));
        if changes.is_empty() {
            changes = grown;
        }
        if self.taken.is_some() {
            let all = changes.len();
            changes.retain(|change| !matches!(change, Change::File { .. } | Change::Source));
            if changes.len() < all {
                return vec![self.news()];
            }
        }
        let changes = changes.into_iter().map(Reason::Changed);
        let lost = candidate.lost.iter().map(|lost| Reason::Lost {
            model: lost.model.clone(),
            path: lost.path.clone(),
            condition: lost.condition,
        });
        changes.chain(lost).collect()
    }

    /// What is new of a source of which each file or row is read once.
    fn news(&self) -> Reason {
        let files = self.now.source.as_ref().map_or(0, |source| source.files.len());
        match self.now.source.as_ref().and_then(|source| source.watermark.as_ref()) {
            Some(watermark) => Reason::NewRows { table: watermark.table.clone(), are_there: files > 0 },
            None => Reason::New { files: files as u64 },
        }
    }

    /// Whether a change is that a model would grow from another version, which mostly goes with what it is to grow by.
    fn is_growth(&self, change: &Change) -> bool {
        matches!(change, Change::Input { model, .. } if self.grows.contains_key(model))
    }

    /// The present fingerprint, as it compares with that of something done.
    #[must_use]
    pub fn present(&self, done: &Fingerprint, inputs: &[(&str, Input)]) -> Fingerprint {
        let known = inputs.iter().filter_map(|&(model, input)| {
            let digest = match input {
                Input::Is(digest) => Some(digest),
                Input::Later => done.inputs.get(model).copied(),
                Input::Untold => None,
            };
            digest.map(|digest| (model.to_owned(), digest))
        });
        // A task reads the rows that it adds to.
        let previous = self.previous(inputs);
        let grown = previous.iter().filter_map(|(model, previous)| Some(((*model).to_owned(), previous.digest()?)));
        let read = |name: &String| (name.clone(), self.now.params.get(name).cloned().flatten());
        Fingerprint {
            params: done.params.keys().map(read).collect(),
            inputs: known.chain(grown).chain(self.parts.inputs()).collect(),
            ..self.now.clone()
        }
    }
}
