//! `monthly_report`: one line for each hotel and month, with a word from every other report.

use purvey::prelude::*;

/// One hotel and month, on one line.
#[derive(Row, Clone, Debug, Default, PartialEq)]
#[row(table = "monthly_report", key = "hotel, month", order_by = "hotel, month")]
pub struct ReportMonth {
    /// Name of the hotel.
    #[check(not_empty)]
    pub hotel: String,
    /// First day of the month.
    pub month: NaiveDate,
    /// Rooms occupied, summed over the nights.
    #[check(min = 0)]
    pub room_nights: i64,
    /// What the rooms earned, in cents.
    #[check(min = 0)]
    pub revenue_cents: i64,
    /// Average daily rate in euros; null without room nights.
    #[check(min = 0, finite)]
    pub adr: Option<f64>,
    /// Room nights by room nights that could be sold.
    #[check(min = 0, max = 1)]
    pub occupancy: f64,
    /// Revenue in euros by room night that could be sold.
    #[check(min = 0, finite)]
    pub revpar: f64,
    /// Bookings due to arrive in this month.
    #[check(min = 0)]
    pub bookings: i64,
    /// Those that were cancelled.
    #[check(min = 0)]
    pub cancelled: i64,
    /// Those whose guests never came.
    #[check(min = 0)]
    pub no_shows: i64,
    /// Share of the two; null without bookings.
    #[check(min = 0, max = 1)]
    pub cancel_rate: Option<f64>,
    /// Bookings for this month that were set aside.
    #[check(min = 0)]
    pub rejected: i64,
    /// Share of the bookings that had been entered thirty days before arrival.
    #[check(min = 0, max = 1)]
    pub gross_share_30d: Option<f64>,
    /// Change of revenue against the same month of the year before; null without one.
    #[check(min = -1, finite)]
    pub revenue_yoy: Option<f64>,
    /// The country that most guests of the hotel come from.
    #[check(not_empty)]
    pub top_country: String,
    /// Its share of the hotel's guests.
    #[check(min = 0, max = 1)]
    pub top_country_share: f64,
    /// The travel agency that earns the hotel most; null where no agency ever booked.
    pub top_agent: Option<i32>,
    /// Its share of the hotel's revenue.
    #[check(min = 0, max = 1)]
    pub top_agent_share: Option<f64>,
    /// The least length of stay that at least half of the hotel's stays do not exceed.
    #[check(min = 0, max = 15)]
    pub median_los: i32,
    /// The market segment, of those with 100 bookings or more, that falls through most often.
    pub riskiest_segment: Option<String>,
    /// How often it does.
    #[check(min = 0, max = 1)]
    pub riskiest_segment_rate: Option<f64>,
}

/// One line for each hotel and month.
pub type MonthlyReport = Table<ReportMonth>;
