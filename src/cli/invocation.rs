//! What the command line means: flags, environment and defaults put together.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use clap_complete::Shell;
use log::LevelFilter;

use super::args::{
    CheckArgs, Color, Force, FreshnessArgs, GraphFormat, HistoryArgs, Output, Pace, Picks, ReportArgs, RunFlags,
    Shared, Tell, Typed, Verb, What,
};
use super::exit::Exit;
use super::surroundings::Surroundings;
use super::trouble::Trouble;
use crate::config;
use crate::plan::Selection;
use crate::report::{Filter, Palette};
use crate::session::{self, Keep};

mod orders;

pub(super) use orders::{
    BackfillOrder, BackfillResumeOrder, BeginOrder, HistoryFilter, ReportOrder, RunOrder, ScheduleOrder,
};

/// One command, ready to be carried out.
#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) action: Action,
    pub(super) manner: Manner,
}

/// What to do.
#[derive(Debug, PartialEq)]
pub(super) enum Action {
    Run(RunOrder),
    Backfill(BackfillOrder),
    Schedule(ScheduleOrder),
    /// The options are those that were typed: they beat those on record.
    Resume {
        run: String,
        wait: bool,
        pace: Pace,
        shared: Shared,
    },
    Plan {
        request: session::Request,
    },
    Explain {
        task: String,
    },
    Check,
    Freshness {
        models: Vec<String>,
        /// Whether people are told of what has changed.
        notify: bool,
    },
    Ls {
        selection: Selection,
    },
    Graph {
        selection: Selection,
        format: GraphFormat,
    },
    Show {
        model: String,
        rows: usize,
        version: Option<String>,
    },
    History {
        run: Option<String>,
        filter: HistoryFilter,
    },
    Diff {
        first: String,
        second: String,
    },
    Report(ReportOrder),
    Docs {
        out: Option<PathBuf>,
    },
    Gc {
        keep: Keep,
        dry_run: bool,
    },
    Config,
    Completions {
        shell: Shell,
    },
}

/// How to do it.
#[derive(Debug)]
pub(super) struct Manner {
    /// Where the configuration comes from.
    pub(super) request: config::Request,
    /// The folder for results, where the command line names one.
    pub(super) data: Option<PathBuf>,
    /// The partition, where the command line names one.
    pub(super) partition: Option<String>,
    /// Whether results are written as JSON.
    pub(super) json: bool,
    /// Colour for results.
    pub(super) palette: Palette,
    /// Colour for talk.
    pub(super) talk_palette: Palette,
    /// How much is said besides results.
    pub(super) talk: Talk,
    /// What is logged.
    pub(super) filter: Filter,
}

/// How much is said on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Talk {
    Quiet,
    Normal,
    Verbose,
}

impl Invocation {
    /// The meaning of what was typed for this chain.
    ///
    /// # Errors
    ///
    /// When it has none.
    pub(super) fn new(chain: &str, typed: Typed, surroundings: &Surroundings<'_>) -> Result<Invocation, Trouble> {
        let Typed { mut verb, run, shared } = typed;
        let later = verb.as_mut().map(|verb| std::mem::take(verb.shared())).unwrap_or_default();
        let mut shared = shared.then(later);
        let told = verb.as_ref().and_then(Verb::tell).and_then(Tell::set);
        shared.set.extend(told.or_else(|| run.tell.set()));
        let action = action(verb, &run, &shared)?;
        Ok(Invocation { action, manner: Manner::new(chain, shared, surroundings)? })
    }
}

