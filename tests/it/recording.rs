//! What becomes of a run whose ledger does not do its part, and of results that come into view early.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use purvey::RunId;
use purvey::event::{Ending, State};
use purvey::ledger::{
    Entry, Ledger, LedgerError, MemoryLedger, Performed, RunFilter, RunRecord, StepRecord, VersionRecord,
};
use purvey::prelude::*;
use purvey::run::{Outcome, Publish, RunOptions};
use purvey::store::{MemoryStore, Store};

/// Rooms of a hotel.
#[derive(Named)]
#[named("rooms")]
struct Rooms;

/// Beds of a hotel.
#[derive(Named)]
#[named("beds")]
struct Beds;

/// Guests of a hotel.
#[derive(Named)]
#[named("guests")]
struct Guests;

#[task(version = "1")]
fn rooms(job: &JobContext, rooms: &mut Value<i64, Rooms>) -> Result<()> {
    rooms.put(job.param("rooms")?.unwrap_or(10))
}

#[task(version = "1")]
fn beds(rooms: &Value<i64, Rooms>, beds: &mut Value<i64, Beds>) -> Result<()> {
    beds.put(rooms.get()? * 2)
}

#[task(version = "1")]
fn guests(job: &JobContext, beds: &Value<i64, Beds>, guests: &mut Value<i64, Guests>) -> Result<()> {
    if job.param::<bool>("strike")?.unwrap_or(false) {
        return Err(Error::data("nobody opens the door"));
    }
    guests.put(beds.get()? - 1)
}

/// A ledger that fails at one of its appends, as it does on a full disk.
#[derive(Debug)]
struct Failing {
    inner: MemoryLedger,
    /// How many appends go well before one does not.
    left: AtomicUsize,
}

impl Failing {
    fn at(append: usize) -> Failing {
        Failing { inner: MemoryLedger::new(), left: AtomicUsize::new(append) }
    }
}

impl Ledger for Failing {
    fn append(&self, entries: &[Entry]) -> Result<(), LedgerError> {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            return Err(LedgerError::Unwritable {
                path: "ledger.sqlite".into(),
                reason: "the disk is full".to_owned(),
            });
        }
        self.inner.append(entries)
    }

    fn performed(&self, partition: &str, tasks: &[&str]) -> Result<Vec<Performed>, LedgerError> {
        self.inner.performed(partition, tasks)
    }

    fn published(&self, partition: &str) -> Result<Vec<VersionRecord>, LedgerError> {
        self.inner.published(partition)
    }

    fn runs(&self, filter: &RunFilter) -> Result<Vec<RunRecord>, LedgerError> {
        self.inner.runs(filter)
    }

    fn run(&self, run: RunId) -> Result<Option<RunRecord>, LedgerError> {
        self.inner.run(run)
    }

    fn find(&self, text: &str) -> Result<Vec<RunRecord>, LedgerError> {
        self.inner.find(text)
    }

    fn steps(&self, run: RunId) -> Result<Vec<StepRecord>, LedgerError> {
        self.inner.steps(run)
    }

    fn versions(&self, model: &str, limit: usize) -> Result<Vec<VersionRecord>, LedgerError> {
        self.inner.versions(model, limit)
    }

    fn needed(&self) -> Result<Vec<RunId>, LedgerError> {
        self.inner.needed()
    }

    fn forget(&self, runs: &[RunId]) -> Result<(), LedgerError> {
        self.inner.forget(runs)
    }
}

/// A hotel with its store and ledger, night after night.
struct Hotel<L> {
    store: Arc<MemoryStore>,
    ledger: Arc<L>,
    publish: Publish,
}

impl<L: Ledger + 'static> Hotel<L> {
    fn new(ledger: L) -> Hotel<L> {
        Hotel { store: Arc::new(MemoryStore::new()), ledger: Arc::new(ledger), publish: Publish::Run }
    }

    fn night(&self, params: &[(&str, &str)]) -> Outcome {
        let job = params.iter().fold(JobContext::new("hotel"), |job, (name, value)| job.with_param(name, *value));
        Orchestrator::new(job, tasks![rooms, beds, guests], Sections::models())
            .with_store(Arc::clone(&self.store) as Arc<dyn Store>)
            .with_ledger(Arc::clone(&self.ledger) as Arc<dyn Ledger>)
            .with_options(RunOptions { publish: self.publish, ..RunOptions::default() })
            .run()
            .unwrap()
    }

    /// The values that are in view.
    fn view(&self) -> String {
        let versions = self.store.published().unwrap().map_or(Vec::new(), |publication| publication.versions);
        let text = |version| match self.store.load(version, &purvey::model::Storage::Json, None).unwrap() {
            purvey::model::Content::Json(text) => format!("{}={text}", version.model),
            other => format!("{}: {}", version.model, other.kind()),
        };
        versions.iter().map(text).collect::<Vec<_>>().join(" ")
    }
}

