//! Partitions of every zone there is lie side by side, and each is found by its key.

use chrono::{DateTime, Datelike, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::prelude::{ProptestConfig, any};
use proptest::sample::select;

use super::{Cut, Kind, Partition, Partitioning, Unit};

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn keys(partitioning: &Partitioning, first: &str, last: &str) -> Vec<String> {
    let (first, last) = (partitioning.find(first).unwrap(), partitioning.find(last).unwrap());
    partitioning.between(&first, &last).map(|partition| partition.to_string()).collect()
}

fn by(unit: Unit, zone: &str) -> Partitioning {
    Partitioning::of_time(unit, zone).unwrap()
}

/// From when to when, in UTC.
fn times(partition: &Partition) -> (String, String) {
    let interval = partition.interval().unwrap();
    let text = |instant: DateTime<Utc>| instant.format("%dT%H:%M").to_string();
    (text(interval.start), text(interval.end))
}

fn refused(partitioning: &Partitioning, key: &str) -> String {
    partitioning.find(key).unwrap_err().to_string()
}

proptest::proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]
    #[test]
    fn each_instant_is_in_one_partition_beside_its_neighbours(
        zone in select(&TZ_VARIANTS[..]), unit in select(&Unit::ALL[..]), seconds in -1_000_000_000_i64..2_000_000_000,
        near_a_change in any::<bool>(),
    ) {
        let partitioning = Partitioning(Kind::Time { unit, zone, start: None });
        let mut now = DateTime::from_timestamp(seconds, 0).unwrap();
        if near_a_change {
            now = change_after(zone, now).unwrap_or(now) + TimeDelta::seconds(seconds % 7200);
        }

        let partition = partitioning.at(now).unwrap();
        let interval = partition.interval().unwrap();
        let told = format!("{partition} in {zone}, {interval:?}, {now}");
        assert!(interval.contains(now), "{told}");
        assert!(partitioning.at(interval.start).as_ref() == Some(&partition), "{told}");
        let next = partitioning.next(&partition).unwrap();
        assert_eq!(next.interval().unwrap().start, interval.end, "{told}");
        assert_eq!(partitioning.previous(&next).as_ref(), Some(&partition), "{told}");
        assert_eq!(partitioning.find(partition.key()).as_ref(), Ok(&partition), "{told}");
        assert_eq!(partitioning.last_complete(interval.end).as_ref(), Some(&partition), "{told}");
        assert!(partition.key() != next.key(), "{told}");

        // What the clock on the wall shows when it begins.
        let begin = interval.start.with_timezone(&zone);
        let dates = partition.dates().unwrap();
        match unit {
            Unit::Hour => assert_eq!((begin.minute(), begin.second()), (0, 0), "{told}"),
            Unit::Day => assert_eq!(begin.date_naive(), dates.start, "{told}"),
            Unit::Week => assert_eq!(dates.start.weekday(), chrono::Weekday::Mon, "{told}"),
            Unit::Month => assert_eq!(dates.start.day(), 1, "{told}"),
        }
    }
}

/// The first hour from an instant on in which the clocks are moved, by looking at each hour of two years.
fn change_after(zone: Tz, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let ahead = |hours: i64| {
        let then = instant + TimeDelta::hours(hours);
        (then, zone.offset_from_utc_datetime(&then.naive_utc()).to_string())
    };
    let (_, first) = ahead(0);
    (1..17_520).step_by(24).map(ahead).find(|(_, offset)| *offset != first).map(|(then, _)| then - TimeDelta::hours(24))
}

#[test]
fn a_day_is_as_long_as_the_clocks_make_it() {
    let zurich = by(Unit::Day, "Europe/Zurich");
    let hours = |key: &str| zurich.find(key).unwrap().interval().unwrap().hours();

    assert_eq!((hours("2026-03-29"), hours("2026-03-30"), hours("2026-10-25")), (23.0, 24.0, 25.0));
    // Midnight is left out there.
    let day = by(Unit::Day, "America/Sao_Paulo").find("2018-11-04").unwrap();
    assert_eq!(times(&day), ("04T03:00".to_owned(), "05T02:00".to_owned()));
}

#[test]
fn an_hour_that_comes_twice_is_two_and_one_that_is_left_out_is_none() {
    let zurich = by(Unit::Hour, "Europe/Zurich");

    assert_eq!(
        keys(&zurich, "2026-10-25T01", "2026-10-25T03"),
        ["2026-10-25T01+0200", "2026-10-25T02+0200", "2026-10-25T02+0100", "2026-10-25T03+0100"]
    );
    assert_eq!(keys(&zurich, "2026-03-29T01", "2026-03-29T03"), ["2026-03-29T01+0100", "2026-03-29T03+0200"]);
    assert_eq!(
        refused(&zurich, "2026-10-25T02"),
        "the hour `2026-10-25T02` comes twice in Europe/Zurich; write `2026-10-25T02+0200` or `2026-10-25T02+0100`"
    );
    assert_eq!(
        refused(&zurich, "2026-03-29T02"),
        "there is no hour `2026-03-29T02` in Europe/Zurich: its clocks were put forward over it"
    );
}

