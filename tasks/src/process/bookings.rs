//! Lets good bookings through.

use hotel_models::{BookingTyped, Bookings, BookingsTyped};
use purvey::prelude::*;

/// Lets the bookings through that nothing is wrong with.
#[task]
pub fn bookings(bookings_typed: &BookingsTyped, bookings: &mut Bookings) -> Result<()> {
    let good = bookings_typed.scan().filter(col(BookingTyped::REJECT_REASON).is_null());
    bookings.put(good.select(Bookings::columns()))
}

#[cfg(test)]
mod tests {
    use hotel_models::Booking;

    use super::*;
    use crate::fixtures::{booking, typed};

    #[test]
    fn bookings_without_a_reason_come_through_by_number() -> Result<()> {
        let third = BookingTyped { booking_id: 3, ..typed() };
        let bad = BookingTyped { booking_id: 2, reject_reason: Some("no_guests".into()), ..typed() };
        let mut good = Bookings::new();
        bookings(&BookingsTyped::from_rows([third, bad, typed()]), &mut good)?;
        assert_rows!(good, [booking(), Booking { booking_id: 3, ..booking() }]);
        Ok(())
    }

    #[test]
    fn nothing_comes_of_nothing() -> Result<()> {
        let mut good = Bookings::new();
        bookings(&BookingsTyped::from_rows([]), &mut good)?;
        assert_rows!(good, []);
        Ok(())
    }
}
