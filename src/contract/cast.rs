//! Which types turn into which others without losing anything.

use polars::prelude::{Column, DataType, TimeUnit};

use crate::schema::ColumnType;

/// The column as the declared type; `None` where something might be lost.
pub(super) fn lossless(column: &Column, to: ColumnType) -> Option<Column> {
    let target = to.dtype();
    if *column.dtype() == target {
        return Some(column.clone());
    }
    if !widens(column.dtype(), &target) {
        return None;
    }
    column.strict_cast(&target).ok()
}

/// Whether a column of this type can be the declared one, widened or as it is.
pub(super) fn becomes(from: &DataType, to: ColumnType) -> bool {
    let target = to.dtype();
    *from == target || widens(from, &target)
}

/// The word for a type: Purvey's where it has one, else that of polars.
pub(super) fn word(found: &DataType) -> String {
    use ColumnType::{
        Boolean, Date, Datetime, Float32, Float64, Instant, Int8, Int16, Int32, Int64, String, UInt8, UInt16, UInt32,
        UInt64,
    };
    let all = [
        Boolean, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64, Float32, Float64, String, Date, Datetime,
        Instant,
    ];
    let known = all.into_iter().find(|ty| ty.dtype() == *found);
    known.map_or_else(|| found.to_string(), |ty| ty.to_string())
}

fn widens(from: &DataType, to: &DataType) -> bool {
    use DataType::{
        Datetime, Float32, Float64, Int8, Int16, Int32, Int64, Null, String, UInt8, UInt16, UInt32, UInt64,
    };
    match to {
        _ if *from == Null => true,
        Int16 => matches!(from, Int8 | UInt8),
        Int32 => matches!(from, Int8 | Int16 | UInt8 | UInt16),
        Int64 => matches!(from, Int8 | Int16 | Int32 | UInt8 | UInt16 | UInt32),
        UInt16 => matches!(from, UInt8),
        UInt32 => matches!(from, UInt8 | UInt16),
        UInt64 => matches!(from, UInt8 | UInt16 | UInt32),
        Float64 => matches!(from, Float32 | Int8 | Int16 | Int32 | UInt8 | UInt16 | UInt32),
        String => from.is_categorical() || from.is_enum(),
        // Nanoseconds would be cut, and another time zone forgotten.
        Datetime(_, zone) => matches!(from, Datetime(TimeUnit::Milliseconds, found) if found == zone),
        _ => false,
    }
}
