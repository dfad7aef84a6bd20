//! One field: from the text of a file to a value in its column.

use std::fmt::Write;
use std::num::ParseIntError;
use std::str::FromStr;

use chrono::format::{Item, Parsed, StrftimeItems, parse};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use polars::prelude::{
    BooleanChunkedBuilder, ChunkedBuilder, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    IntoSeries, PrimitiveChunkedBuilder, Series, StringChunkedBuilder, TimeUnit, TimeZone, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};

use super::SourceOptions;
use crate::schema::{ColumnSchema, ColumnType};

mod cell;
mod quick;

pub(super) use cell::shown;
pub(super) use quick::Region;

/// How the texts of one column are read.
pub(super) struct Field {
    /// The name in the file; `None` where rows are numbered instead.
    pub(super) name: Option<&'static str>,
    pub(super) schema: &'static ColumnSchema,
    nulls: Nulls,
    decimal: char,
    /// How dates and times are written; `None` stands for RFC 3339.
    format: Option<String>,
    items: Vec<Item<'static>>,
}

/// The texts that mean null in a column, besides the empty one.
struct Nulls {
    texts: Vec<Vec<u8>>,
    /// Whether one of them begins with this byte.
    begin: [bool; 256],
}

impl Nulls {
    /// White space around a value is no part of it, unless it is a string: a text with some is never found.
    fn new(ty: ColumnType, texts: &[String]) -> Nulls {
        let mut nulls = Nulls { texts: Vec::new(), begin: [false; 256] };
        for text in texts.iter().map(String::as_bytes) {
            if let Some(&first) = text.first()
                && (ty == ColumnType::String || text == text.trim_ascii())
            {
                nulls.begin[usize::from(first)] = true;
                nulls.texts.push(text.to_owned());
            }
        }
        nulls
    }

    /// Whether this text, or none at all, means null.
    #[inline]
    fn is(&self, text: &[u8]) -> bool {
        let Some(&first) = text.first() else { return true };
        self.begin[usize::from(first)] && self.texts.iter().any(|null| null == text)
    }
}

/// Why a text is not a value of its column, as the end of a sentence that begins with the text.
pub(super) type Reason = String;

impl Field {
    /// A column of a file from outside.
    pub(super) fn outside(schema: &'static ColumnSchema, options: &SourceOptions) -> Field {
        let name = (!schema.row_number).then(|| schema.source_name());
        Field::new(name, schema, schema.format, options)
    }

    /// A column of a file that a store wrote.
    pub(super) fn stored(schema: &'static ColumnSchema, options: &SourceOptions) -> Field {
        Field::new(Some(schema.name), schema, None, options)
    }

    fn new(
        name: Option<&'static str>,
        schema: &'static ColumnSchema,
        own_format: Option<&'static str>,
        options: &SourceOptions,
    ) -> Field {
        let format = match schema.ty {
            ColumnType::Date => Some(own_format.unwrap_or(&options.date_format)),
            ColumnType::Datetime => Some(own_format.unwrap_or(&options.datetime_format)),
            ColumnType::Instant => own_format,
            _ => None,
        };
        let items = format.map(|format| StrftimeItems::new(format).map(Item::to_owned).collect()).unwrap_or_default();
        let nulls = Nulls::new(schema.ty, &options.null_values);
        Field { name, schema, nulls, decimal: options.decimal, format: format.map(str::to_owned), items }
    }

    /// Reads the text of a CSV field. White space around anything but a string is no part of it.
    pub(super) fn text(&self, text: &str, values: &mut Values) -> Result<(), Reason> {
        let is_string = self.schema.ty == ColumnType::String;
        let text = if is_string { text } else { text.trim_ascii() };
        let empty = text.is_empty();
        if !self.nulls.is(text.as_bytes()) {
            return self.value(text, self.decimal, values);
        }
        if self.schema.nullable {
            values.null();
        } else if empty && is_string {
            values.string("");
        } else {
            return Err(must_not_be(if empty { "empty" } else { "a null value" }));
        }
        Ok(())
    }

