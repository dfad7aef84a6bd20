//! Whether the rows of a table that comes piece by piece are in the declared order already.

use polars::prelude::{DataFrame, PolarsResult};

use super::{pieces, sorting};
use crate::schema::TableSchema;

/// Looks whether rows come in the declared order. It remembers one row.
#[derive(Debug)]
pub(crate) struct Order {
    schema: &'static TableSchema,
    /// The columns of the order in the last row.
    last: Option<DataFrame>,
    is_kept: bool,
    /// Whether no two neighbours have the same key, where equal keys would be neighbours.
    is_distinct: bool,
}

/// The name of a column that no row type can have.
const POSITION: &str = "0";

impl Order {
    /// No row has come yet.
    pub(crate) fn new(schema: &'static TableSchema) -> Order {
        let first = schema.order_by.iter().map(|term| term.column).take(schema.key.len());
        let key_leads = !schema.key.is_empty() && first.clone().count() == schema.key.len();
        let is_distinct = key_leads && first.clone().all(|column| schema.key.contains(&column));
        Order { schema, last: None, is_kept: true, is_distinct }
    }

    /// Looks at the rows that come next.
    pub(crate) fn add(&mut self, piece: &DataFrame) {
        if self.schema.order_by.is_empty() || !self.is_kept || piece.height() == 0 {
            return;
        }
        let (is_kept, is_distinct, last) =
            self.look(piece).expect("a table that has the columns of its order can be sorted by them");
        self.is_kept = is_kept;
        self.is_distinct &= is_distinct;
        self.last = Some(last);
    }

    fn look(&self, piece: &DataFrame) -> PolarsResult<(bool, bool, DataFrame)> {
        let columns: Vec<&str> = self.schema.order_by.iter().map(|term| term.column).collect();
        let piece = piece.select(columns.iter().copied())?;
        let last = piece.tail(Some(1));
        let rows = match &self.last {
            Some(before) => before.vstack(&piece)?,
            None => piece,
        };
        let sorted = rows.with_row_index(POSITION.into(), None)?.sort(columns, sorting(self.schema))?;
        let is_kept = sorted.column(POSITION)?.u32()?.iter().flatten().is_sorted();
        let is_distinct = self.is_distinct && !pieces::repeats(&rows.select(self.schema.key.iter().copied())?);
        Ok((is_kept, is_distinct, last))
    }

    /// Whether all rows came in the declared order; so they do where none is declared.
    pub(crate) fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Whether the order alone shows that no two rows have the same key.
    pub(crate) fn shows_distinct_keys(&self) -> bool {
        self.is_kept && self.is_distinct
    }
}
