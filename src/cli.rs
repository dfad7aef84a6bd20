//! The command line that every chain's program gets from one line: `purvey::main(chain)`.
//!
//! `args` is what was typed, `invocation` is what it means, and each verb has a file of its own, which gets a desk to
//! work at. Nothing here knows how tasks are checked, planned or run.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::{ContextKind, ErrorKind};

use crate::cancel::CancelToken;
use crate::run::hold_panics;
use crate::task::Chain;

mod again;
mod args;
mod arguments;
mod backfill;
mod check;
mod completions;
mod config;
mod desk;
mod diff;
mod docs;
mod exit;
mod explain;
mod freshness;
mod gc;
mod graph;
mod help;
mod history;
mod invocation;
mod late;
mod ls;
mod many;
mod pages;
mod partitions;
mod plan;
mod report;
mod resume;
mod run;
mod runs;
mod schedule;
mod show;
mod surroundings;
mod table;
mod telling;
#[cfg(test)]
mod tests;
mod trouble;
mod uncut;
mod waiting;

pub use exit::Exit;

use args::Color;
use desk::Desk;
use invocation::{Action, Invocation};
use surroundings::Surroundings;

/// Does what the command line of this process asks of a chain, and says how it went: the whole of a program's `main`.
///
/// ```no_run
/// use purvey::prelude::*;
///
/// fn main() -> std::process::ExitCode {
///     purvey::main(Chain::new("alpine").with(tasks![]))
/// }
/// ```
pub fn main(chain: impl Into<Chain>) -> ExitCode {
    hold_panics();
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let mut surroundings = Surroundings::of_process(&mut out, &mut err);
    carry_out(chain.into(), std::env::args_os(), &mut surroundings).into()
}

/// Does what a command line asks; the first argument is the program itself.
fn carry_out(chain: Chain, arguments: impl IntoIterator<Item = OsString>, surroundings: &mut Surroundings<'_>) -> Exit {
    let mut palette = invocation::palette(Color::Auto, surroundings.err_is_terminal, surroundings);
    let mut command = args::command(&chain, surroundings.width.into());
    let typed = match args::parse(&mut command, arguments) {
        Ok(typed) => typed,
        Err(error) => return tell_clap(chain.name(), &error, surroundings),
    };
    let done = Invocation::new(chain.name(), typed, surroundings).and_then(|Invocation { action, manner }| {
        palette = manner.talk_palette;
        let mut desk = Desk { chain, manner, surroundings, cancel: CancelToken::new() };
        match action {
            Action::Run(order) => run::run(&mut desk, order),
            Action::Backfill(order) => backfill::backfill(&mut desk, order),
            Action::Schedule(order) => schedule::schedule(&mut desk, &order),
            Action::Resume { run, wait, pace, shared } => resume::resume(&mut desk, &run, wait, pace, shared),
            Action::Plan { request } => plan::plan(&mut desk, &request),
            Action::Explain { task } => explain::explain(&mut desk, &task),
            Action::Check => check::check(&mut desk),
            Action::Freshness { models, notify } => freshness::freshness(&mut desk, &models, notify),
            Action::Ls { selection } => ls::ls(&mut desk, &selection),
            Action::Graph { selection, format } => graph::graph(&mut desk, &selection, format),
            Action::Show { model, rows, version } => show::show(&mut desk, &model, rows, version.as_deref()),
            Action::History { run: Some(run), .. } => history::one(&mut desk, &run),
            Action::History { run: None, filter } => history::list(&mut desk, &filter),
            Action::Diff { first, second } => diff::diff(&mut desk, &first, &second),
            Action::Report(order) => report::report(&mut desk, &order),
            Action::Docs { out } => docs::docs(&mut desk, out.as_deref()),
            Action::Gc { keep, dry_run } => gc::gc(&mut desk, &keep, dry_run),
            Action::Config => config::config(&mut desk),
            Action::Completions { shell } => completions::completions(&mut desk, command, shell),
        }
    });
    done.unwrap_or_else(|trouble| {
        // Nobody is left to be told when stderr is gone too.
        let _ = surroundings.err.write_all(trouble.render(palette).as_bytes());
        trouble.exit
    })
}

/// Help and version go to stdout, what is wrong goes to stderr.
fn tell_clap(chain: &str, error: &clap::Error, surroundings: &mut Surroundings<'_>) -> Exit {
    let is_result = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let is_terminal = if is_result { surroundings.out_is_terminal } else { surroundings.err_is_terminal };
    let coloured = invocation::palette(Color::Auto, is_terminal, surroundings).has_colour();
    let text = error.render();
    let mut text = if coloured { text.ansi().to_string() } else { text.to_string() };
    // A verb of a verb is no selection.
    let is_first = !["schedule", "backfill"].iter().any(|verb| text.contains(&format!("Usage: {chain} {verb} ")));
    if let Some(word) = error.get(ContextKind::InvalidSubcommand).filter(|_| is_first) {
        text += &format!("\nhint: if `{word}` is a selection of tasks, write `{chain} run {word}`\n");
    }
    let (stream, exit): (&mut dyn Write, Exit) =
        if is_result { (surroundings.out, Exit::Done) } else { (surroundings.err, Exit::Usage) };
    let _ = stream.write_all(text.as_bytes());
    exit
}
