//! What every ledger tells.

use std::time::Duration;

use chrono::TimeDelta;

use super::each_ledger;
use super::support::*;
use crate::event::{Ending, State};
use crate::fingerprint::Code;
use crate::id::RunId;
use crate::ledger::{AttemptRecord, Entry, Ledger, Performed, RunFilter, RunRecord, StepRecord, versions_back};

fn ids(runs: &[RunRecord]) -> Vec<RunId> {
    runs.iter().map(|run| run.run).collect()
}

fn tasks_and_runs(performed: &[Performed]) -> Vec<(&str, RunId, bool)> {
    performed.iter().map(|done| (done.task.as_str(), done.run, done.published)).collect()
}

fn filtered(ledger: &dyn Ledger, filter: &RunFilter) -> Vec<RunId> {
    ids(&ledger.runs(filter).unwrap())
}

#[test]
fn a_new_ledger_knows_nothing() {
    each_ledger(|ledger| {
        assert_eq!(ledger.runs(&RunFilter::default()).unwrap(), []);
        assert_eq!(ledger.run(run(1)).unwrap(), None);
        assert_eq!(ledger.find("0").unwrap(), []);
        assert_eq!(ledger.steps(run(1)).unwrap(), []);
        assert_eq!(ledger.versions("", "nights", 9).unwrap(), []);
        assert_eq!(ledger.performed("", &["count"]).unwrap(), []);
        assert_eq!(ledger.published("").unwrap(), []);
        assert_eq!(ledger.taken("", "count").unwrap().files, []);
        assert_eq!(ledger.needed().unwrap(), []);
        assert_eq!(ledger.backfills(9).unwrap(), []);
        assert_eq!(ledger.find_backfills("0").unwrap(), []);
        assert_eq!(ledger.ranges(backfill(1)).unwrap(), []);
        assert_eq!(ledger.begun(backfill(1)).unwrap(), []);
        assert!(!ledger.stop_asked(backfill(1)).unwrap());
        ledger.forget(&[run(1)]).unwrap();
        ledger.append(&[]).unwrap();
    });
}

#[test]
fn a_run_is_told_as_it_was_written() {
    each_ledger(|ledger| {
        let mut expected = RunRecord {
            run: run(2),
            chain: "alpine".to_owned(),
            partition: "2026-11-21".to_owned(),
            began: at(2, 0),
            ended: None,
            ending: None,
            published: false,
            host: "seehof".to_owned(),
            process: 4711,
            request: vec!["run".to_owned(), "--set".to_owned(), "models.x.path=\"a b\"".to_owned()],
            resumes: Some(run(1)),
            backfill: None,
            counts: vec![(State::Waiting, 3)],
        };
        let mut begun = run_began(2, &["clean", "count", "rank"]);
        begun.partition = "2026-11-21".to_owned();
        begun.resumes = Some(run(1));
        ledger.append(&[Entry::RunBegan(begun), started(2, "clean", 1)]).unwrap();
        expected.counts = vec![(State::Waiting, 2), (State::Running, 1)];
        assert_eq!(ledger.run(run(2)).unwrap(), Some(expected.clone()));

        ledger.append(&[run_ended(2, Ending::Cancelled)]).unwrap();
        expected.ended = Some(at(2, 30));
        expected.ending = Some(Ending::Cancelled);
        assert_eq!(ledger.runs(&RunFilter::default()).unwrap(), [expected]);
    });
}

