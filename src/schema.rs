//! What a table looks like: its columns, key, order and checks, as plain data that fits in a `const`.
//!
//! `#[derive(Row)]` writes these from a struct. Nothing here reads or checks a value; [`contract`](crate::contract)
//! and [`source`](crate::source) do.

use std::fmt;
use std::time::Duration;

use polars::prelude::{DataType, TimeUnit, TimeZone};
use serde::{Deserialize, Serialize};

mod column;
mod hand_over;
mod incremental;
mod share;
mod table_check;

pub use column::{Column, Scalar};
pub use hand_over::HandOver;
pub use incremental::Incremental;
pub use share::Share;
pub use table_check::{TableCheck, TableRule};

pub use crate::event::Severity;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ColumnType {
    /// `bool`.
    Boolean,
    /// `i8`.
    Int8,
    /// `i16`.
    Int16,
    /// `i32`.
    Int32,
    /// `i64`.
    Int64,
    /// `u8`.
    UInt8,
    /// `u16`.
    UInt16,
    /// `u32`.
    UInt32,
    /// `u64`.
    UInt64,
    /// `f32`.
    Float32,
    /// `f64`.
    Float64,
    /// UTF-8 text.
    String,
    /// A calendar day without a time zone.
    Date,
    /// A local date and time in microseconds, without a time zone.
    Datetime,
    /// An instant in microseconds, in UTC.
    Instant,
}

impl ColumnType {
    /// The word for this type in plans, schemas and errors.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ColumnType::Boolean => "boolean",
            ColumnType::Int8 => "int8",
            ColumnType::Int16 => "int16",
            ColumnType::Int32 => "int32",
            ColumnType::Int64 => "int64",
            ColumnType::UInt8 => "uint8",
            ColumnType::UInt16 => "uint16",
            ColumnType::UInt32 => "uint32",
            ColumnType::UInt64 => "uint64",
            ColumnType::Float32 => "float32",
            ColumnType::Float64 => "float64",
            ColumnType::String => "string",
            ColumnType::Date => "date",
            ColumnType::Datetime => "datetime",
            ColumnType::Instant => "instant",
        }
    }

    /// The polars type that holds it.
    #[must_use]
    pub fn dtype(self) -> DataType {
        match self {
            ColumnType::Boolean => DataType::Boolean,
            ColumnType::Int8 => DataType::Int8,
            ColumnType::Int16 => DataType::Int16,
            ColumnType::Int32 => DataType::Int32,
            ColumnType::Int64 => DataType::Int64,
            ColumnType::UInt8 => DataType::UInt8,
            ColumnType::UInt16 => DataType::UInt16,
            ColumnType::UInt32 => DataType::UInt32,
            ColumnType::UInt64 => DataType::UInt64,
            ColumnType::Float32 => DataType::Float32,
            ColumnType::Float64 => DataType::Float64,
            ColumnType::String => DataType::String,
            ColumnType::Date => DataType::Date,
            ColumnType::Datetime => DataType::Datetime(TimeUnit::Microseconds, None),
            ColumnType::Instant => DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)),
        }
    }

    /// Whether values of this type can tell which rows of a database are new: they have one order there and here.
    #[must_use]
    pub const fn can_be_watermark(self) -> bool {
        !matches!(self, ColumnType::Boolean | ColumnType::Float32 | ColumnType::Float64)
    }

    /// Whether values of this type are whole or fractional numbers.
    #[must_use]
    pub const fn is_number(self) -> bool {
        !matches!(
            self,
            ColumnType::Boolean | ColumnType::String | ColumnType::Date | ColumnType::Datetime | ColumnType::Instant
        )
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A bound of a [`Check`]: a number, or for dates and text a text (`"2015-07-01"`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A text, or a date written `YYYY-MM-DD`.
    Text(&'static str),
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bound::Int(bound) => bound.fmt(f),
            Bound::Float(bound) => bound.fmt(f),
            Bound::Text(bound) => write!(f, "{bound:?}"),
        }
    }
}

/// A rule that each value of a column keeps. Nulls keep every rule: whether they may occur is the column's own.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Check {
    /// `#[check(min = 0)]`: no value is less.
    Min(Bound),
    /// `#[check(max = 100)]`: no value is greater.
    Max(Bound),
    /// `#[check(one_of("BB", "HB"))]`: no other text occurs.
    OneOf(&'static [&'static str]),
    /// `#[check(matches = "^[A-Z]{3}$")]`: each text matches this regular expression, in polars' (Rust's) syntax.
    Matches(&'static str),
    /// `#[check(not_empty)]`: no text is empty.
    NotEmpty,
    /// `#[check(unique)]`: no value occurs twice.
    Unique,
    /// `#[check(finite)]`: no float is infinite or not a number.
    Finite,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Check::Min(bound) => write!(f, "min = {bound}"),
            Check::Max(bound) => write!(f, "max = {bound}"),
            Check::OneOf(texts) => {
                let quoted: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
                write!(f, "one_of({})", quoted.join(", "))
            }
            Check::Matches(pattern) => write!(f, "matches = {pattern:?}"),
            Check::NotEmpty => f.write_str("not_empty"),
            Check::Unique => f.write_str("unique"),
            Check::Finite => f.write_str("finite"),
        }
    }
}

/// One column of a table.
#[derive(Clone, Copy, Debug)]
pub struct ColumnSchema {
    /// The column's name.
    pub name: &'static str,
    /// Its type.
    pub ty: ColumnType,
    /// Whether it may hold nulls (`Option` in the struct).
    pub nullable: bool,
    /// The field's doc comment.
    pub doc: &'static str,
    /// The rules its values keep.
    pub checks: &'static [Check],
    /// The name of the field in a source file, where that is another one; dots reach into nested objects.
    pub from: Option<&'static str>,
    /// How a date or time is written in a source file, in strftime's letters.
    pub format: Option<&'static str>,
    /// Whether a source numbers its rows here (1, 2, …) instead of reading the column.
    pub row_number: bool,
}

