//! `rejects`: the bookings that are set aside, each with the first reason that holds.

use purvey::prelude::*;

/// One booking that is set aside.
#[derive(Row, Clone, Debug, Default, PartialEq)]
#[row(table = "rejects", key = "booking_id", order_by = "booking_id")]
pub struct Reject {
    /// Number of the booking.
    pub booking_id: i64,
    /// Name of the hotel.
    pub hotel: String,
    /// How the booking ended: `Check-Out`, `Canceled` or `No-Show`.
    pub status: String,
    /// First night.
    pub arrival_date: NaiveDate,
    /// First day of the arrival date's month.
    pub arrival_month: NaiveDate,
    /// Adults, children and babies; unknown where the number of children is.
    pub guests: Option<i32>,
    /// Average daily rate in cents.
    pub adr_cents: i64,
    /// Why it is set aside.
    #[check(one_of(
        "missing_children",
        "no_guests",
        "negative_adr",
        "implausible_adr",
        "undefined_segment",
        "status_mismatch",
        "departure_mismatch"
    ))]
    pub reject_reason: String,
}

/// The bookings that are set aside.
pub type Rejects = Table<Reject>;
