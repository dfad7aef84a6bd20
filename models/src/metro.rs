//! `raw_bookings` of the chain `metro`: the feed of its booking engine, one JSON object a line.
//!
//! Guests, rooms and money come as nested objects; amounts are in cents already. Lines that cannot be read go to
//! `unreadable_bookings`.

use purvey::prelude::*;

/// One booking as the feed has it.
#[derive(Row, Clone, Debug, Default, PartialEq)]
#[row(table = "raw_bookings", key = "booking_id", source)]
#[source(format = "ndjson", rejects = "unreadable_bookings")]
pub struct RawBooking {
    /// Number of the booking.
    #[row(from = "id")]
    pub booking_id: i64,
    /// Name of the hotel.
    pub hotel: String,
    /// `checked_out`, `cancelled` or `no_show`.
    #[row(from = "state.name")]
    pub state: String,
    /// When that state was reached.
    #[row(from = "state.since")]
    pub state_date: NaiveDate,
    /// First night.
    #[row(from = "stay.arrival")]
    pub arrival_date: NaiveDate,
    /// Number of nights.
    #[row(from = "stay.nights")]
    pub nights: i32,
    /// Days from the entry of the booking to the arrival date.
    #[row(from = "stay.lead_days")]
    pub lead_time: i32,
    /// Number of adults.
    #[row(from = "guests.adults")]
    pub adults: i32,
    /// Number of children; left out for some.
    #[row(from = "guests.children")]
    pub children: Option<i32>,
    /// Number of babies.
    #[row(from = "guests.babies")]
    pub babies: i32,
    /// Country of origin, ISO 3166-1 alpha-3; unknown for some.
    #[row(from = "guest.country")]
    pub country: Option<String>,
    /// Whether the guest has stayed before.
    #[row(from = "guest.returning")]
    pub repeated_guest: bool,
    /// Meals booked: `BB`, `HB`, `FB` or `SC`.
    pub meal: String,
    /// Code of the room type booked.
    #[row(from = "room.booked")]
    pub reserved_room_type: String,
    /// Code of the room type given.
    #[row(from = "room.given")]
    pub assigned_room_type: String,
    /// Market segment.
    #[row(from = "sold.segment")]
    pub market_segment: String,
    /// Distribution channel.
    #[row(from = "sold.channel")]
    pub distribution_channel: String,
    /// Number of the travel agency; none for some.
    #[row(from = "sold.agent")]
    pub agent: Option<i32>,
    /// Number of the company that pays; none for most.
    #[row(from = "sold.company")]
    pub company: Option<i32>,
    /// Price of one night in cents.
    #[row(from = "price.night_cents")]
    pub night_cents: i64,
    /// Whether a deposit was paid.
    #[row(from = "price.deposit")]
    pub deposit: bool,
    /// Parking spaces asked for.
    #[row(from = "extras.parking")]
    pub parking_spaces: i32,
    /// Number of special requests.
    #[row(from = "extras.requests")]
    pub special_requests: i32,
}

/// The bookings of the feed.
pub type RawBookings = Table<RawBooking>;

/// Lines of the feed that cannot be read, and why.
pub type UnreadableBookings = Table<Rejected<RawBooking>>;
