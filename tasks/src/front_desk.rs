//! The front desk: what people want to see in the morning, besides tables.

use purvey::prelude::*;

pub mod night_report;
pub mod totals;

/// Totals, and a page in Markdown.
pub const GROUP: Group = group!("front_desk": [totals::totals, night_report::night_report]);
