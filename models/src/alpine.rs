//! `raw_bookings` of the chain `alpine`: the nightly CSV exports of its resorts, one file a house.
//!
//! The front-desk program writes German headers, semicolons, decimal commas and dates like `24.12.2025`. What it writes
//! now and then that cannot be read goes to `unreadable_bookings`, so that one slip of a pen does not stop the night.

use purvey::prelude::*;

/// One booking as a house exports it.
#[derive(Row, Clone, Debug, Default, PartialEq)]
#[row(table = "raw_bookings", key = "booking_id", source)]
#[source(format = "csv", separator = ";", decimal = ",", date_format = "%d.%m.%Y", rejects = "unreadable_bookings")]
pub struct RawBooking {
    /// Number of the booking; each house has a range of its own.
    #[row(from = "Buchung")]
    pub booking_id: i64,
    /// Name of the house.
    #[row(from = "Haus")]
    pub hotel: String,
    /// `abgereist`, `storniert` or `nicht erschienen`.
    #[row(from = "Status")]
    pub status: String,
    /// When the status was set.
    #[row(from = "Status vom")]
    pub status_date: NaiveDate,
    /// When the booking was entered.
    #[row(from = "Gebucht am")]
    pub booked_date: NaiveDate,
    /// First night.
    #[row(from = "Anreise")]
    pub arrival_date: NaiveDate,
    /// Day of departure.
    #[row(from = "Abreise")]
    pub departure_date: NaiveDate,
    /// Number of adults.
    #[row(from = "Erwachsene")]
    pub adults: i32,
    /// Number of children; left out for some.
    #[row(from = "Kinder")]
    pub children: Option<i32>,
    /// Number of babies.
    #[row(from = "Kleinkinder")]
    pub babies: i32,
    /// `Frühstück`, `Halbpension`, `Vollpension` or `ohne`.
    #[row(from = "Verpflegung")]
    pub meal: String,
    /// Country of origin, ISO 3166-1 alpha-3; unknown for some.
    #[row(from = "Land")]
    pub country: Option<String>,
    /// `direkt`, `Reisebüro`, `online`, `Firma` or `Gruppe`; not recorded for some.
    #[row(from = "Segment")]
    pub segment: Option<String>,
    /// Whether the guest has stayed before: `ja` or `nein`.
    #[row(from = "Stammgast")]
    pub repeated_guest: String,
    /// Code of the room type booked.
    #[row(from = "Zimmer gebucht")]
    pub reserved_room_type: String,
    /// Code of the room type given.
    #[row(from = "Zimmer bezogen")]
    pub assigned_room_type: String,
    /// Number of the travel agency; none for some.
    #[row(from = "Reisebüro")]
    pub agent: Option<i32>,
    /// Number of the company that pays; none for most.
    #[row(from = "Firma")]
    pub company: Option<i32>,
    /// Price of one night in euros.
    #[row(from = "Preis")]
    pub price: f64,
    /// Whether a deposit was paid: `ja` or `nein`.
    #[row(from = "Anzahlung")]
    pub deposit: String,
    /// Parking spaces asked for.
    #[row(from = "Parkplätze")]
    pub parking_spaces: i32,
    /// Number of special requests.
    #[row(from = "Wünsche")]
    pub special_requests: i32,
}

/// The bookings of all houses.
pub type RawBookings = Table<RawBooking>;

/// Rows of the exports that cannot be read, and why.
pub type UnreadableBookings = Table<Rejected<RawBooking>>;
