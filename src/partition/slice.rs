//! One slice of data, and the words for how it is cut.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

/// The key of the one partition that is all data.
pub(super) const ALL: &str = "all";

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

    /// A key of it, to show how one is written.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Unit::Hour => "2026-11-21T05+0000",
            Unit::Day => "2026-11-21",
            Unit::Week => "2026-W47",
            Unit::Month => "2026-11",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How the data of a task is cut, where it is not cut as that of its chain.
///
/// ```
/// use purvey::partition::{Cut, Partitioning, Unit};
///
/// let days = Partitioning::of_time(Unit::Day, "Europe/Zurich")?;
/// let months = days.cut(Cut::By(Unit::Month)).ok_or("days and months are both of time")?;
/// let november = months.find("2026-11")?;
/// assert_eq!(days.within(&november).count(), 30);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cut {
    /// By this unit of time, in the zone of the chain.
    By(Unit),
    /// Not at all: there is one partition, whose key is `all`.
    All,
}

impl Cut {
    /// The word for it, which is also how it is written in `#[task(partition = "…")]`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Cut::By(unit) => unit.word(),
            Cut::All => ALL,
        }
    }

    /// The key of a partition, to show how one is written.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Cut::By(unit) => unit.example(),
            Cut::All => ALL,
        }
    }

    /// How often a task is run whose data is cut so, in words: `for each month`.
    #[must_use]
    pub const fn each(self) -> &'static str {
        match self {
            Cut::By(Unit::Hour) => "for each hour",
            Cut::By(Unit::Day) => "for each day",
            Cut::By(Unit::Week) => "for each week",
            Cut::By(Unit::Month) => "for each month",
            Cut::All => "once for all data",
        }
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
    pub(super) key: Arc<str>,
    pub(super) slice: Slice,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Slice {
    Time { unit: Unit, interval: Interval, first: NaiveDate, after: NaiveDate },
    Place(usize),
    All,
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
            Slice::Place(_) | Slice::All => None,
        }
    }

    /// The dates that belong to it, in its zone, without the end; that of an hour is the one in which it begins.
    #[must_use]
    pub fn dates(&self) -> Option<std::ops::Range<NaiveDate>> {
        match self.slice {
            Slice::Time { first, after, .. } => Some(first..after),
            Slice::Place(_) | Slice::All => None,
        }
    }

    /// How the data is cut that it is a slice of; `None` for one of a list.
    #[must_use]
    pub fn cut(&self) -> Option<Cut> {
        match self.slice {
            Slice::Time { unit, .. } => Some(Cut::By(unit)),
            Slice::Place(_) => None,
            Slice::All => Some(Cut::All),
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.key)
    }
}
