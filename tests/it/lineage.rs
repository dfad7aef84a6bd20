//! What the columns of tables are made of: told with what a step has made, and kept on record.

use std::sync::Arc;

use purvey::Section;
use purvey::ledger::{Ledger, MemoryLedger, SqliteLedger};
use purvey::lineage::{Lineage, Origins};
use purvey::partition::{Partitioning, Unit};
use purvey::polars::df;
use purvey::polars::prelude::{DataType, IntoLazy, NULL};
use purvey::prelude::*;
use purvey::schema::HandOver;
use purvey::store::{FolderStore, FolderStores, Stores};

/// One stay.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "stays", order_by = "hotel")]
struct Stay {
    hotel: String,
    nights: i64,
    paid: bool,
}

/// One hotel.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "houses")]
struct House {
    hotel: String,
    rooms: i64,
}

/// The nights of a hotel.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "hotel_nights", order_by = "hotel")]
struct HotelNights {
    hotel: String,
    nights: i64,
    rooms: Option<i64>,
}

/// The nights of a hotel once more.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "copies")]
struct Copied {
    hotel: String,
    nights: i64,
    note: String,
}

#[task]
fn stays(stays: &mut Table<Stay>) -> Result<()> {
    stays.put(df!("hotel" => ["Seehof", "Post"], "nights" => [3_i64, 1], "paid" => [true, false])?.lazy())
}

#[task]
fn houses(houses: &mut Table<House>) -> Result<()> {
    houses.put(vec![House { hotel: "Post".into(), rooms: 12 }])
}

#[task]
fn hotel_nights(stays: &Table<Stay>, houses: &Table<House>, nights: &mut Table<HotelNights>) -> Result<()> {
    let sold = stays.scan().filter(col(Stay::PAID)).group_by([col(Stay::HOTEL)]).agg([col(Stay::NIGHTS).sum()]);
    nights.put(sold.left_join(houses.scan(), col(Stay::HOTEL), col(House::HOTEL)))
}

/// Computes in between what its query begins with, so that of `note` nothing is known.
#[task]
fn copies(nights: &Table<HotelNights>, copies: &mut Table<Copied>) -> Result<()> {
    let notes = nights.scan().select([col(HotelNights::HOTEL), lit("new").alias("note")]).collect()?.lazy();
    let known = nights.scan().select([col(HotelNights::HOTEL), col(HotelNights::NIGHTS) * lit(2)]);
    copies.put(known.left_join(notes, col("hotel"), col("hotel")))
}

fn chain(hand_over: HandOver) -> Orchestrator {
    let section = || Section::default().with("hand_over", hand_over.as_str());
    let models = ["stays", "houses", "hotel_nights", "copies"]
        .into_iter()
        .fold(Sections::models(), |models, name| models.with(name, section()));
    Orchestrator::new(JobContext::new("hotel"), tasks![stays, houses, hotel_nights, copies], models)
}

/// The lineage of all that a run commits.
fn committed(mut chain: Orchestrator) -> Vec<(String, Option<Arc<Lineage>>)> {
    let outcome = chain.run().unwrap();
    assert!(outcome.is_done());
    let made = outcome.steps().iter().flat_map(|step| &step.committed);
    made.map(|made| (made.model.to_string(), made.lineage.clone())).collect()
}

fn words(origins: &Origins) -> String {
    let Some(origins) = origins else { return "?".to_owned() };
    let word = |origin: &purvey::lineage::Origin| format!("{}.{} {}", origin.model, origin.column, origin.how);
    origins.iter().map(word).collect::<Vec<_>>().join(", ")
}

fn text(made: &[(String, Option<Arc<Lineage>>)]) -> String {
    let mut text = String::new();
    for (model, lineage) in made {
        let Some(lineage) = lineage else {
            text += &format!("{model}: nothing\n");
            continue;
        };
        for (column, origins) in &lineage.columns {
            text += &format!("{model}.{column}: {}\n", words(origins));
        }
        text += &format!("{model}: {}\n", words(&lineage.rows));
    }
    text
}

#[test]
fn each_hand_over_tells_the_same_lineage() {
    let [memory, lazy, stored] =
        [HandOver::Memory, HandOver::Lazy, HandOver::Stored].map(|hand_over| text(&committed(chain(hand_over))));
    insta::assert_snapshot!(memory, @r"
    stays: nothing
    houses: nothing
    hotel_nights.hotel: stays.hotel identity
    hotel_nights.nights: stays.nights aggregation
    hotel_nights.rooms: houses.rooms identity
    hotel_nights: houses.hotel join, stays.hotel join, stays.hotel group_by, stays.paid filter
    copies.hotel: hotel_nights.hotel identity
    copies.nights: hotel_nights.nights transformation
    copies.note: ?
    copies: ?
    ");
    assert_eq!(lazy, memory);
    assert_eq!(stored, memory);
}

#[test]
fn lineage_is_on_record_and_stays_when_a_step_is_reused() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite: Arc<dyn Ledger> = Arc::new(SqliteLedger::at(folder.path().join("ledger.sqlite")));
    for (place, ledger) in [Arc::new(MemoryLedger::new()), sqlite].into_iter().enumerate() {
        let store = || Arc::new(FolderStore::new(folder.path().join(place.to_string())));
        let chain = || chain(HandOver::Stored).with_ledger(Arc::clone(&ledger)).with_store(store());
        let made = committed(chain());
        let on_record = || -> Vec<(String, Option<Arc<Lineage>>)> {
            let last = |(model, _): &(String, _)| {
                let version = ledger.versions("", model, 1).unwrap().remove(0);
                (model.clone(), version.lineage)
            };
            made.iter().map(last).collect()
        };
        assert_eq!(on_record(), made);
        assert_eq!(committed(chain()), [], "all is reused");
        assert_eq!(on_record(), made);
    }
}

/// What two days have.
#[task]
fn two_days(stays: &Across<Table<Stay>, Trailing<2>>, nights: &mut Table<HotelNights>) -> Result<()> {
    let sold = stays.scan().group_by([col(Stay::HOTEL)]).agg([col(Stay::NIGHTS).sum()]);
    nights.put(sold.with_column(lit(NULL).cast(DataType::Int64).alias(HotelNights::ROOMS)))
}

#[test]
fn what_is_read_of_other_partitions_leads_to_the_model_that_they_have() {
    let folder = tempfile::tempdir().unwrap();
    let days = Partitioning::of_time(Unit::Day, "UTC").and_then(|days| days.starting("2026-11-20")).unwrap();
    let stores = || FolderStores::new(folder.path(), "hotel");
    let ledger = Arc::new(MemoryLedger::new());
    let [_, second] = ["2026-11-20", "2026-11-21"].map(|key| {
        let job = JobContext::new("hotel").with_partition(days.find(key).unwrap());
        let chain = Orchestrator::new(job, tasks![stays, two_days], Sections::models())
            .with_store(stores().of(key))
            .with_ledger(Arc::<MemoryLedger>::clone(&ledger))
            .with_partitions(days.clone(), Arc::new(stores()));
        text(&committed(chain))
    });
    insta::assert_snapshot!(second, @r"
    stays: nothing
    stays_trailing_2: nothing
    hotel_nights.hotel: stays.hotel identity
    hotel_nights.nights: stays.nights aggregation
    hotel_nights.rooms: 
    hotel_nights: stays.hotel group_by
    ");
}