#[test]
fn steps_are_told_with_attempts_reads_and_versions_in_the_order_they_are_planned() {
    each_ledger(|ledger| {
        ledger.append(&failed_run(3, ["clean", "arrive", "count"])).unwrap();
        let attempt = |attempt: u32, state| AttemptRecord {
            attempt,
            started: at(3, attempt.into()),
            state,
            elapsed: Duration::from_millis(900),
            failure: (state != State::Done).then(failure),
        };
        let record = |task: &str, state, attempts: Vec<AttemptRecord>| {
            let done = if state == State::Done { step_done(3, task) } else { step_ended(3, task, state) };
            StepRecord {
                task: task.to_owned(),
                state,
                started: (!attempts.is_empty()).then(|| at(3, 1)),
                ended: Some(at(3, 10)),
                elapsed: Duration::from_millis(1500),
                why: "it was never run".to_owned(),
                reused: None,
                rows_in: done.rows_in,
                rows_out: done.rows_out,
                peak_memory: done.peak_memory,
                attempts,
                reads: done.reads,
                made: done.made,
                checks: done.checks,
                failure: done.failure,
                blamed: done.blamed,
            }
        };
        let told = ledger.steps(run(3)).unwrap();
        assert_eq!(told[0], record("clean", State::Done, vec![attempt(1, State::Done)]));
        let attempts = vec![attempt(1, State::Failed), attempt(2, State::TimedOut)];
        assert_eq!(told[1], record("arrive", State::Failed, attempts));
        assert_eq!(told[2], record("count", State::Skipped, vec![]));
        assert_eq!(told.len(), 3);
    });
}

#[test]
fn a_step_waits_again_between_two_attempts_and_a_killed_one_is_left_running() {
    each_ledger(|ledger| {
        let state = || ledger.steps(run(1)).unwrap()[0].state;
        ledger.append(&[began(1, &["count"]), started(1, "count", 1)]).unwrap();
        assert_eq!(state(), State::Running);
        ledger.append(&[attempted(1, "count", 1, State::Failed)]).unwrap();
        assert_eq!(state(), State::Waiting);
        ledger.append(&[started(1, "count", 2)]).unwrap();
        assert_eq!(state(), State::Running);
        // What the second attempt made is not committed before the step is done.
        ledger.append(&[attempted(1, "count", 2, State::Done)]).unwrap();
        assert_eq!(state(), State::Running);
    });
}

#[test]
fn every_sort_of_fingerprint_comes_back_whole() {
    let mut version = fingerprint("1");
    version.code = Code::Version("2026-11".into());
    version.source = None;
    let mut empty_source = fingerprint("2");
    empty_source.source = Some(Default::default());
    let mut bare = fingerprint("3");
    bare.code = Code::Unknown;
    (bare.contract, bare.settings, bare.params, bare.inputs) = Default::default();
    // Two texts that say they are the same code are two texts.
    let mut other_text = fingerprint("4");
    other_text.code = Code::Sources(format!("code 1 {}\n", digest("a")).into());
    let mut set_to_nothing = fingerprint("5");
    set_to_nothing.params.insert("hotel".to_owned(), Some(String::new()));
    each_ledger(|ledger| {
        let all = [&fingerprint("5"), &version, &empty_source, &bare, &other_text, &set_to_nothing];
        for (number, fingerprint) in (1..).zip(all) {
            let mut step = step_done(number, "count");
            step.fingerprint = Some(fingerprint.clone());
            ledger.append(&[began(number, &["count"]), Entry::StepEnded(Box::new(step))]).unwrap();
            let told = ledger.performed("", &["count"]).unwrap();
            assert_eq!(told[0].fingerprint, *fingerprint);
        }
    });
}

#[test]
fn versions_come_back_whole_with_and_without_rows_columns_and_file() {
    each_ledger(|ledger| {
        let mut step = step_done(1, "count");
        let table = version(1, "count");
        let mut value = version(1, "count");
        (value.model, value.rows, value.columns, value.file) = ("a value".to_owned(), None, Vec::new(), None);
        // They stay in the order the task gave them, which is not that of their names.
        step.made = vec![table.clone(), value.clone()];
        ledger.append(&[began(1, &["count"]), Entry::StepEnded(Box::new(step))]).unwrap();
        assert_eq!(ledger.steps(run(1)).unwrap()[0].made, [table.clone(), value.clone()]);
        assert_eq!(ledger.performed("", &["count"]).unwrap()[0].made, [table.clone(), value.clone()]);
        assert_eq!(ledger.versions("", "a value", 9).unwrap(), [value.clone()]);
        ledger.append(&[published(1, &[("count", 1), ("a value", 1)])]).unwrap();
        assert_eq!(ledger.published("").unwrap(), [value, table]);
    });
}

