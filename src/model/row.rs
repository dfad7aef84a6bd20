//! What `#[derive(Row)]` writes.

use polars::prelude::{DataFrame, PolarsResult};

use super::TableOptions;
use crate::schema::TableSchema;

/// A struct that is one row of a table. Derive it.
///
/// ```
/// use chrono::NaiveDate;
/// use purvey::prelude::*;
///
/// /// One booking, typed and checked.
/// #[derive(Row, Clone, Debug, PartialEq)]
/// #[row(table = "clean_bookings", key = "booking_id", order_by = "arrival, booking_id desc")]
/// pub struct CleanBooking {
///     /// Number of the booking.
///     pub booking_id: i64,
///     pub arrival: NaiveDate,
///     #[check(min = 0)]
///     pub nights: i32,
///     /// Average daily rate, in the chain's currency; unknown for some.
///     pub adr: Option<f64>,
/// }
///
/// assert_eq!(CleanBooking::SCHEMA.columns[3].doc, "Average daily rate, in the chain's currency; unknown for some.");
/// assert!(CleanBooking::SCHEMA.columns[3].nullable);
/// ```
///
/// # Attributes
///
/// On the struct, `#[row(…)]`:
///
/// | | |
/// |---|---|
/// | `table = "name"` | the model's name; required |
/// | `key = "a, b"` | these columns together name a row: no nulls, no duplicates |
/// | `order_by = "a, b desc"` | rows are put in this order when the table is committed; nulls first |
/// | `hand_over = "lazy"` | how its readers get it: `memory` (the default), `lazy` or `stored`; see [`Table`](super::Table) |
/// | `incremental = "merge"` | it grows from run to run: `append`, `merge` (by `key`; `latest = "a"` says which row stays) or `replace` (`by = "a, b"` says which rows go); see [`Incremental`](crate::schema::Incremental) |
/// | `partition = "night"` | in a chain with `[partitions]`, each row lies in the partition of the run by this column: a date where they are days, weeks or months, an instant (`DateTime<Utc>`) where they are of time, the key as a text where they are a list |
/// | `max_age = "26h"` | how old what is published may be; `check freshness` tells |
/// | `source` | the table is read from files when no task provides it; see `#[source(…)]` |
///
/// On the struct, `#[check(…)]` says what holds of the table as a whole, any of: `rows(min = 1, max = 100)`,
/// `change(max = "50%")`, `unique("a, b")`, `relation(column = "agent", to = Agent::ID)`, `holds(function)`,
/// `rejected(max = "1%")`; see [`TableRule`](crate::schema::TableRule). Each may have `severity = "warn"`, and a `name` that
/// the configuration knows it by.
///
/// On the struct of a source, `#[source(…)]`, each with the configuration key of the same name in
/// `[models.<name>]`: `format = "csv"`, `separator = ";"`, `decimal = ","`, `null_values("NULL", "NA")`,
/// `encoding = "latin-1"`, `date_format = "%d.%m.%Y"`, `datetime_format = "…"`. Besides, `rejects = "name"` gives rows
/// that cannot be read to a model of that name ([`Rejected`](super::Rejected)) instead of failing, `publish` stores
/// the table that was read beside the provided ones, and `once` has each file read once, by the first run that publishes.
///
/// On a field of a source, `#[row(…)]`: `from = "Anreise"` for another name in the source file (`"guest.country"` reaches into
/// nested JSON), `format = "%d.%m.%Y"` for dates and times, `row_number` to number the source's rows from 1.
///
/// On a field, `#[check(…)]`, any of: `min = 0`, `max = 100`, `one_of("a", "b")`, `matches = "regex"`, `not_empty`,
/// `unique`, `finite`. A check that makes no sense for the column's type does not compile.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row of a table",
    label = "made of something that is not a row",
    note = "put `#[derive(Row)]` and `#[row(table = \"…\")]` on the struct"
)]
pub trait Row: Sized + Send + Sync + 'static {
    /// Columns, key, order and checks.
    const SCHEMA: &'static TableSchema;

    /// The row type of what cannot be read; [`NoRejects`](super::NoRejects) where that is an error.
    type Rejects: Row;

    /// The row type of the source whose reading makes these rows: this one, or for rejected rows the one they were to be.
    type Source: Row;

    /// What `[models.<name>]` may say.
    type Config: TableOptions;

    /// Makes a frame of rows; the columns are those of the schema, in its order.
    fn to_frame(rows: Vec<Self>) -> DataFrame;

    /// Takes the rows out of a frame that keeps the contract of this row type.
    ///
    /// # Errors
    ///
    /// When a column is missing, of another type, or null where no null may be.
    fn from_frame(frame: &DataFrame) -> PolarsResult<Vec<Self>>;
}

