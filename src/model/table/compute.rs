//! How a query is computed.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use polars::prelude::{DataFrame, DslPlan, Engine, LazyFrame, PolarsResult};

use crate::failure::panic_text;
use crate::schema::TableSchema;

/// What comes of a query that is put into a table. One that scans files is computed piece by piece, for they may be larger than
/// memory; but only where the table puts its rows in order, for the streaming engine gives them in any.
pub(super) fn frame(schema: &TableSchema, query: LazyFrame) -> PolarsResult<DataFrame> {
    if schema.is_ordered()
        && scans_files(&query)
        && let Some(frame) = streamed(|| Ok(query.clone().collect_with_engine(Engine::Streaming)?.unwrap_single()))
    {
        return frame;
    }
    query.collect()
}

fn scans_files(query: &LazyFrame) -> bool {
    query.logical_plan.into_iter().any(|node| matches!(node, DslPlan::Scan { .. }))
}

/// What the streaming engine makes of a query; `None` where it cannot do that yet.
pub(super) fn streamed<T>(compute: impl FnOnce() -> PolarsResult<T>) -> Option<PolarsResult<T>> {
    // What was taken when it panics is thrown away.
    match catch_unwind(AssertUnwindSafe(compute)) {
        Ok(ended) => Some(ended),
        Err(panic) if is_not_there_yet(panic.as_ref()) => {
            log::warn!("polars cannot stream a part of a query yet, so the query is computed in memory");
            None
        }
        Err(panic) => resume_unwind(panic),
    }
}

/// Whether polars gave up at something that nobody has written yet.
fn is_not_there_yet(panic: &(dyn Any + Send)) -> bool {
    panic_text(panic).is_some_and(|text| text.contains("not yet implemented") || text.contains("not implemented"))
}
