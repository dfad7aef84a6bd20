//! What may be reused, by what is known of a step.

use std::path::PathBuf;
use std::time::Duration;

use chrono::DateTime;

use super::{Candidate, Input, Lost, Standing, Verdict};
use crate::digest::Digest;
use crate::fingerprint::{Code, Fingerprint};
use crate::id::RunId;
use crate::ledger::Performed;
use crate::store::Condition;

fn digest(text: &str) -> Digest {
    Digest::of_bytes(text.as_bytes())
}

fn is(text: &str) -> Input {
    Input::Is(digest(text))
}

/// A step as it is now, in version 2, with parameter `season` set to `winter`.
fn now() -> Standing {
    let mut standing = Standing::new(Code::Version("2".into()));
    standing.now.params = [("season".to_owned(), Some("winter".to_owned())), ("year".to_owned(), None)].into();
    standing
}

/// What was done in some version, having read `rooms` with this content.
fn done(version: &'static str, rooms: &str) -> Candidate {
    let fingerprint = Fingerprint {
        inputs: [("rooms".to_owned(), digest(rooms))].into(),
        ..Standing::new(Code::Version(version.into())).now
    };
    let (run, at) = (RunId::nil(), DateTime::UNIX_EPOCH);
    let performed = Performed {
        task: "report".to_owned(),
        run,
        at,
        elapsed: Duration::ZERO,
        peak_memory: None,
        fingerprint,
        made: Vec::new(),
        published: false,
    };
    Candidate { performed, lost: Vec::new() }
}

fn with_param(mut candidate: Candidate, name: &str, value: Option<&str>) -> Candidate {
    candidate.performed.fingerprint.params.insert(name.to_owned(), value.map(str::to_owned));
    candidate
}

fn with_loss(mut candidate: Candidate) -> Candidate {
    let (path, condition) = (PathBuf::from("report.parquet"), Condition::Missing);
    candidate.lost.push(Lost { model: "report".to_owned(), path, condition });
    candidate
}

/// The verdict on a step of these candidates that reads `rooms`; reasons as text.
fn verdict(candidates: Vec<Candidate>, rooms: Input) -> String {
    match (Standing { candidates, ..now() }).verdict(&[("rooms", rooms)]) {
        Verdict::Reuse(position) => format!("reuse {position}"),
        Verdict::Open(position) => format!("open {position}"),
        Verdict::Run(reasons) => reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    }
}

#[test]
fn what_was_never_done_runs() {
    assert_eq!(verdict(vec![], is("two rooms")), "was never done before");
    assert_eq!(verdict(vec![], Input::Later), "was never done before");
}

#[test]
fn the_first_candidate_without_a_difference_is_reused() {
    let (old, same) = (done("1", "two rooms"), done("2", "two rooms"));
    assert_eq!(verdict(vec![same.clone(), same.clone()], is("two rooms")), "reuse 0");
    assert_eq!(verdict(vec![old, same], is("two rooms")), "reuse 1");
}

#[test]
fn the_reasons_are_the_differences_from_the_best_candidate() {
    let candidates = vec![with_loss(done("1", "two rooms")), done("0", "two rooms")];
    let expected = format!(
        "the version of its code changed: \"1\" → \"2\"; model `rooms` has other content: {} → {}; the file of model \
         `report` is gone: report.parquet",
        digest("two rooms").short(),
        digest("three rooms").short()
    );
    assert_eq!(verdict(candidates, is("three rooms")), expected);
}

#[test]
fn only_the_parameters_that_were_read_count() {
    let report = || done("2", "two rooms");
    let of = |candidate| verdict(vec![candidate], is("two rooms"));
    assert_eq!(of(report()), "reuse 0", "it has read none");
    assert_eq!(of(with_param(report(), "season", Some("winter"))), "reuse 0");
    assert_eq!(of(with_param(report(), "season", Some("summer"))), "parameter `season` changed: summer → winter");
    assert_eq!(of(with_param(report(), "season", None)), "parameter `season` changed: not set → winter");
    assert_eq!(of(with_param(report(), "year", Some("2026"))), "parameter `year` changed: 2026 → not set");
    assert_eq!(of(with_param(report(), "year", None)), "reuse 0");
    assert_eq!(of(with_param(report(), "hotel", None)), "reuse 0", "nobody has set what nobody knows");
}

#[test]
fn what_is_not_known_yet_leaves_it_open_unless_something_else_is_different() {
    assert_eq!(verdict(vec![done("2", "two rooms")], Input::Later), "open 0");
    assert_eq!(verdict(vec![done("1", "two rooms"), done("2", "three rooms")], Input::Later), "open 1");
    assert_eq!(verdict(vec![with_loss(done("2", "two rooms")), done("2", "three rooms")], Input::Later), "open 1");
    let reason = "the version of its code changed: \"1\" → \"2\"";
    assert_eq!(verdict(vec![done("1", "two rooms")], Input::Later), reason);
}

#[test]
fn what_can_never_be_told_has_it_run() {
    let reason = "it reads `rooms`, whose content cannot be compared with what was read before";
    assert_eq!(verdict(vec![done("2", "two rooms")], Input::Untold), reason);
}

#[test]
fn a_model_that_is_read_now_or_is_not_any_more_is_a_difference() {
    let standing = Standing { candidates: vec![done("2", "two rooms")], ..now() };
    let reasons = |inputs: &[(&str, Input)]| match standing.verdict(inputs) {
        Verdict::Run(reasons) => reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        other => format!("{other:?}"),
    };
    assert_eq!(reasons(&[]), "model `rooms` is gone");
    assert_eq!(reasons(&[("beds", is("four beds")), ("rooms", is("two rooms"))]), "model `beds` is new");
}
