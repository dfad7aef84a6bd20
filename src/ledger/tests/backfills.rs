//! What every ledger tells of backfills.

use super::each_ledger;
use super::support::*;
use crate::event::Ending;
use crate::id::BackfillId;
use crate::ledger::{BackfillRecord, Ledger, PartitionRecord, Picked, RunFilter};

fn only(ledger: &dyn Ledger) -> BackfillRecord {
    let mut found = ledger.backfills(9).unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

fn ids(found: &[BackfillRecord]) -> Vec<BackfillId> {
    found.iter().map(|record| record.backfill).collect()
}

#[test]
fn a_backfill_is_told_as_it_was_written_and_how_far_it_has_come() {
    each_ledger(|ledger| {
        ledger.append(&[backfilling(1)]).unwrap();
        let mut expected = BackfillRecord {
            backfill: backfill(1),
            chain: "alpine".to_owned(),
            began: at(1, 0),
            ended: None,
            ending: None,
            stop_asked: None,
            host: "seehof".to_owned(),
            process: 4711,
            sittings: 1,
            request: ["backfill", "--from", "2026-11-01"].map(str::to_owned).to_vec(),
            ends: ("2026-11-01".to_owned(), "2026-11-09".to_owned()),
            picked: Picked::Failed,
            reverse: true,
            jobs: 2,
            partitions: 4,
            counts: vec![],
        };
        assert_eq!(only(ledger), expected);
        assert_eq!(ledger.ranges(backfill(1)).unwrap(), backfill_began(1).ranges);
        assert_eq!((expected.not_begun(), ledger.begun(backfill(1)).unwrap()), (4, vec![]));

        ledger.append(&[began_for(2, 1, "2026-11-09"), run_ended(2, Ending::Failed)]).unwrap();
        ledger.append(&[began_for(3, 1, "2026-11-03"), not_begun(1, "2026-11-02")]).unwrap();
        expected.counts = vec![(None, 1), (Some(Ending::Failed), 2)];
        assert_eq!(only(ledger), expected);
        assert_eq!((expected.count(None), expected.count(Some(Ending::Failed)), expected.not_begun()), (1, 2, 1));
        let record = |key: &str, number: Option<u32>, began, ended, messages: &[&str]| PartitionRecord {
            partition: key.to_owned(),
            run: number.map(run),
            began,
            ended,
            ending: ended.map(|_| Ending::Failed),
            messages: messages.iter().map(|&message| message.to_owned()).collect(),
        };
        assert_eq!(
            ledger.begun(backfill(1)).unwrap(),
            [
                record("2026-11-02", None, at(1, 5), Some(at(1, 5)), &["another run has it"]),
                record("2026-11-03", Some(3), at(3, 0), None, &[]),
                record("2026-11-09", Some(2), at(2, 0), Some(at(2, 30)), &[]),
            ]
        );
        assert_eq!(ledger.run(run(2)).unwrap().unwrap().backfill, Some(backfill(1)));

        ledger.append(&[run_ended(3, Ending::Done), backfill_ended(1, Ending::Failed)]).unwrap();
        (expected.ended, expected.ending) = (Some(at(1, 40)), Some(Ending::Failed));
        expected.counts = vec![(Some(Ending::Done), 1), (Some(Ending::Failed), 2)];
        assert_eq!(only(ledger), expected);
    });
}

#[test]
fn who_goes_on_with_a_backfill_runs_partitions_again_and_the_last_run_of_each_counts() {
    each_ledger(|ledger| {
        ledger.append(&[backfilling(1), began_for(2, 1, "2026-11-09")]).unwrap();
        assert!(!ledger.stop_asked(backfill(1)).unwrap());
        ledger.append(&[stop_asked(1)]).unwrap();
        assert!(ledger.stop_asked(backfill(1)).unwrap());
        assert_eq!(only(ledger).stop_asked, Some(at(1, 6)));

        // Its process is killed, and another one goes on.
        ledger.append(&[resumed(1, 2)]).unwrap();
        let record = only(ledger);
        assert_eq!((record.sittings, record.host.as_str(), record.process), (2, "kulm", 42));
        assert_eq!((record.stop_asked, ledger.stop_asked(backfill(1)).unwrap()), (None, false));
        ledger.append(&[run_ended(2, Ending::Killed), began_for(3, 1, "2026-11-09")]).unwrap();
        assert_eq!(only(ledger).counts, [(None, 1)]);
        ledger.append(&[run_ended(3, Ending::Done), backfill_ended(1, Ending::Done)]).unwrap();
        assert_eq!(ledger.begun(backfill(1)).unwrap()[0].run, Some(run(3)));

        ledger.append(&[resumed(1, 3)]).unwrap();
        assert_eq!((only(ledger).ended, only(ledger).ending), (None, None));
    });
}

#[test]
fn what_becomes_of_a_run_that_was_run_again_meanwhile_is_no_news_of_its_partition() {
    each_ledger(|ledger| {
        ledger.append(&[backfilling(1), began_for(2, 1, "2026-11-09"), began_for(3, 1, "2026-11-09")]).unwrap();
        ledger.append(&[run_ended(2, Ending::Killed)]).unwrap();
        assert_eq!(only(ledger).counts, [(None, 1)]);
    });
}

#[test]
fn a_backfill_is_found_by_its_id_by_how_it_begins_and_by_its_short_form_and_no_run_is() {
    each_ledger(|ledger| {
        ledger.append(&[backfilling(1), backfilling(2), backfilling(12), began(7, &[])]).unwrap();
        let found = |text: &str| ids(&ledger.find_backfills(text).unwrap());
        assert_eq!(found(&backfill(2).to_string()), [backfill(2)]);
        assert_eq!(found(&backfill(2).short()), [backfill(2)]);
        assert_eq!(found("0193F3A8-00"), [backfill(12), backfill(2), backfill(1)]);
        for nothing in ["", "0002", "%", &run(7).short()] {
            assert_eq!(found(nothing), [], "{nothing}");
        }
        assert_eq!(ids(&ledger.backfills(2).unwrap()), [backfill(12), backfill(2)]);
        assert_eq!(ledger.runs(&RunFilter::default()).unwrap().len(), 1);
    });
}

#[test]
fn a_backfill_that_has_ended_is_forgotten_with_the_last_of_its_runs() {
    each_ledger(|ledger| {
        ledger.append(&[backfilling(1), began_for(2, 1, "2026-11-09"), run_ended(2, Ending::Failed)]).unwrap();
        ledger.append(&[began_for(3, 1, "2026-11-09"), run_ended(3, Ending::Failed)]).unwrap();
        ledger.append(&[backfilling(4), began_for(5, 4, "2026-11-09"), run_ended(5, Ending::Failed)]).unwrap();
        ledger.forget(&[run(2), run(3)]).unwrap();
        assert_eq!(ids(&ledger.backfills(9).unwrap()), [backfill(4), backfill(1)], "it goes on");
        ledger.append(&[backfill_ended(1, Ending::Failed), backfill_ended(4, Ending::Failed)]).unwrap();
        assert_eq!(ledger.begun(backfill(1)).unwrap()[0].run, Some(run(3)), "what it did is told still");
        ledger.forget(&[run(9)]).unwrap();
        assert_eq!(ids(&ledger.backfills(9).unwrap()), [backfill(4)]);
        assert_eq!((ledger.begun(backfill(1)).unwrap(), ledger.ranges(backfill(1)).unwrap()), (vec![], vec![]));
    });
}
