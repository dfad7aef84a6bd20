//! Each chain on its own sample, and on other input.

use std::fs;

use purvey::polars::prelude::{DataFrame, StringChunked};

use crate::support::{Chain, sample};

/// The texts of a column, with nothing for a null.
fn texts(table: &DataFrame, column: &str) -> Vec<String> {
    let column: &StringChunked = table.column(column).unwrap().str().unwrap();
    column.iter().map(|text| text.unwrap_or_default().to_owned()).collect()
}

/// How many rows have each text of a column.
fn counts(table: &DataFrame, column: &str) -> Vec<(String, usize)> {
    let mut texts = texts(table, column);
    texts.sort();
    texts.chunk_by(|one, next| one == next).map(|same| (same[0].clone(), same.len())).collect()
}

fn assert_heights(chain: &Chain, expected: &[(&str, usize)]) {
    let heights = chain.heights();
    let heights: Vec<(&str, usize)> = heights.iter().map(|(model, rows)| (model.as_str(), *rows)).collect();
    assert_eq!(heights, expected);
}

#[test]
fn demand_publishes_its_twelve_tables_and_nothing_else() {
    let chain = Chain::demand();
    chain.run(&[]);
    assert_heights(
        &chain,
        &[
            ("agent_ranking", 14),
            ("bookings", 1488),
            ("bookings_typed", 1500),
            ("cancellations", 67),
            ("daily_occupancy", 855),
            ("guests_by_country", 20),
            ("los_histogram", 15),
            ("monthly_report", 30),
            ("monthly_revenue", 30),
            ("pickup_curve", 280),
            ("raw_bookings", 1500),
            ("rejects", 12),
        ],
    );
    assert_eq!(chain.published().len(), 12);
}

#[test]
fn alpine_publishes_tables_totals_a_page_and_what_it_could_not_read() {
    let chain = Chain::alpine();
    chain.run(&[]);
    assert_heights(
        &chain,
        &[
            ("agent_ranking", 21),
            ("bookings", 1773),
            ("bookings_typed", 1791),
            ("cancellations", 96),
            ("daily_occupancy", 1303),
            ("guests_by_country", 30),
            ("los_histogram", 32),
            ("monthly_report", 45),
            ("monthly_revenue", 45),
            ("pickup_curve", 420),
            ("rejects", 18),
            ("unreadable_bookings", 9),
        ],
    );
    let published = chain.published();
    assert!(published.contains_key("totals.json"));
    let page = String::from_utf8(published["night_report.md"].clone()).unwrap();
    assert!(page.starts_with("# Night report: alpine\n"), "{page}");
}

#[test]
fn metro_publishes_tables_totals_a_page_and_what_it_could_not_read() {
    let chain = Chain::metro();
    chain.run(&[]);
    assert_heights(
        &chain,
        &[
            ("agent_ranking", 14),
            ("bookings", 890),
            ("bookings_typed", 896),
            ("cancellations", 68),
            ("daily_occupancy", 855),
            ("guests_by_country", 20),
            ("los_histogram", 10),
            ("monthly_report", 30),
            ("monthly_revenue", 30),
            ("pickup_curve", 224),
            ("rejects", 6),
            ("unreadable_bookings", 4),
        ],
    );
    assert!(chain.published().contains_key("totals.json"));
}

#[test]
fn slips_of_the_pen_are_set_aside_with_their_place_and_text() {
    let chain = Chain::alpine();
    chain.run_on(&sample("alpine/sample/seehof.csv"));
    let unreadable = chain.table("unreadable_bookings");
    assert_eq!(texts(&unreadable, "column"), ["Anreise", "Erwachsene", "Preis"]);
    assert_eq!(texts(&unreadable, "text"), ["31.02.2025", "zwei", ""]);
    let lines: Vec<_> = unreadable.column("line").unwrap().i64().unwrap().iter().flatten().collect();
    assert_eq!(lines, [62, 162, 262]);
}

#[test]
fn bookings_that_make_no_sense_are_rejected_one_of_each_reason_a_house() {
    let reasons =
        ["departure_mismatch", "implausible_adr", "missing_children", "negative_adr", "no_guests", "undefined_segment"];
    for (chain, houses) in [(Chain::alpine(), 3), (Chain::demand(), 2), (Chain::metro(), 1)] {
        chain.run(&[]);
        let expected = reasons.map(|reason| (reason.to_owned(), houses));
        assert_eq!(counts(&chain.table("rejects"), "reject_reason"), expected);
    }
}

#[test]
fn a_second_run_publishes_the_same_bytes() {
    for chain in [Chain::alpine(), Chain::demand(), Chain::metro()] {
        chain.run(&[]);
        let first = chain.published();
        chain.run(&[]);
        let second = chain.published();
        assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
        for (name, bytes) in &first {
            assert!(bytes == &second[name], "{name} differs");
        }
    }
}

#[test]
fn a_chain_can_be_pointed_at_another_file() {
    let feed = fs::read_to_string(sample("metro/sample/bookings.ndjson")).unwrap();
    let chain = Chain::metro();
    let path = chain.file("today.ndjson", feed.lines().take(10).collect::<Vec<_>>().join("\n"));
    chain.run_on(&path);
    assert_eq!(chain.table("bookings_typed").height(), 10);
}

#[test]
fn results_go_where_they_are_told_to() {
    let chain = Chain::metro();
    let elsewhere = tempfile::TempDir::new().unwrap();
    chain.run(&["--data", elsewhere.path().to_str().unwrap()]);
    assert!(elsewhere.path().join("monthly_report.parquet").exists());
    assert!(!chain.results().exists());
}

#[test]
fn a_field_that_cannot_be_read_stops_demand_and_nothing_is_published() {
    let file = fs::read_to_string(sample("demand/sample/hotel_bookings.csv")).unwrap();
    let chain = Chain::demand();
    let path = chain.file("broken.csv", file.replacen("Resort Hotel,0,7,", "Resort Hotel,0,seven,", 1));
    let output = chain.start(&["--set", &format!("models.raw_bookings.path={}", path.display())]);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    for word in ["broken.csv", "lead_time", "seven"] {
        assert!(message.contains(word), "`{word}` is not in: {message}");
    }
    assert!(!chain.results().join("raw_bookings.parquet").exists());
}
