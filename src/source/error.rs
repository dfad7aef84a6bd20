//! Why a source could not be read: which file, where in it, and what stands there.

use std::io;
use std::path::PathBuf;

use polars::prelude::PolarsError;

use crate::contract::Fault;
use crate::nearest;
use crate::schema::ColumnType;
use crate::source::TableFault;

/// A source that could not be read.
///
/// Lines and rows are counted from 1. The header of a CSV file is line 1; a row's number runs on over all files of a
/// folder, as in a `row_number` column.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// There is no such file.
    #[error("there is no file `{}`{}", .path.display(), nearest::hint(.similar.as_deref()))]
    NotFound {
        /// The file.
        path: PathBuf,
        /// A file in the same folder with almost this name.
        similar: Option<String>,
        /// The system's error.
        source: io::Error,
    },
    /// The system refuses to open or read a file or folder.
    #[error("failed to {action} `{}`: {source}", .path.display())]
    Io {
        /// What was attempted: `open` or `read`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A folder without files.
    #[error("the folder `{}` holds no file to read; names that begin with `.` or `_` are passed over", .path.display())]
    EmptyFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A folder where a file should be.
    #[error("`{}` is a folder where a file should be; move it away, or give it a name that begins with `_`", .path.display())]
    Subfolder {
        /// The folder.
        path: PathBuf,
    },
    /// The name of a file does not tell its form.
    #[error(
        "`{}` does not end in `.csv`, `.tsv`, `.ndjson`, `.jsonl`, `.parquet` or `.ipc`; say `format = \"csv\"`, say, for \
         the model", .path.display()
    )]
    UnknownEnding {
        /// The file.
        path: PathBuf,
    },
    /// A file of no bytes, or of blank lines.
    #[error("failed to read `{}`: it is empty, without so much as a header line", .path.display())]
    EmptyFile {
        /// The file.
        path: PathBuf,
    },
    /// Compressed data that is cut off or damaged.
    #[error("failed to read `{}`: {}", .path.display(), gzip_trouble(.source))]
    Gzip {
        /// The file.
        path: PathBuf,
        /// What the decompressor says.
        source: io::Error,
    },
    /// A CSV file whose header line is not text.
    #[error("failed to read `{}`: its header is not UTF-8; say `encoding = \"latin-1\"` if it is written so", .path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
    },
    /// A file whose columns are not those of the row type.
    #[error("failed to read `{}`: its columns are not those of `{model}`:{}", .path.display(), lines(.faults))]
    Columns {
        /// The file.
        path: PathBuf,
        /// The model that is read.
        model: &'static str,
        /// Everything that is wrong with them.
        faults: Vec<ColumnFault>,
    },
    /// A quoted field that goes on to the end of the file.
    #[error("failed to read `{}`: the record that begins on line {line} has a quote that is never closed", .path.display())]
    UnclosedQuote {
        /// The file.
        path: PathBuf,
        /// The line its record begins on.
        line: u64,
    },
    /// A field or a whole row that cannot be read.
    #[error(
        "failed to read `{}`: {}row {row}{}: {}{reason}", .path.display(),
        .line.map(|line| format!("line {line}, ")).unwrap_or_default(),
        .column.as_ref().map(|column| format!(", column `{column}`")).unwrap_or_default(),
        .text.as_ref().map(|text| format!("`{text}` ")).unwrap_or_default(),
    )]
    Row {
        /// The file.
        path: PathBuf,
        /// The line the record begins on; `None` for a file without lines.
        line: Option<u64>,
        /// The number of the row.
        row: u64,
        /// The column as the file names it; `None` when it is the row as a whole.
        column: Option<&'static str>,
        /// The text found, cut where it is long; `None` where there is none.
        text: Option<String>,
        /// What is wrong with it.
        reason: String,
    },
    /// A database where the configuration names no table.
    #[error("`{}` seems to be a database; say which table to read, `table = \"…\"`, for the model", .path.display())]
    Database {
        /// The file.
        path: PathBuf,
    },
    /// A table of a database that cannot be read.
    #[error("failed to read table `{table}` of `{}`: {fault}", .path.display())]
    Table {
        /// The file of the database.
        path: PathBuf,
        /// The table.
        table: String,
        /// Why.
        fault: Box<TableFault>,
    },
    /// A Parquet or IPC file that polars cannot read.
    #[error("failed to read `{}`: it is no readable {format} file: {source}", .path.display())]
    Columnar {
        /// The file.
        path: PathBuf,
        /// The word for its form.
        format: &'static str,
        /// What polars says.
        source: PolarsError,
    },
}

impl SourceError {
    /// Whether the system refused, as opposed to the content being wrong.
    #[must_use]
    pub fn is_io(&self) -> bool {
        matches!(self, SourceError::NotFound { .. } | SourceError::Io { .. })
    }
}

/// One way in which the columns of a file are not those of a row type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnFault {
    /// A field of the row type has no column in the file.
    #[error("column `{column}` is missing{}", nearest::hint(.similar.as_deref()))]
    Missing {
        /// The column, as the file should name it.
        column: String,
        /// A column that is too many, and has almost this name.
        similar: Option<String>,
    },
    /// A column of the file has no field in the row type.
    #[error("column `{column}` has no field in the row type; add one")]
    Extra {
        /// The column.
        column: String,
    },
    /// A column occurs more than once.
    #[error("column `{column}` occurs more than once")]
    Duplicate {
        /// The column.
        column: String,
    },
    /// A column of a Parquet or IPC file is of another type.
    #[error("column `{column}` is {found} and cannot become {expected} without loss")]
    Type {
        /// The column.
        column: String,
        /// The type of the field.
        expected: ColumnType,
        /// The type found; in polars' words where no column can be of it.
        found: String,
    },
}

impl ColumnFault {
    /// The same fault, found in a file; `None` for one that is not about the columns themselves.
    pub(super) fn of(fault: Fault) -> Option<ColumnFault> {
        Some(match fault {
            Fault::Missing { column, similar } => ColumnFault::Missing { column: column.to_owned(), similar },
            Fault::Extra { column } => ColumnFault::Extra { column },
            Fault::Type { column, expected, found } => ColumnFault::Type { column: column.to_owned(), expected, found },
            _ => return None,
        })
    }
}

fn lines(faults: &[ColumnFault]) -> String {
    faults.iter().map(|fault| format!("\n  {fault}")).collect()
}

fn gzip_trouble(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "its gzip data is cut off; copy the file again".to_owned(),
        _ => format!("its gzip data is damaged: {error}"),
    }
}
