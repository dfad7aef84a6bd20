//! Models: typed data products with a stable name.
//!
//! | type | holds | stored as |
//! |---|---|---|
//! | [`Table<R>`](Table) | rows of a `#[derive(Row)]` struct, as a polars frame | Parquet (or CSV, NDJSON, IPC) |
//! | [`Value<T, N>`](Value) | any serde value | JSON |
//! | [`Artifact<N>`](Artifact) | a file that a task writes | that file |
//! | [`Across<M, W>`](Across) | what other partitions have of a model | nothing: it is there already |
//! | your own `impl Model` | anything | nothing, or one of the above |
//!
//! A model knows how to be built from its configuration, how to check itself, and what of it is to be stored. It does
//! not know which task provides it, nor where it is stored.

use std::any::type_name;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::contract::Whole;
use crate::digest::Digest;
use crate::failure::{Error, Result};
use crate::partition::PartitionRange;
use crate::schema::{HandOver, TableCheck};
use crate::section::{Section, SectionError};
use crate::source::SourceState;

mod across;
mod artifact;
pub mod assert;
mod capture;
mod checks;
mod config;
mod content;
mod contract;
mod parquet;
mod provision;
mod rejected;
mod row;
mod table;
mod trace;
mod value;

pub use across::{Across, All, Gathers, Part, PartVisitor, Preceding, Published, Span, Trailing, Window, Within};
pub use artifact::{Artifact, ArtifactWriter};
pub(crate) use capture::ErrorCapture;
pub use checks::{CheckConfig, Most, SeverityConfig};
pub use config::{SourceConfig, StoreAs, TableConfig, TableOptions};
pub use content::{Content, Description, Size, Storage};
pub use parquet::ParquetFile;
pub(crate) use parquet::ParquetRows;
pub use provision::{Provision, Scratch};
pub use rejected::{NoRejects, Rejected};
pub use row::Row;
pub(crate) use row::derive as row_derive;
pub use table::{IntoFrame, Table};
pub use trace::{Leaf, Traced};
pub use value::{Named, Value};

