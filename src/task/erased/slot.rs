//! The place of a model in a run.

use std::any::type_name;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};

use super::AnyModel;
use crate::contract::Whole;
use crate::digest::Digest;
use crate::failure::{Error, Result};
use crate::lineage::Lineage;
use crate::model::{Content, Leaf, Model, Part, Provision, Size, Storage};
use crate::partition::PartitionRange;
use crate::schema::HandOver;
use crate::section::Section;
use crate::source::SourceState;

/// The place of one model in a run: empty, or the one instance, under a lock that is never waited for.
///
/// The order of tasks keeps writer and readers apart. Only a step that was given up may still hold a model open, for as
/// long as it likes; until then its place stays as it is, and whoever wants the model is told so.
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

    pub(super) fn holding(model: Box<dyn AnyModel>) -> Slot {
        Slot(RwLock::new(Some(model)))
    }

    /// Opens the model for reading, as type `M`. Its name is asked for only where there is something to say.
    pub(in crate::task) fn read<'n, M: Model>(&self, name: impl Fn() -> &'n str) -> Result<Read<'_, M>> {
        let guard = free(self.0.try_read()).ok_or_else(|| is_open(name()))?;
        match guard.as_deref() {
            Some(held) if held.as_any().is::<M>() => Ok(Read { guard, model: std::marker::PhantomData }),
            held => Err(is_no::<M>(held, name())),
        }
    }

    /// Opens the model for writing, as type `M`, in the same way.
    pub(in crate::task) fn write<'n, M: Model>(&self, name: impl Fn() -> &'n str) -> Result<Write<'_, M>> {
        let guard = free(self.0.try_write()).ok_or_else(|| is_open(name()))?;
        match guard.as_deref() {
            Some(held) if held.as_any().is::<M>() => Ok(Write { guard, model: std::marker::PhantomData }),
            held => Err(is_no::<M>(held, name())),
        }
    }

    /// Whether there is a model in it.
    #[must_use]
    pub fn is_full(&self) -> bool {
        // What is open is there.
        free(self.0.try_read()).is_none_or(|guard| guard.is_some())
    }

    /// Tells the model of its run, unless it is handed over in memory; see [`Model::prepare`].
    pub(crate) fn prepare(&mut self, provision: impl FnOnce(HandOver) -> Result<Provision>) -> Result<()> {
        let model = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        match model.as_mut().map(|model| (model.hand_over(), model)) {
            None | Some((HandOver::Memory, _)) => Ok(()),
            Some((hand_over, model)) => provision(hand_over).map(|provision| model.prepare(provision)),
        }
    }

    /// Tells the model what was published of it before; see [`Model::follow`].
    pub(crate) fn follow(&self, name: &str, previous: Option<Content>) -> Result<()> {
        match open(self.0.try_write(), name)?.as_mut() {
            Some(model) => model.follow(previous),
            None => Ok(()),
        }
    }

    /// Tells the model what is not to be read again; see [`Model::leave_out`].
    pub(crate) fn leave_out(&self, name: &str, taken: SourceState) -> Result<()> {
        if let Some(model) = open(self.0.try_write(), name)?.as_mut() {
            model.leave_out(taken);
        }
        Ok(())
    }

    /// Hands the model what partitions have of the one that it gathers; see [`Model::gather`].
    pub(crate) fn gather(&self, name: &str, parts: Vec<Part<'_>>, section: &Section) -> Result<()> {
        open(self.0.try_write(), name)?.as_mut().ok_or_else(|| not_there(name))?.gather(parts, section)
    }

    /// What each of several partitions has of what was put in; see [`Model::split`].
    pub(crate) fn split(&self, name: &str, partitions: &PartitionRange) -> Result<Vec<Content>> {
        open(self.0.try_read(), name)?.as_ref().ok_or_else(|| not_there(name))?.split(partitions)
    }

    /// Fills the model with what several partitions have; see [`Model::join`].
    pub(crate) fn join(&self, name: &str, parts: Vec<Content>) -> Result<()> {
        open(self.0.try_write(), name)?.as_mut().ok_or_else(|| not_there(name))?.join(parts)
    }

    /// The task that has made the plan which a reader of the model computes; see [`Model::handed_on`].
    pub(crate) fn handed_on(&self) -> Option<String> {
        free(self.0.try_read())?.as_ref()?.handed_on().map(str::to_owned)
    }

    /// What the columns of the model are made of, where a query was put in; see [`Model::traced`].
    pub(crate) fn lineage(&self, model_of: impl Fn(&Leaf) -> Option<Arc<str>>) -> Option<Lineage> {
        Some(free(self.0.try_read())?.as_ref()?.traced()?.resolve(model_of))
    }

    /// Whether a query reads from the model here; see [`Model::is_origin`].
    pub(crate) fn is_origin(&self, leaf: &Leaf) -> bool {
        free(self.0.try_read()).is_some_and(|guard| guard.as_ref().is_some_and(|model| model.is_origin(leaf)))
    }

    /// Takes whatever is in `other` into this place.
    ///
    /// # Errors
    ///
    /// When the model that is there is open.
    pub(crate) fn fill(&self, name: &str, other: Slot) -> Result<()> {
        let model = other.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        *open(self.0.try_write(), name)? = model;
        Ok(())
    }

    /// Takes the model out, into a place of its own, which stays empty where the model is open.
    pub(crate) fn give(&self) -> Slot {
        let model = free(self.0.try_write()).and_then(|mut guard| guard.take());
        Slot(RwLock::new(model))
    }

    /// Drops the model, unless it is open.
    pub(crate) fn clear(&self) {
        let model = free(self.0.try_write()).and_then(|mut guard| guard.take());
        drop(model);
    }

    /// Takes the model out, as type `M`; `None` where it is not there, open, or of another type.
    #[must_use]
    pub fn take<M: Model>(&self) -> Option<M> {
        let mut guard = free(self.0.try_write())?;
        if !guard.as_ref()?.as_any().is::<M>() {
            return None;
        }
        guard.take()?.into_any().downcast().ok().map(|model| *model)
    }

    /// Seals the model; see [`Model::seal`]. Says besides how it wants to be stored, and what the files were like that it
    /// was read from.
    pub(crate) fn seal(&self, name: &str) -> Result<Sealed> {
        open(self.0.try_write(), name)?.as_mut().ok_or_else(|| not_there(name))?.seal()
    }

    /// The sealed model as its checks see it; see [`Model::whole`].
    pub(crate) fn whole(&self, name: &str) -> Result<Option<Whole>> {
        let guard = open(self.0.try_read(), name)?;
        guard.as_ref().ok_or_else(|| not_there(name))?.whole()
    }

    /// How the model wants to be stored; see [`Model::storage`]. Not at all, where it is open.
    pub(crate) fn storage(&self) -> Storage {
        let guard = free(self.0.try_read());
        guard.as_ref().and_then(|guard| guard.as_ref()).map_or(Storage::Memory, |model| model.storage())
    }

    /// What is to be stored of the model; see [`Model::content`].
    pub(crate) fn content(&self, name: &str) -> Result<Content> {
        let guard = open(self.0.try_read(), name)?;
        guard.as_ref().ok_or_else(|| not_there(name))?.content()
    }

    /// The digest of the model's content; see [`Model::digest`].
    pub(crate) fn digest(&self, name: &str) -> Result<Option<Digest>> {
        let guard = open(self.0.try_read(), name)?;
        guard.as_ref().ok_or_else(|| not_there(name))?.digest()
    }

    /// Fills the model from a store; see [`Model::restore`].
    pub(crate) fn restore(&self, name: &str, content: Content) -> Result<()> {
        let mut guard = open(self.0.try_write(), name)?;
        guard.as_mut().ok_or_else(|| not_there(name))?.restore(content)
    }
}

