//! A query that has not been computed, as a table of its row type.

use polars::prelude::{DataType, Expr, LazyFrame, PlSmallStr, Schema, col};

use super::{Breach, Fault, cast, sorting};
use crate::nearest;
use crate::schema::{ColumnSchema, TableSchema};

/// The columns of a query with these columns, as the schema wants them: in its order, and widened where nothing can be
/// lost by it. Nothing is computed.
///
/// # Errors
///
/// [`Breach`] with every column that is missing, too many or of another type.
pub(crate) fn columns(schema: &'static TableSchema, found: &Schema) -> Result<Vec<Expr>, Breach> {
    let expr = |column: &ColumnSchema, found: &DataType| {
        let target = column.ty.dtype();
        if *found == target { col(column.name) } else { col(column.name).strict_cast(target) }
    };
    let (mut exprs, mut faults) = (Vec::with_capacity(schema.columns.len()), Vec::new());
    let is_extra = |name: &str| schema.column(name).is_none();
    let mut extra: Vec<&str> = found.iter_names().map(PlSmallStr::as_str).filter(|name| is_extra(name)).collect();
    for column in schema.columns {
        match found.get(column.name) {
            Some(ty) if cast::becomes(ty, column.ty) => exprs.push(expr(column, ty)),
            Some(ty) => {
                faults.push(Fault::Type { column: column.name, expected: column.ty, found: cast::word(ty) });
            }
            None => faults.push(Fault::missing(column.name, &mut extra)),
        }
    }
    faults.extend(extra.into_iter().map(|column| Fault::Extra { column: column.to_owned() }));
    Breach::if_any(schema, faults)?;
    Ok(exprs)
}

/// The query with its rows in the declared order; rows that are equal in it stay as they were.
pub(crate) fn ordered(schema: &TableSchema, query: LazyFrame) -> LazyFrame {
    if schema.order_by.is_empty() {
        return query;
    }
    query.sort(schema.order_by.iter().map(|term| term.column).collect::<Vec<_>>(), sorting(schema))
}

impl Fault {
    /// The fault of a column that is not there; a slip of the pen is one fault, not one column too few and one too many.
    pub(super) fn missing(column: &'static str, extra: &mut Vec<&str>) -> Fault {
        let similar = nearest::name(column, extra.iter().copied());
        extra.retain(|&name| Some(name) != similar.as_deref());
        Fault::Missing { column, similar }
    }
}
