//! Reads CSV.

use csv::ByteRecord;

use super::field::{Field, Reason, Values};
use super::file::decode;
use super::rows::Rows;
use super::{ColumnFault, SourceError};
use crate::nearest;
use crate::schema::{ColumnType, Encoding};
use crate::words;

/// How a CSV file is written.
#[derive(Clone, Copy)]
pub(super) struct Dialect {
    pub(super) separator: u8,
    pub(super) encoding: Encoding,
    /// Whether `""` is the empty text where nothing between two separators is null; otherwise both are null.
    pub(super) quoted_empty: bool,
}

/// Reads the bytes of a file into rows.
pub(super) fn read(data: &[u8], dialect: Dialect, rows: &mut Rows<'_>) -> Result<(), SourceError> {
    let data = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(dialect.separator)
        .buffer_capacity(1 << 16)
        .from_reader(data);
    let mut place = Place { data, counted: 0, line: 1 };
    let mut record = ByteRecord::new();

    let path = rows.path();
    if !reader.read_byte_record(&mut record).expect(FROM_MEMORY) {
        return Err(SourceError::EmptyFile { path: path.to_owned() });
    }
    place.check_closed(0, reader.position().byte(), dialect, rows)?;
    let header = header(&record, dialect).ok_or_else(|| SourceError::Encoding { path: path.to_owned() })?;
    let positions = positions(&header, rows)?;
    drop(header);
    let width = record.len();

    loop {
        let start = place.begin(reader.position().byte());
        if !reader.read_byte_record(&mut record).expect(FROM_MEMORY) {
            return Ok(());
        }
        let end = reader.position().byte();
        place.check_closed(start, end, dialect, rows)?;
        if record.len() != width {
            let text = String::from_utf8_lossy(&data[start..end as usize]);
            let reason = format!("has {}, and the header has {width}", words::count(record.len() as u64, "field"));
            rows.skip(place.line_of(start), text.trim_ascii_end(), reason)?;
            continue;
        }
        let line = || place.line_of(start);
        rows.push(line, |index, field, values| {
            let bytes = &record[positions[index]];
            if bytes.is_empty() && dialect.quoted_empty && field.schema.ty == ColumnType::String {
                match is_quoted(&record, positions[index], &data[start..]) {
                    true => values.string(""),
                    false => values.null(),
                }
                return Ok(());
            }
            fill(bytes, dialect.encoding, field, values)
        })?;
    }
}

const FROM_MEMORY: &str = "reading records of any length from memory cannot fail";

fn fill(
    bytes: &[u8],
    encoding: Encoding,
    field: &Field<'_>,
    values: &mut Values,
) -> Result<(), (Option<String>, Reason)> {
    let Some(text) = decode(bytes, encoding) else {
        let reason = "is not UTF-8; say `encoding = \"latin-1\"` if the file is written so";
        return Err((Some(String::from_utf8_lossy(bytes).into_owned()), reason.to_owned()));
    };
    field.text(&text, values).map_err(|reason| ((!text.is_empty()).then(|| text.into_owned()), reason))
}

/// The names in the header line, without white space around them.
fn header(record: &ByteRecord, dialect: Dialect) -> Option<Vec<String>> {
    record.iter().map(|name| Some(decode(name, dialect.encoding)?.trim_ascii().to_owned())).collect()
}

/// The position of each field of the row type in the records of the file; 0 for one that is not read.
fn positions(header: &[String], rows: &Rows<'_>) -> Result<Vec<usize>, SourceError> {
    let wanted = |name: &str| rows.fields().iter().any(|field| field.name == Some(name));
    let mut extra: Vec<&str> = header.iter().map(String::as_str).filter(|name| !wanted(name)).collect();
    let mut faults = Vec::new();
    let mut positions = Vec::with_capacity(rows.fields().len());
    for field in rows.fields() {
        let Some(name) = field.name else {
            positions.push(0);
            continue;
        };
        match header.iter().position(|found| found == name) {
            Some(position) => positions.push(position),
            None => {
                let similar = nearest::name(name, extra.iter().copied());
                // A slip of the pen is one fault, not one column too few and one too many.
                extra.retain(|&name| Some(name) != similar.as_deref());
                faults.push(ColumnFault::Missing { column: name.to_owned(), similar });
            }
        }
    }
    for (index, name) in header.iter().enumerate() {
        if header[..index].contains(name) {
            faults.push(ColumnFault::Duplicate { column: name.clone() });
        } else if extra.contains(&name.as_str()) {
            faults.push(ColumnFault::Extra { column: name.clone() });
        }
    }
    if faults.is_empty() {
        return Ok(positions);
    }
    Err(SourceError::Columns { path: rows.path().to_owned(), model: rows.model(), faults })
}

/// Where in the file a record is. Lines are counted when somebody asks, and never twice.
struct Place<'a> {
    data: &'a [u8],
    counted: usize,
    line: u64,
}

impl Place<'_> {
    /// The first byte of the record that is read from here, past line ends and blank lines.
    fn begin(&self, from: u64) -> usize {
        let from = from as usize;
        let blank = self.data[from..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        from + blank
    }

    /// The line of a byte, which is not before any that was asked for.
    fn line_of(&mut self, byte: usize) -> u64 {
        self.line += self.data[self.counted..byte].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.counted = byte;
        self.line
    }

    /// Refuses a record that ends with the file, in the middle of a quoted field: the reader does not mind.
    fn check_closed(&mut self, start: usize, end: u64, dialect: Dialect, rows: &Rows<'_>) -> Result<(), SourceError> {
        if end as usize != self.data.len() || !is_unclosed(&self.data[start..], dialect.separator) {
            return Ok(());
        }
        Err(SourceError::UnclosedQuote { path: rows.path().to_owned(), line: self.line_of(start) })
    }
}

/// Whether the last field of the record is quoted to its end.
fn is_unclosed(record: &[u8], separator: u8) -> bool {
    #[derive(PartialEq)]
    enum At {
        Start,
        Plain,
        Quoted,
        Quote,
    }
    let mut at = At::Start;
    for &byte in record {
        at = match (at, byte) {
            (At::Start | At::Quote, b'"') => At::Quoted,
            (At::Quoted, b'"') => At::Quote,
            (At::Quoted, _) => At::Quoted,
            (_, byte) if byte == separator => At::Start,
            _ => At::Plain,
        };
    }
    at == At::Quoted
}

/// Whether a field stands in quotes, in a record that a store has written: there, only text is quoted, and every quote
/// within is doubled.
fn is_quoted(record: &ByteRecord, position: usize, raw: &[u8]) -> bool {
    let mut at = 0;
    for field in record.iter().take(position) {
        let quotes = field.iter().filter(|byte| **byte == b'"').count();
        let marks = if raw.get(at) == Some(&b'"') { 2 } else { 0 };
        at += field.len() + quotes + marks + 1;
    }
    raw.get(at) == Some(&b'"')
}
