//! The verb `backfill`: runs the chain for many partitions, and looks at, goes on with or stops such a backfill.
//!
//! Each partition is a run like any other. What a backfill is to run is on record in the ledger as ranges, and what it has run
//! partition by partition; which process works on it, its lock says.

use super::desk::{Desk, Setup};
use super::exit::Exit;
use super::invocation::BackfillOrder;
use super::runs::{clock, is_last};
use super::trouble::Trouble;
use crate::ledger::{BackfillRecord, Ledger, LedgerError};
use crate::store::Backfills;
use crate::words::count;

mod begin;
mod forget;
mod list;
mod ranges;
mod resume;
mod show;
mod side_by_side;
mod stop;
mod together;

pub(super) use forget::{abandoned, forget};

/// How many backfills are named where a text fits several.
const NAMED: usize = 5;

pub(super) fn backfill(desk: &mut Desk<'_, '_>, order: BackfillOrder) -> Result<Exit, Trouble> {
    match order {
        BackfillOrder::Begin(order) => begin::begin(desk, &order),
        BackfillOrder::List { last } => list::list(desk, last),
        BackfillOrder::Show { backfill } => show::show(desk, &backfill),
        BackfillOrder::Resume(order) => resume::resume(desk, order),
        BackfillOrder::Stop { backfill } => stop::stop(desk, &backfill),
    }
}

/// Who works on the backfills of this data folder.
fn hands(setup: &Setup) -> Backfills {
    Backfills::of(&setup.data.0)
}

/// The backfill that a text names: its id, the beginning of that, its last eight digits, or `last`.
fn find(ledger: &dyn Ledger, text: &str) -> Result<BackfillRecord, Trouble> {
    let trouble = |error: LedgerError| Trouble::from(&error);
    let mut found = if is_last(text) { ledger.backfills(1) } else { ledger.find_backfills(text) }.map_err(trouble)?;
    match found.len() {
        0 if is_last(text) => Err(Trouble::new(Exit::Usage, "no backfill is on record")),
        0 => Err(Trouble::new(Exit::Usage, format!("there is no backfill `{text}`"))
            .hint("`backfill list` shows them; `last` is the last one")),
        1 => Ok(found.remove(0)),
        all => {
            let named: Vec<String> = found
                .iter()
                .take(NAMED)
                .map(|record| format!("\n  {}  {}", record.backfill, clock(record.began)))
                .collect();
            let rest = all.saturating_sub(NAMED);
            let rest = if rest == 0 { String::new() } else { format!("\n  and {rest} more") };
            let all = count(all as u64, "backfill");
            Err(Trouble::new(Exit::Usage, format!("`{text}` fits {all}:{}{rest}", named.concat()))
                .hint("the last eight digits name a backfill as well"))
        }
    }
}
