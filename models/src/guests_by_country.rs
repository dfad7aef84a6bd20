//! `guests_by_country`: where the guests of each hotel come from, most guests first.

use purvey::prelude::*;

/// Guests of one hotel from one country, of bookings that stayed.
#[derive(Row, Clone, Debug, Default, PartialEq)]
#[row(table = "guests_by_country", key = "hotel, rank", order_by = "hotel, rank")]
pub struct CountryGuests {
    /// Name of the hotel.
    #[check(not_empty)]
    pub hotel: String,
    /// Place of the country in the hotel: most guests first, then by country.
    #[check(min = 1)]
    pub rank: i64,
    /// Country of origin; `UNK` where it is unknown.
    #[check(not_empty)]
    pub country: String,
    /// Number of bookings.
    #[check(min = 1)]
    pub bookings: i64,
    /// Number of guests.
    #[check(min = 1)]
    pub guests: i64,
    /// Guests by nights.
    #[check(min = 0)]
    pub guest_nights: i64,
    /// What they paid for rooms, in cents.
    #[check(min = 0)]
    pub revenue_cents: i64,
    /// Share of all guests of the hotel.
    #[check(min = 0, max = 1)]
    pub guest_share: f64,
}

/// Where the guests of each hotel come from.
pub type GuestsByCountry = Table<CountryGuests>;
