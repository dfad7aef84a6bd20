//! Types the bookings of the alpine resorts.

use hotel_models::alpine::{RawBooking, RawBookings};
use hotel_models::{BookingTyped, BookingsTyped, status};
use purvey::prelude::*;

use super::{cents, complete, translated};
use crate::expressions::stayed;

const STATUSES: [(&str, &str); 3] =
    [("abgereist", status::CHECK_OUT), ("storniert", status::CANCELED), ("nicht erschienen", status::NO_SHOW)];

const MEALS: [(&str, &str); 4] = [("Frühstück", "BB"), ("Halbpension", "HB"), ("Vollpension", "FB"), ("ohne", "SC")];

const SEGMENTS: [(&str, &str); 5] = [
    ("direkt", "Direct"),
    ("Reisebüro", "Offline TA/TO"),
    ("online", "Online TA"),
    ("Firma", "Corporate"),
    ("Gruppe", "Groups"),
];

/// The channel that each segment is sold through.
const CHANNELS: [(&str, &str); 5] =
    [("direkt", "Direct"), ("Reisebüro", "TA/TO"), ("online", "TA/TO"), ("Firma", "Corporate"), ("Gruppe", "TA/TO")];

/// Types the bookings of the alpine resorts: German words into ours, euros into cents, dates into days.
#[task]
pub fn type_alpine(raw_bookings: &RawBookings, bookings_typed: &mut BookingsTyped) -> Result<()> {
    let segment = col(RawBooking::SEGMENT).fill_null(lit("Undefined"));
    let group = when(col(RawBooking::SEGMENT).eq(lit("Gruppe"))).then(lit("Group")).otherwise(lit("Transient"));
    let facts = raw_bookings.scan().with_columns([
        translated(RawBooking::STATUS, STATUSES).alias(BookingTyped::STATUS),
        days(RawBooking::BOOKED_DATE, RawBooking::ARRIVAL_DATE).alias(BookingTyped::LEAD_TIME),
        days(RawBooking::ARRIVAL_DATE, RawBooking::DEPARTURE_DATE).alias(BookingTyped::NIGHTS),
        translated(RawBooking::MEAL, MEALS).alias(BookingTyped::MEAL),
        translated(segment.clone(), SEGMENTS).alias(BookingTyped::MARKET_SEGMENT),
        translated(segment, CHANNELS).alias(BookingTyped::DISTRIBUTION_CHANNEL),
        group.alias(BookingTyped::CUSTOMER_TYPE),
        translated(RawBooking::DEPOSIT, [("ja", "Refundable"), ("nein", "No Deposit")])
            .alias(BookingTyped::DEPOSIT_TYPE),
        col(RawBooking::REPEATED_GUEST).eq(lit("ja")).alias(BookingTyped::IS_REPEATED_GUEST),
        cents(RawBooking::PRICE).alias(BookingTyped::ADR_CENTS),
    ]);
    bookings_typed.put(complete(facts.with_column(stayed().not().alias(BookingTyped::IS_CANCELED))))
}

/// Days from one date to another.
fn days(from: impl Into<Expr>, to: impl Into<Expr>) -> Expr {
    (to.into() - from.into()).dt().total_days(false).cast(DataType::Int32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{date, typed};

    fn raw() -> RawBooking {
        RawBooking {
            booking_id: 1,
            hotel: "Seehof".into(),
            status: "abgereist".into(),
            status_date: date(2025, 7, 3),
            booked_date: date(2025, 6, 24),
            arrival_date: date(2025, 7, 1),
            departure_date: date(2025, 7, 3),
            adults: 2,
            children: Some(0),
            meal: "Frühstück".into(),
            country: Some("CHE".into()),
            segment: Some("direkt".into()),
            repeated_guest: "nein".into(),
            reserved_room_type: "A".into(),
            assigned_room_type: "A".into(),
            price: 100.0,
            deposit: "nein".into(),
            ..RawBooking::default()
        }
    }

    fn typed_from(raw: RawBooking) -> Result<BookingTyped> {
        let mut typed = BookingsTyped::new();
        type_alpine(&RawBookings::from_rows([raw]), &mut typed)?;
        Ok(typed.rows()?.remove(0))
    }

    #[test]
    fn a_row_of_an_export_is_typed() -> Result<()> {
        assert_eq!(typed_from(raw())?, typed());
        Ok(())
    }

    #[test]
    fn a_cancelled_booking_and_one_whose_guests_never_came_count_as_cancelled() -> Result<()> {
        for (theirs, ours) in [("storniert", status::CANCELED), ("nicht erschienen", status::NO_SHOW)] {
            let row = typed_from(RawBooking { status: theirs.into(), ..raw() })?;
            assert_eq!((row.status.as_str(), row.is_canceled), (ours, true));
        }
        Ok(())
    }

    #[test]
    fn a_group_of_an_agency_is_sold_through_it() -> Result<()> {
        let row = typed_from(RawBooking { segment: Some("Gruppe".into()), ..raw() })?;
        assert_eq!(
            (row.market_segment.as_str(), row.distribution_channel.as_str(), row.customer_type.as_str()),
            ("Groups", "TA/TO", "Group"),
        );
        Ok(())
    }

    #[test]
    fn a_booking_without_segment_is_rejected() -> Result<()> {
        let row = typed_from(RawBooking { segment: None, ..raw() })?;
        assert_eq!(row.reject_reason.as_deref(), Some("undefined_segment"));
        Ok(())
    }

    #[test]
    fn a_word_that_has_no_translation_stays_for_the_contract_of_bookings_to_name() -> Result<()> {
        assert_eq!(typed_from(RawBooking { status: "verschollen".into(), ..raw() })?.status, "verschollen");
        Ok(())
    }
}