impl ColumnSchema {
    /// The name of the field in a source file.
    #[must_use]
    pub const fn source_name(&self) -> &'static str {
        match self.from {
            Some(name) => name,
            None => self.name,
        }
    }
}

/// One term of a table's row order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderBy {
    /// The column.
    pub column: &'static str,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// Apache Parquet, compressed with zstd.
    Parquet,
    /// Comma-separated values with a header line.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// The Arrow IPC file format, also known as Feather 2.
    Ipc,
}

impl Format {
    /// The format of files with this ending, without a dot.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<Format> {
        [Format::Parquet, Format::Csv, Format::Ndjson, Format::Ipc]
            .into_iter()
            .find(|format| format.as_str() == extension)
    }

    /// The word for this format, which is also the ending of its files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Format::Parquet => "parquet",
            Format::Csv => "csv",
            Format::Ndjson => "ndjson",
            Format::Ipc => "ipc",
        }
    }
}

/// The text encoding of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark. Other bytes are an error.
    #[serde(rename = "utf-8")]
    Utf8,
    /// Windows-1252, the superset of ISO 8859-1 that files called "Latin-1" are in practice.
    #[serde(rename = "latin-1")]
    Latin1,
}

/// How the files of a source are written. Each field can be set by configuration, under the same name.
#[derive(Clone, Copy, Debug)]
pub struct SourceSchema {
    /// The form of the files; `None` goes by each file's ending.
    pub format: Option<Format>,
    /// What stands between two fields of a CSV file; an ASCII character.
    pub separator: char,
    /// What stands before the fraction of a number in a CSV file: `.` or `,`.
    pub decimal: char,
    /// Texts of a CSV file that mean null, besides the empty field.
    pub null_values: &'static [&'static str],
    /// The encoding of CSV and NDJSON files.
    pub encoding: Encoding,
    /// How dates are written, in strftime's letters, unless the column says otherwise.
    pub date_format: &'static str,
    /// How dates with times are written, likewise.
    pub datetime_format: &'static str,
    /// The name of the model that takes the rows which cannot be read; `None` makes such a row an error.
    pub rejects: Option<&'static str>,
    /// Whether the table that was read is stored and published like a provided one.
    pub publish: bool,
    /// Whether each file is read once: a run takes those that no run before it has published. The table is stored.
    pub once: bool,
    /// The table to read, where the file is an SQLite database.
    pub table: Option<&'static str>,
    /// The column of that table, by its name here, that tells new rows: a run takes those with a greater value than any run
    /// before it has published. The table is stored.
    pub watermark: Option<&'static str>,
}

impl SourceSchema {
    /// A comma-separated file in UTF-8 with ISO dates and decimal points, where a bad row is an error.
    pub const DEFAULT: SourceSchema = SourceSchema {
        format: None,
        separator: ',',
        decimal: '.',
        null_values: &[],
        encoding: Encoding::Utf8,
        date_format: "%Y-%m-%d",
        datetime_format: "%Y-%m-%dT%H:%M:%S%.f",
        rejects: None,
        publish: false,
        once: false,
        table: None,
        watermark: None,
    };
}

/// What a table looks like.
#[derive(Clone, Copy, Debug)]
pub struct TableSchema {
    /// The model's name.
    pub name: &'static str,
    /// The struct's doc comment.
    pub doc: &'static str,
    /// The columns, in order.
    pub columns: &'static [ColumnSchema],
    /// The columns whose values together name a row; empty where rows have no key.
    pub key: &'static [&'static str],
    /// The order rows are put in when the table is committed; empty keeps the task's own order.
    pub order_by: &'static [OrderBy],
    /// How it is read, for a source.
    pub source: Option<SourceSchema>,
    /// How it is handed to its readers, where the configuration says nothing.
    pub hand_over: HandOver,
    /// How it grows from run to run; `None` where each run makes it anew.
    pub incremental: Option<Incremental>,
    /// What holds of the table as a whole.
    pub checks: &'static [TableCheck],
    /// How old what is published may be.
    pub max_age: Option<Duration>,
    /// The column that says which partition a row belongs to, where the data of a chain is cut.
    pub partition: Option<&'static str>,
}

impl TableSchema {
    /// The column of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&'static ColumnSchema> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether rows that come in any order end up in the same one: its order tells all rows apart.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        let is_in_order = |column: &&str| self.order_by.iter().any(|term| term.column == *column);
        !self.key.is_empty() && self.key.iter().all(is_in_order)
    }

    /// The same as a polars schema.
    #[must_use]
    pub fn polars(&self) -> polars::prelude::Schema {
        self.columns.iter().map(|column| polars::prelude::Field::new(column.name.into(), column.ty.dtype())).collect()
    }
}

const fn plain(name: &'static str, ty: ColumnType, nullable: bool, doc: &'static str) -> ColumnSchema {
    ColumnSchema { name, ty, nullable, doc, checks: &[], from: None, format: None, row_number: false }
}

/// The columns of every table of rows that could not be read.
pub(crate) const REJECT_COLUMNS: &[ColumnSchema] = &[
    plain("file", ColumnType::String, false, "The file, by the name it was opened with."),
    plain("line", ColumnType::Int64, false, "The line the record begins on, from 1; the row in a file without lines."),
    plain("column", ColumnType::String, true, "The column that could not be read; null when it is the whole row."),
    plain("text", ColumnType::String, true, "The text found; null where there is none."),
    plain("reason", ColumnType::String, false, "Why it could not be read."),
];
