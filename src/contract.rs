//! The contract of a table: what a frame must be like to be a table of its row type.
//!
//! Knows schemas and frames. It does not know who made the frame, where it goes, or how a file is read.

use std::fmt;

use polars::prelude::{BooleanChunked, Column, DataFrame, PolarsResult, SortMultipleOptions};

use crate::nearest;
use crate::schema::{Check, ColumnSchema, ColumnType, TableSchema};

mod cast;
mod check;
mod offender;
mod order;
mod pieces;
mod place;
pub(crate) mod query;
mod rise;
#[cfg(test)]
mod tests;
mod whole;

pub(crate) use offender::LONGEST;
pub use offender::{Offender, Offenders};
pub(crate) use order::Order;
pub(crate) use pieces::{Pieces, across, check_columns, check_rows, columns_across};
pub(crate) use place::{confine, split};
use rise::Rise;
pub use whole::Whole;
pub(crate) use whole::{Beside, judge, misfit};

/// Checks a frame against a schema; returns it with its columns in the schema's order and of the schema's types, and
/// its rows in the declared order.
///
/// Columns are widened where nothing can be lost by it: an integer to a larger one, `f32` to `f64`, an integer of at
/// most 32 bits to `f64`, a time in milliseconds to microseconds, a column of nothing but nulls to any type. Anything
/// else is the task's to decide, and an error here. NaN keeps every rule but `finite`; nulls keep every rule, and
/// come first where rows are ordered.
///
/// # Errors
///
/// [`Breach`] with every fault of the frame.
///
/// ```
/// use purvey::contract;
/// use purvey::polars::df;
/// use purvey::prelude::*;
///
/// /// One stay.
/// #[derive(Row, Clone, Debug, PartialEq)]
/// #[row(table = "stays", order_by = "nights")]
/// struct Stay {
///     #[check(min = 1)]
///     nights: i64,
/// }
///
/// let widened = contract::enforce(Stay::SCHEMA, df!("nights" => [3_i32, 1])?)?;
/// assert_eq!(widened, df!("nights" => [1_i64, 3])?);
///
/// let breach = contract::enforce(Stay::SCHEMA, df!("nights" => [3, 0])?).unwrap_err();
/// assert_eq!(
///     breach.to_string(),
///     "model `stays` breaks its contract:\n  column `nights`: 1 of 2 rows breaks check `min = 1`\n    row 2: 0"
/// );
/// # Ok::<(), purvey::Error>(())
/// ```
pub fn enforce(schema: &'static TableSchema, frame: DataFrame) -> Result<DataFrame, Breach> {
    let (columns, mut faults) = conform(schema, &frame, |column| Some(column.name));
    let typed = DataFrame::new(frame.height(), columns)
        .expect("columns of one frame are of one height, and those of a schema have different names");
    drop(frame);
    faults.extend(Witness { schema, frame: &typed }.all());
    Breach::if_any(schema, faults)?;
    Ok(ordered(schema, typed).expect("a frame that has the columns of its order can be sorted by them"))
}

/// Takes the columns of a schema out of a frame that calls them by other names, and widens them; those without a name
/// are not looked for. Columns that are missing, too many or of another type are faults, and not in the result.
pub(crate) fn conform(
    schema: &'static TableSchema,
    frame: &DataFrame,
    name_of: impl Fn(&ColumnSchema) -> Option<&'static str>,
) -> (Vec<Column>, Vec<Fault>) {
    let wanted = |name: &str| schema.columns.iter().any(|column| name_of(column) == Some(name));
    let mut extra: Vec<&str> =
        frame.columns().iter().map(|column| column.name().as_str()).filter(|name| !wanted(name)).collect();
    let mut faults = Vec::new();
    let mut columns = Vec::with_capacity(schema.columns.len());
    for (expected, name) in schema.columns.iter().filter_map(|column| Some((column, name_of(column)?))) {
        let Ok(found) = frame.column(name) else {
            faults.push(Fault::missing(name, &mut extra));
            continue;
        };
        match cast::lossless(found, expected.ty) {
            Some(typed) => columns.push(typed.with_name(expected.name.into())),
            None => {
                let found = cast::word(found.dtype());
                faults.push(Fault::Type { column: name, expected: expected.ty, found });
            }
        }
    }
    faults.extend(extra.iter().map(|&column| Fault::Extra { column: column.to_owned() }));
    (columns, faults)
}

/// The frame in the declared order of rows; rows that are equal in it stay as they were.
fn ordered(schema: &TableSchema, frame: DataFrame) -> PolarsResult<DataFrame> {
    let is_ordered = match schema.order_by {
        [] => true,
        [only] => !only.descending && rise::of(frame.column(only.column)?) != Rise::Unknown,
        _ => false,
    };
    if is_ordered {
        return Ok(frame);
    }
    frame.sort(schema.order_by.iter().map(|term| term.column), sorting(schema))
}

/// How rows are put in the declared order.
fn sorting(schema: &TableSchema) -> SortMultipleOptions {
    SortMultipleOptions::default()
        .with_order_descending_multi(schema.order_by.iter().map(|term| term.descending))
        .with_nulls_last(false)
        .with_maintain_order(true)
}

/// Looks for rows that break rules, and remembers a few of them.
struct Witness<'a> {
    schema: &'static TableSchema,
    frame: &'a DataFrame,
}

