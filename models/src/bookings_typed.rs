//! `bookings_typed`: every booking of a chain with typed and derived columns, in one shape for all chains.

use purvey::prelude::*;

/// One booking, typed, whatever system it came from; good or bad.
#[derive(Row, Clone, Debug, Default, PartialEq)]
#[row(table = "bookings_typed", key = "booking_id")]
pub struct BookingTyped {
    /// Number of the booking, unique within a chain.
    pub booking_id: i64,
    /// Name of the hotel.
    #[check(not_empty)]
    pub hotel: String,
    /// How the booking ended: `Check-Out`, `Canceled` or `No-Show`.
    pub status: String,
    /// Whether it was cancelled, or the guests never came.
    pub is_canceled: bool,
    /// First night.
    pub arrival_date: NaiveDate,
    /// First day of the arrival date's month.
    pub arrival_month: NaiveDate,
    /// Day the booking was entered.
    pub booked_date: NaiveDate,
    /// Day after the last night.
    pub departure_date: NaiveDate,
    /// Day the status was set.
    pub status_date: NaiveDate,
    /// Days from `booked_date` to `arrival_date`.
    pub lead_time: i32,
    /// The range that `lead_time` is in, bounds included.
    #[check(one_of("000", "001-007", "008-030", "031-090", "091-180", "181-365", "366+"))]
    pub lead_bucket: String,
    /// Nights stayed or booked.
    pub nights: i32,
    /// Number of adults.
    pub adults: i32,
    /// Number of children; unknown for some.
    pub children: Option<i32>,
    /// Number of babies.
    pub babies: i32,
    /// Adults, children and babies; unknown where `children` is.
    pub guests: Option<i32>,
    /// Meals booked: `BB`, `HB`, `FB` or `SC`.
    pub meal: String,
    /// Country of origin, ISO 3166-1 alpha-3; unknown for some.
    pub country: Option<String>,
    /// Market segment.
    pub market_segment: String,
    /// Distribution channel.
    pub distribution_channel: String,
    /// `Transient`, `Transient-Party`, `Contract` or `Group`.
    pub customer_type: String,
    /// `No Deposit`, `Non Refund` or `Refundable`.
    pub deposit_type: String,
    /// Whether the guest has stayed before.
    pub is_repeated_guest: bool,
    /// Code of the room type booked.
    pub reserved_room_type: String,
    /// Code of the room type given.
    pub assigned_room_type: String,
    /// Whether the two differ.
    pub room_changed: bool,
    /// The travel agency, by number; none for some.
    pub agent: Option<i32>,
    /// The company that pays, by number; none for most.
    pub company: Option<i32>,
    /// Average daily rate in cents.
    pub adr_cents: i64,
    /// `adr_cents` for all nights.
    pub revenue_cents: i64,
    /// Parking spaces asked for.
    pub parking_spaces: i32,
    /// Number of special requests.
    pub special_requests: i32,
    /// The first reason to set the booking aside; null for a good one.
    pub reject_reason: Option<String>,
}

/// Every booking of a chain, in the order of its input.
pub type BookingsTyped = Table<BookingTyped>;
