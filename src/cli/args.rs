//! What was typed. Says nothing of what it means: that is `invocation.rs`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use bytesize::ByteSize;
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::help;
use crate::task::Chain;

mod checks;
mod pages;
mod partitions;
mod past;
mod schedule;

pub(super) use checks::{CheckArgs, FreshnessArgs, What};
pub(super) use pages::{DocsArgs, ReportArgs};
pub(super) use partitions::{BackfillArgs, BackfillResumeArgs, BackfillVerb, Width};
pub(super) use past::{DiffArgs, ExplainArgs, GcArgs, HistoryArgs, ResumeArgs};
pub(super) use schedule::{Manager, ScheduleArgs, ScheduleNextArgs, SchedulePrintArgs, ScheduleRunArgs, ScheduleVerb};

/// The command line as it was typed.
#[derive(Debug, Parser)]
#[command(
    arg_required_else_help = false,
    disable_help_subcommand = true,
    subcommand_value_name = "VERB",
    subcommand_help_heading = "Verbs"
)]
pub(super) struct Typed {
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
    #[command(flatten)]
    pub(super) run: RunFlags,
    #[command(flatten)]
    pub(super) shared: Shared,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Run the tasks and publish their results; the verb when none is given
    Run(RunArgs),
    /// Run the chain for many partitions; list, show, resume or stop such backfills
    Backfill(BackfillArgs),
    /// Run the chain at the times of [schedule], or show them
    #[command(subcommand_value_name = "VERB", subcommand_help_heading = "Verbs")]
    Schedule(ScheduleArgs),
    /// Go on with a run that did not get done, with the same options
    Resume(ResumeArgs),
    /// Show which tasks a run would run, in order, and why; runs nothing
    Plan(PlanArgs),
    /// Show what a run would do with a task, and what that comes from
    Explain(ExplainArgs),
    /// Check the chain and its configuration, or how old its results are
    Check(CheckArgs),
    /// List tasks and the models they read and provide
    Ls(PickArgs),
    /// Draw the chain
    Graph(GraphArgs),
    /// Show what a model is, its first rows and its versions
    Show(ShowArgs),
    /// Show the runs on record, or all about one of them
    History(HistoryArgs),
    /// Show what is different between two runs
    Diff(DiffArgs),
    /// Write a page about a run, or about many, for a browser
    Report(ReportArgs),
    /// Write a page that says what the chain is, for a browser
    Docs(DocsArgs),
    /// Forget old runs, and remove what they have made and nobody needs
    Gc(GcArgs),
    /// Show every setting, its value and where that comes from
    Config(NoArgs),
    /// Write a completion script for a shell
    Completions(CompletionsArgs),
}

/// Options of every verb.
#[derive(Clone, Debug, Default, PartialEq, Args)]
#[command(next_help_heading = "Options of every verb")]
pub(super) struct Shared {
    /// Read this configuration file [env: PURVEY_CONFIG] [default: the first purvey.toml found]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Read purvey.<NAME>.toml as well, which beats purvey.toml [env: PURVEY_ENV]
    #[arg(long, value_name = "NAME")]
    pub(super) env: Option<String>,
    /// Set a value, such as models.raw_bookings.path=new.csv; may be repeated
    #[arg(long, value_name = "KEY=VALUE", action = ArgAction::Append)]
    pub(super) set: Vec<String>,
    /// Folder for results [default: data/<chain>]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// The partition that is meant, such as 2026-11-21 [default: the last one that is over]
    #[arg(long, value_name = "KEY")]
    pub(super) partition: Option<String>,
    /// What is written to stdout: text for people, json for programs
    #[arg(long, value_name = "FORM")]
    pub(super) output: Option<Output>,
    /// Whether to write in colour [default: auto, which honours NO_COLOR]
    #[arg(long, value_name = "WHEN")]
    pub(super) color: Option<Color>,
    /// Say more; twice for even more [env: PURVEY_LOG, such as info,polars=error]
    #[arg(short, long, action = ArgAction::Count)]
    pub(super) verbose: u8,
    /// Say nothing when all is well, else what went wrong
    #[arg(short, long)]
    pub(super) quiet: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    #[default]
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// The options of `run`, which work without the verb.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Options of run")]
pub(super) struct RunFlags {
    /// Start nothing more once a task has failed
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// While another run has the data folder, wait until it ends
    #[arg(long)]
    pub(super) wait: bool,
    #[command(flatten)]
    pub(super) pace: Pace,
    #[command(flatten)]
    pub(super) tell: Tell,
    #[command(flatten)]
    pub(super) force: Force,
}

/// Who is told of a run besides whoever typed it.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub(super) struct Tell {
    /// Append each event to this file, as a line of JSON
    #[arg(long, value_name = "FILE")]
    pub(super) events: Option<PathBuf>,
}

impl Tell {
    /// The same as `--set`, which it is short for.
    pub(super) fn set(&self) -> Option<String> {
        self.events.as_ref().map(|file| format!("telling.events={}", file.display()))
    }
}

/// How much of the machine a run may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Args)]
pub(super) struct Pace {
    /// Run so many tasks side by side [default: as many as there are cores]
    #[arg(short, long, value_name = "N", value_parser = jobs)]
    pub(super) jobs: Option<NonZeroUsize>,
    /// Start a task only where what it needs fits beside the others, such as `8GiB`
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(super) memory_limit: Option<ByteSize>,
}

fn jobs(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "give a whole number from 1 on, such as `--jobs 4`")
}

fn size(text: &str) -> Result<ByteSize, &'static str> {
    text.parse().map_err(|_| "give a size with its unit, such as `8GiB`")
}

