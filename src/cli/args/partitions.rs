//! What was typed for the verb that runs many partitions.

use std::num::NonZeroU32;

use clap::{Args, Subcommand};

use super::{Pace, Shared, Tell};

/// What `BACKFILL` may be, for help texts.
const BACKFILL: &str = "BACKFILL";

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    subcommand_value_name = "VERB",
    subcommand_help_heading = "Verbs"
)]
pub(in crate::cli) struct BackfillArgs {
    #[command(subcommand)]
    pub(in crate::cli) verb: Option<BackfillVerb>,
    /// The first partition [default: the first of all, where `start` or a list says which]
    #[arg(long, value_name = "KEY")]
    pub(in crate::cli) from: Option<String>,
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
    /// Call tasks that take ranges for each partition alone
    #[arg(long)]
    pub(in crate::cli) no_ranges: bool,
    /// Refuse to run more than so many
    #[arg(long, value_name = "N", default_value_t = 400)]
    pub(in crate::cli) at_most: usize,
    /// Say what would be run, and run nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    #[command(flatten)]
    pub(in crate::cli) width: Width,
    #[command(flatten)]
    pub(in crate::cli) pace: Pace,
    #[command(flatten)]
    pub(in crate::cli) tell: Tell,
    #[command(flatten)]
    pub(in crate::cli) shared: Shared,
}

/// How many partitions are run at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Args)]
pub(in crate::cli) struct Width {
    /// Run so many partitions side by side, each with as many tasks as --jobs says [default: 1]
    #[arg(long, value_name = "N", value_parser = partitions)]
    pub(in crate::cli) jobs_partitions: Option<NonZeroU32>,
}

fn partitions(text: &str) -> Result<NonZeroU32, &'static str> {
    text.parse().map_err(|_| "give a whole number from 1 on, such as `--jobs-partitions 4`")
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum BackfillVerb {
    /// Show the backfills on record
    List(BackfillListArgs),
    /// Show how far a backfill has come, and what failed
    Show(BackfillArg),
    /// Go on with what is left of a backfill, with the same options
    Resume(BackfillResumeArgs),
    /// Have a backfill that goes on end after the partitions that it runs now
    Stop(BackfillArg),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct BackfillListArgs {
    /// At most so many, the last first
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(in crate::cli) last: usize,
    #[command(flatten)]
    pub(in crate::cli) shared: Shared,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct BackfillArg {
    /// The backfill: its id, the beginning of that or its last eight digits, or `last`
    #[arg(value_name = BACKFILL)]
    pub(in crate::cli) backfill: String,
    #[command(flatten)]
    pub(in crate::cli) shared: Shared,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct BackfillResumeArgs {
    /// The backfill: its id, the beginning of that or its last eight digits, or `last`
    #[arg(value_name = BACKFILL)]
    pub(in crate::cli) backfill: String,
    /// Those that failed as well
    #[arg(long)]
    pub(in crate::cli) failed: bool,
    #[command(flatten)]
    pub(in crate::cli) width: Width,
    #[command(flatten)]
    pub(in crate::cli) pace: Pace,
    #[command(flatten)]
    pub(in crate::cli) tell: Tell,
    #[command(flatten)]
    pub(in crate::cli) shared: Shared,
}

impl BackfillArgs {
    /// Who is to be told of the runs.
    pub(super) fn tell(&self) -> &Tell {
        match &self.verb {
            Some(BackfillVerb::Resume(BackfillResumeArgs { tell, .. })) => tell,
            _ => &self.tell,
        }
    }

    /// The options of every verb that were typed behind this one, also behind the verb of the verb.
    pub(super) fn shared(&mut self) -> &mut Shared {
        match &mut self.verb {
            None => &mut self.shared,
            Some(
                BackfillVerb::List(BackfillListArgs { shared, .. })
                | BackfillVerb::Show(BackfillArg { shared, .. })
                | BackfillVerb::Resume(BackfillResumeArgs { shared, .. })
                | BackfillVerb::Stop(BackfillArg { shared, .. }),
            ) => shared,
        }
    }
}