fn action(verb: Option<Verb>, run: &RunFlags, shared: &Shared) -> Result<Action, Trouble> {
    let misplaced = [
        (run.fail_fast, "`--fail-fast` is an option of `run`"),
        (run.wait, "`--wait` is an option of `run` and `resume`; write it behind the verb"),
        (
            run.pace != Pace::default(),
            "`--jobs` and `--memory-limit` are options of `run` and `resume`; write them behind the verb",
        ),
        (
            run.tell != Tell::default(),
            "`--events` is an option of `run`, `resume` and `backfill`; write it behind the verb",
        ),
        (run.force.force.is_some(), "`--force` is an option of `run` and `plan`; write it behind the verb"),
    ];
    if !matches!(verb, None | Some(Verb::Run(_)))
        && let Some((_, message)) = misplaced.iter().find(|(is_typed, _)| *is_typed)
    {
        return Err(Trouble::usage(message));
    }
    if let (Some(Verb::Backfill(_)), Some(key)) = (&verb, &shared.partition) {
        return Err(Trouble::usage("`backfill` is for many partitions; `--from` and `--to` say which")
            .hint(format!("for one, write `run --partition {key}`")));
    }
    if let (Some(Verb::Schedule(_)), Some(_)) = (&verb, &shared.partition) {
        return Err(Trouble::usage("`schedule` has no partition: each fire is for the last one that was over")
            .hint("`run --partition KEY` runs one now, and `backfill` many"));
    }
    if let (None, Some(Some(word))) = (&verb, &run.force.force)
        && Verb::has_subcommand(word)
    {
        let message = format!("`--force {word}` stands for the selection `{word}`");
        return Err(Trouble::new(Exit::Usage, message)
            .hint(format!("write `{word} …` first, or `run --force {word}` if there is such a task")));
    }
    Ok(match verb {
        None => Action::Run(order(&Picks::default(), run, &RunFlags::default())?),
        Some(Verb::Run(args)) => {
            let mut order = order(&args.picks, run, &args.flags)?;
            order.arguments.extend(args.schedule.into_iter().flat_map(begun_by));
            Action::Run(order)
        }
        Some(Verb::Backfill(args)) => Action::Backfill(BackfillOrder::of(args, shared)),
        Some(Verb::Schedule(args)) => Action::Schedule(ScheduleOrder::of(&args.verb)),
        Some(Verb::Resume(args)) => {
            Action::Resume { run: args.run, wait: args.wait, pace: args.pace, shared: shared.clone() }
        }
        Some(Verb::Plan(args)) => Action::Plan { request: request(&args.picks, &args.force)? },
        Some(Verb::Explain(args)) => Action::Explain { task: args.task },
        Some(Verb::Check(CheckArgs { what: Some(What::Freshness(FreshnessArgs { models, notify, .. })), .. })) => {
            Action::Freshness { models, notify }
        }
        Some(Verb::Check(_)) => Action::Check,
        Some(Verb::Ls(args)) => Action::Ls { selection: selection(&args.picks)? },
        Some(Verb::Graph(args)) => Action::Graph { selection: selection(&args.picks)?, format: args.format },
        Some(Verb::Show(args)) => Action::Show { model: args.model, rows: args.rows, version: args.version },
        Some(Verb::History(HistoryArgs { run, last, since, failed, running, task, .. })) => {
            Action::History { run, filter: HistoryFilter { last, since, failed, running, task } }
        }
        Some(Verb::Diff(args)) => Action::Diff { first: args.first, second: args.second },
        Some(Verb::Report(ReportArgs { run, all, last, rows, out, .. })) => {
            Action::Report(ReportOrder { run, all, last, rows, out })
        }
        Some(Verb::Docs(args)) => Action::Docs { out: args.out },
        Some(Verb::Gc(args)) => {
            let keep = Keep { runs: args.keep_runs, days: args.keep_days };
            if keep == Keep::default() {
                return Err(Trouble::new(Exit::Usage, "`gc` has to be told what to keep")
                    .hint("`--keep-runs 20` keeps the last 20 runs, `--keep-days 90` those of 90 days; both, what either keeps"));
            }
            Action::Gc { keep, dry_run: args.dry_run }
        }
        Some(Verb::Config(_)) => Action::Config,
        Some(Verb::Completions(args)) => Action::Completions { shell: args.shell },
    })
}

/// The arguments that put on record that a schedule begins a run.
pub(super) fn begun_by(schedule: String) -> [String; 2] {
    ["--schedule".to_owned(), schedule]
}

