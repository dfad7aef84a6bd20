//! Partitions that lie side by side, as what they are: a first, a last, and how many. They are counted off only when they are
//! run.

use std::collections::BTreeSet;
use std::iter::successors;

use crate::ledger::RangeRecord;
use crate::partition::{Partition, PartitionError, Partitioning};

/// Partitions that lie side by side.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) first: Partition,
    pub(super) last: Partition,
    pub(super) partitions: u64,
}

impl Range {
    /// Those of a range on record.
    ///
    /// # Errors
    ///
    /// When the data is cut otherwise by now.
    pub(super) fn of(record: &RangeRecord, partitioning: &Partitioning) -> Result<Range, PartitionError> {
        let (first, last) = (partitioning.find(&record.first)?, partitioning.find(&record.last)?);
        Ok(Range { first, last, partitions: record.partitions })
    }

    pub(super) fn record(&self) -> RangeRecord {
        let (first, last) = (self.first.to_string(), self.last.to_string());
        RangeRecord { first, last, partitions: self.partitions }
    }
}

/// Ranges, gathered from partitions that are told in order, each as one that is picked or one that is not.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    pub(super) ranges: Vec<Range>,
    /// Whether the partition before was picked.
    goes_on: bool,
    /// How many there were.
    pub(super) told: u64,
}

impl Gathering {
    pub(super) fn tell(&mut self, partition: Partition, is_picked: bool) {
        self.told += 1;
        match self.ranges.last_mut().filter(|_| self.goes_on) {
            Some(range) if is_picked => (range.last, range.partitions) = (partition, range.partitions + 1),
            _ if is_picked => self.ranges.push(Range { first: partition.clone(), last: partition, partitions: 1 }),
            _ => {}
        }
        self.goes_on = is_picked;
    }
}

/// How many partitions there are in all ranges.
pub(super) fn total(ranges: &[Range]) -> u64 {
    ranges.iter().map(|range| range.partitions).sum()
}

/// The partitions of ranges one after another, or the last first, without those of these keys.
pub(super) fn one_by_one<'r>(
    ranges: &'r [Range],
    partitioning: &'r Partitioning,
    reverse: bool,
    without: &'r BTreeSet<String>,
) -> Box<dyn Iterator<Item = Partition> + 'r> {
    let is_left = |partition: &Partition| !without.contains(&**partition.key());
    if reverse {
        let back = move |range: &'r Range| {
            let all = successors(Some(range.last.clone()), |partition| partitioning.previous(partition));
            all.take(usize::try_from(range.partitions).unwrap_or(usize::MAX))
        };
        Box::new(ranges.iter().rev().flat_map(back).filter(is_left))
    } else {
        let forth = move |range: &'r Range| partitioning.between(&range.first, &range.last);
        Box::new(ranges.iter().flat_map(forth).filter(is_left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partition::Unit;

    fn gathered(partitioning: &Partitioning, first: &str, last: &str, picked: &[&str]) -> Gathering {
        let mut gathering = Gathering::default();
        let [first, last] = [first, last].map(|key| partitioning.find(key).unwrap());
        for partition in partitioning.between(&first, &last) {
            let is_picked = picked.contains(&&**partition.key());
            gathering.tell(partition, is_picked);
        }
        gathering
    }

    #[test]
    fn partitions_that_lie_side_by_side_are_one_range_and_come_out_in_either_order() {
        let days = Partitioning::of_time(Unit::Day, "Europe/Zurich").unwrap();
        let picked = ["2026-03-28", "2026-03-29", "2026-03-30", "2026-04-02"];
        let gathering = gathered(&days, "2026-03-27", "2026-04-03", &picked);
        let records: Vec<RangeRecord> = gathering.ranges.iter().map(Range::record).collect();
        let record = |first: &str, last: &str, partitions| RangeRecord {
            first: first.to_owned(),
            last: last.to_owned(),
            partitions,
        };
        assert_eq!(records, [record(picked[0], picked[2], 3), record(picked[3], picked[3], 1)]);
        assert_eq!((gathering.told, total(&gathering.ranges)), (8, 4));

        let without = BTreeSet::from(["2026-03-29".to_owned()]);
        let keys = |reverse| {
            one_by_one(&gathering.ranges, &days, reverse, &without).map(|day| day.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(keys(false), ["2026-03-28", "2026-03-30", "2026-04-02"]);
        assert_eq!(keys(true), ["2026-04-02", "2026-03-30", "2026-03-28"]);
        let again: Vec<Range> = records.iter().map(|record| Range::of(record, &days).unwrap()).collect();
        assert_eq!(again, gathering.ranges);
    }

    #[test]
    fn a_list_has_ranges_too() {
        let hotels = Partitioning::of_list(["kulm", "seehof", "alpenblick"]).unwrap();
        let gathering = gathered(&hotels, "kulm", "alpenblick", &["kulm", "alpenblick"]);
        assert_eq!(gathering.ranges.len(), 2);
        let all = gathered(&hotels, "kulm", "alpenblick", &["kulm", "seehof", "alpenblick"]);
        let none = BTreeSet::new();
        let keys: Vec<String> = one_by_one(&all.ranges, &hotels, true, &none).map(|key| key.to_string()).collect();
        assert_eq!((all.ranges.len(), keys.join(" ")), (1, "alpenblick seehof kulm".to_owned()));
    }
}
