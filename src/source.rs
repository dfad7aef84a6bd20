//! Reads files from outside into frames of a schema, and says exactly where one cannot be read.

use std::path::Path;

use polars::prelude::DataFrame;

use crate::schema::{Encoding, Format, TableSchema};

/// How the files of a source are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceOptions {
    /// The form; by each file's ending where absent.
    pub format: Option<Format>,
    /// What stands between two fields of a CSV file.
    pub separator: char,
    /// What stands before the fraction of a number in a CSV file.
    pub decimal: char,
    /// Texts that mean null, besides the empty field.
    pub null_values: Vec<String>,
    /// The encoding of text files.
    pub encoding: Encoding,
    /// How dates are written.
    pub date_format: String,
    /// How dates with times are written.
    pub datetime_format: String,
    /// Whether rows that cannot be read are set aside instead of failing.
    pub keep_rejects: bool,
}

impl SourceOptions {
    /// Says what is wrong with the options themselves.
    ///
    /// # Errors
    ///
    /// A sentence that names the key and what it may be.
    pub fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

/// What was read.
#[derive(Clone, Debug)]
pub struct SourceRead {
    /// The rows that could be read, with the columns of the schema.
    pub frame: DataFrame,
    /// The rows that could not, with the columns of [`Rejected`](crate::model::Rejected).
    pub rejects: DataFrame,
}

/// Reads a file, or all files of a folder in order of name.
///
/// # Errors
///
/// [`SourceError`] for a file that cannot be opened, or for the first field that cannot be read.
pub fn read(schema: &'static TableSchema, options: &SourceOptions, path: &Path) -> Result<SourceRead, SourceError> {
    let _ = (schema, options, path);
    Err(SourceError {})
}

/// A source that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("source")]
pub struct SourceError {}

impl SourceError {
    /// Whether the system refused, as opposed to the content being wrong.
    #[must_use]
    pub fn is_io(&self) -> bool {
        false
    }
}
