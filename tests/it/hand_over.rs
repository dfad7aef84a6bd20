//! Tables that are handed over in memory, lazily or stored: the same content, the same rules, told in the same words.

use std::path::Path;
use std::sync::Arc;

use insta::assert_snapshot;
use purvey::Section;
use purvey::digest::Digest;
use purvey::event::State;
use purvey::ledger::{Ledger, MemoryLedger};
use purvey::polars::df;
use purvey::polars::prelude::{DataType, IntoLazy, LazyFrame, PolarsResult};
use purvey::prelude::*;
use purvey::run::Outcome;
use purvey::schema::HandOver;
use purvey::store::{FolderStore, MemoryStore, Store};

/// One stay.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "stays", key = "id", order_by = "hotel, id desc")]
struct Stay {
    id: i64,
    hotel: String,
    #[check(min = 0)]
    nights: i64,
    adr: Option<f64>,
}

/// The nights of a hotel.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "hotel_nights", key = "hotel", order_by = "hotel")]
struct HotelNights {
    hotel: String,
    nights: i64,
}

/// How many stays there are.
#[derive(Named)]
#[named("stay_count")]
struct StayCount;

const ALL: [HandOver; 3] = [HandOver::Memory, HandOver::Lazy, HandOver::Stored];

/// Six stays, in which something may be wrong.
fn query(fault: &str) -> PolarsResult<LazyFrame> {
    let nothing = None::<&str>;
    let hotels = match fault {
        "null" => [Some("Seehof"), Some("Post"), nothing, Some("Post"), nothing, Some("Seehof")],
        _ => [Some("Seehof"), Some("Post"), Some("Adler"), Some("Post"), Some("Adler"), Some("Seehof")],
    };
    let ids = if fault == "key" { [1_i64, 2, 3, 2, 5, 6] } else { [1, 2, 3, 4, 5, 6] };
    let nights = if fault == "min" { [3_i32, 1, -2, 4, 1, -1] } else { [3, 1, 2, 4, 1, 1] };
    let stays =
        df!("hotel" => hotels, "id" => ids, "nights" => nights, "adr" => [Some(1.5), None, None, None, None, None]);
    let stays = stays?.lazy();
    Ok(match fault {
        "type" => stays.with_column(col("nights").cast(DataType::String)),
        "name" => stays.rename(["nights"], ["nigths"], true),
        "unknown" => stays.with_column(col("guests") + lit(1)),
        "cast" => stays.with_column(col("hotel").strict_cast(DataType::Int64).cast(DataType::String)),
        _ => stays,
    })
}

#[task]
fn stays(job: &JobContext, stays: &mut Table<Stay>) -> Result<()> {
    stays.put(query(&job.param::<String>("fault")?.unwrap_or_default())?)
}

#[task]
fn hotel_nights(stays: &Table<Stay>, nights: &mut Table<HotelNights>) -> Result<()> {
    nights.put(stays.scan().group_by([col(Stay::HOTEL)]).agg([col(Stay::NIGHTS).sum()]))
}

/// A second reader.
#[task]
fn stay_count(stays: &Table<Stay>, count: &mut Value<usize, StayCount>) -> Result<()> {
    assert_eq!(stays.frame()?.height(), stays.rows()?.len());
    count.put(stays.height())
}

fn handed(hand_over: HandOver) -> Sections {
    Sections::models().with("stays", Section::default().with("hand_over", hand_over.as_str()))
}

fn job(fault: &str) -> JobContext {
    JobContext::new("hotel").with_param("fault", fault)
}

fn chain(fault: &str, hand_over: HandOver) -> Orchestrator {
    Orchestrator::new(job(fault), tasks![stays, hotel_nights], handed(hand_over)).keep::<Table<HotelNights>>()
}

/// The step that failed, and what it says.
fn failure(outcome: &Outcome) -> String {
    let failed = outcome.steps().iter().find(|step| step.state == State::Failed).expect("something fails");
    let failure = failed.failure.as_ref().unwrap();
    format!("{} ({}): {}", failed.name, failure.class, failure.messages.join("\n"))
}

/// What goes wrong under each hand-over.
fn failures(fault: &str) -> [String; 3] {
    ALL.map(|hand_over| failure(&chain(fault, hand_over).run().unwrap()))
}

#[test]
fn each_hand_over_gives_the_same_tables() {
    for hand_over in ALL {
        let mut outcome = chain("", hand_over).run().unwrap();
        let nights = outcome.take::<Table<HotelNights>>().unwrap();
        let row = |hotel: &str, nights| HotelNights { hotel: hotel.to_owned(), nights };
        assert_rows!(nights, [row("Adler", 3), row("Post", 5), row("Seehof", 4)]);
    }
}

