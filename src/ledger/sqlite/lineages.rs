//! What the columns of versions are made of, kept once for all versions that tell the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rusqlite::{Connection, params};

use super::fault::Fault;
use super::parts::{digest_of, put_once};
use super::words::digest_bytes;
use crate::lineage::{How, Lineage, Origin, Origins};

/// What stands for the way in which a column matters, where there is none.
const UNKNOWN: &str = "unknown";
const NOTHING: &str = "nothing";

/// A row: the column, if it is about one; how, and of what.
type Line<'l> = (Option<&'l str>, &'static str, Option<&'l Origin>);

/// Writes what columns are made of where that is new, and returns its number.
pub(super) fn put(to: &Connection, lineage: &Lineage, shared: &mut HashMap<[u8; 32], i64>) -> Result<i64, Fault> {
    let lines = lines(lineage);
    let pieces = lines.iter().flat_map(|(name, how, origin)| {
        let (model, column) = origin.map_or(("", ""), |origin| (&*origin.model, &*origin.column));
        [if name.is_some() { "column" } else { "rows" }, name.unwrap_or_default(), *how, model, column]
    });
    let digest = digest_of("ledger-lineage/1", pieces);
    put_once(to, shared, "SELECT lineage FROM lineages WHERE digest = ?", &digest, || {
        let number =
            to.prepare_cached("INSERT INTO lineages (digest) VALUES (?)")?.insert(params![digest_bytes(&digest)])?;
        let mut add = to.prepare_cached(
            "INSERT INTO origins (lineage, position, name, how, from_model, from_column) VALUES (?, ?, ?, ?, ?, ?)",
        )?;
        for (position, (name, how, origin)) in lines.iter().enumerate() {
            let (model, column) = (origin.map(|origin| &*origin.model), origin.map(|origin| &*origin.column));
            add.execute(params![number, position as i64, name, how, model, column])?;
        }
        Ok(number)
    })
}

fn lines(lineage: &Lineage) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    for (name, origins) in lineage.lines() {
        match origins {
            None => lines.push((name, UNKNOWN, None)),
            Some(origins) if origins.is_empty() => lines.push((name, NOTHING, None)),
            Some(origins) => lines.extend(origins.iter().map(|origin| (name, origin.how.as_str(), Some(origin)))),
        }
    }
    lines
}

/// Reads what columns are made of.
pub(super) fn get(from: &Connection, number: i64) -> Result<Lineage, Fault> {
    let sql = "SELECT name, how, from_model, from_column FROM origins WHERE lineage = ? ORDER BY position";
    let mut statement = from.prepare_cached(sql)?;
    let mut rows = statement.query([number])?;
    let (mut columns, mut of_rows): (BTreeMap<Arc<str>, Origins>, Origins) = (BTreeMap::new(), None);
    while let Some(row) = rows.next()? {
        let (name, word): (Option<Arc<str>>, String) = (row.get("name")?, row.get("how")?);
        let origins = name.map_or(&mut of_rows, |name| columns.entry(name).or_default());
        if word != UNKNOWN {
            let origins = origins.get_or_insert_with(BTreeSet::new);
            if word != NOTHING {
                let how = How::ALL.into_iter().find(|how| how.as_str() == word);
                let how = how.ok_or(Fault::Word { what: "how a column matters", word })?;
                origins.insert(Origin { model: row.get("from_model")?, column: row.get("from_column")?, how });
            }
        }
    }
    Ok(Lineage { columns, rows: of_rows })
}
