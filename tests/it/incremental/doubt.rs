//! What is done where something cannot be told: then it is done again, for a change that is missed is a wrong result.

use std::path::Path;
use std::sync::Mutex;

use insta::assert_snapshot;
use purvey::Section;
use purvey::fingerprint::Code;
use purvey::model::{Description, Model, Size, SourceVisitor};
use purvey::prelude::*;
use purvey::section::NoConfig;
use purvey::task::{Call, ModelRef, Task};

use super::desk::{Desk, planned, task, told};
use super::models::{Nothing, Number};

/// A number in memory that has no digest.
struct Secretive(Option<u64>);

impl Model for Secretive {
    const NAME: &'static str = "secretive";
    type Config = NoConfig;

    fn build(_: NoConfig, _: &Section) -> Result<Secretive> {
        Ok(Secretive(None))
    }

    fn describe() -> Description {
        Description::new("secretive", "A number that does not show what it is.")
    }

    fn seal(&mut self) -> Result<Size> {
        self.0.map(|_| Size::default()).ok_or_else(|| Error::new("there is no number"))
    }
}

/// A task over secretive numbers, and one plain number where it is the last.
struct Passes {
    name: &'static str,
    requires: Vec<ModelRef>,
    provides: Vec<ModelRef>,
    code: Code,
    number: u64,
}

impl Passes {
    fn new(name: &'static str, code: &'static str, number: u64) -> Passes {
        let code = if code.is_empty() { Code::Unknown } else { Code::Version(code.into()) };
        Passes { name, requires: vec![], provides: vec![ModelRef::named::<Secretive>(name)], code, number }
    }

    fn of(self, model: &str) -> Passes {
        Passes { requires: vec![ModelRef::named::<Secretive>(model)], ..self }
    }

    fn in_the_open(self) -> Passes {
        Passes { provides: vec![ModelRef::named::<Number>(self.name)], ..self }
    }
}

impl Task for Passes {
    fn name(&self) -> &str {
        self.name
    }

    fn requires(&self) -> &[ModelRef] {
        &self.requires
    }

    fn provides(&self) -> &[ModelRef] {
        &self.provides
    }

    fn code(&self) -> Code {
        self.code.clone()
    }

    fn run(&self, call: &Call<'_>) -> Result<()> {
        let mut sum = self.number;
        for position in 0..self.requires.len() {
            sum += call.require::<Secretive>(position)?.0.unwrap_or_default();
        }
        if *self.provides[0].kind() == *ModelRef::of::<Number>().kind() {
            call.provide::<Number>(0)?.put(sum);
        } else {
            call.provide::<Secretive>(0)?.0 = Some(sum);
        }
        Ok(())
    }
}

fn chain<const N: usize>(desk: &Desk, tasks: [Passes; N]) -> Orchestrator {
    let models = Sections::models().with("open", Section::default().with("store", true));
    let chain = Orchestrator::new(desk.job.clone(), tasks, models);
    chain.with_store(desk.store.clone()).with_ledger(desk.ledger.clone())
}