#[test]
fn what_was_performed_last_is_told_with_what_is_published() {
    each_ledger(|ledger| {
        ledger.append(&good_run(1, &["clean", "count"])).unwrap();
        ledger.append(&failed_run(2, ["clean", "count", "rank"])).unwrap();
        let told = ledger.performed("", &["rank", "count", "clean"]).unwrap();
        assert_eq!(tasks_and_runs(&told), [("count", run(1), true), ("clean", run(2), false), ("clean", run(1), true)],);
        assert_eq!(told[1].at, at(2, 10));
        assert_eq!(told[1].fingerprint, fingerprint("2"));
        assert_eq!(told[1].made, [version(2, "clean")]);
    });
}

#[test]
fn the_last_run_is_the_one_that_was_written_down_last_whatever_its_clock_says() {
    each_ledger(|ledger| {
        ledger.append(&good_run(9, &["count"])).unwrap();
        ledger.append(&[began(3, &["count"]), done(3, "count")]).unwrap();
        assert_eq!(filtered(ledger, &RunFilter::default()), [run(3), run(9)]);
        let told = ledger.performed("", &["count"]).unwrap();
        assert_eq!(tasks_and_runs(&told), [("count", run(3), false), ("count", run(9), true)]);
        assert_eq!(ledger.versions("", "count", 1).unwrap(), [version(3, "count")]);
    });
}

#[test]
fn a_reused_step_leaves_the_run_that_did_the_work_the_last_one() {
    each_ledger(|ledger| {
        ledger.append(&good_run(1, &["count"])).unwrap();
        let reusing = [began(2, &["count"]), ended(2, "count", State::Reused), published(2, &[("count", 1)])];
        ledger.append(&reusing).unwrap();
        assert_eq!(tasks_and_runs(&ledger.performed("", &["count"]).unwrap()), [("count", run(1), true)]);
        assert_eq!(ledger.steps(run(2)).unwrap()[0].reused, Some(run(1)));
        assert!(ledger.run(run(2)).unwrap().unwrap().published);
        assert_eq!(ledger.published("").unwrap(), [version(1, "count")]);
    });
}

#[test]
fn publishing_replaces_all_that_was_published_in_the_partition_and_nothing_else() {
    each_ledger(|ledger| {
        let of_monday = |entry: Entry| match entry {
            Entry::RunBegan(mut began) => {
                began.partition = "monday".to_owned();
                Entry::RunBegan(began)
            }
            Entry::StepEnded(mut step) => {
                step.partition = "monday".to_owned();
                Entry::StepEnded(step)
            }
            Entry::Published { run, at, versions, .. } => {
                Entry::Published { run, at, versions, partition: "monday".to_owned() }
            }
            other => other,
        };
        ledger.append(&good_run(1, &["clean", "count"])).unwrap();
        let monday: Vec<Entry> = good_run(2, &["clean", "count"]).into_iter().map(of_monday).collect();
        ledger.append(&monday).unwrap();
        ledger.append(&good_run(3, &["clean"])).unwrap();
        assert_eq!(ledger.published("").unwrap(), [version(3, "clean")]);
        assert_eq!(ledger.published("monday").unwrap(), [version(2, "clean"), version(2, "count")]);
        let told = ledger.performed("monday", &["clean", "count"]).unwrap();
        assert_eq!(tasks_and_runs(&told), [("clean", run(2), true), ("count", run(2), true)]);
        let told = ledger.performed("", &["count"]).unwrap();
        assert_eq!(tasks_and_runs(&told), [("count", run(1), false)]);
        assert_eq!(ledger.needed().unwrap(), [run(1), run(2), run(3)]);
    });
}

