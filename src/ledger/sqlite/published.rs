//! Reads in which partitions models are published.

use rusqlite::Connection;

use super::fault::Fault;
use super::words::{column, list_text, time};
use crate::ledger::PublicationRecord;

/// By the names of models, as a JSON array.
pub(super) const PUBLICATIONS: &str = "SELECT model, partition, at FROM published
    WHERE model IN (SELECT value FROM json_each(?)) ORDER BY model, partition";

/// In which partitions these models are published, and since when.
pub(super) fn publications(from: &Connection, models: &[&str]) -> Result<Vec<PublicationRecord>, Fault> {
    let models: Vec<String> = models.iter().map(|&model| model.to_owned()).collect();
    let mut statement = from.prepare_cached(PUBLICATIONS)?;
    let mut rows = statement.query([list_text(&models)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(PublicationRecord {
            model: row.get("model")?,
            partition: row.get("partition")?,
            at: column(row, "at", |text: String| time(&text))?,
        });
    }
    Ok(found)
}
