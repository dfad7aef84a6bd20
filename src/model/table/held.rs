//! What a table holds: nothing yet, a frame, a query, or a file.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use polars::prelude::{DataFrame, DslPlan, LazyFrame, OptFlags};

use super::compute;
use super::handed::{Handed, in_model};
use crate::failure::{Error, Result};
use crate::model::parquet::ParquetFile;
use crate::model::{Leaf, Size, not_yet_written};
use crate::schema::TableSchema;

/// What a table holds.
pub(super) enum Held {
    /// Nothing was put in.
    Nothing,
    /// A frame.
    Frame(Framed),
    /// A query as it was put in.
    Query(Query),
    /// A query that is handed on.
    Handed(Handed),
    /// A file.
    File(Filed),
}

impl Held {
    /// The content, in memory.
    pub(super) fn frame(&self, schema: &'static TableSchema) -> Result<&DataFrame> {
        match self {
            Held::Nothing => Err(not_yet_written(schema.name)),
            Held::Frame(framed) => Ok(framed),
            Held::Query(query) => query.frame(schema).map_err(|error| in_model(schema, error)),
            Held::Handed(handed) => handed.frame(),
            Held::File(filed) => filed.frame().map_err(|error| in_model(schema, error)),
        }
    }

    /// A query over the content.
    pub(super) fn scan(&self, schema: &'static TableSchema) -> Result<LazyFrame> {
        match self {
            Held::Query(query) => Ok(query.plan.clone()),
            Held::Handed(handed) => handed.scan(),
            Held::File(filed) => filed.scan().map_err(|error| in_model(schema, error)),
            Held::Frame(framed) => Ok(framed.scan()),
            Held::Nothing => Err(not_yet_written(schema.name)),
        }
    }

    /// The number of rows; 0 where it cannot be told.
    pub(super) fn height(&self, schema: &'static TableSchema) -> usize {
        match self {
            Held::Nothing => 0,
            Held::File(filed) => usize::try_from(filed.file.rows()).unwrap_or(usize::MAX),
            held => held.frame(schema).map_or(0, DataFrame::height),
        }
    }

    /// Whether a query has this leaf because it reads what is held.
    pub(super) fn is_origin(&self, leaf: &Leaf) -> bool {
        match self {
            Held::Nothing | Held::Query(_) => false,
            Held::Frame(framed) => framed.is_origin(leaf),
            Held::Handed(handed) => handed.is_origin(leaf),
            Held::File(filed) => {
                leaf.is_file(filed.file.path()) || filed.frame.get().is_some_and(|framed| framed.is_origin(leaf))
            }
        }
    }

    /// How large it is, as far as that is known without computing anything.
    pub(super) fn size(&self) -> Size {
        match self {
            Held::Frame(frame) => Size { rows: Some(frame.height() as u64), bytes: frame.estimated_size() as u64 },
            Held::File(filed) => Size { rows: Some(filed.file.rows()), bytes: filed.file.size() },
            Held::Nothing | Held::Query(_) | Held::Handed(_) => Size::default(),
        }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Held::Nothing => f.write_str("never written"),
            Held::Frame(framed) => framed.0.fmt(f),
            Held::Query(_) => f.write_str("a query"),
            Held::Handed(handed) => match handed.task() {
                Some(task) => write!(f, "the plan of task `{task}`"),
                None => f.write_str("a plan that was computed"),
            },
            Held::File(filed) => write!(f, "{}", filed.file.path().display()),
        }
    }
}

/// A frame that is known again in the queries over it.
pub(super) struct Framed(Arc<DataFrame>);

impl Framed {
    /// A query over it.
    pub(super) fn scan(&self) -> LazyFrame {
        let (df, schema) = (Arc::clone(&self.0), Arc::clone(self.0.schema()));
        LazyFrame::from_logical_plan(DslPlan::DataFrameScan { df, schema }, OptFlags::default())
    }

    /// Whether a query has this leaf because it reads the frame.
    pub(super) fn is_origin(&self, leaf: &Leaf) -> bool {
        leaf.is_frame(&self.0)
    }

    /// The frame itself.
    pub(super) fn into_frame(self) -> DataFrame {
        Arc::unwrap_or_clone(self.0)
    }
}

impl From<DataFrame> for Framed {
    fn from(frame: DataFrame) -> Framed {
        Framed(Arc::new(frame))
    }
}

impl Deref for Framed {
    type Target = DataFrame;

    fn deref(&self) -> &DataFrame {
        &self.0
    }
}

/// A query as a task has put it in.
pub(super) struct Query {
    plan: LazyFrame,
    frame: OnceLock<DataFrame>,
}

impl Query {
    pub(super) fn new(plan: LazyFrame) -> Query {
        Query { plan, frame: OnceLock::new() }
    }

    /// What comes of it; the task that has put it in reads it back.
    fn frame(&self, schema: &TableSchema) -> Result<&DataFrame> {
        match self.frame.get() {
            Some(frame) => Ok(frame),
            None => {
                let frame = compute::frame(schema, self.plan.clone()).map_err(Error::from)?;
                Ok(self.frame.get_or_init(|| frame))
            }
        }
    }

    /// The query, and what came of it where it was computed.
    pub(super) fn into_parts(self) -> (LazyFrame, Option<DataFrame>) {
        (self.plan, self.frame.into_inner())
    }
}

/// A table in a file, and in memory once somebody wants it there.
pub(super) struct Filed {
    file: ParquetFile,
    frame: OnceLock<Framed>,
}

impl Filed {
    pub(super) fn file(&self) -> &ParquetFile {
        &self.file
    }

    fn frame(&self) -> Result<&DataFrame> {
        match self.frame.get() {
            Some(frame) => Ok(frame),
            None => {
                let frame = self.file.frame()?.into();
                Ok(self.frame.get_or_init(|| frame))
            }
        }
    }

    fn scan(&self) -> Result<LazyFrame> {
        match self.frame.get() {
            Some(framed) => Ok(framed.scan()),
            None => Ok(self.file.scan()?),
        }
    }
}

impl From<ParquetFile> for Filed {
    fn from(file: ParquetFile) -> Filed {
        Filed { file, frame: OnceLock::new() }
    }
}
