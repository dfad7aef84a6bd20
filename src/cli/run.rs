//! The verb `run`: runs the tasks, tells how it goes, and shows how it ended.

use super::desk::Desk;
use super::exit::Exit;
use super::invocation::Talk;
use super::trouble::Trouble;
use crate::event::{Ending, Event, Listener};
use crate::report::json::{Events, Run};
use crate::report::{Lines, LogForm, Logger, Progress, Summary};
use crate::session::Request;

pub(super) fn run(desk: &mut Desk<'_, '_>, request: &Request, fail_fast: bool) -> Result<Exit, Trouble> {
    let mut setup = desk.set_up(fail_fast)?;
    let blueprint = setup.check()?;
    let signals = desk
        .surroundings
        .watch_signals(&setup.cancel)
        .map_err(|error| Trouble::new(Exit::Failed, format!("cannot watch for signals: {error}")))?;
    let mut summary = Summary::new();
    let outcome = {
        let mut teller = teller(desk);
        setup.orchestrator.run_request(&blueprint, request, &mut [&mut summary, &mut *teller])
    };
    let outcome = outcome.map_err(|error| Trouble::of_run(&error, &setup.config))?;
    if desk.manner.json {
        desk.print_document(Run::from(&summary))?;
    } else if desk.manner.talk != Talk::Quiet || outcome.ending() != Ending::Done {
        let text = summary.render(desk.manner.palette, desk.surroundings.width);
        desk.print(&text)?;
    }
    match (outcome.ending(), outcome.store_error(), outcome.ledger_error()) {
        (Ending::Done, ..) => Ok(Exit::Done),
        (Ending::Cancelled, ..) => Ok(signals.exit()),
        (_, _, Some(error)) => Err(error.into()),
        (_, Some(error), _) => Err(error.into()),
        _ => Ok(Exit::Failed),
    }
}

/// Whoever tells on stderr how the run goes: a live display for people, else a line for each event.
fn teller<'d>(desk: &'d mut Desk<'_, '_>) -> Box<dyn Listener + 'd> {
    let (manner, surroundings) = (&desk.manner, &mut *desk.surroundings);
    let form = if manner.json && !surroundings.err_is_terminal { LogForm::Json } else { LogForm::Text };
    let logger = Logger::new(manner.filter.clone(), form);
    if manner.talk == Talk::Quiet {
        surroundings.install(logger);
        return Box::new(|_: &Event| {});
    }
    if surroundings.err_is_terminal {
        let progress = Progress::on_stderr(manner.talk_palette);
        surroundings.install(logger.with_suspend(progress.suspender()));
        return Box::new(progress);
    }
    surroundings.install(logger);
    if manner.json {
        let mut events = Events::default();
        let err = &mut *surroundings.err;
        return Box::new(move |event: &Event| {
            // A line that cannot be written is no reason to fail a run.
            let _ = writeln!(err, "{}", events.line(event));
        });
    }
    Box::new(Lines::new(&mut *surroundings.err, manner.talk_palette).verbose(manner.talk == Talk::Verbose))
}
