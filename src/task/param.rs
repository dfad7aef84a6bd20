//! The parameters of a task function, and what each type means.

use std::collections::BTreeMap;
use std::ops::Deref;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::context::JobContext;
use crate::failure::{Error, Result};
use crate::model::Model;
use crate::section::{self, Effective, Section, SectionError, settings_of};

use super::call::Call;
use super::define::Need;
use super::erased::{ModelKind, Read, Write};

/// A type that a parameter of a `#[task]` function may have.
///
/// | parameter | meaning |
/// |---|---|
/// | `&M` | the task requires model `M` |
/// | `&Across<M, W>` | the task requires what [several partitions](crate::model::Across) have of model `M` |
/// | `&mut M` | the task provides model `M` |
/// | `Option<&M>` | the task runs after the provider of `M` where the chain has one |
/// | `&JobContext` | the run |
/// | `Settings<S>` | the task's own section of the configuration, `[tasks.<name>]` |
///
/// It is implemented for these types with the lifetime `'static`, which stands for any: `#[task]` writes it so.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of a task",
    label = "not a task parameter",
    note = "a task takes `&Model` for what it requires, `&mut Model` for what it provides, `Option<&Model>`, \
            `&JobContext` or `Settings<S>`; a model is a `Table<Row>`, a `Value<T, Name>`, an `Artifact<Name>` or a \
            type with `impl Model`"
)]
pub trait Param {
    /// What the parameter says of the task.
    const NEED: Need;

    /// What has to be held while the function runs.
    type Guard<'c>;

    /// The parameter as the function gets it.
    type Item<'g>;

    /// Opens what the parameter stands for.
    ///
    /// # Errors
    ///
    /// When it is not there.
    fn open<'c>(call: &Call<'c>, at: &mut Position) -> Result<Self::Guard<'c>>;

    /// The parameter, borrowed from what is held.
    fn item<'g>(guard: &'g mut Self::Guard<'_>) -> Self::Item<'g>;
}

/// How many parameters of each sort have been opened so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Position {
    requires: usize,
    after: usize,
    provides: usize,
}

fn next(count: &mut usize) -> usize {
    let position = *count;
    *count += 1;
    position
}

impl<M: Model> Param for &'static M {
    const NEED: Need = Need::Requires(ModelKind::of::<M>());
    type Guard<'c> = Read<'c, M>;
    type Item<'g> = &'g M;

    fn open<'c>(call: &Call<'c>, at: &mut Position) -> Result<Read<'c, M>> {
        call.require(next(&mut at.requires))
    }

    fn item<'g>(guard: &'g mut Read<'_, M>) -> &'g M {
        guard
    }
}

impl<M: Model> Param for &'static mut M {
    const NEED: Need = Need::Provides(ModelKind::of::<M>());
    type Guard<'c> = Write<'c, M>;
    type Item<'g> = &'g mut M;

    fn open<'c>(call: &Call<'c>, at: &mut Position) -> Result<Write<'c, M>> {
        call.provide(next(&mut at.provides))
    }

    fn item<'g>(guard: &'g mut Write<'_, M>) -> &'g mut M {
        guard
    }
}

impl<M: Model> Param for Option<&'static M> {
    const NEED: Need = Need::After(ModelKind::of::<M>());
    type Guard<'c> = Option<Read<'c, M>>;
    type Item<'g> = Option<&'g M>;

    fn open<'c>(call: &Call<'c>, at: &mut Position) -> Result<Option<Read<'c, M>>> {
        call.optional(next(&mut at.after))
    }

    fn item<'g>(guard: &'g mut Option<Read<'_, M>>) -> Option<&'g M> {
        guard.as_deref()
    }
}

impl Param for &'static JobContext {
    const NEED: Need = Need::Context;
    type Guard<'c> = &'c JobContext;
    type Item<'g> = &'g JobContext;

    fn open<'c>(call: &Call<'c>, _: &mut Position) -> Result<&'c JobContext> {
        Ok(call.job())
    }

    fn item<'g>(guard: &'g mut &JobContext) -> &'g JobContext {
        guard
    }
}

