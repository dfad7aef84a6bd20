//! How a table that is a source is read from its files.

use std::path::{Path, PathBuf};

use polars::prelude::DataFrame;

use super::stored::Writing;
use super::{Held, Table};
use crate::failure::{Class, Error, Result};
use crate::model::{NoRejects, Rejected, Row, TableOptions};
use crate::schema::{HandOver, SourceSchema};
use crate::section::Section;
use crate::source::{self, SourceOptions};

/// Where a source is read from, and how.
#[derive(Clone, Debug)]
pub(super) struct Input {
    path: Option<PathBuf>,
    options: SourceOptions,
}

impl Input {
    pub(super) fn new<C: TableOptions>(config: &C, schema: Option<&SourceSchema>, section: &Section) -> Option<Input> {
        let (config, schema) = (config.source()?, schema?);
        let path = config.path.as_ref().map(|path| section.resolve("path", path));
        Some(Input { path, options: config.options(schema) })
    }

    pub(super) fn path(&self, model: &str) -> Result<&Path> {
        self.path.as_deref().ok_or_else(|| {
            Error::new(format!(
                "source model `{model}` has no file to read; set `path` in [models.{model}], or \
                 `--set models.{model}.path=FILE`"
            ))
        })
    }
}

impl<R: Row> Table<R> {
    /// Reads the files of a source into the table, and what cannot be read into `rejects`.
    pub(super) fn load(&mut self, rejects: &mut Table<R::Rejects>) -> Result<()> {
        let name = R::SCHEMA.name;
        let input = self.input.clone().ok_or_else(|| Error::new(format!("model `{name}` is not a source")))?;
        let read = source::read(R::SCHEMA, &input.options, input.path(name)?).map_err(source_error)?;
        tell_of_rejects(name, &read.rejects, read.frame.height())?;
        self.observed = read.state;
        if input.options.keep_rejects {
            rejects.put(read.rejects)?;
        }
        match self.scratch() {
            Some(scratch) if self.hand_over == HandOver::Stored => {
                let mut writing = Writing::begin(R::SCHEMA, &scratch)?;
                writing.add(read.frame)?;
                self.held = Held::File(writing.finish()?.into());
                Ok(())
            }
            _ => self.put(read.frame),
        }
    }
}

/// What may pass by itself is told apart; all else, a file that did not come too, is about the data.
pub(super) fn source_error(error: source::SourceError) -> Error {
    let is_io = error.is_io();
    match Error::from(error) {
        error if is_io && error.class() == Class::Transient => error,
        error => error.classed(Class::Data),
    }
}

/// Rows that cannot be read are told of, and if no row can, that is no quirk of the data.
fn tell_of_rejects(model: &str, rejects: &DataFrame, read: usize) -> Result<()> {
    let (rejected, rows) = (rejects.height(), rejects.height() + read);
    if rejected == 0 {
        return Ok(());
    }
    if read == 0 {
        let first = Rejected::<NoRejects>::from_frame(&rejects.head(Some(1)))?;
        let first = first.first().map(Rejected::sentence).unwrap_or_default();
        return Err(Error::data(format!(
            "none of the {rows} rows of source `{model}` can be read; the first: {first}; does [models.{model}] say how \
             its files are written?"
        )));
    }
    log::warn!("{rejected} of {rows} rows of source `{model}` cannot be read and are set aside");
    Ok(())
}
