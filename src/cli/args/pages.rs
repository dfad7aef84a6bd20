//! What was typed for the verbs that write pages for a browser.

use std::path::PathBuf;

use clap::Args;

use super::Shared;

#[derive(Debug, Args)]
pub(in crate::cli) struct ReportArgs {
    /// The run: its id, the beginning of that or its last eight digits, or `last` [default: last]
    #[arg(value_name = "RUN")]
    pub(in crate::cli) run: Option<String>,
    /// One page over many runs: partitions as a calendar, durations, failures, rows
    #[arg(long, conflicts_with_all = ["run", "rows"])]
    pub(in crate::cli) all: bool,
    /// With --all, show the last N runs
    #[arg(long, value_name = "N", default_value_t = 100, requires = "all")]
    pub(in crate::cli) last: usize,
    /// How many rows of each table to show; 0 for none
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(in crate::cli) rows: usize,
    /// Write the page there, `-` for stdout [default: run.html or runs.html in the folder report of the results]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) shared: Shared,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DocsArgs {
    /// Write the page there, `-` for stdout [default: docs.html in the folder report of the results]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) shared: Shared,
}
