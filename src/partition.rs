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

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::nearest;
use crate::zone;

mod calendar;
mod error;
mod key;
mod range;
mod slice;
#[cfg(test)]
mod tests;

pub use error::PartitionError;
pub use range::PartitionRange;
use slice::{ALL, Slice};
pub use slice::{Cut, Interval, Partition, Unit};

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
    Time {
        unit: Unit,
        zone: Tz,
        /// What is over then is no partition.
        start: Option<DateTime<Utc>>,
    },
    List(Arc<[Arc<str>]>),
    All,
}

impl Partitioning {
    /// Cuts time as the clocks and calendars of a zone of the IANA database do, such as `Europe/Zurich` or `UTC`.
    ///
    /// # Errors
    ///
    /// When there is no such zone.
    pub fn of_time(unit: Unit, zone: &str) -> Result<Partitioning, PartitionError> {
        Ok(Partitioning(Kind::Time { unit, zone: zone::find(zone)?, start: None }))
    }

    /// The same beginning with a partition: there are none before it.
    ///
    /// # Errors
    ///
    /// When the text is not the key of a partition, or they are not of time.
    pub fn starting(self, key: &str) -> Result<Partitioning, PartitionError> {
        let start = self.find(key)?.interval().ok_or(PartitionError::NoTime)?.start;
        match self.0 {
            Kind::Time { unit, zone, .. } => Ok(Partitioning(Kind::Time { unit, zone, start: Some(start) })),
            Kind::List(_) | Kind::All => Err(PartitionError::NoTime),
        }
    }

    /// The same data cut otherwise; `None` for a list, which has no time to be cut by.
    #[must_use]
    pub fn cut(&self, cut: Cut) -> Option<Partitioning> {
        match (cut, &self.0) {
            (Cut::All, _) => Some(Partitioning(Kind::All)),
            (Cut::By(unit), Kind::Time { zone, start, .. }) => {
                Some(Partitioning(Kind::Time { unit, zone: *zone, start: *start }))
            }
            (Cut::By(_), _) => None,
        }
    }

    /// The same data as a task says that it is cut; as it is where the task says nothing. `None` as for [`cut`](Self::cut).
    #[must_use]
    pub fn of_task(&self, cut: Option<Cut>) -> Option<Partitioning> {
        cut.map_or_else(|| Some(self.clone()), |cut| self.cut(cut))
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
            if **key == *ALL {
                return Err(PartitionError::Reserved);
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
            Kind::List(_) | Kind::All => None,
        }
    }

    /// The keys of a list, in its order; none where partitions are of no list.
    #[must_use]
    pub fn keys(&self) -> &[Arc<str>] {
        match &self.0 {
            Kind::Time { .. } | Kind::All => &[],
            Kind::List(keys) => keys,
        }
    }

    /// The first partition of all; `None` where time has no beginning.
    #[must_use]
    pub fn first(&self) -> Option<Partition> {
        match &self.0 {
            Kind::Time { start, .. } => self.at((*start)?),
            Kind::List(keys) => listed(keys, 0),
            Kind::All => Some(all()),
        }
    }

    /// The partition of this key.
    ///
    /// # Errors
    ///
    /// When the text is not the key of a partition, with an example of one.
    pub fn find(&self, key: &str) -> Result<Partition, PartitionError> {
        match &self.0 {
            Kind::Time { unit, zone, .. } => {
                let found = key::parse(*unit, *zone, key)?;
                let begun = self.begun(found);
                begun.ok_or_else(|| PartitionError::BeforeStart {
                    key: key.to_owned(),
                    unit: *unit,
                    first: self.first().map(|first| first.to_string()).unwrap_or_default(),
                })
            }
            Kind::All if key == ALL => Ok(all()),
            Kind::All => Err(PartitionError::Unknown { key: key.to_owned(), similar: Some(ALL.to_owned()) }),
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
            Kind::All => Some(vec![all()]),
        }
    }

