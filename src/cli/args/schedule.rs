//! What was typed for the verbs of schedules.

use clap::{Args, Subcommand, ValueEnum};

use super::{Pace, Shared};

#[derive(Debug, Args)]
pub(in crate::cli) struct ScheduleArgs {
    #[command(subcommand)]
    pub(in crate::cli) verb: ScheduleVerb,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ScheduleVerb {
    /// Wait for the times of [schedule], and run the chain then, until Ctrl-C or SIGTERM
    Run(ScheduleRunArgs),
    /// Show when the chain is run next
    Next(ScheduleNextArgs),
    /// Write what systemd or cron needs to run the chain at the times of [schedule]; installs nothing
    Print(SchedulePrintArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ScheduleRunArgs {
    /// Run what is due now, and end
    #[arg(long)]
    pub(in crate::cli) once: bool,
    #[command(flatten)]
    pub(in crate::cli) pace: Pace,
    #[command(flatten)]
    pub(in crate::cli) shared: Shared,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ScheduleNextArgs {
    /// Show so many times of each schedule
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(in crate::cli) count: usize,
    #[command(flatten)]
    pub(in crate::cli) shared: Shared,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SchedulePrintArgs {
    /// Who is to run the chain
    #[arg(value_name = "MANAGER")]
    pub(in crate::cli) manager: Manager,
    #[command(flatten)]
    pub(in crate::cli) shared: Shared,
}

/// A program of the system that runs others at set times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Manager {
    /// A service and a timer for each schedule
    Systemd,
    /// A line of a crontab for each schedule
    Cron,
}

impl ScheduleArgs {
    /// The options of every verb that were typed behind this one.
    pub(super) fn shared(&mut self) -> &mut Shared {
        match &mut self.verb {
            ScheduleVerb::Run(ScheduleRunArgs { shared, .. })
            | ScheduleVerb::Next(ScheduleNextArgs { shared, .. })
            | ScheduleVerb::Print(SchedulePrintArgs { shared, .. }) => shared,
        }
    }
}
