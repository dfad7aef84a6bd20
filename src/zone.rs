//! What the clocks on the wall of a time zone show, and when.
//!
//! Knows the IANA database, in which clocks are put forward and back; nothing of what they are looked at for.

use chrono::{DateTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::nearest;

/// No zone moves its clocks by more than this at a time.
const FARTHEST: TimeDelta = TimeDelta::hours(26);

/// There is no such time zone.
///
/// ```
/// use purvey::schedule::{Cron, Schedule};
///
/// let wrong = Schedule::new("nightly", Cron::parse("30 4 * * *")?, "Europe/Zürich").unwrap_err();
/// assert_eq!(wrong.to_string(), "there is no time zone `Europe/Zürich`; did you mean `Europe/Zurich`?");
/// # Ok::<(), purvey::schedule::CronError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone `{zone}`{}", hint(.similar.as_deref()))]
pub struct UnknownZone {
    /// What was written.
    pub zone: String,
    /// The zone that looks most like it.
    pub similar: Option<String>,
}

fn hint(similar: Option<&str>) -> String {
    match similar {
        Some(_) => nearest::hint(similar),
        None => "; write one of the IANA database, such as `Europe/Zurich`".to_owned(),
    }
}

/// The zone of this name in the IANA database.
///
/// # Errors
///
/// When there is none, with the name that looks most like it.
pub(crate) fn find(name: &str) -> Result<Tz, UnknownZone> {
    name.parse().map_err(|_| {
        let similar = nearest::name(name, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
        UnknownZone { zone: name.to_owned(), similar }
    })
}

/// What the clocks of a zone show at an instant.
pub(crate) fn wall(zone: Tz, instant: DateTime<Utc>) -> NaiveDateTime {
    zone.from_utc_datetime(&instant.naive_utc()).naive_local()
}

/// The first instant at which the clocks of a zone show this time or a later one: the first of two where they show it
/// twice, and the one at which they are put forward where they leave it out. `None` at the ends of all time.
pub(crate) fn first_at(zone: Tz, time: NaiveDateTime) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&time).earliest() {
        Some(instant) => Some(instant.to_utc()),
        None => {
            let before = time.and_utc().checked_sub_signed(FARTHEST)?;
            let after = time.and_utc().checked_add_signed(FARTHEST)?;
            Some(first_second(before, after, |instant| wall(zone, instant) >= time))
        }
    }
}

/// The first whole second after `before` for which this is so, as it is for `after` and whatever lies between.
fn first_second(before: DateTime<Utc>, after: DateTime<Utc>, is_so: impl Fn(DateTime<Utc>) -> bool) -> DateTime<Utc> {
    let (mut no, mut yes) = (before.timestamp(), after.timestamp());
    while yes - no > 1 {
        let middle = no + (yes - no) / 2;
        match DateTime::from_timestamp(middle, 0).is_some_and(&is_so) {
            true => yes = middle,
            false => no = middle,
        }
    }
    DateTime::from_timestamp(yes, 0).unwrap_or(after)
}

/// How far a zone is ahead of UTC at an instant, in seconds.
pub(crate) fn ahead(zone: Tz, instant: DateTime<Utc>) -> i32 {
    zone.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc()
}

/// When the clocks of a zone were put forward or back last, after `before` and not after `instant`.
pub(crate) fn last_change(zone: Tz, before: DateTime<Utc>, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let (old, new) = (ahead(zone, before), ahead(zone, instant));
    (old != new).then(|| first_second(before, instant, |instant| ahead(zone, instant) == new))
}
