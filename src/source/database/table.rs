//! Finds a table in a database, and the query for its rows.

use rusqlite::Connection;

use super::TableFault;
use crate::nearest;
use crate::source::{ColumnFault, Source};

/// How the rows of a table are told apart and ordered.
enum Identity {
    Rowid,
    /// The columns of its primary key, for a table without rowids.
    Key(Vec<String>),
    /// A view has nothing of its own.
    None,
}

/// A table that is there, with all columns that are to be read.
pub(in crate::source) struct Table {
    name: String,
    identity: Identity,
    /// For each field that is read, the column as the database names it.
    pub(super) columns: Vec<String>,
    /// Which of them tells new rows.
    pub(super) watermark: Option<usize>,
}

/// What is wrong with a table, or with the database.
pub(in crate::source) enum Trouble {
    Table(TableFault),
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Trouble {
        Trouble::Database(error)
    }
}

impl From<TableFault> for Trouble {
    fn from(fault: TableFault) -> Trouble {
        Trouble::Table(fault)
    }
}

impl Table {
    pub(in crate::source) fn find(database: &Connection, source: &Source, wanted: &str) -> Result<Table, Trouble> {
        let (name, kind, has_no_rowid) = known(database, wanted)?;
        let found: Vec<String> = {
            let statement = database.prepare(&format!("SELECT * FROM {}", quoted(&name)))?;
            statement.column_names().map(str::to_owned).collect()
        };
        let mut faults = Vec::new();
        let mut columns = Vec::new();
        let mut watermark = None;
        for (field, name) in source.fields.iter().filter_map(|field| Some((field, field.name?))) {
            if source.options.watermark.as_deref() == Some(field.schema.name) {
                watermark = Some(columns.len());
            }
            match found.iter().find(|column| column.eq_ignore_ascii_case(name)) {
                Some(column) => columns.push(column.clone()),
                None => {
                    let similar = nearest::name(name, found.iter().map(String::as_str));
                    faults.push(ColumnFault::Missing { column: name.to_owned(), similar });
                }
            }
        }
        if !faults.is_empty() {
            return Err(TableFault::Columns { model: source.schema.name, faults }.into());
        }
        let identity = match kind.as_str() {
            "table" if has_no_rowid => Identity::Key(key(database, &name)?),
            "table" => Identity::Rowid,
            _ => Identity::None,
        };
        Ok(Table { name, identity, columns, watermark })
    }

    /// The column that tells new rows.
    pub(super) fn mark(&self) -> Option<&str> {
        self.watermark.map(|column| self.columns[column].as_str())
    }

    /// Whether the rowid stands behind the columns.
    pub(super) fn has_rowid(&self) -> bool {
        matches!(self.identity, Identity::Rowid)
    }

    /// The query for the rows; for those from a watermark on, which is its parameter. They come in the order of the column
    /// that tells new ones, then as the table has them: always in the same one, unless a view leaves it open.
    pub(in crate::source) fn rows(&self, is_from_mark: bool) -> String {
        let mut columns: Vec<String> = self.columns.iter().map(|name| quoted(name)).collect();
        let marked = self.mark().map(in_order_of_bytes);
        let mut order: Vec<String> = marked.iter().cloned().collect();
        match &self.identity {
            Identity::Rowid => order.push("_rowid_".to_owned()),
            Identity::Key(key) => order.extend(key.iter().map(|name| quoted(name))),
            // What else there is to tell rows of the same value apart.
            Identity::None if marked.is_some() => order.extend(columns.iter().cloned()),
            Identity::None => {}
        }
        if self.has_rowid() {
            columns.push("_rowid_".to_owned());
        }
        let mut sql = format!("SELECT {} FROM {}", columns.join(", "), quoted(&self.name));
        if let Some(marked) = marked.filter(|_| is_from_mark) {
            sql += &format!(" WHERE {marked} >= ?1");
        }
        if !order.is_empty() {
            sql += &format!(" ORDER BY {}", order.join(", "));
        }
        sql
    }

    /// The query for a row that compares with no watermark of this sort, and would be passed over.
    pub(in crate::source) fn unmarked(&self, column: &str, is_text: bool) -> String {
        let marked = in_order_of_bytes(column);
        let rowid = if self.has_rowid() { "_rowid_" } else { "NULL" };
        // Numbers come before all texts. Two queries, each of which an index answers.
        let numbers = match is_text {
            true => {
                format!(" UNION ALL SELECT {}, {rowid} FROM {} WHERE {marked} < ''", quoted(column), quoted(&self.name))
            }
            false => String::new(),
        };
        let nulls =
            format!("SELECT {}, {rowid} FROM {} WHERE {} IS NULL", quoted(column), quoted(&self.name), quoted(column));
        format!("{nulls}{numbers} LIMIT 1")
    }

    /// The query for how many rows are at a watermark.
    pub(in crate::source) fn at(&self, column: &str) -> String {
        format!("SELECT count(*) FROM {} WHERE {} = ?1", quoted(&self.name), in_order_of_bytes(column))
    }
}

/// A table of this name, of which case is no part: name, kind, and whether its rows are without rowids.
fn known(database: &Connection, wanted: &str) -> Result<(String, String, bool), Trouble> {
    let sql = "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' ORDER BY name";
    let mut statement = database.prepare(sql)?;
    let tables = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let tables: Vec<(String, String, bool)> = tables.collect::<Result<_, _>>()?;
    if let Some(table) = tables.iter().find(|(name, ..)| name.eq_ignore_ascii_case(wanted)) {
        return Ok(table.clone());
    }
    let others = tables.into_iter().filter(|(name, kind, _)| kind != "shadow" && !name.starts_with("sqlite_"));
    let known: Vec<String> = others.map(|(name, ..)| name).collect();
    let similar = nearest::name(wanted, known.iter().map(String::as_str));
    Err(TableFault::Missing { similar, known }.into())
}

/// The columns of the primary key, in its order.
fn key(database: &Connection, table: &str) -> Result<Vec<String>, rusqlite::Error> {
    let mut statement = database.prepare("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk")?;
    let names = statement.query_map([table], |row| row.get(0))?;
    names.collect()
}

/// A name as SQL has it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A column in an order in which no two texts are the same, whatever the table says.
fn in_order_of_bytes(column: &str) -> String {
    format!("{} COLLATE BINARY", quoted(column))
}
