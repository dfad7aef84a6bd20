//! What the command line means: flags, environment and defaults put together.

use std::path::{Path, PathBuf};

use clap_complete::Shell;
use log::LevelFilter;

use super::args::{Color, GraphFormat, Output, Picks, RunFlags, Shared, Typed, Verb};
use super::surroundings::Surroundings;
use super::trouble::Trouble;
use crate::config;
use crate::plan::Selection;
use crate::report::{Filter, Palette};
use crate::session;

/// One command, ready to be carried out.
#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) action: Action,
    pub(super) manner: Manner,
}

/// What to do.
#[derive(Debug, PartialEq)]
pub(super) enum Action {
    Run { request: session::Request, fail_fast: bool },
    Plan { request: session::Request },
    Check,
    Ls { selection: Selection },
    Graph { selection: Selection, format: GraphFormat },
    Show { model: String, rows: usize },
    Config,
    Completions { shell: Shell },
}

/// How to do it.
#[derive(Debug)]
pub(super) struct Manner {
    /// Where the configuration comes from.
    pub(super) request: config::Request,
    /// The folder for results, where the command line names one.
    pub(super) data: Option<PathBuf>,
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
        let action = action(verb, &run)?;
        Ok(Invocation { action, manner: Manner::new(chain, shared.then(later), surroundings)? })
    }
}

fn action(verb: Option<Verb>, run: &RunFlags) -> Result<Action, Trouble> {
    if run.fail_fast && !matches!(verb, None | Some(Verb::Run(_))) {
        return Err(Trouble::usage("`--fail-fast` is an option of `run`"));
    }
    Ok(match verb {
        None => Action::Run { request: session::Request::default(), fail_fast: run.fail_fast },
        Some(Verb::Run(args)) => {
            let request = session::Request::of(selection(&args.picks)?);
            Action::Run { request, fail_fast: run.fail_fast || args.flags.fail_fast }
        }
        Some(Verb::Plan(args)) => Action::Plan { request: session::Request::of(selection(&args.picks)?) },
        Some(Verb::Check(_)) => Action::Check,
        Some(Verb::Ls(args)) => Action::Ls { selection: selection(&args.picks)? },
        Some(Verb::Graph(args)) => Action::Graph { selection: selection(&args.picks)?, format: args.format },
        Some(Verb::Show(args)) => Action::Show { model: args.model, rows: args.rows },
        Some(Verb::Config(_)) => Action::Config,
        Some(Verb::Completions(args)) => Action::Completions { shell: args.shell },
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
    fn new(chain: &str, shared: Shared, surroundings: &Surroundings<'_>) -> Result<Manner, Trouble> {
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
