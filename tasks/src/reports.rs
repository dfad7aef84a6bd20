//! Reports: the tables that people read. All of them come from the bookings that count, none from the raw ones.

use purvey::prelude::*;

pub mod agent_ranking;
pub mod cancellations;
pub mod daily_occupancy;
pub mod guests_by_country;
pub mod los_histogram;
pub mod monthly_report;
pub mod monthly_revenue;
pub mod pickup_curve;

/// The tables that people read.
pub const GROUP: Group = group!("reports": [
    daily_occupancy::daily_occupancy,
    monthly_revenue::monthly_revenue,
    cancellations::cancellations,
    guests_by_country::guests_by_country,
    agent_ranking::agent_ranking,
    pickup_curve::pickup_curve,
    los_histogram::los_histogram,
    monthly_report::monthly_report,
]);
