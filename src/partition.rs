//! How the data of a chain is cut into partitions: the hours, days, weeks or months of a time zone, or a fixed list.
//!
//! Knows calendars and names; nothing of runs.
//!
//! A partition of time is what lies between two instants, the first of which belongs to it. Where it begins is what the
//! clock on the wall says in its zone: a day begins with the first instant of its date, which need not be midnight, and
//! is 23 or 25 hours long where the clock is put forward or back. An hour begins whenever the clock on the wall shows a
//! full hour: one that is skipped is none, one that comes twice is two.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::nearest;
use crate::zone::{self, UnknownZone};

mod calendar;
mod key;
#[cfg(test)]
mod tests;

/// How data is cut into partitions.
///
/// ```
/// use purvey::partition::{Partitioning, Unit};
///
/// let days = Partitioning::of_time(Unit::Day, "Europe/Zurich")?;
/// let day = days.find("2026-10-25")?;
/// assert_eq!(day.interval().map(|day| day.hours()), Some(25.0));
/// assert_eq!(days.next(&day).map(|day| day.to_string()).as_deref(), Some("2026-10-26"));
///
/// let hotels = Partitioning::of_list(["seehof", "alpenblick"])?;
/// assert_eq!(hotels.find("seehoff").unwrap_err().to_string(), "there is no partition `seehoff`; did you mean `seehof`?");
/// # Ok::<(), purvey::partition::PartitionError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partitioning(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Time { unit: Unit, zone: Tz },
    List(Arc<[Arc<str>]>),
}

/// How long a partition of time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// From one full hour on the wall to the next.
    Hour,
    /// A date.
    Day,
    /// From Monday to Sunday, as ISO 8601 counts weeks.
    Week,
    /// A month of the calendar.
    Month,
}

impl Unit {
    /// All of them.
    pub const ALL: [Unit; 4] = [Unit::Hour, Unit::Day, Unit::Week, Unit::Month];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Unit::Hour => "hour",
            Unit::Day => "day",
            Unit::Week => "week",
            Unit::Month => "month",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One slice of data. Its key, which `Display` writes, is its name among all partitions, in files and in the ledger.
///
/// The key of an hour is as in `2026-11-21T05+0100`, with how far the zone is ahead of UTC; that of a day `2026-11-21`, of
/// a week `2026-W47`, of a month `2026-11`. Those of a list are its words. Keys of time sort by when they begin, but for an
/// hour that comes twice.
///
/// ```
/// use purvey::partition::{Partitioning, Unit};
///
/// let months = Partitioning::of_time(Unit::Month, "UTC")?;
/// let november = months.find("2026-11")?;
/// let days = november.dates().ok_or("a month has dates")?;
/// assert_eq!((days.start.to_string(), days.end.to_string()), ("2026-11-01".to_owned(), "2026-12-01".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Partition {
    key: Arc<str>,
    slice: Slice,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Slice {
    Time { interval: Interval, first: NaiveDate, after: NaiveDate },
    Place(usize),
}

/// The time from one instant on until before another.
///
/// ```
/// use purvey::partition::{Partitioning, Unit};
///
/// let day = Partitioning::of_time(Unit::Day, "Asia/Kolkata")?.find("2026-11-21")?;
/// let interval = day.interval().ok_or("a day is a time")?;
/// assert_eq!(interval.start.to_rfc3339(), "2026-11-20T18:30:00+00:00");
/// assert!(!interval.contains(interval.end));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Interval {
    /// The first instant that belongs to it.
    pub start: DateTime<Utc>,
    /// The first instant that does not belong to it any more.
    pub end: DateTime<Utc>,
}

impl Interval {
    /// Whether an instant belongs to it.
    #[must_use]
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        self.start <= instant && instant < self.end
    }

    /// How long it is, in hours.
    #[must_use]
    pub fn hours(&self) -> f64 {
        (self.end - self.start).as_seconds_f64() / 3600.0
    }
}

impl Partition {
    /// Its name.
    #[must_use]
    pub fn key(&self) -> &Arc<str> {
        &self.key
    }

