//! What can be put into a table.

use polars::prelude::{DataFrame, LazyFrame, PolarsResult};

use crate::model::Row;

/// What can be put into a table of rows `R`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be put into a `Table<{R}>`",
    note = "put a polars `DataFrame`, a `LazyFrame`, or a `Vec<{R}>`"
)]
pub trait IntoFrame<R>: Sized {
    /// The content as a frame.
    ///
    /// # Errors
    ///
    /// When it has to be computed, and that fails.
    fn into_frame(self) -> PolarsResult<DataFrame>;

    /// The content as a query, where it is one that has not been computed yet.
    ///
    /// # Errors
    ///
    /// The content itself, where it is not.
    fn into_plan(self) -> Result<LazyFrame, Self> {
        Err(self)
    }
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

    fn into_plan(self) -> Result<LazyFrame, LazyFrame> {
        Ok(self)
    }
}

impl<R: Row> IntoFrame<R> for Vec<R> {
    fn into_frame(self) -> PolarsResult<DataFrame> {
        Ok(R::to_frame(self))
    }
}
