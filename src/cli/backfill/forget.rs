//! What `gc` does about backfills that were killed and that nobody goes on with.

use std::collections::BTreeSet;

use super::hands;
use crate::cli::desk::Setup;
use crate::cli::trouble::Trouble;
use crate::event::Ending;
use crate::id::{BackfillId, RunId};
use crate::ledger::{Entry, LedgerError, RunFilter};
use crate::session::Keep;

/// The backfills without an end that nobody works on, have no run on record but those that go, and are older than what is
/// kept. The last first.
pub(in crate::cli) fn abandoned(setup: &Setup, keep: &Keep, going: &[RunId]) -> Result<Vec<BackfillId>, Trouble> {
    let trouble = |error: LedgerError| Trouble::from(&error);
    let unended = setup.ledger().backfills(usize::MAX).map_err(trouble)?;
    let unended: Vec<_> = unended.into_iter().filter(|record| record.ending.is_none()).collect();
    if unended.is_empty() {
        return Ok(Vec::new());
    }
    let runs = setup.ledger().runs(&RunFilter::default()).map_err(trouble)?;
    let going: BTreeSet<&RunId> = going.iter().collect();
    let told: BTreeSet<BackfillId> =
        runs.iter().filter(|run| !going.contains(&run.run)).filter_map(|run| run.backfill).collect();
    let (now, hands) = (setup.orchestrator.job().clock().now(), hands(setup));
    let mut abandoned = Vec::new();
    for record in unended {
        let since = runs.iter().filter(|run| run.began >= record.began).count();
        let is_old = !keep.holds(since, record.began, now);
        if is_old && !told.contains(&record.backfill) {
            let holder = hands.holder(record.backfill).map_err(|error| Trouble::from(&error))?;
            abandoned.extend(holder.is_none().then_some(record.backfill));
        }
    }
    Ok(abandoned)
}

/// Forgets backfills whose process was killed, and says which; one that somebody has gone on with meanwhile stays.
pub(in crate::cli) fn forget(setup: &Setup, abandoned: Vec<BackfillId>) -> Result<Vec<BackfillId>, Trouble> {
    let (ledger, hands) = (setup.ledger(), hands(setup));
    let mut forgotten = Vec::new();
    for backfill in abandoned {
        // In hand it is nobody else's until it is gone.
        let Some(hand) = hands.take(backfill).map_err(|error| Trouble::from(&error))? else { continue };
        let found = ledger.find_backfills(&backfill.to_string()).map_err(|error| Trouble::from(&error))?;
        if found.iter().any(|record| record.ending.is_none()) {
            let at = setup.orchestrator.job().clock().now();
            let over = Entry::BackfillEnded { backfill, ending: Ending::Killed, at };
            ledger.append(&[over]).and_then(|()| ledger.forget(&[])).map_err(|error| Trouble::from(&error))?;
            forgotten.push(backfill);
        }
        hand.end().map_err(|error| Trouble::from(&error))?;
    }
    Ok(forgotten)
}
