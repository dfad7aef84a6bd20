//! Tables: rows of one type, held as a polars frame.

use std::fmt;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, Expr, IntoLazy, LazyFrame, PolarsResult, col, polars_err};

use super::config::{SourceConfig, StoreAs, TableOptions};
use super::{
    Content, Description, Model, NoRejects, Rejected, Row, Size, SourceVisitor, Storage, never_written,
    not_yet_written, written_twice, wrong_content,
};
use crate::contract;
use crate::digest::Digest;
use crate::failure::{Class, Error, Result};
use crate::schema::{SourceSchema, TableSchema};
use crate::section::Section;
use crate::source::{self, SourceOptions, SourceState};

/// Rows of type `R`, held as a polars frame.
///
/// A task fills one with [`put`](Table::put) and reads one with [`scan`](Table::scan), [`frame`](Table::frame) or
/// [`rows`](Table::rows). When the task ends, the frame is checked against the row type; columns of a narrower type are
/// widened (Int32 to Int64, say), anything else that differs is an error.
///
/// ```
/// use purvey::prelude::*;
///
/// /// One stay.
/// #[derive(Row, Clone, Debug, PartialEq)]
/// #[row(table = "stays")]
/// struct Stay {
///     hotel: String,
///     nights: i64,
/// }
///
/// let stays = Table::from_rows([
///     Stay { hotel: "Alpenblick".into(), nights: 3 },
///     Stay { hotel: "Seehof".into(), nights: 1 },
/// ]);
/// let long = stays.scan().filter(col(Stay::NIGHTS).gt(lit(2)));
///
/// let mut result = Table::<Stay>::new();
/// result.put(long)?;
/// assert_rows!(result, [Stay { hotel: "Alpenblick".into(), nights: 3 }]);
/// # Ok::<(), purvey::Error>(())
/// ```
pub struct Table<R> {
    frame: Option<DataFrame>,
    sealed: bool,
    store: Option<StoreAs>,
    input: Option<Input>,
    /// What the files were like that it was read from.
    observed: Option<SourceState>,
    rows: PhantomData<fn() -> R>,
}

/// Where a source is read from, and how.
#[derive(Clone, Debug)]
struct Input {
    path: Option<PathBuf>,
    options: SourceOptions,
}

impl Input {
    fn new<C: TableOptions>(config: &C, schema: Option<&SourceSchema>, section: &Section) -> Option<Input> {
        let (config, schema) = (config.source()?, schema?);
        let path = config.path.as_ref().map(|path| section.resolve("path", path));
        Some(Input { path, options: config.options(schema) })
    }

    fn path(&self, model: &str) -> Result<&Path> {
        self.path.as_deref().ok_or_else(|| {
            Error::new(format!(
                "source model `{model}` has no file to read; set `path` in [models.{model}], or \
                 `--set models.{model}.path=FILE`"
            ))
        })
    }
}

impl<R: Row> Table<R> {
    /// The columns, key and checks of its rows.
    pub const SCHEMA: &'static TableSchema = R::SCHEMA;

    /// A table that nothing has been put into.
    #[must_use]
    pub fn new() -> Table<R> {
        Table { frame: None, sealed: false, store: None, input: None, observed: None, rows: PhantomData }
    }

    /// A table of these rows.
    pub fn from_rows(rows: impl IntoIterator<Item = R>) -> Table<R> {
        let frame = R::to_frame(rows.into_iter().collect());
        Table { frame: Some(frame), ..Table::new() }
    }

    /// A table of this frame, checked against the row type.
    ///
    /// # Errors
    ///
    /// When the frame breaks the contract of the row type.
    pub fn from_frame(frame: DataFrame) -> Result<Table<R>> {
        let mut table = Table { frame: Some(frame), ..Table::new() };
        table.seal()?;
        Ok(table)
    }

    /// Puts the content in: a frame, a lazy query (which is computed now), or a vector of rows.
    ///
    /// # Errors
    ///
    /// When the query fails, or when something was put in before.
    pub fn put(&mut self, content: impl IntoFrame<R>) -> Result<()> {
        if self.frame.is_some() {
            return Err(written_twice(R::SCHEMA.name));
        }
        let frame = content
            .into_frame()
            .map_err(|error| Error::from(error).context(format_args!("model `{}`", R::SCHEMA.name)))?;
        self.frame = Some(frame);
        Ok(())
    }

