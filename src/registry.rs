//! The registry: the one instance of every model of a run.
//!
//! It builds instances when it is told to, and holds them by id. Which task fills or reads which, and when, it does
//! not know.

use std::sync::{Arc, Mutex, PoisonError};

use crate::failure::Result;
use crate::id::ModelId;
use crate::model::{Provision, Scratch};
use crate::schema::HandOver;
use crate::section::Section;
use crate::task::{ModelNames, ModelRef, Slot};

/// The models of a run, by id: each place is empty, or holds the one instance.
#[derive(Debug)]
pub struct Registry {
    names: Arc<[Arc<str>]>,
    slots: Vec<Slot>,
    /// The files of models that write some; they go with the run, or with the last model that it has given away.
    scratch: Mutex<Option<Arc<Scratch>>>,
}

impl Registry {
    /// A registry with an empty place for each of these models.
    #[must_use]
    pub fn new(names: Arc<[Arc<str>]>) -> Registry {
        let slots = names.iter().map(|_| Slot::empty()).collect();
        Registry { names, slots, scratch: Mutex::default() }
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
        let built = self.built(model, reference, section)?;
        self.slot(model).fill(self.name(model), built)
    }

    /// The same for a model that a task is going to fill. One that is not handed over in memory is told how it is
    /// provided, which is asked for only then.
    ///
    /// # Errors
    ///
    /// When the configuration makes no sense, or there is no place for its files.
    pub fn provide(
        &self,
        model: ModelId,
        reference: &ModelRef,
        section: &Section,
        provision: impl FnOnce(HandOver) -> Result<Provision>,
    ) -> Result<()> {
        let mut built = self.built(model, reference, section)?;
        built.prepare(provision)?;
        self.slot(model).fill(self.name(model), built)
    }

    /// The folder for files of this run; `make` makes it when it is asked for first.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn scratch(&self, make: impl FnOnce() -> Result<Scratch>) -> Result<Arc<Scratch>> {
        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        match &*scratch {
            Some(scratch) => Ok(Arc::clone(scratch)),
            None => Ok(Arc::clone(scratch.insert(Arc::new(make()?)))),
        }
    }

    /// The same where it was made before.
    pub(crate) fn scratch_so_far(&self) -> Option<Arc<Scratch>> {
        self.scratch.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn built(&self, model: ModelId, reference: &ModelRef, section: &Section) -> Result<Slot> {
        let built = reference.kind().build(section);
        built.map_err(|error| error.context(format_args!("failed to build model `{}`", self.name(model))))
    }
}

impl ModelNames for Registry {
    fn model_name(&self, model: ModelId) -> &str {
        self.name(model)
    }
}
