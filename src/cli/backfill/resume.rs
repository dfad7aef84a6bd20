//! `backfill resume`: goes on with what is left of a backfill.

use std::collections::BTreeSet;

use super::ranges::{Range, total};
use super::side_by_side::{self, Work};
use super::{find, hands, show};
use crate::cli::again::Asked;
use crate::cli::args::Shared;
use crate::cli::desk::{Desk, Setup};
use crate::cli::exit::Exit;
use crate::cli::invocation::{Action, BackfillOrder, BackfillResumeOrder, BeginOrder};
use crate::cli::partitions::Partitionings;
use crate::cli::trouble::Trouble;
use crate::config::Config;
use crate::event::Ending;
use crate::failpoint;
use crate::ledger::{BackfillRecord, Entry, Ledger, LedgerError};
use crate::store::{StoreError, host};
use crate::words::{count, number};

pub(super) fn resume(desk: &mut Desk<'_, '_>, order: BackfillResumeOrder) -> Result<Exit, Trouble> {
    let (record, data) = {
        let setup = desk.set_up()?;
        (find(setup.ledger(), &order.backfill)?, setup.data.0)
    };
    // What is on record is in this folder, wherever the backfill thought that it was.
    let begun = take_up(desk, &record, Shared { data: Some(data), ..order.shared })?;
    let pace = order.pace.or(begun.pace);
    let config = Config::load(&desk.manner.request)?;
    let setup = desk.assemble(config, None, false, pace)?;
    setup.check_whole()?;
    let backfill = record.backfill;
    let taken = hands(&setup).take(backfill).map_err(|error: StoreError| Trouble::from(&error))?;
    let Some(hand) = taken else { return Err(busy(&setup, &record)) };
    let trouble = |error: LedgerError| Trouble::from(&error);
    // Only now, for another process may have gone on with it meanwhile.
    let record = find(setup.ledger(), &backfill.to_string())?;
    let partitionings = desk.partitionings(&setup.config)?;
    let ranges = ranges(&partitionings, &setup, &record)?;
    let jobs = order.width.jobs_partitions.map_or(record.jobs, u32::from);
    if let (Some(range), true) = (ranges.first(), jobs > 1) {
        partitionings.check_order(&range.first, "--jobs-partitions")?;
    }
    let over = over(setup.ledger(), &record, order.failed)?;
    let left = total(&ranges).saturating_sub(over.len() as u64);
    if left == 0 && record.ending.is_some() {
        let exit = if record.ending == Some(Ending::Done) { Exit::Done } else { Exit::Failed };
        if let Err(error) = hand.end() {
            log::warn!("backfill {} could not be let go of: {error}", backfill.short());
        }
        show::show_end(desk, &setup, backfill, exit)?;
        return Ok(exit);
    }
    let resumed = Entry::BackfillResumed {
        backfill,
        sitting: record.sittings + 1,
        at: desk.surroundings.clock.now(),
        host: host().to_owned(),
        process: std::process::id(),
    };
    setup.ledger().append(&[resumed]).map_err(trouble)?;
    failpoint::reached("backfill resumed");
    desk.say(&format!("backfill {}: {} of {}", backfill.short(), number(left), count(total(&ranges), "partition")));
    let work =
        Work { backfill, ranges: &ranges, reverse: record.reverse, over, jobs, pace, no_ranges: begun.no_ranges };
    side_by_side::carry_out(desk, &setup, hand, work)
}

/// Has the desk work as it was asked for then, but for what is typed now.
fn take_up(desk: &mut Desk<'_, '_>, record: &BackfillRecord, typed: Shared) -> Result<BeginOrder, Trouble> {
    let backfill = record.backfill.short();
    let asked = Asked {
        what: format!("backfill {backfill}"),
        request: &record.request,
        again: format!("backfill resume {backfill}"),
        instead: "`backfill --from KEY` begins another one, with the options that you give it",
    };
    match asked.take_up(desk, typed)? {
        Action::Backfill(BackfillOrder::Begin(order)) => Ok(order),
        _ => Err(asked.unknown()),
    }
}

fn busy(setup: &Setup, record: &BackfillRecord) -> Trouble {
    let short = record.backfill.short();
    let holder = hands(setup).holder(record.backfill).ok().flatten();
    let (host, process) = holder.map_or((record.host.clone(), record.process), |lease| (lease.host, lease.process));
    Trouble::new(Exit::Busy, format!("process {process} on host {host} works on backfill {short}"))
        .hint(format!("`backfill stop {short}` has it end after the partitions that it runs now"))
}

/// All that the backfill is to run.
fn ranges(partitionings: &Partitionings, setup: &Setup, record: &BackfillRecord) -> Result<Vec<Range>, Trouble> {
    let partitioning = partitionings.like(&record.ends.0);
    let on_record = setup.ledger().ranges(record.backfill).map_err(|error| Trouble::from(&error))?;
    let ranges: Result<Vec<Range>, _> = on_record.iter().map(|range| Range::of(range, partitioning)).collect();
    ranges.map_err(|error| {
        let short = record.backfill.short();
        Trouble::new(Exit::Usage, format!("backfill {short} is for other partitions than there are now: {error}"))
            .hint("`backfill --from KEY` begins another one")
    })
}

/// The keys of what is not to be run again.
fn over(ledger: &dyn Ledger, record: &BackfillRecord, failed: bool) -> Result<BTreeSet<String>, Trouble> {
    let begun = ledger.begun(record.backfill).map_err(|error| Trouble::from(&error))?;
    let is_over = |ending: Option<Ending>| match ending {
        Some(Ending::Done) => true,
        Some(Ending::Failed) => !failed,
        _ => false,
    };
    Ok(begun.into_iter().filter(|row| is_over(row.ending)).map(|row| row.partition).collect())
}
