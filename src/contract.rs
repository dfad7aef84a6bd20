//! The contract of a table: what a frame must be like to be a table of its row type.

use polars::prelude::DataFrame;

use crate::schema::TableSchema;

/// Checks a frame against a schema; returns it with columns widened and rows in the declared order.
///
/// # Errors
///
/// [`Breach`] with every fault of the frame.
pub fn enforce(schema: &'static TableSchema, frame: DataFrame) -> Result<DataFrame, Breach> {
    let _ = schema;
    Ok(frame)
}

/// A frame that is not a table of its row type, with everything that is wrong.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("breach")]
pub struct Breach {}
