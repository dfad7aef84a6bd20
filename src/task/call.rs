//! One call of a task: the models it declared, its settings, and the run.

use crate::context::JobContext;
use crate::failure::{Error, Result};
use crate::id::ModelId;
use crate::model::Model;
use crate::section::Sections;

use super::erased::{Read, Slot, Write};

/// What a task gets when it is called: its models by position in its own lists, its settings, and the run.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The task's name.
    pub(crate) task: &'a str,
    pub(crate) job: &'a JobContext,
    /// The settings of all tasks.
    pub(crate) settings: &'a Sections,
    /// All models of the run.
    pub(crate) slots: &'a [Slot],
    /// The models of this task, as positions in `slots`.
    pub(crate) requires: &'a [ModelId],
    /// `None` for a model that this chain does not have.
    pub(crate) after: &'a [Option<ModelId>],
    pub(crate) provides: &'a [ModelId],
    /// Their names, for errors.
    pub(crate) names: &'a dyn ModelNames,
}

/// Who knows the names of the models.
pub(crate) trait ModelNames: std::fmt::Debug + Sync {
    /// The name of a model.
    fn model_name(&self, model: ModelId) -> &str;
}

impl<'a> Call<'a> {
    /// The run.
    #[must_use]
    pub fn job(&self) -> &'a JobContext {
        self.job
    }

    /// The task's own section of the configuration, read into a type.
    ///
    /// # Errors
    ///
    /// When the section has an unknown key or a wrong value.
    pub fn settings<S: serde::de::DeserializeOwned>(&self) -> Result<S> {
        Ok(self.settings.get(self.task).read()?)
    }

    /// Opens the model at this position of [`Task::requires`](super::Task::requires).
    ///
    /// # Errors
    ///
    /// When there is none, or it is of another type.
    pub fn require<M: Model>(&self, position: usize) -> Result<Read<'a, M>> {
        let id = *self.requires.get(position).ok_or_else(|| self.no_such("requires", position))?;
        self.slots[id.index()].read(|| self.names.model_name(id))
    }

    /// Opens the model at this position of [`Task::after`](super::Task::after); `None` where the chain has no such.
    ///
    /// # Errors
    ///
    /// When there is no such position, or the model is of another type.
    pub fn optional<M: Model>(&self, position: usize) -> Result<Option<Read<'a, M>>> {
        match self.after.get(position).ok_or_else(|| self.no_such("after", position))? {
            Some(id) => self.slots[id.index()].read(|| self.names.model_name(*id)).map(Some),
            None => Ok(None),
        }
    }

    /// Opens the model at this position of [`Task::provides`](super::Task::provides).
    ///
    /// # Errors
    ///
    /// When there is none, or it is of another type.
    pub fn provide<M: Model>(&self, position: usize) -> Result<Write<'a, M>> {
        let id = *self.provides.get(position).ok_or_else(|| self.no_such("provides", position))?;
        self.slots[id.index()].write(|| self.names.model_name(id))
    }

    fn no_such(&self, list: &str, position: usize) -> Error {
        Error::new(format!("task `{}` asks for position {position} of its list `{list}`, which is shorter", self.task))
    }
}
