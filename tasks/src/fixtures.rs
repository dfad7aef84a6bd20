//! Rows that tests start from: one ordinary booking, of which a test changes what it is about.

use chrono::NaiveDate;
use hotel_models::{Booking, BookingTyped, status};

pub(crate) fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("tests name days that exist")
}

/// Two adults who booked a week ahead and stayed for two nights from the first of July at a hundred euros.
pub(crate) fn typed() -> BookingTyped {
    BookingTyped {
        booking_id: 1,
        hotel: "Seehof".into(),
        status: status::CHECK_OUT.into(),
        is_canceled: false,
        arrival_date: date(2025, 7, 1),
        arrival_month: date(2025, 7, 1),
        booked_date: date(2025, 6, 24),
        departure_date: date(2025, 7, 3),
        status_date: date(2025, 7, 3),
        lead_time: 7,
        lead_bucket: "001-007".into(),
        nights: 2,
        adults: 2,
        children: Some(0),
        babies: 0,
        guests: Some(2),
        meal: "BB".into(),
        country: Some("CHE".into()),
        market_segment: "Direct".into(),
        distribution_channel: "Direct".into(),
        customer_type: "Transient".into(),
        deposit_type: "No Deposit".into(),
        is_repeated_guest: false,
        reserved_room_type: "A".into(),
        assigned_room_type: "A".into(),
        room_changed: false,
        agent: None,
        company: None,
        adr_cents: 10_000,
        revenue_cents: 20_000,
        parking_spaces: 0,
        special_requests: 0,
        reject_reason: None,
    }
}

/// The same as a booking that counts.
pub(crate) fn booking() -> Booking {
    let typed = typed();
    Booking {
        booking_id: typed.booking_id,
        hotel: typed.hotel,
        status: typed.status,
        is_canceled: typed.is_canceled,
        arrival_date: typed.arrival_date,
        arrival_month: typed.arrival_month,
        booked_date: typed.booked_date,
        departure_date: typed.departure_date,
        status_date: typed.status_date,
        lead_time: typed.lead_time,
        lead_bucket: typed.lead_bucket,
        nights: typed.nights,
        adults: typed.adults,
        children: 0,
        babies: typed.babies,
        guests: 2,
        meal: typed.meal,
        country: typed.country,
        market_segment: typed.market_segment,
        distribution_channel: typed.distribution_channel,
        customer_type: typed.customer_type,
        deposit_type: typed.deposit_type,
        is_repeated_guest: typed.is_repeated_guest,
        reserved_room_type: typed.reserved_room_type,
        assigned_room_type: typed.assigned_room_type,
        room_changed: typed.room_changed,
        agent: typed.agent,
        company: typed.company,
        adr_cents: typed.adr_cents,
        revenue_cents: typed.revenue_cents,
        parking_spaces: typed.parking_spaces,
        special_requests: typed.special_requests,
    }
}

/// The same, cancelled this many days before the arrival.
pub(crate) fn cancelled(notice_days: i64) -> Booking {
    let booking = booking();
    Booking {
        status: status::CANCELED.into(),
        is_canceled: true,
        status_date: booking.arrival_date - chrono::TimeDelta::days(notice_days),
        ..booking
    }
}

/// The same, with guests who never came.
pub(crate) fn no_show() -> Booking {
    let booking = booking();
    Booking { status: status::NO_SHOW.into(), is_canceled: true, status_date: booking.arrival_date, ..booking }
}

/// The same for another arrival and length of stay.
pub(crate) fn stay(hotel: &str, arrival_date: NaiveDate, nights: i32) -> Booking {
    let departure_date = arrival_date + chrono::TimeDelta::days(nights.into());
    let booking = booking();
    Booking {
        hotel: hotel.into(),
        arrival_date,
        arrival_month: chrono::Datelike::with_day(&arrival_date, 1).expect("every month has a first day"),
        departure_date,
        status_date: departure_date,
        nights,
        revenue_cents: booking.adr_cents * i64::from(nights),
        ..booking
    }
}
