//! Fires of schedules, held against a walk from minute to minute: every zone, twenty years, all that clocks do.

use chrono_tz::{TZ_VARIANTS, Tz};
use croner::time::Weekday as Other;
use proptest::prelude::*;
use purvey::chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Timelike, Utc, Weekday};
use purvey::schedule::{Cron, Schedule};

/// The twenty years. In them Samoa leaves out a day, Lord Howe moves by half an hour, Troll by two hours, and Morocco every
/// Ramadan.
const YEARS: [i32; 2] = [2010, 2030];

fn year(year: i32) -> DateTime<Utc> {
    format!("{year}-01-01T00:00:00Z").parse().unwrap()
}

fn wall(zone: Tz, instant: DateTime<Utc>) -> NaiveDateTime {
    instant.with_timezone(&zone).naive_local()
}

/// What the clocks of a zone show each minute of a while, and of some hours before.
struct Walk {
    zone: Tz,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    shown: Vec<(DateTime<Utc>, NaiveDateTime)>,
}

impl Walk {
    fn new(zone: Tz, from: DateTime<Utc>, until: DateTime<Utc>) -> Walk {
        // What was shown before it begins may be shown again in it; no clock was put back by more in these years.
        let before = from - TimeDelta::hours(3);
        let minutes = std::iter::successors(Some(before), |at| Some(*at + TimeDelta::minutes(1)));
        let shown = minutes.take_while(|at| *at < until).map(|at| (at, wall(zone, at))).collect();
        Walk { zone, from, until, shown }
    }
}

/// A cron text as another library reads it, field by field.
struct Text {
    cron: croner::Cron,
    minutes: [bool; 60],
    hours: [bool; 24],
}

impl Text {
    fn new(text: &str) -> Text {
        let cron: croner::Cron = text.parse().unwrap();
        let minutes = std::array::from_fn(|minute| cron.pattern.minute_match(minute as u32).unwrap());
        let hours = std::array::from_fn(|hour| cron.pattern.hour_match(hour as u32).unwrap());
        Text { cron, minutes, hours }
    }

    fn names(&self, time: NaiveDateTime) -> bool {
        if !self.minutes[time.minute() as usize] || !self.hours[time.hour() as usize] {
            return false;
        }
        let weekday = match time.weekday() {
            Weekday::Sun => Other::Sunday,
            Weekday::Mon => Other::Monday,
            Weekday::Tue => Other::Tuesday,
            Weekday::Wed => Other::Wednesday,
            Weekday::Thu => Other::Thursday,
            Weekday::Fri => Other::Friday,
            Weekday::Sat => Other::Saturday,
        };
        self.cron.pattern.month_match(time.month()).unwrap()
            && self.cron.pattern.day_match(time.year(), time.month(), time.day(), weekday).unwrap()
    }

    /// The fires of a walk, by looking at the clocks every minute.
    fn fires(&self, walk: &Walk) -> Vec<DateTime<Utc>> {
        let minute = TimeDelta::minutes(1);
        let names_every_hour = self.hours.iter().all(|named| *named);
        let mut latest = walk.shown[0].1;
        let mut fires = Vec::new();
        for (instant, time) in &walk.shown[1..] {
            let is_fire = if names_every_hour {
                self.names(*time)
            } else {
                let new = std::iter::successors(Some(latest + minute), |time| Some(*time + minute));
                new.take_while(|new| new <= time).any(|new| self.names(new))
            };
            latest = latest.max(*time);
            if is_fire && *instant >= walk.from {
                fires.push(*instant);
            }
        }
        fires
    }
}

fn assert_fires(text: &str, walk: &Walk) {
    let schedule = Schedule::new("any", Cron::parse(text).unwrap(), walk.zone.name()).unwrap();
    let before = walk.from - TimeDelta::seconds(1);
    let ours: Vec<_> = schedule.after(before).take_while(|fire| *fire < walk.until).collect();
    assert_eq!(ours, Text::new(text).fires(walk), "{schedule} from {}", walk.from);
}

