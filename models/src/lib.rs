//! The models of the hotel domain, one file each: what its tasks read and write.
//!
//! | file | model | comes from |
//! |---|---|---|
//! | [`alpine`], [`demand`], [`metro`] | `raw_bookings` | the files of each chain |
//! | [`bookings_typed`] | every booking, typed, whatever chain it came from | `raw_bookings` |
//! | [`rejects`], [`bookings`] | those that are set aside, and those that count | `bookings_typed` |
//! | [`daily_occupancy`], [`monthly_revenue`] | how full the houses were, and what they earned | `bookings` |
//! | [`cancellations`], [`guests_by_country`], [`agent_ranking`], [`pickup_curve`], [`los_histogram`] | what bookings tell | `bookings` |
//! | [`monthly_report`] | a word from each of them, by hotel and month | all of them |
//! | [`totals`], [`night_report`] | what the front desk wants in the morning | `bookings`, `monthly_report` |
//!
//! A row type says everything that holds for its table whoever writes it: columns, nulls, key, order, checks. The three
//! row types of `raw_bookings` share nothing but the name; from `bookings_typed` on, all chains are alike.
//!
//! Money is in whole cents, so that sums are exact in any order. Nothing here knows how a table is computed.

pub mod agent_ranking;
pub mod alpine;
pub mod bookings;
pub mod bookings_typed;
pub mod cancellations;
pub mod daily_occupancy;
pub mod demand;
pub mod guests_by_country;
pub mod los_histogram;
pub mod metro;
pub mod monthly_report;
pub mod monthly_revenue;
pub mod night_report;
pub mod pickup_curve;
pub mod rejects;
pub mod status;
pub mod totals;

pub use agent_ranking::{AgentRanking, RankedAgent};
pub use bookings::{Booking, Bookings};
pub use bookings_typed::{BookingTyped, BookingsTyped};
pub use cancellations::{Cancellation, Cancellations};
pub use daily_occupancy::{DailyOccupancy, OccupancyDay};
pub use guests_by_country::{CountryGuests, GuestsByCountry};
pub use los_histogram::{LosHistogram, StayLength};
pub use monthly_report::{MonthlyReport, ReportMonth};
pub use monthly_revenue::{MonthlyRevenue, RevenueMonth};
pub use night_report::NightReport;
pub use pickup_curve::{PickupCurve, PickupPoint};
pub use rejects::{Reject, Rejects};
pub use totals::Totals;
