//! The one place where a model's type is forgotten and found again.
//!
//! A [`ModelKind`] is a model's type as a static table of functions; a [`Slot`] holds the one instance of a run. No
//! other file knows `Any`.

use std::any::{Any, TypeId, type_name};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};

use crate::digest::Digest;
use crate::failure::{Error, Result};
use crate::model::{Content, Description, Model, Size, Storage};
use crate::section::{self, Effective, Section, SectionError, settings_of};
use crate::source::{self, SourceState};

use super::AnyTask;
use super::source::source_task;

#[cfg(test)]
mod tests;

/// A model of any type.
trait AnyModel: Any + Send + Sync {
    fn seal(&mut self) -> Result<Size>;
    fn storage(&self) -> Storage;
    fn content(&self) -> Result<Content>;
    fn restore(&mut self, content: Content) -> Result<()>;
    fn digest(&self) -> Result<Option<Digest>>;
    fn observed(&self) -> Option<SourceState>;
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

impl<M: Model> AnyModel for M {
    fn seal(&mut self) -> Result<Size> {
        Model::seal(self)
    }

    fn storage(&self) -> Storage {
        Model::storage(self)
    }

    fn content(&self) -> Result<Content> {
        Model::content(self)
    }

    fn restore(&mut self, content: Content) -> Result<()> {
        Model::restore(self, content)
    }

    fn digest(&self) -> Result<Option<Digest>> {
        Model::digest(self)
    }

    fn observed(&self) -> Option<SourceState> {
        Model::observed(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// A model's type, as the functions that work on it. There is one for each type, got by [`ModelKind::of`].
pub struct ModelKind {
    name: &'static str,
    source: bool,
    type_id: fn() -> TypeId,
    type_name: fn() -> &'static str,
    describe: fn() -> Description,
    check: fn(&Section) -> Result<(), SectionError>,
    effective: fn(&Section) -> Result<Vec<Effective>, SectionError>,
    keys: fn() -> Option<&'static [&'static str]>,
    build: fn(&Section) -> Result<Box<dyn AnyModel>>,
    observe: fn(&Section, Option<&SourceState>) -> Result<Option<SourceState>>,
    source_task: fn() -> Option<AnyTask>,
}

impl ModelKind {
    /// The kind of a model type.
    #[must_use]
    pub const fn of<M: Model>() -> &'static ModelKind {
        const {
            &ModelKind {
                name: M::NAME,
                source: M::SOURCE,
                type_id: TypeId::of::<M>,
                type_name: type_name::<M>,
                describe: M::describe,
                check: check::<M>,
                effective: effective::<M>,
                keys: section::keys::<M::Config>,
                build: |section| Ok(Box::new(M::build(section.read::<M::Config>()?, section)?)),
                observe: |section, before| M::observe(&section.read()?, section, before),
                source_task: source_task::<M>,
            }
        }
    }

    /// The name that the type gives itself.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it is read from outside where no task provides it.
    #[must_use]
    pub const fn is_source(&self) -> bool {
        self.source
    }

    /// The Rust type's path.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        (self.type_name)()
    }

    /// What the model is, in words and columns.
    #[must_use]
    pub fn describe(&self) -> Description {
        (self.describe)()
    }

    /// The digest of what the model must be like; see [`Description::contract`].
    #[must_use]
    pub fn contract(&self) -> Digest {
        self.describe().contract()
    }

    /// Reads a configuration section as the model would, without building it.
    ///
    /// # Errors
    ///
    /// When the section has an unknown key or a wrong value.
    pub fn check(&self, section: &Section) -> Result<(), SectionError> {
        (self.check)(section)
    }

    /// Every configuration key with its value in effect.
    ///
    /// # Errors
    ///
    /// When the section has an unknown key or a wrong value.
    pub fn effective(&self, section: &Section) -> Result<Vec<Effective>, SectionError> {
        (self.effective)(section)
    }

