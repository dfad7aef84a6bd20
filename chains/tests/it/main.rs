//! The chains, run for real: their programs on their sample data, and on the published file where that is at hand.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get ends it")]

mod backfills;
mod bad_configuration;
mod bad_input;
mod compare;
mod demand_published;
mod disk;
mod faults_of_the_system;
mod growing;
mod incremental_demand;
mod kills;
mod lineage;
mod month;
mod month_by_day;
mod nightly;
mod ninety_days;
mod pages;
mod ranges;
mod runs;
mod samples;
mod schedules;
mod second_run;
mod secrets;
mod signals;
mod support;
mod survivor;
mod telling;
mod torn_files;
mod two_at_once;
mod usage;
