//! The one place where a model's type is forgotten and found again.
//!
//! A [`ModelKind`] is a model's type as a static table of functions; a [`Slot`] holds the one instance of a run. Nobody
//! else knows `Any`.

use std::any::{Any, TypeId, type_name};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use crate::contract::Whole;
use crate::digest::Digest;
use crate::failure::Result;
use crate::model::{Content, Description, Gathers, Leaf, Model, Part, Provision, Storage, StoreAs, Traced};
use crate::partition::PartitionRange;
use crate::schema::{HandOver, TableCheck};
use crate::section::{self, Effective, Section, SectionError, settings_of};
use crate::source::{self, SourceState};

use super::AnyTask;
use super::gather::gather_task;
use super::source::source_task;

mod slot;
#[cfg(test)]
mod tests;

use slot::Sealed;
pub use slot::{Read, Slot, Write};

/// A model of any type.
trait AnyModel: Any + Send + Sync {
    fn seal(&mut self) -> Result<Sealed>;
    fn storage(&self) -> Storage;
    fn content(&self) -> Result<Content>;
    fn restore(&mut self, content: Content) -> Result<()>;
    fn digest(&self) -> Result<Option<Digest>>;
    fn hand_over(&self) -> HandOver;
    fn prepare(&mut self, provision: Provision);
    fn follow(&mut self, previous: Option<Content>) -> Result<()>;
    fn leave_out(&mut self, taken: SourceState);
    fn gather(&mut self, parts: Vec<Part<'_>>, section: &Section) -> Result<()>;
    fn split(&self, partitions: &PartitionRange) -> Result<Vec<Content>>;
    fn join(&mut self, parts: Vec<Content>) -> Result<()>;
    fn handed_on(&self) -> Option<&str>;
    fn traced(&self) -> Option<&Traced>;
    fn is_origin(&self, leaf: &Leaf) -> bool;
    fn whole(&self) -> Result<Option<Whole>>;
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

impl<M: Model> AnyModel for M {
    fn seal(&mut self) -> Result<Sealed> {
        let size = Model::seal(self)?;
        Ok(Sealed {
            size,
            storage: Model::storage(self),
            observed: Model::observed(self),
            has_checks: Model::has_checks(self),
            is_traced: Model::traced(self).is_some(),
        })
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

    fn hand_over(&self) -> HandOver {
        Model::hand_over(self)
    }

    fn prepare(&mut self, provision: Provision) {
        Model::prepare(self, provision);
    }

    fn follow(&mut self, previous: Option<Content>) -> Result<()> {
        Model::follow(self, previous)
    }

    fn leave_out(&mut self, taken: SourceState) {
        Model::leave_out(self, taken);
    }

    fn gather(&mut self, parts: Vec<Part<'_>>, section: &Section) -> Result<()> {
        Model::gather(self, parts, section)
    }

    fn split(&self, partitions: &PartitionRange) -> Result<Vec<Content>> {
        Model::split(self, partitions)
    }

    fn join(&mut self, parts: Vec<Content>) -> Result<()> {
        Model::join(self, parts)
    }

    fn handed_on(&self) -> Option<&str> {
        Model::handed_on(self)
    }

    fn traced(&self) -> Option<&Traced> {
        Model::traced(self)
    }

    fn is_origin(&self, leaf: &Leaf) -> bool {
        Model::is_origin(self, leaf)
    }

    fn whole(&self) -> Result<Option<Whole>> {
        Model::whole(self)
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
    incremental: bool,
    partition: Option<&'static str>,
    gathers: Option<Gathers>,
    declared_checks: &'static [TableCheck],
    check: fn(&Section) -> Result<(), SectionError>,
    checks: fn(&Section) -> Result<Vec<TableCheck>, SectionError>,
    max_age: fn(&Section) -> Result<Option<Duration>, SectionError>,
    effective: fn(&Section) -> Result<Vec<Effective>, SectionError>,
    keys: fn() -> Option<&'static [&'static str]>,
    build: fn(&Section) -> Result<Box<dyn AnyModel>>,
    observe: fn(&Section, Option<&SourceState>) -> Result<Option<SourceState>>,
    reads_once: fn(&Section) -> bool,
    source_task: fn() -> Option<AnyTask>,
    gather_task: fn() -> Option<AnyTask>,
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
                incremental: M::INCREMENTAL,
                partition: M::PARTITION,
                gathers: M::GATHERS,
                declared_checks: M::CHECKS,
                check: |section| M::check(&section.read()?, section),
                checks: |section| M::checks(&section.read()?, section),
                max_age: |section| Ok(M::max_age(&section.read()?)),
                effective: effective::<M>,
                keys: section::keys::<M::Config>,
                build: |section| Ok(Box::new(M::build(section.read::<M::Config>()?, section)?)),
                observe: |section, before| M::observe(&section.read()?, section, before),
                reads_once: |section| section.read().is_ok_and(|config| M::reads_once(&config)),
                source_task: source_task::<M>,
                gather_task: gather_task::<M>,
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

    /// What it gathers of other partitions, for a model that does.
    #[must_use]
    pub const fn gathers(&self) -> Option<&Gathers> {
        self.gathers.as_ref()
    }

    /// Whether the orchestrator puts in a task that provides it where no other does.
    #[must_use]
    pub const fn is_fetched(&self) -> bool {
        self.source || self.gathers.is_some()
    }

    /// Whether it grows from run to run.
    #[must_use]
    pub const fn is_incremental(&self) -> bool {
        self.incremental
    }

    /// The column that says which partition a row belongs to, for a table that has one.
    #[must_use]
    pub const fn partition(&self) -> Option<&'static str> {
        self.partition
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

    /// The checks of the whole model that its type declares.
    #[must_use]
    pub const fn declared_checks(&self) -> &'static [TableCheck] {
        self.declared_checks
    }

    /// The checks of the whole model that are in effect with this configuration.
    ///
    /// # Errors
    ///
    /// When the section has an unknown key or a wrong value.
    pub fn checks(&self, section: &Section) -> Result<Vec<TableCheck>, SectionError> {
        (self.checks)(section)
    }

    /// How old what is published of it may be, with this configuration; any age where absent.
    ///
    /// # Errors
    ///
    /// When the section has an unknown key or a wrong value.
    pub fn max_age(&self, section: &Section) -> Result<Option<Duration>, SectionError> {
        (self.max_age)(section)
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
    pub(crate) fn settings(
        &self,
        section: &Section,
        salt: &[u8; 32],
    ) -> Result<BTreeMap<String, String>, SectionError> {
        let mut settings = settings_of(&self.effective(section)?, section, salt);
        // They change time and memory, and what is said of it later; never what is in the model.
        settings.remove(&format!("{}.hand_over", section.name()));
        settings.remove(&format!("{}.max_age", section.name()));
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

    /// Whether each file of a source is read once, by this configuration; see [`Model::reads_once`].
    #[must_use]
    pub fn reads_once(&self, section: &Section) -> bool {
        self.source && (self.reads_once)(section)
    }

    /// The task that the orchestrator puts in where no other provides the model, for one that is [fetched](Self::is_fetched).
    #[must_use]
    pub fn fetching_task(&self) -> Option<AnyTask> {
        (self.source_task)().or_else(self.gather_task)
    }

    /// How a model of this configuration is handed to its readers.
    ///
    /// # Errors
    ///
    /// When the section has an unknown key or a wrong value.
    pub fn hand_over(&self, section: &Section) -> Result<HandOver, SectionError> {
        let values = self.effective(section)?;
        let value = values.into_iter().find(|value| value.key == "hand_over").and_then(|value| value.value);
        Ok(value.and_then(|value| value.try_into().ok()).unwrap_or_default())
    }

    /// Whether a model of this configuration is stored, as far as that can be told without one.
    #[must_use]
    pub fn is_stored(&self, section: &Section) -> bool {
        let values = self.effective(section).unwrap_or_default();
        let value = values.into_iter().find(|value| value.key == "store").and_then(|value| value.value);
        value.and_then(|value| value.try_into().ok()) != Some(StoreAs::Memory)
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

/// Every configuration key of a model type; where nothing is set, with what the type does then.
fn effective<M: Model>(section: &Section) -> Result<Vec<Effective>, SectionError> {
    let defaults = M::defaults(&section.read()?);
    let mut values = section.effective::<M::Config>()?;
    for value in values.iter_mut().filter(|value| value.value.is_none()) {
        value.value = defaults.get(&value.key).cloned();
    }
    Ok(values)
}

impl PartialEq for ModelKind {
    fn eq(&self, other: &ModelKind) -> bool {
        // There may be several copies of what is one type.
        std::ptr::eq(self, other) || (self.type_id)() == (other.type_id)()
    }
}

impl Eq for ModelKind {}

impl fmt::Debug for ModelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelKind({})", self.type_name())
    }
}
