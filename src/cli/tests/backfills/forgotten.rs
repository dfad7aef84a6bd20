//! What `gc` does about backfills that were killed.

use super::*;

/// A backfill of two partitions that looks as if its process had been killed, and two later runs of each.
fn killed() -> (Cut, crate::id::BackfillId) {
    let cut = Cut::new(DAYS);
    cut.tell("backfill --from 2026-11-17 --to 2026-11-18");
    let backfill = cut.backfill().backfill;
    let (host, process) = ("seehof".to_owned(), 4711);
    cut.ledger().append(&[Entry::BackfillResumed { backfill, sitting: 2, at: Utc::now(), host, process }]).unwrap();
    for most in [7, 8] {
        for day in ["2026-11-17", "2026-11-18"] {
            let run = cut.tell(&format!("run --force --partition {day} --set tasks.count_beds.most={most}"));
            assert_eq!(run.exit, Exit::Done, "{}", run.all());
        }
    }
    (cut, backfill)
}

#[test]
fn a_killed_backfill_is_forgotten_when_its_runs_are_and_nothing_before_that() {
    let (cut, _) = killed();
    for keep in ["--keep-runs 3", "--keep-days 1"] {
        assert_eq!(cut.document(&format!("gc {keep}"))["backfills"], serde_json::json!([]), "{keep}");
    }
    // All of its runs but one go.
    assert_told!(cut.tell("gc --keep-runs 1 --partition 2026-11-17").all(), @r"
    exit 0
    --- stdout
    forgot 2 runs and 4 versions; <size> were given back
    ");
    assert_eq!(cut.ledger().backfills(9).unwrap().len(), 1);
    assert_told!(cut.tell("gc --keep-runs 1 --dry-run").all(), @r"
    exit 0
    --- stdout
    would forget 2 runs and 4 versions; <size> would be given back
    would forget 1 backfill that had been killed
    ");
    assert_eq!(cut.ledger().backfills(9).unwrap().len(), 1);
    assert_told!(cut.tell("gc --keep-runs 1").all(), @r"
    exit 0
    --- stdout
    forgot 2 runs and 4 versions; <size> were given back
    forgot 1 backfill that had been killed
    ");
    assert_eq!(cut.ledger().backfills(9).unwrap(), []);
    assert_told!(cut.tell("gc --keep-runs 1").all(), @r"
    exit 0
    --- stdout
    there was nothing to remove
    ");
}

#[test]
fn a_backfill_that_goes_on_is_not_forgotten_whatever_has_become_of_its_runs() {
    let (cut, backfill) = killed();
    let backfills = Backfills::of(cut.folder.0.path());
    let hand = backfills.take(backfill).unwrap().unwrap();
    let gone = cut.document("gc --keep-runs 1");
    assert_eq!((gone["runs"].as_array().unwrap().len(), &gone["backfills"]), (4, &serde_json::json!([])));
    assert_eq!(cut.backfill().ending, None);
    // Nobody has it any more, and it has not ended.
    hand.end().unwrap();
    assert_eq!(cut.document("gc --keep-runs 1")["backfills"], serde_json::json!([backfill.to_string()]));
    assert_eq!((cut.ledger().backfills(9).unwrap(), backfills.left().unwrap()), (vec![], vec![]));
}

#[test]
fn a_backfill_that_was_killed_before_its_first_run_is_forgotten_by_its_age() {
    let (cut, _) = killed();
    let began = crate::ledger::BackfillBegan {
        backfill: crate::id::BackfillId::random(),
        chain: "lodge".to_owned(),
        at: Utc::now() - chrono::TimeDelta::days(3),
        host: "seehof".to_owned(),
        process: 4711,
        request: vec![],
        ends: ("2026-11-01".to_owned(), "2026-11-01".to_owned()),
        picked: crate::ledger::Picked::All,
        reverse: false,
        jobs: 1,
        ranges: vec![],
    };
    let id = serde_json::json!([began.backfill.to_string()]);
    cut.ledger().append(&[Entry::BackfillBegan(began)]).unwrap();
    for keep in ["--keep-days 4", "--keep-runs 7", "--keep-runs 2 --keep-days 4"] {
        assert_eq!(cut.document(&format!("gc {keep} --dry-run"))["backfills"], serde_json::json!([]), "{keep}");
    }
    assert_eq!(cut.document("gc --keep-days 2 --dry-run")["backfills"], id);
    assert_eq!(cut.document("gc --keep-runs 6")["backfills"], id);
}
