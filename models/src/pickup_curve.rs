//! `pickup_curve`: how full the books were so many days before arrival.

use purvey::prelude::*;

/// The books of one hotel for one arrival month, so many days before arrival.
#[derive(Row, Clone, Debug, Default, PartialEq)]
#[row(
    table = "pickup_curve",
    key = "hotel, arrival_month, days_before",
    order_by = "hotel, arrival_month, days_before"
)]
pub struct PickupPoint {
    /// Name of the hotel.
    #[check(not_empty)]
    pub hotel: String,
    /// First day of the month of arrival.
    pub arrival_month: NaiveDate,
    /// Days before the arrival of each booking.
    #[check(min = 0)]
    pub days_before: i32,
    /// Bookings that had been entered by then.
    #[check(min = 0)]
    pub gross: i64,
    /// Those of them that had not been cancelled by then.
    #[check(min = 0)]
    pub net: i64,
    /// `gross` by all bookings of the hotel and month.
    #[check(min = 0, max = 1)]
    pub gross_share: f64,
    /// `net` by those that stayed in the end; null where none did.
    #[check(min = 0, finite)]
    pub net_to_stayed: Option<f64>,
}

/// How full the books were before arrival.
pub type PickupCurve = Table<PickupPoint>;
