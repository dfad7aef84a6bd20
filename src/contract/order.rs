//! Whether the rows of a table that comes piece by piece are in the declared order already.

use polars::prelude::{DataFrame, PolarsResult};

use super::rise::{Along, Rise};
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
    /// How the only column of the order rises, where it is that.
    first: Option<(&'static str, Along)>,
    /// How the only column of the key rises, where it is that.
    key: Option<(&'static str, Along)>,
}

/// The name of a column that no row type can have.
const POSITION: &str = "0";

impl Order {
    /// No row has come yet.
    pub(crate) fn new(schema: &'static TableSchema) -> Order {
        let first = schema.order_by.iter().map(|term| term.column).take(schema.key.len());
        let key_leads = !schema.key.is_empty() && first.clone().count() == schema.key.len();
        let is_distinct = key_leads && first.clone().all(|column| schema.key.contains(&column));
        let first = match schema.order_by {
            [only] if !only.descending => Some((only.column, Along::new())),
            _ => None,
        };
        let key = match schema.key {
            // One look is enough where the order is that of the key.
            [only] if first.as_ref().is_none_or(|(column, _)| column != only) => Some((*only, Along::new())),
            _ => None,
        };
        Order { schema, last: None, is_kept: true, is_distinct, first, key }
    }

    /// Looks at the rows that come next.
    pub(crate) fn add(&mut self, piece: &DataFrame) {
        for (name, along) in self.first.iter_mut().chain(&mut self.key) {
            along.add(piece.column(name).expect("the pieces of a table have its columns"));
        }
        if self.schema.order_by.is_empty() || !self.is_kept || piece.height() == 0 {
            return;
        }
        let columns = self.schema.order_by.iter().map(|term| term.column);
        let piece = piece.select(columns).expect("the pieces of a table have its columns");
        let rise = self.first.as_ref().map_or(Rise::Unknown, |(_, along)| along.rise());
        let (is_kept, is_distinct) = match rise {
            Rise::Strict => (true, true),
            Rise::Weak => (true, false),
            Rise::Unknown => {
                self.look(&piece).expect("a table that has the columns of its order can be sorted by them")
            }
        };
        self.is_kept = is_kept;
        self.is_distinct &= is_distinct;
        self.last = Some(piece.tail(Some(1)));
    }

    /// Whether the columns of the order are in order, and without neighbours that have the same key.
    fn look(&self, piece: &DataFrame) -> PolarsResult<(bool, bool)> {
        let rows = match &self.last {
            Some(before) => &before.vstack(piece)?,
            None => piece,
        };
        let columns = self.schema.order_by.iter().map(|term| term.column);
        let sorted = rows.with_row_index(POSITION.into(), None)?.sort(columns, sorting(self.schema))?;
        let is_kept = sorted.column(POSITION)?.u32()?.iter().flatten().is_sorted();
        let is_distinct = self.is_distinct && !pieces::repeats(&rows.select(self.schema.key.iter().copied())?);
        Ok((is_kept, is_distinct))
    }

    /// Whether all rows came in the declared order; so they do where none is declared.
    pub(crate) fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Whether the order in which rows came shows that no two of them have the same key.
    pub(crate) fn shows_distinct_keys(&self) -> bool {
        let key_rises = self.key.as_ref().is_some_and(|(_, along)| along.rise() == Rise::Strict);
        key_rises || self.is_kept && self.is_distinct
    }
}
