//! What was typed for the verb that runs many partitions.

use clap::Args;

use super::{Pace, Shared, Tell};

#[derive(Debug, Args)]
pub(in crate::cli) struct BackfillArgs {
    /// The first partition
    #[arg(long, value_name = "KEY")]
    pub(in crate::cli) from: String,
    /// The last partition [default: the last one that is over]
    #[arg(long, value_name = "KEY")]
    pub(in crate::cli) to: Option<String>,
    /// Those that no run has done; so it is when none of these is typed
    #[arg(long, group = "picked")]
    pub(in crate::cli) missing: bool,
    /// Those whose last run did not get done
    #[arg(long, group = "picked")]
    pub(in crate::cli) failed: bool,
    /// All; what is up to date in them is not done again
    #[arg(long, group = "picked")]
    pub(in crate::cli) all: bool,
    /// The last first
    #[arg(long)]
    pub(in crate::cli) reverse: bool,
    /// Refuse to run more than so many
    #[arg(long, value_name = "N", default_value_t = 400)]
    pub(in crate::cli) at_most: usize,
    /// Say what would be run, and run nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    #[command(flatten)]
    pub(in crate::cli) pace: Pace,
    #[command(flatten)]
    pub(in crate::cli) tell: Tell,
    #[command(flatten)]
    pub(in crate::cli) shared: Shared,
}
