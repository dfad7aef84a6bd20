//! `night_report`: the page that lies at the front desk in the morning.

use purvey::prelude::*;

/// The latest month of every hotel and the totals of the chain on one page, in Markdown.
#[derive(Named, Clone, Copy, Debug)]
#[named("night_report", extension = "md")]
pub struct NightReport;
