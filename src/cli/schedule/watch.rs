//! Waits for the fires of schedules, and has each run once.
//!
//! Knows clocks, the record of fires and who may run them; not what a run is. Time is looked at anew after each short
//! wait, so that a clock that is put right, or a machine that has slept, is noticed.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::cancel::CancelToken;
use crate::clock::Clock;
use crate::failpoint;
use crate::schedule::{Schedule, Turn, turn};
use crate::store::{Fired, Fires, FiresInHand, StoreError};

/// How long it is waited at a time: so late at most is it heard that somebody wants to stop.
const SLICE: Duration = Duration::from_millis(250);

/// After so many waits the record is read anew.
const SLICES: u32 = 40;

/// By how much the date may move beside the time that has passed before the machine must have slept, or its clock been set.
const JUMP: TimeDelta = TimeDelta::minutes(1);

/// What is watched.
pub(super) struct Watch<'a> {
    pub(super) schedules: &'a [Schedule],
    pub(super) fires: &'a Fires,
    pub(super) clock: &'a dyn Clock,
    pub(super) cancel: &'a CancelToken,
    /// Whether to end when nothing is due.
    pub(super) once: bool,
}

/// A fire that is to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fire {
    /// The place of its schedule among all.
    pub(super) schedule: usize,
    pub(super) at: DateTime<Utc>,
    /// Whether it was begun before, by a process that is gone.
    pub(super) again: bool,
    /// How many fires before it are left out.
    pub(super) left_out: u64,
}

/// What there is to do, or to tell.
#[derive(Clone, Copy, Debug)]
pub(super) enum News {
    /// Run this, and say how that ended; `None` where it was stopped, so that it has not ended.
    Run(Fire),
    /// So many fires of this schedule are left out, and none is run for them.
    LeftOut(usize, u64),
    /// Nothing is due: there is time for something else.
    Idle,
}

/// How a watch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Somebody wanted it to stop.
    Stopped,
    /// Nothing is due.
    Idle,
    /// Another process runs a fire.
    Busy,
}

/// What comes next.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// This schedule was never watched before.
    Meet(usize),
    Run(Fire),
    LeaveOut(usize, DateTime<Utc>, u64),
    Wait(Option<DateTime<Utc>>),
}

impl Watch<'_> {
    /// Watches until somebody wants to stop, or once. What is to be run and told goes to `act`, which says by which exit
    /// code a run has ended.
    ///
    /// # Errors
    ///
    /// When the record of fires cannot be read or written.
    pub(super) fn watch(&self, act: &mut dyn FnMut(News) -> Option<u8>) -> Result<Ended, StoreError> {
        let mut presence = Presence::begin(self.clock);
        loop {
            if self.cancel.is_cancelled() {
                return Ok(Ended::Stopped);
            }
            let now = presence.look(self.clock);
            if let Next::Wait(until) = self.next(&self.fires.read()?, now, presence.since) {
                act(News::Idle);
                if self.once {
                    return Ok(Ended::Idle);
                }
                self.wait(until);
                continue;
            }
            match self.fires.take()? {
                // What was found may be done by another process meanwhile.
                Some(mut hand) => {
                    let next = self.next(hand.fired(), now, presence.since);
                    self.carry_out(next, &mut hand, act)?;
                }
                None if self.once => return Ok(Ended::Busy),
                None => self.clock.sleep(SLICE),
            }
        }
    }

    /// Waits until this instant, but not for long: somebody else may have begun something meanwhile, and be gone.
    fn wait(&self, until: Option<DateTime<Utc>>) {
        for _ in 0..SLICES {
            let left = until.map_or(Ok(SLICE), |until| (until - self.clock.now()).to_std());
            match left {
                Ok(left) if !left.is_zero() && !self.cancel.is_cancelled() => self.clock.sleep(left.min(SLICE)),
                _ => return,
            }
        }
    }

    fn carry_out(
        &self,
        next: Next,
        hand: &mut FiresInHand,
        act: &mut dyn FnMut(News) -> Option<u8>,
    ) -> Result<(), StoreError> {
        match next {
            Next::Meet(schedule) => hand.meet(self.schedules[schedule].name(), self.clock.now()),
            Next::LeaveOut(schedule, last, left_out) => {
                hand.leave_out(self.schedules[schedule].name(), last)?;
                act(News::LeftOut(schedule, left_out));
                Ok(())
            }
            Next::Run(fire) => {
                let name = self.schedules[fire.schedule].name();
                hand.begin(name, fire.at, self.clock.now())?;
                let exit = act(News::Run(fire));
                failpoint::reached("fire run");
                exit.map_or(Ok(()), |exit| hand.end(name, exit, self.clock.now()))
            }
            Next::Wait(_) => Ok(()),
        }
    }

    /// What comes next, of all schedules: what was begun before what is due, and of that what begins first.
    fn next(&self, fired: &BTreeMap<String, Fired>, now: DateTime<Utc>, there_since: DateTime<Utc>) -> Next {
        let mut first: Option<(DateTime<Utc>, Fire)> = None;
        let mut wait: Option<DateTime<Utc>> = None;
        for (place, schedule) in self.schedules.iter().enumerate() {
            let Some(fired) = fired.get(&**schedule.name()) else { return Next::Meet(place) };
            let (begins, fire) = match turn(schedule, fired.standing(), now, there_since) {
                Turn::LeaveOut { last, left_out } => return Next::LeaveOut(place, last, left_out),
                Turn::GoOn { fire } => {
                    (DateTime::<Utc>::MIN_UTC, Fire { schedule: place, at: fire, again: true, left_out: 0 })
                }
                Turn::Run { fire, left_out } => {
                    (schedule.begins(fire), Fire { schedule: place, at: fire, again: false, left_out })
                }
                Turn::Wait { until } => {
                    wait = wait.into_iter().chain(until).min();
                    continue;
                }
            };
            if first.is_none_or(|(earliest, _)| begins < earliest) {
                first = Some((begins, fire));
            }
        }
        first.map_or(Next::Wait(wait), |(_, fire)| Next::Run(fire))
    }
}

/// Since when somebody is there without a break.
struct Presence {
    since: DateTime<Utc>,
    /// The date, and the time that had passed, when it was looked last.
    last: (DateTime<Utc>, Duration),
}

impl Presence {
    fn begin(clock: &dyn Clock) -> Presence {
        let now = clock.now();
        Presence { since: now, last: (now, clock.monotonic()) }
    }

    /// The date. Where it has moved by itself, the machine has slept, or its clock was set.
    fn look(&mut self, clock: &dyn Clock) -> DateTime<Utc> {
        let (now, passed) = (clock.now(), clock.monotonic());
        let meanwhile = TimeDelta::from_std(passed - self.last.1).unwrap_or(TimeDelta::MAX);
        if ((now - self.last.0) - meanwhile).abs() > JUMP {
            self.since = now;
        }
        self.last = (now, passed);
        now
    }
}

#[cfg(test)]
mod tests;
