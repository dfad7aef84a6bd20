//! `agent_ranking`: the travel agencies that earn each hotel most.

use purvey::prelude::*;

/// One travel agency in the ranking of one hotel.
#[derive(Row, Clone, Debug, Default, PartialEq)]
#[row(table = "agent_ranking", key = "hotel, rank", order_by = "hotel, rank")]
pub struct RankedAgent {
    /// Name of the hotel.
    #[check(not_empty)]
    pub hotel: String,
    /// Place in the hotel: greatest revenue first, then by number of the agency.
    #[check(min = 1)]
    pub rank: i64,
    /// The agency, by number.
    pub agent: i32,
    /// Bookings of any status.
    #[check(min = 1)]
    pub bookings: i64,
    /// Those that were cancelled or whose guests never came.
    #[check(min = 0)]
    pub cancelled: i64,
    /// Nights of those that stayed.
    #[check(min = 0)]
    pub room_nights: i64,
    /// Revenue of those that stayed, in cents.
    #[check(min = 0)]
    pub revenue_cents: i64,
    /// Share of the hotel's revenue; null where that is zero.
    #[check(min = 0, max = 1)]
    pub revenue_share: Option<f64>,
    /// Share of this agency and all before it; null where the hotel's revenue is zero.
    #[check(min = 0, max = 1)]
    pub cumulative_share: Option<f64>,
}

/// The travel agencies that earn each hotel most.
pub type AgentRanking = Table<RankedAgent>;
