//! How content is written into files and read back, bit for bit.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use polars::prelude::{
    Column, CsvWriter, DataFrame, DataType, IntoColumn, IpcWriter, JsonFormat, JsonWriter, PolarsResult, QuoteStyle,
    SerWriter,
};

use super::StoreError;
use crate::digest::Digest;
use crate::model::{Content, ErrorCapture, ParquetFile, ParquetRows, Storage};
use crate::schema::{Format, TableSchema};
use crate::source;

/// Content that goes with the form it is to be stored in.
#[derive(Clone, Copy)]
pub(super) enum Writable<'a> {
    Table(&'a DataFrame, Format),
    /// A table that is written already.
    Written(&'a ParquetFile),
    Text(&'a str),
    File(&'a Path),
}

impl<'a> Writable<'a> {
    /// Refuses content of another form, and values that the form could not tell from others.
    pub(super) fn new(model: &str, storage: &Storage, content: &'a Content) -> Result<Writable<'a>, StoreError> {
        let kept_as = match (storage, content) {
            (&Storage::Table(format), Content::Table(frame)) => {
                return match unwritable(format, frame) {
                    Some(reason) => Err(StoreError::Unwritable { model: model.to_owned(), format, reason }),
                    None => Ok(Writable::Table(frame, format)),
                };
            }
            (Storage::Scanned, Content::Table(frame)) => return Ok(Writable::Table(frame, Format::Parquet)),
            (Storage::Scanned | Storage::Table(Format::Parquet), Content::Parquet(file)) => {
                return Ok(Writable::Written(file));
            }
            (Storage::Json, Content::Json(text)) => return Ok(Writable::Text(text)),
            (Storage::File(_), Content::File(path)) => return Ok(Writable::File(path)),
            (Storage::Memory, _) => "nothing: it lives in memory only".to_owned(),
            (Storage::Table(format), _) => format!("a table ({})", format.as_str()),
            (Storage::Scanned, _) => format!("a table ({})", Format::Parquet.as_str()),
            (Storage::Json, _) => "a value".to_owned(),
            (Storage::File(_), _) => "a file".to_owned(),
        };
        Err(StoreError::Mismatch { model: model.to_owned(), storage: kept_as, found: content.kind() })
    }

    /// Where it is and what its bytes are, for content that was written to a file of its own here.
    pub(super) fn written(self) -> Option<(&'a Path, (u64, Digest))> {
        match self {
            Writable::Written(file) => Some((file.path(), file.bytes()?)),
            _ => None,
        }
    }

    /// Writes it; `path` is for errors.
    pub(super) fn write(self, path: &Path, out: &mut impl Write) -> Result<(), StoreError> {
        match self {
            Writable::Table(frame, format) => {
                let mut out = ErrorCapture::new(out);
                table(frame, format, &mut out).map_err(|error| match out.take() {
                    Some(said) => StoreError::io("write", path)(said),
                    None => StoreError::Polars { action: "write", path: path.to_owned(), source: error },
                })
            }
            Writable::Text(text) => out.write_all(text.as_bytes()).map_err(StoreError::io("write", path)),
            Writable::Written(file) => Writable::File(file.path()).write(path, out),
            Writable::File(from) => {
                let mut from_file = File::open(from).map_err(StoreError::io("open", from))?;
                io::copy(&mut from_file, out).map(|_| ()).map_err(StoreError::io("write", path))
            }
        }
    }
}

fn unwritable(format: Format, frame: &DataFrame) -> Option<String> {
    match (format, frame.columns()) {
        (Format::Csv, [only]) if only.null_count() > 0 => {
            Some(format!("column `{}` is the only one, so a null in it would be a blank line", only.name()))
        }
        (Format::Ndjson, columns) => {
            let infinite = |column: &&Column| {
                let finite = column.as_materialized_series().is_finite();
                column.dtype().is_float() && finite.is_ok_and(|finite| !finite.all())
            };
            let column = columns.iter().find(infinite)?;
            Some(format!("column `{}` holds NaN or infinity, which JSON has no words for", column.name()))
        }
        _ => None,
    }
}

fn table(frame: &DataFrame, format: Format, out: &mut impl Write) -> PolarsResult<()> {
    let mut frame = match format {
        Format::Parquet | Format::Ipc => Cow::Borrowed(frame),
        Format::Csv | Format::Ndjson => Cow::Owned(with_times_as_text(frame)?),
    };
    let frame = frame.to_mut();
    match format {
        Format::Parquet => ParquetRows::write(out, frame),
        Format::Ipc => IpcWriter::new(out).finish(frame),
        Format::Csv => CsvWriter::new(out).with_quote_style(QuoteStyle::NonNumeric).finish(frame),
        Format::Ndjson => JsonWriter::new(out).with_json_format(JsonFormat::JsonLines).finish(frame),
    }
}

/// Polars writes times in a form of its own, which differs between CSV and JSON.
fn with_times_as_text(frame: &DataFrame) -> PolarsResult<DataFrame> {
    let columns = frame.columns().iter().map(|column| {
        let DataType::Datetime(_, zone) = column.dtype() else {
            return Ok(column.clone());
        };
        let format = if zone.is_some() { "%Y-%m-%dT%H:%M:%S%.6fZ" } else { "%Y-%m-%dT%H:%M:%S%.6f" };
        Ok(column.datetime()?.to_string(format)?.into_column())
    });
    DataFrame::new(frame.height(), columns.collect::<PolarsResult<_>>()?)
}

/// Reads content back.
pub(super) fn read(
    model: &str,
    path: &Path,
    storage: &Storage,
    schema: Option<&'static TableSchema>,
) -> Result<Content, StoreError> {
    let bytes = || std::fs::read(path).map_err(StoreError::io("read", path));
    Ok(match storage {
        Storage::Scanned => {
            let file = ParquetFile::open(path);
            Content::Parquet(
                file.map_err(|error| StoreError::Unusable { model: model.to_owned(), reason: error.chain() })?,
            )
        }
        Storage::Table(format @ (Format::Parquet | Format::Ipc)) => {
            let frame = source::columnar::frame(bytes()?, *format).map_err(|source| StoreError::Polars {
                action: "read",
                path: path.to_owned(),
                source,
            })?;
            Content::Table(frame)
        }
        Storage::Table(format) => {
            let schema = schema.ok_or_else(|| StoreError::Schema { model: model.to_owned() })?;
            let read = source::read_stored(schema, *format, &bytes()?, path);
            Content::Table(read.map_err(|source| StoreError::Source { source })?)
        }
        Storage::Json => Content::Json(std::fs::read_to_string(path).map_err(StoreError::io("read", path))?),
        Storage::File(_) | Storage::Memory => Content::File(path.to_owned()),
    })
}
