//! Types the bookings of the alpine resorts.

use hotel_models::alpine::{RawBooking, RawBookings};
use hotel_models::{BookingTyped, BookingsTyped, status};
use purvey::polars::prelude::{DataType, RoundMode};
use purvey::prelude::*;

use super::{complete, translated};
use crate::expressions::stayed;

/// Types the bookings of the alpine resorts: German words into ours, euros into cents, dates into days.
#[task]
pub fn type_alpine(raw_bookings: &RawBookings, bookings_typed: &mut BookingsTyped) -> Result<()> {
    let segment = col(RawBooking::SEGMENT).fill_null(lit("Undefined"));
    let facts = raw_bookings
        .scan()
        .select([
            col(RawBooking::BOOKING_ID),
            col(RawBooking::HOTEL),
            translated(
                RawBooking::STATUS,
                [
                    ("abgereist", status::CHECK_OUT),
                    ("storniert", status::CANCELED),
                    ("nicht erschienen", status::NO_SHOW),
                ],
            )
            .alias(BookingTyped::STATUS),
            col(RawBooking::ARRIVAL_DATE),
            col(RawBooking::STATUS_DATE),
            days(RawBooking::BOOKED_DATE, RawBooking::ARRIVAL_DATE).alias(BookingTyped::LEAD_TIME),
            days(RawBooking::ARRIVAL_DATE, RawBooking::DEPARTURE_DATE).alias(BookingTyped::NIGHTS),
            col(RawBooking::ADULTS),
            col(RawBooking::CHILDREN),
            col(RawBooking::BABIES),
            translated(
                RawBooking::MEAL,
                [("Frühstück", "BB"), ("Halbpension", "HB"), ("Vollpension", "FB"), ("ohne", "SC")],
            )
            .alias(BookingTyped::MEAL),
            col(RawBooking::COUNTRY),
            translated(
                segment.clone(),
                [
                    ("direkt", "Direct"),
                    ("Reisebüro", "Offline TA/TO"),
                    ("online", "Online TA"),
                    ("Firma", "Corporate"),
                    ("Gruppe", "Groups"),
                ],
            )
            .alias(BookingTyped::MARKET_SEGMENT),
            translated(
                segment.clone(),
                [
                    ("direkt", "Direct"),
                    ("Reisebüro", "TA/TO"),
                    ("online", "TA/TO"),
                    ("Firma", "Corporate"),
                    ("Gruppe", "TA/TO"),
                ],
            )
            .alias(BookingTyped::DISTRIBUTION_CHANNEL),
            when(segment.eq(lit("Gruppe"))).then(lit("Group")).otherwise(lit("Transient")).alias(BookingTyped::CUSTOMER_TYPE),
            translated(RawBooking::DEPOSIT, [("ja", "Refundable"), ("nein", "No Deposit")])
                .alias(BookingTyped::DEPOSIT_TYPE),
            col(RawBooking::REPEATED_GUEST).eq(lit("ja")).alias(BookingTyped::IS_REPEATED_GUEST),
            col(RawBooking::RESERVED_ROOM_TYPE),
            col(RawBooking::ASSIGNED_ROOM_TYPE),
            col(RawBooking::AGENT),
            col(RawBooking::COMPANY),
            cents(RawBooking::PRICE).alias(BookingTyped::ADR_CENTS),
            col(RawBooking::PARKING_SPACES),
            col(RawBooking::SPECIAL_REQUESTS),
        ])
        .with_column(stayed().not().alias(BookingTyped::IS_CANCELED));
    bookings_typed.put(complete(facts))
}