    /// The content.
    ///
    /// # Errors
    ///
    /// When nothing has been put in.
    pub fn frame(&self) -> Result<&DataFrame> {
        self.frame.as_ref().ok_or_else(|| not_yet_written(R::SCHEMA.name))
    }

    /// A lazy query over the content. Where nothing has been put in, the query fails when it is collected.
    pub fn scan(&self) -> LazyFrame {
        match &self.frame {
            Some(frame) => frame.clone().lazy(),
            None => R::to_frame(Vec::new()).lazy().map(
                |_| Err(polars_err!(ComputeError: "{}", not_yet_written(R::SCHEMA.name))),
                Default::default(),
                None,
                Some("never written"),
            ),
        }
    }

    /// The content as rows, in order.
    ///
    /// # Errors
    ///
    /// When nothing has been put in, or when it breaks the contract of the row type.
    pub fn rows(&self) -> Result<Vec<R>> {
        let frame = self.frame()?;
        if self.sealed {
            return Ok(R::from_frame(frame)?);
        }
        let checked = contract::enforce(R::SCHEMA, frame.clone()).map_err(data)?;
        Ok(R::from_frame(&checked)?)
    }

    /// The columns of the row type, in its order, for a `select` that ends a query and drops what it had besides.
    #[must_use]
    pub fn columns() -> Vec<Expr> {
        R::SCHEMA.columns.iter().map(|column| col(column.name)).collect()
    }

    /// The number of rows; 0 where nothing has been put in.
    #[must_use]
    pub fn height(&self) -> usize {
        self.frame.as_ref().map_or(0, DataFrame::height)
    }

    /// Reads the files of a source into the table, and what cannot be read into `rejects`.
    fn load(&mut self, rejects: &mut Table<R::Rejects>) -> Result<()> {
        let name = R::SCHEMA.name;
        let input = self.input.clone().ok_or_else(|| Error::new(format!("model `{name}` is not a source")))?;
        let read = source::read(R::SCHEMA, &input.options, input.path(name)?).map_err(source_error)?;
        tell_of_rejects(name, &read)?;
        self.put(read.frame)?;
        self.observed = read.state;
        if input.options.keep_rejects {
            rejects.put(read.rejects)?;
        }
        Ok(())
    }
}

/// What a task provides is stored; what was only read is not, unless the row type says so.
fn stored_by_default<R: Row>() -> StoreAs {
    match &R::SCHEMA.source {
        Some(source) if !source.publish => StoreAs::Memory,
        _ => StoreAs::Parquet,
    }
}

fn data(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::from(error).classed(Class::Data)
}

/// What may pass by itself is told apart; all else, a file that did not come too, is about the data.
fn source_error(error: source::SourceError) -> Error {
    let is_io = error.is_io();
    match Error::from(error) {
        error if is_io && error.class() == Class::Transient => error,
        error => error.classed(Class::Data),
    }
}

/// Rows that cannot be read are told of, and if no row can, that is no quirk of the data.
fn tell_of_rejects(model: &str, read: &source::SourceRead) -> Result<()> {
    let (rejected, rows) = (read.rejects.height(), read.rejects.height() + read.frame.height());
    if rejected == 0 {
        return Ok(());
    }
    if read.frame.height() == 0 {
        let first = Rejected::<NoRejects>::from_frame(&read.rejects.head(Some(1)))?;
        let first = first.first().map(Rejected::sentence).unwrap_or_default();
        return Err(Error::data(format!(
            "none of the {rows} rows of source `{model}` can be read; the first: {first}; does [models.{model}] say how \
             its files are written?"
        )));
    }
    log::warn!("{rejected} of {rows} rows of source `{model}` cannot be read and are set aside");
    Ok(())
}

impl<R: Row> Default for Table<R> {
    fn default() -> Self {
        Table::new()
    }
}

