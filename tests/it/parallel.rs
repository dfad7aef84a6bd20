//! Many tasks at once: the same results and the same record as one after another.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use chrono::DateTime;
use proptest::prelude::*;
use purvey::RunId;
use purvey::event::{Event, Fact};
use purvey::fingerprint::Code;
use purvey::ledger::{Ledger, MemoryLedger, RunFilter, StepRecord};
use purvey::prelude::*;
use purvey::run::{Jobs, Order, RunOptions};
use purvey::session::Request;
use purvey::store::{MemoryStore, Store};
use purvey::task::{Call, ModelRef, Task, Uses};

/// A stay, with the number of the task that has seen it last.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "stays", order_by = "hotel, night")]
struct Stay {
    hotel: String,
    night: i32,
    seen_by: i64,
}

/// A task that makes stays of all that it reads, or fails.
#[derive(Clone, Debug)]
struct Step {
    number: usize,
    name: String,
    version: String,
    reads: Vec<ModelRef>,
    provides: Vec<ModelRef>,
    fails: bool,
}

fn model(number: usize) -> ModelRef {
    ModelRef::named::<Table<Stay>>(format!("m{number}"))
}

impl Task for Step {
    fn name(&self) -> &str {
        &self.name
    }

    fn requires(&self) -> &[ModelRef] {
        &self.reads
    }

    fn provides(&self) -> &[ModelRef] {
        &self.provides
    }

    fn code(&self) -> Code {
        Code::Version(self.version.clone().into())
    }

    fn run(&self, call: &Call<'_>) -> Result<()> {
        let mut stays = vec![Stay { hotel: format!("h{}", self.number % 3), night: 0, seen_by: 1 }];
        for at in 0..self.reads.len() {
            for stay in call.require::<Table<Stay>>(at)?.rows()? {
                stays.push(Stay { night: stay.night + 1, seen_by: stay.seen_by * 7 + self.number as i64, ..stay });
            }
        }
        if self.fails {
            return Err(Error::data("nobody was there"));
        }
        stays.truncate(40);
        call.provide::<Table<Stay>>(0)?.put(stays)
    }
}

/// A chain of steps of which each reads from some before it.
fn chains() -> impl Strategy<Value = Vec<Step>> {
    let step = (prop::collection::vec(any::<prop::sample::Index>(), 0..4), prop::bool::weighted(0.1), 0..3_u8);
    prop::collection::vec(step, 1..14).prop_map(|steps| {
        let step = |(number, (reads, fails, version)): (usize, (Vec<prop::sample::Index>, bool, u8))| {
            let mut reads: Vec<usize> =
                if number == 0 { Vec::new() } else { reads.iter().map(|read| read.index(number)).collect() };
            reads.sort_unstable();
            reads.dedup();
            Step {
                number,
                name: format!("t{number}"),
                version: version.to_string(),
                reads: reads.into_iter().map(model).collect(),
                provides: vec![model(number)],
                fails,
            }
        };
        steps.into_iter().enumerate().map(step).collect()
    })
}

/// What is left of two nights: tables as they are in view, and the record without times and ids.
fn nights(first: &[Step], second: &[Step], jobs: usize, order: Order) -> (Vec<String>, Vec<Vec<StepRecord>>) {
    let (store, ledger) = (Arc::new(MemoryStore::new()), Arc::new(MemoryLedger::new()));
    for steps in [first, second] {
        let options = RunOptions { jobs: Jobs::new(jobs), order, ..RunOptions::default() };
        Orchestrator::new(JobContext::new("hotel"), steps.to_vec(), Sections::models())
            .with_store(Arc::clone(&store) as Arc<dyn Store>)
            .with_ledger(Arc::clone(&ledger) as Arc<dyn Ledger>)
            .with_options(options)
            .run()
            .unwrap();
    }
    let versions = store.published().unwrap().map_or(Vec::new(), |publication| publication.versions);
    let tables = versions.iter().map(|version| {
        let storage = purvey::model::Storage::Table(purvey::schema::Format::Parquet);
        let content = store.load(version, &storage, Some(Table::<Stay>::SCHEMA)).unwrap();
        format!("{}: {content:?}", version.model)
    });
    let mut runs = ledger.runs(&RunFilter::default()).unwrap();
    runs.reverse();
    let numbers: BTreeMap<RunId, u128> = runs.iter().enumerate().map(|(at, run)| (run.run, at as u128)).collect();
    let records = runs.iter().map(|run| {
        let plain = |step: StepRecord| plain(step, &numbers);
        ledger.steps(run.run).unwrap().into_iter().map(plain).collect()
    });
    (tables.collect(), records.collect())
}

