//! `los_histogram`: how long guests stay (los: length of stay).

use purvey::prelude::*;

/// Stays of one length in one hotel.
#[derive(Row, Clone, Debug, Default, PartialEq)]
#[row(table = "los_histogram", key = "hotel, los", order_by = "hotel, los")]
pub struct StayLength {
    /// Name of the hotel.
    #[check(not_empty)]
    pub hotel: String,
    /// Length of stay in nights; 15 stands for 15 and more.
    #[check(min = 0, max = 15)]
    pub los: i32,
    /// Number of stays.
    #[check(min = 1)]
    pub bookings: i64,
    /// Sum of their nights.
    #[check(min = 0)]
    pub room_nights: i64,
    /// What they earned, in cents.
    #[check(min = 0)]
    pub revenue_cents: i64,
    /// Share of all stays of the hotel.
    #[check(min = 0, max = 1)]
    pub share: f64,
    /// Share of stays of this length or shorter.
    #[check(min = 0, max = 1)]
    pub cumulative_share: f64,
    /// Average daily rate in euros; null for stays of no nights.
    #[check(min = 0, finite)]
    pub adr: Option<f64>,
}

/// How long guests stay.
pub type LosHistogram = Table<StayLength>;