/// What `run` is asked to do, by the flags before the verb and behind it.
fn order(picks: &Picks, before: &RunFlags, behind: &RunFlags) -> Result<RunOrder, Trouble> {
    let force = if behind.force.force.is_some() { &behind.force } else { &before.force };
    let fail_fast = before.fail_fast || behind.fail_fast;
    let mut arguments = vec!["run".to_owned()];
    arguments.extend(picks.selection.iter().cloned());
    arguments.extend(picks.exclude.iter().flat_map(|text| ["--exclude".to_owned(), text.clone()]));
    arguments.extend(force.force.iter().map(|selection| match selection {
        Some(selection) => format!("--force={selection}"),
        None => "--force".to_owned(),
    }));
    arguments.extend(fail_fast.then(|| "--fail-fast".to_owned()));
    let (pace, wait) = (behind.pace.or(before.pace), before.wait || behind.wait);
    Ok(RunOrder { request: request(picks, force)?, fail_fast, pace, wait, arguments })
}

fn request(picks: &Picks, force: &Force) -> Result<session::Request, Trouble> {
    let request = session::Request::of(selection(picks)?);
    Ok(match &force.force {
        None => request,
        Some(None) => request.forcing(Selection::all()),
        Some(Some(text)) => {
            let picks = Picks { selection: vec![text.clone()], exclude: vec![] };
            request.forcing(selection(&picks)?)
        }
    })
}

fn selection(picks: &Picks) -> Result<Selection, Trouble> {
    // What a script's unset variable leaves must not stand for the whole chain.
    if picks.selection.iter().chain(&picks.exclude).any(|text| text.trim().is_empty()) {
        return Err(Trouble::usage("a selection is empty; leave the argument out to mean the whole chain"));
    }
    let parse = |texts: &[String]| texts.join(" ").parse::<Selection>().map_err(|error| Trouble::from(&error));
    Ok(parse(&picks.selection)?.without(parse(&picks.exclude)?))
}

impl Manner {
    pub(super) fn new(chain: &str, shared: Shared, surroundings: &Surroundings<'_>) -> Result<Manner, Trouble> {
        let variable = |name| surroundings.variable(name).map(str::to_owned);
        let color = shared.color.unwrap_or_default();
        let level = match (shared.quiet, shared.verbose) {
            (true, 1..) => return Err(Trouble::usage("`--quiet` and `--verbose` contradict each other")),
            (true, 0) => Some(LevelFilter::Warn),
            (false, 0) => None,
            (false, 1) => Some(LevelFilter::Debug),
            (false, 2..) => Some(LevelFilter::Trace),
        };
        let filter = match (level, variable("PURVEY_LOG")) {
            (Some(level), _) => Filter::new(level),
            (None, Some(text)) => text.parse().map_err(|error| Trouble::usage(format!("PURVEY_LOG: {error}")))?,
            (None, None) => Filter::new(LevelFilter::Info),
        };
        Ok(Manner {
            request: config::Request {
                file: shared.config.or_else(|| variable("PURVEY_CONFIG").map(PathBuf::from)),
                search: candidates(chain, surroundings),
                environment: shared.env.or_else(|| variable("PURVEY_ENV")),
                variables: surroundings.variables.clone(),
                sets: shared.set,
            },
            data: shared.data,
            partition: shared.partition,
            json: shared.output == Some(Output::Json),
            palette: palette(color, surroundings.out_is_terminal, surroundings),
            talk_palette: palette(color, surroundings.err_is_terminal, surroundings),
            talk: match (shared.quiet, shared.verbose) {
                (true, _) => Talk::Quiet,
                (false, 0) => Talk::Normal,
                (false, _) => Talk::Verbose,
            },
            filter,
        })
    }
}

/// Colour where it is wanted, or where a person sees it who has not said no.
pub(super) fn palette(color: Color, is_terminal: bool, surroundings: &Surroundings<'_>) -> Palette {
    Palette::new(match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => is_terminal && surroundings.variable("NO_COLOR").is_none(),
    })
}

/// Where the configuration of a chain may stand.
fn candidates(chain: &str, surroundings: &Surroundings<'_>) -> Vec<PathBuf> {
    let beside = |folder: &Path| folder.join(chain).join("purvey.toml");
    let mut candidates = vec![PathBuf::from("purvey.toml"), beside(Path::new("chains"))];
    // `cargo run` says where the package of the program is.
    candidates.extend(surroundings.variable("CARGO_MANIFEST_DIR").map(|folder| beside(Path::new(folder))));
    candidates.extend(surroundings.program_folder.as_deref().map(beside));
    candidates
}
