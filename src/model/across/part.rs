//! What a model that gathers partitions says of itself, and what it is given.

use std::fmt;

use super::Span;
use crate::digest::Digest;
use crate::failure::Result;
use crate::model::{Content, Model, Storage};
use crate::partition::Partition;

/// What a model gathers: which model, and of which partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gathers {
    /// The model.
    pub model: &'static str,
    /// Whether that is a source.
    pub is_source: bool,
    /// The partitions.
    pub span: Span,
    /// Whether all of them have to be there.
    pub is_complete: bool,
}

/// What one partition has of a model that is gathered.
pub struct Part<'a> {
    /// The partition.
    pub partition: Partition,
    /// The digest of the content, where it is known.
    pub digest: Option<Digest>,
    /// Loads the content of a model that is stored like this.
    pub load: Load<'a>,
}

/// Loads the content of a model that is stored in some way.
type Load<'a> = Box<dyn Fn(&Storage) -> Result<Content> + 'a>;

impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Part({})", self.partition)
    }
}

/// Somebody who wants to know what a model gathers; see [`Model::visit_parts`].
pub trait PartVisitor {
    /// What the visitor makes of it.
    type Output;

    /// Takes the model `A`, which gathers what partitions have of the model `M`.
    fn visit<A: Model, M: Model>(self) -> Self::Output;
}
