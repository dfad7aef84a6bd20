//! Partitions that lie side by side.

use std::fmt;
use std::ops;
use std::sync::Arc;

use chrono::NaiveDate;

use super::{Interval, Partition};

/// One partition or several that lie side by side, in order: what a call of a task is for; see
/// [`JobContext::partitions`](crate::JobContext::partitions).
///
/// ```
/// use purvey::partition::{PartitionRange, Partitioning, Unit};
///
/// let days = Partitioning::of_time(Unit::Day, "Europe/Zurich")?;
/// let (first, last) = (days.find("2026-11-20")?, days.find("2026-11-22")?);
/// let range: PartitionRange = days.range(&first, &last).ok_or("the first comes first")?;
/// assert_eq!((range.len(), range.to_string().as_str()), (3, "2026-11-20 to 2026-11-22"));
/// let dates = range.dates().ok_or("days have dates")?;
/// assert_eq!((dates.start.to_string(), dates.end.to_string()), ("2026-11-20".to_owned(), "2026-11-23".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PartitionRange(Arc<[Partition]>);

impl PartitionRange {
    /// These partitions, each of which comes after the one before it; `None` where there are none.
    pub(crate) fn of(partitions: Vec<Partition>) -> Option<PartitionRange> {
        (!partitions.is_empty()).then(|| PartitionRange(partitions.into()))
    }

    /// The partitions, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Partition> {
        self.0.iter()
    }

    /// How many they are; never none.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The first of them.
    #[must_use]
    pub fn first(&self) -> &Partition {
        self.0.first().expect("a range has at least one partition")
    }

    /// The last of them, which is the first where there is one only.
    #[must_use]
    pub fn last(&self) -> &Partition {
        self.0.last().expect("a range has at least one partition")
    }

    /// The one partition, where there is no other.
    #[must_use]
    pub fn only(&self) -> Option<&Partition> {
        match &*self.0 {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The instants that belong to them; `None` where they are not of time.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        Some(Interval { start: self.first().interval()?.start, end: self.last().interval()?.end })
    }

    /// The dates that belong to them, without the end; `None` where they are not of time.
    #[must_use]
    pub fn dates(&self) -> Option<ops::Range<NaiveDate>> {
        Some(self.first().dates()?.start..self.last().dates()?.end)
    }
}

impl From<Partition> for PartitionRange {
    fn from(only: Partition) -> PartitionRange {
        PartitionRange([only].into())
    }
}

impl<'a> IntoIterator for &'a PartitionRange {
    type Item = &'a Partition;
    type IntoIter = std::slice::Iter<'a, Partition>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for PartitionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.only() {
            Some(only) => only.fmt(f),
            None => write!(f, "{} to {}", self.first(), self.last()),
        }
    }
}

impl fmt::Debug for PartitionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartitionRange({self})")
    }
}
