//! A lazy table is computed by its reader, and as much of it as that one needs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use insta::assert_snapshot;
use purvey::Section;
use purvey::event::State;
use purvey::polars::df;
use purvey::polars::prelude::{Column, IntoLazy, LazyFrame, PolarsResult};
use purvey::prelude::*;
use purvey::schema::HandOver;
use purvey::store::{FolderStore, Store};

/// A table of thirty columns, of which reports need a few.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "wide", hand_over = "lazy")]
struct Wide {
    c01: i64,
    c02: i64,
    #[check(min = 0)]
    c03: i64,
    c04: i64,
    c05: i64,
    c06: i64,
    c07: i64,
    c08: i64,
    c09: i64,
    c10: i64,
    c11: i64,
    c12: i64,
    c13: i64,
    c14: i64,
    c15: i64,
    c16: i64,
    c17: i64,
    c18: i64,
    c19: i64,
    #[check(min = 0)]
    c20: i64,
    c21: i64,
    c22: i64,
    c23: i64,
    c24: i64,
    c25: i64,
    c26: i64,
    c27: i64,
    c28: i64,
    c29: i64,
    c30: i64,
}

/// What a report says of it.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "narrow")]
struct Narrow {
    sum: i64,
}

/// How the report is computed.
#[derive(Named)]
#[named("explained")]
struct Explained;

/// How often each of the columns was computed.
static COMPUTED: [AtomicUsize; 31] = [const { AtomicUsize::new(0) }; 31];

/// Counts from nothing, and keeps other tests of the same process from counting meanwhile.
fn counting() -> MutexGuard<'static, ()> {
    static COUNTING: Mutex<()> = Mutex::new(());
    let alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    COMPUTED.iter().for_each(|count| count.store(0, Ordering::SeqCst));
    alone
}

fn computed() -> Vec<usize> {
    (1..=30).filter(|&column| COMPUTED[column].load(Ordering::SeqCst) > 0).collect()
}

/// A thousand rows of thirty columns, each of which counts how often it is computed. Column 20 breaks its contract.
fn thirty_columns() -> PolarsResult<LazyFrame> {
    let counted = |column: usize| {
        let count = move |values: Column| {
            COMPUTED[column].fetch_add(1, Ordering::SeqCst);
            Ok(values)
        };
        let shift = if column == 20 { -500 } else { column as i64 };
        (col("number") + lit(shift)).map(count, |_, field| Ok(field.clone())).alias(format!("c{column:02}"))
    };
    let numbers = df!("number" => (0..1000_i64).collect::<Vec<_>>())?;
    Ok(numbers.lazy().select((1..=30).map(counted).collect::<Vec<_>>()))
}

#[task]
fn wide(wide: &mut Table<Wide>) -> Result<()> {
    wide.put(thirty_columns()?)
}

#[task]
fn narrow(wide: &Table<Wide>, narrow: &mut Table<Narrow>, explained: &mut Value<String, Explained>) -> Result<()> {
    let query = wide.scan().filter(col(Wide::C02).gt_eq(lit(990))).select([(col(Wide::C01)
        + col(Wide::C02)
        + col(Wide::C03)
        + col(Wide::C04)
        + col(Wide::C05))
    .sum()
    .alias(Narrow::SUM.name())]);
    explained.put(query.explain(true)?)?;
    narrow.put(query)
}

