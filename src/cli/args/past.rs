//! What was typed for the verbs that look back at runs.

use clap::Args;

use super::{Pace, Shared, Tell};

/// What `RUN` may be, for help texts.
const RUN: &str = "RUN";

#[derive(Debug, Args)]
pub(in crate::cli) struct ResumeArgs {
    /// The run: its id, the beginning of that or its last eight digits, or `last`
    #[arg(value_name = RUN)]
    pub(in crate::cli) run: String,
    /// While another run has the data folder, wait until it ends
    #[arg(long)]
    pub(in crate::cli) wait: bool,
    #[command(flatten)]
    pub(in crate::cli) pace: Pace,
    #[command(flatten)]
    pub(in crate::cli) tell: Tell,
    #[command(flatten)]
    pub(in crate::cli) shared: Shared,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ExplainArgs {
    /// The task's name
    #[arg(value_name = "TASK")]
    pub(in crate::cli) task: String,
    #[command(flatten)]
    pub(in crate::cli) shared: Shared,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct HistoryArgs {
    /// The run to show in full: its id, the beginning of that or its last eight digits, or `last`
    #[arg(value_name = RUN, conflicts_with_all = ["last", "since", "failed", "running", "task"])]
    pub(in crate::cli) run: Option<String>,
    /// At most so many runs, the last first
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(in crate::cli) last: usize,
    /// Runs that began since then: a date, or how long ago, such as 2026-11-21 or 7d
    #[arg(long, value_name = "WHEN")]
    pub(in crate::cli) since: Option<String>,
    /// Runs that failed or were killed
    #[arg(long, conflicts_with = "running")]
    pub(in crate::cli) failed: bool,
    /// The run that is going on
    #[arg(long)]
    pub(in crate::cli) running: bool,
    /// Runs in which this task was started or reused
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) task: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) shared: Shared,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DiffArgs {
    /// The earlier run: its id, the beginning of that or its last eight digits, or `last`
    #[arg(value_name = RUN)]
    pub(in crate::cli) first: String,
    /// The later run
    #[arg(value_name = RUN)]
    pub(in crate::cli) second: String,
    #[command(flatten)]
    pub(in crate::cli) shared: Shared,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct GcArgs {
    /// Keep the last N runs
    #[arg(long, value_name = "N")]
    pub(in crate::cli) keep_runs: Option<usize>,
    /// Keep the runs of the last N days
    #[arg(long, value_name = "N")]
    pub(in crate::cli) keep_days: Option<u32>,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    #[command(flatten)]
    pub(in crate::cli) shared: Shared,
}
