//! Tasks read what other partitions have, and are run for other partitions than each other.

use std::sync::Arc;

use proptest::prelude::*;
use purvey::event::{Ending, State};
use purvey::ledger::{MemoryLedger, SqliteLedger};
use purvey::model::{Content, Storage};
use purvey::partition::{Partition, Partitioning, Unit};
use purvey::prelude::*;
use purvey::session::Request;
use purvey::store::{FolderStores, MemoryStores, Stores};
use tempfile::TempDir;

mod faults;

/// The nights of a day.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "nights")]
struct Night {
    day: String,
    sold: i64,
}

/// The nights sold in three days.
#[derive(Named)]
#[named("rolling")]
struct Rolling;

/// The nights sold so far.
#[derive(Named)]
#[named("balance")]
struct Balance;

/// The nights sold in a month.
#[derive(Named)]
#[named("monthly")]
struct Monthly;

/// The nights ever sold.
#[derive(Named)]
#[named("ever")]
struct Ever;

#[task]
fn sell(job: &JobContext, nights: &mut Table<Night>) -> Result<()> {
    let partition = job.partition()?;
    let late = job.param::<i64>(&format!("late_{partition}"))?.unwrap_or_default();
    let sold = partition.dates().map_or(0, |dates| i64::from(chrono::Datelike::day(&dates.start)));
    nights.put(vec![Night { day: partition.to_string(), sold: sold + late }])
}

#[task]
fn roll(nights: &Across<Table<Night>, Trailing<3>>, rolling: &mut Value<i64, Rolling>) -> Result<()> {
    rolling.put(nights.rows()?.iter().map(|night| night.sold).sum())
}

#[task]
fn carry(
    before: &Across<Value<i64, Balance>, Preceding<1>>,
    nights: &Table<Night>,
    balance: &mut Value<i64, Balance>,
) -> Result<()> {
    let carried = before.iter().next().map(|(_, balance)| balance.get().copied()).transpose()?.unwrap_or_default();
    balance.put(carried + nights.rows()?.iter().map(|night| night.sold).sum::<i64>())
}

#[task(partition = "month")]
fn report(nights: &Across<Table<Night>, Within>, monthly: &mut Value<i64, Monthly>) -> Result<()> {
    let sold = nights.scan().select([col("sold").sum()]).collect()?;
    monthly.put(sold.column("sold")?.i64()?.get(0).unwrap_or_default())
}

#[task(partition = "all")]
fn sum_up(months: &Across<Value<i64, Monthly>, All>, ever: &mut Value<i64, Ever>) -> Result<()> {
    ever.put(months.iter().map(|(_, month)| month.get().copied()).sum::<Result<i64>>()?)
}

/// A hotel that opened on 29 October.
struct Hotel {
    folder: TempDir,
    days: Partitioning,
    params: Vec<(String, i64)>,
}

impl Hotel {
    fn new() -> Hotel {
        let days =
            Partitioning::of_time(Unit::Day, "Europe/Zurich").and_then(|days| days.starting("2026-10-29")).unwrap();
        Hotel { folder: tempfile::tempdir().unwrap(), days, params: Vec::new() }
    }

    fn partition(&self, key: &str) -> Partition {
        use purvey::partition::Cut::{All, By};
        let cuts = [By(Unit::Day), By(Unit::Month), All].into_iter();
        cuts.filter_map(|cut| self.days.cut(cut)?.find(key).ok()).next().unwrap()
    }

    fn stores(&self) -> FolderStores {
        FolderStores::new(self.folder.path(), "hotel")
    }

    fn chain(&self, key: &str) -> Orchestrator {
        self.chain_of(key, &tasks![sell, roll, carry, report, sum_up].into())
    }

