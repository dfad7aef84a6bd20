//! When hours, days, weeks and months begin in a zone.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;

use super::{Interval, Partition, Slice, Unit, key};
use crate::zone::{ahead, first_at, last_change};

/// The partition that an instant belongs to; `None` at the end of all time.
pub(super) fn at(unit: Unit, zone: Tz, instant: DateTime<Utc>) -> Option<Partition> {
    if unit == Unit::Hour {
        return hour_at(zone, instant);
    }
    let date = instant.with_timezone(&zone).date_naive();
    let partition = of_date(unit, zone, date)?;
    match partition.interval() {
        // Clocks that are put back over midnight show a date again after the next has begun.
        Some(interval) if interval.end <= instant => of_date(unit, zone, date.succ_opt()?),
        _ => Some(partition),
    }
}

/// The day, week or month that a date is in; `None` where no instant belongs to it.
fn of_date(unit: Unit, zone: Tz, date: NaiveDate) -> Option<Partition> {
    let (first, after) = match unit {
        Unit::Hour | Unit::Day => (date, date.succ_opt()?),
        Unit::Week => {
            let monday = date.checked_sub_days(Days::new(date.weekday().num_days_from_monday().into()))?;
            (monday, monday.checked_add_days(Days::new(7))?)
        }
        Unit::Month => {
            let first = date.with_day(1)?;
            (first, first.checked_add_months(Months::new(1))?)
        }
    };
    let interval = Interval { start: begin_of(zone, first)?, end: begin_of(zone, after)? };
    let key = key::of_date(unit, first).into();
    (interval.start < interval.end).then_some(Partition { key, slice: Slice::Time { unit, interval, first, after } })
}

/// The first instant at which it is this date or later in a zone; `None` at the ends of all time.
fn begin_of(zone: Tz, date: NaiveDate) -> Option<DateTime<Utc>> {
    first_at(zone, date.and_time(NaiveTime::MIN))
}

fn is_full_hour(zone: Tz, instant: DateTime<Utc>) -> bool {
    let local = instant.with_timezone(&zone).time();
    (local.minute(), local.second(), local.nanosecond()) == (0, 0, 0)
}

fn hour_at(zone: Tz, instant: DateTime<Utc>) -> Option<Partition> {
    hour_from(zone, hour_begun(zone, instant)?)
}

/// The partition that begins at an instant, where one does.
pub(super) fn from(unit: Unit, zone: Tz, start: DateTime<Utc>) -> Option<Partition> {
    if unit == Unit::Hour { hour_from(zone, start) } else { at(unit, zone, start) }
}

fn hour_from(zone: Tz, start: DateTime<Utc>) -> Option<Partition> {
    let end = hour_ended(zone, start)?;
    let local = start.with_timezone(&zone);
    let date = local.date_naive();
    let interval = Interval { start, end };
    let slice = Slice::Time { unit: Unit::Hour, interval, first: date, after: date.succ_opt()? };
    Some(Partition { key: key::of_hour(local.naive_local(), ahead(zone, start)).into(), slice })
}

/// When the clocks showed a full hour last.
fn hour_begun(zone: Tz, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let local = instant.with_timezone(&zone).time();
    let since = TimeDelta::seconds(i64::from(local.minute() * 60 + local.second()))
        + TimeDelta::nanoseconds(i64::from(local.nanosecond()));
    let start = instant.checked_sub_signed(since)?;
    match last_change(zone, start, instant) {
        None => Some(start),
        Some(change) if is_full_hour(zone, change) => Some(change),
        Some(change) => hour_begun(zone, change.checked_sub_signed(TimeDelta::seconds(1))?),
    }
}

/// When the clocks show a full hour next after they have shown one.
fn hour_ended(zone: Tz, start: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let mut from = start;
    loop {
        let local = from.with_timezone(&zone).time();
        let left = 3600 - i64::from((local.minute() * 60 + local.second()) % 3600);
        let end = from.checked_add_signed(TimeDelta::seconds(left))?;
        match last_change(zone, from, end) {
            Some(change) if is_full_hour(zone, change) => return Some(change),
            // The clocks have jumped to within an hour; what is left of that belongs to this one.
            Some(change) => from = change,
            None => return Some(end),
        }
    }
}