#[test]
fn clocks_that_move_by_half_an_hour_make_an_hour_longer() {
    let howe = by(Unit::Hour, "Australia/Lord_Howe");

    // From 2:00 back to 1:30, and from 2:00 to 2:30.
    let back = howe.find("2026-04-05T01").unwrap();
    assert_eq!((times(&back).0, back.interval().unwrap().hours()), ("04T14:00".to_owned(), 1.5));
    assert_eq!(keys(&howe, "2026-10-04T01", "2026-10-04T03"), ["2026-10-04T01+1030", "2026-10-04T03+1100"]);
    assert_eq!(howe.find("2026-10-04T01").unwrap().interval().unwrap().hours(), 1.5);
}

#[test]
fn clocks_that_go_back_over_midnight_do_not_begin_a_day_again() {
    // At 0:01 they were put back to 23:01.
    let johns = by(Unit::Day, "America/St_Johns");
    let again = johns.at(instant("2010-11-07T02:45:00Z")).unwrap();

    assert_eq!(again.to_string(), "2010-11-07");
    assert_eq!(times(&again), ("07T02:30".to_owned(), "08T03:30".to_owned()));
}

#[test]
fn a_date_that_a_zone_has_left_out_is_no_day() {
    let apia = by(Unit::Day, "Pacific/Apia");

    assert_eq!(keys(&apia, "2011-12-29", "2011-12-31"), ["2011-12-29", "2011-12-31"]);
    assert_eq!(
        refused(&apia, "2011-12-30"),
        "there is no day `2011-12-30` in Pacific/Apia: its clocks were put forward over it"
    );
}

#[test]
fn a_day_may_be_without_a_noon() {
    // At noon the clocks were put forward to one.
    let day = by(Unit::Day, "Africa/Ceuta").find("1967-06-03").unwrap();

    assert_eq!((times(&day), day.interval().unwrap().hours()), (("03T00:00".to_owned(), "03T23:00".to_owned()), 23.0));
}

#[test]
fn weeks_begin_on_monday_and_are_counted_as_iso_8601_does() {
    let weeks = by(Unit::Week, "UTC");

    assert_eq!(keys(&weeks, "2026-W52", "2027-W01"), ["2026-W52", "2026-W53", "2027-W01"]);
    let dates = weeks.find("2026-W53").unwrap().dates().unwrap();
    assert_eq!((dates.start.to_string(), dates.end.to_string()), ("2026-12-28".to_owned(), "2027-01-04".to_owned()));
}

#[test]
fn what_is_over_is_the_last_one_that_has_ended() {
    let now = instant("2026-11-22T02:30:00Z");
    let last = |unit: Unit, zone: &str| by(unit, zone).last_complete(now).unwrap().to_string();

    assert_eq!(last(Unit::Day, "Europe/Zurich"), "2026-11-21");
    assert_eq!(last(Unit::Day, "America/New_York"), "2026-11-20");
    assert_eq!(last(Unit::Hour, "Asia/Kolkata"), "2026-11-22T07+0530");
    assert_eq!(last(Unit::Week, "UTC"), "2026-W46");
    assert_eq!(last(Unit::Month, "UTC"), "2026-10");
}

#[test]
fn a_list_is_in_its_order() {
    let hotels = Partitioning::of_list(["seehof", "alpenblick", "kulm"]).unwrap();

    assert_eq!(keys(&hotels, "seehof", "kulm"), ["seehof", "alpenblick", "kulm"]);
    assert_eq!(keys(&hotels, "kulm", "seehof"), [""; 0]);
    assert_eq!(hotels.at(instant("2026-11-21T00:00:00Z")), None);
    assert_eq!(hotels.to_string(), "3 partitions: seehof, alpenblick, kulm");
}

#[test]
fn what_is_no_partition_is_refused_with_an_example() {
    let list = |keys: &[&str]| Partitioning::of_list(keys.iter().copied()).unwrap_err().to_string();

    assert_eq!(refused(&by(Unit::Day, "UTC"), "21.11.2026"), "`21.11.2026` is no day; write one like `2026-11-21`");
    assert_eq!(refused(&by(Unit::Day, "UTC"), "2026-11-31"), "`2026-11-31` is no day; write one like `2026-11-21`");
    assert_eq!(refused(&by(Unit::Week, "UTC"), "2026-W54"), "`2026-W54` is no week; write one like `2026-W47`");
    assert_eq!(refused(&by(Unit::Month, "UTC"), "2026-1"), "`2026-1` is no month; write one like `2026-11`");
    assert_eq!(
        refused(&by(Unit::Hour, "UTC"), "2026-11-21T24"),
        "`2026-11-21T24` is no hour; write one like `2026-11-21T05+0000`"
    );
    assert_eq!(
        refused(&by(Unit::Hour, "UTC"), "2026-11-21T05+0100"),
        "`2026-11-21T05+0100` is no hour; write one like `2026-11-21T05+0000`"
    );
    assert_eq!(
        Partitioning::of_time(Unit::Day, "Europe/Zürich").unwrap_err().to_string(),
        "there is no time zone `Europe/Zürich`; did you mean `Europe/Zurich`?"
    );
    assert_eq!(
        Partitioning::of_time(Unit::Day, "home").unwrap_err().to_string(),
        "there is no time zone `home`; write one of the IANA database, such as `Europe/Zurich`"
    );
    assert_eq!(list(&[]), "a list of partitions has to name one at least");
    assert_eq!(list(&["seehof", "seehof"]), "partition `seehof` is listed twice");
    assert_eq!(
        list(&["seehof", "all"]),
        "`all` cannot be the name of a partition: it stands for all data, as `#[task(partition = \"all\")]` has it"
    );
    assert_eq!(
        list(&["../seehof"]),
        "`../seehof` cannot be the name of a partition: write letters, digits, `-`, `_`, `+` and `.`, not at the front"
    );
}

