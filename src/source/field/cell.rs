//! Reads values of a database, which bring their types along.

use polars::prelude::ChunkedBuilder;
use rusqlite::types::ValueRef;

use super::{Field, Reason, Values, must_not_be};
use crate::schema::ColumnType;

/// The greatest whole number up to which a 64-bit float tells all of them apart.
const EXACT: u64 = 1 << 53;

impl Field {
    /// Reads a value that was stored by its type: no numbers in texts, no `3.0` for a whole number.
    pub(in super::super) fn cell(&self, value: ValueRef<'_>, values: &mut Values) -> Result<(), Reason> {
        let ty = self.schema.ty;
        let is_read = match value {
            ValueRef::Null if self.schema.nullable => {
                values.null();
                Some(())
            }
            ValueRef::Null => return Err(must_not_be("null")),
            ValueRef::Integer(number) if ty.is_number() => values.whole(number),
            ValueRef::Integer(number) if ty != ColumnType::String => values.parse(&number.to_string(), '.', self),
            ValueRef::Real(number) => values.fraction(number),
            ValueRef::Text(bytes) if is_textual(ty) => match std::str::from_utf8(bytes) {
                Ok(text) => values.parse(text, '.', self),
                Err(_) => return Err("is not UTF-8".to_owned()),
            },
            _ => None,
        };
        is_read.ok_or_else(|| self.unlike(&shown(value).unwrap_or_default(), '.'))
    }

    /// What a value of this column is, in words.
    pub(in super::super) fn wanted(&self) -> String {
        let not = self.unlike("", '.');
        not.strip_prefix("is not ").unwrap_or(&not).to_owned()
    }

    /// When a value is, as a number that grows with time: days or microseconds. `None` where it is no time of this column.
    pub(in super::super) fn moment(&self, value: ValueRef<'_>) -> Option<i64> {
        let number;
        let text = match value {
            ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok()?,
            ValueRef::Integer(seconds) => {
                number = seconds.to_string();
                &number
            }
            _ => return None,
        };
        match self.schema.ty {
            ColumnType::Date => self.date(text).map(i64::from),
            ColumnType::Datetime => self.datetime(text),
            ColumnType::Instant => self.instant(text),
            _ => None,
        }
    }
}

/// What people are shown of a value, texts of numbers in quotes; nothing of a null.
pub(in super::super) fn shown(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(format!("{number:?}")),
        ValueRef::Text(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            let is_number = text.parse::<f64>().is_ok();
            Some(if is_number { format!("{text:?}") } else { text.into_owned() })
        }
        ValueRef::Blob(bytes) => Some(format!("blob of {} bytes", bytes.len())),
    }
}

fn is_textual(ty: ColumnType) -> bool {
    !ty.is_number() && ty != ColumnType::Boolean
}

impl Values {
    /// Appends a whole number to a column of numbers; `None` where it does not fit.
    fn whole(&mut self, number: i64) -> Option<()> {
        match self {
            Values::Int8(builder) => builder.append_value(number.try_into().ok()?),
            Values::Int16(builder) => builder.append_value(number.try_into().ok()?),
            Values::Int32(builder) => builder.append_value(number.try_into().ok()?),
            Values::Int64(builder) => builder.append_value(number),
            Values::UInt8(builder) => builder.append_value(number.try_into().ok()?),
            Values::UInt16(builder) => builder.append_value(number.try_into().ok()?),
            Values::UInt32(builder) => builder.append_value(number.try_into().ok()?),
            Values::UInt64(builder) => builder.append_value(number.try_into().ok()?),
            Values::Float32(_) | Values::Float64(_) if number.unsigned_abs() <= EXACT => {
                return self.fraction(number as f64);
            }
            _ => return None,
        }
        Some(())
    }

    /// Appends a number with a fraction to a column of such numbers; `None` where it does not fit.
    fn fraction(&mut self, number: f64) -> Option<()> {
        match self {
            Values::Float32(builder) => {
                let narrow = number as f32;
                builder.append_value((narrow.is_finite() || number.is_infinite()).then_some(narrow)?);
            }
            Values::Float64(builder) => builder.append_value(number),
            _ => return None,
        }
        Some(())
    }
}
