//! The checks of a column, each as one pass that marks the values which break it.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use polars::prelude::{
    BooleanChunked, ChunkCompareEq, ChunkCompareIneq, ChunkFull, ChunkedArray, DataFrame, DataType, NamedFrom,
    PolarsError, PolarsNumericType, PolarsResult, Series, StringChunked, StringNameSpaceImpl, is_duplicated, is_in,
};

use crate::schema::{Bound, Check, ColumnType};

/// Marks the values of a column that break the check; nulls break none.
///
/// # Errors
///
/// A sentence, when the check makes no sense for the type.
pub(super) fn broken(check: Check, ty: ColumnType, values: &Series) -> Result<BooleanChunked, String> {
    let text = || values.str().map_err(|_| format!("it is for text, and the column is {ty}"));
    let broken = match check {
        Check::Min(bound) => beyond(Side::Below, bound, ty, values)?,
        Check::Max(bound) => beyond(Side::Above, bound, ty, values)?,
        Check::OneOf(allowed) => {
            let allowed = Series::new("allowed".into(), allowed).implode().map_err(sentence)?;
            text().and_then(|_| is_in(values, &allowed.into(), false).map_err(sentence)).map(|known| !known)?
        }
        Check::Matches(pattern) => !text()?.contains(pattern, true).map_err(|error| no_pattern(&error))?,
        Check::NotEmpty => text()?.equal(""),
        Check::Unique => is_duplicated(values).map_err(sentence)?,
        Check::Finite if values.dtype().is_float() => !values.is_finite().map_err(sentence)?,
        Check::Finite => return Err(format!("it is for floats, and the column is {ty}")),
    };
    Ok(if values.null_count() > 0 { broken & values.is_not_null() } else { broken })
}

/// Marks the rows that are equal to another row.
pub(super) fn duplicated(frame: &DataFrame) -> PolarsResult<BooleanChunked> {
    match frame.columns() {
        [only] => is_duplicated(only.as_materialized_series()),
        _ => frame.is_duplicated(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is the function for `map_err`")]
fn sentence(error: PolarsError) -> String {
    error.to_string()
}

/// The parser draws its error over several lines, of which the last says it.
fn no_pattern(error: &PolarsError) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    format!("the pattern is no regular expression: {}", last.trim_start_matches("error: "))
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Below,
    Above,
}

/// Marks the values on that side of the bound.
fn beyond(side: Side, bound: Bound, ty: ColumnType, values: &Series) -> Result<BooleanChunked, String> {
    let unlike = || format!("{ty} values cannot be compared with {bound}");
    let physical = values.to_physical_repr();
    if values.dtype().is_float() {
        return float(side, bound, &physical).ok_or_else(unlike);
    }
    if let (Ok(values), Bound::Text(bound)) = (values.str(), bound) {
        return Ok(text(side, bound, values));
    }
    let bound = match (ty, bound) {
        (ColumnType::Date, Bound::Text(text)) => day(text),
        (ColumnType::Datetime | ColumnType::Instant, Bound::Text(text)) => micros(text),
        (_, Bound::Int(bound)) if values.dtype().is_integer() => Some(bound),
        _ => None,
    };
    let bound = bound.ok_or_else(unlike)?;
    let marked = match physical.dtype() {
        DataType::Int8 => physical.i8().map(|values| whole(side, bound, values)),
        DataType::Int16 => physical.i16().map(|values| whole(side, bound, values)),
        DataType::Int32 => physical.i32().map(|values| whole(side, bound, values)),
        DataType::Int64 => physical.i64().map(|values| whole(side, bound, values)),
        DataType::UInt8 => physical.u8().map(|values| whole(side, bound, values)),
        DataType::UInt16 => physical.u16().map(|values| whole(side, bound, values)),
        DataType::UInt32 => physical.u32().map(|values| whole(side, bound, values)),
        DataType::UInt64 => physical.u64().map(|values| whole(side, bound, values)),
        _ => return Err(unlike()),
    };
    marked.map_err(sentence)
}

fn whole<T>(side: Side, bound: i64, values: &ChunkedArray<T>) -> BooleanChunked
where
    T: PolarsNumericType,
    T::Native: TryFrom<i64>,
{
    match (T::Native::try_from(bound), side) {
        (Ok(bound), Side::Below) => values.lt(bound),
        (Ok(bound), Side::Above) => values.gt(bound),
        // No value of this type reaches the bound: all are beyond it, or none.
        (Err(_), _) => BooleanChunked::full("beyond".into(), (bound > 0) == (side == Side::Below), values.len()),
    }
}

fn text(side: Side, bound: &str, values: &StringChunked) -> BooleanChunked {
    match side {
        Side::Below => values.lt(bound),
        Side::Above => values.gt(bound),
    }
}

/// Polars orders NaN above all numbers, but a rule about size says nothing about it.
fn float(side: Side, bound: Bound, values: &Series) -> Option<BooleanChunked> {
    let bound = match bound {
        Bound::Int(bound) => bound as f64,
        Bound::Float(bound) => bound,
        Bound::Text(_) => return None,
    };
    let values = values.cast(&DataType::Float64).ok()?;
    let values = values.f64().ok()?;
    Some(match side {
        Side::Below => values.lt(bound),
        Side::Above => values.gt(bound) & values.is_not_nan(),
    })
}

/// Days from 1970-01-01.
fn day(text: &str) -> Option<i64> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(day.signed_duration_since(NaiveDate::default()).num_days())
}

/// Microseconds from 1970-01-01; a day stands for its midnight, and a time without zone is UTC's.
fn micros(text: &str) -> Option<i64> {
    if let Some(days) = day(text) {
        return Some(days * 86_400_000_000);
    }
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|time| time.and_utc());
    let time = time.or_else(|_| DateTime::parse_from_rfc3339(text).map(|time| time.to_utc())).ok()?;
    Some(time.timestamp_micros())
}