    fn chain_of(&self, key: &str, tasks: &TaskList) -> Orchestrator {
        let job = JobContext::new("hotel").with_partition(self.partition(key));
        let job = self.params.iter().fold(job, |job, (name, value)| job.with_param(name, *value));
        Orchestrator::new(job, tasks.entries().to_vec(), Sections::models())
            .with_store(self.stores().of(key))
            .with_ledger(Arc::new(SqliteLedger::at(self.folder.path().join("ledger.sqlite"))))
            .with_partitions(self.days.clone(), Arc::new(self.stores()))
    }

    /// Runs the chain for a partition; says which tasks ran.
    fn run(&self, key: &str) -> Vec<String> {
        let mut orchestrator = self.chain(key);
        let blueprint = orchestrator.check().unwrap();
        let outcome = orchestrator.run_request(&blueprint, &Request::default(), &mut []).unwrap();
        assert_eq!(outcome.ending(), Ending::Done, "{outcome:?}");
        let ran = outcome.steps().iter().filter(|step| step.state == State::Done);
        ran.map(|step| step.name.to_string()).collect()
    }

    /// What is published of a value in a partition.
    fn value(&self, key: &str, model: &str) -> i64 {
        let path = self.folder.path().join(key).join(format!("{model}.json"));
        std::fs::read_to_string(path).unwrap().parse().unwrap()
    }
}

#[test]
fn a_window_is_what_the_days_before_have_published_and_what_the_run_has_made() {
    let hotel = Hotel::new();
    for day in ["2026-10-29", "2026-10-30", "2026-10-31", "2026-11-01"] {
        hotel.run(day);
    }
    assert_eq!(hotel.value("2026-10-29", "rolling"), 29);
    assert_eq!(hotel.value("2026-10-31", "rolling"), 29 + 30 + 31);
    assert_eq!(hotel.value("2026-11-01", "rolling"), 30 + 31 + 1);
    assert_eq!(hotel.value("2026-11-01", "balance"), 29 + 30 + 31 + 1);
}