#[test]
fn each_hand_over_gives_the_same_rows_in_the_declared_order_to_several_readers() {
    for hand_over in ALL {
        let tasks = tasks![stays, hotel_nights, stay_count];
        let chain = Orchestrator::new(job(""), tasks, handed(hand_over));
        let mut outcome = chain.keep::<Table<Stay>>().keep::<Value<usize, StayCount>>().run().unwrap();
        let stays = outcome.take::<Table<Stay>>().unwrap();
        let ids: Vec<i64> = stays.rows().unwrap().iter().map(|stay| stay.id).collect();
        assert_eq!(ids, [5, 3, 4, 2, 6, 1], "{hand_over}");
        assert_eq!(stays.scan().collect().unwrap(), *stays.frame().unwrap(), "{hand_over}");
        assert_eq!(outcome.take::<Value<usize, StayCount>>().unwrap().get().unwrap(), &6);
    }
}

#[test]
fn columns_that_are_wrong_are_told_by_the_task_that_put_them_in_the_same_words() {
    let [memory, lazy, stored] = failures("type");
    assert_snapshot!(memory, @r"
    stays (data): model `stays` breaks its contract:
      column `nights` is string and cannot become int64 without loss; cast it in the task
    ");
    assert_eq!((&lazy, &stored), (&memory, &memory));
    let [memory, lazy, stored] = failures("name");
    assert_snapshot!(memory, @r"
    stays (data): model `stays` breaks its contract:
      column `nights` is missing; did you mean `nigths`?
    ");
    assert_eq!((&lazy, &stored), (&memory, &memory));
}

#[test]
fn a_query_that_makes_no_sense_is_told_by_the_task_that_put_it_in() {
    let [memory, lazy, stored] = failures("unknown");
    let first = |text: &str| text.lines().next().unwrap().to_owned();
    assert_snapshot!(first(&memory), @r#"stays (bug): model `stays`: not found: unable to find column "guests"; valid columns: ["hotel", "id", "nights", "adr"]"#);
    assert_eq!((first(&lazy), first(&stored)), (first(&memory), first(&memory)));
}

#[test]
fn a_key_that_is_not_unique_is_told_by_the_task_that_put_it_in_the_same_words() {
    let [memory, lazy, stored] = failures("key");
    assert_snapshot!(memory, @r"
    stays (data): model `stays` breaks its contract:
      key `id`: 2 of 6 rows are not unique
        row 2 (id 2)
        row 4 (id 2)
    ");
    assert_eq!((&lazy, &stored), (&memory, &memory));
}

#[test]
fn values_that_break_a_rule_are_told_in_the_same_words_and_a_lazy_one_with_the_task_whose_plan_it_is() {
    let [memory, lazy, stored] = failures("min");
    assert_snapshot!(memory, @r"
    stays (data): model `stays` breaks its contract:
      column `nights`: 2 of 6 rows break check `min = 0`
        row 3 (id 3): -2
        row 6 (id 6): -1
    ");
    assert_eq!(stored, memory);
    assert_snapshot!(lazy, @r"
    hotel_nights (data): model `hotel_nights`: the plan of model `stays`, made by task `stays`: model `stays` breaks its contract:
      column `nights`: 2 of 6 rows break check `min = 0`
        row 3 (id 3): -2
        row 6 (id 6): -1
    ");
    let [memory, lazy, stored] = failures("null");
    assert_snapshot!(memory, @r"
    stays (data): model `stays` breaks its contract:
      column `hotel`: 2 of 6 rows are null, and its field is not an `Option`
        row 3 (id 3)
        row 5 (id 5)
    ");
    assert_eq!(stored, memory);
    assert_snapshot!(lazy, @r"
    hotel_nights (data): model `hotel_nights`: the plan of model `stays`, made by task `stays`: model `stays` breaks its contract:
      column `hotel`: 2 of 6 rows are null, and its field is not an `Option`
        row 3 (id 3)
        row 5 (id 5)
    ");
}

#[test]
fn what_fails_in_a_plan_names_the_task_that_made_it() {
    let [memory, lazy, stored] = failures("cast");
    let first = |text: &str| text.lines().next().unwrap().to_owned();
    assert_snapshot!(first(&memory), @r#"stays (bug): model `stays`: conversion from `str` to `i64` failed in column 'hotel' for 6 out of 6 values: ["Seehof", "Post", … "Seehof"]"#);
    assert_snapshot!(first(&lazy), @r#"hotel_nights (bug): in queries with the plan of model `stays`, made by task `stays`: model `hotel_nights`: conversion from `str` to `i64` failed in column 'hotel' for 6 out of 6 values: ["Seehof", "Post", … "Seehof"]"#);
    assert_snapshot!(first(&stored), @r#"stays (bug): model `stays`: conversion from `str` to `i64` failed in column 'hotel' for 3 out of 3 values: ["Seehof", "Post", "Adler"]"#);
}

#[test]
fn a_plan_that_several_read_is_checked_whole_by_the_first() {
    let tasks = tasks![stays, hotel_nights, stay_count];
    let outcome = Orchestrator::new(job("key"), tasks, handed(HandOver::Lazy)).run().unwrap();
    assert_eq!(outcome.state("stays"), Some(State::Done));
    assert_snapshot!(failure(&outcome), @r"
    hotel_nights (data): model `hotel_nights`: the plan of model `stays`, made by task `stays`: model `stays` breaks its contract:
      key `id`: 2 of 6 rows are not unique
        row 2 (id 2)
        row 4 (id 2)
    ");
}

#[test]
fn a_lazy_table_is_not_stored_and_a_stored_one_is_the_same_to_the_last_bit() {
    let mut digests = Vec::new();
    for hand_over in ALL {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(FolderStore::new(folder.path()));
        let ledger = Arc::new(MemoryLedger::new());
        let outcome = chain("", hand_over).with_store(Arc::clone(&store)).with_ledger(ledger.clone()).run().unwrap();
        assert!(outcome.is_done());
        let published: Vec<&str> = outcome.published().iter().map(|published| &*published.model).collect();
        match hand_over {
            HandOver::Lazy => assert_eq!(published, ["hotel_nights"]),
            _ => assert_eq!(published, ["hotel_nights", "stays"]),
        }
        let version = ledger.versions("", "stays", 1).unwrap().remove(0);
        if hand_over == HandOver::Lazy {
            assert_eq!((version.rows, version.file), (None, None));
            continue;
        }
        let file = version.file.unwrap();
        assert_eq!(Digest::of_file(&folder.path().join("stays.parquet")).unwrap(), file.digest, "{hand_over}");
        assert_eq!(version.rows, Some(6));
        digests.push(version.digest);
        drop(outcome);
        let left: Vec<_> = files_below(&folder.path().join(".purvey/scratch"));
        assert!(left.is_empty(), "{left:?}");
    }
    assert_eq!(digests[0], digests[1]);
}

fn files_below(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn rule_12_what_is_up_to_date_is_reused_whatever_the_hand_over() {
    for hand_over in ALL {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let ledger: Arc<dyn Ledger> = Arc::new(MemoryLedger::new());
        let run = |fault: &str| {
            let mut chain = chain(fault, hand_over).with_store(Arc::clone(&store)).with_ledger(Arc::clone(&ledger));
            chain.run().unwrap()
        };
        let states = |outcome: &Outcome| ["stays", "hotel_nights"].map(|task| outcome.state(task));
        assert_eq!(states(&run("")), [Some(State::Done); 2]);
        assert_eq!(states(&run("")), [Some(State::Reused); 2], "{hand_over}");
        // Another parameter, the same stays: nothing changes for those who read them.
        let early = match hand_over {
            HandOver::Lazy => State::Done,
            _ => State::Reused,
        };
        assert_eq!(states(&run("none")), [Some(State::Done), Some(early)], "{hand_over}");
    }
}

#[test]
fn rule_12_how_a_table_is_handed_over_is_no_reason_to_make_it_again_where_it_is_stored_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(FolderStore::new(folder.path()));
    let ledger: Arc<dyn Ledger> = Arc::new(MemoryLedger::new());
    let run = |hand_over, force: bool| {
        let tasks = if force { tasks![stays, hotel_nights, stay_count] } else { tasks![stays, hotel_nights] };
        let chain = Orchestrator::new(job(""), tasks, handed(hand_over)).keep::<Value<usize, StayCount>>();
        chain.with_store(Arc::clone(&store)).with_ledger(Arc::clone(&ledger)).run().unwrap()
    };
    run(HandOver::Memory, false);
    let mut outcome = run(HandOver::Stored, true);
    assert_eq!(outcome.state("stays"), Some(State::Reused));
    assert_eq!(outcome.state("stay_count"), Some(State::Done), "it scans what was stored from memory");
    assert_eq!(outcome.take::<Value<usize, StayCount>>().unwrap().get().unwrap(), &6);
    assert_eq!(run(HandOver::Memory, false).state("stays"), Some(State::Reused));
}

#[test]
fn what_contradicts_itself_is_a_fault() {
    let fault = |hand_over: &str, store: &str| {
        let section = Section::default().with("hand_over", hand_over).with("store", store);
        let chain = Orchestrator::new(job(""), tasks![stays], Sections::models().with("stays", section));
        chain.check().unwrap_err().to_string()
    };
    assert_snapshot!(fault("lazy", "parquet"), @r#"
    chain `hotel` has 1 fault
      - wrong values in [models.stays] (code): `hand_over` is "lazy" and `store` is "parquet", but a lazy table is never computed by itself, so there is nothing to store; leave `store` away, or say `hand_over = "stored"`
    "#);
    assert_snapshot!(fault("stored", "csv"), @r#"
    chain `hotel` has 1 fault
      - wrong values in [models.stays] (code): `hand_over` is "stored" and `store` is "csv", but the file of a stored table is Parquet; say `store = "parquet"`, or hand it over in memory
    "#);
    assert_snapshot!(fault("lasy", "parquet"), @r"
    chain `hotel` has 1 fault
      - wrong value for `hand_over` in [models.stays] (code): unknown variant `lasy`, expected one of `memory`, `lazy`, `stored`
    ");
}