    /// The partition that an instant belongs to; `None` where they are not of time, before the first, or at the end of all
    /// time.
    #[must_use]
    pub fn at(&self, instant: DateTime<Utc>) -> Option<Partition> {
        match &self.0 {
            Kind::Time { unit, zone, .. } => calendar::at(*unit, *zone, instant).and_then(|found| self.begun(found)),
            Kind::List(_) | Kind::All => None,
        }
    }

    /// The partition, unless it is over when the first begins.
    fn begun(&self, partition: Partition) -> Option<Partition> {
        match (&self.0, &partition.slice) {
            (Kind::Time { start: Some(start), .. }, Slice::Time { interval, .. }) if interval.end <= *start => None,
            _ => Some(partition),
        }
    }

    /// The last partition that is over at an instant; `None` where they are not of time.
    #[must_use]
    pub fn last_complete(&self, now: DateTime<Utc>) -> Option<Partition> {
        self.previous(&self.at(now)?)
    }

    /// The last partition there is at an instant: of time the last that is over, else the last of all.
    #[must_use]
    pub fn last(&self, now: DateTime<Utc>) -> Option<Partition> {
        self.last_complete(now).or_else(|| self.listed()?.pop())
    }

    /// The partition after another; `None` after the last.
    #[must_use]
    pub fn next(&self, partition: &Partition) -> Option<Partition> {
        match (&self.0, &partition.slice) {
            (Kind::Time { unit, zone, .. }, Slice::Time { interval, .. }) => calendar::from(*unit, *zone, interval.end),
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

    /// As many partitions as there are up to this one, which is the last of them, in order; not more than so many.
    #[must_use]
    pub fn trailing(&self, partition: &Partition, count: usize) -> Vec<Partition> {
        let back = std::iter::successors(Some(partition.clone()), |partition| self.previous(partition));
        let mut window: Vec<Partition> = back.take(count).collect();
        window.reverse();
        window
    }

    /// The partitions that lie in one of another partitioning, in order: the days of a month. None where one of both is not
    /// of time.
    pub fn within(&self, whole: &Partition) -> impl Iterator<Item = Partition> + use<'_> {
        let interval = whole.interval();
        let first = interval.and_then(|interval| match self.at(interval.start) {
            // What there is of it may begin later.
            None => self.first().filter(|first| first.interval().is_some_and(|first| interval.contains(first.start))),
            found => found,
        });
        let is_inside = move |part: &Partition| match (interval, part.interval()) {
            (Some(whole), Some(part)) => part.start < whole.end,
            _ => false,
        };
        std::iter::successors(first, |part| self.next(part)).take_while(is_inside)
    }

    /// The partitions from one to another, both among them, in order; none where the second comes before the first.
    pub fn between(&self, first: &Partition, last: &Partition) -> impl Iterator<Item = Partition> + use<'_> {
        let (first, last) = (first.clone(), last.clone());
        let is_over = move |partition: &Partition| match (&partition.slice, &last.slice) {
            (Slice::Time { interval, .. }, Slice::Time { interval: last, .. }) => interval.start > last.start,
            (Slice::Place(place), Slice::Place(last)) => place > last,
            (Slice::All, Slice::All) => false,
            _ => true,
        };
        std::iter::successors(Some(first), |partition| self.next(partition)).take_while(move |next| !is_over(next))
    }

    /// The same as what a call of a task can be for; `None` where the second comes before the first.
    #[must_use]
    pub fn range(&self, first: &Partition, last: &Partition) -> Option<PartitionRange> {
        PartitionRange::of(self.between(first, last).collect())
    }
}

/// The partition that is all data.
fn all() -> Partition {
    Partition { key: ALL.into(), slice: Slice::All }
}

/// The partition at a place of a list; `None` behind its end.
fn listed(keys: &[Arc<str>], place: usize) -> Option<Partition> {
    let key = Arc::clone(keys.get(place)?);
    Some(Partition { key, slice: Slice::Place(place) })
}

impl fmt::Display for Partitioning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Time { unit, zone, .. } => write!(f, "by {unit} in {}", zone.name()),
            Kind::List(keys) => write!(f, "{} partitions: {}", keys.len(), keys.join(", ")),
            Kind::All => f.write_str("one partition, `all`"),
        }
    }
}
