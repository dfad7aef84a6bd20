//! The verb `run`: runs the tasks, tells how it goes, and shows how it ended.

use std::sync::Arc;

use super::desk::{Desk, Setup};
use super::exit::Exit;
use super::invocation::{RunOrder, Talk};
use super::surroundings::Signals;
use super::trouble::Trouble;
use super::{arguments, telling, uncut, waiting};
use crate::cancel::CancelToken;
use crate::clock::Clock;
use crate::event::{Ending, Event, Listener};
use crate::plan::Blueprint;
use crate::report::json::{Events, Run};
use crate::report::{Lines, LogForm, Logger, Progress, Summary};
use crate::run::Portions;
use crate::session::{Request, RunError};
use crate::store::StoreError;
use crate::telling::Telling;

pub(super) fn run(desk: &mut Desk<'_, '_>, order: RunOrder) -> Result<Exit, Trouble> {
    let setup = desk.set_up_to_run(order.fail_fast, order.pace)?.for_partition()?;
    let blueprint = setup.check_for(order.request.selection())?;
    uncut::warn(desk, &setup);
    carry_out(desk, setup, &blueprint, order)
}

/// Runs what is asked for, puts on record how it was asked for, and shows what came of it.
pub(super) fn carry_out(
    desk: &mut Desk<'_, '_>,
    setup: Setup,
    blueprint: &Blueprint,
    order: RunOrder,
) -> Result<Exit, Trouble> {
    let signals = desk.watch_signals()?;
    let Performed { summary, exit } = perform(desk, desk.manner.talk, &signals, setup, blueprint, order)?;
    if let Some(summary) = summary {
        if desk.manner.json {
            desk.print_document(Run::from(&summary))?;
        } else if desk.manner.talk != Talk::Quiet || !matches!(exit, Ok(Exit::Done)) || summary.has_warnings() {
            let text = summary.render(desk.manner.palette, desk.surroundings.width);
            desk.print(&text)?;
        }
    }
    exit
}

/// What came of a run.
pub(super) struct Performed {
    /// `None` where nothing began.
    pub(super) summary: Option<Summary>,
    pub(super) exit: Result<Exit, Trouble>,
}

/// Runs what is asked for, puts on record how it was asked for, and says on stderr as much as is wanted.
pub(super) fn perform(
    desk: &mut Desk<'_, '_>,
    talk: Talk,
    signals: &Signals,
    setup: Setup,
    blueprint: &Blueprint,
    order: RunOrder,
) -> Result<Performed, Trouble> {
    let ready = Ready::new(desk, setup, blueprint, order)?;
    let mut teller = teller(desk, talk);
    ready.go(&mut *teller, signals)
}

/// A run that may begin. It needs no desk any more, so that any thread may see to it.
pub(super) struct Ready {
    setup: Setup,
    blueprint: Blueprint,
    request: Request,
    telling: Telling,
    wait: bool,
    clock: Arc<dyn Clock>,
    cancel: CancelToken,
}

impl Ready {
    /// Gets ready what is asked for.
    ///
    /// # Errors
    ///
    /// When a file that is to be written cannot be opened.
    pub(super) fn new(
        desk: &Desk<'_, '_>,
        setup: Setup,
        blueprint: &Blueprint,
        order: RunOrder,
    ) -> Result<Ready, Trouble> {
        let arguments = arguments::on_record(&order.arguments, &desk.manner, &setup, blueprint);
        Ok(Ready {
            telling: telling::begin(&setup, blueprint)?,
            setup,
            blueprint: blueprint.clone(),
            request: order.request.with_arguments(arguments),
            wait: order.wait,
            clock: Arc::clone(&desk.surroundings.clock),
            cancel: desk.cancel.clone(),
        })
    }

    /// Has it take what calls for several partitions have made for its own.
    pub(super) fn take_portions(&mut self, portions: Arc<Portions>) {
        self.setup.orchestrator.set_portions(portions);
    }

    /// Runs it.
    ///
    /// # Errors
    ///
    /// When it could not begin.
    pub(super) fn go(self, teller: &mut dyn Listener, signals: &Signals) -> Result<Performed, Trouble> {
        let Ready { mut setup, blueprint, request, mut telling, wait, clock, cancel } = self;
        let mut summary = Summary::new();
        let outcome = {
            let orchestrator = &mut setup.orchestrator;
            let mut listeners: Vec<&mut dyn Listener> = vec![&mut summary, teller];
            if !telling.is_empty() {
                listeners.push(&mut telling);
            }
            let mut attempt = || orchestrator.run_request(&blueprint, &request, &mut listeners);
            if wait { waiting::until_free(&*clock, &cancel, attempt) } else { attempt() }
        };
        telling::end(telling, &setup);
        let outcome = match outcome {
            Err(RunError::Store(StoreError::Busy { .. })) if cancel.is_cancelled() => {
                return Ok(Performed { summary: None, exit: Ok(signals.exit()) });
            }
            outcome => outcome.map_err(|error| Trouble::of_run(&error, &setup.config))?,
        };
        let exit = match (outcome.ending(), outcome.store_error(), outcome.ledger_error()) {
            (Ending::Done, ..) => Ok(Exit::Done),
            (Ending::Cancelled, ..) => Ok(signals.exit()),
            (_, _, Some(error)) => Err(error.into()),
            (_, Some(error), _) => Err(error.into()),
            _ => Ok(Exit::Failed),
        };
        Ok(Performed { summary: Some(summary), exit })
    }
}

/// Lets what is logged be heard, and nothing else.
pub(super) fn hush(desk: &mut Desk<'_, '_>) {
    drop(teller(desk, Talk::Quiet));
}

/// Whoever tells on stderr how the run goes: a live display for people, else a line for each event.
fn teller<'d>(desk: &'d mut Desk<'_, '_>, talk: Talk) -> Box<dyn Listener + 'd> {
    let (manner, surroundings) = (&desk.manner, &mut *desk.surroundings);
    let form = if manner.json && !surroundings.err_is_terminal { LogForm::Json } else { LogForm::Text };
    let logger = Logger::new(manner.filter.clone(), form);
    if talk == Talk::Quiet {
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
    Box::new(Lines::new(&mut *surroundings.err, manner.talk_palette).verbose(talk == Talk::Verbose))
}
