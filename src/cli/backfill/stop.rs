//! `backfill stop`: asks a backfill that goes on to begin no further partition.
//!
//! The wish is an entry of the ledger, which the process that works on the backfill looks at between two partitions. Nobody is
//! waited for.

use super::{find, hands, show};
use crate::cli::desk::Desk;
use crate::cli::exit::Exit;
use crate::cli::invocation::Talk;
use crate::cli::trouble::Trouble;
use crate::event::Ending;
use crate::ledger::Entry;

pub(super) fn stop(desk: &mut Desk<'_, '_>, text: &str) -> Result<Exit, Trouble> {
    let setup = desk.set_up()?;
    let ledger = setup.ledger();
    let trouble = |error| Trouble::from(&error);
    let record = find(ledger, text)?;
    let (backfill, short) = (record.backfill, record.backfill.short());
    let goes_on = hands(&setup).holder(backfill).map_err(|error| Trouble::from(&error))?.is_some();
    let said = if record.ending.is_none() && goes_on {
        let at = desk.surroundings.clock.now();
        match ledger.append(&[Entry::StopAsked { backfill, at }]) {
            Ok(()) => format!("backfill {short} ends after the partitions that it runs now\n"),
            // It may have come to its end just now.
            Err(error) => match find(ledger, &backfill.to_string())?.ending {
                Some(ending) => ended(&short, ending),
                None => return Err(trouble(error)),
            },
        }
    } else {
        ended(&short, record.ending.unwrap_or(Ending::Killed))
    };
    if desk.manner.json {
        show::show_end(desk, &setup, backfill, Exit::Done)?;
    } else if desk.manner.talk != Talk::Quiet {
        desk.print(&said)?;
    }
    Ok(Exit::Done)
}

fn ended(short: &str, ending: Ending) -> String {
    format!("backfill {short} does not go on: its end was `{ending}`\n")
}