impl<S: Serialize + DeserializeOwned> Param for Settings<S> {
    const NEED: Need = Need::Settings(SettingsKind::of::<S>());
    type Guard<'c> = Option<Settings<S>>;
    type Item<'g> = Settings<S>;

    fn open<'c>(call: &Call<'c>, _: &mut Position) -> Result<Option<Settings<S>>> {
        call.settings().map(|settings| Some(Settings(settings)))
    }

    fn item(guard: &mut Option<Settings<S>>) -> Settings<S> {
        guard.take().expect("each parameter is taken once")
    }
}

/// A task's own section of the configuration, `[tasks.<name>]`, as the type `S`.
///
/// `S` derives serde's `Serialize` and `Deserialize`: it is read from the configuration, and written so that `config`
/// can show every value. Give each field a default, so that the section may be absent.
///
/// ```
/// use purvey::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// #[serde(default)]
/// struct Ranking {
///     /// How many places the ranking has.
///     top: u32,
/// }
///
/// impl Default for Ranking {
///     fn default() -> Self {
///         Ranking { top: 50 }
///     }
/// }
///
/// fn places(settings: Settings<Ranking>) -> u32 {
///     settings.top
/// }
///
/// assert_eq!(places(Settings(Ranking { top: 3 })), 3);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings<S>(pub S);

impl<S> Deref for Settings<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

/// The type of a task's settings, as the functions that read it.
#[derive(Clone, Copy, Debug)]
pub struct SettingsKind {
    check: fn(&Section) -> Result<(), SectionError>,
    effective: fn(&Section) -> Result<Vec<Effective>, SectionError>,
    keys: fn() -> Option<&'static [&'static str]>,
}

impl SettingsKind {
    /// The kind of a settings type.
    #[must_use]
    pub const fn of<S: Serialize + DeserializeOwned>() -> SettingsKind {
        SettingsKind {
            check: |section| section.read::<S>().map(|_| ()),
            effective: Section::effective::<S>,
            keys: section::keys::<S>,
        }
    }

    /// Reads a section as the task would.
    ///
    /// # Errors
    ///
    /// When the section has an unknown key or a wrong value.
    pub fn check(&self, section: &Section) -> Result<(), SectionError> {
        (self.check)(section)
    }

    /// Every key with its value in effect.
    ///
    /// # Errors
    ///
    /// When the section has an unknown key or a wrong value.
    pub fn effective(&self, section: &Section) -> Result<Vec<Effective>, SectionError> {
        (self.effective)(section)
    }

    /// The values in effect as a fingerprint takes them; see [`settings_of`].
    ///
    /// # Errors
    ///
    /// When the section has an unknown key or a wrong value.
    pub(crate) fn settings(
        &self,
        section: &Section,
        salt: &[u8; 32],
    ) -> Result<BTreeMap<String, String>, SectionError> {
        Ok(settings_of(&self.effective(section)?, section, salt))
    }

    /// The keys, where the type says which it has.
    #[must_use]
    pub fn keys(&self) -> Option<&'static [&'static str]> {
        (self.keys)()
    }
}

/// What a task function may return: nothing, or a `Result` with any error.
#[diagnostic::on_unimplemented(
    message = "a task cannot return `{Self}`",
    note = "a task returns `Result<()>`, or nothing; what it makes goes into its `&mut` parameters"
)]
pub trait IntoOutcome {
    /// The result as the run loop takes it.
    ///
    /// # Errors
    ///
    /// Whatever the function returned.
    fn into_outcome(self) -> Result<()>;
}

impl IntoOutcome for () {
    fn into_outcome(self) -> Result<()> {
        Ok(())
    }
}

impl<E: Into<Error>> IntoOutcome for Result<(), E> {
    fn into_outcome(self) -> Result<()> {
        self.map_err(Into::into)
    }
}
