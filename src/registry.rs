//! The registry: the one instance of every model of a run.
//!
//! It builds instances when it is told to, and holds them by id. Which task fills or reads which, and when, it does
//! not know.

use std::sync::Arc;

use crate::failure::Result;
use crate::id::ModelId;
use crate::section::Section;
use crate::task::{ModelNames, ModelRef, Slot};

/// The models of a run, by id: each place is empty, or holds the one instance.
#[derive(Debug)]
pub struct Registry {
    names: Arc<[Arc<str>]>,
    slots: Vec<Slot>,
}

impl Registry {
    /// A registry with an empty place for each of these models.
    #[must_use]
    pub fn new(names: Arc<[Arc<str>]>) -> Registry {
        let slots = names.iter().map(|_| Slot::empty()).collect();
        Registry { names, slots }
    }

    /// The name of a model.
    #[must_use]
    pub fn name(&self, model: ModelId) -> &Arc<str> {
        &self.names[model.index()]
    }

    /// The places, by id.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The place of one model.
    #[must_use]
    pub fn slot(&self, model: ModelId) -> &Slot {
        &self.slots[model.index()]
    }

    /// The place of the model of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Slot> {
        let position = self.names.iter().position(|known| **known == *name)?;
        self.slots.get(position)
    }

    /// Makes the instance of a model from its configuration and puts it in its place.
    ///
    /// # Errors
    ///
    /// When the configuration makes no sense.
    pub fn build(&self, model: ModelId, reference: &ModelRef, section: &Section) -> Result<()> {
        let built = reference
            .kind()
            .build(section)
            .map_err(|error| error.context(format_args!("failed to build model `{}`", self.name(model))))?;
        self.slot(model).fill(self.name(model), built)
    }
}

impl ModelNames for Registry {
    fn model_name(&self, model: ModelId) -> &str {
        self.name(model)
    }
}
