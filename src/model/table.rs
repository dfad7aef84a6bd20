//! Tables: rows of one type, held as a polars frame.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use polars::prelude::{DataFrame, Expr, IntoLazy, LazyFrame, col};

use super::config::StoreAs;
use super::provision::{Provision, Scratch};
use super::{Model, Row, Traced, never_written, written_twice};
use crate::contract;
use crate::failure::{Class, Error, Result};
use crate::schema::{HandOver, TableCheck, TableSchema};
use crate::source::SourceState;

mod as_model;
mod choice;
mod compute;
mod growth;
mod handed;
mod held;
mod input;
mod into_frame;
mod stored;
#[cfg(test)]
mod tests;

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
    /// Where the columns of the query come from that was put in.
    traced: Option<Traced>,
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
            traced: None,
            rows: PhantomData,
        }
    }

    /// A table of these rows.
    pub fn from_rows(rows: impl IntoIterator<Item = R>) -> Table<R> {
        let frame = R::to_frame(rows.into_iter().collect());
        Table { held: Held::Frame(frame.into()), ..Table::new() }
    }

    /// A table of this frame, checked against the row type.
    ///
    /// # Errors
    ///
    /// When the frame breaks the contract of the row type.
    pub fn from_frame(frame: DataFrame) -> Result<Table<R>> {
        let mut table = Table { held: Held::Frame(frame.into()), ..Table::new() };
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
        let content = content.into_plan();
        self.traced = content.as_ref().ok().and_then(Traced::of);
        let computed = match (content, self.in_effect()) {
            (Ok(plan), HandOver::Lazy | HandOver::Stored) => {
                self.held = Held::Query(Query::new(plan));
                return Ok(());
            }
            (Ok(plan), HandOver::Memory) => compute::frame(R::SCHEMA, plan),
            (Err(content), _) => content.into_frame(),
        };
        self.held = Held::Frame(computed.map_err(|error| in_model(R::SCHEMA, error.into()))?.into());
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
            Held::Frame(framed) => enforce(framed.into_frame())?,
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
                ((plan, None), ..) => {
                    enforce(compute::frame(R::SCHEMA, plan).map_err(|error| in_model(R::SCHEMA, error.into()))?)?
                }
            },
        };
        match self.scratch() {
            Some(scratch) => Ok(Held::File(stored::write(R::SCHEMA, &frame, &scratch)?.into())),
            None => Ok(Held::Frame(frame.into())),
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
