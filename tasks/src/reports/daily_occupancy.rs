//! How full each hotel was, night by night.

use hotel_models::{Booking, Bookings, DailyOccupancy, OccupancyDay};
use purvey::polars::prelude::{ClosedWindow, Duration, ExplodeOptions, cols, date_ranges};
use purvey::prelude::*;

use crate::expressions::{count, or_zero, stayed, wide};

/// Counts rooms, guests and revenue of every night, from each hotel's first to its last occupied one.
///
/// A house is as full as those who came, less those who left: running sums over the days replace a row for each night
/// of each stay. Stays of no nights come and leave on one day, so that they count as an arrival and a departure only.
#[task]
pub fn daily_occupancy(bookings: &Bookings, daily_occupancy: &mut DailyOccupancy) -> Result<()> {
    let stays = bookings.scan().filter(stayed());
    let day = [col(OccupancyDay::HOTEL), col(OccupancyDay::DATE)];
    let in_house = |came: &str, left: &str| {
        (or_zero(col(came)) - or_zero(col(left))).cum_sum(false).over([col(OccupancyDay::HOTEL)])
    };

    let came =
        stays.clone().group_by([col(Booking::HOTEL), col(Booking::ARRIVAL_DATE).alias(OccupancyDay::DATE)]).agg([
            count().alias(OccupancyDay::ARRIVALS),
            wide(col(Booking::GUESTS)).sum().alias("guests_came"),
            col(Booking::ADR_CENTS).sum().alias("cents_came"),
        ]);
    let left =
        stays.clone().group_by([col(Booking::HOTEL), col(Booking::DEPARTURE_DATE).alias(OccupancyDay::DATE)]).agg([
            count().alias(OccupancyDay::DEPARTURES),
            wide(col(Booking::GUESTS)).sum().alias("guests_left"),
            col(Booking::ADR_CENTS).sum().alias("cents_left"),
        ]);
    let days = calendar(stays)?
        .join(came, &day, &day, JoinArgs::new(JoinType::Left))
        .join(left, &day, &day, JoinArgs::new(JoinType::Left))
        .sort([OccupancyDay::HOTEL.name(), OccupancyDay::DATE.name()], SortMultipleOptions::default());
    let occupied = days.with_columns([
        in_house("arrivals", "departures")?.alias(OccupancyDay::ROOMS_OCCUPIED),
        or_zero(col(OccupancyDay::ARRIVALS)),
        or_zero(col(OccupancyDay::DEPARTURES)),
        in_house("guests_came", "guests_left")?.alias(OccupancyDay::GUESTS_IN_HOUSE),
        in_house("cents_came", "cents_left")?.alias(OccupancyDay::ROOM_REVENUE_CENTS),
    ]);
    daily_occupancy.put(occupied.select(DailyOccupancy::columns()))
}

/// Every day of each hotel from its first to its last occupied night.
fn calendar(stays: LazyFrame) -> Result<LazyFrame> {
    let one_day = Some(Duration::parse("1d"));
    let days = date_ranges(Some(col("first")), Some(col("end")), one_day, None, ClosedWindow::Left)?;
    let calendar = stays
        .filter(col(Booking::NIGHTS).gt(lit(0)))
        .group_by([Booking::HOTEL])
        .agg([col(Booking::ARRIVAL_DATE).min().alias("first"), col(Booking::DEPARTURE_DATE).max().alias("end")])
        .select([col(Booking::HOTEL), days.alias(OccupancyDay::DATE)]);
    Ok(calendar.explode(cols([OccupancyDay::DATE]), ExplodeOptions { empty_as_null: false, keep_nulls: false }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{cancelled, date, stay};

    fn occupancy_of<const N: usize>(stays: [Booking; N]) -> Result<DailyOccupancy> {
        let mut days = DailyOccupancy::new();
        daily_occupancy(&Bookings::from_rows(stays), &mut days)?;
        Ok(days)
    }

    /// A day of the hotel of the tests, with nothing going on.
    fn day(day: u32) -> OccupancyDay {
        OccupancyDay { hotel: "Seehof".into(), date: date(2025, 7, day), ..OccupancyDay::default() }
    }

    #[test]
    fn a_stay_occupies_its_nights_and_not_the_day_of_departure() -> Result<()> {
        let days = occupancy_of([stay("Seehof", date(2025, 7, 1), 2)])?;
        let night =
            |number| OccupancyDay { rooms_occupied: 1, guests_in_house: 2, room_revenue_cents: 10_000, ..day(number) };
        assert_rows!(days, [OccupancyDay { arrivals: 1, ..night(1) }, night(2)]);
        Ok(())
    }

    #[test]
    fn days_on_which_nothing_happened_are_zeros() -> Result<()> {
        let days = occupancy_of([stay("Seehof", date(2025, 7, 1), 1), stay("Seehof", date(2025, 7, 4), 1)])?;
        let night = |number| OccupancyDay {
            rooms_occupied: 1,
            arrivals: 1,
            guests_in_house: 2,
            room_revenue_cents: 10_000,
            ..day(number)
        };
        assert_rows!(days, [night(1), OccupancyDay { departures: 1, ..day(2) }, day(3), night(4)]);
        Ok(())
    }

    #[test]
    fn a_stay_of_no_nights_arrives_and_departs_and_takes_no_room() -> Result<()> {
        let days = occupancy_of([stay("Seehof", date(2025, 7, 1), 1), stay("Seehof", date(2025, 7, 1), 0)])?;
        let first = OccupancyDay {
            rooms_occupied: 1,
            arrivals: 2,
            departures: 1,
            guests_in_house: 2,
            room_revenue_cents: 10_000,
            ..day(1)
        };
        assert_rows!(days, [first]);
        Ok(())
    }

    #[test]
    fn stays_of_no_nights_do_not_stretch_the_calendar() -> Result<()> {
        let day_guests = [date(2025, 6, 30), date(2025, 7, 2)].map(|day| stay("Seehof", day, 0));
        let [before, after] = day_guests;
        let days = occupancy_of([before, stay("Seehof", date(2025, 7, 1), 1), after])?;
        assert_eq!(days.rows()?.iter().map(|day| day.date).collect::<Vec<_>>(), [date(2025, 7, 1)]);
        Ok(())
    }

    #[test]
    fn each_hotel_has_its_own_calendar() -> Result<()> {
        let days = occupancy_of([stay("Seehof", date(2025, 7, 9), 1), stay("Alpenblick", date(2025, 7, 1), 1)])?;
        let found: Vec<_> = days.rows()?.into_iter().map(|day| (day.hotel, day.date)).collect();
        assert_eq!(found, [("Alpenblick".into(), date(2025, 7, 1)), ("Seehof".into(), date(2025, 7, 9))]);
        Ok(())
    }

    #[test]
    fn bookings_that_did_not_stay_leave_no_trace() -> Result<()> {
        assert_rows!(occupancy_of([cancelled(3)])?, []);
        Ok(())
    }
}