/// The hours of the twenty years in which the clocks of a zone are put forward or back.
fn changes(zone: Tz) -> Vec<DateTime<Utc>> {
    let ahead = |at: DateTime<Utc>| wall(zone, at) - at.naive_utc();
    let changed = |at: DateTime<Utc>, step: TimeDelta| ahead(at) != ahead(at + step);
    let (hour, day) = (TimeDelta::hours(1), TimeDelta::days(1));
    let days = std::iter::successors(Some(year(YEARS[0])), |at| Some(*at + day)).take_while(|at| *at < year(YEARS[1]));
    let days = days.filter(|at| changed(*at, day));
    days.filter_map(|day| (0..24).map(|hours| day + hour * hours).find(|at| changed(*at, hour))).collect()
}

#[test]
fn every_change_of_every_clock_in_twenty_years_fires_as_a_walk_from_minute_to_minute() {
    let texts = ["30 2 * * *", "*/20 1-3 * * *", "0 0 * * *", "5,35 0,12,23 * * *", "*/15 * * * *", "0 * * * *"];
    let mut seen = 0;
    for zone in TZ_VARIANTS {
        for change in changes(zone) {
            seen += 1;
            let walk = Walk::new(zone, change - TimeDelta::hours(1), change + TimeDelta::hours(4));
            texts.iter().for_each(|text| assert_fires(text, &walk));
        }
    }
    assert!(seen > 5_000, "{seen}");
}

#[test]
fn a_time_of_a_sunday_fires_on_each_sunday_of_every_zone_once() {
    // Most clocks are put forward and back on Sundays.
    let weekly = Cron::parse("30 2 * * sun").unwrap();
    for zone in TZ_VARIANTS {
        let schedule = Schedule::new("weekly", weekly.clone(), zone.name()).unwrap();
        let fires = schedule.after(year(YEARS[0])).take_while(|fire| *fire < year(YEARS[1]));
        let dates: Vec<_> = fires.map(|fire| wall(zone, fire).date()).collect();
        assert!(dates.len() >= 1_043 && dates.iter().all(|date| date.weekday() == Weekday::Sun), "{schedule}");
        assert!(dates.windows(2).all(|pair| pair[1] - pair[0] == TimeDelta::days(7)), "{schedule}");
    }
}

/// A field that names one of these, some of them or all of them.
fn field(first: u32, last: u32) -> impl Strategy<Value = String> {
    let number = move || first..=last;
    prop_oneof![
        Just("*".to_owned()),
        number().prop_map(|number| number.to_string()),
        (1..last).prop_map(|step| format!("*/{step}")),
        (number(), number()).prop_map(|(one, other)| format!("{}-{}", one.min(other), one.max(other))),
        (number(), number(), 1..last).prop_map(|(one, other, step)| format!(
            "{}-{}/{step}",
            one.min(other),
            one.max(other)
        )),
        prop::collection::vec(number(), 2..4).prop_map(|list| list
            .iter()
            .map(u32::to_string)
            .collect::<Vec<_>>()
            .join(",")),
    ]
}

/// Fields for days, such that most days are named. A step from all days is left to the tests of the text: the other
/// library takes it for a list of days.
fn days() -> impl Strategy<Value = String> {
    let day = field(1, 28).prop_filter("no step from all", |text| !text.starts_with("*/"));
    let weekday = field(0, 6).prop_filter("no step from all", |text| !text.starts_with("*/"));
    prop_oneof![
        3 => Just("* * *".to_owned()),
        1 => (day, weekday).prop_map(|(day, weekday)| format!("{day} * {weekday}")),
        1 => field(1, 12).prop_map(|month| format!("* {month} *")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_text_in_any_zone_fires_as_a_walk_from_minute_to_minute(
        zone in prop::sample::select(&TZ_VARIANTS[..]),
        minute in field(0, 59),
        hour in field(0, 23),
        days in days(),
        seconds in 0..(year(YEARS[1]) - year(YEARS[0])).num_seconds(),
    ) {
        let from = year(YEARS[0]) + TimeDelta::minutes(seconds / 60);
        assert_fires(&format!("{minute} {hour} {days}"), &Walk::new(zone, from, from + TimeDelta::days(2)));
    }
}