/// A typed data product with a stable name. There is one instance of each model in a run.
///
/// Most models are a [`Table`], a [`Value`] or an [`Artifact`]; implement this by hand for anything else. The
/// instance is built from its configuration before the task that provides it runs, filled by that task, sealed when
/// the task ends, and dropped after its last reader.
///
/// ```
/// use purvey::model::{Description, Model, Size};
/// use purvey::section::{NoConfig, Section};
///
/// /// Seats taken, by row; lives in memory only.
/// #[derive(Default)]
/// struct Seats(Vec<u32>);
///
/// impl Model for Seats {
///     const NAME: &'static str = "seats";
///     type Config = NoConfig;
///
///     fn build(_: NoConfig, _: &Section) -> purvey::Result<Seats> {
///         Ok(Seats::default())
///     }
///
///     fn describe() -> Description {
///         Description::new("seats", "Seats taken, by row.")
///     }
///
///     fn seal(&mut self) -> purvey::Result<Size> {
///         Ok(Size { rows: Some(self.0.len() as u64), bytes: 4 * self.0.len() as u64 })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "not a model",
    note = "a task takes `&Model` for what it requires, `&mut Model` for what it provides, `Option<&Model>`, \
            `&JobContext` or `Settings<S>`; a model is a `Table<Row>`, a `Value<T, Name>`, an `Artifact<Name>` or a \
            type with `impl Model`"
)]
pub trait Model: Sized + Send + Sync + 'static {
    /// The stable name, which configuration, selection and stores know the model by.
    const NAME: &'static str;

    /// Whether the model is read from outside when no task provides it.
    const SOURCE: bool = false;

    /// Whether it grows from run to run, so that it has to be told what there is of it; see [`follow`](Model::follow).
    const INCREMENTAL: bool = false;

    /// The column that says which partition a row belongs to, for a table that has one.
    const PARTITION: Option<&'static str> = None;

    /// Which model it is made of, for one that [gathers](Model::gather) what several partitions have.
    const GATHERS: Option<Gathers> = None;

    /// The checks of the whole model that its type declares, for a table.
    const CHECKS: &'static [TableCheck] = &[];

    /// What `[models.<name>]` may say; [`NoConfig`](crate::section::NoConfig) for nothing.
    type Config: Serialize + DeserializeOwned;

    /// Makes the instance of a run, empty. `section` resolves relative paths of the configuration.
    ///
    /// # Errors
    ///
    /// When the configuration makes no sense.
    fn build(config: Self::Config, section: &Section) -> Result<Self>;

    /// Looks at a configuration that can be read, before anything runs.
    ///
    /// # Errors
    ///
    /// When something makes no sense; [`Section::senseless`] makes the error of a sentence.
    fn check(config: &Self::Config, section: &Section) -> Result<(), SectionError> {
        let _ = (config, section);
        Ok(())
    }

    /// The checks of the whole model that are in effect with this configuration, for a table.
    ///
    /// # Errors
    ///
    /// When what the configuration says of them makes no sense.
    fn checks(config: &Self::Config, section: &Section) -> Result<Vec<TableCheck>, SectionError> {
        let _ = (config, section);
        Ok(Vec::new())
    }

    /// How old what is published may be, with this configuration; any age where absent.
    fn max_age(config: &Self::Config) -> Option<Duration> {
        let _ = config;
        None
    }

    /// Whether there are checks to be made of this instance when it is sealed.
    fn has_checks(&self) -> bool {
        false
    }

    /// The sealed model as its checks see it, and those of others that look into it; `None` for one that is no table.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn whole(&self) -> Result<Option<Whole>> {
        Ok(None)
    }

    /// How the model is handed to its readers, which its configuration says.
    fn hand_over(&self) -> HandOver {
        HandOver::Memory
    }

    /// Learns, between [`build`](Model::build) and the task that fills it, how it is provided in this run. Only a model that
    /// is handed over in another way than in memory is told.
    fn prepare(&mut self, provision: Provision) {
        let _ = provision;
    }

    /// Learns, between [`build`](Model::build) and the task that fills it, what was published of it before; `None` in its first
    /// run, in one that makes it anew, and where nothing is recorded. Only an [incremental](Model::INCREMENTAL) model is told.
    ///
    /// # Errors
    ///
    /// When the content is not of this model's form.
    fn follow(&mut self, previous: Option<Content>) -> Result<()> {
        let _ = previous;
        Ok(())
    }

    /// Where the columns of the query come from that a task has put in; `None` where it has put in no query.
    fn traced(&self) -> Option<&Traced> {
        None
    }

    /// Whether a query has this leaf because it reads the content of this model.
    fn is_origin(&self, leaf: &Leaf) -> bool {
        let _ = leaf;
        false
    }

    /// The task that has made the plan which whoever reads the sealed model computes; `None` where the content is there.
    fn handed_on(&self) -> Option<&str> {
        None
    }

    /// Says what the model is, for `show`, `ls` and reports.
    fn describe() -> Description;

    /// Checks what a task has put in, when that task ends; from then on the model does not change.
    ///
    /// # Errors
    ///
    /// When nothing was put in, or when it breaks the model's contract.
    fn seal(&mut self) -> Result<Size>;

    /// How the model wants to be stored.
    fn storage(&self) -> Storage {
        Storage::Memory
    }

    /// What is to be stored of a sealed model.
    ///
    /// # Errors
    ///
    /// When the model is not sealed.
    fn content(&self) -> Result<Content> {
        Err(Error::new(format!("model `{}` lives in memory only", Self::NAME)))
    }

    /// Fills the model with what a store has kept.
    ///
    /// # Errors
    ///
    /// When the content is not of this model's form, or breaks its contract.
    fn restore(&mut self, content: Content) -> Result<()> {
        let _ = content;
        Err(Error::new(format!("model `{}` lives in memory only", Self::NAME)))
    }

    /// The digest of a sealed model's content: two contents of one digest are the same. `None` for a model that lives in
    /// memory only and cannot tell. It counts as the same where a task makes it of the same; where that cannot be told
    /// either, as for a model that the caller supplies, what reads it is never up to date.
    ///
    /// # Errors
    ///
    /// When the model is not sealed, or its content cannot be read.
    fn digest(&self) -> Result<Option<Digest>> {
        match self.storage() {
            Storage::Memory => Ok(None),
            _ => self.content()?.digest().map(Some),
        }
    }

    /// What the files of a source are like now, by the configuration that says where they are. `before` is what they
    /// were like when they were read last, so that a file which has not changed need not be read again. `None` for a
    /// model that is no source, or that cannot tell; then it is read every time.
    ///
    /// # Errors
    ///
    /// When the files cannot be looked at.
    fn observe(config: &Self::Config, section: &Section, before: Option<&SourceState>) -> Result<Option<SourceState>> {
        let _ = (config, section, before);
        Ok(None)
    }

    /// Whether each file of a source is read once, by this configuration: then [`observe`](Model::observe) is told what was
    /// read by runs that have published it, and tells of what is new.
    #[must_use]
    fn reads_once(config: &Self::Config) -> bool {
        let _ = config;
        false
    }

    /// Learns what is not to be read again, where each file is read once.
    fn leave_out(&mut self, taken: SourceState) {
        let _ = taken;
    }

    /// Takes what the partitions of its window have of the model that it is made of; `section` is the configuration of that
    /// model.
    ///
    /// # Errors
    ///
    /// When the content of one of them cannot be read.
    fn gather(&mut self, parts: Vec<Part<'_>>, section: &Section) -> Result<()> {
        let _ = (parts, section);
        Ok(())
    }

    /// Takes apart what a task has put in for several partitions: what each of them has, checked by itself.
    ///
    /// # Errors
    ///
    /// When something of it is for none of them, or what is for one breaks the contract of the model.
    fn split(&self, partitions: &PartitionRange) -> Result<Vec<Content>> {
        Err(Error::new(format!("model `{}` cannot be made for {} partitions at once", Self::NAME, partitions.len())))
    }

    /// Fills the model with what several partitions have of it, one after another, for a task that reads them together. Each
    /// was checked by itself, and the whole is not.
    ///
    /// # Errors
    ///
    /// When the content is not of this model's form.
    fn join(&mut self, parts: Vec<Content>) -> Result<()> {
        Err(Error::new(format!("model `{}` cannot be read for {} partitions at once", Self::NAME, parts.len())))
    }

    /// What the files were like from which this instance was read; `None` where it was not read from files.
    fn observed(&self) -> Option<SourceState> {
        None
    }

    /// The values that take effect where this configuration says nothing, by key, so that they can be shown.
    #[must_use]
    fn defaults(config: &Self::Config) -> toml::Table {
        let _ = config;
        toml::Table::new()
    }

    /// Shows how the model is read from outside, to whoever builds the step that does so; `None` where it is not.
    fn visit_source<V: SourceVisitor>(visitor: V) -> Option<V::Output> {
        let _ = visitor;
        None
    }

    /// Shows which model's partitions it gathers, to whoever builds the step that does so; `None` where it gathers none.
    fn visit_parts<V: PartVisitor>(visitor: V) -> Option<V::Output> {
        let _ = visitor;
        None
    }
}

/// Somebody who wants to know how a source model is read; see [`Model::visit_source`].
pub trait SourceVisitor {
    /// What the visitor makes of it.
    type Output;

    /// Takes the source model `M`, the model `J` of rows that cannot be read (if there is one), and the function that
    /// fills both.
    fn visit<M: Model, J: Model>(self, has_rejects: bool, load: fn(&mut M, &mut J) -> Result<()>) -> Self::Output;
}

/// The error of a model that was declared as provided and never written.
fn never_written(name: &str) -> Error {
    Error::new(format!("model `{name}` was never written; call `put` on it, with no rows if there are none"))
}

/// The error of a model that is read before it was written.
fn not_yet_written(name: &str) -> Error {
    Error::new(format!("model `{name}` was read before it was written"))
}

/// The error of a model that is written twice by its task.
fn written_twice(name: &str) -> Error {
    Error::new(format!("model `{name}` was written twice; put the whole content in once"))
}

/// The error of a store that hands back content of another form.
fn wrong_content<M: Model>(content: &Content) -> Error {
    Error::new(format!("a stored {} cannot be read into model `{}` ({})", content.kind(), M::NAME, type_name::<M>()))
}
