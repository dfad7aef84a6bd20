//! Entries that cannot be true.

use super::each_ledger;
use super::support::*;
use crate::event::{Ending, State};
use crate::ledger::{Entry, LedgerError, RunFilter};

/// The text of the refusal, which is the same of every ledger.
fn refused(before: &[Entry], entry: &Entry) -> String {
    let reason = std::cell::RefCell::new(None);
    each_ledger(|ledger| {
        ledger.append(before).unwrap();
        let runs = ledger.runs(&RunFilter::default()).unwrap();
        let steps = ledger.steps(run(1)).unwrap();
        // None of the entries of a refused list stays.
        match ledger.append(&[began(8, &["count"]), entry.clone()]).unwrap_err() {
            LedgerError::Unwritable { reason: told, .. } => {
                let before = reason.borrow_mut().replace(told.clone());
                assert!(before.is_none_or(|before| before == told));
            }
            other => panic!("{other}"),
        }
        assert_eq!(ledger.runs(&RunFilter::default()).unwrap(), runs);
        assert_eq!(ledger.steps(run(1)).unwrap(), steps);
    });
    reason.into_inner().unwrap()
}

fn changed(change: impl FnOnce(&mut crate::ledger::StepDone)) -> Entry {
    let mut step = step_done(1, "count");
    change(&mut step);
    Entry::StepEnded(Box::new(step))
}

const ID: &str = "0193f3a8-0001-7000-8000-000000000001";

#[test]
fn a_run_must_be_on_record_and_begins_and_ends_once() {
    for entry in [
        started(1, "count", 1),
        attempted(1, "count", 1, State::Done),
        done(1, "count"),
        published(1, &[]),
        run_ended(1, Ending::Done),
    ] {
        assert_eq!(refused(&[], &entry), format!("run {ID} is not on record"));
    }
    let begun = [began(1, &["count"])];
    assert_eq!(refused(&begun, &began(1, &["count"])), format!("run {ID} is on record already"));
    assert_eq!(
        refused(&[], &began(1, &["a", "b", "a"])),
        format!("task `a` of run {ID} is in its list of steps twice")
    );
    let over = [began(1, &["count"]), run_ended(1, Ending::Failed)];
    for entry in [started(1, "count", 1), done(1, "count"), run_ended(1, Ending::Failed)] {
        assert_eq!(refused(&over, &entry), format!("run {ID} has ended already"));
    }
}

#[test]
fn a_step_must_be_in_its_run_and_ends_once() {
    let begun = [began(1, &["count"])];
    for entry in [started(1, "rank", 1), attempted(1, "rank", 1, State::Done), done(1, "rank")] {
        assert_eq!(refused(&begun, &entry), format!("task `rank` of run {ID} is not in its list of steps"));
    }
    let over = [began(1, &["count"]), done(1, "count")];
    for entry in [started(1, "count", 1), done(1, "count"), ended(1, "count", State::Failed)] {
        assert_eq!(refused(&over, &entry), format!("task `count` of run {ID} has ended already"));
    }
}

#[test]
fn an_attempt_begins_and_ends_once() {
    let going = [began(1, &["count"]), started(1, "count", 1)];
    assert_eq!(refused(&going, &started(1, "count", 1)), format!("task `count` of run {ID} has attempt 1 already"));
    let none = |attempt| format!("task `count` of run {ID} has no attempt {attempt} that goes on");
    assert_eq!(refused(&going, &attempted(1, "count", 2, State::Done)), none(2));
    let over = [began(1, &["count"]), started(1, "count", 1), attempted(1, "count", 1, State::Failed)];
    assert_eq!(refused(&over, &attempted(1, "count", 1, State::Done)), none(1));
    assert_eq!(
        refused(&going, &attempted(1, "count", 1, State::Ready)),
        format!("task `count` of run {ID} cannot end as `ready`")
    );
}

#[test]
fn only_a_step_that_is_done_has_a_fingerprint_and_versions_of_its_own() {
    let begun = [began(1, &["count", "rank"]), done(1, "rank")];
    let refused = |change: &dyn Fn(&mut crate::ledger::StepDone)| refused(&begun, &changed(change));
    assert_eq!(
        refused(&|step| step.state = State::Running),
        format!("task `count` of run {ID} cannot end as `running`")
    );
    assert_eq!(
        refused(&|step| step.fingerprint = None),
        format!("task `count` of run {ID} is done, and has no fingerprint")
    );
    assert_eq!(
        refused(&|step| step.state = State::Failed),
        format!("task `count` of run {ID} ended as `failed`, so it can have neither fingerprint nor versions")
    );
    assert_eq!(
        refused(&|step| step.made[0].task = "rank".to_owned()),
        format!(
            "task `count` of run {ID} cannot have made the version of model `count` that run {ID} made by task `rank`"
        )
    );
    assert_eq!(
        refused(&|step| step.made[0].model = "rank".to_owned()),
        format!("model `rank` has a version by run {ID} already")
    );
    assert_eq!(
        refused(&|step| step.made.push(version(1, "count"))),
        format!("model `count` has a version by run {ID} already")
    );
    assert_eq!(
        refused(&|step| step.partition = "monday".to_owned()),
        format!("run {ID} is for partition ``, not for `monday`")
    );
}

#[test]
fn only_versions_on_record_are_published() {
    let begun = [began(1, &["count"]), done(1, "count")];
    let id = run(2).to_string();
    assert_eq!(refused(&begun, &published(1, &[("count", 2)])), format!("model `count` has no version by run {id}"));
    assert_eq!(refused(&begun, &published(1, &[("rank", 1)])), format!("model `rank` has no version by run {ID}"));
    assert_eq!(
        refused(&begun, &published(1, &[("count", 1), ("count", 1)])),
        format!("run {ID} publishes model `count` twice at once")
    );
}

#[test]
fn a_backfill_must_be_on_record_begins_once_and_one_process_at_a_time_goes_on_with_it() {
    let id = backfill(1);
    for entry in [
        began_for(2, 1, "2026-11-09"),
        not_begun(1, "2026-11-09"),
        stop_asked(1),
        backfill_ended(1, Ending::Done),
        resumed(1, 2),
    ] {
        assert_eq!(refused(&[], &entry), format!("backfill {id} is not on record"));
    }
    let going = [backfilling(1)];
    assert_eq!(refused(&going, &backfilling(1)), format!("backfill {id} is on record already"));
    let over = [backfilling(1), backfill_ended(1, Ending::Cancelled)];
    for entry in
        [began_for(2, 1, "2026-11-09"), not_begun(1, "2026-11-09"), stop_asked(1), backfill_ended(1, Ending::Done)]
    {
        assert_eq!(refused(&over, &entry), format!("backfill {id} has ended already"));
    }
    for (sittings, next) in [(1, 1), (1, 3), (2, 2)] {
        let before = [backfilling(1), resumed(1, 2)];
        assert_eq!(
            refused(&before[..sittings], &resumed(1, next)),
            format!("backfill {id} is gone on with already by process {sittings} of those that worked on it")
        );
    }
}
