//! Tables that grow from run to run: what a run adds, what it leaves alone, and what it begins anew.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use purvey::event::State;
use purvey::ledger::SqliteLedger;
use purvey::model::StoreAs;
use purvey::polars::prelude::{ParquetReader, SerReader};
use purvey::prelude::*;
use purvey::run::{Publish, RunOptions};
use purvey::section::{Origin, Section};
use purvey::session::{Keep, Request};
use purvey::store::FolderStore;
use tempfile::TempDir;

/// A booking that has come or changed since the last night.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "changes", source)]
struct Change {
    booking: i64,
    nights: i64,
    changed: i64,
}

/// All bookings, as they are known by now.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "bookings", key = "booking", incremental = "merge", latest = "changed")]
struct Booking {
    booking: i64,
    nights: i64,
    changed: i64,
}

/// All that has ever come in.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "log", incremental = "append")]
struct Line {
    booking: i64,
    nights: i64,
    source: String,
}

/// How many nights are booked.
#[derive(Named)]
#[named("nights")]
struct Nights;

#[task]
fn merge(changes: &Table<Change>, bookings: &mut Table<Booking>) -> Result<()> {
    bookings.put(changes.scan())
}

#[task]
fn log(job: &JobContext, changes: &Table<Change>, log: &mut Table<Line>) -> Result<()> {
    let source = job.param::<String>("source")?.unwrap_or_else(|| "web".to_owned());
    log.put(changes.scan().select([col(Change::BOOKING), col(Change::NIGHTS), lit(source).alias(Line::SOURCE)]))
}

#[task]
fn count(
    job: &JobContext,
    bookings: &Table<Booking>,
    log: &Table<Line>,
    nights: &mut Value<i64, Nights>,
) -> Result<()> {
    if job.param::<bool>("fail")?.unwrap_or_default() {
        return Err(Error::data("the count fails"));
    }
    let sum = bookings.rows()?.iter().map(|booking| booking.nights).sum::<i64>();
    nights.put(1_000 * log.height() as i64 + sum)
}

/// A chain whose input is a file, with a folder for its results.
struct Hotel {
    folder: TempDir,
    /// The model, the key and the value of each setting.
    settings: Vec<(&'static str, &'static str, &'static str)>,
    /// Whether its input is a folder of which each file is read once.
    once: bool,
}

impl Hotel {
    fn new() -> Hotel {
        Hotel { folder: tempfile::tempdir().unwrap(), settings: Vec::new(), once: false }
    }

