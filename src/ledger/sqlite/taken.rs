//! Which files of sources were read and published.

use rusqlite::Connection;

use super::fault::Fault;
use super::parts;
use crate::source::SourceState;

/// Those of what is published in a partition.
const TAKE: &str = "
    INSERT OR IGNORE INTO taken_files
    SELECT partition, model, digest, name, bytes, modified_ns, inode, settled
    FROM published CROSS JOIN source_files USING (step)
    WHERE partition = ?
    ORDER BY model, position";

/// By the index.
pub(super) const TAKEN: &str = "
    SELECT name, bytes, modified_ns, inode, settled, digest FROM taken_files
    WHERE partition = ? AND model = ?
    ORDER BY digest";

/// Remembers the files of which the rows are published in a partition now.
pub(super) fn take(to: &Connection, partition: &str) -> Result<(), Fault> {
    to.prepare_cached(TAKE)?.execute([partition])?;
    Ok(())
}

/// The files of which rows of a model were ever published in a partition.
pub(super) fn taken(from: &Connection, partition: &str, model: &str) -> Result<SourceState, Fault> {
    parts::files(from.prepare_cached(TAKEN)?.query([partition, model])?)
}
