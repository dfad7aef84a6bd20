//! What a model tells of itself: what it is, how large, how it is stored, and what there is to store.

use std::path::PathBuf;

use polars::prelude::DataFrame;

use super::ParquetFile;
use crate::digest::Digest;
use crate::failure::Result;
use crate::schema::{Format, TableSchema};

/// What a model is, in words and columns.
#[derive(Clone, Debug)]
pub struct Description {
    /// The model's name.
    pub name: String,
    /// What kind of model it is: `table`, `value`, `artifact`, `model`.
    pub kind: &'static str,
    /// Its doc text.
    pub doc: String,
    /// Its columns and rules, for a table.
    pub schema: Option<&'static TableSchema>,
}

impl Description {
    /// A description of a hand-written model.
    pub fn new(name: impl Into<String>, doc: impl Into<String>) -> Description {
        Description { name: name.into(), kind: "model", doc: doc.into(), schema: None }
    }
}

/// How large a sealed model is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Its rows; `None` where it has none.
    pub rows: Option<u64>,
    /// The bytes it takes in memory, or on disk for a file.
    pub bytes: u64,
}

/// How a model wants to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    /// Not at all: it lives as long as the run needs it.
    Memory,
    /// As a table in this format.
    Table(Format),
    /// As a table in a Parquet file that its readers scan.
    Scanned,
    /// As JSON text.
    Json,
    /// As the file a task wrote, with this ending (no dot).
    File(&'static str),
}

impl Storage {
    /// The ending of its file, without a dot; `None` for a model in memory.
    #[must_use]
    pub const fn extension(&self) -> Option<&'static str> {
        match self {
            Storage::Memory => None,
            Storage::Table(format) => Some(format.as_str()),
            Storage::Scanned => Some(Format::Parquet.as_str()),
            Storage::Json => Some("json"),
            Storage::File(extension) => Some(extension),
        }
    }
}

/// What there is to store of a model.
#[derive(Clone, Debug)]
pub enum Content {
    /// A table.
    Table(DataFrame),
    /// A table in a file that is written already.
    Parquet(ParquetFile),
    /// JSON text.
    Json(String),
    /// A file.
    File(PathBuf),
}

impl Content {
    /// The word for this form, for errors.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Content::Table(_) | Content::Parquet(_) => "table",
            Content::Json(_) => "value",
            Content::File(_) => "file",
        }
    }

    /// The digest of the content: of names, types and values in order for a table, of the text for a value, of the bytes
    /// for a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn digest(&self) -> Result<Digest> {
        match self {
            Content::Table(frame) => Ok(Digest::of_frame(frame)),
            Content::Parquet(file) => file.digest(),
            Content::Json(text) => Ok(Digest::of_bytes(text.as_bytes())),
            Content::File(path) => Ok(Digest::of_file(path)?),
        }
    }
}
