//! The parts of a fingerprint and the columns of a version.
//!
//! What is the same for many steps is kept once, under its digest: the code, the conditions (contract, settings and
//! parameters), and lists of columns.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Rows, params};

use super::fault::Fault;
use super::words::{column, count, digest, digest_bytes, list_text, whole};
use super::{lineages, marks};
use crate::digest::{Digest, Digester};
use crate::fingerprint::{Code, Fingerprint};
use crate::lineage::Lineage;
use crate::source::{SourceFile, SourceState};

/// What the row of a step says of its fingerprint.
pub(super) struct PartNumbers {
    pub(super) code: i64,
    pub(super) conditions: i64,
    pub(super) source_files: Option<i64>,
}

/// Numbers by digest.
type Shared = HashMap<[u8; 32], i64>;

/// Writes the parts of a step's fingerprint that have rows of their own.
pub(super) fn put_fingerprint(
    to: &Connection,
    step: i64,
    fingerprint: &Fingerprint,
    shared: &mut Shared,
) -> Result<PartNumbers, Fault> {
    for (model, digest) in &fingerprint.inputs {
        to.prepare_cached("INSERT INTO inputs (step, model, digest) VALUES (?, ?, ?)")?.execute(params![
            step,
            model,
            digest_bytes(digest)
        ])?;
    }
    for (position, file) in fingerprint.source.iter().flat_map(|source| &source.files).enumerate() {
        to.prepare_cached(
            "INSERT INTO source_files (step, position, name, bytes, modified_ns, inode, settled, digest)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            step,
            position as i64,
            file.name,
            whole(file.bytes)?,
            file.modified,
            file.inode.cast_signed(),
            file.settled,
            digest_bytes(&file.digest),
        ])?;
    }
    if let Some(watermark) = fingerprint.source.as_ref().and_then(|source| source.watermark.as_ref()) {
        marks::put(to, step, watermark)?;
    }
    Ok(PartNumbers {
        code: put_code(to, &fingerprint.code, shared)?,
        conditions: put_conditions(to, fingerprint, shared)?,
        source_files: fingerprint.source.as_ref().map(|source| source.files.len() as i64),
    })
}

fn put_code(to: &Connection, code: &Code, shared: &mut Shared) -> Result<i64, Fault> {
    let (kind, text) = match code {
        Code::Unknown => ("unknown", ""),
        Code::Version(version) => ("version", version.as_ref()),
        Code::Sources(text) => ("sources", text.as_ref()),
    };
    // Not the digest that the text tells of itself: it is not for this place to trust it.
    let digest = digest_of("ledger-code/1", [kind, text]);
    let found = "SELECT code FROM codes WHERE digest = ?";
    put_once(to, shared, found, &digest, || {
        to.prepare_cached("INSERT INTO codes (digest, kind, text) VALUES (?, ?, ?)")?
            .insert(params![digest_bytes(&digest), kind, text])
            .map_err(Fault::from)
    })
}

fn put_conditions(to: &Connection, fingerprint: &Fingerprint, shared: &mut Shared) -> Result<i64, Fault> {
    let contract = fingerprint.contract.iter().map(|(model, digest)| ("contract", model, Some(digest.to_string())));
    let settings = fingerprint.settings.iter().map(|(key, value)| ("setting", key, Some(value.clone())));
    let params = fingerprint.params.iter().map(|(name, value)| ("param", name, value.clone()));
    let all: Vec<_> = contract.chain(settings).chain(params).collect();
    let pieces = all.iter().flat_map(|(part, name, value)| {
        let (is_set, value) = value.as_deref().map_or(("", ""), |value| ("set", value));
        [*part, name.as_str(), is_set, value]
    });
    let digest = digest_of("ledger-conditions/1", pieces);
    let found = "SELECT condition_set FROM condition_sets WHERE digest = ?";
    put_once(to, shared, found, &digest, || {
        let set = to
            .prepare_cached("INSERT INTO condition_sets (digest) VALUES (?)")?
            .insert(params![digest_bytes(&digest)])?;
        for (part, name, value) in &all {
            to.prepare_cached("INSERT INTO conditions (condition_set, part, name, value) VALUES (?, ?, ?, ?)")?
                .execute(params![set, part, name, value])?;
        }
        Ok(set)
    })
}

