//! How a table that is a source is read from its files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::DataFrame;

use super::stored::{ROWS, Writing};
use super::{Held, Table};
use crate::failure::{Class, Error, Result};
use crate::model::{NoRejects, Rejected, Row, Scratch, TableOptions};
use crate::schema::{SourceSchema, TableSchema};
use crate::section::Section;
use crate::source::{self, Blocks, Portion, SourceOptions, SourceState};

/// Where a source is read from, and how.
#[derive(Clone, Debug)]
pub(super) struct Input {
    path: Option<PathBuf>,
    options: SourceOptions,
    /// What was read before and is left out, where each file or row is read once.
    taken: Option<SourceState>,
}

impl Input {
    pub(super) fn new<C: TableOptions>(config: &C, schema: Option<&SourceSchema>, section: &Section) -> Option<Input> {
        let (config, schema) = (config.source()?, schema?);
        let path = config.path.as_ref().map(|path| section.resolve("path", path));
        let taken = config.is_once(schema).then(SourceState::default);
        Some(Input { path, options: config.options(schema), taken })
    }

    /// What the files are like now that are to be read; `before` is what they were like before, and what is left out where
    /// each is read once.
    pub(super) fn observe(
        &self,
        schema: &'static TableSchema,
        before: Option<&SourceState>,
    ) -> Result<Option<SourceState>> {
        let path = self.path(schema.name)?;
        let observed = match &self.taken {
            _ if self.options.table.is_some() => source::observe_table(schema, &self.options, path, before).map(Some),
            None => source::observe(path, before),
            Some(none) => source::fresh(path, before.unwrap_or(none)).map(|fresh| fresh.map(|(_, state)| state)),
        };
        observed.map_err(source_error)
    }

    /// What was read before is left out.
    pub(super) fn leave_out(&mut self, taken: SourceState) {
        if let Some(out) = &mut self.taken {
            *out = taken;
        }
    }

    /// What to read.
    fn portion(&self, path: &Path, model: &str) -> Result<Portion> {
        let Some(taken) = &self.taken else { return Ok(Portion::All) };
        if self.options.table.is_some() {
            return Ok(taken.watermark.clone().map_or(Portion::All, Portion::After));
        }
        let fresh = source::fresh(path, taken).map_err(source_error)?;
        fresh.map(|(files, _)| Portion::Files(files)).ok_or_else(|| {
            Error::data(format!(
                "each file of source `{model}` is read once, but `{}` is no file with content of its own that could be told \
                 from what was read before",
                path.display()
            ))
        })
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
        let path = input.path(name)?;
        let portion = input.portion(path, name)?;
        match self.scratch() {
            _ if matches!(&portion, Portion::Files(files) if files.is_empty()) => {
                self.observed = Some(SourceState::default());
                if input.options.keep_rejects {
                    rejects.put(Vec::new())?;
                }
                self.put(Vec::new())
            }
            Some(scratch) => self.stream(
                &input.options,
                source::blocks(R::SCHEMA, &input.options, path).portion(portion),
                &scratch,
                rejects,
            ),
            None => {
                let read = source::read_of(R::SCHEMA, &input.options, path, portion).map_err(source_error)?;
                tell_of_rejects(name, &read.rejects, read.frame.height())?;
                self.observed = read.state;
                self.rejected = Some(shares(&read.rejects, read.frame.height()));
                if input.options.keep_rejects {
                    rejects.put(read.rejects)?;
                }
                self.put(read.frame)
            }
        }
    }

    /// The same into a file, block by block, of which few are in memory at a time. Rows that cannot be read all are.
    fn stream(
        &mut self,
        options: &SourceOptions,
        mut blocks: Blocks,
        scratch: &Arc<Scratch>,
        rejects: &mut Table<R::Rejects>,
    ) -> Result<()> {
        let mut writing = Writing::begin(R::SCHEMA, scratch)?;
        let mut set_aside: Option<DataFrame> = None;
        let mut gathered: Option<DataFrame> = None;
        for block in &mut blocks {
            let block = block.map_err(source_error)?;
            stack(&mut set_aside, block.rejects)?;
            stack(&mut gathered, block.frame)?;
            // Few large row groups are read faster than many small ones.
            if let Some(piece) = gathered.take_if(|piece| piece.height() >= ROWS) {
                writing.add(piece)?;
            }
        }
        self.observed = blocks.state();
        gathered.map_or(Ok(()), |piece| writing.add(piece))?;
        let set_aside = set_aside.expect("a source is a block at least");
        tell_of_rejects(R::SCHEMA.name, &set_aside, writing.rows())?;
        self.rejected = Some(shares(&set_aside, writing.rows()));
        if options.keep_rejects {
            rejects.put(set_aside)?;
        }
        self.held = Held::File(writing.finish()?.into());
        Ok(())
    }
}

/// Puts rows under those that are there.
fn stack(rows: &mut Option<DataFrame>, more: DataFrame) -> Result<()> {
    match rows {
        Some(rows) => Ok(rows.vstack_mut_owned(more).map(|_| ())?),
        None => {
            *rows = Some(more);
            Ok(())
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

/// How many rows were set aside, of how many.
fn shares(rejects: &DataFrame, read: usize) -> (u64, u64) {
    (rejects.height() as u64, (rejects.height() + read) as u64)
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