impl Witness<'_> {
    /// Every rule of the columns that are there.
    fn all(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for column in self.schema.columns {
            self.nulls(column, &mut faults);
            self.checks(column, |_| true, &mut faults);
        }
        self.key(&mut faults);
        faults
    }

    fn nulls(&self, schema: &'static ColumnSchema, faults: &mut Vec<Fault>) {
        let Ok(values) = self.frame.column(schema.name) else {
            return;
        };
        if values.null_count() > 0 {
            if !schema.nullable {
                let rows = self.offenders(&values.is_null(), None);
                faults.push(Fault::Null { column: schema.name, rows });
            } else if self.schema.key.contains(&schema.name) {
                let rows = self.offenders(&values.is_null(), None);
                faults.push(Fault::NullKey { column: schema.name, rows });
            }
        }
    }

    fn checks(&self, schema: &'static ColumnSchema, are_made: impl Fn(Check) -> bool, faults: &mut Vec<Fault>) {
        let Ok(values) = self.frame.column(schema.name) else {
            return;
        };
        for &check in schema.checks.iter().filter(|&&check| are_made(check)) {
            match check::broken(check, schema.ty, values.as_materialized_series()) {
                Ok(mask) if mask.any() => {
                    let rows = self.offenders(&mask, Some(values));
                    faults.push(Fault::Check { column: schema.name, check, rows });
                }
                Ok(_) => {}
                Err(reason) => faults.push(Fault::Rule { column: schema.name, check, reason }),
            }
        }
    }

    fn key(&self, faults: &mut Vec<Fault>) {
        let key = self.schema.key;
        let Ok(columns) = self.frame.select(key.iter().copied()) else {
            return;
        };
        if key.is_empty() {
            return;
        }
        if let [only] = columns.columns()
            && rise::of(only) == Rise::Strict
        {
            return;
        }
        let mut mask = check::duplicated(&columns).expect("columns of these types can be compared");
        for column in columns.columns().iter().filter(|column| column.null_count() > 0) {
            mask = mask & column.is_not_null();
        }
        if mask.any() {
            faults.push(Fault::DuplicateKey { key, rows: self.offenders(&mask, None) });
        }
    }

    /// The number of rows in the mask, and the first of them with their key and the value in `values`.
    fn offenders(&self, mask: &BooleanChunked, values: Option<&Column>) -> Offenders {
        let key = self.schema.key.iter().filter_map(|name| self.frame.column(name).ok());
        Offenders::new(mask, &key.collect::<Vec<_>>(), values)
    }
}

/// A frame that is not a table of its row type, with everything that is wrong.
///
/// It prints as one line for each fault, with the first rows that show it:
///
/// ```text
/// model `clean_bookings` breaks its contract:
///   column `nights`: 2 of 1,204 rows break check `min = 0`
///     row 17 (booking_id 4711): -1
///     row 30 (booking_id 4720): -3
/// ```
///
/// Rows are counted from 1, in the order the task put them in.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    model: &'static str,
    faults: Vec<Fault>,
}

impl Breach {
    /// Fails with the faults of a table, if there are any.
    fn if_any(schema: &TableSchema, faults: Vec<Fault>) -> Result<(), Breach> {
        if faults.is_empty() { Ok(()) } else { Err(Breach { model: schema.name, faults }) }
    }

    /// Everything that is wrong: first the columns themselves, then their values, then the key.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl std::error::Error for Breach {}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "model `{}` breaks its contract:", self.model)?;
        self.faults.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

/// One way in which a frame is not a table of its row type.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A column of the row type is not in the frame.
    #[error("column `{column}` is missing{}", nearest::hint(.similar.as_deref()))]
    Missing {
        /// The column.
        column: &'static str,
        /// The name of a column that is too many, and is spelt almost like it.
        similar: Option<String>,
    },
    /// A column of the frame is not in the row type.
    #[error("column `{column}` is too many; drop it, or add it to the row type")]
    Extra {
        /// The column.
        column: String,
    },
    /// A column is of a type that cannot become the declared one without loss.
    #[error("column `{column}` is {found} and cannot become {expected} without loss; cast it in the task")]
    Type {
        /// The column.
        column: &'static str,
        /// The declared type.
        expected: ColumnType,
        /// The type found; in polars' words where no column can be of it.
        found: String,
    },
    /// A column that is not nullable holds nulls.
    #[error("column `{column}`: {}, and its field is not an `Option`{rows}", .rows.verb("is null", "are null"))]
    Null {
        /// The column.
        column: &'static str,
        /// The rows.
        rows: Offenders,
    },
    /// A nullable column that is part of the key holds nulls.
    #[error("column `{column}`: {}, and it is part of the key{rows}", .rows.verb("is null", "are null"))]
    NullKey {
        /// The column.
        column: &'static str,
        /// The rows.
        rows: Offenders,
    },
    /// Several rows have the same key.
    #[error("key `{}`: {} not unique{rows}", .key.join(", "), .rows.verb("is", "are"))]
    DuplicateKey {
        /// The columns of the key.
        key: &'static [&'static str],
        /// The rows, including the first of each key.
        rows: Offenders,
    },
    /// Values of a column break one of its checks.
    #[error("column `{column}`: {} check `{check}`{rows}", .rows.verb("breaks", "break"))]
    Check {
        /// The column.
        column: &'static str,
        /// The check.
        check: Check,
        /// The rows.
        rows: Offenders,
    },
    /// A check makes no sense for the type of its column.
    #[error("column `{column}`: check `{check}` cannot be made: {reason}")]
    Rule {
        /// The column.
        column: &'static str,
        /// The check.
        check: Check,
        /// Why not.
        reason: String,
    },
}