#[test]
fn runs_are_filtered_by_time_ending_and_task() {
    each_ledger(|ledger| {
        ledger.append(&good_run(1, &["clean", "count"])).unwrap();
        ledger.append(&failed_run(2, ["clean", "count", "rank"])).unwrap();
        ledger.append(&[began(3, &["clean", "count"]), ended(3, "count", State::Reused)]).unwrap();
        let all = RunFilter::default;
        assert_eq!(filtered(ledger, &all()), [run(3), run(2), run(1)]);
        assert_eq!(filtered(ledger, &RunFilter { limit: Some(2), ..all() }), [run(3), run(2)]);
        assert_eq!(filtered(ledger, &RunFilter { limit: Some(0), ..all() }), []);
        assert_eq!(filtered(ledger, &RunFilter { since: Some(at(2, 0)), ..all() }), [run(3), run(2)]);
        assert_eq!(filtered(ledger, &RunFilter { since: Some(at(2, 1)), ..all() }), [run(3)]);
        assert_eq!(filtered(ledger, &RunFilter { ending: Some(Some(Ending::Failed)), ..all() }), [run(2)]);
        assert_eq!(filtered(ledger, &RunFilter { ending: Some(None), ..all() }), [run(3)]);
        let of = |task: &str| RunFilter { task: Some(task.to_owned()), ..all() };
        assert_eq!(filtered(ledger, &of("count")), [run(3), run(2), run(1)]);
        assert_eq!(filtered(ledger, &of("clean")), [run(2), run(1)]);
        assert_eq!(filtered(ledger, &of("rank")), []);
        assert_eq!(filtered(ledger, &RunFilter { ending: Some(None), ..of("clean") }), []);
    });
}

#[test]
fn a_run_is_found_by_its_id_by_how_it_begins_and_by_its_short_form() {
    each_ledger(|ledger| {
        ledger.append(&[began(1, &[]), began(2, &[]), began(12, &[])]).unwrap();
        let found = |text: &str| ids(&ledger.find(text).unwrap());
        assert_eq!(found(&run(2).to_string()), [run(2)]);
        assert_eq!(found(&run(2).short()), [run(2)]);
        assert_eq!(found("0193F3A8-00"), [run(12), run(2), run(1)]);
        assert_eq!(found(" 0193f3a8-001 "), [run(12)]);
        for nothing in ["", "0002", "0000002", "%", "_", "'", "0193f3a8-0002-7000-8000-0000000000020"] {
            assert_eq!(found(nothing), [], "{nothing}");
        }
    });
}

#[test]
fn versions_are_told_from_the_last_run_back() {
    each_ledger(|ledger| {
        for number in 1..=5 {
            ledger.append(&good_run(number, &["clean", "count"])).unwrap();
        }
        let told: Vec<RunId> = ledger.versions("", "count", 3).unwrap().iter().map(|version| version.run).collect();
        assert_eq!(told, [run(5), run(4), run(3)]);
        assert_eq!(ledger.versions("", "count", usize::MAX).unwrap().len(), 5);
        assert_eq!(ledger.versions("", "rank", 3).unwrap(), []);
    });
}

#[test]
fn times_are_kept_to_the_microsecond() {
    each_ledger(|ledger| {
        let mut begun = run_began(1, &["count"]);
        begun.at = at(1, 0) + TimeDelta::nanoseconds(1_234_567);
        let mut step = step_done(1, "count");
        step.elapsed = Duration::from_nanos(7_654_321);
        ledger.append(&[Entry::RunBegan(begun), Entry::StepEnded(Box::new(step))]).unwrap();
        assert_eq!(ledger.run(run(1)).unwrap().unwrap().began, at(1, 0) + TimeDelta::microseconds(1_234));
        assert_eq!(ledger.steps(run(1)).unwrap()[0].elapsed, Duration::from_micros(7_654));
    });
}

#[test]
fn versions_are_told_from_the_last_one_back_however_many_there_are() {
    each_ledger(|ledger| {
        assert_eq!(versions_back(ledger, "", "count").count(), 0);
        for number in 1..=40 {
            ledger.append(&good_run(number, &["count"])).unwrap();
            let told: Vec<RunId> = versions_back(ledger, "", "count").map(|version| version.unwrap().run).collect();
            assert_eq!(told, (1..=number).rev().map(run).collect::<Vec<_>>());
        }
        let mut versions = versions_back(ledger, "", "count");
        let first: Vec<RunId> = versions.by_ref().take(4).map(|version| version.unwrap().run).collect();
        assert_eq!(first, [40, 39, 38, 37].map(run));
        ledger.append(&good_run(41, &["count"])).unwrap();
        assert_eq!(versions.next().unwrap().unwrap().run, run(36), "one that was made meanwhile shifts nothing");
    });
}