#[test]
fn rule_7_a_run_that_cannot_be_recorded_fails_and_the_next_goes_on() {
    // The run itself with its first step; each step's end, each start of the next; what is published; the run's end.
    for append in 1..=8 {
        let hotel = Hotel::new(Failing::at(append));

        let outcome = hotel.night(&[]);

        assert_eq!(outcome.ending(), Ending::Failed, "append {append}");
        assert_eq!(
            outcome.ledger_error().unwrap().to_string(),
            "the ledger `ledger.sqlite` cannot be written: the disk is full"
        );
        let view = hotel.view();
        let has_published = append >= 7;
        assert_eq!(view, if has_published { "beds=20 guests=19 rooms=10" } else { "" }, "append {append}");

        let next = hotel.night(&[]);
        assert!(next.is_done(), "append {append}");
        assert_eq!(hotel.view(), "beds=20 guests=19 rooms=10");
        let reused = next.steps().iter().filter(|step| step.state == State::Reused).count();
        // A step whose end could not be written down counts as never done.
        let recorded = [0, 0, 1, 1, 2, 2, 3, 3][append - 1];
        assert_eq!(reused, recorded, "append {append}: {:?}", next.steps());
    }
}

#[test]
fn without_a_failure_a_run_of_three_steps_appends_so_often() {
    let hotel = Hotel::new(Failing::at(9));
    assert!(hotel.night(&[]).is_done());
    assert_eq!(
        hotel.ledger.left.load(Ordering::SeqCst),
        1,
        "the numbers in the test above are those of today's appends"
    );
}

#[test]
fn what_a_task_makes_comes_into_view_at_once_where_that_is_wanted() {
    let hotel = Hotel { publish: Publish::Task, ..Hotel::new(MemoryLedger::new()) };
    assert!(hotel.night(&[]).is_done());

    let outcome = hotel.night(&[("rooms", "12"), ("strike", "true")]);

    assert_eq!(outcome.ending(), Ending::Failed);
    assert_eq!(hotel.view(), "beds=24 guests=19 rooms=12");
    let published: Vec<(String, i64)> = hotel
        .ledger
        .published("")
        .unwrap()
        .into_iter()
        .map(|version| (version.model, i64::from(version.run == outcome.run())))
        .collect();
    assert_eq!(published, [("beds".to_owned(), 1), ("guests".to_owned(), 0), ("rooms".to_owned(), 1)]);
}

#[test]
fn rule_7_a_failed_run_leaves_what_is_published_and_its_finished_steps_for_the_next() {
    let hotel = Hotel::new(MemoryLedger::new());
    hotel.night(&[]);

    assert_eq!(hotel.night(&[("rooms", "12"), ("strike", "true")]).ending(), Ending::Failed);
    assert_eq!(hotel.view(), "beds=20 guests=19 rooms=10");

    let next = hotel.night(&[("rooms", "12")]);
    let states: Vec<State> = ["rooms", "beds", "guests"].map(|task| next.state(task).unwrap()).to_vec();
    assert_eq!(states, [State::Reused, State::Reused, State::Done]);
    assert_eq!(hotel.view(), "beds=24 guests=23 rooms=12");
}

#[test]
fn what_is_published_is_as_good_as_what_was_done_last() {
    let hotel = Hotel::new(MemoryLedger::new());
    hotel.night(&[]);
    hotel.night(&[("rooms", "12"), ("strike", "true")]);

    // Back to what is published: nothing has to run, though another version was made since.
    let next = hotel.night(&[]);

    assert!(next.steps().iter().all(|step| step.state == State::Reused), "{:?}", next.steps());
    assert_eq!(hotel.view(), "beds=20 guests=19 rooms=10");
}
