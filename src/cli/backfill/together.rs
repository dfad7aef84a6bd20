//! Has tasks that take ranges called for several partitions, before the first of these is run.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::begin::RangeShown;
use super::ranges::{Range, one_by_one};
use crate::cli::args::Pace;
use crate::cli::desk::{Desk, Setup};
use crate::cli::trouble::Trouble;
use crate::config::Config;
use crate::failpoint;
use crate::id::TaskId;
use crate::partition::{Partition, PartitionRange, Partitioning};
use crate::plan::{Blueprint, most, ranged};
use crate::report::Tone;
use crate::run::Portions;
use crate::section::Sections;
use crate::task::TaskList;
use crate::words;

/// The partitions that are to be run, of which the first can be looked at before they are taken.
pub(super) struct Line<'r> {
    rest: Box<dyn Iterator<Item = Partition> + 'r>,
    ahead: VecDeque<Partition>,
    /// How many were taken.
    taken: u64,
}

impl<'r> Line<'r> {
    pub(super) fn new(partitions: Box<dyn Iterator<Item = Partition> + 'r>) -> Line<'r> {
        Line { rest: partitions, ahead: VecDeque::new(), taken: 0 }
    }

    /// Takes the next, with its place.
    pub(super) fn take(&mut self) -> Option<(u64, Partition)> {
        self.look(0)?;
        self.taken += 1;
        Some((self.taken - 1, self.ahead.pop_front()?))
    }

    /// The one that comes after so many others.
    pub(super) fn look(&mut self, after: usize) -> Option<&Partition> {
        while self.ahead.len() <= after {
            self.ahead.push_back(self.rest.next()?);
        }
        self.ahead.get(after)
    }
}

/// What calls for several partitions have made, and how far the line was looked at.
pub(super) struct Together {
    is_on: bool,
    pub(super) portions: Arc<Portions>,
    looked_at: u64,
}

/// How the partitions of a line follow each other.
#[derive(Clone, Copy)]
pub(super) struct Course<'p> {
    pub(super) partitioning: &'p Partitioning,
    pub(super) reverse: bool,
    pub(super) pace: Pace,
}

impl Course<'_> {
    fn comes_after(&self, one: &Partition, other: &Partition) -> bool {
        let (first, second) = if self.reverse { (other, one) } else { (one, other) };
        self.partitioning.next(first).as_ref() == Some(second)
    }
}

impl Together {
    /// Nothing called so far; nothing ever, where that is not wanted or the chain has no task that takes ranges.
    pub(super) fn new(desk: &Desk<'_, '_>, is_wanted: bool) -> Together {
        let tasks = TaskList::from(desk.chain.clone());
        let is_on = is_wanted && tasks.entries().iter().any(|entry| entry.task.ranges().is_some());
        Together { is_on, portions: Arc::default(), looked_at: 0 }
    }

    /// Has tasks called for the next partition and those that follow it, where there are such tasks and this has not been seen to.
    /// Says whether they were called.
    pub(super) fn see_to(
        &mut self,
        desk: &mut Desk<'_, '_>,
        config: &Config,
        course: Course<'_>,
        line: &mut Line<'_>,
    ) -> bool {
        if !self.is_on || line.taken < self.looked_at {
            return false;
        }
        let mut call: Option<Call> = None;
        let mut partitions: Vec<Partition> = Vec::new();
        while let Some(next) = line.look(partitions.len()).cloned() {
            if partitions.last().is_some_and(|last| !course.comes_after(last, &next)) {
                break;
            }
            // What is wrong with it, its own run tells.
            let Some(found) = Call::of(desk, config, &next, course.pace) else { break };
            match &mut call {
                None => call = Some(found),
                Some(call) if call.tasks == found.tasks => call.models.extend(found.models),
                Some(_) => break,
            }
            partitions.push(next);
            if call.as_ref().is_some_and(|call| partitions.len() >= call.most) {
                break;
            }
        }
        self.looked_at = line.taken + partitions.len().max(1) as u64;
        let Some(mut call) = call.filter(|_| partitions.len() > 1) else { return false };
        if course.reverse {
            partitions.reverse();
            call.models.reverse();
        }
        let Some(range) = PartitionRange::of(partitions) else { return false };
        self.make(desk, call, &range);
        true
    }

    fn make(&self, desk: &mut Desk<'_, '_>, call: Call, range: &PartitionRange) {
        let names: Vec<&str> = call.tasks.iter().map(|&task| call.blueprint.task(task).task.name()).collect();
        let called = format!(
            "{range}  {} called for {} at once",
            words::names(&names),
            words::count(range.len() as u64, "partition")
        );
        desk.say(&called);
        let called = call.setup.orchestrator.call_together(&call.blueprint, &call.tasks, range.clone(), call.models);
        self.portions.extend(called.portions);
        failpoint::reached("range called");
        if !called.failures.is_empty() {
            let word = desk.manner.talk_palette.paint(Tone::Warning, "warning:");
            let why = called.failures.join("\n").replace('\n', "\n  ");
            let text =
                format!("{word} the call for {range} failed, so tasks are called for each partition alone\n  {why}\n");
            // A line that cannot be written is no reason to stop.
            let _ = desk.surroundings.err.write_all(text.as_bytes());
        }
    }
}

/// A call of tasks that is to be made.
struct Call {
    setup: Setup,
    blueprint: Blueprint,
    tasks: BTreeSet<TaskId>,
    /// How many partitions it can be for.
    most: usize,
    /// The configuration of the models for each partition.
    models: Vec<Sections>,
}

impl Call {
    /// What a run for a partition would call that can be called for others with it; `None` where that is nothing.
    fn of(desk: &Desk<'_, '_>, config: &Config, partition: &Partition, pace: Pace) -> Option<Call> {
        let setup = desk.assemble(config.clone(), Some(partition.clone()), false, pace).ok()?;
        let blueprint = setup.check().ok()?;
        let tasks = setup.orchestrator.to_call_together(&blueprint).ok()?;
        let most = most(&blueprint, &tasks)?;
        let models = vec![setup.orchestrator.models().clone()];
        Some(Call { setup, blueprint, tasks, most, models })
    }
}

/// For which partitions tasks would be called at once, and which tasks, in order; as far as nothing is up to date.
pub(super) fn would_call(
    desk: &Desk<'_, '_>,
    config: &Config,
    ranges: &[Range],
    course: Course<'_>,
) -> Result<(Vec<String>, Vec<RangeShown>), Trouble> {
    let nothing = BTreeSet::new();
    let mut line = one_by_one(ranges, course.partitioning, course.reverse, &nothing).peekable();
    let setup = desk.assemble(config.clone(), line.peek().cloned(), false, course.pace)?;
    let blueprint = setup.check()?;
    let tasks = ranged(&blueprint);
    let Some(most) = most(&blueprint, &tasks).filter(|most| *most > 1) else { return Ok(Default::default()) };
    let mut calls: Vec<(Partition, Partition, u64)> = Vec::new();
    for partition in line {
        match calls.last_mut() {
            Some((_, last, count)) if (*count as usize) < most && course.comes_after(last, &partition) => {
                (*last, *count) = (partition, *count + 1);
            }
            _ => calls.push((partition.clone(), partition, 1)),
        }
    }
    let shown = |(first, last, partitions): (Partition, Partition, u64)| RangeShown {
        first: first.to_string(),
        last: last.to_string(),
        partitions,
    };
    let names = tasks.iter().map(|&task| blueprint.task(task).task.name().to_owned()).collect();
    let several = calls.into_iter().filter(|(_, _, count)| *count > 1);
    Ok((names, several.map(shown).collect()))
}
