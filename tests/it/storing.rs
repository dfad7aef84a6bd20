//! What comes of results: published together, left alone by a failure, found again by a part of the chain.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use insta::assert_snapshot;
use purvey::event::State;
use purvey::model::{Content, Storage};
use purvey::plan::Selection;
use purvey::prelude::*;
use purvey::run::Outcome;
use purvey::schema::TableSchema;
use purvey::store::{
    Begun, Condition, Current, FolderStore, MemoryStore, Publication, Store, StoreError, StoredFile, Version,
};
use purvey::{RunId, Section};

/// A room.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "rooms", key = "number")]
struct Room {
    number: i64,
}

/// A bed.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "beds")]
struct Bed {
    room: i64,
}

/// A view of a room, which lives in memory only.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "views")]
struct View {
    room: i64,
}

#[task]
fn rooms(job: &JobContext, rooms: &mut Table<Room>) -> Result<()> {
    let count: i64 = job.param("rooms")?.unwrap_or(2);
    rooms.put((1..=count).map(|number| Room { number }).collect::<Vec<_>>())
}

#[task]
fn beds(rooms: &Table<Room>, job: &JobContext, beds: &mut Table<Bed>) -> Result<()> {
    if job.param::<bool>("fire")?.unwrap_or(false) {
        return Err(Error::data("the beds are on fire"));
    }
    beds.put(rooms.rows()?.into_iter().map(|room| Bed { room: room.number }).collect::<Vec<_>>())
}

#[task]
fn views(rooms: &Table<Room>, views: &mut Table<View>) -> Result<()> {
    views.put(rooms.rows()?.into_iter().map(|room| View { room: room.number }).collect::<Vec<_>>())
}

fn hotel(job: JobContext, store: Arc<dyn Store>) -> Orchestrator {
    let models = Sections::models().with("views", Section::default().with("store", "memory"));
    Orchestrator::new(job, tasks![rooms, beds, views], models).with_store(store)
}

fn job() -> JobContext {
    JobContext::new("hotel")
}

fn names(current: &[Current]) -> Vec<&str> {
    current.iter().map(|current| current.model.as_str()).collect()
}

fn height(store: &dyn Store, model: &str, schema: &'static TableSchema) -> usize {
    let storage = Storage::Table(purvey::schema::Format::Parquet);
    let published = store.published().unwrap().unwrap().versions;
    let version = published.iter().find(|version| version.model == model).unwrap();
    match store.load(version, &storage, Some(schema)).unwrap() {
        Content::Table(frame) => frame.height(),
        _ => panic!("no table"),
    }
}

#[test]
fn rule_7_the_results_of_a_good_run_are_published() {
    let store = Arc::new(MemoryStore::new());
    let outcome = hotel(job(), store.clone()).run().unwrap();
    assert!(outcome.is_done());
    assert_eq!(names(&store.current().unwrap()), ["beds", "rooms"], "what lives in memory is not stored");
    assert_eq!(outcome.published().iter().map(|model| model.rows).collect::<Vec<_>>(), [Some(2), Some(2)]);
}

#[test]
fn rule_7_a_failed_run_publishes_nothing_of_what_it_made() {
    let store = Arc::new(MemoryStore::new());
    hotel(job(), store.clone()).run().unwrap();
    let failed = hotel(job().with_param("rooms", 5).with_param("fire", true), store.clone()).run().unwrap();
    assert_eq!(failed.state("rooms"), Some(State::Done));
    assert_eq!(height(&*store, "rooms", Table::<Room>::SCHEMA), 2);
}

#[test]
fn rule_3_a_selected_task_finds_its_models_in_the_store() {
    let store = Arc::new(MemoryStore::new());
    hotel(job(), store.clone()).run().unwrap();
    let beds: Selection = "beds".parse().unwrap();
    let outcome = hotel(job().with_param("rooms", 5), store.clone()).run_selected(&beds).unwrap();
    assert_eq!(outcome.steps().iter().map(|step| &*step.name).collect::<Vec<_>>(), ["beds"]);
    assert_eq!(outcome.step("beds").unwrap().rows_in, Some(2));
    assert_eq!(names(&store.current().unwrap()), ["beds", "rooms"], "what was left alone is still there");
}

/// Puts a file of its own where the rooms are to be published.
#[task]
fn block(rooms: &Table<Room>, job: &JobContext, views: &mut Table<View>) -> Result<()> {
    if let Some(path) = job.param::<String>("block")? {
        std::fs::write(path, "mine")?;
    }
    views.put(rooms.rows()?.into_iter().map(|room| View { room: room.number }).collect::<Vec<_>>())
}

#[test]
fn rule_10_a_run_that_could_not_publish_lets_go_of_its_store() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rooms.parquet");
    let store: Arc<dyn Store> = Arc::new(FolderStore::new(folder.path()));
    let chain = |job: JobContext| {
        let models = Sections::models().with("views", Section::default().with("store", "memory"));
        Orchestrator::new(job, tasks![rooms, block], models).with_store(Arc::clone(&store))
    };
    let failed = chain(job().with_param("block", file.to_str().unwrap())).run().unwrap();
    assert!(matches!(failed.store_error(), Some(StoreError::Foreign { .. })));

    std::fs::remove_file(file).unwrap();
    assert!(chain(job()).run().unwrap().is_done());
}

