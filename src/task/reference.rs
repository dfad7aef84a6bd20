//! How tasks name models.

use std::sync::Arc;

use crate::model::Model;

use super::erased::ModelKind;

/// A model as tasks name it: a type, under its own name or another.
///
/// ```
/// use purvey::prelude::*;
/// use purvey::task::ModelRef;
///
/// /// Rooms.
/// #[derive(Row)]
/// #[row(table = "rooms")]
/// struct Room {
///     number: i32,
/// }
///
/// assert_eq!(ModelRef::of::<Table<Room>>().name(), "rooms");
/// assert_eq!(ModelRef::named::<Table<Room>>("rooms_seehof").name(), "rooms_seehof");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelRef {
    kind: &'static ModelKind,
    name: Option<Arc<str>>,
}

impl ModelRef {
    /// The model of this type, under the type's own name.
    #[must_use]
    pub const fn of<M: Model>() -> ModelRef {
        ModelRef::of_kind(ModelKind::of::<M>())
    }

    /// The same from a kind.
    #[must_use]
    pub const fn of_kind(kind: &'static ModelKind) -> ModelRef {
        ModelRef { kind, name: None }
    }

    /// A model of this type under another name, so that a chain can have several of the type.
    pub fn named<M: Model>(name: impl Into<Arc<str>>) -> ModelRef {
        ModelRef { kind: ModelKind::of::<M>(), name: Some(name.into()) }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(self.kind.name())
    }

    /// The name, shared where it is the model's own and not the type's.
    pub(crate) fn shared_name(&self) -> Arc<str> {
        self.name.clone().unwrap_or_else(|| Arc::from(self.kind.name()))
    }

    /// The type.
    #[must_use]
    pub fn kind(&self) -> &'static ModelKind {
        self.kind
    }

    /// Whether the orchestrator puts in a task for it where no other provides it; a model under another name is never so.
    #[must_use]
    pub fn is_fetched(&self) -> bool {
        self.kind.is_fetched() && self.name.is_none()
    }

    /// Whether it is read from outside where no task provides it; a model under another name never is.
    #[must_use]
    pub fn is_source(&self) -> bool {
        self.kind.is_source() && self.name.is_none()
    }
}
