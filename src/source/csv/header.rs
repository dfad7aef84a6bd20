//! Reads the header of a CSV file, and finds the columns that are wanted in it.

use std::path::Path;

use csv::ByteRecord;

use super::super::field::Field;
use super::super::file::decode;
use super::super::{ColumnFault, Source, SourceError};
use super::Dialect;
use super::marks::{WINDOW, Walk};
use crate::nearest;

/// What a file's header says of its records.
pub(in super::super) struct Header {
    pub(super) dialect: Dialect,
    /// How many fields a record has.
    pub(super) width: usize,
    /// The position of each field of the row type in a record; 0 for one that is not in the file.
    pub(super) positions: Vec<usize>,
}

/// The header of a file of which these are the first bytes, and where it ends; `None` where there are only blank lines.
pub(in super::super) fn header(
    data: &[u8],
    dialect: Dialect,
    source: &Source,
    path: &Path,
) -> Result<Option<(Header, usize)>, SourceError> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(dialect.separator).from_reader(data);
    let mut record = ByteRecord::new();
    if !reader.read_byte_record(&mut record).expect("reading records of any length from memory cannot fail") {
        return Ok(None);
    }
    let end = reader.position().byte() as usize;
    if end == data.len() {
        let begin = data.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let mut walk = Walk::new(dialect.separator);
        data[begin..].chunks(WINDOW).for_each(|window| {
            walk.next(window);
        });
        if walk.is_quoted() {
            let line = 1 + super::lines(&data[..begin]);
            return Err(SourceError::UnclosedQuote { path: path.to_owned(), line });
        }
    }
    let names: Option<Vec<String>> =
        record.iter().map(|name| Some(decode(name, dialect.encoding)?.trim_ascii().to_owned())).collect();
    let names = names.ok_or_else(|| SourceError::Encoding { path: path.to_owned() })?;
    let positions = positions(&names, &source.fields).map_err(|faults| {
        let model = source.schema.name;
        SourceError::Columns { path: path.to_owned(), model, faults }
    })?;
    Ok(Some((Header { dialect, width: names.len(), positions }, end)))
}

fn positions(names: &[String], fields: &[Field]) -> Result<Vec<usize>, Vec<ColumnFault>> {
    let wanted = |name: &str| fields.iter().any(|field| field.name == Some(name));
    let mut extra: Vec<&str> = names.iter().map(String::as_str).filter(|name| !wanted(name)).collect();
    let mut faults = Vec::new();
    let mut positions = Vec::with_capacity(fields.len());
    for field in fields {
        let Some(name) = field.name else {
            positions.push(0);
            continue;
        };
        match names.iter().position(|found| found == name) {
            Some(position) => positions.push(position),
            None => {
                let similar = nearest::name(name, extra.iter().copied());
                // A slip of the pen is one fault, not one column too few and one too many.
                extra.retain(|&name| Some(name) != similar.as_deref());
                faults.push(ColumnFault::Missing { column: name.to_owned(), similar });
            }
        }
    }
    for (index, name) in names.iter().enumerate() {
        if names[..index].contains(name) {
            faults.push(ColumnFault::Duplicate { column: name.clone() });
        } else if extra.contains(&name.as_str()) {
            faults.push(ColumnFault::Extra { column: name.clone() });
        }
    }
    if faults.is_empty() { Ok(positions) } else { Err(faults) }
}