/// Called by the code that `#[derive(Row)]` writes.
#[doc(hidden)]
pub(crate) mod derive {
    use crate::schema::{self, Bound, Check, ColumnType};

    /// The name of the table that a column is in.
    pub const fn table_of<R: super::Row, T>(_: schema::Column<R, T>) -> &'static str {
        R::SCHEMA.name
    }

    // None of these functions asks for a `Scalar`: the macro names the functions of the trait itself, wherever it needs
    // them, so that the compiler says of a field's type that it is no `Scalar` in the same words and only once.

    use polars::prelude::{Column, DataFrame, PlSmallStr, PolarsError, PolarsResult, Series, polars_err};

    /// Reads a column as values; [`Scalar::values`](crate::schema::Scalar::values) of the field's type.
    type Values<T> = fn(&Series) -> PolarsResult<Vec<Option<T>>>;

    /// Makes a column of values; [`Scalar::series`](crate::schema::Scalar::series) of the field's type.
    type MakeSeries<T> = fn(PlSmallStr, Vec<Option<T>>) -> Series;

    /// A column of the frame as values.
    pub fn optional<T>(
        frame: &DataFrame,
        name: &str,
        values: Values<T>,
    ) -> PolarsResult<std::vec::IntoIter<Option<T>>> {
        Ok(values(frame.column(name)?.as_materialized_series())?.into_iter())
    }

    /// The same for a column without nulls.
    pub fn required<T>(frame: &DataFrame, name: &str, values: Values<T>) -> PolarsResult<std::vec::IntoIter<T>> {
        let values: Option<Vec<T>> = optional(frame, name, values)?.collect();
        values.map(Vec::into_iter).ok_or_else(|| -> PolarsError {
            polars_err!(ComputeError: "column `{name}` holds nulls, and its field is not an `Option`")
        })
    }

    /// A column of values.
    pub fn column<T>(name: &'static str, values: Vec<Option<T>>, series: MakeSeries<T>) -> Column {
        series(name.into(), values).into()
    }

    /// A frame of columns of one height.
    pub fn frame(height: usize, columns: Vec<Column>) -> DataFrame {
        DataFrame::new(height, columns).expect("the columns are made from the same rows, so they are of one height")
    }

    /// Why a column of this type cannot say which partition a row belongs to; `None` where it can.
    pub const fn partition_misfit(ty: ColumnType) -> Option<&'static str> {
        match ty {
            ColumnType::Date | ColumnType::Instant | ColumnType::String => None,
            _ => Some("`partition` names a column of dates, of instants (`DateTime<Utc>`) or of texts"),
        }
    }

    /// Why a column of this type cannot tell which rows are new; `None` where it can.
    pub const fn watermark_misfit(ty: ColumnType) -> Option<&'static str> {
        match ty.can_be_watermark() {
            true => None,
            false => Some("`watermark` names a column of whole numbers, of texts, of dates or of times"),
        }
    }

    /// Why a check makes no sense for a column of this type; `None` where it does.
    pub const fn misfit(check: &Check, ty: ColumnType) -> Option<&'static str> {
        let float = matches!(ty, ColumnType::Float32 | ColumnType::Float64);
        let text = matches!(ty, ColumnType::String);
        let time = matches!(ty, ColumnType::Date | ColumnType::Datetime | ColumnType::Instant);
        match check {
            Check::Min(bound) | Check::Max(bound) => match bound {
                Bound::Int(_) if !ty.is_number() => Some("a number as a bound is for a column of numbers"),
                Bound::Float(_) if !float => Some("a bound with a fraction is for a column of `f32` or `f64`"),
                Bound::Text(_) if !text && !time => Some("a text as a bound is for a column of texts, dates or times"),
                _ => None,
            },
            Check::OneOf(_) if !text => Some("`one_of` is for a column of texts"),
            Check::Matches(_) if !text => Some("`matches` is for a column of texts"),
            Check::NotEmpty if !text => {
                Some("`not_empty` is for a column of texts; a column without `Option` has no nulls")
            }
            Check::Finite if !float => Some("`finite` is for a column of `f32` or `f64`"),
            _ => None,
        }
    }
}
