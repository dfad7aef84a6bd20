//! What models that grow from run to run grow from.

use std::collections::BTreeMap;

use crate::digest::Digest;

use super::situation::{Candidate, Input, Standing, Stored};

/// The version that a model is to grow from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Previous {
    /// None: it was never made, or is to be made anew.
    Nothing,
    /// This one.
    Stored(Stored),
    /// One of this content, whose file is not there any more.
    Gone(Digest),
}

impl Previous {
    /// The digest of its content, where it is known.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        match self {
            Previous::Nothing => None,
            Previous::Stored(stored) => stored.digest,
            Previous::Gone(digest) => Some(*digest),
        }
    }
}

/// What there is of a model that grows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// What is published of it.
    pub published: Previous,
    /// What that has grown from.
    pub before: Previous,
}

impl Standing {
    /// What each model of the task that grows is to grow from, by what is known of its inputs.
    ///
    /// Rows that were put in once are not put in again: where the published version was made from these same inputs, and the
    /// task runs all the same, because its code has changed, say, it does what it did then over again.
    #[must_use]
    pub fn previous(&self, inputs: &[(&str, Input)]) -> BTreeMap<&str, &Previous> {
        if self.grows.is_empty() {
            return BTreeMap::new();
        }
        let is_again =
            self.candidates.iter().any(|candidate| candidate.performed.published && self.reads(candidate, inputs));
        let grows = self.grows.iter();
        grows
            .map(|(model, growth)| (model.as_str(), if is_again { &growth.before } else { &growth.published }))
            .collect()
    }

    /// Whether a candidate has read these inputs, besides what its models have grown from.
    fn reads(&self, candidate: &Candidate, inputs: &[(&str, Input)]) -> bool {
        let done = &candidate.performed.fingerprint.inputs;
        let others = done.keys().filter(|model| !self.grows.contains_key(*model)).count();
        others == inputs.len()
            && inputs.iter().all(|(model, input)| match (done.get(*model), input) {
                (Some(done), Input::Is(digest)) => done == digest,
                (Some(_), Input::Later) => true,
                _ => false,
            })
    }
}
