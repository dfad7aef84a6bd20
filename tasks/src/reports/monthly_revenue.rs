//! What each hotel earned, month by month.

use hotel_models::{DailyOccupancy, MonthlyRevenue, OccupancyDay, RevenueMonth};
use purvey::prelude::*;

use crate::expressions::{count, euros, ratio};

/// Sums the days of each hotel and month. A hotel's capacity is the most rooms it ever had occupied in one night.
#[task]
pub fn monthly_revenue(daily_occupancy: &DailyOccupancy, monthly_revenue: &mut MonthlyRevenue) -> Result<()> {
    let month = col(OccupancyDay::DATE).dt().month_start().alias(RevenueMonth::MONTH);
    let capacity = col(RevenueMonth::CAPACITY_ROOMS).max().over([RevenueMonth::HOTEL])?;
    let for_sale = col(RevenueMonth::CAPACITY_ROOMS) * col(RevenueMonth::DAYS);
    let revenue = euros(col(RevenueMonth::REVENUE_CENTS));
    let months = daily_occupancy
        .scan()
        .group_by([col(OccupancyDay::HOTEL), month])
        .agg([
            count().alias(RevenueMonth::DAYS),
            col(OccupancyDay::ROOMS_OCCUPIED).max().alias(RevenueMonth::CAPACITY_ROOMS),
            col(OccupancyDay::ROOMS_OCCUPIED).sum().alias(RevenueMonth::ROOM_NIGHTS),
            col(OccupancyDay::GUESTS_IN_HOUSE).sum().alias(RevenueMonth::GUEST_NIGHTS),
            col(OccupancyDay::ARRIVALS).sum(),
            col(OccupancyDay::ROOM_REVENUE_CENTS).sum().alias(RevenueMonth::REVENUE_CENTS),
        ])
        .with_column(capacity)
        .with_columns([
            ratio(revenue.clone(), col(RevenueMonth::ROOM_NIGHTS)).alias(RevenueMonth::ADR),
            ratio(col(RevenueMonth::ROOM_NIGHTS), for_sale.clone()).alias(RevenueMonth::OCCUPANCY),
            ratio(revenue, for_sale).alias(RevenueMonth::REVPAR),
        ]);
    monthly_revenue.put(months)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::date;

    fn revenue_of<const N: usize>(days: [OccupancyDay; N]) -> Result<Vec<RevenueMonth>> {
        let mut months = MonthlyRevenue::new();
        monthly_revenue(&DailyOccupancy::from_rows(days), &mut months)?;
        months.rows()
    }

    /// A day with this many rooms occupied at a hundred euros each.
    fn day(month: u32, day: u32, rooms_occupied: i64) -> OccupancyDay {
        OccupancyDay {
            hotel: "Seehof".into(),
            date: date(2025, month, day),
            rooms_occupied,
            arrivals: 1,
            departures: 0,
            guests_in_house: 2 * rooms_occupied,
            room_revenue_cents: 10_000 * rooms_occupied,
        }
    }

    #[test]
    fn a_month_is_the_sum_of_its_days() -> Result<()> {
        let months = revenue_of([day(7, 1, 4), day(7, 2, 2)])?;
        let july = RevenueMonth {
            hotel: "Seehof".into(),
            month: date(2025, 7, 1),
            days: 2,
            capacity_rooms: 4,
            room_nights: 6,
            guest_nights: 12,
            arrivals: 2,
            revenue_cents: 60_000,
            adr: Some(100.0),
            occupancy: 0.75,
            revpar: 75.0,
        };
        assert_eq!(months, [july]);
        Ok(())
    }

    #[test]
    fn capacity_is_that_of_the_fullest_night_of_any_month() -> Result<()> {
        let months = revenue_of([day(7, 31, 1), day(8, 1, 5)])?;
        assert_eq!(months.iter().map(|month| month.capacity_rooms).collect::<Vec<_>>(), [5, 5]);
        assert_eq!(months[0].occupancy, 0.2);
        Ok(())
    }

    #[test]
    fn a_month_without_guests_has_no_daily_rate_and_earns_nothing() -> Result<()> {
        let months = revenue_of([day(6, 30, 1), day(7, 1, 0), day(8, 1, 1)])?;
        assert_eq!((months[1].adr, months[1].occupancy, months[1].revpar), (None, 0.0, 0.0));
        Ok(())
    }
}
