//! Types the bookings of the metro feed.

use hotel_models::metro::{RawBooking, RawBookings};
use hotel_models::{BookingTyped, BookingsTyped, status};
use purvey::prelude::*;

use super::{complete, translated};
use crate::expressions::stayed;

/// Types the bookings of the metro feed: its states become ours, its cents already are.
#[task]
pub fn type_metro(raw_bookings: &RawBookings, bookings_typed: &mut BookingsTyped) -> Result<()> {
    let states = [("checked_out", status::CHECK_OUT), ("cancelled", status::CANCELED), ("no_show", status::NO_SHOW)];
    let either = |flag: Expr, yes: &str, no: &str| when(flag).then(lit(yes)).otherwise(lit(no));
    let facts = raw_bookings.scan().with_columns([
        translated(RawBooking::STATE, states).alias(BookingTyped::STATUS),
        col(RawBooking::STATE_DATE).alias(BookingTyped::STATUS_DATE),
        either(col(RawBooking::MARKET_SEGMENT).eq(lit("Groups")), "Group", "Transient")
            .alias(BookingTyped::CUSTOMER_TYPE),
        either(col(RawBooking::DEPOSIT), "Refundable", "No Deposit").alias(BookingTyped::DEPOSIT_TYPE),
        col(RawBooking::REPEATED_GUEST).alias(BookingTyped::IS_REPEATED_GUEST),
        col(RawBooking::NIGHT_CENTS).alias(BookingTyped::ADR_CENTS),
    ]);
    bookings_typed.put(complete(facts.with_column(stayed().not().alias(BookingTyped::IS_CANCELED))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{date, typed};

    fn raw() -> RawBooking {
        RawBooking {
            booking_id: 1,
            hotel: "Seehof".into(),
            state: "checked_out".into(),
            state_date: date(2025, 7, 3),
            arrival_date: date(2025, 7, 1),
            nights: 2,
            lead_time: 7,
            adults: 2,
            children: Some(0),
            country: Some("CHE".into()),
            meal: "BB".into(),
            reserved_room_type: "A".into(),
            assigned_room_type: "A".into(),
            market_segment: "Direct".into(),
            distribution_channel: "Direct".into(),
            night_cents: 10_000,
            ..RawBooking::default()
        }
    }

    fn typed_from(raw: RawBooking) -> Result<BookingTyped> {
        let mut typed = BookingsTyped::new();
        type_metro(&RawBookings::from_rows([raw]), &mut typed)?;
        Ok(typed.rows()?.remove(0))
    }

    #[test]
    fn a_line_of_the_feed_is_typed() -> Result<()> {
        assert_eq!(typed_from(raw())?, typed());
        Ok(())
    }

    #[test]
    fn states_are_put_into_our_words() -> Result<()> {
        for (theirs, ours) in [("cancelled", status::CANCELED), ("no_show", status::NO_SHOW)] {
            let row = typed_from(RawBooking { state: theirs.into(), ..raw() })?;
            assert_eq!((row.status.as_str(), row.is_canceled), (ours, true));
        }
        Ok(())
    }

    #[test]
    fn children_that_the_feed_leaves_out_are_unknown() -> Result<()> {
        let row = typed_from(RawBooking { children: None, ..raw() })?;
        assert_eq!(row.reject_reason.as_deref(), Some("missing_children"));
        Ok(())
    }
}
