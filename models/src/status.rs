//! How a booking can end, as the column `status` says it.

/// The guests came and left again: the booking *stayed*.
pub const CHECK_OUT: &str = "Check-Out";
/// The booking was cancelled before arrival.
pub const CANCELED: &str = "Canceled";
/// The guests never came.
pub const NO_SHOW: &str = "No-Show";
