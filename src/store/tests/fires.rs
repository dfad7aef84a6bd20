//! The record of fires: who has it, what it says, and what is left of it when a call of the system fails.

use super::*;
use crate::failpoint::trial;
use crate::store::{Fired, Fires};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn nightly(fires: &Fires) -> Fired {
    fires.read().unwrap().remove("nightly").unwrap()
}

#[test]
fn a_fire_is_begun_and_ends_and_the_one_before_stays_on_record_meanwhile() {
    let folder = TempDir::new().unwrap();
    let fires = Fires::of(folder.path());
    assert!(fires.read().unwrap().is_empty());

    let mut hand = fires.take().unwrap().unwrap();
    hand.meet("nightly", at("2026-11-22T12:00:00Z")).unwrap();
    hand.begin("nightly", at("2026-11-23T04:30:00Z"), at("2026-11-23T04:31:00Z")).unwrap();
    hand.end("nightly", 1, at("2026-11-23T04:40:00Z")).unwrap();
    hand.begin("nightly", at("2026-11-24T04:30:00Z"), at("2026-11-24T04:31:00Z")).unwrap();
    // One that is known stays as it is.
    hand.meet("nightly", at("2026-11-25T00:00:00Z")).unwrap();

    let record = nightly(&fires);
    assert_eq!(record.passed, at("2026-11-24T04:30:00Z"));
    assert_eq!(record.standing().begun, Some(at("2026-11-24T04:30:00Z")));
    let ended = record.ended.unwrap();
    assert_eq!((ended.fire, ended.at, ended.exit), (at("2026-11-23T04:30:00Z"), at("2026-11-23T04:40:00Z"), 1));
    assert_eq!(record.begun.unwrap().process, std::process::id());
    drop(hand);
    fires.take().unwrap().unwrap().leave_out("nightly", at("2026-11-26T04:30:00Z")).unwrap();
    assert_eq!(nightly(&fires).standing().passed, at("2026-11-26T04:30:00Z"));
}

#[test]
fn one_at_a_time_may_run_fires_and_all_may_read_the_record() {
    let folder = TempDir::new().unwrap();
    let (ours, theirs) = (Fires::of(folder.path()), Fires::of(folder.path()));
    let mut hand = ours.take().unwrap().unwrap();
    hand.meet("nightly", at("2026-11-22T12:00:00Z")).unwrap();

    assert!(theirs.take().unwrap().is_none());
    assert_eq!(nightly(&theirs).passed, at("2026-11-22T12:00:00Z"));
    drop(hand);
    assert_eq!(theirs.take().unwrap().unwrap().fired().len(), 1);
}

#[test]
fn a_call_of_the_system_that_fails_leaves_the_record_of_before_or_the_new_one() {
    let (before, fire) = (at("2026-11-22T12:00:00Z"), at("2026-11-23T04:30:00Z"));
    let start = || {
        let folder = TempDir::new().unwrap();
        Fires::of(folder.path()).take().unwrap().unwrap().meet("nightly", before).unwrap();
        folder
    };
    let begin = |folder: &TempDir| match Fires::of(folder.path()).take()? {
        Some(mut hand) => hand.begin("nightly", fire, fire),
        None => panic!("nobody else has it"),
    };
    let undisturbed = start();
    let (went, calls) = trial::calls(|| begin(&undisturbed));
    went.unwrap();
    assert!(calls.len() >= 6, "{calls:#?}");
    for nth in 1..=calls.len() {
        let folder = start();
        let (went, calls) = trial::failing(nth, 28, || begin(&folder));
        let passed = nightly(&Fires::of(folder.path())).passed;
        let call = &calls[nth - 1];
        match went {
            Ok(()) => assert_eq!(passed, fire, "{call}"),
            // The name was given, and only that it lasts is not sure.
            Err(error) => assert!(passed == before || call.starts_with("sync "), "{call}: {error}"),
        }
        begin(&folder).unwrap();
        assert_eq!(nightly(&Fires::of(folder.path())).passed, fire);
    }
}

#[test]
fn a_record_that_cannot_be_read_is_never_taken_for_an_empty_one() {
    let folder = TempDir::new().unwrap();
    let fires = Fires::of(folder.path());
    fs::create_dir(folder.path().join(".purvey")).unwrap();
    let path = folder.path().join(".purvey/schedule.json");
    let refused = |text: &str| {
        fs::write(&path, text).unwrap();
        assert!(fires.take().is_err());
        fires.read().unwrap_err().to_string().replace(&path.display().to_string(), "schedule.json")
    };

    assert_eq!(
        refused(""),
        "the record of fires `schedule.json` cannot be read: EOF while parsing a value at line 1 column 0; restore it, or \
         move it away: what was missed is then not run"
    );
    assert!(refused("{\"format\": 2, \"schedules\": {}}").contains("it has format 2, and this program knows 1"));
    assert!(refused("{\"format\": 1}").contains("missing field `schedules`"));
}
