//! Typed column names, and the Rust types that a column can hold.

use std::fmt;
use std::marker::PhantomData;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use polars::prelude::{
    DataType, Expr, IntoSeries, NamedFrom, PlSmallStr, PolarsError, PolarsResult, Series, TimeUnit, TimeZone, col,
    polars_err,
};

use super::ColumnType;

/// The name of a column of row type `R`, which holds values of type `T`.
///
/// `#[derive(Row)]` makes one constant for each field, so that a misspelt column does not compile. It is a name
/// wherever polars takes one.
///
/// ```
/// use purvey::prelude::*;
///
/// /// One stay.
/// #[derive(Row, Clone, Debug, PartialEq)]
/// #[row(table = "stays")]
/// struct Stay {
///     hotel: String,
///     nights: i32,
/// }
///
/// assert_eq!(Stay::NIGHTS.name(), "nights");
/// let long = col(Stay::NIGHTS).gt(lit(7));
/// # let _ = long;
/// ```
pub struct Column<R, T> {
    name: &'static str,
    types: PhantomData<fn() -> (R, T)>,
}

impl<R, T> Column<R, T> {
    /// The column of this name; written by `#[derive(Row)]`.
    #[must_use]
    pub const fn new(name: &'static str) -> Column<R, T> {
        Column { name, types: PhantomData }
    }

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The polars expression for this column.
    pub fn expr(self) -> Expr {
        col(self.name)
    }
}

impl<R, T> Clone for Column<R, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, T> Copy for Column<R, T> {}

impl<R, T> fmt::Debug for Column<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Column({:?})", self.name)
    }
}

impl<R, T> fmt::Display for Column<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl<R, T> AsRef<str> for Column<R, T> {
    fn as_ref(&self) -> &str {
        self.name
    }
}

impl<R, T> From<Column<R, T>> for PlSmallStr {
    fn from(column: Column<R, T>) -> PlSmallStr {
        PlSmallStr::from_static(column.name)
    }
}

impl<R, T> From<Column<R, T>> for Expr {
    fn from(column: Column<R, T>) -> Expr {
        column.expr()
    }
}

/// A Rust type that a column can hold. `Option` of it is a nullable column.
///
/// | Rust | column |
/// |---|---|
/// | `bool`, `i8` … `i64`, `u8` … `u64`, `f32`, `f64`, `String` | the same |
/// | [`chrono::NaiveDate`] | date |
/// | [`chrono::NaiveDateTime`] | datetime in microseconds, no zone |
/// | [`chrono::DateTime<Utc>`] | instant in microseconds, UTC |
///
/// A type of your own (a room type, a currency) becomes one by turning itself into one of these and back.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a column of a table",
    label = "not a column type",
    note = "use `bool`, a number of at most 64 bits, `String`, `chrono::NaiveDate`, `chrono::NaiveDateTime` or \
            `chrono::DateTime<Utc>`, or `Option` of one of them; or implement `purvey::schema::Scalar` for your type"
)]
pub trait Scalar: Clone + Send + Sync + 'static {
    /// The column's type.
    const TYPE: ColumnType;

    /// Makes a column from values.
    fn series(name: PlSmallStr, values: Vec<Option<Self>>) -> Series;

    /// Takes the values out of a column of this type.
    ///
    /// # Errors
    ///
    /// When the column is of another type.
    fn values(series: &Series) -> PolarsResult<Vec<Option<Self>>>;
}

macro_rules! plain_scalar {
    ($($type:ty => $variant:ident, $accessor:ident;)*) => {$(
        impl Scalar for $type {
            const TYPE: ColumnType = ColumnType::$variant;

            fn series(name: PlSmallStr, values: Vec<Option<Self>>) -> Series {
                Series::new(name, values)
            }

            fn values(series: &Series) -> PolarsResult<Vec<Option<Self>>> {
                Ok(series.$accessor()?.iter().collect())
            }
        }
    )*};
}

plain_scalar! {
    bool => Boolean, bool;
    i8 => Int8, i8;
    i16 => Int16, i16;
    i32 => Int32, i32;
    i64 => Int64, i64;
    u8 => UInt8, u8;
    u16 => UInt16, u16;
    u32 => UInt32, u32;
    u64 => UInt64, u64;
    f32 => Float32, f32;
    f64 => Float64, f64;
}

