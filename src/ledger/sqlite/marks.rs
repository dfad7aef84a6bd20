//! Up to where tables of databases were read.

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::fault::Fault;
use super::words::{column, count, digest, digest_bytes, whole};
use crate::source::{Mark, SourceFile, Watermark};

/// Those of what is published in a partition, where another step has read than is known.
const TAKE: &str = "
    INSERT OR REPLACE INTO watermarks
    SELECT partition, model, step, source_table, source_column, mark, columns, rows,
        bytes, modified_ns, inode, settled, digest
    FROM published CROSS JOIN source_marks USING (step)
    WHERE partition = ?
        AND NOT EXISTS (
            SELECT 1 FROM watermarks AS known
            WHERE known.partition = published.partition AND known.model = published.model
                AND known.step = published.step
        )";

/// By the key.
pub(super) const TAKEN: &str = "SELECT * FROM watermarks WHERE partition = ? AND model = ?";

/// Writes up to where a step has read.
pub(super) fn put(to: &Connection, step: i64, watermark: &Watermark) -> Result<(), Fault> {
    let Watermark { table, column, mark, columns, rows, file } = watermark;
    let mark = match mark {
        Mark::Int(number) => Value::Integer(*number),
        Mark::Text(text) => Value::Text(text.clone()),
    };
    to.prepare_cached("INSERT INTO source_marks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?.execute(params![
        step,
        table,
        column,
        mark,
        digest_bytes(columns),
        rows.as_flattened(),
        whole(file.bytes)?,
        file.modified,
        file.inode.cast_signed(),
        file.settled,
        digest_bytes(&file.digest),
    ])?;
    Ok(())
}

/// Up to where a step has read, if it has read so.
pub(super) fn of_step(from: &Connection, step: i64) -> Result<Option<Box<Watermark>>, Fault> {
    let mut statement = from.prepare_cached("SELECT * FROM source_marks WHERE step = ?")?;
    statement.query_row([step], |row| Ok(watermark(row))).optional()?.transpose()
}

/// Remembers up to where the rows are published in a partition now.
pub(super) fn take(to: &Connection, partition: &str) -> Result<(), Fault> {
    to.prepare_cached(TAKE)?.execute([partition])?;
    Ok(())
}

/// Up to where the rows of a model were published in a partition.
pub(super) fn taken(from: &Connection, partition: &str, model: &str) -> Result<Option<Box<Watermark>>, Fault> {
    let mut statement = from.prepare_cached(TAKEN)?;
    statement.query_row([partition, model], |row| Ok(watermark(row))).optional()?.transpose()
}

fn watermark(row: &Row<'_>) -> Result<Box<Watermark>, Fault> {
    let mark = match row.get_ref("mark")? {
        ValueRef::Integer(number) => Mark::Int(number),
        ValueRef::Text(_) => Mark::Text(row.get("mark")?),
        other => return Err(Fault::Word { what: "a watermark", word: other.data_type().to_string() }),
    };
    let rows: Vec<u8> = row.get("rows")?;
    let (rows, []) = rows.as_chunks() else {
        return Err(Fault::Word { what: "the rows at a watermark", word: format!("{} bytes", rows.len()) });
    };
    let file = SourceFile {
        name: String::new(),
        bytes: column(row, "bytes", count)?,
        modified: row.get("modified_ns")?,
        inode: row.get::<_, i64>("inode")?.cast_unsigned(),
        settled: row.get("settled")?,
        digest: column(row, "digest", digest)?,
    };
    Ok(Box::new(Watermark {
        table: row.get("source_table")?,
        column: row.get("source_column")?,
        mark,
        columns: column(row, "columns", digest)?,
        rows: rows.to_vec(),
        file,
    }))
}
