//! `monthly_revenue`: what each hotel earned, month by month.

use purvey::prelude::*;

/// One month of a hotel.
#[derive(Row, Clone, Debug, Default, PartialEq)]
#[row(table = "monthly_revenue", key = "hotel, month", order_by = "hotel, month")]
pub struct RevenueMonth {
    /// Name of the hotel.
    #[check(not_empty)]
    pub hotel: String,
    /// First day of the month.
    pub month: NaiveDate,
    /// Days of the month that are in the hotel's calendar.
    #[check(min = 1, max = 31)]
    pub days: i64,
    /// The most rooms the hotel ever had occupied in one night.
    #[check(min = 1)]
    pub capacity_rooms: i64,
    /// Rooms occupied, summed over the nights.
    #[check(min = 0)]
    pub room_nights: i64,
    /// Guests in house, summed over the nights.
    #[check(min = 0)]
    pub guest_nights: i64,
    /// Bookings that arrived.
    #[check(min = 0)]
    pub arrivals: i64,
    /// What the rooms earned, in cents.
    #[check(min = 0)]
    pub revenue_cents: i64,
    /// Average daily rate in euros: revenue by room night; null without room nights.
    #[check(min = 0, finite)]
    pub adr: Option<f64>,
    /// Room nights by room nights that could be sold.
    #[check(min = 0, max = 1)]
    pub occupancy: f64,
    /// Revenue in euros by room night that could be sold.
    #[check(min = 0, finite)]
    pub revpar: f64,
}

/// What each hotel earned, month by month.
pub type MonthlyRevenue = Table<RevenueMonth>;
