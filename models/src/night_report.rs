//! `night_report`: the page that lies at the front desk in the morning.

use purvey::prelude::*;

/// The last month of every hotel on one page, in Markdown.
#[derive(Named, Clone, Copy, Debug)]
#[named("night_report", extension = "md")]
pub struct NightReport;