impl Scalar for String {
    const TYPE: ColumnType = ColumnType::String;

    fn series(name: PlSmallStr, values: Vec<Option<Self>>) -> Series {
        Series::new(name, values)
    }

    fn values(series: &Series) -> PolarsResult<Vec<Option<Self>>> {
        Ok(series.str()?.iter().map(|text| text.map(str::to_owned)).collect())
    }
}

/// Days from 1970-01-01, which is how a date column counts.
fn days(date: NaiveDate) -> i32 {
    date.signed_duration_since(NaiveDate::default()).num_days() as i32
}

impl Scalar for NaiveDate {
    const TYPE: ColumnType = ColumnType::Date;

    fn series(name: PlSmallStr, values: Vec<Option<Self>>) -> Series {
        let days: Vec<Option<i32>> = values.into_iter().map(|date| date.map(days)).collect();
        Series::new(name, days).i32().map(|days| days.clone().into_date().into_series()).unwrap_or_default()
    }

    fn values(series: &Series) -> PolarsResult<Vec<Option<Self>>> {
        let date = |days: i32| NaiveDate::default().checked_add_signed(chrono::TimeDelta::days(days.into()));
        let inside = |days: i32| date(days).ok_or_else(|| beyond(series, days.into()));
        series.date()?.physical().iter().map(|days| days.map(inside).transpose()).collect()
    }
}

impl Scalar for NaiveDateTime {
    const TYPE: ColumnType = ColumnType::Datetime;

    fn series(name: PlSmallStr, values: Vec<Option<Self>>) -> Series {
        micros(name, values.into_iter().map(|time| time.map(|time| time.and_utc())), None)
    }

    fn values(series: &Series) -> PolarsResult<Vec<Option<Self>>> {
        Ok(instants(series)?.into_iter().map(|time| time.map(|time| time.naive_utc())).collect())
    }
}

impl Scalar for DateTime<Utc> {
    const TYPE: ColumnType = ColumnType::Instant;

    fn series(name: PlSmallStr, values: Vec<Option<Self>>) -> Series {
        micros(name, values.into_iter(), Some(TimeZone::UTC))
    }

    fn values(series: &Series) -> PolarsResult<Vec<Option<Self>>> {
        instants(series)
    }
}

fn micros(name: PlSmallStr, values: impl Iterator<Item = Option<DateTime<Utc>>>, zone: Option<TimeZone>) -> Series {
    let micros: Vec<Option<i64>> = values.map(|time| time.map(|time| time.timestamp_micros())).collect();
    Series::new(name, micros)
        .i64()
        .map(|micros| micros.clone().into_datetime(TimeUnit::Microseconds, zone).into_series())
        .unwrap_or_default()
}

fn instants(series: &Series) -> PolarsResult<Vec<Option<DateTime<Utc>>>> {
    let zone = match series.dtype() {
        DataType::Datetime(_, zone) => zone.clone(),
        _ => None,
    };
    let micros = series.cast(&DataType::Datetime(TimeUnit::Microseconds, zone))?;
    let micros = micros.datetime()?;
    let inside = |micros| DateTime::from_timestamp_micros(micros).ok_or_else(|| beyond(series, micros));
    micros.physical().iter().map(|micros| micros.map(inside).transpose()).collect()
}

/// The error of a day or time that a column can hold and [`chrono`] cannot.
fn beyond(series: &Series, value: i64) -> PolarsError {
    polars_err!(ComputeError: "column `{}` holds {value}, which is beyond the years that a date can have", series.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_into_a_column_and_come_out_the_same() {
        let dates = vec![Some(NaiveDate::MIN), None, NaiveDate::from_ymd_opt(2026, 11, 21), Some(NaiveDate::MAX)];
        let series = NaiveDate::series("date".into(), dates.clone());
        assert_eq!(NaiveDate::values(&series).unwrap(), dates);
    }

    #[test]
    fn a_date_that_no_calendar_has_is_an_error_and_not_null() {
        let days = Series::new("arrival".into(), [i32::MAX]);
        let series = days.i32().unwrap().clone().into_date().into_series();
        let error = NaiveDate::values(&series).unwrap_err().to_string();
        assert_eq!(error, "column `arrival` holds 2147483647, which is beyond the years that a date can have");
    }
}
