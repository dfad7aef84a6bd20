//! A table that is streamed into a Parquet file, and checked on the way.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use polars::prelude::{DataFrame, Engine, LazyFrame, PlanCallback, col, polars_err};

use super::{compute::streamed, data, handed::in_model};
use crate::contract::{self, Order, Pieces, query};
use crate::failure::Result;
use crate::model::parquet::{ParquetFile, ParquetSink};
use crate::model::provision::Scratch;
use crate::schema::{Check, TableSchema};

/// So many rows make a piece, and a row group of the file. Some pieces are in memory at a time, of what is read as of what
/// is written, so that their length is what a stored table takes; shorter ones cost more time than they save memory.
pub(super) const ROWS: usize = 1 << 16;

/// A table on its way into a file. Its pieces have the columns of the schema, in its order.
#[derive(Debug)]
pub(super) struct Writing {
    schema: &'static TableSchema,
    scratch: Arc<Scratch>,
    sink: ParquetSink,
    pieces: Pieces,
    order: Order,
}

impl Writing {
    /// Begins a table.
    pub(super) fn begin(schema: &'static TableSchema, scratch: &Arc<Scratch>) -> Result<Writing> {
        Ok(Writing {
            schema,
            scratch: Arc::clone(scratch),
            sink: ParquetSink::create(schema.name, &schema.polars(), Arc::clone(scratch))?,
            pieces: Pieces::new(schema),
            order: Order::new(schema),
        })
    }

    /// Takes the rows that come next.
    pub(super) fn add(&mut self, piece: DataFrame) -> Result<()> {
        self.pieces.add(&piece);
        self.order.add(&piece);
        self.sink.add(piece)
    }

    /// How many rows came.
    pub(super) fn rows(&self) -> usize {
        self.pieces.height()
    }

    /// Ends the table: checks what can only be seen across rows, and puts them in the declared order.
    ///
    /// Columns of the key and of `unique` are read together for that, unless the order shows that keys are distinct.
    pub(super) fn finish(self) -> Result<ParquetFile> {
        let Writing { schema, scratch, sink, pieces, order } = self;
        let file = sink.finish()?;
        let has_unique = schema.columns.iter().any(|column| column.checks.contains(&Check::Unique));
        let mut faults = Vec::new();
        let across = contract::columns_across(schema);
        if !across.is_empty() && (has_unique || !order.shows_distinct_keys()) {
            let columns: Vec<_> = across.iter().map(|&name| col(name)).collect();
            faults = contract::across(schema, &file.scan()?.select(columns).collect()?);
        }
        pieces.finish(faults).map_err(data)?;
        if order.is_kept() {
            return Ok(file);
        }
        let begin = || ParquetSink::create(schema.name, &schema.polars(), Arc::clone(&scratch));
        let sorted = stream(&query::ordered(schema, file.scan()?), begin)?.finish()?;
        file.remove();
        Ok(sorted)
    }
}

/// Writes a table whose contract was checked, and whose rows are in order.
pub(super) fn write(schema: &'static TableSchema, frame: &DataFrame, scratch: &Arc<Scratch>) -> Result<ParquetFile> {
    let mut sink = ParquetSink::create(schema.name, &schema.polars(), Arc::clone(scratch))?;
    slices(frame).try_for_each(|piece| sink.add(piece))?;
    sink.finish()
}

/// Computes a query that has the columns of the schema, and writes what comes of it.
pub(super) fn compute(schema: &'static TableSchema, query: &LazyFrame, scratch: &Arc<Scratch>) -> Result<ParquetFile> {
    let written = stream(query, || Writing::begin(schema, scratch)).map_err(|error| in_model(schema, error))?;
    written.finish()
}

/// Computes a query that has the columns of the schema into a file of rows, which need not keep the contract.
pub(super) fn rows(schema: &'static TableSchema, query: &LazyFrame, scratch: &Arc<Scratch>) -> Result<ParquetFile> {
    let sink = || ParquetSink::create(schema.name, &schema.polars(), Arc::clone(scratch));
    stream(query, sink).map_err(|error| in_model(schema, error))?.finish()
}

/// Somebody who takes a table piece by piece.
trait Takes: Send + 'static {
    fn take(&mut self, piece: DataFrame) -> Result<()>;
}

impl Takes for Writing {
    fn take(&mut self, piece: DataFrame) -> Result<()> {
        self.add(piece)
    }
}

impl Takes for ParquetSink {
    fn take(&mut self, piece: DataFrame) -> Result<()> {
        self.add(piece)
    }
}

/// Computes a query with the streaming engine, in its order. What that engine cannot do yet is computed in memory.
fn stream<T: Takes>(query: &LazyFrame, begin: impl Fn() -> Result<T>) -> Result<T> {
    let taker = Arc::new(Mutex::new((begin()?, None)));
    let shared = Arc::clone(&taker);
    let take = move |piece: DataFrame| {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.0.take(piece).map(|()| false).map_err(|error| {
            shared.1 = Some(error);
            polars_err!(ComputeError: "the rows cannot be taken")
        })
    };
    let batches = query.clone().sink_batches(PlanCallback::new(take), true, NonZeroUsize::new(ROWS))?;
    match streamed(|| batches.collect_with_engine(Engine::Streaming).map(drop)) {
        Some(ended) => {
            let taker = Arc::into_inner(taker).expect("the query has ended, and everything of it is gone");
            let (taker, trouble) = taker.into_inner().unwrap_or_else(PoisonError::into_inner);
            trouble.map_or(Ok(()), Err)?;
            ended?;
            Ok(taker)
        }
        None => {
            let frame = query.clone().collect()?;
            let mut taker = begin()?;
            slices(&frame).try_for_each(|piece| taker.take(piece))?;
            Ok(taker)
        }
    }
}

fn slices(frame: &DataFrame) -> impl Iterator<Item = DataFrame> {
    (0..frame.height()).step_by(ROWS).map(|from| frame.slice(from as i64, ROWS))
}
