//! Tables: rows of one type, held as a polars frame.

use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use polars::prelude::{DataFrame, Expr, IntoLazy, LazyFrame, col};

use super::checks;
use super::config::{SourceConfig, StoreAs, TableOptions};
use super::provision::{Provision, Scratch};
use super::{
    Content, Description, Model, Row, Size, SourceVisitor, Storage, never_written, written_twice, wrong_content,
};
use crate::contract::{self, Whole};
use crate::digest::Digest;
use crate::failure::{Class, Error, Result};
use crate::schema::{Format, HandOver, TableCheck, TableSchema};
use crate::section::{Section, SectionError};
use crate::source::SourceState;

mod choice;
mod growth;
mod handed;
mod held;
mod input;
mod into_frame;
mod stored;
#[cfg(test)]
mod tests;

use choice::{check_growth, check_hand_over, check_once, hand_over, is_once, stored_by_default};
use growth::Growth;
use handed::{Handed, in_model, in_query};
use held::{Held, Query};
use input::Input;
pub use into_frame::IntoFrame;

/// Rows of type `R`, held as a polars frame.
///
/// A task fills one with [`put`](Table::put) and reads one with [`scan`](Table::scan), [`frame`](Table::frame) or
/// [`rows`](Table::rows). When the task ends, the frame is checked against the row type; columns of a narrower type are
/// widened (Int32 to Int64, say), anything else that differs is an error.
///
/// # How it is handed to its readers
///
/// `#[row(hand_over = "…")]` on the row type, or `hand_over = "…"` in `[models.<name>]`, which goes first. It counts in a
/// run; a table that was made by hand is a frame in memory. See [`HandOver`].
///
/// - `memory`: [`put`](Table::put) computes a query at once.
/// - `lazy`: a query is kept as it is. When the task ends, its columns are checked, without computing anything. Its one
///   reader computes it as a part of its own queries; rules about nulls and values are checked in the columns and rows
///   that it needs, and *what nobody reads is not checked*. Rules that look across rows (`key`, `unique`) are checked when
///   the task ends, in the columns that they are about, which are computed for it. Where several tasks read the table,
///   the first [`scan`](Table::scan), [`frame`](Table::frame), [`rows`](Table::rows) or [`height`](Table::height) computes
///   it for all of them, and checks it whole. It is not stored. A reader with several queries over it computes it in each,
///   unless it calls [`frame`](Table::frame) first.
/// - `stored`: when the task ends, the query is streamed into a Parquet file, and checked on the way;
///   [`scan`](Table::scan) reads from there. A key is checked in constant memory where it leads `order_by` and the rows
///   come in that order; else its columns are in memory together for that. Rows that come in another order than the
///   declared one are sorted after they were written, which takes the memory that polars needs for it.
///
/// # How it grows
///
/// With `#[row(incremental = "…")]` a table grows from run to run: what a task puts in goes to the rows that are published, in
/// the way that [`Incremental`](crate::schema::Incremental) says. The contract holds for the whole, which readers get.
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
    held: Held,
    sealed: bool,
    hand_over: HandOver,
    /// Where it is provided, in a run.
    provision: Option<Provision>,
    /// What it grows from, where a task of a run, or of a test, is to have it grow.
    growth: Option<Growth>,
    store: Option<StoreAs>,
    /// What holds of it as a whole.
    checks: Vec<TableCheck>,
    input: Option<Input>,
    /// How many rows were set aside when it was read, of how many.
    rejected: Option<(u64, u64)>,
    /// What the files were like that it was read from.
    observed: Option<SourceState>,
    rows: PhantomData<fn() -> R>,
}

impl<R: Row> Table<R> {
    /// The columns, key and checks of its rows.
    pub const SCHEMA: &'static TableSchema = R::SCHEMA;

    /// A table that nothing has been put into.
    #[must_use]
    pub fn new() -> Table<R> {
        Table {
            held: Held::Nothing,
            sealed: false,
            hand_over: R::SCHEMA.hand_over,
            provision: None,
            growth: None,
            store: None,
            checks: Vec::new(),
            input: None,
            rejected: None,
            observed: None,
            rows: PhantomData,
        }
    }

    /// A table of these rows.
    pub fn from_rows(rows: impl IntoIterator<Item = R>) -> Table<R> {
        let frame = R::to_frame(rows.into_iter().collect());
        Table { held: Held::Frame(frame), ..Table::new() }
    }

    /// A table of this frame, checked against the row type.
    ///
    /// # Errors
    ///
    /// When the frame breaks the contract of the row type.
    pub fn from_frame(frame: DataFrame) -> Result<Table<R>> {
        let mut table = Table { held: Held::Frame(frame), ..Table::new() };
        table.seal()?;
        Ok(table)
    }

