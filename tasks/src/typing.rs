//! Typing: from the raw bookings of each chain to the one shape that everything else works on.
//!
//! Each chain's task says what its own words and columns mean; what is derived from them is the same for all, and is
//! written here. Nothing here knows how a file is read.

use hotel_models::{BookingTyped, BookingsTyped};
use purvey::polars::prelude::{NULL, RoundMode};
use purvey::prelude::*;

use crate::expressions::{day_number, stayed};

mod alpine;
mod demand;
mod metro;

pub use alpine::type_alpine;
pub use demand::type_demand;
pub use metro::type_metro;

/// Adds the derived columns to the facts of each booking, and keeps the columns of a typed booking, in their order.
fn complete(facts: LazyFrame) -> LazyFrame {
    facts
        .with_columns([
            col(BookingTyped::ARRIVAL_DATE).dt().month_start().alias(BookingTyped::ARRIVAL_MONTH),
            date(arrival_day() - col(BookingTyped::LEAD_TIME)).alias(BookingTyped::BOOKED_DATE),
            date(arrival_day() + col(BookingTyped::NIGHTS)).alias(BookingTyped::DEPARTURE_DATE),
            lead_bucket().alias(BookingTyped::LEAD_BUCKET),
            (col(BookingTyped::ADULTS) + col(BookingTyped::CHILDREN) + col(BookingTyped::BABIES))
                .alias(BookingTyped::GUESTS),
            col(BookingTyped::RESERVED_ROOM_TYPE)
                .neq(col(BookingTyped::ASSIGNED_ROOM_TYPE))
                .alias(BookingTyped::ROOM_CHANGED),
            (col(BookingTyped::ADR_CENTS) * col(BookingTyped::NIGHTS)).alias(BookingTyped::REVENUE_CENTS),
        ])
        .with_column(reject_reason().alias(BookingTyped::REJECT_REASON))
        .select(BookingsTyped::columns())
}

fn arrival_day() -> Expr {
    day_number(BookingTyped::ARRIVAL_DATE)
}

/// The day of this number.
fn date(day_number: Expr) -> Expr {
    day_number.cast(DataType::Date)
}

/// Euros as whole cents. Prices have at most two places, so that no case is halfway.
fn cents(euros: impl Into<Expr>) -> Expr {
    (euros.into() * lit(100.0)).round(0, RoundMode::HalfAwayFromZero).cast(DataType::Int64)
}

fn lead_bucket() -> Expr {
    let up_to = |days: i32| col(BookingTyped::LEAD_TIME).lt_eq(lit(days));
    let buckets = [
        (up_to(0), "000"),
        (up_to(7), "001-007"),
        (up_to(30), "008-030"),
        (up_to(90), "031-090"),
        (up_to(180), "091-180"),
        (up_to(365), "181-365"),
    ];
    first_that_holds(buckets, lit("366+"))
}

fn reject_reason() -> Expr {
    let undefined = |column: Expr| column.eq(lit("Undefined"));
    let reasons = [
        (col(BookingTyped::CHILDREN).is_null(), "missing_children"),
        (col(BookingTyped::GUESTS).eq(lit(0)), "no_guests"),
        (col(BookingTyped::ADR_CENTS).lt(lit(0)), "negative_adr"),
        (col(BookingTyped::ADR_CENTS).gt(lit(100_000)), "implausible_adr"),
        (
            undefined(col(BookingTyped::MARKET_SEGMENT)).or(undefined(col(BookingTyped::DISTRIBUTION_CHANNEL))),
            "undefined_segment",
        ),
        (col(BookingTyped::IS_CANCELED).eq(stayed()), "status_mismatch"),
        (stayed().and(col(BookingTyped::STATUS_DATE).neq(col(BookingTyped::DEPARTURE_DATE))), "departure_mismatch"),
    ];
    first_that_holds(reasons, lit(NULL))
}

/// The text beside the first condition that holds, or `otherwise`.
fn first_that_holds<const N: usize>(cases: [(Expr, &str); N], otherwise: Expr) -> Expr {
    cases.into_iter().rev().fold(otherwise, |rest, (holds, text)| when(holds).then(lit(text)).otherwise(rest))
}

