//! The rows of one file, gathered column by column; and the rows that could not be read.

use std::path::{Path, PathBuf};

use polars::prelude::{BooleanChunked, Column, DataFrame, NamedFrom, NewChunkedArray, Series};

use super::SourceError;
use super::field::{Field, Reason, Values};
use crate::contract::LONGEST;
use crate::schema::{REJECT_COLUMNS, TableSchema};
use crate::words;

/// The rows of one file.
pub(super) struct Rows<'a> {
    schema: &'static TableSchema,
    fields: &'a [Field<'a>],
    path: &'a Path,
    columns: Vec<Values>,
    rejects: &'a mut Rejects,
    /// Rows of the files before.
    before: u64,
    /// Records of this file that were read, well or not.
    read: u64,
    height: usize,
    /// Rows in the columns that are not whole.
    bad: Vec<usize>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        schema: &'static TableSchema,
        fields: &'a [Field<'a>],
        path: &'a Path,
        before: u64,
        rejects: &'a mut Rejects,
    ) -> Rows<'a> {
        let columns = schema.columns.iter().map(Values::new).collect();
        Rows { schema, fields, path, columns, rejects, before, read: 0, height: 0, bad: Vec::new() }
    }

    pub(super) fn path(&self) -> &'a Path {
        self.path
    }

    pub(super) fn model(&self) -> &'static str {
        self.schema.name
    }

    pub(super) fn fields(&self) -> &'a [Field<'a>] {
        self.fields
    }

    /// Adds a record: `fill` puts a value into each column that is read, or says with which text it failed.
    ///
    /// # Errors
    ///
    /// When it failed, and such rows are not kept.
    pub(super) fn push(
        &mut self,
        line: impl FnOnce() -> u64,
        mut fill: impl FnMut(usize, &Field<'_>, &mut Values) -> Result<(), (Option<String>, Reason)>,
    ) -> Result<(), SourceError> {
        self.read += 1;
        let mut fault = None;
        for (index, (field, values)) in self.fields.iter().zip(&mut self.columns).enumerate() {
            if fault.is_some() {
                values.null();
            } else if field.name.is_none() {
                values.number(self.before + self.read);
            } else if let Err((text, reason)) = fill(index, field, values) {
                values.null();
                fault = Some((field.name, text, reason));
            }
        }
        self.height += 1;
        let Some((column, text, reason)) = fault else {
            return Ok(());
        };
        self.bad.push(self.height - 1);
        self.refuse(Some(line()), column, text, reason)
    }

    /// Leaves out a record that is no row at all.
    ///
    /// # Errors
    ///
    /// When such rows are not kept.
    pub(super) fn skip(&mut self, line: u64, text: &str, reason: impl Into<Reason>) -> Result<(), SourceError> {
        self.read += 1;
        self.refuse(Some(line), None, Some(text.to_owned()), reason.into())
    }

    fn refuse(
        &mut self,
        line: Option<u64>,
        column: Option<&'static str>,
        text: Option<String>,
        reason: Reason,
    ) -> Result<(), SourceError> {
        self.rejects.add(self.path, line, self.before + self.read, column, text, reason)
    }

    /// The whole rows, and the number of all records.
    pub(super) fn finish(self) -> (DataFrame, u64) {
        let columns: Vec<Column> = self.columns.into_iter().map(|values| values.finish().into()).collect();
        let frame = DataFrame::new(self.height, columns).expect("each record adds one value to each column");
        (without(frame, &self.bad), self.read)
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
pub(super) struct Rejects {
    keep: bool,
    files: Vec<String>,
    lines: Vec<i64>,
    columns: Vec<Option<&'static str>>,
    texts: Vec<Option<String>>,
    reasons: Vec<String>,
}

impl Rejects {
    /// None so far; without `keep`, each is an error.
    pub(super) fn new(keep: bool) -> Rejects {
        Rejects {
            keep,
            files: Vec::new(),
            lines: Vec::new(),
            columns: Vec::new(),
            texts: Vec::new(),
            reasons: Vec::new(),
        }
    }

    pub(super) fn add(
        &mut self,
        path: &Path,
        line: Option<u64>,
        row: u64,
        column: Option<&'static str>,
        text: Option<String>,
        reason: Reason,
    ) -> Result<(), SourceError> {
        if !self.keep {
            let text = text.map(|text| words::cut(&text, LONGEST));
            return Err(SourceError::Row { path: PathBuf::from(path), line, row, column, text, reason });
        }
        self.files.push(path.display().to_string());
        self.lines.push(line.unwrap_or(row) as i64);
        self.columns.push(column);
        self.texts.push(text);
        self.reasons.push(reason);
        Ok(())
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