#[test]
fn what_came_late_for_a_day_makes_every_window_that_has_it_again() {
    let mut hotel = Hotel::new();
    for day in ["2026-10-29", "2026-10-30", "2026-10-31", "2026-11-01"] {
        hotel.run(day);
    }
    assert_eq!(hotel.run("2026-10-31"), [""; 0]);

    hotel.params.push(("late_2026-10-29".to_owned(), 100));
    hotel.run("2026-10-29");
    let orchestrator = hotel.chain("2026-10-31");
    let blueprint = orchestrator.check().unwrap();
    let plan = orchestrator.plan(&blueprint, &Request::default()).unwrap();
    let why: Vec<String> = plan.steps().iter().flat_map(|step| &step.reasons).map(ToString::to_string).collect();
    insta::with_settings!({ filters => vec![("[0-9a-f]{12}", "[id]"), (r"run \S+ of 20\S+", "run [id] of [time]")] }, {
        insta::assert_snapshot!(why.join("\n"), @r"
        up to date since run [id] of [time]
        model `nights@2026-10-29` has other content: [id] → [id]
        unless `gather_nights_trailing_3` makes the same again
        up to date since run [id] of [time]
        up to date since run [id] of [time]
        ");
    });

    assert_eq!(hotel.run("2026-10-31"), ["gather_nights_trailing_3", "roll"]);
    assert_eq!(hotel.value("2026-10-31", "rolling"), 100 + 29 + 30 + 31);
    // The first of November looks back to the 30th, and no further.
    assert_eq!(hotel.run("2026-11-01"), [""; 0]);
    // What is carried from day to day is made again from day to day.
    assert_eq!(hotel.run("2026-10-30"), ["gather_nights_trailing_3", "roll", "gather_balance_preceding_1", "carry"]);
}

#[test]
fn a_month_is_made_of_its_days_and_all_data_of_its_months() {
    let hotel = Hotel::new();
    for day in ["2026-10-29", "2026-10-30", "2026-10-31"] {
        hotel.run(day);
    }
    assert_eq!(hotel.run("2026-10"), ["gather_nights_within", "report"]);
    assert_eq!(hotel.value("2026-10", "monthly"), 29 + 30 + 31);
    assert_eq!(hotel.run("2026-10"), [""; 0]);

    assert_eq!(hotel.run("all"), ["gather_monthly_all", "sum_up"]);
    assert_eq!(hotel.value("all", "ever"), 29 + 30 + 31);
}

#[test]
fn a_month_that_lacks_days_is_not_made() {
    let hotel = Hotel::new();
    let refused = |key: &str| {
        let mut orchestrator = hotel.chain(key);
        orchestrator.run().unwrap_err().to_string()
    };
    insta::assert_snapshot!(refused("2026-10"), @"`report` reads model `nights` of 3 partitions from `2026-10-29` to `2026-10-31`, which are not published; `backfill --from 2026-10-29 --to 2026-10-31` makes them; where there is none, say so by `start` in [partitions], or read `Published<…>`");
    hotel.run("2026-10-29");
    hotel.run("2026-10-30");
    insta::assert_snapshot!(refused("2026-10"), @"`report` reads model `nights` of partition `2026-10-31`, which is not published; `run --partition 2026-10-31` makes it; where there is none, say so by `start` in [partitions], or read `Published<…>`");
    insta::assert_snapshot!(refused("2026-11-02"), @"`roll` reads model `nights` of partitions `2026-10-31` and `2026-11-01`, which are not published; `backfill --from 2026-10-31 --to 2026-11-01` makes them; where there is none, say so by `start` in [partitions], or read `Published<…>`");
    hotel.run("2026-10-31");
    hotel.run("2026-11-01");
    insta::assert_snapshot!(refused("2026-11"), @"`report` reads model `nights` of 29 partitions from `2026-11-02` to `2026-11-30`, which are not published; `backfill --from 2026-11-02 --to 2026-11-30` makes them; where there is none, say so by `start` in [partitions], or read `Published<…>`");
    hotel.run("2026-10");
    assert_eq!(hotel.value("2026-10", "monthly"), 29 + 30 + 31);
}

#[test]
fn a_selected_task_finds_its_window() {
    let hotel = Hotel::new();
    for day in ["2026-10-29", "2026-10-30", "2026-10-31"] {
        hotel.run(day);
    }
    let mut orchestrator = hotel.chain("2026-10-31");
    let blueprint = orchestrator.check().unwrap();
    let request = Request::of("roll".parse().unwrap()).forcing("roll".parse().unwrap());
    let outcome = orchestrator.run_request(&blueprint, &request, &mut []).unwrap();
    assert_eq!(outcome.state("roll"), Some(State::Done));
    assert_eq!(hotel.value("2026-10-31", "rolling"), 29 + 30 + 31);
}

#[test]
fn a_day_whose_file_is_gone_is_named() {
    let hotel = Hotel::new();
    hotel.run("2026-10-29");
    let nights = std::fs::canonicalize(hotel.folder.path().join("2026-10-29/nights.parquet")).unwrap();
    std::fs::remove_file(nights).unwrap();

    let mut orchestrator = hotel.chain("2026-10-30");
    let outcome = orchestrator.run().unwrap();
    let gathered = outcome.step("gather_nights_trailing_3").unwrap();
    let why =
        gathered.failure.as_ref().unwrap().messages.join(": ").replace(&hotel.folder.path().display().to_string(), "");
    insta::with_settings!({ filters => vec![("[0-9a-f]{8}-[0-9a-f-]{27}", "[run]")] }, {
        insta::assert_snapshot!(why, @"model `nights` of partition `2026-10-29` cannot be read; if its file is gone, a run for that partition makes it again: failed to read `/2026-10-29/.purvey/versions/[run]/nights.parquet`: No such file or directory (os error 2)");
    });
}

/// Adds up all hotels.
#[task(partition = "all", name = "sum_up")]
fn all_hotels(nights: &Across<Table<Night>, All>, ever: &mut Value<i64, Ever>) -> Result<()> {
    let keys: Vec<String> = nights.iter().map(|(hotel, _)| hotel.to_string()).collect();
    assert_eq!(keys, ["kulm", "seehof"], "in the order of their keys, whatever that of the list");
    ever.put(nights.rows()?.iter().map(|night| night.sold).sum())
}

#[test]
fn all_partitions_of_a_list_are_read_together() {
    let hotels = Partitioning::of_list(["seehof", "kulm"]).unwrap();
    let (stores, ledger) = (Arc::new(MemoryStores::default()), Arc::new(MemoryLedger::new()));
    let chain = |key: &str| {
        let cut = if key == "all" { hotels.cut(purvey::partition::Cut::All).unwrap() } else { hotels.clone() };
        let job =
            JobContext::new("hotels").with_partition(cut.find(key).unwrap()).with_param(&format!("late_{key}"), 7);
        Orchestrator::new(job, tasks![sell, all_hotels], Sections::models())
            .with_store(stores.of(key))
            .with_ledger(Arc::clone(&ledger) as _)
            .with_partitions(hotels.clone(), Arc::clone(&stores) as _)
            .keep::<Value<i64, Ever>>()
    };
    assert!(chain("seehof").run().unwrap().is_done());
    insta::assert_snapshot!(chain("all").run().unwrap_err(), @"`sum_up` reads model `nights` of partition `kulm`, which is not published; `run --partition kulm` makes it; where there is none, say so by `start` in [partitions], or read `Published<…>`");
    assert!(chain("kulm").run().unwrap().is_done());
    let mut outcome = chain("all").run().unwrap();
    assert!(outcome.is_done());
    assert_eq!(outcome.take::<Value<i64, Ever>>().map(|ever| *ever.get().unwrap()), Some(14));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Days are run in any order and over again as data comes late; a last pass over all days brings everything to what it has
    /// to be, and a pass after that does nothing.
    #[test]
    fn one_pass_over_all_days_makes_up_for_whatever_came_late(
        late in proptest::collection::vec((0..8_usize, 0..3_i64), 0..12),
    ) {
        let days = Partitioning::of_time(Unit::Day, "UTC").and_then(|days| days.starting("2026-10-01")).unwrap();
        let keys: Vec<String> = (1..=8).map(|day| format!("2026-10-{day:02}")).collect();
        let (stores, ledger) = (Arc::new(MemoryStores::default()), Arc::new(MemoryLedger::new()));
        let mut come = [0; 8];
        let run = |day: usize, come: &[i64; 8]| {
            let job = JobContext::new("hotel").with_partition(days.find(&keys[day]).unwrap());
            let job = job.with_param(&format!("late_{}", keys[day]), come[day]);
            let mut chain = Orchestrator::new(job, tasks![sell, roll, carry], Sections::models())
                .with_store(stores.of(&keys[day]))
                .with_ledger(Arc::clone(&ledger) as _)
                .with_partitions(days.clone(), Arc::clone(&stores) as _);
            chain.run()
        };
        for (day, more) in late {
            come[day] += more;
            // What a day needs of those before it may not be there yet.
            let _ = run(day, &come);
        }
        for day in 0..8 {
            run(day, &come).unwrap();
        }
        for (day, key) in keys.iter().enumerate() {
            let sold = |day: usize| day as i64 + 1 + come[day];
            let outcome = run(day, &come).unwrap();
            prop_assert_eq!(outcome.steps().iter().filter(|step| step.state == State::Done).count(), 0);
            let stored = stores.of(key);
            let value = |model: &str| -> i64 {
                let published = stored.published().unwrap().unwrap();
                let version = published.versions.into_iter().find(|version| version.model == model).unwrap();
                match stored.load(&version, &Storage::Json, None).unwrap() {
                    Content::Json(text) => text.parse().unwrap(),
                    other => panic!("{other:?}"),
                }
            };
            prop_assert_eq!(value("rolling"), (day.saturating_sub(2)..=day).map(sold).sum::<i64>());
            prop_assert_eq!(value("balance"), (0..=day).map(sold).sum::<i64>());
        }
    }
}
