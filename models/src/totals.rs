//! `totals`: a chain in four numbers.

use purvey::prelude::*;
use serde::{Deserialize, Serialize};

/// A chain in four numbers, over all its hotels.
#[derive(Named, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[named("totals")]
pub struct Totals {
    /// Bookings that count.
    pub bookings: u64,
    /// Bookings that were set aside.
    pub rejected: u64,
    /// Nights of those that stayed.
    pub room_nights: i64,
    /// Revenue of those that stayed, in cents.
    pub revenue_cents: i64,
}
