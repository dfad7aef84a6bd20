//! A run that is one of many which one command makes: who asks for many is told in full of those that do not get done.

use super::desk::Desk;
use super::exit::Exit;
use super::invocation::{RunOrder, Talk};
use super::run::{self, Performed};
use super::surroundings::Signals;
use crate::config::Config;
use crate::event::Ending;
use crate::partition::Partition;
use crate::report::{Summary, Tone};

/// Runs the chain for a partition, or for all data. One that does not get done is shown in full, under these words, of which the
/// second is what it is about.
pub(super) fn run_one(
    desk: &mut Desk<'_, '_>,
    signals: &Signals,
    config: &Config,
    partition: Option<&Partition>,
    order: RunOrder,
    (what, name): (&str, &str),
) -> (Ending, Exit) {
    let performed = desk.assemble(config.clone(), partition.cloned(), false, order.pace).and_then(|setup| {
        let blueprint = setup.check()?;
        run::perform(desk, Talk::Quiet, signals, setup, &blueprint, order)
    });
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
    if let (Some(summary), false) = (summary, ending == Ending::Done || desk.manner.json) {
        let text = summary.render(desk.manner.palette, desk.surroundings.width);
        let name = desk.manner.palette.paint(Tone::Strong, name);
        // That it cannot be told is no reason to stop; what is told in the end says so.
        let _ = desk.print(&format!("{what} {name}\n{text}\n"));
    }
    let exit = exit.unwrap_or_else(|trouble| {
        let text = trouble.render(desk.manner.talk_palette);
        let _ = desk.surroundings.err.write_all(text.as_bytes());
        trouble.exit
    });
    (ending, exit)
}