impl<R: Row> fmt::Debug for Table<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.frame {
            Some(frame) => write!(f, "Table `{}`: {frame:?}", R::SCHEMA.name),
            None => write!(f, "Table `{}`: never written", R::SCHEMA.name),
        }
    }
}

impl<R: Row> Model for Table<R> {
    const NAME: &'static str = R::SCHEMA.name;
    const SOURCE: bool = <R::Source as Row>::SCHEMA.source.is_some();
    type Config = R::Config;

    fn build(config: R::Config, section: &Section) -> Result<Self> {
        let input = Input::new(&config, R::SCHEMA.source.as_ref(), section);
        Ok(Table { store: config.store(), input, ..Table::new() })
    }

    fn check(config: &R::Config) -> Result<(), String> {
        match (config.source(), &R::SCHEMA.source) {
            (Some(config), Some(schema)) => config.options(schema).check(),
            _ => Ok(()),
        }
    }

    fn describe() -> Description {
        Description {
            name: R::SCHEMA.name.to_owned(),
            kind: "table",
            doc: R::SCHEMA.doc.to_owned(),
            schema: Some(R::SCHEMA),
        }
    }

    fn seal(&mut self) -> Result<Size> {
        let frame = self.frame.take().ok_or_else(|| never_written(R::SCHEMA.name))?;
        let frame = if self.sealed { frame } else { contract::enforce(R::SCHEMA, frame).map_err(data)? };
        self.sealed = true;
        let size = Size { rows: Some(frame.height() as u64), bytes: frame.estimated_size() as u64 };
        self.frame = Some(frame);
        Ok(size)
    }

    fn defaults() -> toml::Table {
        let config = R::SCHEMA.source.as_ref().map(SourceConfig::of).unwrap_or_default();
        let config = SourceConfig { store: Some(stored_by_default::<R>()), ..config };
        toml::Table::try_from(config).unwrap_or_default()
    }

    fn storage(&self) -> Storage {
        self.store.unwrap_or(stored_by_default::<R>()).format().map_or(Storage::Memory, Storage::Table)
    }

    fn content(&self) -> Result<Content> {
        Ok(Content::Table(self.frame()?.clone()))
    }

    fn digest(&self) -> Result<Option<Digest>> {
        // Also where it is not stored.
        Ok(Some(Digest::of_frame(self.frame()?)))
    }

    fn restore(&mut self, content: Content) -> Result<()> {
        let Content::Table(frame) = content else {
            return Err(wrong_content::<Self>(&content));
        };
        self.put(frame)?;
        self.seal().map(|_| ())
    }

    fn observe(config: &R::Config, section: &Section, before: Option<&SourceState>) -> Result<Option<SourceState>> {
        let Some(input) = Input::new(config, R::SCHEMA.source.as_ref(), section) else { return Ok(None) };
        source::observe(input.path(R::SCHEMA.name)?, before).map_err(source_error)
    }

    fn observed(&self) -> Option<SourceState> {
        self.observed.clone()
    }

    fn visit_source<V: SourceVisitor>(visitor: V) -> Option<V::Output> {
        let source = <R::Source as Row>::SCHEMA.source.as_ref()?;
        Some(
            visitor
                .visit::<Table<R::Source>, Table<<R::Source as Row>::Rejects>>(source.rejects.is_some(), Table::load),
        )
    }
}

/// What can be put into a table of rows `R`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be put into a `Table<{R}>`",
    note = "put a polars `DataFrame`, a `LazyFrame`, or a `Vec<{R}>`"
)]
pub trait IntoFrame<R> {
    /// The content as a frame.
    ///
    /// # Errors
    ///
    /// When it has to be computed, and that fails.
    fn into_frame(self) -> PolarsResult<DataFrame>;
}

impl<R> IntoFrame<R> for DataFrame {
    fn into_frame(self) -> PolarsResult<DataFrame> {
        Ok(self)
    }
}

impl<R> IntoFrame<R> for LazyFrame {
    fn into_frame(self) -> PolarsResult<DataFrame> {
        self.collect()
    }
}

impl<R: Row> IntoFrame<R> for Vec<R> {
    fn into_frame(self) -> PolarsResult<DataFrame> {
        Ok(R::to_frame(self))
    }
}
