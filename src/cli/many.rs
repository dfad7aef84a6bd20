//! A run that is one of many which one command makes: who asks for many is told in full of those that do not get done.

use super::desk::Desk;
use super::exit::Exit;
use super::invocation::RunOrder;
use super::run::{self, Performed, Ready};
use super::surroundings::Signals;
use super::trouble::Trouble;
use crate::config::Config;
use crate::event::{Ending, Event};
use crate::partition::Partition;
use crate::report::{Summary, Tone};

/// What came of a run that is one of many.
pub(super) struct One {
    pub(super) ending: Ending,
    pub(super) exit: Exit,
    /// Why it could not begin, or be kept.
    pub(super) trouble: Option<Trouble>,
    /// `None` where nothing began.
    summary: Option<Summary>,
}

/// Gets a run for a partition, or for all data, ready to begin.
///
/// # Errors
///
/// When the chain is not valid with its configuration.
pub(super) fn get_ready(
    desk: &Desk<'_, '_>,
    config: &Config,
    partition: Option<&Partition>,
    order: RunOrder,
) -> Result<Ready, Trouble> {
    let setup = desk.assemble(config.clone(), partition.cloned(), order.fail_fast, order.pace)?;
    let blueprint = setup.check()?;
    Ready::new(desk, setup, &blueprint, order)
}

/// Runs the chain for a partition, or for all data. One that does not get done is shown in full, under these words, of which the
/// second is what it is about.
pub(super) fn run_one(
    desk: &mut Desk<'_, '_>,
    signals: &Signals,
    config: &Config,
    partition: Option<&Partition>,
    order: RunOrder,
    heading: (&str, &str),
) -> (Ending, Exit) {
    run::hush(desk);
    let one = One::of(get_ready(desk, config, partition, order).and_then(|ready| go(ready, signals)));
    if let Some(text) = one.text(desk, heading) {
        // That it cannot be told is no reason to stop; what is told in the end says so.
        let _ = desk.print(&text);
    }
    one.tell_trouble(desk);
    (one.ending, one.exit)
}

/// Runs it, heard by nobody who looks on.
///
/// # Errors
///
/// When it could not begin.
pub(super) fn go(ready: Ready, signals: &Signals) -> Result<Performed, Trouble> {
    ready.go(&mut |_: &Event| {}, signals)
}

impl One {
    pub(super) fn of(performed: Result<Performed, Trouble>) -> One {
        let (summary, exit) = match performed {
            Ok(Performed { summary, exit }) => (summary, exit),
            Err(trouble) => (None, Err(trouble)),
        };
        // A run that was not begun has failed, unless somebody wanted to stop while it waited.
        let ending = match (summary.as_ref().and_then(Summary::ending), &exit) {
            (Some(ending), _) => ending,
            (None, Ok(_)) => Ending::Cancelled,
            (None, Err(_)) => Ending::Failed,
        };
        match exit {
            Ok(exit) => One { ending, exit, trouble: None, summary },
            Err(trouble) => One { ending, exit: trouble.exit, trouble: Some(trouble), summary },
        }
    }

    /// Whether a run began, so that the ledger tells of it.
    pub(super) fn has_begun(&self) -> bool {
        self.summary.as_ref().and_then(Summary::run).is_some()
    }

    /// All about one that did not get done, for people.
    pub(super) fn text(&self, desk: &Desk<'_, '_>, (what, name): (&str, &str)) -> Option<String> {
        let summary = self.summary.as_ref().filter(|_| self.ending != Ending::Done && !desk.manner.json)?;
        let text = summary.render(desk.manner.palette, desk.surroundings.width);
        let name = desk.manner.palette.paint(Tone::Strong, name);
        Some(format!("{what} {name}\n{text}\n"))
    }

    /// Says on stderr why it could not begin, or be kept.
    pub(super) fn tell_trouble(&self, desk: &mut Desk<'_, '_>) {
        if let Some(trouble) = &self.trouble {
            let text = trouble.render(desk.manner.talk_palette);
            let _ = desk.surroundings.err.write_all(text.as_bytes());
        }
    }
}
