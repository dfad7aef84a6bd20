//! What can be seen of a version: the first rows of a table, a value, where a file is.

use serde_json::Value;

use crate::cli::show;
use crate::ledger::VersionRecord;
use crate::model::{Content, Description, Storage};
use crate::report::html::Head;
use crate::schema::Format;
use crate::store::{FolderStore, Store};
use crate::words::{bytes, cut};

/// A file that has to be read as a whole is left closed if it is larger.
const LARGEST: u64 = 64 << 20;
/// More characters of a value are not shown.
const LONGEST_VALUE: usize = 20_000;
/// More characters of a cell are not shown.
const LONGEST_CELL: usize = 400;

/// The beginning of a version. That it cannot be read is no reason to show nothing else.
pub(super) fn of(store: &FolderStore, version: &VersionRecord, description: Option<&Description>, rows: usize) -> Head {
    let (Some(file), Some(stored)) = (&version.file, version.version()) else {
        return Head::Nothing("It was kept in memory only.".to_owned());
    };
    let is_table = !version.columns.is_empty();
    let format =
        [Format::Csv, Format::Ndjson, Format::Ipc].into_iter().find(|format| format.as_str() == file.extension);
    let storage = match (file.extension.as_str(), format) {
        // Of this one the rows that are wanted can be read alone.
        ("parquet", _) if is_table => Storage::Scanned,
        (_, Some(format)) if is_table => Storage::Table(format),
        ("json", _) if description.is_none_or(|description| description.kind != "artifact") => Storage::Json,
        _ => return Head::File(store.path(&stored).display().to_string()),
    };
    if storage != Storage::Scanned && file.bytes > LARGEST {
        let size = bytes(file.bytes);
        return Head::Nothing(format!("Its file of {size} is too large to be opened for a page."));
    }
    if is_table && rows == 0 {
        return Head::Nothing("No rows were asked for.".to_owned());
    }
    let schema = description.and_then(|description| description.schema);
    let read = store
        .load(&stored, &storage, schema)
        .map_err(|error| error.to_string())
        .and_then(|content| seen(content, rows).map_err(|error| error.to_string()));
    read.unwrap_or_else(|error| Head::Nothing(format!("It cannot be shown: {error}")))
}

fn seen(content: Content, rows: usize) -> Result<Head, Box<dyn std::error::Error>> {
    let frame = match content {
        Content::Table(frame) => frame.head(Some(rows)),
        Content::Parquet(file) => file.scan()?.limit(rows.try_into().unwrap_or(u32::MAX)).collect()?,
        Content::Json(text) => {
            let value: Value = serde_json::from_str(&text)?;
            return Ok(Head::Value(cut(&format!("{value:#}"), LONGEST_VALUE)));
        }
        Content::File(path) => return Ok(Head::File(path.display().to_string())),
    };
    let columns: Vec<String> = frame.get_column_names().iter().map(ToString::to_string).collect();
    let found = show::first_rows(&frame, rows)?;
    let cell = |row: &Value, name: &str| match row.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(cut(text, LONGEST_CELL)),
        Some(other) => Some(cut(&other.to_string(), LONGEST_CELL)),
    };
    let rows = found.iter().map(|row| columns.iter().map(|name| cell(row, name)).collect()).collect();
    Ok(Head::Rows { columns, rows })
}
