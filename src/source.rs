//! Reads files from outside into frames of a schema, and says exactly where one cannot be read.
//!
//! Knows files, formats and schemas. It does not know models, runs or configuration, and makes no `#[check]`: that is
//! the contract's.
//!
//! # What is read how
//!
//! - **Files.** A folder stands for all its files in order of their names' bytes; names that begin with `.` or `_` are
//!   passed over, a folder inside is an error. Where no format is given, the ending tells: `.csv`, `.tsv`, `.ndjson`,
//!   `.jsonl`, `.parquet`, `.ipc`, `.arrow`, `.feather`. Text files are unpacked where they begin like gzip, whatever
//!   they are called. Files are read in blocks of some megabytes, by as many threads as the machine has cores; a file of
//!   Parquet or IPC is held in memory while it is read.
//! - **Columns** of CSV, Parquet and IPC files are exactly the fields of the row type, in any order. One too many is an
//!   error like one too few, or a misspelt optional column would be full of nulls without a word. A JSON object may
//!   have any keys besides; an absent key is null.
//! - **Null** in CSV is the empty field, quoted or not, and each of `null_values`. Where the field is not an `Option`, an
//!   empty string field is the empty text, and any other null is an error.
//! - **Numbers, booleans, dates and times** in CSV may have white space around them; text is taken as it is. A boolean
//!   is `true`, `false`, `1` or `0`. A number has no thousands separators and fits its type. In JSON a value has the
//!   JSON type of its field: no numbers in quotes, no `3.0` for a whole number.
//! - **Dates and times** are written by the field's own format, or the source's; an instant by RFC 3339. What is finer
//!   than a microsecond is an error.
//! - **A table of an SQLite file** is read in one transaction, whoever writes meanwhile; it may have other columns than those
//!   of the row type, whose names are compared without case. Values have the type of their field; a boolean is `0` or `1`, dates
//!   and times are texts, or whole numbers where the format says so (`%s`). Rows come in the order of the watermark's column,
//!   then of the rowid, or of the primary key where there is none.
//! - **Row numbers** count the records of all files from 1; a rejected row keeps its number.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use polars::prelude::DataFrame;

use crate::schema::{ColumnType, Encoding, Format, SourceSchema, TableSchema};

mod blocks;
pub(crate) mod columnar;
mod csv;
mod database;
mod error;
mod field;
mod file;
mod ndjson;
mod observe;
mod pieces;
mod rows;
mod state;
#[cfg(test)]
mod tests;

pub use blocks::{Block, Blocks, blocks};
pub use database::TableFault;
pub use error::{ColumnFault, SourceError};
pub(crate) use file::ending;
pub(crate) use observe::{fresh, observe};
pub use state::{Mark, SourceFile, SourceState, Watermark};

use self::csv::Dialect;
use field::Field;
use pieces::Lengths;

/// How the files of a source are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceOptions {
    /// The form; by each file's ending where absent.
    pub format: Option<Format>,
    /// What stands between two fields of a CSV file; a tab in a file that ends in `.tsv`, if this is a comma.
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
    /// The table to read, where the file is an SQLite database.
    pub table: Option<String>,
    /// The column of the row type by whose values new rows of that table are told; all rows are read where absent.
    pub watermark: Option<String>,
}

impl SourceOptions {
    /// Says what is wrong with the options themselves, for rows of this schema.
    ///
    /// # Errors
    ///
    /// A sentence that names the key and what it may be.
    pub fn check(&self, schema: &TableSchema) -> Result<(), String> {
        database::check(self, schema)?;
        let SourceOptions { separator, decimal, .. } = *self;
        if !separator.is_ascii() || matches!(separator, '"' | '\n' | '\r') {
            return Err(format!(
                "`separator` is {separator:?}; it must be an ASCII character, and no quote or line break"
            ));
        }
        if !matches!(decimal, '.' | ',') {
            return Err(format!("`decimal` is {decimal:?}; it must be '.' or ','"));
        }
        if separator == decimal && self.format.is_none_or(|format| format == Format::Csv) {
            return Err(format!(
                "`separator` and `decimal` are both {decimal:?}; a field could not be told from a fraction"
            ));
        }
        field::check_format("date_format", &self.date_format, ColumnType::Date)?;
        field::check_format("datetime_format", &self.datetime_format, ColumnType::Datetime)
    }

    fn dialect(&self, separator: char) -> Dialect {
        Dialect { separator: separator as u8, encoding: self.encoding, quoted_empty: false }
    }
}

/// What was read.
#[derive(Clone, Debug)]
pub struct SourceRead {
    /// The rows that could be read, with the columns of the schema.
    pub frame: DataFrame,
    /// The rows that could not, with the columns of [`Rejected`](crate::model::Rejected).
    pub rejects: DataFrame,
    /// What the files were like from which they were read; `None` where one of them is no file on a disk.
    pub state: Option<SourceState>,
}