    /// The instants that belong to it; `None` where it is not one of time.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        match &self.slice {
            Slice::Time { interval, .. } => Some(*interval),
            Slice::Place(_) => None,
        }
    }

    /// The dates that belong to it, in its zone, without the end; that of an hour is the one in which it begins.
    #[must_use]
    pub fn dates(&self) -> Option<std::ops::Range<NaiveDate>> {
        match self.slice {
            Slice::Time { first, after, .. } => Some(first..after),
            Slice::Place(_) => None,
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.key)
    }
}

impl Partitioning {
    /// Cuts time as the clocks and calendars of a zone of the IANA database do, such as `Europe/Zurich` or `UTC`.
    ///
    /// # Errors
    ///
    /// When there is no such zone.
    pub fn of_time(unit: Unit, zone: &str) -> Result<Partitioning, PartitionError> {
        Ok(Partitioning(Kind::Time { unit, zone: zone::find(zone)? }))
    }

    /// These partitions and no others, in this order.
    ///
    /// # Errors
    ///
    /// When there are none, one comes twice, or one cannot be the name of a folder.
    pub fn of_list<K: Into<String>>(keys: impl IntoIterator<Item = K>) -> Result<Partitioning, PartitionError> {
        let keys: Vec<Arc<str>> = keys.into_iter().map(|key| Arc::from(key.into())).collect();
        if keys.is_empty() {
            return Err(PartitionError::Empty);
        }
        for (place, key) in keys.iter().enumerate() {
            if !key::is_name(key) {
                return Err(PartitionError::Name(key.to_string()));
            }
            if keys[..place].contains(key) {
                return Err(PartitionError::Twice(key.to_string()));
            }
        }
        Ok(Partitioning(Kind::List(keys.into())))
    }

    /// How long a partition is; `None` where they are not of time.
    #[must_use]
    pub fn unit(&self) -> Option<Unit> {
        match &self.0 {
            Kind::Time { unit, .. } => Some(*unit),
            Kind::List(_) => None,
        }
    }

    /// The keys of a list, in its order; none where partitions are of time.
    #[must_use]
    pub fn keys(&self) -> &[Arc<str>] {
        match &self.0 {
            Kind::Time { .. } => &[],
            Kind::List(keys) => keys,
        }
    }

    /// The partition of this key.
    ///
    /// # Errors
    ///
    /// When the text is not the key of a partition, with an example of one.
    pub fn find(&self, key: &str) -> Result<Partition, PartitionError> {
        match &self.0 {
            Kind::Time { unit, zone } => key::parse(*unit, *zone, key),
            Kind::List(keys) => {
                let place = keys.iter().position(|known| **known == *key);
                place.and_then(|place| listed(keys, place)).ok_or_else(|| {
                    let similar = nearest::name(key, keys.iter().map(AsRef::as_ref));
                    PartitionError::Unknown { key: key.to_owned(), similar }
                })
            }
        }
    }

    /// All partitions of a list; `None` where they are of time.
    #[must_use]
    pub fn listed(&self) -> Option<Vec<Partition>> {
        match &self.0 {
            Kind::Time { .. } => None,
            Kind::List(keys) => Some((0..keys.len()).filter_map(|place| listed(keys, place)).collect()),
        }
    }

    /// The partition that an instant belongs to; `None` where they are not of time, or at the end of all time.
    #[must_use]
    pub fn at(&self, instant: DateTime<Utc>) -> Option<Partition> {
        match &self.0 {
            Kind::Time { unit, zone } => calendar::at(*unit, *zone, instant),
            Kind::List(_) => None,
        }
    }

    /// The last partition that is over at an instant; `None` where they are not of time.
    #[must_use]
    pub fn last_complete(&self, now: DateTime<Utc>) -> Option<Partition> {
        self.previous(&self.at(now)?)
    }