impl Pace {
    /// What is typed here, or else there.
    pub(super) fn or(self, other: Pace) -> Pace {
        Pace { jobs: self.jobs.or(other.jobs), memory_limit: self.memory_limit.or(other.memory_limit) }
    }
}

/// Which tasks are to be run in any case.
#[derive(Debug, Default, Args)]
pub(super) struct Force {
    /// Run tasks though they may be up to date: all that are selected, or those of this selection
    #[arg(long, value_name = "SELECTION", num_args = 0..=1)]
    pub(super) force: Option<Option<String>>,
}

/// Which tasks are meant.
#[derive(Debug, Default, Args)]
pub(super) struct Picks {
    /// The tasks that are meant [default: all]
    #[arg(value_name = "SELECTION")]
    pub(super) selection: Vec<String>,
    /// But not these
    #[arg(long, value_name = "SELECTION", action = ArgAction::Append)]
    pub(super) exclude: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) picks: Picks,
    /// Put on record that this schedule begins it, for those who start it at its times
    #[arg(long, value_name = "NAME")]
    pub(super) schedule: Option<String>,
    #[command(flatten)]
    pub(super) flags: RunFlags,
    #[command(flatten)]
    pub(super) shared: Shared,
}

#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    pub(super) picks: Picks,
    #[command(flatten)]
    pub(super) force: Force,
    #[command(flatten)]
    pub(super) shared: Shared,
}

#[derive(Debug, Args)]
pub(super) struct PickArgs {
    #[command(flatten)]
    pub(super) picks: Picks,
    #[command(flatten)]
    pub(super) shared: Shared,
}

#[derive(Debug, Args)]
pub(super) struct GraphArgs {
    #[command(flatten)]
    pub(super) picks: Picks,
    /// The language of the drawing
    #[arg(long, value_name = "FORMAT", default_value = "svg")]
    pub(super) format: GraphFormat,
    #[command(flatten)]
    pub(super) shared: Shared,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum GraphFormat {
    /// A picture for browsers
    Svg,
    /// For Graphviz
    Dot,
    /// For Markdown pages
    Mermaid,
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The model's name
    #[arg(value_name = "MODEL")]
    pub(super) model: String,
    /// How many rows to show
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(super) rows: usize,
    /// Show the version that this run made: its id, the beginning of that or its last eight digits, or `last`
    #[arg(long, value_name = "RUN")]
    pub(super) version: Option<String>,
    #[command(flatten)]
    pub(super) shared: Shared,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(super) shell: Shell,
    #[command(flatten)]
    pub(super) shared: Shared,
}

#[derive(Debug, Args)]
pub(super) struct NoArgs {
    #[command(flatten)]
    pub(super) shared: Shared,
}

impl Verb {
    /// Who is to be told of the run that was asked for by this verb.
    pub(super) fn tell(&self) -> Option<&Tell> {
        match self {
            Verb::Run(RunArgs { flags, .. }) => Some(&flags.tell),
            Verb::Resume(ResumeArgs { tell, .. }) => Some(tell),
            Verb::Backfill(args) => Some(args.tell()),
            _ => None,
        }
    }

    /// The options of every verb that were typed behind this one.
    pub(super) fn shared(&mut self) -> &mut Shared {
        match self {
            Verb::Run(RunArgs { shared, .. })
            | Verb::Resume(ResumeArgs { shared, .. })
            | Verb::Plan(PlanArgs { shared, .. })
            | Verb::Explain(ExplainArgs { shared, .. })
            | Verb::Ls(PickArgs { shared, .. })
            | Verb::Graph(GraphArgs { shared, .. })
            | Verb::Show(ShowArgs { shared, .. })
            | Verb::History(HistoryArgs { shared, .. })
            | Verb::Diff(DiffArgs { shared, .. })
            | Verb::Report(ReportArgs { shared, .. })
            | Verb::Docs(DocsArgs { shared, .. })
            | Verb::Gc(GcArgs { shared, .. })
            | Verb::Completions(CompletionsArgs { shared, .. })
            | Verb::Config(NoArgs { shared }) => shared,
            Verb::Backfill(args) => args.shared(),
            Verb::Schedule(args) => args.shared(),
            Verb::Check(args) => args.shared(),
        }
    }
}

impl Shared {
    /// These options, and the ones that were typed later, which win.
    pub(super) fn then(self, later: Shared) -> Shared {
        Shared {
            config: later.config.or(self.config),
            env: later.env.or(self.env),
            set: [self.set, later.set].concat(),
            data: later.data.or(self.data),
            partition: later.partition.or(self.partition),
            output: later.output.or(self.output),
            color: later.color.or(self.color),
            verbose: self.verbose.saturating_add(later.verbose),
            quiet: self.quiet || later.quiet,
        }
    }
}

/// The command line of a chain's program.
pub(super) fn command(chain: &Chain, width: usize) -> clap::Command {
    let name = chain.name();
    Typed::command()
        .bin_name(name)
        .display_name(name)
        .version(chain.version().unwrap_or(env!("CARGO_PKG_VERSION")))
        .about(format!("Runs the chain `{name}`: its tasks in order, each model checked before anything is published"))
        .after_help(help::below_the_options(chain))
        .term_width(width)
}

/// Reads what was typed; the first argument is the program itself.
pub(super) fn parse(
    command: &mut clap::Command,
    arguments: impl IntoIterator<Item = std::ffi::OsString>,
) -> Result<Typed, clap::Error> {
    let matches = command.try_get_matches_from_mut(arguments)?;
    Typed::from_arg_matches(&matches).map_err(|error| error.format(command))
}
