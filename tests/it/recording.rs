//! What becomes of a run whose ledger does not do its part, and of results that come into view early.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use purvey::event::{Ending, State};
use purvey::ledger::{Entry, Ledger, MemoryLedger};
use purvey::prelude::*;
use purvey::run::{Outcome, Publish, RunOptions};
use purvey::store::{MemoryStore, Store};

use crate::guarded::Guarded;

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

/// The entries of a run of three steps: the run, the start, the attempt and the end of each step, the publication, the end.
const ENTRIES: usize = 12;

/// A ledger that refuses once what comes with one of the entries, as it does on a full disk; and how many ends of steps it
/// has taken before.
fn failing_at(entry: usize) -> (Guarded, Arc<AtomicUsize>) {
    let ends = Arc::new(AtomicUsize::new(0));
    let (mut seen, taken) = (0, Arc::clone(&ends));
    let guard = move |entries: &[Entry]| {
        seen += entries.len();
        if (seen - entries.len() + 1..=seen).contains(&entry) {
            return 0;
        }
        if seen < entry {
            let ended = entries.iter().filter(|entry| matches!(entry, Entry::StepEnded(_))).count();
            taken.fetch_add(ended, Ordering::SeqCst);
        }
        entries.len()
    };
    (Guarded::new(Arc::new(MemoryLedger::new()), guard), ends)
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
    for entry in 1..=ENTRIES {
        let (ledger, ends) = failing_at(entry);
        let hotel = Hotel::new(ledger);

        let outcome = hotel.night(&[]);

        assert_eq!(outcome.ending(), Ending::Failed, "entry {entry}");
        assert_eq!(
            outcome.ledger_error().unwrap().to_string(),
            "the ledger `ledger.sqlite` cannot be written: the disk is full"
        );
        // The last two entries are written one by one after that.
        let has_published = entry >= ENTRIES - 1;
        assert_eq!(hotel.view(), if has_published { "beds=20 guests=19 rooms=10" } else { "" }, "entry {entry}");

        let next = hotel.night(&[]);
        assert!(next.is_done(), "entry {entry}");
        assert_eq!(hotel.view(), "beds=20 guests=19 rooms=10");
        let reused = next.steps().iter().filter(|step| step.state == State::Reused).count();
        // A step whose end could not be written down counts as never done.
        assert_eq!(reused, ends.load(Ordering::SeqCst), "entry {entry}: {:?}", next.steps());
    }
}

#[test]
fn without_a_failure_a_run_of_three_steps_has_so_many_entries() {
    let hotel = Hotel::new(failing_at(ENTRIES + 1).0);
    assert!(hotel.night(&[]).is_done());
    let hotel = Hotel::new(failing_at(ENTRIES).0);
    assert!(!hotel.night(&[]).is_done());
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