/// What is read, and how.
struct Source {
    schema: &'static TableSchema,
    options: SourceOptions,
    fields: Vec<Field>,
    path: PathBuf,
    portion: Portion,
}

/// How much of a source is read.
pub(crate) enum Portion {
    /// All there is.
    All,
    /// Some of its files, of which there is one at least.
    Files(Vec<PathBuf>),
    /// What has come since.
    After(Box<Watermark>),
}

impl Source {
    fn new(schema: &'static TableSchema, options: &SourceOptions, path: &Path, portion: Portion) -> Source {
        let fields = schema.columns.iter().map(|column| Field::outside(column, options)).collect();
        Source { schema, options: options.clone(), fields, path: path.to_owned(), portion }
    }
}

/// Reads a file, all files of a folder in order of name, or a table of a database.
///
/// Where rejects are kept, each row that cannot be read is one of them, with the first of its fields that is wrong. A
/// file that cannot be read as a whole (columns that are missing, cut-off data, a quote that is never closed) is an
/// error all the same.
///
/// # Errors
///
/// [`SourceError`] for a file that cannot be opened, or for the first field that cannot be read.
///
/// ```
/// use purvey::model::SourceConfig;
/// use purvey::prelude::*;
/// use purvey::schema::SourceSchema;
/// use purvey::source;
///
/// /// One stay.
/// #[derive(Row, Clone, Debug, PartialEq)]
/// #[row(table = "stays", source)]
/// struct Stay {
///     hotel: String,
///     nights: i64,
/// }
///
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("stays.csv");
/// let options = SourceConfig::default().options(&SourceSchema::DEFAULT);
///
/// std::fs::write(&file, "hotel,nights\nSeehof,3\n")?;
/// assert_eq!(source::read(Stay::SCHEMA, &options, &file)?.frame.height(), 1);
///
/// std::fs::write(&file, "hotel,nights\nSeehof,three\n")?;
/// let error = source::read(Stay::SCHEMA, &options, &file).unwrap_err();
/// assert!(error.to_string().ends_with("line 2, row 1, column `nights`: `three` is not a whole number"));
/// # Ok::<(), purvey::Error>(())
/// ```
pub fn read(schema: &'static TableSchema, options: &SourceOptions, path: &Path) -> Result<SourceRead, SourceError> {
    read_of(schema, options, path, Portion::All)
}

/// The same for some of it only.
pub(crate) fn read_of(
    schema: &'static TableSchema,
    options: &SourceOptions,
    path: &Path,
    portion: Portion,
) -> Result<SourceRead, SourceError> {
    let mut blocks = Blocks::new(schema, options, path, Lengths::WHOLE).portion(portion);
    let mut whole = blocks.next().expect("a source has one block at least")?;
    for block in &mut blocks {
        let Block { frame, rejects } = block?;
        whole.frame.vstack_mut_owned(frame).expect("frames of one schema can be stacked");
        if rejects.height() > 0 {
            whole.rejects.vstack_mut_owned(rejects).expect("frames of one schema can be stacked");
        }
    }
    Ok(SourceRead { frame: whole.frame, rejects: whole.rejects, state: blocks.state() })
}

/// What would be read of a table of a database now: all, or what has come since where that was read `before`.
pub(crate) fn observe_table(
    schema: &'static TableSchema,
    options: &SourceOptions,
    path: &Path,
    before: Option<&SourceState>,
) -> Result<SourceState, SourceError> {
    let watermark = before.and_then(|before| before.watermark.clone());
    let portion = watermark.filter(|_| options.watermark.is_some()).map_or(Portion::All, Portion::After);
    database::observe(&Source::new(schema, options, path, portion), before, SystemTime::now())
}

/// Reads back the bytes of a table that a store has written as CSV or NDJSON: by the names of the columns, with dates
/// and times as ISO 8601 has them, and with the empty text (in quotes) told apart from null (nothing at all).
pub(crate) fn read_stored(
    schema: &'static TableSchema,
    format: Format,
    data: &[u8],
    path: &Path,
) -> Result<DataFrame, SourceError> {
    let defaults = SourceSchema::DEFAULT;
    let options = SourceOptions {
        format: Some(format),
        separator: defaults.separator,
        decimal: defaults.decimal,
        null_values: Vec::new(),
        encoding: defaults.encoding,
        date_format: defaults.date_format.to_owned(),
        datetime_format: defaults.datetime_format.to_owned(),
        keep_rejects: false,
        table: None,
        watermark: None,
    };
    let fields = schema.columns.iter().map(|column| Field::stored(column, &options)).collect();
    let source = Source { schema, options, fields, path: path.to_owned(), portion: Portion::All };
    blocks::read_bytes(&source, data, path)
}
