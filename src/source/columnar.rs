//! Reads Parquet and IPC files, which bring their types along.

use std::io::Cursor;
use std::path::Path;

use polars::prelude::{DataFrame, IpcReader, ParquetReader, PolarsResult, SerReader};

use super::field::{Field, must_not_be};
use super::rows::{Fault, Part, Reject, without};
use super::{ColumnFault, SourceError};
use crate::contract;
use crate::schema::{Format, TableSchema};

/// The frame in the bytes of a Parquet or IPC file.
///
/// Polars would map an opened file into memory, and whoever cut that file short would bring the process down.
pub(crate) fn frame(bytes: Vec<u8>, format: Format) -> PolarsResult<DataFrame> {
    match format {
        Format::Ipc => IpcReader::new(Cursor::new(bytes)).finish(),
        _ => ParquetReader::new(Cursor::new(bytes)).finish(),
    }
}

/// Reads the bytes of a file.
pub(super) fn read(
    schema: &'static TableSchema,
    fields: &[Field],
    path: &Path,
    data: Vec<u8>,
    format: Format,
) -> Result<Part, SourceError> {
    let frame = frame(data, format).map_err(|source| SourceError::Columnar {
        path: path.to_owned(),
        format: if format == Format::Ipc { "IPC" } else { "Parquet" },
        source,
    })?;
    let height = frame.height();
    let (columns, faults) = contract::conform(schema, &frame, |column| {
        fields.iter().find(|field| field.schema.name == column.name).and_then(|field| field.name)
    });
    if !faults.is_empty() {
        let faults = faults.into_iter().filter_map(ColumnFault::of).collect();
        return Err(SourceError::Columns { path: path.to_owned(), model: schema.name, faults });
    }
    let frame = DataFrame::new(height, columns).expect("columns of one file are of one height");

    let mut bad = vec![];
    for field in fields.iter().filter(|field| field.name.is_some() && !field.schema.nullable) {
        let column = frame.column(field.schema.name).expect("the frame is of this schema");
        if column.null_count() == 0 {
            continue;
        }
        for (row, _) in column.is_null().iter().enumerate().filter(|(_, null)| *null == Some(true)) {
            bad.push((row, field.name));
        }
    }
    bad.sort_by_key(|(row, _)| *row);
    bad.dedup_by_key(|(row, _)| *row);
    let reject = |&(row, column): &(usize, Option<&'static str>)| Reject {
        record: row as u64 + 1,
        line: None,
        fault: Fault { column, text: None, reason: must_not_be("null") },
    };
    let rejects = bad.iter().map(reject).collect();
    let bad: Vec<usize> = bad.into_iter().map(|(row, _)| row).collect();
    let columns = without(frame, &bad).into_columns();
    Ok(Part { columns, height: height - bad.len(), records: height as u64, lines: 0, rejects, unclosed: None })
}