/// Writes a list of columns where it is new, and returns its number.
pub(super) fn put_columns(to: &Connection, columns: &[(String, String)], shared: &mut Shared) -> Result<i64, Fault> {
    let pieces = columns.iter().flat_map(|(name, kind)| [name.as_str(), kind]);
    let digest = digest_of("ledger-columns/1", pieces);
    let found = "SELECT column_set FROM column_sets WHERE digest = ?";
    put_once(to, shared, found, &digest, || {
        let set =
            to.prepare_cached("INSERT INTO column_sets (digest) VALUES (?)")?.insert(params![digest_bytes(&digest)])?;
        for (position, (name, kind)) in columns.iter().enumerate() {
            to.prepare_cached("INSERT INTO columns (column_set, position, name, type) VALUES (?, ?, ?, ?)")?
                .execute(params![set, position as i64, name, kind])?;
        }
        Ok(set)
    })
}

/// Writes a list of tasks where it is new, and returns its number.
pub(super) fn put_tasks(to: &Connection, tasks: &[String], shared: &mut Shared) -> Result<i64, Fault> {
    let digest = digest_of("ledger-tasks/1", tasks.iter().map(String::as_str));
    let found = "SELECT task_list FROM task_lists WHERE digest = ?";
    put_once(to, shared, found, &digest, || {
        to.prepare_cached("INSERT INTO task_lists (digest, steps, tasks) VALUES (?, ?, ?)")?
            .insert(params![digest_bytes(&digest), tasks.len() as i64, list_text(tasks)])
            .map_err(Fault::from)
    })
}

pub(super) fn digest_of<'p>(kind: &str, pieces: impl IntoIterator<Item = &'p str>) -> Digest {
    let mut digester = Digester::new(kind);
    pieces.into_iter().for_each(|piece| digester.piece(piece.as_bytes()));
    digester.finish()
}

/// The number of what has this digest; written first where it is new.
pub(super) fn put_once(
    to: &Connection,
    shared: &mut Shared,
    found: &str,
    digest: &Digest,
    put: impl FnOnce() -> Result<i64, Fault>,
) -> Result<i64, Fault> {
    if let Some(number) = shared.get(digest_bytes(digest)) {
        return Ok(*number);
    }
    let number = to.prepare_cached(found)?.query_row([digest_bytes(digest)], |row| row.get(0)).optional()?;
    let number = number.map_or_else(put, Ok)?;
    shared.insert(*digest_bytes(digest), number);
    Ok(number)
}

/// Reads parts, each shared one once.
pub(super) struct Parts<'c> {
    from: &'c Connection,
    codes: HashMap<i64, Code>,
    columns: HashMap<i64, Vec<(String, String)>>,
    lineages: HashMap<i64, Arc<Lineage>>,
}