/// A text column with some words put into ours; all others stay as they are.
fn translated<const N: usize>(column: impl Into<Expr>, words: [(&str, &str); N]) -> Expr {
    let column = column.into();
    first_that_holds(words.map(|(theirs, ours)| (column.clone().eq(lit(theirs)), ours)), column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, typed};

    /// The derived columns of these facts, whatever they were before.
    fn completed(facts: BookingTyped) -> BookingTyped {
        let mut table = BookingsTyped::new();
        table.put(complete(BookingsTyped::from_rows([facts]).scan())).unwrap();
        table.rows().unwrap().remove(0)
    }

    fn reason(facts: BookingTyped) -> Option<String> {
        completed(facts).reject_reason
    }

    #[test]
    fn dates_are_derived_from_arrival_nights_and_lead_time() {
        let facts = BookingTyped { arrival_date: fixtures::date(2024, 3, 1), nights: 2, lead_time: 1, ..typed() };
        let booking = completed(facts);
        assert_eq!(booking.booked_date, fixtures::date(2024, 2, 29));
        assert_eq!(booking.arrival_month, fixtures::date(2024, 3, 1));
        assert_eq!(booking.departure_date, fixtures::date(2024, 3, 3));
    }

    #[test]
    fn revenue_is_the_rate_for_all_nights() {
        let booking = completed(BookingTyped { nights: 3, adr_cents: 9_950, ..typed() });
        assert_eq!(booking.revenue_cents, 29_850);
    }

    #[test]
    fn bounds_of_lead_time_buckets_are_included() {
        let bucket = |lead_time| completed(BookingTyped { lead_time, ..typed() }).lead_bucket;
        assert_eq!([0, 1, 7, 8, 30].map(bucket), ["000", "001-007", "001-007", "008-030", "008-030"]);
        assert_eq!([31, 90, 91, 180].map(bucket), ["031-090", "031-090", "091-180", "091-180"]);
        assert_eq!([181, 365, 366, 737].map(bucket), ["181-365", "181-365", "366+", "366+"]);
    }

    #[test]
    fn a_room_that_was_not_the_one_booked_is_a_changed_one() {
        assert!(!completed(typed()).room_changed);
        assert!(completed(BookingTyped { assigned_room_type: "C".into(), ..typed() }).room_changed);
    }

    #[test]
    fn a_good_booking_has_no_reject_reason() {
        assert_eq!(reason(typed()), None);
    }

    #[test]
    fn unknown_children_make_the_guests_unknown_and_reject() {
        let booking = completed(BookingTyped { children: None, ..typed() });
        assert_eq!((booking.guests, booking.reject_reason.as_deref()), (None, Some("missing_children")));
    }

    #[test]
    fn rates_below_zero_and_above_a_thousand_euros_reject() {
        let by_rate = |adr_cents| reason(BookingTyped { adr_cents, ..typed() });
        assert_eq!(by_rate(-1).as_deref(), Some("negative_adr"));
        assert_eq!(by_rate(0), None);
        assert_eq!(by_rate(100_000), None);
        assert_eq!(by_rate(100_001).as_deref(), Some("implausible_adr"));
    }

    #[test]
    fn a_booking_sold_nobody_knows_where_is_rejected() {
        let segment = BookingTyped { market_segment: "Undefined".into(), ..typed() };
        let channel = BookingTyped { distribution_channel: "Undefined".into(), ..typed() };
        assert_eq!(reason(segment).as_deref(), Some("undefined_segment"));
        assert_eq!(reason(channel).as_deref(), Some("undefined_segment"));
    }

    #[test]
    fn a_status_that_contradicts_the_cancellation_is_rejected() {
        let cancelled_and_stayed = BookingTyped { is_canceled: true, ..typed() };
        let neither = BookingTyped { status: "No-Show".into(), ..typed() };
        assert_eq!(reason(cancelled_and_stayed).as_deref(), Some("status_mismatch"));
        assert_eq!(reason(neither).as_deref(), Some("status_mismatch"));
    }

    #[test]
    fn guests_who_leave_on_another_day_than_booked_are_rejected() {
        let early = BookingTyped { nights: 5, status_date: fixtures::date(2025, 7, 3), ..typed() };
        assert_eq!(reason(early).as_deref(), Some("departure_mismatch"));
    }

    #[test]
    fn the_first_reason_that_holds_counts() {
        let nobody_at_a_negative_rate = BookingTyped { adults: 0, adr_cents: -100, ..typed() };
        assert_eq!(reason(nobody_at_a_negative_rate).as_deref(), Some("no_guests"));
    }
}