    /// Reads a JSON value, given as its text.
    pub(super) fn json(&self, value: Option<&str>, values: &mut Values) -> Result<(), Reason> {
        let Some(value) = value.filter(|value| *value != "null") else {
            if self.schema.nullable {
                values.null();
                return Ok(());
            }
            return Err(must_not_be(if value.is_some() { "null" } else { "absent" }));
        };
        let ty = self.schema.ty;
        let is_textual = !ty.is_number() && ty != ColumnType::Boolean;
        match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
            _ if ty == ColumnType::Boolean && !matches!(value, "true" | "false") => {
                Err("is not `true` or `false`".to_owned())
            }
            Some(text) if is_textual && !text.contains('\\') => self.value(text, '.', values),
            Some(_) if is_textual => match serde_json::from_str::<String>(value) {
                Ok(text) => self.value(&text, '.', values),
                Err(_) => Err("is not Unicode text".to_owned()),
            },
            None if !is_textual => self.value(value, '.', values),
            _ => Err(self.unlike(value, '.')),
        }
    }

    /// A column of these row numbers, of which there are so many.
    pub(super) fn numbers(&self, height: usize, numbers: impl Iterator<Item = u64>) -> Series {
        let mut values = Values::new(self.schema, height);
        numbers.for_each(|number| values.number(number));
        values.finish()
    }

    fn value(&self, text: &str, decimal: char, values: &mut Values) -> Result<(), Reason> {
        values.parse(text, decimal, self).ok_or_else(|| self.unlike(text, decimal))
    }

    /// What is wrong with a text that is not a value of this column.
    fn unlike(&self, text: &str, decimal: char) -> Reason {
        let ty = self.schema.ty;
        match (ty, &self.format) {
            (ColumnType::Boolean, _) => "is not `true`, `false`, `1` or `0`".to_owned(),
            (ColumnType::String, _) => "is not a string".to_owned(),
            (ColumnType::Float32 | ColumnType::Float64, _) => match number::<f64>(text, decimal) {
                Some(_) => format!("does not fit {ty}"),
                None => "is not a number".to_owned(),
            },
            (ColumnType::Date, Some(format)) => format!("is not a date like `{format}`"),
            (_, Some(format)) => format!("is not a time like `{format}`, to the microsecond"),
            (ColumnType::Instant, None) => "is not a time like `2024-01-31T12:00:00Z`, to the microsecond".to_owned(),
            _ if text.parse::<i128>().is_ok() => format!("does not fit {ty}"),
            _ => "is not a whole number".to_owned(),
        }
    }

    fn parsed(&self, text: &str) -> Option<Parsed> {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, self.items.iter()).ok()?;
        Some(parsed)
    }

    fn date(&self, text: &str) -> Option<i32> {
        days(self.parsed(text)?.to_naive_date().ok()?)
    }

    fn datetime(&self, text: &str) -> Option<i64> {
        micros(self.parsed(text)?.to_naive_datetime_with_offset(0).ok()?)
    }

    fn instant(&self, text: &str) -> Option<i64> {
        let time: DateTime<Utc> = match &self.format {
            Some(_) => self.parsed(text)?.to_datetime().ok()?.to_utc(),
            None => DateTime::parse_from_rfc3339(text).ok()?.to_utc(),
        };
        micros(time.naive_utc())
    }
}

/// Says what is wrong with a pattern for dates or times.
pub(super) fn check_format(key: &str, pattern: &str, ty: ColumnType) -> Result<(), String> {
    let sample = NaiveDate::from_ymd_opt(2015, 7, 1).and_then(|day| day.and_hms_opt(12, 34, 56)).expect("it exists");
    let items: Vec<Item<'_>> = StrftimeItems::new(pattern).collect();
    let mut written = String::new();
    let mut parsed = Parsed::new();
    let tells = write!(written, "{}", sample.format_with_items(items.iter())).is_ok()
        && parse(&mut parsed, &written, items.iter()).is_ok()
        && match ty {
            ColumnType::Date => parsed.to_naive_date().is_ok(),
            _ => parsed.to_naive_datetime_with_offset(0).is_ok(),
        };
    if tells {
        return Ok(());
    }
    let (what, example) = match ty {
        ColumnType::Date => ("a day", "%d.%m.%Y"),
        _ => ("a day and time", "%d.%m.%Y %H:%M:%S"),
    };
    Err(format!("`{key}` is {pattern:?}, which does not tell {what}; write it like `{example}`"))
}

