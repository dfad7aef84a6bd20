//! Reads fields that are written in the usual way, and stops at the first that is not.
//!
//! What is read here has the value that [`Field::text`] reads, which has the last word on all else, and knows why a text
//! is no value.

use chrono::{NaiveDate, NaiveDateTime};
use polars::prelude::{ChunkedBuilder, PolarsDataType, StringChunkedBuilder};

use super::{Field, Values, days, micros};

/// Bytes with fields in them.
#[derive(Clone, Copy)]
pub(in super::super) struct Region<'a> {
    pub(in super::super) bytes: &'a [u8],
    /// The bytes from some place on as text; `None` where each field must be looked at for itself.
    pub(in super::super) text: Option<(usize, &'a str)>,
}

impl Field {
    /// Appends the values of fields, which stand in the region from here to there, up to the first that is not written in
    /// the usual way; returns how many.
    pub(in super::super) fn usual(
        &self,
        values: &mut Values,
        region: Region<'_>,
        fields: impl Iterator<Item = (usize, usize)> + Clone,
    ) -> usize {
        let raw = || fields.clone().map(|(start, end)| &region.bytes[start..end]);
        match values {
            Values::Boolean(builder) => self.each(builder, raw(), |raw| match raw {
                b"true" | b"1" => Some(true),
                b"false" | b"0" => Some(false),
                _ => None,
            }),
            Values::Int8(builder) => self.each(builder, raw(), |raw| whole(raw)?.try_into().ok()),
            Values::Int16(builder) => self.each(builder, raw(), |raw| whole(raw)?.try_into().ok()),
            Values::Int32(builder) => self.each(builder, raw(), |raw| whole(raw)?.try_into().ok()),
            Values::Int64(builder) => self.each(builder, raw(), whole),
            Values::UInt8(builder) => self.each(builder, raw(), |raw| whole(raw)?.try_into().ok()),
            Values::UInt16(builder) => self.each(builder, raw(), |raw| whole(raw)?.try_into().ok()),
            Values::UInt32(builder) => self.each(builder, raw(), |raw| whole(raw)?.try_into().ok()),
            Values::UInt64(builder) => self.each(builder, raw(), |raw| whole(raw)?.try_into().ok()),
            Values::Float64(builder) => self.each(builder, raw(), |raw| fraction(raw, self.decimal)),
            Values::Date(builder) if self.format.as_deref() == Some("%Y-%m-%d") => {
                self.each(builder, raw(), |raw| days(date(raw)?))
            }
            Values::Datetime(builder) if self.format.as_deref() == Some("%Y-%m-%dT%H:%M:%S%.f") => {
                self.each(builder, raw(), |raw| micros(datetime(raw)?))
            }
            Values::String(builder) => match region.text {
                Some((begin, text)) => {
                    self.texts(builder, fields.map(|(start, end)| &text[start - begin..end - begin]))
                }
                None => 0,
            },
            Values::Float32(_) | Values::Date(_) | Values::Datetime(_) | Values::Instant(_) => 0,
        }
    }

    fn each<'a, N, T: PolarsDataType>(
        &self,
        builder: &mut impl ChunkedBuilder<N, T>,
        fields: impl Iterator<Item = &'a [u8]>,
        read: impl Fn(&[u8]) -> Option<N>,
    ) -> usize {
        let mut count = 0;
        for field in fields {
            if self.nulls.is(field) {
                if !self.schema.nullable {
                    break;
                }
                builder.append_null();
            } else if let Some(value) = read(field) {
                builder.append_value(value);
            } else {
                break;
            }
            count += 1;
        }
        count
    }

    fn texts<'a>(&self, builder: &mut StringChunkedBuilder, fields: impl Iterator<Item = &'a str>) -> usize {
        let mut count = 0;
        for field in fields {
            let text = match field.strip_prefix('"') {
                None => field,
                Some(rest) => match rest.strip_suffix('"') {
                    Some(inner) if !inner.is_empty() && !inner.contains('"') => inner,
                    _ => break,
                },
            };
            if !self.nulls.is(text.as_bytes()) {
                builder.append_value(text);
            } else if self.schema.nullable {
                builder.append_null();
            } else {
                break;
            }
            count += 1;
        }
        count
    }
}

/// A whole number of few digits.
#[inline]
fn whole(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut value = 0;
    for &digit in digits {
        value = value * 10 + digit_of(digit)?;
    }
    match negative {
        false => Some(value),
        // `-0` is no number without a sign.
        true => (value != 0).then_some(-value),
    }
}

/// A number with few digits and no exponent. The whole number that its digits make and the power of ten are both exact
/// as floating-point numbers, so that the one division rounds as reading all at once would.
#[inline]
fn fraction(text: &[u8], decimal: char) -> Option<f64> {
    const TENS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let (negative, text) = match text {
        [b'-', text @ ..] => (true, text),
        text => (false, text),
    };
    if text.is_empty() || text.len() > 16 || !text[0].is_ascii_digit() {
        return None;
    }
    let mut value = 0;
    let mut point = None;
    for (index, &byte) in text.iter().enumerate() {
        if byte == decimal as u8 && point.is_none() {
            point = Some(index);
        } else {
            value = value * 10 + digit_of(byte)?;
        }
    }
    let places = point.map_or(0, |point| text.len() - point - 1);
    if point.is_none() && text.len() > 15 {
        return None;
    }
    let value = value as f64 / TENS[places];
    Some(if negative { -value } else { value })
}

#[inline]
fn digit_of(byte: u8) -> Option<i64> {
    let digit = byte.wrapping_sub(b'0');
    (digit < 10).then_some(i64::from(digit))
}

/// A day as `2015-07-01`.
fn date(text: &[u8]) -> Option<NaiveDate> {
    let &[a, b, c, d, b'-', e, f, b'-', g, h] = text else { return None };
    let part = |digits: &[u8]| {
        u32::try_from(digits.iter().try_fold(0, |value, &digit| Some(value * 10 + digit_of(digit)?))?).ok()
    };
    NaiveDate::from_ymd_opt(part(&[a, b, c, d])?.try_into().ok()?, part(&[e, f])?, part(&[g, h])?)
}

/// A day and time as `2015-07-01T12:30:00`.
fn datetime(text: &[u8]) -> Option<NaiveDateTime> {
    let (day, time) = text.split_first_chunk::<10>()?;
    let &[b'T', a, b, b':', c, d, b':', e, f] = time else { return None };
    let part = |tens, ones| u32::try_from(digit_of(tens)? * 10 + digit_of(ones)?).ok();
    date(day)?.and_hms_opt(part(a, b)?, part(c, d)?, part(e, f)?)
}