#[test]
fn partitions_may_have_a_first_one() {
    let days = by(Unit::Day, "Europe/Zurich").starting("2026-10-29").unwrap();

    assert_eq!(days.first().unwrap().to_string(), "2026-10-29");
    assert_eq!(days.previous(&days.find("2026-10-29").unwrap()), None);
    assert_eq!(days.previous(&days.find("2026-10-30").unwrap()).unwrap().to_string(), "2026-10-29");
    assert_eq!(days.at(instant("2026-10-28T12:00:00Z")), None);
    assert_eq!(
        refused(&days, "2026-10-28"),
        "there is no day `2026-10-28`: partitions begin with `2026-10-29`, as `start` in `[partitions]` says"
    );
    // The month in which they begin is one.
    let months = days.cut(Cut::By(Unit::Month)).unwrap();
    assert_eq!(months.first().unwrap().to_string(), "2026-10");
    assert_eq!(
        refused(&months, "2026-09"),
        "there is no month `2026-09`: partitions begin with `2026-10`, as `start` in `[partitions]` says"
    );
    let listed = Partitioning::of_list(["seehof"]).unwrap();
    assert_eq!(
        listed.starting("seehof").unwrap_err().to_string(),
        "a list of partitions has no `start`: its first is the first"
    );
}

#[test]
fn all_data_is_one_partition() {
    let all = by(Unit::Day, "UTC").cut(Cut::All).unwrap();
    let one = all.find("all").unwrap();

    assert_eq!((one.to_string(), one.interval(), one.cut()), ("all".to_owned(), None, Some(Cut::All)));
    assert_eq!((all.first(), all.next(&one), all.previous(&one)), (Some(one.clone()), None, None));
    assert_eq!(all.between(&one, &one).count(), 1);
    assert_eq!(all.listed(), Some(vec![one]));
    assert_eq!(refused(&all, "al"), "there is no partition `al`; did you mean `all`?");
    assert_eq!(Partitioning::of_list(["seehof"]).unwrap().cut(Cut::By(Unit::Day)), None);
}

#[test]
fn a_window_goes_back_as_far_as_there_are_partitions() {
    let days = by(Unit::Day, "Europe/Zurich").starting("2026-10-24").unwrap();
    let window = |key: &str, count| -> Vec<String> {
        days.trailing(&days.find(key).unwrap(), count).iter().map(ToString::to_string).collect()
    };

    assert_eq!(window("2026-10-26", 3), ["2026-10-24", "2026-10-25", "2026-10-26"]);
    assert_eq!(window("2026-10-26", 1), ["2026-10-26"]);
    assert_eq!(window("2026-10-25", 28), ["2026-10-24", "2026-10-25"]);
}

#[test]
fn a_month_that_begins_before_the_first_day_has_the_days_from_then_on() {
    let days = by(Unit::Day, "Europe/Zurich").starting("2026-10-29").unwrap();
    let month = days.cut(Cut::By(Unit::Month)).unwrap().find("2026-10").unwrap();
    let within: Vec<String> = days.within(&month).map(|day| day.to_string()).collect();

    assert_eq!(within, ["2026-10-29", "2026-10-30", "2026-10-31"]);
    let listed = Partitioning::of_list(["seehof"]).unwrap();
    assert_eq!(listed.within(&month).count(), 0);
}

proptest::proptest! {
    /// Days and hours fill weeks and months without gap or overlap, in every zone.
    #[test]
    fn what_lies_in_a_partition_fills_it(zone in select(&TZ_VARIANTS[..]), seconds in 0..2_000_000_000_i64) {
        let instant = DateTime::from_timestamp(seconds, 0).unwrap();
        let of = |unit| Partitioning(Kind::Time { unit, zone, start: None });
        for (part, whole) in [(Unit::Day, Unit::Week), (Unit::Day, Unit::Month), (Unit::Hour, Unit::Day)] {
            let Some(whole) = of(whole).at(instant) else { continue };
            let interval = whole.interval().unwrap();
            let mut reached = interval.start;
            for part in of(part).within(&whole) {
                proptest::prop_assert_eq!(part.interval().unwrap().start, reached, "{} of {} in {}", part, whole, zone.name());
                reached = part.interval().unwrap().end;
            }
            proptest::prop_assert_eq!(reached, interval.end, "{} in {}", whole, zone.name());
        }
    }
}