/// Why a null cannot be taken.
pub(super) fn must_not_be(null: &str) -> Reason {
    format!("is {null}, and the field is not an `Option`")
}

/// Days from 1970-01-01.
fn days(date: NaiveDate) -> Option<i32> {
    i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days()).ok()
}

/// Microseconds from 1970-01-01; `None` where there is more to the time than that.
fn micros(time: NaiveDateTime) -> Option<i64> {
    let time = time.and_utc();
    time.timestamp_subsec_nanos().is_multiple_of(1000).then(|| time.timestamp_micros())
}

fn whole<T: FromStr<Err = ParseIntError>>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// A number with a fraction, as Rust writes them (so also `NaN` and `inf`), but for the decimal sign.
fn number<T: FromStr>(text: &str, decimal: char) -> Option<T> {
    if decimal == '.' {
        return text.parse().ok();
    }
    let mut buffer = [0; 64];
    let digits = buffer.get_mut(..text.len())?;
    digits.copy_from_slice(text.as_bytes());
    for digit in digits.iter_mut() {
        match *digit {
            b'.' => return None,
            b',' => *digit = b'.',
            _ => {}
        }
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The values of one column so far.
pub(super) enum Values {
    Boolean(BooleanChunkedBuilder),
    Int8(PrimitiveChunkedBuilder<Int8Type>),
    Int16(PrimitiveChunkedBuilder<Int16Type>),
    Int32(PrimitiveChunkedBuilder<Int32Type>),
    Int64(PrimitiveChunkedBuilder<Int64Type>),
    UInt8(PrimitiveChunkedBuilder<UInt8Type>),
    UInt16(PrimitiveChunkedBuilder<UInt16Type>),
    UInt32(PrimitiveChunkedBuilder<UInt32Type>),
    UInt64(PrimitiveChunkedBuilder<UInt64Type>),
    Float32(PrimitiveChunkedBuilder<Float32Type>),
    Float64(PrimitiveChunkedBuilder<Float64Type>),
    String(StringChunkedBuilder),
    Date(PrimitiveChunkedBuilder<Int32Type>),
    Datetime(PrimitiveChunkedBuilder<Int64Type>),
    Instant(PrimitiveChunkedBuilder<Int64Type>),
}

/// Does the same with the builder of whichever type.
macro_rules! each {
    ($values:expr, $builder:ident => $action:expr) => {
        match $values {
            Values::Boolean($builder) => $action,
            Values::Int8($builder) => $action,
            Values::Int16($builder) => $action,
            Values::Int32($builder) | Values::Date($builder) => $action,
            Values::Int64($builder) | Values::Datetime($builder) | Values::Instant($builder) => $action,
            Values::UInt8($builder) => $action,
            Values::UInt16($builder) => $action,
            Values::UInt32($builder) => $action,
            Values::UInt64($builder) => $action,
            Values::Float32($builder) => $action,
            Values::Float64($builder) => $action,
            Values::String($builder) => $action,
        }
    };
}

impl Values {
    /// None so far, and room for so many.
    pub(super) fn new(schema: &ColumnSchema, capacity: usize) -> Values {
        let name = schema.name.into();
        match schema.ty {
            ColumnType::Boolean => Values::Boolean(BooleanChunkedBuilder::new(name, capacity)),
            ColumnType::Int8 => Values::Int8(PrimitiveChunkedBuilder::new(name, capacity)),
            ColumnType::Int16 => Values::Int16(PrimitiveChunkedBuilder::new(name, capacity)),
            ColumnType::Int32 => Values::Int32(PrimitiveChunkedBuilder::new(name, capacity)),
            ColumnType::Int64 => Values::Int64(PrimitiveChunkedBuilder::new(name, capacity)),
            ColumnType::UInt8 => Values::UInt8(PrimitiveChunkedBuilder::new(name, capacity)),
            ColumnType::UInt16 => Values::UInt16(PrimitiveChunkedBuilder::new(name, capacity)),
            ColumnType::UInt32 => Values::UInt32(PrimitiveChunkedBuilder::new(name, capacity)),
            ColumnType::UInt64 => Values::UInt64(PrimitiveChunkedBuilder::new(name, capacity)),
            ColumnType::Float32 => Values::Float32(PrimitiveChunkedBuilder::new(name, capacity)),
            ColumnType::Float64 => Values::Float64(PrimitiveChunkedBuilder::new(name, capacity)),
            ColumnType::String => Values::String(StringChunkedBuilder::new(name, capacity)),
            ColumnType::Date => Values::Date(PrimitiveChunkedBuilder::new(name, capacity)),
            ColumnType::Datetime => Values::Datetime(PrimitiveChunkedBuilder::new(name, capacity)),
            ColumnType::Instant => Values::Instant(PrimitiveChunkedBuilder::new(name, capacity)),
        }
    }

    pub(super) fn null(&mut self) {
        each!(self, builder => builder.append_null());
    }

    /// Appends a row number to a column of whole numbers. One that does not fit is null, which no contract lets pass.
    pub(super) fn number(&mut self, number: u64) {
        match self {
            Values::Int32(builder) => builder.append_option(number.try_into().ok()),
            Values::Int64(builder) => builder.append_option(number.try_into().ok()),
            Values::UInt32(builder) => builder.append_option(number.try_into().ok()),
            Values::UInt64(builder) => builder.append_value(number),
            values => values.null(),
        }
    }

    /// Appends a text to a column of strings.
    pub(super) fn string(&mut self, text: &str) {
        if let Values::String(builder) = self {
            builder.append_value(text);
        }
    }

    /// Appends the value that the text stands for, which is not null; `None` where it stands for none.
    fn parse(&mut self, text: &str, decimal: char, field: &Field) -> Option<()> {
        match self {
            Values::Boolean(builder) => builder.append_value(match text {
                "true" | "1" => true,
                "false" | "0" => false,
                _ => return None,
            }),
            Values::Int8(builder) => builder.append_value(whole(text)?),
            Values::Int16(builder) => builder.append_value(whole(text)?),
            Values::Int32(builder) => builder.append_value(whole(text)?),
            Values::Int64(builder) => builder.append_value(whole(text)?),
            Values::UInt8(builder) => builder.append_value(whole(text)?),
            Values::UInt16(builder) => builder.append_value(whole(text)?),
            Values::UInt32(builder) => builder.append_value(whole(text)?),
            Values::UInt64(builder) => builder.append_value(whole(text)?),
            Values::Float32(builder) => {
                builder.append_value(number(text, decimal).filter(|value: &f32| value.is_finite() || is_word(text))?);
            }
            Values::Float64(builder) => {
                builder.append_value(number(text, decimal).filter(|value: &f64| value.is_finite() || is_word(text))?);
            }
            Values::String(builder) => builder.append_value(text),
            Values::Date(builder) => builder.append_value(field.date(text)?),
            Values::Datetime(builder) => builder.append_value(field.datetime(text)?),
            Values::Instant(builder) => builder.append_value(field.instant(text)?),
        }
        Some(())
    }

    pub(super) fn finish(self) -> Series {
        match self {
            Values::Date(builder) => builder.finish().into_date().into_series(),
            Values::Datetime(builder) => builder.finish().into_datetime(TimeUnit::Microseconds, None).into_series(),
            Values::Instant(builder) => {
                builder.finish().into_datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)).into_series()
            }
            values => each!(values, builder => builder.finish().into_series()),
        }
    }
}

/// Whether a number is written as a word, such as `inf`: digits that come out as infinity are too large.
fn is_word(text: &str) -> bool {
    !text.bytes().any(|byte| byte.is_ascii_digit())
}
