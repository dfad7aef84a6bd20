//! The table at the end of three runs.

use insta::assert_snapshot;

use super::*;
use crate::report::fixture::{cancelled, failed, good, retried, tell, up_to_date};

fn summary_of(events: &[Event]) -> Summary {
    let mut summary = Summary::new();
    tell(&mut summary, events);
    summary
}

fn plain(events: &[Event], width: u16) -> String {
    summary_of(events).render(Palette::new(false), width)
}

#[test]
fn a_good_run_ends_with_where_its_results_are() {
    assert_snapshot!(plain(&good(), 80), @"
    step               state   rows in  rows out    time  peak memory
    ingest
      read_bookings    ✓ done        –   119,390  1.24 s    350.0 MiB
    process
      clean_bookings   ✓ done  119,390   119,390  310 ms    117.0 MiB
      daily_occupancy  ✓ done  117,386     1,605   84 ms     61.0 MiB
    reports/monthly
      monthly_revenue  ✓ done    1,605         1    9 ms     42.0 MiB
    archive            ✓ done  119,390         –  120 ms     70.0 MiB

    ✓ done in 3.42 s, 5 steps done, peak memory 351.0 MiB

    results are in data/alpine
      raw_bookings.parquet     119,390 rows   3.1 MiB
      daily_occupancy.parquet    1,605 rows  17.8 KiB
      monthly_revenue.parquet         1 row     870 B
    ");
}

#[test]
fn a_failed_run_says_what_failed_and_that_nothing_was_published() {
    assert_snapshot!(plain(&failed(), 80), @"
    step               state      rows in  rows out    time  peak memory
    ingest
      read_bookings    ✓ done           –     3,004  1.24 s    350.0 MiB
    process
      clean_bookings   ✗ failed     3,004         –  842 µs            –
      daily_occupancy  ↷ skipped        –         –       –            –
    reports/monthly
      monthly_revenue  ↷ skipped        –         –       –            –
    archive            ✗ failed     3,004         –  842 µs            –

    ✗ clean_bookings failed
        data error: model `clean_bookings` breaks its contract:
          column `nights` has 2 rows below 0
        caused by: row 17: -1
        skipped because of it: daily_occupancy, monthly_revenue

    ✗ archive failed
        error: task `archive` panicked: index out of bounds

    ✗ failed in 3.42 s, 1 done, 2 failed, 2 skipped, peak memory 351.0 MiB
    nothing was published, because `clean_bookings` and `archive` failed;
    what earlier runs published still stands
    ");
}

#[test]
fn a_cancelled_run_says_that_nothing_was_published() {
    assert_snapshot!(plain(&cancelled(), 80), @"
    step               state        rows in  rows out    time  peak memory
    ingest
      read_bookings    ✓ done             –     3,004  1.24 s    350.0 MiB
    process
      clean_bookings   – cancelled        –         –       –            –
      daily_occupancy  – cancelled        –         –       –            –
    reports/monthly
      monthly_revenue  – cancelled        –         –       –            –
    archive            – cancelled        –         –       –            –

    – cancelled in 3.42 s, 1 done, 4 cancelled, peak memory 351.0 MiB
    nothing was published, because the run was stopped;
    what earlier runs published still stands
    ");
}

#[test]
fn a_run_that_has_not_ended_shows_how_far_it_is() {
    assert_snapshot!(plain(&good()[..4], 80), @"
    step               state      rows in  rows out    time  peak memory
    ingest
      read_bookings    ✓ done           –   119,390  1.24 s    350.0 MiB
    process
      clean_bookings   ▸ running        –         –       –            –
      daily_occupancy  · waiting        –         –       –            –
    reports/monthly
      monthly_revenue  · waiting        –         –       –            –
    archive            · waiting        –         –       –            –

    run 8b0c1d2e of chain alpine has not ended
    ");
}

#[test]
fn a_run_that_had_nothing_to_do_says_so() {
    assert_snapshot!(plain(&up_to_date(), 80), @"
    step               state     rows in  rows out  time  peak memory
    ingest
      read_bookings    = reused        –   119,390     –            –
    process
      clean_bookings   = reused        –   119,390     –            –
      daily_occupancy  = reused        –     1,605     –            –
    reports/monthly
      monthly_revenue  = reused        –         1     –            –
    archive            = reused        –         –     –            –

    ✓ done in 3.42 s, everything was up to date, 5 steps reused, peak memory 351.0 MiB

    results are in data/alpine
      raw_bookings.parquet  119,390 rows  3.1 MiB
    ");
}

#[test]
fn attempts_and_steps_that_ran_too_long_are_told() {
    assert_snapshot!(plain(&retried(), 80), @"
    step               state        rows in  rows out    time  peak memory
    ingest
      read_bookings    = reused           –     3,004       –            –
    process
      clean_bookings   ✗ failed           –         –  310 ms            –
      daily_occupancy  ↷ skipped          –         –       –            –
    reports/monthly
      monthly_revenue  ↷ skipped          –         –       –            –
    archive            ✗ timed_out        –         –  5.00 s            –

    ✗ clean_bookings failed, attempt 3 of 3
        transient error: the rates cannot be had
        caused by: timed out
        skipped because of it: daily_occupancy, monthly_revenue

    ✗ archive ran too long
        transient error: ran longer than 5.00 s

    ✗ failed in 3.42 s, 1 failed, 1 timed out, 1 reused, 2 skipped, peak memory 351.0 MiB
    only what is done was published, because `clean_bookings` failed, and `archive` ran too long;
    what earlier runs published still stands

    results are in data/alpine
      raw_bookings.parquet  3,004 rows  4.0 KiB
    ");
}

#[test]
fn names_are_cut_so_that_the_table_fits() {
    let mut events = good();
    if let Fact::RunStarted { steps, .. } = &mut events[0].fact {
        steps[1].name = "clean_bookings_of_all_hotels_in_the_northern_alps".into();
    }
    let text = plain(&events, 80);
    assert!(text.contains("clean_bookings_of_all_hotels_…"), "{text}");
    assert_eq!(text.lines().take(9).map(|line| line.chars().count()).max(), Some(80), "{text}");
}

#[test]
fn with_colour_the_words_are_the_same() {
    let text = summary_of(&failed()).render(Palette::new(true), 80);
    let mut bare = String::new();
    let mut parts = text.split('\u{1b}');
    bare.push_str(parts.next().unwrap_or_default());
    bare.extend(parts.filter_map(|part| part.split_once('m')).map(|(_, rest)| rest));
    assert!(text.contains('\u{1b}'));
    let trimmed: Vec<&str> = bare.lines().map(str::trim_end).collect();
    assert_eq!(trimmed.join("\n"), plain(&failed(), 80).trim_end());
}
