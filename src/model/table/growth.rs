//! Tables that grow: what a task puts in goes to the rows that were there before.

use std::sync::Arc;

use polars::prelude::{
    DataFrame, IntoLazy, JoinArgs, JoinType, LazyFrame, MaintainOrderJoin, PolarsResult, SortMultipleOptions,
    UnionArgs, UniqueKeepStrategy, by_name, col, concat, lit,
};

use super::Table;
use super::handed::{conformed, in_model};
use super::held::{Held, Query};
use super::stored;
use crate::failure::{Class, Error, Result};
use crate::model::{Content, Model, ParquetFile, Row, Scratch};
use crate::schema::{Incremental, TableSchema};

#[cfg(test)]
mod tests;

/// What a table grows from.
pub(super) struct Growth {
    schema: &'static TableSchema,
    way: Incremental,
    /// With the columns of the schema; `None` where there is nothing.
    previous: Option<LazyFrame>,
    /// Its file, where that has just these columns, and it is known what is in it.
    file: Option<ParquetFile>,
}

impl Growth {
    /// What a table grows from, which is nothing in its first run; `None` for one that does not grow.
    pub(super) fn new(schema: &'static TableSchema, previous: Option<Content>) -> Result<Option<Growth>> {
        let Some(way) = schema.incremental else { return Ok(None) };
        let Some(content) = previous else { return Ok(Some(Growth { schema, way, previous: None, file: None })) };
        let file = match &content {
            Content::Parquet(file) if file.bytes().is_some() => Some(file.clone()),
            _ => None,
        };
        let has_columns = |file: &ParquetFile| {
            let found = file.scan().and_then(|mut rows| rows.collect_schema());
            found.is_ok_and(|found| *found == schema.polars())
        };
        let (file, previous) = (file.filter(has_columns), Some(rows(schema, content)?));
        Ok(Some(Growth { schema, way, previous, file }))
    }

    /// The rows that were there before.
    pub(super) fn previous(&self) -> Option<&LazyFrame> {
        self.previous.as_ref()
    }

    /// A query over all rows, with those that a task has put in.
    pub(super) fn with(&self, put: LazyFrame) -> Result<LazyFrame> {
        let put = conformed(self.schema, put)?;
        self.joined(put).map_err(|error| in_model(self.schema, error.into()))
    }

    /// What the table holds with rows that are at hand. Where there are none, that is what it held before, in its very file
    /// where that can be.
    fn with_frame(&self, put: DataFrame) -> Result<Held> {
        let all = match &self.previous {
            Some(previous) if put.height() == 0 => {
                if let Some(file) = &self.file {
                    // No rows can have wrong columns, too.
                    conformed(self.schema, put.lazy()).map(drop)?;
                    return Ok(Held::File(file.clone().into()));
                }
                previous.clone()
            }
            _ => self.with(put.lazy())?,
        };
        all.collect().map(|all| Held::Frame(all.into())).map_err(|error| in_model(self.schema, error.into()))
    }

    /// The same with rows that a query gives, all of which need not be in memory.
    fn with_query(&self, put: LazyFrame, scratch: &Arc<Scratch>) -> Result<Held> {
        let Some(file) = &self.file else { return Ok(Held::Query(Query::new(self.with(put)?))) };
        let put = stored::rows(self.schema, &conformed(self.schema, put)?, scratch)?;
        if put.rows() == 0 {
            put.remove();
            return Ok(Held::File(file.clone().into()));
        }
        Ok(Held::Query(Query::new(self.with(put.scan()?)?)))
    }

    fn joined(&self, put: LazyFrame) -> PolarsResult<LazyFrame> {
        let key = self.schema.key;
        match self.way {
            Incremental::Append => self.after_previous(|previous| previous, put),
            Incremental::Replace { by } => {
                let all = self.after_previous(|previous| without(previous, &put, by), put.clone())?;
                Ok(in_order(all, by))
            }
            Incremental::Merge { latest: None } => {
                let all = self.after_previous(|previous| without(previous, &put, key), put.clone())?;
                Ok(in_order(all, key))
            }
            Incremental::Merge { latest: Some(latest) } => {
                let put = last_by(put, key, latest);
                let Some(previous) = self.previous.clone() else { return Ok(in_order(put, key)) };
                let matching = joined(previous.clone(), &put, key, JoinType::Semi);
                let merged = last_by(stacked(matching, put.clone())?, key, latest);
                Ok(in_order(stacked(without(previous, &put, key), merged)?, key))
            }
        }
    }

    /// What is left of the previous rows, and under it those that were put in.
    fn after_previous(&self, rest: impl FnOnce(LazyFrame) -> LazyFrame, put: LazyFrame) -> PolarsResult<LazyFrame> {
        match self.previous.clone() {
            Some(previous) => stacked(rest(previous), put),
            None => Ok(put),
        }
    }
}

