//! What was typed for the verb that checks.

use clap::{Args, Subcommand};

use super::Shared;

#[derive(Debug, Args)]
#[command(
    disable_help_subcommand = true,
    subcommand_value_name = "WHAT",
    subcommand_help_heading = "What else can be checked"
)]
pub(in crate::cli) struct CheckArgs {
    #[command(subcommand)]
    pub(in crate::cli) what: Option<What>,
    #[command(flatten)]
    pub(in crate::cli) shared: Shared,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum What {
    /// Check whether what is published is as young as it has to be
    Freshness(FreshnessArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct FreshnessArgs {
    /// The models that are meant [default: all that say how old they may be]
    #[arg(value_name = "MODEL")]
    pub(in crate::cli) models: Vec<String>,
    /// Tell people of what has become late, and of what is late no more, as `[telling]` names them
    #[arg(long)]
    pub(in crate::cli) notify: bool,
    #[command(flatten)]
    pub(in crate::cli) shared: Shared,
}

impl CheckArgs {
    /// The options of every verb that were typed behind this one, also behind what is to be checked.
    pub(super) fn shared(&mut self) -> &mut Shared {
        if let Some(What::Freshness(args)) = &mut self.what {
            let later = std::mem::take(&mut args.shared);
            self.shared = std::mem::take(&mut self.shared).then(later);
        }
        &mut self.shared
    }
}
