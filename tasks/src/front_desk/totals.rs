//! A chain in four numbers.

use hotel_models::{Bookings, MonthlyRevenue, Rejects, Totals};
use purvey::prelude::*;

/// Sums a chain up in four numbers.
#[task]
pub fn totals(
    bookings: &Bookings,
    rejects: &Rejects,
    monthly_revenue: &MonthlyRevenue,
    totals: &mut Value<Totals>,
) -> Result<()> {
    let months = monthly_revenue.rows()?;
    totals.put(Totals {
        bookings: bookings.height() as u64,
        rejected: rejects.height() as u64,
        room_nights: months.iter().map(|month| month.room_nights).sum(),
        revenue_cents: months.iter().map(|month| month.revenue_cents).sum(),
    })
}

#[cfg(test)]
mod tests {
    use hotel_models::{Booking, Reject, RevenueMonth};

    use super::*;
    use crate::fixtures::{booking, date};

    #[test]
    fn a_chain_is_the_sum_of_its_hotels() -> Result<()> {
        let months = ["Alpenblick", "Seehof"].map(|hotel| RevenueMonth {
            hotel: hotel.into(),
            month: date(2025, 7, 1),
            days: 1,
            capacity_rooms: 2,
            room_nights: 2,
            revenue_cents: 20_000,
            ..RevenueMonth::default()
        });
        let reject = Reject { reject_reason: "no_guests".into(), ..Reject::default() };
        let mut sum = Value::new();
        totals(
            &Bookings::from_rows([booking(), Booking { booking_id: 2, ..booking() }]),
            &Rejects::from_rows([reject]),
            &MonthlyRevenue::from_rows(months),
            &mut sum,
        )?;
        assert_eq!(sum.get()?, &Totals { bookings: 2, rejected: 1, room_nights: 4, revenue_cents: 40_000 });
        Ok(())
    }
}
