//! What is gathered of partitions: named, opened, told apart.

use std::path::PathBuf;

use super::*;
use crate::model::{Artifact, Content, Named, Value};
use crate::partition::{Partitioning, Unit};

/// Swiss francs for one euro.
struct ExchangeRate;

impl Named for ExchangeRate {
    const NAME: &'static str = "exchange_rate";
    const DOC: &'static str = "Swiss francs for one euro.";
    const EXTENSION: &'static str = "txt";
}

type Rates<W> = Across<Value<f64, ExchangeRate>, W>;

fn day(key: &str) -> Partition {
    Partitioning::of_time(Unit::Day, "UTC").unwrap().find(key).unwrap()
}

/// A day with a rate, as a store has it.
fn part(key: &str, rate: &'static str) -> Part<'static> {
    let content = Content::Json(rate.to_owned());
    Part { partition: day(key), digest: content.digest().ok(), load: Box::new(move |_| Ok(content.clone())) }
}

fn gathered(parts: Vec<Part<'_>>) -> Result<Rates<Trailing<2>>> {
    let section = Section::new("models.exchange_rate");
    let mut rates = Rates::build(NoConfig {}, &section)?;
    rates.gather(parts, &section)?;
    rates.seal()?;
    Ok(rates)
}

#[test]
fn its_name_says_what_is_gathered() {
    assert_eq!(Rates::<Trailing<28>>::NAME, "exchange_rate_trailing_28");
    assert_eq!(Rates::<Preceding<1>>::NAME, "exchange_rate_preceding_1");
    assert_eq!(Rates::<Within>::NAME, "exchange_rate_within");
    assert_eq!(Rates::<All>::NAME, "exchange_rate_all");
    assert_eq!(Rates::<Published<Trailing<7>>>::NAME, "exchange_rate_trailing_7_published");
    assert_eq!(Rates::<Trailing<28>>::describe().doc, "`exchange_rate` of the last 28 partitions.");
}

#[test]
fn partitions_are_found_by_their_keys_and_come_in_order() {
    let rates = gathered(vec![part("2026-11-20", "0.93"), part("2026-11-21", "0.94")]).unwrap();

    let shown: Vec<String> = rates.iter().map(|(day, rate)| format!("{day} {}", rate.get().unwrap())).collect();
    assert_eq!(shown, ["2026-11-20 0.93", "2026-11-21 0.94"]);
    assert_eq!(rates.get("2026-11-20").map(|rate| *rate.get().unwrap()), Some(0.93));
    assert!(rates.get("2026-11-19").is_none());
    assert_eq!((rates.len(), rates.is_empty()), (2, false));
}

#[test]
fn content_and_partition_make_the_digest() {
    let digest = |parts| gathered(parts).unwrap().digest().unwrap();

    let one = digest(vec![part("2026-11-20", "0.93")]);
    assert_eq!(digest(vec![part("2026-11-20", "0.93")]), one);
    assert_ne!(digest(vec![part("2026-11-20", "0.94")]), one);
    assert_ne!(digest(vec![part("2026-11-21", "0.93")]), one);
    // What cannot be told apart there cannot be here.
    assert_eq!(digest(vec![Part { digest: None, ..part("2026-11-20", "0.93") }]), None);
}

#[test]
fn what_cannot_be_read_is_told_with_its_partition() {
    let refused = |part| gathered(vec![part]).unwrap_err().to_string();
    insta::assert_snapshot!(refused(part("2026-11-21", "a lot")), @"model `exchange_rate` of partition `2026-11-21` cannot be read; if its file is gone, a run for that partition makes it again: stored model `exchange_rate` cannot be read: expected value at line 1 column 1");
    let of_a_file = Part { load: Box::new(|_| Ok(Content::File(PathBuf::from("rate.txt")))), ..part("2026-11-20", "") };
    insta::assert_snapshot!(refused(of_a_file), @"model `exchange_rate` of partition `2026-11-20` cannot be read; if its file is gone, a run for that partition makes it again: a stored file cannot be read into model `exchange_rate` (purvey::model::value::Value<f64, purvey::model::across::tests::ExchangeRate>)");
}

#[test]
fn what_nobody_has_gathered_is_not_written() {
    let mut rates = Rates::<Within>::build(NoConfig {}, &Section::new("models.exchange_rate")).unwrap();
    assert_eq!(
        rates.seal().unwrap_err().to_string(),
        "model `exchange_rate_within` was never written; call `put` on it, with no rows if there are none"
    );
    assert_eq!(Across::<Artifact<ExchangeRate>, Within>::NAME, "exchange_rate_within");
}
