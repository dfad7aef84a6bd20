//! Rows that could not be read, as a table of their own.

use std::marker::PhantomData;

use polars::prelude::{DataFrame, PolarsResult};

use super::row::derive::{column, frame, optional, required};
use super::{Row, SourceConfig, TableConfig};
use crate::schema::{Column, HandOver, REJECT_COLUMNS, Scalar, TableSchema};

/// A row of source `R` that could not be read, and why.
///
/// A source with `#[source(rejects = "unreadable_bookings")]` gives such rows to the model of that name instead of
/// failing; a task takes them as `&Table<Rejected<RawBooking>>`. They are stored like any other table.
///
/// ```
/// use purvey::prelude::*;
///
/// /// A booking as it was exported.
/// #[derive(Row, Clone, Debug, PartialEq)]
/// #[row(table = "raw_bookings", source)]
/// #[source(separator = ";", rejects = "unreadable_bookings")]
/// struct RawBooking {
///     booking_id: i64,
/// }
///
/// assert_eq!(<Table<Rejected<RawBooking>> as Model>::NAME, "unreadable_bookings");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected<R> {
    /// The file, by the name it was opened with.
    pub file: String,
    /// The line the record begins on, from 1 (the header of a CSV file is line 1).
    pub line: i64,
    /// The column that could not be read, as the file names it; `None` when it is the row as a whole.
    pub column: Option<String>,
    /// The text found.
    pub text: Option<String>,
    /// Why it could not be read.
    pub reason: String,
    row: PhantomData<fn() -> R>,
}

impl<R> Rejected<R> {
    /// The name of the column that holds [`file`](Rejected::file).
    pub const FILE: Column<Rejected<R>, String> = Column::new("file");
    /// The name of the column that holds [`line`](Rejected::line).
    pub const LINE: Column<Rejected<R>, i64> = Column::new("line");
    /// The name of the column that holds [`column`](Rejected::column).
    pub const COLUMN: Column<Rejected<R>, Option<String>> = Column::new("column");
    /// The name of the column that holds [`text`](Rejected::text).
    pub const TEXT: Column<Rejected<R>, Option<String>> = Column::new("text");
    /// The name of the column that holds [`reason`](Rejected::reason).
    pub const REASON: Column<Rejected<R>, String> = Column::new("reason");

    /// A rejected row, for tests of tasks that read them.
    pub fn new(
        file: impl Into<String>,
        line: i64,
        column: Option<&str>,
        text: Option<&str>,
        reason: impl Into<String>,
    ) -> Rejected<R> {
        Rejected {
            file: file.into(),
            line,
            column: column.map(str::to_owned),
            text: text.map(str::to_owned),
            reason: reason.into(),
            row: PhantomData,
        }
    }
}

impl<R> Rejected<R> {
    /// Where the row is and what is wrong with it.
    pub(super) fn sentence(&self) -> String {
        let Rejected { file, line, reason, .. } = self;
        match (&self.column, &self.text) {
            (Some(column), Some(text)) => format!("{file}:{line}: column `{column}`: `{text}` {reason}"),
            _ => format!("{file}:{line}: {reason}"),
        }
    }
}

impl<R: Row> Row for Rejected<R> {
    const SCHEMA: &'static TableSchema = &TableSchema {
        name: match R::SCHEMA.source {
            Some(source) => match source.rejects {
                Some(name) => name,
                None => panic!("this source has no `rejects = \"…\"`, so no row of it is ever rejected"),
            },
            None => panic!("this row type is not a source, so no row of it is ever rejected"),
        },
        doc: "Rows of the source that could not be read, and why.",
        columns: REJECT_COLUMNS,
        key: &[],
        order_by: &[],
        source: None,
        hand_over: HandOver::Memory,
        incremental: None,
        checks: &[],
        max_age: None,
        partition: None,
    };

    type Rejects = NoRejects;
    type Source = R;
    type Config = TableConfig;

    fn to_frame(rows: Vec<Self>) -> DataFrame {
        let height = rows.len();
        let mut file = Vec::with_capacity(height);
        let mut line = Vec::with_capacity(height);
        let mut name = Vec::with_capacity(height);
        let mut text = Vec::with_capacity(height);
        let mut reason = Vec::with_capacity(height);
        for row in rows {
            file.push(Some(row.file));
            line.push(Some(row.line));
            name.push(row.column);
            text.push(row.text);
            reason.push(Some(row.reason));
        }
        frame(
            height,
            vec![
                column("file", file, String::series),
                column("line", line, i64::series),
                column("column", name, String::series),
                column("text", text, String::series),
                column("reason", reason, String::series),
            ],
        )
    }

    fn from_frame(frame: &DataFrame) -> PolarsResult<Vec<Self>> {
        let files = required(frame, "file", String::values)?;
        let lines = required(frame, "line", i64::values)?;
        let columns = optional(frame, "column", String::values)?;
        let texts = optional(frame, "text", String::values)?;
        let reasons = required(frame, "reason", String::values)?;
        let rows = files.zip(lines).zip(columns).zip(texts).zip(reasons);
        Ok(rows
            .map(|((((file, line), column), text), reason)| Rejected {
                file,
                line,
                column,
                text,
                reason,
                row: PhantomData,
            })
            .collect())
    }
}

/// The rows that a source without `rejects` sets aside: none, for there each is an error. It has no values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRejects {}

impl Row for NoRejects {
    const SCHEMA: &'static TableSchema = &TableSchema {
        name: "no_rejects",
        doc: "Nothing: a source without rejects fails on a row that cannot be read.",
        columns: &[],
        key: &[],
        order_by: &[],
        source: None,
        hand_over: HandOver::Memory,
        incremental: None,
        checks: &[],
        max_age: None,
        partition: None,
    };

    type Rejects = NoRejects;
    type Source = NoRejects;
    type Config = SourceConfig;

    fn to_frame(_: Vec<Self>) -> DataFrame {
        DataFrame::empty()
    }

    fn from_frame(_: &DataFrame) -> PolarsResult<Vec<Self>> {
        Ok(Vec::new())
    }
}