#[test]
fn five_of_thirty_columns_are_computed_and_no_other() {
    let _alone = counting();
    let chain = Orchestrator::new(JobContext::new("wide"), tasks![wide, narrow], Sections::models());
    let mut outcome = chain.keep::<Table<Narrow>>().keep::<Value<String, Explained>>().run().unwrap();

    assert_rows!(
        outcome.take::<Table<Narrow>>().unwrap(),
        [Narrow { sum: (988..1000).map(|number| 5 * number + 15).sum::<i64>() }]
    );
    assert_eq!(computed(), [1, 2, 3, 4, 5]);
    let plan = outcome.take::<Value<String, Explained>>().unwrap();
    assert_snapshot!(plan.get().unwrap(), @r#"
    SELECT [((((col("c01") + col("c02")) + col("c03")) + col("c04")) + col("c05")).sum().alias("sum")]
      contract
        FILTER col("c02") >= 990
        FROM
          SELECT [((col("number") + 1)).map().alias("c01"), ((col("number") + 2)).map().alias("c02"), ((col("number") + 3)).map().alias("c03"), ((col("number") + 4)).map().alias("c04"), ((col("number") + 5)).map().alias("c05")]
            DF ["number"]; PROJECT */1 COLUMNS
    "#);
}

#[test]
fn a_table_in_memory_has_all_of_its_columns_computed_and_checked() {
    let _alone = counting();
    let models = Sections::models().with("wide", Section::default().with("hand_over", "memory"));
    let outcome = Orchestrator::new(JobContext::new("wide"), tasks![wide, narrow], models).run().unwrap();

    assert_eq!(outcome.state("wide"), Some(State::Failed), "column 20 breaks its contract");
    assert_eq!(computed(), (1..=30).collect::<Vec<_>>());
}

/// Reads a row that is not as it must be.
#[task]
fn spoilt(wide: &Table<Wide>, narrow: &mut Table<Narrow>) -> Result<()> {
    narrow.put(wide.scan().select([col(Wide::C20).sum().alias(Narrow::SUM.name())]))
}

#[test]
fn a_column_that_is_computed_is_checked() {
    let _alone = counting();
    let mut chain = Orchestrator::new(JobContext::new("wide"), tasks![wide, spoilt], Sections::models());
    let outcome = chain.run().unwrap();

    let failure = outcome.step("spoilt").unwrap().failure.clone().unwrap();
    assert_snapshot!(failure.messages.join("\n"), @r"
    model `narrow`: the plan of model `wide`, made by task `wide`: model `wide` breaks its contract:
      column `c20`: 500 of 1,000 rows break check `min = 0`
        row 1: -500
        row 2: -499
        row 3: -498
        and 497 more
    ");
    assert_eq!(computed(), [20]);
}

/// Reads all of it, twice.
#[task]
fn twice(wide: &Table<Wide>, narrow: &mut Table<Narrow>) -> Result<()> {
    let rows = wide.frame()?.height() + wide.scan().collect()?.height();
    narrow.put(vec![Narrow { sum: rows as i64 }])
}

/// A table of thirty columns that keep their contract.
#[task]
fn sound(wide: &mut Table<Wide>) -> Result<()> {
    wide.put(thirty_columns()?.with_column(col(Wide::C20).abs()))
}

#[test]
fn what_several_read_is_computed_once() {
    let _alone = counting();
    #[task]
    fn other(wide: &Table<Wide>, explained: &mut Value<String, Explained>) -> Result<()> {
        explained.put(wide.scan().select([col(Wide::C07).sum()]).collect()?.to_string())
    }
    let mut chain = Orchestrator::new(JobContext::new("wide"), tasks![sound, twice, other], Sections::models())
        .keep::<Table<Narrow>>();
    let mut outcome = chain.run().unwrap();

    assert_rows!(outcome.take::<Table<Narrow>>().unwrap(), [Narrow { sum: 2000 }]);
    assert!(COMPUTED[1..].iter().all(|count| count.load(Ordering::SeqCst) == 1), "{COMPUTED:?}");
}

/// The rows of a source.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "raw_stays", key = "id", source)]
struct RawStay {
    id: i64,
    #[check(min = 0)]
    nights: i64,
}

#[task]
fn nights(raw: &Table<RawStay>, narrow: &mut Table<Narrow>) -> Result<()> {
    narrow.put(raw.scan().select([col(RawStay::NIGHTS).sum().alias(Narrow::SUM.name())]))
}

#[test]
fn a_source_can_be_stored_and_goes_with_the_run() {
    let (data, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = files.path().join("stays.csv");
    let run = |text: &str, hand_over: HandOver| {
        std::fs::write(&file, text).unwrap();
        let section = Section::default().with("hand_over", hand_over.as_str()).with("path", file.to_str().unwrap());
        let store: Arc<dyn Store> = Arc::new(FolderStore::new(data.path()));
        let models = Sections::models().with("raw_stays", section);
        let chain = Orchestrator::new(JobContext::new("stays"), tasks![nights], models).with_store(store);
        chain.keep::<Table<Narrow>>().run().unwrap()
    };
    let mut outcome = run("id,nights\n1,3\n2,4\n", HandOver::Stored);
    assert_rows!(outcome.take::<Table<Narrow>>().unwrap(), [Narrow { sum: 7 }]);
    assert_eq!(outcome.step("nights").unwrap().rows_in, Some(2));
    let scratch = data.path().join(".purvey/scratch");
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 1);
    drop(outcome);
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0, "the file goes with the run");

    let bad = "id,nights\n1,3\n1,-4\n";
    let said = [HandOver::Memory, HandOver::Lazy, HandOver::Stored].map(|hand_over| {
        let outcome = run(bad, hand_over);
        outcome.step("read_raw_stays").unwrap().failure.clone().unwrap().messages.join("\n")
    });
    assert_snapshot!(said[0], @r"
    model `raw_stays` breaks its contract:
      column `nights`: 1 of 2 rows breaks check `min = 0`
        row 2 (id 1): -4
      key `id`: 2 of 2 rows are not unique
        row 1 (id 1)
        row 2 (id 1)
    ");
    assert_eq!((&said[1], &said[2]), (&said[0], &said[0]));
}
