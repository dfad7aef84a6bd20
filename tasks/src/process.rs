//! Processing: splits the typed bookings into those that count and those that are set aside.

use purvey::prelude::*;

pub mod bookings;
pub mod rejects;

/// Bookings that count, and rejects.
pub const GROUP: Group = group!("process": [rejects::rejects, bookings::bookings]);
