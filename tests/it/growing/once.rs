//! Sources of which each file is read once.

use std::fs;
use std::path::PathBuf;

use purvey::event::State;
use purvey::run::{Publish, RunOptions};
use purvey::session::{Keep, Request};

use super::{DONE, FAILED, Hotel, Input, REUSED};

/// A folder to which files come, each of which is read once.
struct Inbox(Hotel);

impl Inbox {
    fn new() -> Inbox {
        let inbox = Inbox(Hotel { input: Input::Inbox, ..Hotel::new() });
        fs::create_dir(inbox.path("")).unwrap();
        inbox
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.folder.path().join("inbox").join(name)
    }

    /// A file with bookings of these numbers.
    fn file(&self, name: &str, numbers: &[i64]) -> &Inbox {
        let rows: String = numbers.iter().map(|number| format!("{number},1,1\n")).collect();
        fs::write(self.path(name), format!("booking,nights,changed\n{rows}")).unwrap();
        self
    }

    fn run(&self) -> [Option<State>; 4] {
        self.run_with(&[])
    }

    /// How `read_changes`, `merge`, `log` and `count` have ended.
    fn run_with(&self, params: &[(&str, &str)]) -> [Option<State>; 4] {
        let outcome = self.0.chain(params).run().unwrap();
        ["read_changes", "merge", "log", "count"].map(|task| outcome.state(task))
    }

    fn log(&self) -> Vec<i64> {
        self.0.numbers_logged()
    }

    /// Why `read_changes` would run, or not.
    fn why(&self) -> String {
        let chain = self.0.chain(&[]);
        let blueprint = chain.check().unwrap();
        let plan = chain.plan(&blueprint, &Request::default()).unwrap();
        let step = plan.steps().iter().find(|step| blueprint.task(step.task).task.name() == "read_changes").unwrap();
        step.reasons.iter().map(ToString::to_string).collect()
    }

    /// What a selection comes to, with these tasks forced.
    fn selected(&self, selection: &str, force: &str) -> String {
        let mut chain = self.0.chain(&[]);
        let blueprint = chain.check().unwrap();
        let mut request = Request::of(selection.parse().unwrap());
        if !force.is_empty() {
            request = request.forcing(force.parse().unwrap());
        }
        match chain.run_request(&blueprint, &request, &mut []) {
            Ok(outcome) => format!("{:?}", outcome.ending()),
            Err(error) => error.to_string(),
        }
    }
}

#[test]
fn each_file_of_a_folder_is_read_once() {
    let inbox = Inbox::new();
    inbox.file("1.csv", &[1, 2]).file("2.csv", &[3]).run();
    assert_eq!(inbox.log(), [1, 2, 3]);
    assert_eq!(inbox.file("3.csv", &[4]).run(), [DONE, DONE, DONE, DONE]);
    assert_eq!(inbox.log(), [1, 2, 3, 4]);
    assert_eq!(inbox.why(), "no file is new any more");
    assert_eq!(inbox.run(), [DONE, DONE, DONE, REUSED], "nothing is new, so that nothing comes out differently");
    assert_eq!(inbox.run(), [REUSED, REUSED, REUSED, REUSED]);
    assert_eq!(inbox.log(), [1, 2, 3, 4]);
    inbox.file("4.csv", &[5]).file("5.csv", &[6]);
    assert_eq!(inbox.why(), "2 files are new");
}

#[test]
fn a_file_is_told_by_its_content() {
    let inbox = Inbox::new();
    inbox.file("1.csv", &[1]).run();
    fs::rename(inbox.path("1.csv"), inbox.path("renamed.csv")).unwrap();
    inbox.file("copy.csv", &[1]).file("1.csv", &[2]).file("twin.csv", &[2]).run();
    assert_eq!(inbox.log(), [1, 2]);
    fs::remove_dir_all(inbox.path("")).unwrap();
    fs::create_dir(inbox.path("")).unwrap();
    inbox.run();
    assert_eq!(inbox.log(), [1, 2], "a file that is gone has been read");
}

#[test]
fn a_run_that_fails_leaves_the_files_to_the_next() {
    let inbox = Inbox::new();
    inbox.file("1.csv", &[1]).run();
    inbox.file("2.csv", &[2]);
    assert_eq!(inbox.run_with(&[("fail", "true")]), [DONE, DONE, DONE, FAILED]);
    inbox.file("3.csv", &[3]);
    assert_eq!(inbox.run_with(&[("fail", "true")]), [DONE, DONE, DONE, FAILED]);
    assert_eq!(inbox.log(), [1]);
    assert_eq!(inbox.run(), [REUSED, REUSED, REUSED, DONE]);
    assert_eq!(inbox.log(), [1, 2, 3]);
}

#[test]
fn the_files_that_were_read_are_known_after_gc() {
    let inbox = Inbox::new();
    for number in 1..=4 {
        inbox.file(&format!("{number}.csv"), &[number]).run();
        inbox.0.chain(&[]).gc(&Keep { runs: Some(0), days: None }).unwrap();
    }
    assert_eq!(inbox.log(), [1, 2, 3, 4]);
}

#[test]
fn a_table_that_is_made_anew_takes_all_files_again_and_so_do_the_others() {
    let inbox = Inbox::new();
    inbox.file("1.csv", &[1]).run();
    inbox.file("2.csv", &[2]).run();
    inbox.file("3.csv", &[3]);
    assert_eq!(inbox.selected("", "log"), "Done");
    assert_eq!(inbox.log(), [1, 2, 3]);
    assert_eq!(inbox.0.bookings(), [(1, 1), (2, 1), (3, 1)]);
    inbox.file("4.csv", &[4]).run();
    assert_eq!(inbox.log(), [1, 2, 3, 4]);
}

#[test]
fn what_is_new_is_not_read_without_all_that_read_from_it() {
    let inbox = Inbox::new();
    inbox.file("1.csv", &[1]).run();
    inbox.file("2.csv", &[2]);
    let of_log = "task `read_changes` reads what is new once, so all that read from it have to be selected with it, and `log` is \
                  not; select `read_changes+`";
    assert_eq!(inbox.selected("merge", ""), of_log);
    assert_eq!(inbox.selected("merge log", ""), "Done", "what grows has it, so that `count` can do without");
    assert_eq!(inbox.selected("count", ""), "Done");
    assert_eq!(inbox.log(), [1, 2]);
    assert_eq!(inbox.selected("count", "count"), "Done");
}

#[test]
fn a_source_of_which_each_file_is_read_once_is_published_with_all_that_is_made_of_it() {
    let inbox = Inbox::new();
    let options = RunOptions { publish: Publish::Task, ..RunOptions::default() };
    let faults = inbox.0.chain(&[]).with_options(options).check().unwrap_err();
    assert_eq!(
        faults.to_string(),
        "chain `hotel` has 1 fault\n  - what is new of source `changes` is read once (`once` or `watermark`), so what is made \
         of it has to come into view together; set `publish = \"run\"` in [run], or let [models.changes] read all each time"
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_cannot_be_told_from_what_was_read_before() {
    let inbox = Inbox::new();
    assert!(std::process::Command::new("mkfifo").arg(inbox.path("pipe.csv")).status().unwrap().success());
    let outcome = inbox.0.chain(&[]).run().unwrap();
    let failure = outcome.step("read_changes").unwrap().failure.clone().unwrap();
    let expected = format!(
        "each file of source `changes` is read once, but `{}` is no file with content of its own that could be told from what \
         was read before",
        inbox.path("").display().to_string().trim_end_matches('/')
    );
    assert_eq!(failure.messages, [expected]);
}