#[test]
fn a_model_that_left_the_chain_leaves_the_results() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    hotel(job(), Arc::clone(&store)).run().unwrap();
    let mut smaller = Orchestrator::new(job(), tasks![rooms], Sections::models()).with_store(Arc::clone(&store));
    smaller.run().unwrap();
    assert_eq!(names(&store.current().unwrap()), ["rooms"]);
}

/// A store whose disk is full for one model.
#[derive(Debug)]
struct FullDisk {
    inner: MemoryStore,
    model: &'static str,
    ended: AtomicBool,
}

impl Store for FullDisk {
    fn stage(&self, run: RunId, model: &str, storage: &Storage, content: &Content) -> Result<StoredFile, StoreError> {
        if model == self.model {
            let source = std::io::ErrorKind::StorageFull.into();
            return Err(StoreError::Io { action: "write", path: Path::new("rooms.parquet").to_owned(), source });
        }
        self.inner.stage(run, model, storage, content)
    }

    fn begin(&self, run: RunId) -> Result<Begun, StoreError> {
        self.inner.begin(run)
    }

    fn publish(&self, run: RunId, versions: &[Version]) -> Result<Vec<Current>, StoreError> {
        self.inner.publish(run, versions)
    }

    fn end(&self, run: RunId) -> Result<(), StoreError> {
        self.ended.store(true, Ordering::SeqCst);
        self.inner.end(run)
    }

    fn published(&self) -> Result<Option<Publication>, StoreError> {
        self.inner.published()
    }

    fn current(&self) -> Result<Vec<Current>, StoreError> {
        self.inner.current()
    }

    fn condition(&self, version: &Version, file: &StoredFile) -> Result<Condition, StoreError> {
        self.inner.condition(version, file)
    }

    fn path(&self, version: &Version) -> PathBuf {
        self.inner.path(version)
    }

    fn load(
        &self,
        version: &Version,
        storage: &Storage,
        schema: Option<&'static TableSchema>,
    ) -> Result<Content, StoreError> {
        self.inner.load(version, storage, schema)
    }

    fn kept(&self) -> Result<Vec<(RunId, u64)>, StoreError> {
        self.inner.kept()
    }

    fn remove(&self, run: RunId, except: &[&str]) -> Result<u64, StoreError> {
        self.inner.remove(run, except)
    }
}

#[test]
fn rule_7_a_full_disk_ends_the_run_and_publishes_nothing() {
    let store = Arc::new(FullDisk { inner: MemoryStore::new(), model: "rooms", ended: AtomicBool::new(false) });
    let outcome: Outcome = hotel(job(), store.clone()).run().unwrap();
    assert_eq!(outcome.state("rooms"), Some(State::Failed));
    assert!(outcome.steps().iter().all(|step| step.state != State::Done));
    assert_snapshot!(outcome.store_error().unwrap(), @"failed to write `rooms.parquet`: no storage space; make room there, or choose another `--data DIR`");
    assert!(store.ended.load(Ordering::SeqCst));
    assert!(store.current().unwrap().is_empty());
}

#[test]
fn rule_7_what_the_run_takes_from_the_store_must_be_readable() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(FolderStore::new(folder.path()));
    hotel(job(), store.clone()).run().unwrap();
    let rooms = folder.path().join("rooms.parquet").canonicalize().unwrap();
    std::fs::write(rooms, "not a table").unwrap();
    let outcome = hotel(job(), store).run_selected(&"beds".parse().unwrap()).unwrap();
    assert_eq!(outcome.state("beds"), Some(State::Failed));
    let error = outcome.store_error().unwrap().to_string();
    assert!(error.contains("rooms.parquet"), "{error}");
}

#[test]
fn rule_10_one_run_at_a_time_has_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let other = FolderStore::new(folder.path());
    let run = RunId::random();
    other.begin(run).unwrap();

    let error = hotel(job(), Arc::new(FolderStore::new(folder.path()))).run().unwrap_err().to_string();
    let place = folder.path().display();
    assert!(error.starts_with(&format!("`{place}` is being written by run {} (process ", run.short())), "{error}");
    assert!(error.ends_with("Z; wait until it ends"), "{error}");

    other.end(run).unwrap();
    assert!(hotel(job(), Arc::new(FolderStore::new(folder.path()))).run().unwrap().is_done());
}

#[test]
fn rule_10_a_run_that_failed_lets_go_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(FolderStore::new(folder.path()));
    assert!(!hotel(job().with_param("fire", true), Arc::clone(&store)).run().unwrap().is_done());
    assert!(hotel(job(), store).run().unwrap().is_done());
}

#[test]
fn a_folder_holds_the_results_of_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let store = |chain: &str| Arc::new(FolderStore::new(folder.path()).of_chain(chain));
    assert!(hotel(job(), store("hotel")).run().unwrap().is_done());

    let error = hotel(job(), store("hostel")).run().unwrap_err().to_string();
    let place = folder.path().display();
    let expected =
        format!("`{place}` holds the results of chain `hotel`, not of `hostel`; choose another `--data DIR`");
    assert_eq!(error, expected);
    assert!(hotel(job(), store("hotel")).run().unwrap().is_done());
}
