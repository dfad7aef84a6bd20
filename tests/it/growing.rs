//! Tables that grow from run to run: what a run adds, what it leaves alone, and what it begins anew.

use std::fs;
use std::sync::Arc;

use purvey::event::State;
use purvey::ledger::SqliteLedger;
use purvey::model::StoreAs;
use purvey::polars::prelude::{ParquetReader, SerReader};
use purvey::prelude::*;
use purvey::section::{Origin, Section};
use purvey::session::{Keep, Request};
use purvey::store::FolderStore;
use tempfile::TempDir;

mod once;
mod register;

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
    input: Input,
}

/// Where changes come from.
#[derive(Clone, Copy, PartialEq)]
enum Input {
    /// A file that is read whole.
    File,
    /// A folder of which each file is read once.
    Inbox,
    /// A table of a database of which each row is read once.
    Register,
}

impl Hotel {
    fn new() -> Hotel {
        Hotel { folder: tempfile::tempdir().unwrap(), settings: Vec::new(), input: Input::File }
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
        self.unrecorded(params)
            .with_store(Arc::new(FolderStore::new(self.folder.path().join("data"))))
            .with_ledger(Arc::new(SqliteLedger::at(self.folder.path().join("ledger.sqlite"))))
    }

    /// The same without anything that outlives a run.
    fn unrecorded(&self, params: &[(&str, &str)]) -> Orchestrator {
        let path = self.folder.path().join(match self.input {
            Input::File => "changes.csv",
            Input::Inbox => "inbox",
            Input::Register => "hotel.sqlite",
        });
        let source = Section::new("changes").with("path", path.to_str().unwrap());
        let source = match self.input {
            Input::Register => source.with("table", "register").with("watermark", "changed"),
            input => source.with("once", input == Input::Inbox),
        };
        let mut models = Sections::models().with("changes", source);
        for (model, key, word) in &self.settings {
            let value = word.parse::<bool>().map_or_else(|_| (*word).into(), toml::Value::from);
            models.get_mut(model).set(key, value, Origin::Code);
        }
        let job = params.iter().fold(JobContext::new("hotel"), |job, (name, value)| {
            job.with_param(name, value.parse::<toml::Value>().unwrap_or_else(|_| (*value).into()))
        });
        Orchestrator::new(job, [tasks![merge, log, count]], models)
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
#[cfg(unix)]
fn where_nothing_is_added_the_file_stays_as_it_is() {
    nothing_is_written_again(&Hotel::new());
    nothing_is_written_again(&Hotel::of(&[("bookings", "hand_over", "stored"), ("log", "hand_over", "stored")]));
}

#[cfg(unix)]
fn nothing_is_written_again(hotel: &Hotel) {
    use std::os::unix::fs::MetadataExt;
    let file = |model: &str| fs::metadata(hotel.folder.path().join(format!("data/{model}.parquet"))).unwrap();
    hotel.feed(&[(1, 3, 10), (2, 1, 11)]).run();
    let (bookings, log) = (file("bookings"), file("log"));

    assert_eq!(hotel.feed(&[]).run(), [DONE, DONE, REUSED]);
    assert_eq!((file("bookings").ino(), file("log").ino()), (bookings.ino(), log.ino()));
    assert_eq!(
        (file("bookings").modified().unwrap(), file("log").nlink()),
        (bookings.modified().unwrap(), log.nlink() + 1)
    );
    assert_eq!(hotel.bookings(), [(1, 3), (2, 1)]);
    // From there on it grows as before, and what is not needed any more goes without the file.
    hotel.feed(&[(3, 2, 20)]).run();
    hotel.feed(&[]).run();
    hotel.chain(&[]).gc(&Keep { runs: Some(1), ..Keep::default() }).unwrap();
    assert_eq!((hotel.bookings(), hotel.numbers_logged()), (vec![(1, 3), (2, 1), (3, 2)], vec![1, 2, 3]));
    assert_eq!(hotel.run(), [REUSED, REUSED, REUSED]);
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

#[test]
fn where_nothing_is_recorded_each_run_is_the_first() {
    let hotel = Hotel::new();
    hotel.feed(&[(2, 5, 20), (1, 3, 10), (2, 4, 15)]);
    let mut chain = hotel.unrecorded(&[]).keep::<Table<Booking>>();
    for _ in 0..2 {
        let bookings: Table<Booking> = chain.run().unwrap().take().unwrap();
        let booked: Vec<(i64, i64)> =
            bookings.rows().unwrap().into_iter().map(|row| (row.booking, row.nights)).collect();
        assert_eq!(booked, [(1, 3), (2, 5)]);
    }
}
