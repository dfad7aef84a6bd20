//! Tells rows that are new from those that were read before.
//!
//! Rows come in the order of one column, beginning with the greatest value that was read before: rows with that value may
//! have come since. Those that were read are told by their content, of which as many copies are old as there were.

use std::collections::HashMap;

use rusqlite::types::ValueRef;

use super::TableFault;
use crate::schema::ColumnType;
use crate::source::Mark;
use crate::source::field::{Field, shown};

/// What tells a row from others.
pub(super) type Content = [u8; 16];

/// The rows at the watermark that were read before.
pub(super) enum Old {
    /// There are none.
    None,
    /// All that there are.
    All,
    /// As many of each.
    These(HashMap<Content, usize>),
}

/// How far a table was read.
pub(super) struct Progress<'s> {
    field: &'s Field,
    /// The column, as the database names it.
    column: &'s str,
    /// The greatest value so far, and when that is, for a time.
    last: Option<(Mark, Option<i64>)>,
    /// The rows that have it.
    rows: Vec<Content>,
    old: Old,
}

/// Where a row stands, for errors.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) row: u64,
    pub(super) rowid: Option<u64>,
}

impl<'s> Progress<'s> {
    /// Nothing is read yet.
    pub(super) fn new(field: &'s Field, column: &'s str) -> Progress<'s> {
        Progress { field, column, last: None, rows: Vec::new(), old: Old::None }
    }

    /// The column, as the database names it.
    pub(super) fn column(&self) -> &'s str {
        self.column
    }

    /// What was read before: rows up to this value, and of those that have it these, or all.
    pub(super) fn after(self, mark: &Mark, rows: Option<&[Content]>) -> Progress<'s> {
        let moment = self.field.moment(mark.value());
        let old = match rows {
            None => Old::All,
            Some(rows) => {
                let mut counts = HashMap::new();
                rows.iter().for_each(|row| *counts.entry(*row).or_default() += 1);
                Old::These(counts)
            }
        };
        let rows = rows.map(<[Content]>::to_vec).unwrap_or_default();
        Progress { last: Some((mark.clone(), moment)), rows, old, ..self }
    }

    /// Whether the next row is new.
    pub(super) fn is_new(
        &mut self,
        value: ValueRef<'_>,
        place: Place,
        content: impl FnOnce() -> Content,
    ) -> Result<bool, TableFault> {
        if !self.last.as_ref().is_some_and(|(mark, _)| mark.value() == value) {
            let next = self.next(value).ok_or_else(|| self.unmarked(value, place))?;
            if let Some((mark, before)) = &self.last
                && *before > next.1
            {
                let (earlier, later) = (mark.to_string(), next.0.to_string());
                return Err(TableFault::Disorder { column: self.column.to_owned(), earlier, later });
            }
            self.last = Some(next);
            self.rows.clear();
            self.old = Old::None;
        }
        let content = content();
        let is_new = match &mut self.old {
            Old::None => true,
            Old::All => false,
            Old::These(counts) => match counts.get_mut(&content).filter(|count| **count > 0) {
                Some(count) => {
                    *count -= 1;
                    return Ok(false);
                }
                None => true,
            },
        };
        self.rows.push(content);
        Ok(is_new)
    }

    /// The watermark that a value is; `None` where it is none.
    fn next(&self, value: ValueRef<'_>) -> Option<(Mark, Option<i64>)> {
        let ty = self.field.schema.ty;
        let mark = match value {
            ValueRef::Integer(number) if ty != ColumnType::String => Mark::Int(number),
            ValueRef::Text(bytes) if !ty.is_number() => Mark::Text(std::str::from_utf8(bytes).ok()?.to_owned()),
            _ => return None,
        };
        match is_time(ty) {
            true => self.field.moment(value).map(|moment| (mark, Some(moment))),
            false => Some((mark, None)),
        }
    }

    /// Why a value cannot be a watermark.
    pub(super) fn unmarked(&self, value: ValueRef<'_>, place: Place) -> TableFault {
        let (column, wanted) = (self.column.to_owned(), self.field.wanted());
        let Place { row, rowid } = place;
        TableFault::Unmarked { row, rowid, column, text: shown(value), wanted }
    }

    /// The greatest value and the rows that have it, in order; `None` where there was never a row.
    pub(super) fn finish(mut self) -> Option<(Mark, Vec<Content>)> {
        self.rows.sort_unstable();
        self.last.map(|(mark, _)| (mark, self.rows))
    }
}

impl Mark {
    fn value(&self) -> ValueRef<'_> {
        match self {
            Mark::Int(number) => ValueRef::Integer(*number),
            Mark::Text(text) => ValueRef::Text(text.as_bytes()),
        }
    }
}

fn is_time(ty: ColumnType) -> bool {
    matches!(ty, ColumnType::Date | ColumnType::Datetime | ColumnType::Instant)
}
