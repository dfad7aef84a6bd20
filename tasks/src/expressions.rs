//! Expressions that more than one task uses. What a report's column means is said in its task, not here.

use hotel_models::{Booking, status};
use purvey::polars::prelude::{NULL, int_range};
use purvey::prelude::*;

/// One whole number by another as a float; null where the second is zero.
pub(crate) fn ratio(numerator: Expr, denominator: Expr) -> Expr {
    let quotient = numerator.cast(DataType::Float64) / denominator.clone().cast(DataType::Float64);
    when(denominator.neq(lit(0))).then(quotient).otherwise(lit(NULL))
}

/// Cents as euros, for ratios that are read as prices.
pub(crate) fn euros(cents: Expr) -> Expr {
    cents.cast(DataType::Float64) / lit(100.0)
}

/// The number of rows, as a number that may be subtracted from.
pub(crate) fn count() -> Expr {
    len().cast(DataType::Int64)
}

/// A number that a join did not find, as zero.
pub(crate) fn or_zero(number: Expr) -> Expr {
    number.fill_null(lit(0))
}

/// A 32-bit column as one whose sums cannot overflow.
pub(crate) fn wide(column: Expr) -> Expr {
    column.cast(DataType::Int64)
}

/// 1, 2, … within each of these groups, by the present order of rows.
pub(crate) fn rank_within(group: impl Into<Expr>) -> Result<Expr> {
    let place = int_range(lit(1), len() + lit(1), 1, DataType::Int64);
    Ok(place.over([group.into()])?)
}

/// Whether the guests of a booking came.
pub(crate) fn stayed() -> Expr {
    col(Booking::STATUS).eq(lit(status::CHECK_OUT))
}

/// Whether a booking was cancelled.
pub(crate) fn cancelled() -> Expr {
    col(Booking::STATUS).eq(lit(status::CANCELED))
}

/// Whether the guests of a booking never came.
pub(crate) fn no_show() -> Expr {
    col(Booking::STATUS).eq(lit(status::NO_SHOW))
}

/// Days from the day the status was set to the arrival.
pub(crate) fn notice_days() -> Expr {
    day_number(Booking::ARRIVAL_DATE) - day_number(Booking::STATUS_DATE)
}

/// The number of a day, to count from one to another.
pub(crate) fn day_number(date: impl Into<Expr>) -> Expr {
    date.into().cast(DataType::Int32)
}

#[cfg(test)]
mod tests {
    use purvey::polars::df;

    use super::*;

    #[test]
    fn a_ratio_is_null_where_it_has_no_meaning() -> Result<()> {
        let sums = df!("part" => [Some(1), Some(1), Some(0), None], "all" => [Some(4), Some(0), Some(0), Some(4)])?;
        let ratios = sums.lazy().select([ratio(col("part"), col("all"))]).collect()?;
        let ratios: Vec<Option<f64>> = ratios.column("part")?.f64()?.iter().collect();
        assert_eq!(ratios, [Some(0.25), None, None, None]);
        Ok(())
    }

    #[test]
    fn ranks_begin_anew_in_each_group() -> Result<()> {
        let rows = df!("hotel" => ["Seehof", "Alpenblick", "Seehof"])?;
        let ranked = rows.lazy().select([rank_within(col("hotel"))?.alias("rank")]).collect()?;
        let ranks: Vec<i64> = ranked.column("rank")?.i64()?.iter().flatten().collect();
        assert_eq!(ranks, [1, 1, 2]);
        Ok(())
    }
}
