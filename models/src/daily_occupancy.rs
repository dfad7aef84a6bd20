//! `daily_occupancy`: how full each hotel was, night by night.

use purvey::prelude::*;

/// One day of a hotel, from its first to its last occupied night.
#[derive(Row, Clone, Debug, Default, PartialEq)]
#[row(table = "daily_occupancy", key = "hotel, date", order_by = "hotel, date")]
pub struct OccupancyDay {
    /// Name of the hotel.
    #[check(not_empty)]
    pub hotel: String,
    /// The day.
    pub date: NaiveDate,
    /// Rooms occupied in the night that begins on this day.
    #[check(min = 0)]
    pub rooms_occupied: i64,
    /// Bookings that arrived, stays of no nights too.
    #[check(min = 0)]
    pub arrivals: i64,
    /// Bookings that departed, stays of no nights too.
    #[check(min = 0)]
    pub departures: i64,
    /// Guests in these rooms.
    #[check(min = 0)]
    pub guests_in_house: i64,
    /// What these rooms earned for the night, in cents.
    #[check(min = 0)]
    pub room_revenue_cents: i64,
}

/// How full each hotel was, night by night, without gaps.
pub type DailyOccupancy = Table<OccupancyDay>;