    /// The partition after another; `None` after the last.
    #[must_use]
    pub fn next(&self, partition: &Partition) -> Option<Partition> {
        match (&self.0, &partition.slice) {
            (Kind::Time { unit, zone }, Slice::Time { interval, .. }) => calendar::from(*unit, *zone, interval.end),
            (Kind::List(keys), Slice::Place(place)) => listed(keys, place + 1),
            _ => None,
        }
    }

    /// The partition before another; `None` before the first.
    #[must_use]
    pub fn previous(&self, partition: &Partition) -> Option<Partition> {
        match (&self.0, &partition.slice) {
            (Kind::Time { .. }, Slice::Time { interval, .. }) => {
                self.at(interval.start.checked_sub_signed(chrono::TimeDelta::nanoseconds(1))?)
            }
            (Kind::List(keys), Slice::Place(place)) => listed(keys, place.checked_sub(1)?),
            _ => None,
        }
    }

    /// All partitions of a list, in order; none where they are of time.
    pub fn all(&self) -> impl Iterator<Item = Partition> + use<'_> {
        let keys = match &self.0 {
            Kind::Time { .. } => &[][..],
            Kind::List(keys) => keys,
        };
        keys.iter().enumerate().map(|(place, key)| Partition { key: Arc::clone(key), slice: Slice::Place(place) })
    }

    /// The partitions from one to another, both among them, in order; none where the second comes before the first.
    pub fn between(&self, first: &Partition, last: &Partition) -> impl Iterator<Item = Partition> + use<'_> {
        let (first, last) = (first.clone(), last.clone());
        let is_over = move |partition: &Partition| match (&partition.slice, &last.slice) {
            (Slice::Time { interval, .. }, Slice::Time { interval: last, .. }) => interval.start > last.start,
            (Slice::Place(place), Slice::Place(last)) => place > last,
            _ => true,
        };
        std::iter::successors(Some(first), |partition| self.next(partition)).take_while(move |next| !is_over(next))
    }
}

/// The partition at a place of a list; `None` behind its end.
fn listed(keys: &[Arc<str>], place: usize) -> Option<Partition> {
    let key = Arc::clone(keys.get(place)?);
    Some(Partition { key, slice: Slice::Place(place) })
}

impl fmt::Display for Partitioning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Time { unit, zone } => write!(f, "by {unit} in {}", zone.name()),
            Kind::List(keys) => write!(f, "{} partitions: {}", keys.len(), keys.join(", ")),
        }
    }
}

/// What is wrong with a partitioning, or with the key of a partition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PartitionError {
    /// There is no such time zone.
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    /// A list of partitions is empty.
    #[error("a list of partitions has to name one at least")]
    Empty,
    /// A list of partitions has one twice.
    #[error("partition `{0}` is listed twice")]
    Twice(String),
    /// A partition has a name that no folder can have.
    #[error("`{0}` cannot be the name of a partition: write letters, digits, `-`, `_`, `+` and `.`, not at the front")]
    Name(String),
    /// A text is not the key of a partition of time.
    #[error("`{key}` is no {unit}; write one like `{example}`")]
    Key {
        /// What was written.
        key: String,
        /// What it should be.
        unit: Unit,
        /// How one is written.
        example: &'static str,
    },
    /// The clocks of a zone have left out what is asked for.
    #[error("there is no {unit} `{key}` in {zone}: its clocks were put forward over it")]
    LeftOut {
        /// What was written.
        key: String,
        /// What it should be.
        unit: Unit,
        /// The zone.
        zone: &'static str,
    },
    /// An hour comes twice, because clocks are put back.
    #[error("the hour `{key}` comes twice in {zone}; write `{first}` or `{second}`")]
    Ambiguous {
        /// What was written.
        key: String,
        /// The zone.
        zone: &'static str,
        /// The key of the first.
        first: String,
        /// The key of the second.
        second: String,
    },
    /// A list has no such partition.
    #[error("there is no partition `{key}`{}", nearest::hint(.similar.as_deref()))]
    Unknown {
        /// What was written.
        key: String,
        /// The partition that looks most like it.
        similar: Option<String>,
    },
}
