//! Sets bookings aside.

use hotel_models::{BookingTyped, BookingsTyped, Rejects};
use purvey::prelude::*;

/// Sets aside the bookings that something is wrong with.
#[task]
pub fn rejects(bookings_typed: &BookingsTyped, rejects: &mut Rejects) -> Result<()> {
    let bad = bookings_typed.scan().filter(col(BookingTyped::REJECT_REASON).is_not_null());
    rejects.put(bad.select(Rejects::columns()))?;
    log::info!("{} of {} bookings are set aside", rejects.height(), bookings_typed.height());
    Ok(())
}

#[cfg(test)]
mod tests {
    use hotel_models::Reject;

    use super::*;
    use crate::fixtures::typed;

    #[test]
    fn only_bookings_with_a_reason_are_set_aside() -> Result<()> {
        let bad = BookingTyped {
            booking_id: 2,
            guests: None,
            children: None,
            reject_reason: Some("missing_children".into()),
            ..typed()
        };
        let mut set_aside = Rejects::new();
        rejects(&BookingsTyped::from_rows([typed(), bad]), &mut set_aside)?;
        let expected = Reject {
            booking_id: 2,
            hotel: "Seehof".into(),
            status: "Check-Out".into(),
            arrival_date: typed().arrival_date,
            arrival_month: typed().arrival_month,
            guests: None,
            adr_cents: 10_000,
            reject_reason: "missing_children".into(),
        };
        assert_rows!(set_aside, [expected]);
        Ok(())
    }
}