impl<'c> Parts<'c> {
    pub(super) fn new(from: &'c Connection) -> Parts<'c> {
        Parts { from, codes: HashMap::new(), columns: HashMap::new(), lineages: HashMap::new() }
    }

    /// The fingerprint of a step whose row has these numbers.
    pub(super) fn fingerprint(
        &mut self,
        step: i64,
        code: i64,
        conditions: i64,
        source_files: Option<i64>,
    ) -> Result<Fingerprint, Fault> {
        let mut fingerprint = Fingerprint {
            code: self.code(code)?,
            contract: BTreeMap::new(),
            settings: BTreeMap::new(),
            params: BTreeMap::new(),
            inputs: BTreeMap::new(),
            source: source_files.map(|_| self.source(step)).transpose()?,
        };
        let sql = "SELECT part, name, value FROM conditions WHERE condition_set = ?";
        let mut statement = self.from.prepare_cached(sql)?;
        let mut rows = statement.query([conditions])?;
        while let Some(row) = rows.next()? {
            let (part, name): (String, String) = (row.get("part")?, row.get("name")?);
            let value: Option<String> = row.get("value")?;
            match (part.as_str(), value) {
                ("contract", Some(value)) => {
                    let digest = value.parse().map_err(|_| Fault::Word { what: "a digest", word: value })?;
                    fingerprint.contract.insert(name, digest);
                }
                ("setting", Some(value)) => {
                    fingerprint.settings.insert(name, value);
                }
                ("param", value) => {
                    fingerprint.params.insert(name, value);
                }
                _ => return Err(Fault::Word { what: "a part of a fingerprint", word: part }),
            }
        }
        let mut statement = self.from.prepare_cached("SELECT model, digest FROM inputs WHERE step = ?")?;
        let mut rows = statement.query([step])?;
        while let Some(row) = rows.next()? {
            fingerprint.inputs.insert(row.get("model")?, column(row, "digest", digest)?);
        }
        Ok(fingerprint)
    }

    fn code(&mut self, number: i64) -> Result<Code, Fault> {
        if let Some(code) = self.codes.get(&number) {
            return Ok(code.clone());
        }
        let (kind, text): (String, String) = self
            .from
            .prepare_cached("SELECT kind, text FROM codes WHERE code = ?")?
            .query_row([number], |row| Ok((row.get("kind")?, row.get("text")?)))?;
        let code = match kind.as_str() {
            "unknown" => Code::Unknown,
            "version" => Code::Version(Cow::Owned(text)),
            "sources" => Code::Sources(Cow::Owned(text)),
            _ => return Err(Fault::Word { what: "a kind of code", word: kind }),
        };
        self.codes.insert(number, code.clone());
        Ok(code)
    }

    fn source(&self, step: i64) -> Result<SourceState, Fault> {
        let mut statement = self.from.prepare_cached(
            "SELECT name, bytes, modified_ns, inode, settled, digest FROM source_files WHERE step = ? ORDER BY position",
        )?;
        Ok(SourceState { files: files(statement.query([step])?)?, watermark: marks::of_step(self.from, step)? })
    }

    /// What the columns of a version are made of.
    pub(super) fn lineage(&mut self, number: i64) -> Result<Arc<Lineage>, Fault> {
        if let Some(lineage) = self.lineages.get(&number) {
            return Ok(Arc::clone(lineage));
        }
        let lineage = Arc::new(lineages::get(self.from, number)?);
        self.lineages.insert(number, Arc::clone(&lineage));
        Ok(lineage)
    }

    /// A list of columns.
    pub(super) fn columns(&mut self, number: i64) -> Result<Vec<(String, String)>, Fault> {
        if let Some(columns) = self.columns.get(&number) {
            return Ok(columns.clone());
        }
        let sql = "SELECT name, type FROM columns WHERE column_set = ? ORDER BY position";
        let mut statement = self.from.prepare_cached(sql)?;
        let mut columns = Vec::new();
        let mut rows = statement.query([number])?;
        while let Some(row) = rows.next()? {
            columns.push((row.get("name")?, row.get("type")?));
        }
        self.columns.insert(number, columns.clone());
        Ok(columns)
    }
}

/// The files of a source, one in each row.
pub(super) fn files(mut rows: Rows<'_>) -> Result<Vec<SourceFile>, Fault> {
    let mut files = Vec::new();
    while let Some(row) = rows.next()? {
        files.push(SourceFile {
            name: row.get("name")?,
            bytes: column(row, "bytes", count)?,
            modified: row.get("modified_ns")?,
            inode: row.get::<_, i64>("inode")?.cast_unsigned(),
            settled: row.get("settled")?,
            digest: column(row, "digest", digest)?,
        });
    }
    Ok(files)
}