    /// With this configuration of its models.
    fn of(settings: &[(&'static str, &'static str, &'static str)]) -> Hotel {
        Hotel { settings: settings.to_vec(), ..Hotel::new() }
    }

    /// The night's input: number, nights and time of change of each booking.
    fn feed(&self, rows: &[(i64, i64, i64)]) -> &Hotel {
        let rows: String =
            rows.iter().map(|(booking, nights, changed)| format!("{booking},{nights},{changed}\n")).collect();
        fs::write(self.folder.path().join("changes.csv"), format!("booking,nights,changed\n{rows}")).unwrap();
        self
    }

    fn chain(&self, params: &[(&str, &str)]) -> Orchestrator {
        let path = self.folder.path().join(if self.once { "inbox" } else { "changes.csv" });
        let source = Section::new("changes").with("path", path.to_str().unwrap()).with("once", self.once);
        let mut models = Sections::models().with("changes", source);
        for (model, key, word) in &self.settings {
            models.get_mut(model).set(key, (*word).into(), Origin::Code);
        }
        let job = params.iter().fold(JobContext::new("hotel"), |job, (name, value)| {
            job.with_param(name, value.parse::<toml::Value>().unwrap_or_else(|_| (*value).into()))
        });
        Orchestrator::new(job, [tasks![merge, log, count]], models)
            .with_store(Arc::new(FolderStore::new(self.folder.path().join("data"))))
            .with_ledger(Arc::new(SqliteLedger::at(self.folder.path().join("ledger.sqlite"))))
    }

    fn run(&self) -> [Option<State>; 3] {
        self.run_with(&[])
    }

    /// How `merge`, `log` and `count` have ended.
    fn run_with(&self, params: &[(&str, &str)]) -> [Option<State>; 3] {
        let outcome = self.chain(params).run().unwrap();
        ["merge", "log", "count"].map(|task| outcome.state(task))
    }

    fn force(&self, tasks: &str) {
        let mut chain = self.chain(&[]);
        let blueprint = chain.check().unwrap();
        let request = Request::default().forcing(tasks.parse().unwrap());
        let outcome = chain.run_request(&blueprint, &request, &mut []).unwrap();
        assert!(outcome.is_done());
    }

    /// The published bookings, with their nights.
    fn bookings(&self) -> Vec<(i64, i64)> {
        let rows = Table::<Booking>::from_frame(self.published("bookings")).unwrap().rows().unwrap();
        rows.into_iter().map(|row| (row.booking, row.nights)).collect()
    }

    /// The published log: bookings and where they come from.
    fn log(&self) -> Vec<(i64, String)> {
        let rows = Table::<Line>::from_frame(self.published("log")).unwrap().rows().unwrap();
        rows.into_iter().map(|row| (row.booking, row.source)).collect()
    }

    fn numbers_logged(&self) -> Vec<i64> {
        self.log().into_iter().map(|(booking, _)| booking).collect()
    }

    fn published(&self, model: &str) -> DataFrame {
        let file = fs::File::open(self.folder.path().join(format!("data/{model}.parquet"))).unwrap();
        ParquetReader::new(file).finish().unwrap()
    }
}

const DONE: Option<State> = Some(State::Done);
const REUSED: Option<State> = Some(State::Reused);
const FAILED: Option<State> = Some(State::Failed);

#[test]
fn a_table_grows_night_by_night() {
    let hotel = Hotel::new();
    hotel.feed(&[(1, 3, 10), (2, 1, 11)]).run();
    assert_eq!(hotel.bookings(), [(1, 3), (2, 1)]);
    hotel.feed(&[(2, 5, 20), (3, 2, 20), (1, 9, 5)]).run();
    assert_eq!(hotel.bookings(), [(1, 3), (2, 5), (3, 2)], "what changed before is not the latest");
    assert_eq!(hotel.numbers_logged(), [1, 2, 2, 3, 1]);
}

#[test]
fn it_grows_the_same_when_it_is_handed_over_as_a_file() {
    let hotel = Hotel::of(&[("bookings", "hand_over", "stored"), ("log", "hand_over", "stored")]);
    hotel.feed(&[(1, 3, 10), (2, 1, 11)]).run();
    hotel.feed(&[(2, 5, 20), (3, 2, 20), (1, 9, 5)]).run();
    assert_eq!(hotel.bookings(), [(1, 3), (2, 5), (3, 2)]);
    assert_eq!(hotel.numbers_logged(), [1, 2, 2, 3, 1]);
}

#[test]
fn it_grows_in_every_format_and_from_one_into_another() {
    for format in [StoreAs::Csv, StoreAs::Ndjson, StoreAs::Ipc] {
        let word = format.format().unwrap().as_str();
        let mut hotel = Hotel::of(&[("log", "store", word)]);
        hotel.feed(&[(1, 3, 10)]).run();
        hotel.feed(&[(2, 5, 20)]).run();
        hotel.settings.clear();
        hotel.feed(&[(3, 5, 30)]).run();
        assert_eq!(hotel.numbers_logged(), [1, 2, 3], "{word}");
    }
}

#[test]
fn what_was_added_once_is_not_added_again() {
    let hotel = Hotel::new();
    hotel.feed(&[(1, 3, 10)]).run();
    hotel.feed(&[(2, 5, 20)]).run();
    assert_eq!(hotel.run(), [REUSED, REUSED, REUSED]);
    assert_eq!(hotel.run(), [REUSED, REUSED, REUSED]);
    assert_eq!(hotel.numbers_logged(), [1, 2]);
}

#[test]
fn what_is_done_over_with_the_same_input_takes_the_place_of_what_it_did() {
    let hotel = Hotel::new();
    hotel.feed(&[(1, 3, 10)]).run();
    hotel.feed(&[(2, 5, 20)]).run();
    let telephone = &[("source", "telephone")];
    assert_eq!(hotel.run_with(telephone), [REUSED, DONE, DONE]);
    let expected = [(1, "web".to_owned()), (2, "telephone".to_owned())];
    assert_eq!(hotel.log(), expected);
    assert_eq!(hotel.run_with(telephone), [REUSED, REUSED, REUSED]);
    assert_eq!(hotel.run(), [REUSED, DONE, DONE], "back to what it was");
    assert_eq!(hotel.log(), [(1, "web".to_owned()), (2, "web".to_owned())]);
    hotel.feed(&[(3, 5, 30)]).run();
    assert_eq!(hotel.numbers_logged(), [1, 2, 3]);
}

#[test]
fn a_table_grows_from_what_is_published_and_not_from_what_a_failed_run_has_made() {
    let hotel = Hotel::new();
    hotel.feed(&[(1, 3, 10)]).run();
    hotel.feed(&[(2, 5, 20)]);
    assert_eq!(hotel.run_with(&[("fail", "true")]), [DONE, DONE, FAILED]);
    assert_eq!(hotel.run_with(&[("fail", "true")]), [REUSED, REUSED, FAILED]);
    assert_eq!(hotel.numbers_logged(), [1]);
    // The input has more when it comes again.
    hotel.feed(&[(2, 5, 20), (3, 2, 20)]);
    assert_eq!(hotel.run(), [DONE, DONE, DONE]);
    assert_eq!(hotel.numbers_logged(), [1, 2, 3]);
    assert_eq!(hotel.bookings(), [(1, 3), (2, 5), (3, 2)]);
}

#[test]
fn what_a_failed_run_has_made_is_used_when_the_same_comes_again() {
    let hotel = Hotel::new();
    hotel.feed(&[(1, 3, 10)]).run();
    hotel.feed(&[(2, 5, 20)]).run_with(&[("fail", "true")]);
    assert_eq!(hotel.run(), [REUSED, REUSED, DONE]);
    assert_eq!(hotel.numbers_logged(), [1, 2]);
}

#[test]
fn an_input_that_comes_back_is_one_more_to_add() {
    let hotel = Hotel::new();
    hotel.feed(&[(1, 3, 10)]).run();
    hotel.feed(&[(2, 5, 20)]).run();
    assert_eq!(hotel.feed(&[(1, 3, 10)]).run(), [DONE, DONE, DONE]);
    assert_eq!(hotel.numbers_logged(), [1, 2, 1]);
}

#[test]
fn readers_of_a_table_that_comes_out_the_same_are_left_alone() {
    let hotel = Hotel::new();
    hotel.feed(&[(1, 3, 10), (2, 5, 20)]).run();
    hotel.feed(&[(1, 3, 10)]);
    let outcome = hotel.chain(&[]).run_selected(&"merge".parse().unwrap()).unwrap();
    assert_eq!(outcome.state("merge"), DONE);
    assert_eq!(hotel.bookings(), [(1, 3), (2, 5)]);
    let plan = |hotel: &Hotel| {
        let chain = hotel.chain(&[]);
        let blueprint = chain.check().unwrap();
        let plan = chain.plan(&blueprint, &Request::of("count".parse().unwrap())).unwrap();
        plan.picks().map(|task| plan.step(task).unwrap().decision.as_str()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(plan(&hotel), "reuse");
}

#[test]
fn force_makes_a_table_anew_from_its_input() {
    let hotel = Hotel::new();
    hotel.feed(&[(1, 3, 10)]).run();
    hotel.feed(&[(2, 5, 20)]).run();
    hotel.force("log");
    assert_eq!(hotel.numbers_logged(), [2]);
    assert_eq!(hotel.bookings(), [(1, 3), (2, 5)]);
    hotel.feed(&[(3, 5, 20)]).run();
    assert_eq!(hotel.numbers_logged(), [2, 3]);
}

#[test]
fn the_version_that_the_published_one_has_grown_from_outlives_gc() {
    let hotel = Hotel::new();
    for number in 1..=3 {
        hotel.feed(&[(number, 3, number)]).run();
    }
    hotel.chain(&[]).gc(&Keep { runs: Some(0), days: None }).unwrap();
    assert_eq!(hotel.run_with(&[("source", "telephone")]), [REUSED, DONE, DONE]);
    assert_eq!(hotel.numbers_logged(), [1, 2, 3]);
}

#[test]
fn where_the_version_that_it_grows_from_is_gone_that_is_told() {
    let hotel = Hotel::new();
    hotel.feed(&[(1, 3, 10)]).run();
    let path = fs::canonicalize(hotel.folder.path().join("data/log.parquet")).unwrap();
    fs::remove_file(path).unwrap();
    hotel.feed(&[(2, 5, 20)]);
    let outcome = hotel.chain(&[]).run().unwrap();
    let failure = outcome.step("log").unwrap().failure.clone().unwrap();
    assert_eq!(
        failure.messages,
        [
            "the version that model `log` grows from is gone; a run with `--force` makes it anew, from all that its inputs \
             have"
        ]
    );
    hotel.force("log");
    assert_eq!(hotel.numbers_logged(), [2]);
}

/// A folder to which files come, each of which is read once.
struct Inbox(Hotel);

impl Inbox {
    fn new() -> Inbox {
        let inbox = Inbox(Hotel { once: true, ..Hotel::new() });
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
    let of_log = "task `read_changes` reads each file once, so all that read from it have to be selected with it, and `log` is \
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
        "chain `hotel` has 1 fault\n  - source `changes` reads each file once (`once`), so what is made of them has to come \
         into view together; set `publish = \"run\"` in [run], or `once = false` in [models.changes]"
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