    /// The values in effect as a fingerprint takes them; see [`settings_of`]. Where the files of a source are is none of
    /// them, only what their ending says of their form.
    ///
    /// # Errors
    ///
    /// When the section has an unknown key or a wrong value.
    #[allow(dead_code, reason = "for the planner, which does not ask for it yet")]
    pub(crate) fn settings(
        &self,
        section: &Section,
        salt: &[u8; 32],
    ) -> Result<BTreeMap<String, String>, SectionError> {
        let mut settings = settings_of(&self.effective(section)?, section, salt);
        if self.source {
            let key = format!("{}.path", section.name());
            settings.remove(&key);
            if !settings.contains_key(&format!("{}.format", section.name()))
                && let Some(ending) = section.text("path").and_then(|path| source::ending(Path::new(&path)))
            {
                settings.insert(key, format!("\"*.{ending}\""));
            }
        }
        Ok(settings)
    }

    /// The configuration keys, where the type says which it has.
    #[must_use]
    pub fn keys(&self) -> Option<&'static [&'static str]> {
        (self.keys)()
    }

    /// What the files of a source are like now; see [`Model::observe`].
    ///
    /// # Errors
    ///
    /// When the configuration makes no sense, or the files cannot be looked at.
    pub fn observe(&self, section: &Section, before: Option<&SourceState>) -> Result<Option<SourceState>> {
        (self.observe)(section, before)
    }

    /// The task that reads a source model, for a source.
    #[must_use]
    pub fn source_task(&self) -> Option<AnyTask> {
        (self.source_task)()
    }

    /// Makes an instance from its configuration.
    ///
    /// # Errors
    ///
    /// When the configuration makes no sense.
    pub fn build(&self, section: &Section) -> Result<Slot> {
        Ok(Slot::holding((self.build)(section)?))
    }
}

fn check<M: Model>(section: &Section) -> Result<(), SectionError> {
    M::check(&section.read::<M::Config>()?).map_err(|message| section.senseless(message))
}

/// Every configuration key of a model type; where nothing is set, with what the type does then.
fn effective<M: Model>(section: &Section) -> Result<Vec<Effective>, SectionError> {
    let defaults = M::defaults();
    let mut values = section.effective::<M::Config>()?;
    for value in values.iter_mut().filter(|value| value.value.is_none()) {
        value.value = defaults.get(&value.key).cloned();
    }
    Ok(values)
}

impl PartialEq for ModelKind {
    fn eq(&self, other: &ModelKind) -> bool {
        (self.type_id)() == (other.type_id)()
    }
}

impl Eq for ModelKind {}

impl fmt::Debug for ModelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelKind({})", self.type_name())
    }
}

/// The place of one model in a run: empty, or the one instance, under a lock that is never waited for, because the
/// order of tasks keeps writer and readers apart.
#[derive(Default)]
pub struct Slot(RwLock<Option<Box<dyn AnyModel>>>);

impl Slot {
    /// A place with nothing in it.
    #[must_use]
    pub fn empty() -> Slot {
        Slot::default()
    }

    /// A place with a model in it.
    #[must_use]
    pub fn with<M: Model>(model: M) -> Slot {
        Slot::holding(Box::new(model))
    }

    fn holding(model: Box<dyn AnyModel>) -> Slot {
        Slot(RwLock::new(Some(model)))
    }

