//! What is known of the content of each model.

use crate::digest::Digest;
use crate::id::{ModelId, RunId};
use crate::plan::Input;
use crate::store::Version;

use super::Course;

/// What is known of the content of a model.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) input: Input,
    /// The run that made it.
    pub(super) run: Option<RunId>,
    /// Where it is stored.
    pub(super) version: Option<Version>,
    /// Whether it is known and in no file.
    pub(super) absent: bool,
}

impl Known {
    pub(super) const NOTHING: Known = Known { input: Input::Untold, run: None, version: None, absent: false };
}

impl Course {
    pub(super) fn know(&mut self, model: ModelId, known: Known) {
        if self.known.is_empty() {
            self.known = vec![Known::NOTHING; self.blueprint.models().len()];
        }
        self.known[model.index()] = known;
    }

    pub(super) fn known(&self, model: ModelId) -> &Known {
        self.known.get(model.index()).unwrap_or(&Known::NOTHING)
    }

    /// The digest of a model's content, where it is known.
    pub(in crate::run) fn digest(&self, model: ModelId) -> Option<Digest> {
        match self.known(model).input {
            Input::Is(digest) => Some(digest),
            _ => None,
        }
    }

    /// The run that made the version of a model that this run works with.
    pub(in crate::run) fn made_by(&self, model: ModelId) -> Option<RunId> {
        self.known(model).run
    }

    /// Where the version of a model that this run works with is stored.
    pub(in crate::run) fn version(&self, model: ModelId) -> Option<&Version> {
        self.known(model).version.as_ref()
    }
}
