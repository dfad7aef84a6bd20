//! Which files of sources were read and published, and up to where tables of databases.

use rusqlite::Connection;

use super::fault::Fault;
use super::{marks, parts};
use crate::source::SourceState;

/// Those of what is published in a partition. A table of a database has a watermark instead.
const TAKE: &str = "
    INSERT OR IGNORE INTO taken_files
    SELECT partition, model, digest, name, bytes, modified_ns, inode, settled
    FROM published CROSS JOIN source_files USING (step)
    WHERE partition = ? AND NOT EXISTS (SELECT 1 FROM source_marks WHERE source_marks.step = published.step)
    ORDER BY model, position";

/// By the index.
pub(super) const TAKEN: &str = "
    SELECT name, bytes, modified_ns, inode, settled, digest FROM taken_files
    WHERE partition = ? AND model = ?
    ORDER BY digest";

/// Remembers the files of which the rows are published in a partition now, and up to where tables are.
pub(super) fn take(to: &Connection, partition: &str) -> Result<(), Fault> {
    to.prepare_cached(TAKE)?.execute([partition])?;
    marks::take(to, partition)
}

/// The files of which rows of a model were ever published in a partition, or up to where its table was.
pub(super) fn taken(from: &Connection, partition: &str, model: &str) -> Result<SourceState, Fault> {
    let files = parts::files(from.prepare_cached(TAKEN)?.query([partition, model])?)?;
    Ok(SourceState { files, watermark: marks::taken(from, partition, model)? })
}