    /// Puts the content in: a frame, a lazy query (which is computed now, unless the table is handed over in another way
    /// than in memory), or a vector of rows.
    ///
    /// # Errors
    ///
    /// When the query fails, or when something was put in before.
    pub fn put(&mut self, content: impl IntoFrame<R>) -> Result<()> {
        if !matches!(self.held, Held::Nothing) {
            return Err(written_twice(R::SCHEMA.name));
        }
        let content = match self.in_effect() {
            HandOver::Memory => Err(content),
            HandOver::Lazy | HandOver::Stored => content.into_plan(),
        };
        self.held = match content {
            Ok(plan) => Held::Query(Query::new(plan)),
            Err(content) => Held::Frame(content.into_frame().map_err(|error| in_model(R::SCHEMA, error.into()))?),
        };
        Ok(())
    }

    /// The content, in memory.
    ///
    /// # Errors
    ///
    /// When nothing has been put in, or when it has to be computed or read for this, and that fails.
    pub fn frame(&self) -> Result<&DataFrame> {
        self.held.frame(R::SCHEMA)
    }

    /// A lazy query over the content. Where nothing has been put in, the query fails when it is collected.
    pub fn scan(&self) -> LazyFrame {
        self.held.scan(R::SCHEMA).unwrap_or_else(|error| {
            let fail = move |_| Err(in_query(error.class(), error.to_string()));
            R::to_frame(Vec::new()).lazy().map(fail, Default::default(), None, Some("cannot be read"))
        })
    }

    /// The content as rows, in order.
    ///
    /// # Errors
    ///
    /// When nothing has been put in, when it breaks the contract of the row type, or when it has to be computed or read
    /// for this, and that fails.
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

    /// The number of rows; 0 where nothing has been put in, and where it has to be computed for this and cannot be.
    #[must_use]
    pub fn height(&self) -> usize {
        self.held.height(R::SCHEMA)
    }

    /// How it is handed over here: outside of a run there is nobody to hand it to.
    fn in_effect(&self) -> HandOver {
        self.provision.as_ref().map_or(HandOver::Memory, |_| self.hand_over)
    }

    /// Where files can be that its readers scan.
    fn scratch(&self) -> Option<Arc<Scratch>> {
        self.provision.as_ref().filter(|_| self.hand_over == HandOver::Stored)?.scratch.clone()
    }

    /// What was put in, checked, and as its readers get it.
    fn sealed(&self, held: Held) -> Result<Held> {
        let held = match &self.growth {
            Some(growth) => self.grown(growth, held)?,
            None => held,
        };
        let enforce = |frame| contract::enforce(R::SCHEMA, frame).map_err(data);
        let frame = match held {
            Held::Nothing => return Err(never_written(R::SCHEMA.name)),
            Held::Handed(_) | Held::File(_) => return Ok(held),
            Held::Frame(frame) => enforce(frame)?,
            Held::Query(query) => match (query.into_parts(), &self.provision, self.scratch()) {
                ((_, Some(frame)), ..) => enforce(frame)?,
                ((plan, None), _, Some(scratch)) => {
                    let plan = handed::conformed(R::SCHEMA, plan)?;
                    return Ok(Held::File(stored::compute(R::SCHEMA, &plan, &scratch)?.into()));
                }
                ((plan, None), Some(provision), None) if self.hand_over == HandOver::Lazy => {
                    let handed = Handed::new(R::SCHEMA, plan, &provision.task, provision.readers)?;
                    return Ok(Held::Handed(handed));
                }
                ((plan, None), ..) => enforce(plan.collect().map_err(|error| in_model(R::SCHEMA, error.into()))?)?,
            },
        };
        match self.scratch() {
            Some(scratch) => Ok(Held::File(stored::write(R::SCHEMA, &frame, &scratch)?.into())),
            None => Ok(Held::Frame(frame)),
        }
    }
}

fn data(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::from(error).classed(Class::Data)
}

impl<R: Row> Default for Table<R> {
    fn default() -> Self {
        Table::new()
    }
}

impl<R: Row> fmt::Debug for Table<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table `{}`: {:?}", R::SCHEMA.name, self.held)
    }
}

impl<R: Row> Model for Table<R> {
    const NAME: &'static str = R::SCHEMA.name;
    const SOURCE: bool = <R::Source as Row>::SCHEMA.source.is_some();
    const INCREMENTAL: bool = R::SCHEMA.incremental.is_some();
    const CHECKS: &'static [TableCheck] = R::SCHEMA.checks;
    type Config = R::Config;

    fn build(config: R::Config, section: &Section) -> Result<Self> {
        let input = Input::new(&config, R::SCHEMA.source.as_ref(), section);
        let hand_over = hand_over::<R>(&config);
        let store = config.store().unwrap_or_else(|| stored_by_default::<R>(hand_over, is_once::<R>(&config)));
        let checks = checks::in_effect::<R>(&config, section)?;
        Ok(Table { store: Some(store), hand_over, checks, input, ..Table::new() })
    }

