//! The rows of a part of a file, gathered column by column; and the rows that could not be read.

use std::path::Path;

use polars::prelude::{BooleanChunked, Column, DataFrame, NamedFrom, NewChunkedArray, Series};

use super::database::TableFault;
use super::field::{Field, Reason, Values};
use super::{Source, SourceError};
use crate::contract::LONGEST;
use crate::schema::REJECT_COLUMNS;
use crate::words;

/// The rows of a part of a file. Its records and lines are counted from 1, whatever stands before it.
pub(super) struct Rows<'a> {
    fields: &'a [Field],
    columns: Vec<Values>,
    keep_rejects: bool,
    /// Records that were read, well or not.
    records: u64,
    height: usize,
    /// Rows in the columns that are not whole.
    bad: Vec<usize>,
    rejects: Vec<Reject>,
}

/// A record that is no row.
pub(super) struct Reject {
    pub(super) record: u64,
    /// In a database the rowid. `None` in a file without lines, or a table without rowids.
    pub(super) line: Option<u64>,
    pub(super) fault: Fault,
}

/// What is wrong with a record.
pub(super) struct Fault {
    /// The column as the file names it; `None` when it is the record as a whole.
    pub(super) column: Option<&'static str>,
    /// The text found.
    pub(super) text: Option<String>,
    pub(super) reason: Reason,
}