#[test]
fn rule_12_a_task_that_does_not_say_what_code_it_is_runs_every_time() {
    let desk = Desk::new();
    let mut a = task("a");
    a.code = Code::Unknown;
    let chain = || [a.clone(), task("b(a)")];
    assert_eq!(desk.run(chain()), "a ran, b ran");
    assert_snapshot!(desk.plan(chain()), @r"
    a: run, its code cannot be told from other code
    b: depends, unless `a` makes the same again
    ");
    assert_eq!(desk.run(chain()), "a ran, b reused");
}

#[test]
fn rule_12_content_without_a_digest_is_the_same_where_it_is_made_of_the_same() {
    let desk = Desk::new();
    let tasks = || {
        [Passes::new("a", "1", 1), Passes::new("b", "1", 1).of("a"), Passes::new("open", "1", 1).of("b").in_the_open()]
    };
    chain(&desk, tasks()).run().unwrap();
    assert_eq!(told(&chain(&desk, tasks()).run().unwrap()), "a reused, b reused, open reused");

    let [_, b, open] = tasks();
    let changed = [Passes::new("a", "2", 2), b, open];
    assert_eq!(told(&chain(&desk, changed).run().unwrap()), "a ran, b ran, open ran");
    assert_eq!(desk.number("open"), Some(4));
}

#[test]
fn rule_12_content_without_a_digest_made_by_code_that_is_not_known_is_never_the_same() {
    let desk = Desk::new();
    let tasks = |number| [Passes::new("a", "", number), Passes::new("open", "1", 1).of("a").in_the_open()];
    chain(&desk, tasks(1)).run().unwrap();
    assert_eq!(told(&chain(&desk, tasks(5)).run().unwrap()), "a ran, open ran");
    assert_eq!(desk.number("open"), Some(6));
}

#[test]
fn rule_12_content_without_a_digest_made_of_what_cannot_be_told_is_never_the_same() {
    let desk = Desk::new();
    let supplied = |number| {
        let tasks = [Passes::new("b", "1", 1).of("a"), Passes::new("open", "1", 1).of("b").in_the_open()];
        chain(&desk, tasks).supply_named("a", Secretive(Some(number))).unwrap()
    };
    supplied(1).run().unwrap();
    let mut changed = supplied(5);
    assert_snapshot!(planned(&changed), @r"
    b: run, it reads `a`, whose content cannot be compared with what was read before
    open: depends, unless `b` makes the same again
    ");
    assert_eq!(told(&changed.run().unwrap()), "b ran, open ran");
    assert_eq!(desk.number("open"), Some(7));
}

#[test]
fn rule_12_content_without_a_digest_that_is_forced_is_taken_for_other_content() {
    let desk = Desk::new();
    let tasks = |number| [Passes::new("a", "1", number), Passes::new("open", "1", 1).of("a").in_the_open()];
    chain(&desk, tasks(1)).run().unwrap();
    let mut forced = chain(&desk, tasks(5));
    let blueprint = forced.check().unwrap();
    let request = purvey::session::Request::default().forcing("a".parse().unwrap());
    assert_eq!(told(&forced.run_request(&blueprint, &request, &mut []).unwrap()), "a ran, open ran");
    assert_eq!(told(&chain(&desk, tasks(5)).run().unwrap()), "a reused, open reused");
}

#[test]
fn rule_12_a_supplied_model_counts_by_its_content() {
    let desk = Desk::new();
    let supplied = |number| {
        let mut model = Number::build(Default::default(), &Section::default()).unwrap();
        model.put(number);
        desk.chain([task("b(a)")]).supply_named("a", model).unwrap()
    };
    supplied(1).run().unwrap();
    assert_eq!(told(&supplied(1).run().unwrap()), "b reused");
    assert_eq!(told(&supplied(2).run().unwrap()), "b ran");
}

/// What stands outside for [`Tap`], which does not say what it is like before it is read.
static OUTSIDE: Mutex<u64> = Mutex::new(0);

struct Tap(Number);

impl Model for Tap {
    const NAME: &'static str = "tap";
    const SOURCE: bool = true;
    type Config = NoConfig;

    fn build(_: NoConfig, section: &Section) -> Result<Tap> {
        Number::build(Default::default(), section).map(Tap)
    }

    fn describe() -> Description {
        Description::new("tap", "What comes out.")
    }

    fn seal(&mut self) -> Result<Size> {
        self.0.seal()
    }

    fn digest(&self) -> Result<Option<purvey::digest::Digest>> {
        self.0.digest()
    }

    fn visit_source<V: SourceVisitor>(visitor: V) -> Option<V::Output> {
        Some(visitor.visit::<Tap, Nothing>(false, |tap, _| {
            tap.0.put(*OUTSIDE.lock().unwrap());
            Ok(())
        }))
    }
}

/// How much comes out.
#[derive(Named)]
#[named("amount")]
struct Amount;

#[task]
fn measure(tap: &Tap, amount: &mut Value<u64, Amount>) -> Result<()> {
    amount.put(tap.0.get()?)
}

#[test]
fn rule_12_a_source_that_cannot_tell_what_it_is_like_is_read_every_time() {
    let desk = Desk::new();
    let chain = || {
        let chain = Orchestrator::new(desk.job.clone(), tasks![measure], Sections::models());
        chain.with_store(desk.store.clone()).with_ledger(desk.ledger.clone())
    };
    let pour = |amount| *OUTSIDE.lock().unwrap() = amount;
    pour(1);
    chain().run().unwrap();
    assert_snapshot!(planned(&chain()), @r"
    read_tap: run, its source cannot be compared with what was read before
    measure: depends, unless `read_tap` makes the same again
    ");
    assert_eq!(told(&chain().run().unwrap()), "measure reused, read_tap ran");
    pour(2);
    assert_eq!(told(&chain().run().unwrap()), "measure ran, read_tap ran");
}

/// A reading as the station sends it.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "sent_readings", source)]
struct SentReading {
    degrees: f64,
}

/// How many readings there are.
#[derive(Named)]
#[named("readings")]
struct Readings;

#[task]
fn count(sent: &Table<SentReading>, readings: &mut Value<usize, Readings>) -> Result<()> {
    readings.put(sent.height())
}

fn station(desk: &Desk, path: &Path) -> Orchestrator {
    let section = Section::default().with("path", path.to_string_lossy().into_owned());
    let chain = Orchestrator::new(desk.job.clone(), tasks![count], Sections::models().with("sent_readings", section));
    chain.with_store(desk.store.clone()).with_ledger(desk.ledger.clone())
}

#[test]
fn rule_12_a_source_counts_by_what_is_in_it_and_not_by_where_it_stands() {
    let (desk, folder) = (Desk::new(), tempfile::tempdir().unwrap());
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let first = write("first.csv", "degrees\n1.5\n2.5\n");
    station(&desk, &first).run().unwrap();
    let other = write("other.csv", "degrees\n1.5\n2.5\n");
    assert_eq!(told(&station(&desk, &other).run().unwrap()), "count reused, read_sent_readings reused");

    write("other.csv", "degrees\n1.5\n3.5\n");
    assert_eq!(told(&station(&desk, &other).run().unwrap()), "count ran, read_sent_readings ran");
    write("other.csv", "degrees\n1.50\n3.5\n");
    assert_eq!(told(&station(&desk, &other).run().unwrap()), "count reused, read_sent_readings ran");
}

#[test]
fn rule_12_the_ending_of_a_source_that_says_how_it_is_read_counts() {
    let (desk, folder) = (Desk::new(), tempfile::tempdir().unwrap());
    let path = folder.path().join("readings.csv");
    std::fs::write(&path, "degrees\n1.5\n").unwrap();
    station(&desk, &path).run().unwrap();
    let renamed = folder.path().join("readings.ndjson");
    std::fs::rename(path, &renamed).unwrap();
    assert_snapshot!(planned(&station(&desk, &renamed)), @r#"
    read_sent_readings: run, setting `models.sent_readings.path` changed: "*.csv" → "*.ndjson"
    count: depends, unless `read_sent_readings` makes the same again
    "#);
    assert_eq!(told(&station(&desk, &renamed).run().unwrap()), "count skipped, read_sent_readings failed");
}

#[test]
fn rule_12_what_the_caller_wants_to_keep_is_made_again_where_it_is_not_stored() {
    let desk = Desk::new().with_memory(&["b"]);
    let tasks = || ["a", "b(a)", "c(b)"].map(task);
    desk.run(tasks());
    let mut chain = desk.chain(tasks()).keep_named("a").keep_named("b");
    assert_snapshot!(planned(&chain), @r"
    a: reuse, up to date
    b: run, `b` is to be kept, which is not stored
    c: depends, unless `b` makes the same again
    ");
    let mut outcome = chain.run().unwrap();
    assert_eq!(told(&outcome), "a reused, b ran, c reused");
    assert_eq!(outcome.take_named::<Number>("a").unwrap().get().unwrap(), 1);
    assert_eq!(outcome.take_named::<Number>("b").unwrap().get().unwrap(), 2);
}

/// A room, as it was.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "rooms")]
struct Room {
    number: i64,
}

/// A room, as it is: the same rows, and a promise more.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "rooms", key = "number")]
struct KeyedRoom {
    number: i64,
}

/// Lists the rooms, as rows of either type.
struct ListRooms(Vec<ModelRef>);

impl Task for ListRooms {
    fn name(&self) -> &str {
        "list_rooms"
    }

    fn requires(&self) -> &[ModelRef] {
        &[]
    }

    fn provides(&self) -> &[ModelRef] {
        &self.0
    }

    fn code(&self) -> Code {
        Code::Version("1".into())
    }

    fn run(&self, call: &Call<'_>) -> Result<()> {
        if *self.0[0].kind() == *ModelRef::of::<Table<Room>>().kind() {
            return call.provide::<Table<Room>>(0)?.put(vec![Room { number: 1 }]);
        }
        call.provide::<Table<KeyedRoom>>(0)?.put(vec![KeyedRoom { number: 1 }])
    }
}

#[test]
fn rule_12_another_contract_has_the_task_run() {
    let desk = Desk::new();
    let chain = |model| {
        let chain = Orchestrator::new(desk.job.clone(), [ListRooms(vec![model])], Sections::models());
        chain.with_store(desk.store.clone()).with_ledger(desk.ledger.clone())
    };
    chain(ModelRef::of::<Table<Room>>()).run().unwrap();
    assert_eq!(told(&chain(ModelRef::of::<Table<Room>>()).run().unwrap()), "list_rooms reused");
    let mut keyed = chain(ModelRef::of::<Table<KeyedRoom>>());
    assert_snapshot!(planned(&keyed), @"list_rooms: run, the contract of model `rooms` changed");
    assert_eq!(told(&keyed.run().unwrap()), "list_rooms ran");
}
