//! What is done again and what is not, one story for each sentence of the rules.

use std::path::Path;
use std::sync::Arc;

use insta::assert_snapshot;
use purvey::RunId;
use purvey::event::Ending;
use purvey::ledger::{Entry, Ledger, MemoryLedger, RunFilter, SqliteLedger};
use purvey::session::Request;
use purvey::store::{FolderStore, MemoryStore, Store};

use super::desk::{Desk, Made, task};
use crate::guarded::Guarded;

/// Bookings, nights of them, a report on both, and something that reads neither.
const HOTEL: [&str; 4] = ["a_bookings", "b_nights(a_bookings)", "c_report(a_bookings, b_nights)", "d_rooms"];

#[test]
fn rule_12_what_is_up_to_date_is_not_done_again() {
    let desk = Desk::new();
    assert_eq!(desk.run(HOTEL.map(task)), "a_bookings ran, b_nights ran, c_report ran, d_rooms ran");
    assert_eq!(desk.run(HOTEL.map(task)), "a_bookings reused, b_nights reused, c_report reused, d_rooms reused");
}

#[test]
fn rule_12_new_code_runs_and_what_reads_other_content() {
    let desk = Desk::new();
    desk.run(HOTEL.map(task));
    let [bookings, nights, report, rooms] = HOTEL.map(task);
    let chain = [bookings, nights.version("2").making(7), report, rooms];
    assert_snapshot!(desk.plan(chain.clone()), @r#"
    a_bookings: reuse, up to date
    b_nights: run, the version of its code changed: "1" → "2"
    c_report: depends, unless `b_nights` makes the same again
    d_rooms: reuse, up to date
    "#);
    assert_eq!(desk.run(chain), "a_bookings reused, b_nights ran, c_report ran, d_rooms reused");
    assert_eq!(desk.number("c_report"), Some(9));
}

#[test]
fn rule_12_the_same_content_leaves_readers_alone() {
    let desk = Desk::new();
    desk.run(HOTEL.map(task));
    let [bookings, nights, report, rooms] = HOTEL.map(task);
    let ran = desk.run([bookings.version("2"), nights, report, rooms]);
    assert_eq!(ran, "a_bookings ran, b_nights reused, c_report reused, d_rooms reused");
}

#[test]
fn rule_12_a_parameter_is_a_matter_of_those_that_read_it() {
    let chain = || [task("a").reading(&["size"]), task("b(a)"), task("c").reading(&["hue"])];
    let desk = Desk::new();
    desk.run(chain());
    let desk = desk.with_param("size", 2);
    assert_eq!(desk.run(chain()), "a ran, b ran, c reused");
    assert_eq!(desk.with_param("tone", 2).run(chain()), "a reused, b reused, c reused");
}

#[test]
fn rule_12_a_setting_is_a_matter_of_its_task() {
    let chain = || [task("a"), task("b(a)"), task("c")];
    let desk = Desk::new();
    desk.run(chain());
    let desk = desk.with_size("a", 0);
    assert_eq!(desk.run(chain()), "a reused, b reused, c reused", "0 is what it is anyway");
    let desk = desk.with_size("a", 2);
    assert_snapshot!(desk.plan(chain()), @r"
    a: run, setting `tasks.a.size` changed: 0 → 2
    b: depends, unless `a` makes the same again
    c: reuse, up to date
    ");
    assert_eq!(desk.run(chain()), "a ran, b ran, c reused");
}

#[test]
fn rule_12_who_forces_a_task_has_it_run() {
    let desk = Desk::new();
    desk.run(HOTEL.map(task));
    let request = Request::default().forcing("b_nights".parse().unwrap());
    let ran = desk.run_as(&request, HOTEL.map(task));
    assert_eq!(ran, "a_bookings reused, b_nights ran, c_report reused, d_rooms reused");
}

#[test]
fn rule_12_readers_of_a_model_in_memory_are_judged_without_it() {
    let desk = Desk::new().with_memory(&["a", "b"]);
    let chain = || ["a", "b(a)", "c(b)"].map(task);
    desk.run(chain());
    assert_eq!(desk.run(chain()), "a reused, b reused, c reused");
}

#[test]
fn rule_12_a_model_in_memory_is_made_again_for_a_task_that_runs_with_what_that_needs_and_no_more() {
    let desk = Desk::new().with_memory(&["a", "b", "x", "y"]);
    let chain = || ["a", "b(a)", "c(b)", "x(a)", "y", "z(x, y)"].map(task);
    desk.run(chain());
    let [a, b, c, x, y, z] = chain();
    let chain = [a, b, c.version("2"), x, y, z];
    assert_snapshot!(desk.plan(chain.clone()), @r#"
    a: run, `b` needs `a`, which is not stored
    b: run, `c` needs `b`, which is not stored
    c: run, the version of its code changed: "1" → "2"
    x: reuse, up to date
    y: reuse, up to date
    z: reuse, up to date
    "#);
    assert_eq!(desk.run(chain), "a ran, b ran, c ran, x reused, y reused, z reused");
}

#[test]
fn rule_12_what_a_model_in_memory_is_needed_for_may_hang_on_what_is_not_known_yet() {
    let desk = Desk::new().with_memory(&["b", "c"]);
    let chain = |a: Made| [a, task("b"), task("c(b)"), task("d(a, c)")];
    desk.run(chain(task("a")));
    let same = task("a").version("2").making(1);
    assert_snapshot!(desk.plan(chain(same.clone())), @r#"
    a: run, the version of its code changed: "1" → "2"
    b: depends, `c` needs `b`, which is not stored
    c: depends, `d` needs `c`, which is not stored
    d: depends, unless `a` makes the same again
    "#);
    assert_eq!(desk.run(chain(same)), "a ran, b reused, c reused, d reused");
    assert_eq!(desk.run(chain(task("a").version("3").making(5))), "a ran, b ran, c ran, d ran");
}

#[test]
fn rule_12_a_lost_file_is_made_again_and_its_readers_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk {
        store: Arc::new(FolderStore::new(folder.path())),
        ledger: Arc::new(SqliteLedger::at(folder.path().join(".purvey/ledger.sqlite"))),
        ..Desk::new()
    };
    let chain = || ["a", "b(a)", "c(b)"].map(task);
    desk.run(chain());
    let file = |model: &str| folder.path().join(model).with_extension("json").canonicalize().unwrap();

    std::fs::remove_file(file("a")).unwrap();
    assert_eq!(desk.run(chain()), "a ran, b reused, c reused");
    assert_eq!(desk.number("a"), Some(1));

    let write = |path: &Path, text: &str| {
        // As a program would that knows nothing of the folder.
        std::fs::remove_file(path).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(&file("b"), "7");
    assert_eq!(desk.run(chain()), "a reused, b ran, c reused");
    assert_eq!(desk.number("b"), Some(2));

    write(&file("c"), "3");
    assert_eq!(desk.run(chain()), "a reused, b reused, c reused", "that is what it was");
}

#[test]
fn rule_6_what_is_up_to_date_is_reused_beside_a_failure() {
    let desk = Desk::new();
    desk.run(HOTEL.map(task));
    let [bookings, nights, report, rooms] = HOTEL.map(task);
    let ran = desk.run([bookings.version("2").making(5), nights.failing(), report, rooms]);
    assert_eq!(ran, "a_bookings ran, b_nights failed, c_report skipped, d_rooms reused");
    assert_eq!(desk.number("a_bookings"), Some(1), "what was published still is");
}

#[test]
fn rule_12_what_a_failed_run_had_done_is_not_done_again() {
    let desk = Desk::new();
    let [bookings, nights, report, rooms] = HOTEL.map(task);
    let ran = desk.run([bookings, nights.failing(), report, rooms]);
    assert_eq!(ran, "a_bookings ran, b_nights failed, c_report skipped, d_rooms ran");
    assert_eq!(desk.run(HOTEL.map(task)), "a_bookings reused, b_nights ran, c_report ran, d_rooms reused");
    assert_eq!(desk.number("c_report"), Some(4));
}

#[test]
fn rule_12_who_goes_back_finds_what_is_published() {
    let desk = Desk::new();
    desk.run(HOTEL.map(task));
    let [bookings, nights, report, rooms] = HOTEL.map(task);
    desk.run([bookings.version("2").making(5), nights.failing(), report, rooms]);
    assert_eq!(desk.run(HOTEL.map(task)), "a_bookings reused, b_nights reused, c_report reused, d_rooms reused");
}

#[test]
fn rule_6_what_needs_a_model_that_cannot_be_made_again_is_skipped_and_nothing_else() {
    let desk = Desk::new().with_memory(&["a"]);
    let chain = || ["a", "b(a)", "c(a)", "d(b)", "e(c)"].map(task);
    desk.run(chain());
    let [a, b, c, d, e] = chain();
    // The code is the same, so it is up to date; but it is needed, and fails.
    let ran = desk.run([a.failing(), b.version("2"), c, d, e.version("2")]);
    assert_eq!(ran, "a failed, b skipped, c reused, d skipped, e ran");
}

#[test]
fn rule_11_a_chain_runs_twice_in_one_process() {
    let desk = Desk::new();
    let mut chain = desk.chain(HOTEL.map(task));
    let first = chain.run().unwrap().run();
    let second = chain.run().unwrap();
    assert!(second.steps().iter().all(|step| step.reused == Some(first)));
    let made_by: Vec<RunId> =
        desk.store.published().unwrap().unwrap().versions.iter().map(|version| version.run).collect();
    assert_eq!(made_by, [first; 4]);
}

/// The chain of three, whose process is killed when this entry is written, and which is then run to its end.
fn killed_at(entry: fn(&Entry) -> bool) -> String {
    let (store, ledger): (Arc<dyn Store>, _) = (Arc::new(MemoryStore::new()), Arc::new(MemoryLedger::new()));
    let chain = || ["a", "b(a)", "c(b)"].map(task);
    let mut is_dead = false;
    let mortal = Guarded::new(Arc::clone(&ledger), move |entries| {
        let lived = if is_dead { 0 } else { entries.iter().take_while(|written| !entry(written)).count() };
        is_dead |= lived < entries.len();
        lived
    });
    let killed = Desk { store: Arc::clone(&store), ledger: Arc::new(mortal), ..Desk::new() }.chain(chain()).run();
    assert!(killed.unwrap().ledger_error().is_some());

    let desk = Desk { store, ledger: ledger.clone(), ..Desk::new() };
    let ran = desk.run(chain());
    assert_eq!(desk.number("c"), Some(3));
    assert!(ledger.runs(&RunFilter::default()).unwrap().iter().all(|run| run.ending.is_some()));
    assert_eq!(ledger.runs(&RunFilter::default()).unwrap()[0].ending, Some(Ending::Done));
    ran
}

#[test]
fn rule_12_what_a_killed_run_had_done_is_not_done_again() {
    assert_eq!(killed_at(|entry| matches!(entry, Entry::RunBegan(_))), "a ran, b ran, c ran");
    assert_eq!(killed_at(|entry| matches!(entry, Entry::StepEnded(end) if end.task == "a")), "a ran, b ran, c ran");
    assert_eq!(killed_at(|entry| matches!(entry, Entry::StepEnded(end) if end.task == "b")), "a reused, b ran, c ran");
    assert_eq!(
        killed_at(|entry| matches!(entry, Entry::StepEnded(end) if end.task == "c")),
        "a reused, b reused, c ran"
    );
    assert_eq!(killed_at(|entry| matches!(entry, Entry::Published { .. })), "a reused, b reused, c reused");
    assert_eq!(killed_at(|entry| matches!(entry, Entry::RunEnded { .. })), "a reused, b reused, c reused");
}