/// A record without what differs between two runs of the same.
fn plain(mut step: StepRecord, runs: &BTreeMap<RunId, u128>) -> StepRecord {
    let number = |run: RunId| format!("00000000-0000-0000-0000-{:012}", runs[&run]).parse().unwrap();
    step.started = step.started.map(|_| DateTime::UNIX_EPOCH);
    step.ended = step.ended.map(|_| DateTime::UNIX_EPOCH);
    step.elapsed = Duration::ZERO;
    if step.why.starts_with("up to date since") {
        step.why = "up to date".to_owned();
    }
    step.reused = step.reused.map(number);
    for attempt in &mut step.attempts {
        (attempt.started, attempt.elapsed) = (DateTime::UNIX_EPOCH, Duration::ZERO);
    }
    for read in &mut step.reads {
        read.version = read.version.map(number);
    }
    for made in &mut step.made {
        (made.at, made.run) = (DateTime::UNIX_EPOCH, number(made.run));
        if let Some(file) = &mut made.file {
            // In memory it is that of the run and the model's name.
            (file.modified, file.digest) = (0, made.digest);
        }
    }
    step
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn rule_9_parallel_equals_serial(first in chains(), second in chains(), seed in any::<u64>()) {
        let serial = nights(&first, &second, 1, Order::Position);
        for (jobs, order) in [
            (2, Order::Position),
            (8, Order::Position),
            (8, Order::CriticalPath),
            (1, Order::Shuffled(seed)),
            (8, Order::Shuffled(seed)),
        ] {
            let other = nights(&first, &second, jobs, order);
            prop_assert_eq!(&other.0, &serial.0, "{:?} {:?}", jobs, order);
            prop_assert_eq!(&other.1, &serial.1, "{:?} {:?}", jobs, order);
        }
    }
}

/// Who is in which pool, and the most there ever were.
#[derive(Debug, Default)]
struct Bath {
    inside: AtomicUsize,
    most: AtomicUsize,
}

/// A task that takes of pools, and is in them for a moment.
struct Guest {
    name: String,
    takes: Vec<(&'static str, u32)>,
    memory: Option<u64>,
    baths: Arc<BTreeMap<&'static str, Bath>>,
}

impl Task for Guest {
    fn name(&self) -> &str {
        &self.name
    }

    fn requires(&self) -> &[ModelRef] {
        &[]
    }

    fn provides(&self) -> &[ModelRef] {
        &[]
    }

    fn uses(&self) -> Uses<'_> {
        Uses { pools: &self.takes, memory: self.memory }
    }

    fn run(&self, _: &Call<'_>) -> Result<()> {
        let takes = || self.takes.iter().copied().chain(self.memory.map(|bytes| ("memory", bytes as u32)));
        for (pool, share) in takes() {
            let inside = self.baths[pool].inside.fetch_add(share as usize, Ordering::SeqCst) + share as usize;
            self.baths[pool].most.fetch_max(inside, Ordering::SeqCst);
        }
        std::thread::yield_now();
        for (pool, share) in takes() {
            self.baths[pool].inside.fetch_sub(share as usize, Ordering::SeqCst);
        }
        Ok(())
    }
}