impl<R: Row> Table<R> {
    /// A table that grows from these rows, as the provider of an incremental table gets it in a run; for tests of that task.
    /// Sealing it has what was put in go to them.
    ///
    /// ```
    /// use purvey::model::Model;
    /// use purvey::prelude::*;
    ///
    /// /// Rooms that were sold, night by night.
    /// #[derive(Row, Clone, Debug, PartialEq)]
    /// #[row(table = "sold", incremental = "replace", by = "night")]
    /// struct Sold {
    ///     night: i32,
    ///     rooms: i64,
    /// }
    ///
    /// let before = Table::from_rows([Sold { night: 1, rooms: 80 }, Sold { night: 2, rooms: 70 }]);
    /// let mut sold = Table::following(before)?;
    /// assert_eq!(sold.previous().expect("there are rows").collect()?.height(), 2);
    /// sold.put(vec![Sold { night: 2, rooms: 75 }, Sold { night: 3, rooms: 60 }])?;
    /// sold.seal()?;
    /// assert_rows!(sold, [
    ///     Sold { night: 1, rooms: 80 },
    ///     Sold { night: 2, rooms: 75 },
    ///     Sold { night: 3, rooms: 60 },
    /// ]);
    /// # Ok::<(), purvey::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the rows break the contract of the row type.
    pub fn following(mut previous: Table<R>) -> Result<Table<R>> {
        previous.seal()?;
        let mut table = Table::new();
        table.follow(Some(previous.content()?))?;
        Ok(table)
    }

    /// The rows that there are already of a table that grows, without what was put in now. `None` in the first run, in one
    /// that makes the table anew (`--force`), and for a table that does not grow.
    #[must_use]
    pub fn previous(&self) -> Option<LazyFrame> {
        self.growth.as_ref()?.previous().cloned()
    }

    /// What was put in, with the rows that were there before.
    pub(super) fn grown(&self, growth: &Growth, held: Held) -> Result<Held> {
        let collect = |plan: LazyFrame| plan.collect().map_err(|error| in_model(R::SCHEMA, error.into()));
        let put = match held {
            Held::Frame(framed) => framed.into_frame(),
            Held::Query(query) => match query.into_parts() {
                (_, Some(frame)) => frame,
                (plan, None) => match self.scratch() {
                    Some(scratch) => return growth.with_query(plan, &scratch),
                    None => collect(plan)?,
                },
            },
            held => return Ok(held),
        };
        growth.with_frame(put)
    }
}

/// The rows of a version, with the columns of the schema: one that may be null and was not there then is null.
fn rows(schema: &'static TableSchema, content: Content) -> Result<LazyFrame> {
    let kind = content.kind();
    let mut rows = match content {
        Content::Table(frame) => frame.lazy(),
        Content::Parquet(file) => file.scan()?,
        Content::Json(_) | Content::File(_) => {
            return Err(Error::new(format!("a stored {kind} cannot be read into model `{}`", schema.name)));
        }
    };
    let found = rows.collect_schema().map_err(|error| in_model(schema, error.into()))?;
    let missing = schema.columns.iter().filter(|column| column.nullable && !found.contains(column.name));
    let nulls: Vec<_> =
        missing.map(|column| lit(polars::prelude::NULL).cast(column.ty.dtype()).alias(column.name)).collect();
    conformed(schema, rows.with_columns(nulls)).map_err(|error| {
        let name = schema.name;
        let text =
            format!("model `{name}` cannot grow from the version that there is; a run with `--force` makes it anew");
        error.context(text).classed(Class::Data)
    })
}

/// Of rows with the same key the one with the greatest value, or the last of these.
fn last_by(rows: LazyFrame, key: &[&'static str], latest: &'static str) -> LazyFrame {
    let in_order = rows.sort([latest], SortMultipleOptions::default().with_maintain_order(true));
    in_order.unique_stable(Some(by_name(key.iter().copied(), true, false)), UniqueKeepStrategy::Last)
}

/// The rows that match none of the others in these columns, in their order.
fn without(rows: LazyFrame, others: &LazyFrame, columns: &[&'static str]) -> LazyFrame {
    joined(rows, others, columns, JoinType::Anti)
}

fn joined(rows: LazyFrame, others: &LazyFrame, columns: &[&'static str], how: JoinType) -> LazyFrame {
    let on: Vec<_> = columns.iter().map(|column| col(*column)).collect();
    let arguments = JoinArgs { nulls_equal: true, maintain_order: MaintainOrderJoin::Left, ..JoinArgs::new(how) };
    rows.join(others.clone().select(on.clone()), on.clone(), on, arguments)
}

fn stacked(first: LazyFrame, second: LazyFrame) -> PolarsResult<LazyFrame> {
    concat([first, second], UnionArgs { maintain_order: true, ..UnionArgs::default() })
}

/// The rows in the order of these columns; those that are equal in them stay as they were.
fn in_order(rows: LazyFrame, columns: &[&'static str]) -> LazyFrame {
    rows.sort(columns.iter().copied(), SortMultipleOptions::default().with_maintain_order(true))
}
