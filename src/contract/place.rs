//! Which partition the rows of a table lie in.

use polars::prelude::{DataFrame, Expr, IntoLazy, col, lit};

use super::whole::{FOUND, Witness};
use super::{Beside, Breach, Whole, conform, enforce};
use crate::failure::{Class, Error, Result};
use crate::partition::{Partition, PartitionRange};
use crate::schema::{ColumnType, TableSchema};

/// Whether a row lies in one of these partitions; `None` where no column says so, or not of partitions like these.
fn inside(schema: &TableSchema, partitions: &PartitionRange) -> Option<Expr> {
    let column = schema.column(schema.partition?)?;
    let between = |start: Expr, end: Expr| {
        let place = || col(column.name).to_physical();
        place().gt_eq(start).and(place().lt(end))
    };
    match column.ty {
        ColumnType::Date => {
            let days = |date: chrono::NaiveDate| (date - chrono::NaiveDate::default()).num_days() as i32;
            let dates = partitions.dates()?;
            Some(between(lit(days(dates.start)), lit(days(dates.end))))
        }
        ColumnType::Instant => {
            let interval = partitions.interval()?;
            Some(between(lit(interval.start.timestamp_micros()), lit(interval.end.timestamp_micros())))
        }
        _ => {
            let is = |partition: &Partition| col(column.name).eq(lit(partition.key().to_string()));
            partitions.iter().map(is).reduce(Expr::or)
        }
    }
}

/// Checks that all rows lie in these partitions, where a column says which one a row belongs to.
///
/// # Errors
///
/// With the first of those that do not.
pub(crate) fn confine(whole: &Whole, partitions: &PartitionRange) -> Result<()> {
    let (Some(column), Some(is_inside)) = (whole.schema.partition, inside(whole.schema, partitions)) else {
        return Ok(());
    };
    let is_outside = is_inside.fill_null(lit(false)).not().alias(FOUND);
    let nothing = |other: &str| Err(Error::new(format!("model `{other}` is not at hand")));
    let beside = Beside { rows_before: &|| Ok(None), other: &nothing };
    let witness = Witness { whole, beside: &beside };
    let failing = witness.total(whole.query.clone().select([is_outside.clone().sum()]))?;
    if failing == 0 {
        return Ok(());
    }
    let rows = witness.numbered(&[column], Some(is_outside)).filter(col(FOUND));
    let of = if partitions.only().is_some() { "partition" } else { "partitions" };
    let said = format!("{} outside of {of} {partitions}", witness.verb(failing, "lies", "lie")?);
    let said = witness.with_first(said, rows, &[column])?.replace('\n', "\n  ");
    let model = whole.schema.name;
    Err(Error::data(format!("model `{model}` breaks its contract:\n  column `{column}`: {said}")))
}

/// What each of these partitions has of a frame, in the order of its rows: a table for each that keeps the contract by itself.
///
/// # Errors
///
/// When one does not, or rows lie in none of them.
pub(crate) fn split(
    schema: &'static TableSchema,
    frame: &DataFrame,
    partitions: &PartitionRange,
) -> Result<Vec<DataFrame>> {
    let data = |breach: Breach| Error::from(breach).classed(Class::Data);
    let (columns, faults) = conform(schema, frame, |column| Some(column.name));
    Breach::if_any(schema, faults).map_err(data)?;
    let typed = DataFrame::new(frame.height(), columns)?;
    confine(&Whole::of_frame(schema, typed.clone()), partitions)?;
    let of_one = |partition: &Partition| {
        let is_inside = inside(schema, &partition.clone().into()).ok_or_else(|| {
            Error::new(format!("rows of model `{}` do not say which partition they belong to", schema.name))
        })?;
        let part = typed.clone().lazy().filter(is_inside).collect()?;
        let kept = enforce(schema, part).map_err(data);
        kept.map_err(|error| error.context(format_args!("in what is for partition {partition}")))
    };
    partitions.iter().map(of_one).collect()
}
