//! Reads CSV, a part of a file at a time.
//!
//! A part is split into records and fields first, some hundreds of records at a time, and then read column by column, so
//! that one loop does one thing to bytes that are at hand. What is unusual about a field is left to a slower way.

use std::borrow::Cow;

use self::marks::{WINDOW, Walk};
use self::records::{Odd, Records};
use super::field::{Field, Reason, Region, Values};
use super::file::decode;
use super::rows::{Fault, Part, Reject, Rows};
use crate::schema::{ColumnType, Encoding};
use crate::words;

mod header;
mod marks;
mod records;

pub(super) use header::{Header, header};

/// How a CSV file is written.
#[derive(Clone, Copy)]
pub(super) struct Dialect {
    pub(super) separator: u8,
    pub(super) encoding: Encoding,
    /// Whether `""` is the empty text where nothing between two separators is null; otherwise both are null.
    pub(super) quoted_empty: bool,
}

/// Records that are split before their columns are read: so many that they stay in a core's own cache.
const BATCH: usize = 512;

/// The end of the last record that ends in these bytes, which begin with a record.
pub(super) fn end_of_records(bytes: &[u8], separator: u8) -> Option<usize> {
    if memchr::memchr(b'"', bytes).is_none() {
        return memchr::memrchr2(b'\n', b'\r', bytes).map(|at| at + 1);
    }
    let mut walk = Walk::new(separator);
    let mut end = None;
    for (index, window) in bytes.chunks(WINDOW).enumerate() {
        let lines = walk.next(window).lines;
        if lines != 0 {
            end = Some(index * WINDOW + WINDOW - lines.leading_zeros() as usize);
        }
    }
    end
}

/// How many lines end in these bytes.
pub(super) fn lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Reads bytes that begin with a record, and end with one or with the file.
pub(super) fn read(bytes: &[u8], header: &Header, fields: &[Field], keep_rejects: bool) -> Part {
    let lines = lines(bytes);
    let mut rows = Rows::new(fields, keep_rejects, lines as usize + 1);
    let mut records = Records::new(bytes, header.dialect.separator, header.width);
    let mut place = Place { bytes, counted: 0, line: 1 };
    let mut unclosed = None;
    while unclosed.is_none() && !rows.is_over() && records.advance(BATCH) {
        unclosed = records.unclosed();
        add(&records, header, &mut rows, &mut place);
    }
    let mut part = rows.finish(lines);
    if let Some(start) = unclosed {
        // It is not the record's fields that are wrong.
        part.rejects.pop_if(|reject| reject.record == part.records);
        part.unclosed = Some(place.line_of(start));
    }
    part
}

/// Adds the records of a batch.
fn add(records: &Records<'_>, header: &Header, rows: &mut Rows<'_>, place: &mut Place<'_>) {
    let bytes = records.bytes();
    let (begin, end) = records.span();
    let text = match header.dialect.encoding {
        Encoding::Latin1 if !bytes[begin..end].is_ascii() => None,
        _ => std::str::from_utf8(&bytes[begin..end]).ok(),
    };
    let region = Region { bytes, text: text.map(|text| (begin, text)) };
    let mut faults: Vec<Option<Fault>> = Vec::new();
    for ((field, values), &position) in rows.columns().zip(&header.positions) {
        let mut row = if field.name.is_some() { 0 } else { records.height() };
        while row < records.height() {
            row += field.usual(values, region, records.fields(position, row));
            let Some((start, end)) = records.fields(position, row).next() else { break };
            if let Err((text, reason)) = unusual(&bytes[start..end], header.dialect, field, values) {
                values.null();
                faults.resize_with(records.height(), || None);
                faults[row].get_or_insert(Fault { column: field.name, text, reason });
            }
            row += 1;
        }
    }

    let (height, total) = (records.height(), records.height() + records.odd().len());
    let (mut bad, mut rejects) = (Vec::new(), Vec::new());
    if !faults.is_empty() || height < total {
        let mut faults = faults.into_iter();
        let mut odd = records.odd().iter().peekable();
        let mut row = 0;
        for record in 1..=total as u64 {
            let (start, fault) = match odd.next_if(|odd| odd.before == row) {
                Some(odd) => (odd.start, Some(of_another_length(odd, header, bytes))),
                None => {
                    row += 1;
                    (records.start(row - 1), faults.next().flatten().inspect(|_| bad.push(row - 1)))
                }
            };
            if let Some(fault) = fault {
                rejects.push(Reject { record, line: Some(place.line_of(start)), fault });
            }
        }
    }
    rows.add_batch(height, bad, total as u64, rejects);
}

fn of_another_length(odd: &Odd, header: &Header, bytes: &[u8]) -> Fault {
    let text = String::from_utf8_lossy(&bytes[odd.start..odd.end]).trim_ascii_end().to_owned();
    let reason = format!("has {}, and the header has {}", words::count(odd.fields as u64, "field"), header.width);
    Fault { column: None, text: Some(text), reason }
}

/// Reads a field that may be written in any way.
fn unusual(raw: &[u8], dialect: Dialect, field: &Field, values: &mut Values) -> Result<(), (Option<String>, Reason)> {
    let bytes = unquoted(raw);
    if bytes.is_empty() && dialect.quoted_empty && field.schema.ty == ColumnType::String {
        match raw.is_empty() {
            true => values.null(),
            false => values.string(""),
        }
        return Ok(());
    }
    let Some(text) = decode(&bytes, dialect.encoding) else {
        let reason = "is not UTF-8; say `encoding = \"latin-1\"` if the file is written so";
        return Err((Some(String::from_utf8_lossy(&bytes).into_owned()), reason.to_owned()));
    };
    field.text(&text, values).map_err(|reason| ((!text.is_empty()).then(|| text.into_owned()), reason))
}

/// What a field says: without the quotes around it, and with one for two within. What follows the closing quote is part
/// of the field, as it stands.
fn unquoted(raw: &[u8]) -> Cow<'_, [u8]> {
    let Some(mut rest) = raw.strip_prefix(b"\"") else { return Cow::Borrowed(raw) };
    let mut content = Vec::with_capacity(rest.len());
    while let Some(quote) = memchr::memchr(b'"', rest) {
        content.extend_from_slice(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest.strip_prefix(b"\"") {
            Some(after) => {
                content.push(b'"');
                rest = after;
            }
            None => break,
        }
    }
    content.extend_from_slice(rest);
    Cow::Owned(content)
}

/// Where in the bytes a record is. Lines are counted when somebody asks, and never twice.
struct Place<'a> {
    bytes: &'a [u8],
    counted: usize,
    line: u64,
}

impl Place<'_> {
    /// The line of a byte, which is not before any that was asked for.
    fn line_of(&mut self, byte: usize) -> u64 {
        self.line += lines(&self.bytes[self.counted..byte]);
        self.counted = byte;
        self.line
    }
}