    fn check(config: &R::Config, section: &Section) -> Result<(), SectionError> {
        let senseless = |message| section.senseless(message);
        check_hand_over::<R>(config).map_err(senseless)?;
        check_growth::<R>(config).map_err(senseless)?;
        check_once::<R>(config).map_err(senseless)?;
        if let (Some(config), Some(schema)) = (config.source(), &R::SCHEMA.source) {
            config.options(schema).check().map_err(senseless)?;
        }
        checks::in_effect::<R>(config, section).map(|_| ())
    }

    fn checks(config: &R::Config, section: &Section) -> Result<Vec<TableCheck>, SectionError> {
        checks::in_effect::<R>(config, section)
    }

    fn max_age(config: &R::Config) -> Option<Duration> {
        config.max_age().or(R::SCHEMA.max_age)
    }

    fn has_checks(&self) -> bool {
        !self.checks.is_empty()
    }

    fn whole(&self) -> Result<Option<Whole>> {
        let (checks, rejected) = (self.checks.clone(), self.rejected);
        let whole = match &self.held {
            Held::Frame(frame) => Whole::of_frame(R::SCHEMA, frame.clone()),
            held => Whole::of_query(R::SCHEMA, held.scan(R::SCHEMA)?),
        };
        let (rows, is_filed) = (self.held.size().rows, matches!(self.held, Held::File(_)));
        Ok(Some(Whole { checks, rejected, rows, is_filed, ..whole }))
    }

    fn describe() -> Description {
        Description {
            name: R::SCHEMA.name.to_owned(),
            kind: "table",
            doc: R::SCHEMA.doc.to_owned(),
            schema: Some(R::SCHEMA),
        }
    }

    fn prepare(&mut self, provision: Provision) {
        self.provision = Some(provision);
    }

    fn hand_over(&self) -> HandOver {
        self.hand_over
    }

    fn follow(&mut self, previous: Option<Content>) -> Result<()> {
        self.growth = Growth::new(R::SCHEMA, previous)?;
        Ok(())
    }

    fn handed_on(&self) -> Option<&str> {
        match &self.held {
            Held::Handed(handed) => handed.task(),
            _ => None,
        }
    }

    fn seal(&mut self) -> Result<Size> {
        let held = mem::replace(&mut self.held, Held::Nothing);
        self.held = if self.sealed { held } else { self.sealed(held)? };
        self.sealed = true;
        Ok(self.held.size())
    }

    fn defaults(config: &R::Config) -> toml::Table {
        let source = R::SCHEMA.source.as_ref().map(SourceConfig::of).unwrap_or_default();
        let store = Some(stored_by_default::<R>(hand_over::<R>(config), is_once::<R>(config)));
        let (hand_over, max_age) = (Some(R::SCHEMA.hand_over), R::SCHEMA.max_age);
        let defaults = SourceConfig { store, hand_over, max_age, ..source };
        toml::Table::try_from(defaults).unwrap_or_default()
    }

    fn storage(&self) -> Storage {
        let format = self.store.unwrap_or(stored_by_default::<R>(self.hand_over, false)).format();
        match (format, self.hand_over) {
            (None, _) => Storage::Memory,
            (Some(Format::Parquet), HandOver::Stored) => Storage::Scanned,
            (Some(format), _) => Storage::Table(format),
        }
    }

    fn content(&self) -> Result<Content> {
        match &self.held {
            Held::File(filed) => Ok(Content::Parquet(filed.file().clone())),
            held => Ok(Content::Table(held.frame(R::SCHEMA)?.clone())),
        }
    }

    fn digest(&self) -> Result<Option<Digest>> {
        match &self.held {
            // It cannot be told without computing it.
            Held::Handed(_) => Ok(None),
            Held::File(filed) => filed.file().digest().map(Some),
            // Also where it is not stored.
            held => Ok(Some(Digest::of_frame(held.frame(R::SCHEMA)?))),
        }
    }

    fn restore(&mut self, content: Content) -> Result<()> {
        match content {
            Content::Table(frame) => self.put(frame)?,
            Content::Parquet(file) if self.hand_over == HandOver::Stored => {
                let found = file.scan()?.collect_schema()?;
                contract::query::columns(R::SCHEMA, &found).map_err(data)?;
                self.held = Held::File(file.into());
            }
            Content::Parquet(file) => self.put(file.frame()?)?,
            other => return Err(wrong_content::<Self>(&other)),
        }
        self.seal().map(|_| ())
    }

    fn observe(config: &R::Config, section: &Section, before: Option<&SourceState>) -> Result<Option<SourceState>> {
        let Some(input) = Input::new(config, R::SCHEMA.source.as_ref(), section) else { return Ok(None) };
        input.observe(R::SCHEMA.name, before)
    }

    fn reads_once(config: &R::Config) -> bool {
        is_once::<R>(config)
    }

    fn leave_out(&mut self, taken: SourceState) {
        if let Some(input) = &mut self.input {
            input.leave_out(taken);
        }
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