/// What a guest takes of pools, and of memory.
type Takes = (Vec<(&'static str, u32)>, Option<u64>);

/// Has guests take their baths, in an order drawn by a seed, with 1 of `sauna` and 3 of `pool`, and 5 bytes of memory.
fn spa(guests: &[Takes], jobs: usize, seed: u64) -> Vec<usize> {
    let names = ["memory", "pool", "sauna"];
    let baths: Arc<BTreeMap<&str, Bath>> = Arc::new(names.map(|name| (name, Bath::default())).into());
    let guest = |(number, (takes, memory)): (usize, &Takes)| Guest {
        name: format!("guest{number}"),
        takes: takes.clone(),
        memory: *memory,
        baths: Arc::clone(&baths),
    };
    let is_used = guests.iter().any(|(takes, _)| takes.iter().any(|(pool, _)| *pool == "pool"));
    let options = RunOptions {
        jobs: Jobs::new(jobs),
        order: Order::Shuffled(seed),
        pools: is_used.then(|| ("pool".to_owned(), 3)).into_iter().collect(),
        memory_limit: Some(5),
        ..RunOptions::default()
    };
    let tasks: Vec<Guest> = guests.iter().enumerate().map(guest).collect();
    let outcome = Orchestrator::new(JobContext::new("spa"), tasks, Sections::models()).with_options(options).run();
    assert!(outcome.unwrap().is_done());
    names.iter().map(|name| baths[name].most.load(Ordering::SeqCst)).collect()
}

#[test]
fn rule_2_pools_that_are_too_small_or_misspelt_are_faults() {
    let baths: Arc<BTreeMap<&str, Bath>> = Arc::default();
    let guest = |name: &str, takes: &[(&'static str, u32)]| Guest {
        name: name.to_owned(),
        takes: takes.to_vec(),
        memory: None,
        baths: Arc::clone(&baths),
    };
    let tasks = [guest("swim", &[("pool", 4)]), guest("sweat", &[("sauna", 2)])];
    let pools = [("pool".to_owned(), 3), ("sauma".to_owned(), 2)].into();
    let options = RunOptions { pools, ..RunOptions::default() };
    let chain = Orchestrator::new(JobContext::new("spa"), tasks, Sections::models()).with_options(options);
    assert_eq!(
        chain.check().unwrap_err().to_string(),
        "chain `spa` has 3 faults\n  \
         - task `swim` takes 4 of pool `pool`, of which there are 3; set `pool = 4` in [run.pools], or let the task take \
         less\n  \
         - task `sweat` takes 2 of pool `sauna`, of which there is 1 where nobody says otherwise; set `sauna = 2` in \
         [run.pools], or let the task take less\n  \
         - pool `sauma` in [run.pools] is used by no task of this chain; did you mean `sauna`?"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn two_tasks_of_a_pool_of_one_never_overlap(guests in 2..10_usize, seed in any::<u64>()) {
        let most = spa(&vec![(vec![("sauna", 1)], None); guests], 4, seed);
        prop_assert_eq!(most[2], 1);
    }
}

proptest! {
    #[test]
    fn pools_hold_no_more_than_there_is_and_nobody_waits_for_ever(
        guests in prop::collection::vec(
            (prop::sample::subsequence(vec![("pool", 1), ("sauna", 1)], 0..=2), 1..5_u32, prop::option::of(1..9_u64)),
            0..12,
        ),
        jobs in 1..9_usize,
        seed in any::<u64>(),
    ) {
        let heavy = |(takes, share, memory): &(Vec<(&'static str, u32)>, u32, Option<u64>)| {
            let takes = takes.iter().map(|&(pool, one)| (pool, if pool == "pool" { *share.min(&3) } else { one }));
            (takes.collect(), memory.map(|bytes| bytes.min(5)))
        };
        let most = spa(&guests.iter().map(heavy).collect::<Vec<_>>(), jobs, seed);
        prop_assert!(most[0] <= 5 && most[1] <= 3 && most[2] <= 1, "{:?}", most);
    }
}

/// A place where so many tasks have to be at once before any of them goes on.
#[derive(Debug)]
struct Meeting {
    missing: Mutex<usize>,
    all_there: Condvar,
}

/// A task that waits until the others are there.
struct Meets {
    name: String,
    meeting: Arc<Meeting>,
}

impl Task for Meets {
    fn name(&self) -> &str {
        &self.name
    }

    fn requires(&self) -> &[ModelRef] {
        &[]
    }

    fn provides(&self) -> &[ModelRef] {
        &[]
    }

    fn run(&self, _: &Call<'_>) -> Result<()> {
        let mut missing = self.meeting.missing.lock().unwrap();
        *missing -= 1;
        self.meeting.all_there.notify_all();
        let waited =
            self.meeting.all_there.wait_timeout_while(missing, Duration::from_secs(60), |missing| *missing > 0);
        if waited.unwrap().1.timed_out() { Err(Error::new("the others did not come")) } else { Ok(()) }
    }
}

#[test]
fn so_many_tasks_run_side_by_side_as_are_wanted() {
    for jobs in [2, 4] {
        let meeting = Arc::new(Meeting { missing: Mutex::new(jobs), all_there: Condvar::new() });
        let tasks = (0..jobs).map(|number| Meets { name: format!("t{number}"), meeting: Arc::clone(&meeting) });
        let options = RunOptions { jobs: Jobs::new(jobs), ..RunOptions::default() };
        let outcome =
            Orchestrator::new(JobContext::new("hotel"), tasks, Sections::models()).with_options(options).run();
        assert!(outcome.unwrap().is_done(), "{jobs} jobs");
    }
}

#[test]
fn what_a_listener_hears_begins_before_it_ends_and_ends_once() {
    let step = |number: usize| Step {
        number,
        name: format!("t{number}"),
        version: "1".to_owned(),
        reads: if number == 0 { vec![] } else { vec![model(number / 2)] },
        provides: vec![model(number)],
        fails: false,
    };
    let steps: Vec<Step> = (0..200)
        .map(|number| if number == 0 { step(0) } else { Step { reads: vec![model((number - 1) / 2)], ..step(number) } })
        .collect();
    for has_ledger in [false, true] {
        let mut heard: Vec<(usize, &str)> = Vec::new();
        let mut hear = |event: &Event| match &event.fact {
            Fact::StepStarted { task, .. } => heard.push((task.index(), "start")),
            Fact::StepEnded(end) => heard.push((end.task.index(), "end")),
            _ => {}
        };
        let options = RunOptions { jobs: Jobs::new(3), ..RunOptions::default() };
        let mut chain =
            Orchestrator::new(JobContext::new("hotel"), steps.clone(), Sections::models()).with_options(options);
        if has_ledger {
            chain = chain.with_ledger(Arc::new(MemoryLedger::new()));
        }
        let blueprint = chain.check().unwrap();
        assert!(chain.run_request(&blueprint, &Request::default(), &mut [&mut hear]).unwrap().is_done());
        for number in 0..200 {
            let its: Vec<&str> = heard.iter().filter(|(task, _)| *task == number).map(|(_, what)| *what).collect();
            assert_eq!(its, ["start", "end"], "t{number}");
        }
    }
}
