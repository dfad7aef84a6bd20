//! Runs the partitions of a backfill, some side by side: each a run of its own, in a store of its own, under one ledger.
//!
//! The thread that began alone has the desk: it gets runs ready, says what has come of them, and writes it down. The others
//! only run.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, Scope};

use super::ranges::{Range, one_by_one, total};
use super::show;
use super::together::{Course, Line, Together};
use crate::cli::args::Pace;
use crate::cli::desk::{Desk, Setup};
use crate::cli::exit::Exit;
use crate::cli::invocation::RunOrder;
use crate::cli::many::{self, One};
use crate::cli::run::{Performed, hush};
use crate::cli::surroundings::Signals;
use crate::cli::trouble::Trouble;
use crate::event::Ending;
use crate::failpoint;
use crate::id::BackfillId;
use crate::ledger::{Entry, LedgerError};
use crate::partition::Partition;
use crate::session::Request;
use crate::store::BackfillInHand;
use crate::words::number;

/// Room for what tasks put on the stack, as the main thread has it.
const STACK: usize = 8 << 20;

/// What one process does of a backfill.
pub(super) struct Work<'w> {
    pub(super) backfill: BackfillId,
    /// All that the backfill is to run.
    pub(super) ranges: &'w [Range],
    /// Whether the last comes first.
    pub(super) reverse: bool,
    /// The keys of those that are not to be run again.
    pub(super) over: BTreeSet<String>,
    /// How many at a time.
    pub(super) jobs: u32,
    pub(super) pace: Pace,
    /// Whether tasks that take ranges are called for each partition alone.
    pub(super) no_ranges: bool,
}

/// What has come of a run: its place, its partition, and how it went, or what it panicked with.
type Came = (u64, Partition, Result<Result<Performed, Trouble>, Box<dyn Any + Send>>);

/// Does the work, puts its end on record, and says what has come of the whole backfill.
pub(super) fn carry_out(
    desk: &mut Desk<'_, '_>,
    setup: &Setup,
    hand: BackfillInHand,
    work: Work<'_>,
) -> Result<Exit, Trouble> {
    let signals = desk.watch_signals()?;
    hush(desk);
    let (backfill, ledger) = (work.backfill, setup.ledger());
    let trouble = |error: LedgerError| Trouble::from(&error);
    let all = total(work.ranges).saturating_sub(work.over.len() as u64);
    let together = Together::new(desk, !work.no_ranges);
    let mut bench =
        Bench { desk, setup, signals: &signals, work, all, ended: 0, held: BTreeMap::new(), told: 0, together };
    let left_at = bench.run_all()?;
    let record = super::find(ledger, &backfill.to_string())?;
    let ending = match (record.count(Some(Ending::Done)), left_at) {
        (done, _) if done == record.partitions => Ending::Done,
        (_, Some(_)) => Ending::Cancelled,
        _ => Ending::Failed,
    };
    let at = desk.surroundings.clock.now();
    ledger.append(&[Entry::BackfillEnded { backfill, ending, at }]).map_err(trouble)?;
    failpoint::reached("backfill ended");
    if let Err(error) = hand.end() {
        log::warn!("backfill {} could not be let go of: {error}", backfill.short());
    }
    let exit = match (ending, left_at) {
        (Ending::Done, _) => Exit::Done,
        (_, Some(exit)) => exit,
        _ => Exit::Failed,
    };
    show::show_end(desk, setup, backfill, exit)?;
    Ok(exit)
}

/// Where the work is done.
struct Bench<'b, 's, 'w> {
    desk: &'b mut Desk<'s, 'w>,
    setup: &'b Setup,
    signals: &'b Signals,
    work: Work<'b>,
    /// How many partitions there are to run, and how many of them have ended.
    all: u64,
    ended: u64,
    /// What is to be said of runs, by place, that ended before others that come first.
    held: BTreeMap<u64, String>,
    /// The place of the run that is told of next.
    told: u64,
    together: Together,
}

