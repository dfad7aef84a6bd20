//! How full the books were so many days before arrival.

use std::collections::BTreeSet;

use hotel_models::{Booking, Bookings, PickupCurve, PickupPoint};
use purvey::polars::prelude::{Engine, UnionArgs, concat};
use purvey::prelude::*;
use serde::{Deserialize, Serialize};

use crate::expressions::{cancelled, count, notice_days, ratio, stayed, wide};

/// The settings of [`pickup_curve`], in `[tasks.pickup_curve]`.
#[derive(Serialize, Deserialize, Clone, Debug)]
#[serde(default)]
pub struct PickupSettings {
    /// The days before arrival at which the books are looked at.
    pub days_before: BTreeSet<i32>,
}

impl Default for PickupSettings {
    fn default() -> Self {
        PickupSettings { days_before: [0, 1, 3, 7, 14, 30, 60, 90, 180, 365].into() }
    }
}

/// Counts the bookings that were on the books so many days before arrival, for each hotel and month of arrival.
#[task]
pub fn pickup_curve(
    bookings: &Bookings,
    settings: Settings<PickupSettings>,
    pickup_curve: &mut PickupCurve,
) -> Result<()> {
    if settings.days_before.is_empty() {
        return Err(Error::data("`days_before` in [tasks.pickup_curve] is empty; name one day at least, such as 30"));
    }
    let on_the_books = (0..).zip(&settings.days_before).flat_map(|(place, &days)| on_the_books(place, days));
    let all = [all_of(lit(true)).alias("all"), all_of(col("stayed")).alias("stayed")];
    let months = kinds(bookings, &settings.days_before)
        .group_by([col(Booking::HOTEL), col(Booking::ARRIVAL_MONTH)])
        .agg(all.into_iter().chain(on_the_books).collect::<Vec<_>>())
        // The bookings may be more than there is memory for.
        .collect_with_engine(Engine::Streaming)?
        .unwrap_single();
    let points: Vec<LazyFrame> = settings.days_before.iter().map(|&days| point(&months, days)).collect();
    pickup_curve.put(concat(points, UnionArgs::default())?)
}

/// How many bookings there are of each kind: how many of the days they were entered on or before, and on or before how
/// many they were cancelled. There are few kinds, so that bookings are looked at once and not for each of the days.
fn kinds(bookings: &Bookings, days_before: &BTreeSet<i32>) -> LazyFrame {
    let reached = |notice: Expr| {
        let reached = days_before.iter().map(|&days| notice.clone().gt_eq(lit(days)).cast(DataType::UInt16));
        reached.reduce(|all, next| all + next).expect("there is one day at least")
    };
    let off = when(cancelled()).then(reached(notice_days())).otherwise(lit(0_u16));
    bookings
        .scan()
        .group_by([
            col(Booking::HOTEL),
            col(Booking::ARRIVAL_MONTH),
            reached(col(Booking::LEAD_TIME)).alias("entered"),
            off.alias("off"),
            stayed().alias("stayed"),
        ])
        .agg([count().alias("bookings")])
}

/// How many bookings were on the books at one of the days, counted from the last: all that had been entered, and those
/// not cancelled. A booking that is cancelled on that very day is off the books.
fn on_the_books(place: u16, days: i32) -> [Expr; 2] {
    let entered = col("entered").gt(lit(place));
    let still_on = col("off").lt_eq(lit(place));
    [all_of(entered.clone()).alias(gross(days)), all_of(entered.and(still_on)).alias(net(days))]
}

/// The bookings of the kinds for which this holds.
fn all_of(holds: Expr) -> Expr {
    (col("bookings") * wide(holds)).sum()
}

/// The points of the curve of each hotel and month that are so many days before arrival.
fn point(months: &DataFrame, days: i32) -> LazyFrame {
    months.clone().lazy().select([
        col(PickupPoint::HOTEL),
        col(PickupPoint::ARRIVAL_MONTH),
        lit(days).alias(PickupPoint::DAYS_BEFORE),
        col(gross(days)).alias(PickupPoint::GROSS),
        col(net(days)).alias(PickupPoint::NET),
        ratio(col(gross(days)), col("all")).alias(PickupPoint::GROSS_SHARE),
        ratio(col(net(days)), col("stayed")).alias(PickupPoint::NET_TO_STAYED),
    ])
}

fn gross(days: i32) -> String {
    format!("gross_{days}")
}

fn net(days: i32) -> String {
    format!("net_{days}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{booking, cancelled, date};

    fn curve_of<const N: usize>(rows: [Booking; N], days_before: &[i32]) -> Result<Vec<PickupPoint>> {
        let settings = PickupSettings { days_before: days_before.iter().copied().collect() };
        let mut curve = PickupCurve::new();
        pickup_curve(&Bookings::from_rows(rows), Settings(settings), &mut curve)?;
        curve.rows()
    }

    #[test]
    fn a_booking_is_on_the_books_from_the_day_it_is_entered() -> Result<()> {
        let curve = curve_of([booking()], &[6, 7, 8])?;
        assert_eq!(
            curve.iter().map(|point| (point.days_before, point.gross)).collect::<Vec<_>>(),
            [(6, 1), (7, 1), (8, 0)]
        );
        Ok(())
    }

    #[test]
    fn a_cancelled_booking_is_off_the_books_from_that_day_on() -> Result<()> {
        let curve = curve_of([cancelled(3)], &[2, 3, 4])?;
        assert_eq!(curve.iter().map(|point| (point.gross, point.net)).collect::<Vec<_>>(), [(1, 0), (1, 0), (1, 1)]);
        Ok(())
    }

    #[test]
    fn shares_are_of_all_bookings_and_of_those_that_stayed() -> Result<()> {
        let late = Booking { lead_time: 0, ..booking() };
        let curve = curve_of([booking(), late, cancelled(1)], &[7])?;
        let point = PickupPoint {
            hotel: "Seehof".into(),
            arrival_month: date(2025, 7, 1),
            days_before: 7,
            gross: 2,
            net: 2,
            gross_share: 2.0 / 3.0,
            net_to_stayed: Some(1.0),
        };
        assert_eq!(curve, [point]);
        Ok(())
    }

    #[test]
    fn where_none_stayed_there_is_no_share_of_them() -> Result<()> {
        assert_eq!(curve_of([cancelled(3)], &[0])?[0].net_to_stayed, None);
        Ok(())
    }

    #[test]
    fn each_month_has_a_point_for_each_day() -> Result<()> {
        let august = Booking { arrival_month: date(2025, 8, 1), arrival_date: date(2025, 8, 9), ..booking() };
        let curve = curve_of([august, booking()], &[30, 0])?;
        let found: Vec<_> = curve.iter().map(|point| (point.arrival_month, point.days_before)).collect();
        let (july, august) = (date(2025, 7, 1), date(2025, 8, 1));
        assert_eq!(found, [(july, 0), (july, 30), (august, 0), (august, 30)]);
        Ok(())
    }

    #[test]
    fn a_curve_without_days_is_refused_with_the_setting_by_name() {
        let error = curve_of([booking()], &[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`days_before` in [tasks.pickup_curve] is empty; name one day at least, such as 30"
        );
    }
}
