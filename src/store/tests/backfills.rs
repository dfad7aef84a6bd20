//! Who works on a backfill.

use super::*;
use crate::id::BackfillId;
use crate::store::Backfills;

#[test]
fn one_process_at_a_time_has_a_backfill_and_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let (ours, theirs) = (Backfills::of(folder.path()), Backfills::of(folder.path()));
    let (one, other) = (BackfillId::random(), BackfillId::random());
    assert_eq!(ours.holder(one).unwrap(), None);

    let hand = ours.take(one).unwrap().unwrap();
    assert!(theirs.take(one).unwrap().is_none());
    let lease = theirs.holder(one).unwrap().unwrap();
    assert_eq!((lease.run.to_string(), lease.process), (one.to_string(), std::process::id()));
    theirs.take(other).unwrap().unwrap().end().unwrap();
    hand.end().unwrap();
    assert_eq!(theirs.holder(one).unwrap(), None);
    theirs.take(one).unwrap().unwrap().end().unwrap();
    assert_eq!(fs::read_dir(folder.path().join(".purvey/backfills")).unwrap().count(), 0);
}

#[test]
fn what_a_process_has_left_that_is_gone_is_told_and_can_be_swept() {
    let folder = TempDir::new().unwrap();
    let backfills = Backfills::of(folder.path());
    let (gone, here) = (BackfillId::random(), BackfillId::random());
    let hand = backfills.take(here).unwrap().unwrap();
    // One of a start of the machine before this one.
    drop(backfills.take(gone).unwrap().unwrap());
    let path = folder.path().join(format!(".purvey/backfills/{gone}/lease"));
    let mut lease: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    lease["boot"] = "another".into();
    fs::write(&path, lease.to_string()).unwrap();

    assert_eq!(backfills.left().unwrap(), [gone]);
    assert_eq!(backfills.holder(gone).unwrap(), None);
    backfills.sweep(gone).unwrap();
    assert_eq!(backfills.left().unwrap(), []);
    hand.end().unwrap();
}