impl Bench<'_, '_, '_> {
    /// Runs each; one that fails keeps no other from being run. Where it is stopped before, says how that is told.
    fn run_all(&mut self) -> Result<Option<Exit>, Trouble> {
        let (ranges, over) = (self.work.ranges, std::mem::take(&mut self.work.over));
        let partitionings = self.desk.partitionings(&self.setup.config)?;
        let partitioning = partitionings.like(ranges.first().map_or("", |range| range.first.key()));
        let mut left = Line::new(one_by_one(ranges, partitioning, self.work.reverse, &over));
        let course = Course { partitioning, reverse: self.work.reverse, pace: self.work.pace };
        let (sender, came) = mpsc::channel();
        thread::scope(|threads| {
            let mut running = 0;
            loop {
                let stopped = self.stopped()?;
                while running < self.work.jobs && stopped.is_none() {
                    if self.together.see_to(self.desk, &self.setup.config, course, &mut left)
                        && self.stopped()?.is_some()
                    {
                        break;
                    }
                    let Some((place, partition)) = left.take() else { break };
                    running += u32::from(self.start(threads, &sender, place, &partition)?);
                    if self.stopped()?.is_some() {
                        break;
                    }
                }
                if running > 0 {
                    self.take_back(&came)?;
                    running -= 1;
                } else if stopped.is_some() || left.look(0).is_none() {
                    return Ok(stopped.filter(|_| left.look(0).is_some() || self.desk.cancel.is_cancelled()));
                }
            }
        })
    }

    /// Whether nothing more is to begin, and how that is told.
    fn stopped(&self) -> Result<Option<Exit>, Trouble> {
        if self.desk.cancel.is_cancelled() {
            return Ok(Some(self.signals.exit()));
        }
        let asked = self.setup.ledger().stop_asked(self.work.backfill).map_err(|error| Trouble::from(&error))?;
        Ok(asked.then_some(Exit::Stopped))
    }

    /// Starts the run of a partition; `false` where it has come to nothing already.
    fn start<'t>(
        &mut self,
        threads: &'t Scope<'t, '_>,
        sender: &Sender<Came>,
        place: u64,
        partition: &Partition,
    ) -> Result<bool, Trouble> {
        let request = Request::default().of_backfill(self.work.backfill);
        let order =
            RunOrder { request, pace: self.work.pace, arguments: vec!["run".to_owned()], ..RunOrder::default() };
        let ready = match many::get_ready(self.desk, &self.setup.config, Some(partition), order) {
            Ok(mut ready) => {
                ready.take_portions(Arc::clone(&self.together.portions));
                ready
            }
            Err(trouble) => return self.end(place, partition, &One::of(Err(trouble))).map(|()| false),
        };
        let (sender, signals, of) = (sender.clone(), self.signals.clone(), partition.clone());
        let run = move || {
            let performed = catch_unwind(AssertUnwindSafe(|| many::go(ready, &signals)));
            // Nobody listens any more where the desk has given up.
            let _ = sender.send((place, of, performed));
        };
        let name = format!("purvey-{partition}");
        match thread::Builder::new().name(name).stack_size(STACK).spawn_scoped(threads, run) {
            Ok(_) => Ok(true),
            Err(error) => {
                let trouble = Trouble::new(Exit::Failed, format!("failed to start a thread for {partition}: {error}"));
                self.end(place, partition, &One::of(Err(trouble))).map(|()| false)
            }
        }
    }

    /// Waits for the next run to end.
    fn take_back(&mut self, came: &Receiver<Came>) -> Result<(), Trouble> {
        let (place, partition, performed) = came.recv().expect("a thread sends what has come of its run");
        match performed {
            Ok(performed) => self.end(place, &partition, &One::of(performed)),
            Err(panic) => resume_unwind(panic),
        }
    }

    /// Says what has come of a partition, and writes it down where the run itself could not.
    fn end(&mut self, place: u64, partition: &Partition, one: &One) -> Result<(), Trouble> {
        failpoint::reached("partition ended");
        self.ended += 1;
        self.together.portions.drop_of(partition.key());
        if let (Some(trouble), false) = (&one.trouble, one.has_begun()) {
            let (backfill, at) = (self.work.backfill, self.desk.surroundings.clock.now());
            let (partition, messages) = (partition.to_string(), trouble.messages());
            let entry = Entry::RunNotBegun { backfill, partition, at, messages };
            self.setup.ledger().append(&[entry]).map_err(|error| Trouble::from(&error))?;
        }
        self.held.insert(place, one.text(self.desk, ("partition", partition.key())).unwrap_or_default());
        while let Some(text) = self.held.remove(&self.told) {
            self.told += 1;
            if !text.is_empty() {
                // That it cannot be told is no reason to stop; what is told in the end says so.
                let _ = self.desk.print(&text);
            }
        }
        one.tell_trouble(self.desk);
        let ending = self.desk.manner.talk_palette.ending(one.ending);
        self.desk.say(&format!("{partition}  {ending}  {} of {}", number(self.ended), number(self.all)));
        Ok(())
    }
}
