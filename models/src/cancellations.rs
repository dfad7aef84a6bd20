//! `cancellations`: how many bookings fall through, by lead time and market segment.

use purvey::prelude::*;

/// Bookings of one hotel, lead time and market segment.
#[derive(Row, Clone, Debug, Default, PartialEq)]
#[row(
    table = "cancellations",
    key = "hotel, lead_bucket, market_segment",
    order_by = "hotel, lead_bucket, market_segment"
)]
pub struct Cancellation {
    /// Name of the hotel.
    #[check(not_empty)]
    pub hotel: String,
    /// Range of the days between booking and arrival.
    pub lead_bucket: String,
    /// Market segment.
    pub market_segment: String,
    /// Number of bookings.
    #[check(min = 1)]
    pub bookings: i64,
    /// Those that were cancelled.
    #[check(min = 0)]
    pub cancelled: i64,
    /// Those whose guests never came.
    #[check(min = 0)]
    pub no_shows: i64,
    /// Share of the two.
    #[check(min = 0, max = 1)]
    pub cancel_rate: f64,
    /// What they would have earned, in cents.
    #[check(min = 0)]
    pub lost_revenue_cents: i64,
    /// Mean days from cancellation to arrival; null where none was cancelled.
    #[check(finite)]
    pub mean_notice_days: Option<f64>,
}

/// How many bookings fall through.
pub type Cancellations = Table<Cancellation>;
