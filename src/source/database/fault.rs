//! Why a table of a database could not be read.

use crate::nearest;
use crate::source::ColumnFault;
use crate::words;

/// Why a table of a database cannot be read.
///
/// Rows are told by their rowid, which is how the database itself numbers them, where they have one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableFault {
    /// The file is no database, or damaged, or cannot be read now.
    #[error("{reason}")]
    Unreadable {
        /// What SQLite says.
        reason: String,
    },
    /// There is no such table.
    #[error("there is none{}", others(.similar.as_deref(), .known))]
    Missing {
        /// One with almost this name.
        similar: Option<String>,
        /// All that there are.
        known: Vec<String>,
    },
    /// It lacks columns of the row type.
    #[error("its columns are not those of `{model}`:{}", .faults.iter().map(|fault| format!("\n  {fault}")).collect::<String>())]
    Columns {
        /// The model that is read.
        model: &'static str,
        /// Those that are missing.
        faults: Vec<ColumnFault>,
    },
    /// A value that cannot be read.
    #[error(
        "{}column `{column}`: {}{reason}", place(*.row, *.rowid),
        .text.as_ref().map(|text| format!("`{text}` ")).unwrap_or_default(),
    )]
    Value {
        /// The number of the row among those that are read, from 1.
        row: u64,
        /// Its rowid.
        rowid: Option<u64>,
        /// The column.
        column: &'static str,
        /// What stands there, cut where it is long; `None` for a null.
        text: Option<String>,
        /// What is wrong with it.
        reason: String,
    },
    /// A row that is before the watermark whatever happens, since it has no value to compare with it.
    #[error(
        "{}column `{column}`: {} and new rows are told by it (`watermark`), so it must be {wanted}", place(*.row, *.rowid),
        .text.as_ref().map_or_else(|| "is null,".to_owned(), |text| format!("is `{text}`,")),
    )]
    Unmarked {
        /// The number of the row among those that are read, from 1.
        row: u64,
        /// Its rowid.
        rowid: Option<u64>,
        /// The column.
        column: String,
        /// What stands there; `None` for a null.
        text: Option<String>,
        /// What may stand there.
        wanted: String,
    },
    /// Times that the database does not order by time.
    #[error(
        "column `{column}`: `{later}` is after `{earlier}` in the order of the database, but not in time, so new rows cannot be \
         told by it (`watermark`); take a column of whole numbers, or of times like `2024-01-31T12:00:00`"
    )]
    Disorder {
        /// The column.
        column: String,
        /// What comes first in the database.
        earlier: String,
        /// What comes after it.
        later: String,
    },
    /// What was read before was another table, or told by another column.
    #[error(
        "table `{table}` was read up to `{mark}` of column `{column}` before, which does not tell what is new by `{now}`; \
         `--force` the task that reads it, to read all again"
    )]
    Moved {
        /// The table that was read before.
        table: String,
        /// The column by which new rows were told.
        column: String,
        /// The last value.
        mark: String,
        /// The column by which they are to be told now.
        now: String,
    },
    /// Rows at the watermark cannot be told apart, since other columns are read.
    #[error(
        "other columns are read than before, and rows in which `{column}` is `{mark}` have come or gone since, so that those \
         that were read cannot be told from new ones; `--force` the task that reads it, to read all again"
    )]
    Blurred {
        /// The column.
        column: String,
        /// The last value.
        mark: String,
    },
}

fn others(similar: Option<&str>, known: &[String]) -> String {
    match (similar, known) {
        (Some(similar), _) => nearest::hint(Some(similar)),
        (None, []) => ", and no other".to_owned(),
        (None, known) => format!("; there are {}", words::names(known)),
    }
}

fn place(row: u64, rowid: Option<u64>) -> String {
    rowid.map_or_else(|| format!("row {row}, "), |rowid| format!("rowid {rowid}, "))
}
