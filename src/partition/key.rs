//! The keys of partitions: written and read.

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike, Weekday};
use chrono_tz::Tz;

use super::{Partition, PartitionError, Unit, calendar};
use crate::zone::first_at;

/// Whether a word can name a partition of a list, and a folder.
pub(super) fn is_name(word: &str) -> bool {
    let is_usual = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '+' | '.');
    word.chars().all(is_usual) && word.chars().next().is_some_and(char::is_alphanumeric)
}

/// The key of the day, week or month that begins at a date.
pub(super) fn of_date(unit: Unit, first: NaiveDate) -> String {
    match unit {
        Unit::Hour | Unit::Day => first.to_string(),
        Unit::Week => format!("{}-W{:02}", first.iso_week().year(), first.iso_week().week()),
        Unit::Month => format!("{}-{:02}", first.year(), first.month()),
    }
}

/// The key of the hour that begins when the clocks show this, so many seconds ahead of UTC.
pub(super) fn of_hour(local: NaiveDateTime, ahead: i32) -> String {
    let (sign, ahead) = (if ahead < 0 { '-' } else { '+' }, ahead.abs());
    let (hours, minutes, seconds) = (ahead / 3600, ahead / 60 % 60, ahead % 60);
    // Before the clocks of the world were brought together, they were ahead by odd seconds.
    let seconds = if seconds == 0 { String::new() } else { format!("{seconds:02}") };
    format!("{}T{:02}{sign}{hours:02}{minutes:02}{seconds}", local.date(), local.hour())
}

/// The partition of a key.
pub(super) fn parse(unit: Unit, zone: Tz, key: &str) -> Result<Partition, PartitionError> {
    let wrong = || PartitionError::Key { key: key.to_owned(), unit, example: unit.example() };
    let left_out = || PartitionError::LeftOut { key: key.to_owned(), unit, zone: zone.name() };
    if unit == Unit::Hour {
        return hour(zone, key, &wrong, &left_out);
    }
    let first = match unit {
        Unit::Hour | Unit::Day => key.parse().ok(),
        Unit::Week => key
            .split_once("-W")
            .and_then(|(year, week)| NaiveDate::from_isoywd_opt(year.parse().ok()?, week.parse().ok()?, Weekday::Mon)),
        Unit::Month => format!("{key}-01").parse().ok(),
    };
    // Only as it would be written, so that no partition has two names.
    let first = first.filter(|first| of_date(unit, *first) == key).ok_or_else(wrong)?;
    // Whatever of it the clocks leave out, what there is of it begins then.
    let begin = first_at(zone, first.and_time(NaiveTime::MIN)).ok_or_else(left_out)?;
    calendar::at(unit, zone, begin).filter(|partition| *partition.key == *key).ok_or_else(left_out)
}

fn hour(
    zone: Tz,
    key: &str,
    wrong: &dyn Fn() -> PartitionError,
    left_out: &dyn Fn() -> PartitionError,
) -> Result<Partition, PartitionError> {
    let (date, rest) = key.split_once('T').ok_or_else(wrong)?;
    let date: NaiveDate = date.parse().map_err(|_| wrong())?;
    let hour = rest.get(..2).and_then(|hour| hour.parse().ok()).ok_or_else(wrong)?;
    let local = date.and_hms_opt(hour, 0, 0).ok_or_else(wrong)?;
    let at = |instant: DateTime<Tz>| calendar::at(Unit::Hour, zone, instant.to_utc()).ok_or_else(left_out);
    let found: Vec<Partition> = match zone.from_local_datetime(&local) {
        LocalResult::None => return Err(left_out()),
        LocalResult::Single(only) => vec![at(only)?],
        LocalResult::Ambiguous(first, second) => vec![at(first)?, at(second)?],
    };
    if rest.len() > 2 {
        return found.into_iter().find(|partition| *partition.key == *key).ok_or_else(wrong);
    }
    match <[Partition; 1]>::try_from(found) {
        Ok([only]) => Ok(only),
        Err(both) => Err(PartitionError::Ambiguous {
            key: key.to_owned(),
            zone: zone.name(),
            first: both[0].to_string(),
            second: both[1].to_string(),
        }),
    }
}
