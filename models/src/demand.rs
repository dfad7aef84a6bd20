//! `raw_bookings` of the chain `demand`: the published *hotel booking demand* file, as it is.

use purvey::prelude::*;

/// One booking as the file has it; the columns have the names and the order of the file.
#[derive(Row, Clone, Debug, Default, PartialEq)]
#[row(table = "raw_bookings", key = "booking_id", source)]
#[source(format = "csv", null_values("NULL", "NA"), publish)]
pub struct RawBooking {
    /// Number of the row in the file, from 1: the file itself has no key.
    #[row(row_number)]
    pub booking_id: i64,
    /// Name of the hotel.
    pub hotel: String,
    /// 1 for a booking that was cancelled or whose guests never came.
    pub is_canceled: i32,
    /// Days from the entry of the booking to the arrival date.
    pub lead_time: i32,
    /// Year of the arrival date.
    pub arrival_date_year: i32,
    /// English name of the month of the arrival date.
    pub arrival_date_month: String,
    /// Week of the arrival date, in a numbering of the publisher's own.
    pub arrival_date_week_number: i32,
    /// Day of the month of the arrival date.
    pub arrival_date_day_of_month: i32,
    /// Nights from Saturday to Monday.
    pub stays_in_weekend_nights: i32,
    /// Nights from Monday to Saturday.
    pub stays_in_week_nights: i32,
    /// Number of adults.
    pub adults: i32,
    /// Number of children; unknown for some.
    pub children: Option<i32>,
    /// Number of babies.
    pub babies: i32,
    /// Meals booked: `BB`, `HB`, `FB`, `SC`, or `Undefined`, which is the same as `SC`.
    pub meal: String,
    /// Country of origin, ISO 3166-1 alpha-3 except for `CN`; unknown for some.
    pub country: Option<String>,
    /// Market segment, `Undefined` for some.
    pub market_segment: String,
    /// Distribution channel, `Undefined` for some.
    pub distribution_channel: String,
    /// 1 for a guest who has stayed before.
    pub is_repeated_guest: i32,
    /// Bookings of the same customer that were cancelled before this one.
    pub previous_cancellations: i32,
    /// Bookings of the same customer that were kept before this one.
    pub previous_bookings_not_canceled: i32,
    /// Code of the room type booked.
    pub reserved_room_type: String,
    /// Code of the room type given.
    pub assigned_room_type: String,
    /// Changes made to the booking since its entry.
    pub booking_changes: i32,
    /// `No Deposit`, `Non Refund` or `Refundable`.
    pub deposit_type: String,
    /// The travel agency, by number; none for some.
    pub agent: Option<i32>,
    /// The company that pays, by number; none for most.
    pub company: Option<i32>,
    /// Days until the booking was confirmed.
    pub days_in_waiting_list: i32,
    /// `Transient`, `Transient-Party`, `Contract` or `Group`.
    pub customer_type: String,
    /// Average daily rate in euros, with at most two places.
    pub adr: f64,
    /// Parking spaces asked for.
    pub required_car_parking_spaces: i32,
    /// Number of special requests.
    pub total_of_special_requests: i32,
    /// `Check-Out`, `Canceled` or `No-Show`.
    pub reservation_status: String,
    /// When the status was set, `YYYY-MM-DD`.
    pub reservation_status_date: String,
}

/// The bookings of the published file.
pub type RawBookings = Table<RawBooking>;