/// What there is to know of a model once it is sealed.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(crate) size: Size,
    pub(crate) storage: Storage,
    pub(crate) observed: Option<SourceState>,
    pub(crate) has_checks: bool,
    /// Whether its columns may come from others; see [`Model::traced`].
    pub(crate) is_traced: bool,
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slot({})", if self.is_full() { "full" } else { "empty" })
    }
}

/// A lock that somebody holds is not waited for: it is the same task that does, so it would wait for ever; or a step that
/// was given up because nobody could wait for it any more.
fn open<G>(lock: Result<G, TryLockError<G>>, name: &str) -> Result<G> {
    free(lock).ok_or_else(|| is_open(name))
}

fn is_open(name: &str) -> Error {
    Error::new(format!("model `{name}` is open already; open it once, or let go of it first"))
}

/// The lock, unless somebody holds it. That somebody has panicked with it in his hands is told elsewhere.
fn free<G>(lock: Result<G, TryLockError<G>>) -> Option<G> {
    match lock {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

fn not_there(name: &str) -> Error {
    Error::new(format!("model `{name}` is not there"))
}

fn is_no<M: Model>(held: Option<&dyn AnyModel>, name: &str) -> Error {
    match held {
        Some(_) => Error::new(format!("model `{name}` is not a `{}`", type_name::<M>())),
        None => not_there(name),
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