impl<'a> Rows<'a> {
    /// None so far, and room for so many.
    pub(super) fn new(fields: &'a [Field], keep_rejects: bool, capacity: usize) -> Rows<'a> {
        let columns =
            fields.iter().map(|field| Values::new(field.schema, field.name.map_or(0, |_| capacity))).collect();
        Rows { fields, columns, keep_rejects, records: 0, height: 0, bad: Vec::new(), rejects: Vec::new() }
    }

    /// Whether nothing more need be read, since a fault was found and such rows are not kept.
    pub(super) fn is_over(&self) -> bool {
        !self.keep_rejects && !self.rejects.is_empty()
    }

    /// Adds a record: `fill` puts a value into each column that is read, or says with which text it failed.
    pub(super) fn push(
        &mut self,
        line: impl Into<Option<u64>>,
        mut fill: impl FnMut(usize, &Field, &mut Values) -> Result<(), (Option<String>, Reason)>,
    ) {
        self.records += 1;
        let mut fault = None;
        for (index, (field, values)) in self.fields.iter().zip(&mut self.columns).enumerate() {
            if field.name.is_none() {
                continue;
            }
            if fault.is_some() {
                values.null();
            } else if let Err((text, reason)) = fill(index, field, values) {
                values.null();
                fault = Some(Fault { column: field.name, text, reason });
            }
        }
        if let Some(fault) = fault {
            self.bad.push(self.height);
            self.rejects.push(Reject { record: self.records, line: line.into(), fault });
        }
        self.height += 1;
    }

    /// Leaves out a record that is no row at all.
    pub(super) fn skip(&mut self, line: u64, text: &str, reason: impl Into<Reason>) {
        self.records += 1;
        let fault = Fault { column: None, text: Some(text.to_owned()), reason: reason.into() };
        self.rejects.push(Reject { record: self.records, line: Some(line), fault });
    }

    /// The columns, to add a value for each row of a batch to every one that has a name in the file.
    pub(super) fn columns(&mut self) -> impl Iterator<Item = (&'a Field, &mut Values)> {
        self.fields.iter().zip(&mut self.columns)
    }

    /// Adds the rows whose values are in the columns already, of which these are not whole, and records that are no rows.
    /// The records of the rejects are counted from the beginning of the batch.
    pub(super) fn add_batch(&mut self, height: usize, bad: Vec<usize>, records: u64, rejects: Vec<Reject>) {
        self.bad.extend(bad.into_iter().map(|row| self.height + row));
        self.height += height;
        self.rejects
            .extend(rejects.into_iter().map(|reject| Reject { record: self.records + reject.record, ..reject }));
        self.records += records;
    }

    /// The rows, after so many lines.
    pub(super) fn finish(self, lines: u64) -> Part {
        let named = self.fields.iter().zip(self.columns).filter(|(field, _)| field.name.is_some());
        let columns: Vec<Column> = named.map(|(_, values)| values.finish().into()).collect();
        let height = self.height - self.bad.len();
        let columns = match columns.is_empty() {
            true => columns,
            false => {
                let frame = DataFrame::new(self.height, columns).expect("each record adds one value to each column");
                without(frame, &self.bad).into_columns()
            }
        };
        Part { columns, height, records: self.records, lines, rejects: self.rejects, unclosed: None }
    }
}

/// What was read of a part of a file.
pub(super) struct Part {
    /// The columns that the file has.
    pub(super) columns: Vec<Column>,
    pub(super) height: usize,
    /// Records, whether they are rows or not.
    pub(super) records: u64,
    /// Lines that end in it.
    pub(super) lines: u64,
    pub(super) rejects: Vec<Reject>,
    /// The line of a record with which the file ends, within quotes.
    pub(super) unclosed: Option<u64>,
}

impl Part {
    /// The frame of the rows, numbered from after `before`.
    pub(super) fn frame(&mut self, fields: &[Field], before: u64) -> DataFrame {
        let mut columns = std::mem::take(&mut self.columns).into_iter();
        let columns = fields.iter().map(|field| match field.name {
            Some(_) => columns.next().expect("there is a column for each field that the file has"),
            None => {
                let mut rejected = self.rejects.iter().map(|reject| reject.record).peekable();
                let whole = (1..=self.records).filter(|record| rejected.next_if_eq(record).is_none());
                field.numbers(self.height, whole.map(|record| before + record)).into()
            }
        });
        DataFrame::new(self.height, columns.collect()).expect("a record that is no row is one reject")
    }
}

/// The frame without these rows.
pub(super) fn without(frame: DataFrame, rows: &[usize]) -> DataFrame {
    if rows.is_empty() {
        return frame;
    }
    let mut keep = vec![true; frame.height()];
    rows.iter().for_each(|&row| keep[row] = false);
    frame.filter(&BooleanChunked::from_slice("keep".into(), &keep)).expect("the mask has a place for each row")
}

/// The rows that could not be read.
#[derive(Default)]
pub(super) struct Rejects {
    files: Vec<String>,
    lines: Vec<i64>,
    columns: Vec<Option<&'static str>>,
    texts: Vec<Option<String>>,
    reasons: Vec<String>,
}

impl Rejects {
    pub(super) fn add(&mut self, path: &Path, line: Option<u64>, row: u64, fault: Fault) {
        self.files.push(path.display().to_string());
        self.lines.push(line.unwrap_or(row) as i64);
        self.columns.push(fault.column);
        self.texts.push(fault.text);
        self.reasons.push(fault.reason);
    }

    pub(super) fn finish(self) -> DataFrame {
        let height = self.files.len();
        let series = [
            Series::new("file".into(), self.files),
            Series::new("line".into(), self.lines),
            Series::new("column".into(), self.columns),
            Series::new("text".into(), self.texts),
            Series::new("reason".into(), self.reasons),
        ];
        debug_assert!(series.iter().map(|series| series.name().as_str()).eq(REJECT_COLUMNS.iter().map(|c| c.name)));
        DataFrame::new(height, series.into_iter().map(Column::from).collect()).expect("each reject has all columns")
    }
}

/// The same as an error, where such rows are not kept.
pub(super) fn refused(source: &Source, path: &Path, line: Option<u64>, row: u64, fault: Fault) -> SourceError {
    let Fault { column, text, reason } = fault;
    let (path, text) = (path.to_owned(), text.map(|text| words::cut(&text, LONGEST)));
    match (&source.options.table, column) {
        (Some(table), Some(column)) => {
            let fault = TableFault::Value { row, rowid: line, column, text, reason };
            SourceError::Table { path, table: table.clone(), fault: Box::new(fault) }
        }
        _ => SourceError::Row { path, line, row, column, text, reason },
    }
}
