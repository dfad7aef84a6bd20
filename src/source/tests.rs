//! What files are read as, and what each bad one is told.

use std::fs;
use std::path::{Path, PathBuf};

use polars::prelude::DataFrame;
use tempfile::TempDir;

use super::{SourceError, SourceOptions, SourceRead, read};
use crate::schema::{ColumnSchema, ColumnType, Encoding, HandOver, SourceSchema, TableSchema};

mod bad;
mod blocks;
mod columnar;
mod csv;
mod database;
mod ndjson;
mod observe;

const fn column(name: &'static str, ty: ColumnType) -> ColumnSchema {
    ColumnSchema { name, ty, nullable: false, doc: "", checks: &[], from: None, format: None, row_number: false }
}

const fn optional(name: &'static str, ty: ColumnType) -> ColumnSchema {
    ColumnSchema { nullable: true, ..column(name, ty) }
}

const fn table(columns: &'static [ColumnSchema]) -> TableSchema {
    TableSchema {
        name: "stays",
        doc: "",
        columns,
        key: &[],
        order_by: &[],
        source: Some(SourceSchema::DEFAULT),
        hand_over: HandOver::Memory,
        incremental: None,
        checks: &[],
        max_age: None,
        partition: None,
    }
}

/// A hotel, how many nights, and a rate if known.
const STAYS: TableSchema = table(&[
    column("hotel", ColumnType::String),
    column("nights", ColumnType::Int32),
    optional("rate", ColumnType::Float64),
]);

fn options() -> SourceOptions {
    let schema = SourceSchema::DEFAULT;
    SourceOptions {
        format: schema.format,
        separator: schema.separator,
        decimal: schema.decimal,
        null_values: vec!["NA".to_owned()],
        encoding: schema.encoding,
        date_format: schema.date_format.to_owned(),
        datetime_format: schema.datetime_format.to_owned(),
        keep_rejects: false,
        table: None,
        watermark: None,
    }
}

/// A folder with files to read.
struct Input(TempDir);

impl Input {
    fn new() -> Input {
        Input(tempfile::tempdir().unwrap())
    }

    fn file(name: &str, content: impl AsRef<[u8]>) -> (Input, PathBuf) {
        let input = Input::new();
        let path = input.add(name, content);
        (input, path)
    }

    fn add(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// The text of an error, without the name of the folder.
    fn text(&self, error: &SourceError) -> String {
        error.to_string().replace(self.path().to_str().unwrap(), "DIR")
    }
}

fn gzip(content: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// Reads the content as one file of this name.
fn accepted(
    schema: &'static TableSchema,
    options: &SourceOptions,
    name: &str,
    content: impl AsRef<[u8]>,
) -> SourceRead {
    let (_input, path) = Input::file(name, content);
    read(schema, options, &path).unwrap()
}

/// What is said about the content of a file of this name.
fn refused(schema: &'static TableSchema, options: &SourceOptions, name: &str, content: impl AsRef<[u8]>) -> String {
    let (input, path) = Input::file(name, content);
    input.text(&read(schema, options, &path).unwrap_err())
}

/// The rows of a frame, a line for each.
fn lines(frame: &DataFrame) -> String {
    let row = |index| frame.columns().iter().map(|column| column.get(index).unwrap().to_string()).collect::<Vec<_>>();
    (0..frame.height()).map(|index| row(index).join(" | ")).collect::<Vec<_>>().join("\n")
}