    /// Opens the model for reading, as type `M`.
    pub(super) fn read<M: Model>(&self, name: &str) -> Result<Read<'_, M>> {
        let guard = open(self.0.try_read(), name)?;
        holds::<M>(guard.as_deref(), name)?;
        Ok(Read { guard, model: std::marker::PhantomData })
    }

    /// Opens the model for writing, as type `M`.
    pub(super) fn write<M: Model>(&self, name: &str) -> Result<Write<'_, M>> {
        let guard = open(self.0.try_write(), name)?;
        holds::<M>(guard.as_deref(), name)?;
        Ok(Write { guard, model: std::marker::PhantomData })
    }

    /// Whether there is a model in it.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Takes whatever is in `other` into this place.
    pub(crate) fn fill(&self, other: Slot) {
        let model = other.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = model;
    }

    /// Takes the model out, into a place of its own.
    pub(crate) fn give(&self) -> Slot {
        let model = self.0.write().unwrap_or_else(PoisonError::into_inner).take();
        Slot(RwLock::new(model))
    }

    /// Drops the model.
    pub(crate) fn clear(&self) {
        let model = self.0.write().unwrap_or_else(PoisonError::into_inner).take();
        drop(model);
    }

    /// Takes the model out, as type `M`; `None` where it is not there or of another type.
    #[must_use]
    pub fn take<M: Model>(&self) -> Option<M> {
        let mut guard = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !guard.as_ref()?.as_any().is::<M>() {
            return None;
        }
        guard.take()?.into_any().downcast().ok().map(|model| *model)
    }

    /// Seals the model; see [`Model::seal`].
    pub(crate) fn seal(&self, name: &str) -> Result<Size> {
        let mut guard = self.0.write().unwrap_or_else(PoisonError::into_inner);
        guard.as_mut().ok_or_else(|| not_there(name))?.seal()
    }

    /// How the model wants to be stored; see [`Model::storage`].
    pub(crate) fn storage(&self) -> Storage {
        let guard = self.0.read().unwrap_or_else(PoisonError::into_inner);
        guard.as_ref().map_or(Storage::Memory, |model| model.storage())
    }

    /// What is to be stored of the model; see [`Model::content`].
    pub(crate) fn content(&self, name: &str) -> Result<Content> {
        let guard = self.0.read().unwrap_or_else(PoisonError::into_inner);
        guard.as_ref().ok_or_else(|| not_there(name))?.content()
    }

    /// The digest of the model's content; see [`Model::digest`].
    #[allow(dead_code, reason = "for the run loop, which does not ask for it yet")]
    pub(crate) fn digest(&self, name: &str) -> Result<Option<Digest>> {
        let guard = self.0.read().unwrap_or_else(PoisonError::into_inner);
        guard.as_ref().ok_or_else(|| not_there(name))?.digest()
    }

    /// What the files were like that the model was read from; see [`Model::observed`].
    #[allow(dead_code, reason = "for the run loop, which does not ask for it yet")]
    pub(crate) fn observed(&self) -> Option<SourceState> {
        let guard = self.0.read().unwrap_or_else(PoisonError::into_inner);
        guard.as_ref()?.observed()
    }

    /// Fills the model from a store; see [`Model::restore`].
    pub(crate) fn restore(&self, name: &str, content: Content) -> Result<()> {
        let mut guard = self.0.write().unwrap_or_else(PoisonError::into_inner);
        guard.as_mut().ok_or_else(|| not_there(name))?.restore(content)
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slot({})", if self.is_full() { "full" } else { "empty" })
    }
}

/// A lock that somebody holds is not waited for: it is the same task that does, so it would wait for ever.
fn open<G>(lock: Result<G, TryLockError<G>>, name: &str) -> Result<G> {
    match lock {
        Ok(guard) => Ok(guard),
        Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => {
            Err(Error::new(format!("model `{name}` is open already; open it once, or let go of it first")))
        }
    }
}

fn not_there(name: &str) -> Error {
    Error::new(format!("model `{name}` is not there"))
}

fn holds<M: Model>(place: Option<&dyn AnyModel>, name: &str) -> Result<()> {
    match place {
        Some(held) if held.as_any().is::<M>() => Ok(()),
        Some(_) => Err(Error::new(format!("model `{name}` is not a `{}`", type_name::<M>()))),
        None => Err(not_there(name)),
    }
}

/// A model opened for reading.
pub struct Read<'a, M> {
    guard: RwLockReadGuard<'a, Option<Box<dyn AnyModel>>>,
    model: std::marker::PhantomData<&'a M>,
}

const CHECKED: &str = "the type was checked when the guard was made, and the guard keeps the model there";

impl<M: Model> Deref for Read<'_, M> {
    type Target = M;

    fn deref(&self) -> &M {
        self.guard.as_ref().and_then(|held| held.as_any().downcast_ref()).expect(CHECKED)
    }
}

/// A model opened for writing.
pub struct Write<'a, M> {
    guard: RwLockWriteGuard<'a, Option<Box<dyn AnyModel>>>,
    model: std::marker::PhantomData<&'a mut M>,
}

impl<M: Model> Deref for Write<'_, M> {
    type Target = M;

    fn deref(&self) -> &M {
        self.guard.as_ref().and_then(|held| held.as_any().downcast_ref()).expect(CHECKED)
    }
}

impl<M: Model> DerefMut for Write<'_, M> {
    fn deref_mut(&mut self) -> &mut M {
        self.guard.as_mut().and_then(|held| held.as_any_mut().downcast_mut()).expect(CHECKED)
    }
}
