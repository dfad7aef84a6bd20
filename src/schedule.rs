//! When a chain is to be run: cron text in a time zone, and what becomes of the times that nobody was there for.
//!
//! Knows calendars, clocks and cron text; nothing of runs, and never looks at the clock itself.
//!
//! An instant at which a schedule wants a run is a *fire*. What the clocks of the zone do to it:
//!
//! - **Times of day.** A text that names some hours of the day (`30 2 * * *`, `0 8-18 * * *`) fires at the first instant at
//!   which the clocks show such a time or a later one. So a time that comes twice, because clocks are put back, fires once,
//!   the first of the two; one that is left out, because they are put forward, fires when they are. Several that are left
//!   out together fire once, together with a time that comes at that instant anyway.
//! - **Every hour.** A text that names all hours (`*/15 * * * *`, `@hourly`) fires whenever the clocks show such a time: in
//!   an hour that comes twice both times, and in one that is left out not at all. So a quarter of an hour is between two
//!   fires of `*/15 * * * *`, whatever the clocks do.
//!
//! Fires are instants: a schedule never has two at the same one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::zone::{self, UnknownZone};

mod cron;
mod error;
mod systemd;
#[cfg(test)]
mod tests;
mod turn;

pub use cron::{Cron, Field};
pub use error::CronError;
pub use turn::{Standing, Turn, turn};

/// When a chain is to be run.
///
/// ```
/// use purvey::schedule::{Cron, Schedule};
///
/// let nightly = Schedule::new("nightly", Cron::parse("30 2 * * *")?, "Europe/Zurich")?;
/// let fires: Vec<String> =
///     nightly.after("2026-03-28T12:00:00Z".parse()?).take(2).map(|fire| fire.to_rfc3339()).collect();
/// // There is no half past two on the 29th: clocks are put forward from two to three.
/// assert_eq!(fires, ["2026-03-29T01:00:00+00:00", "2026-03-30T00:30:00+00:00"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    name: Arc<str>,
    cron: Cron,
    zone: Tz,
    jitter: Duration,
    missed: Missed,
}

/// What becomes of fires that were missed: those that came while nobody was there to run them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Missed {
    /// The last of them is run, late; the others are left out.
    #[default]
    Last,
    /// All are run, late, one after another.
    All,
    /// They are left out.
    None,
}

impl Missed {
    /// All of them.
    pub const ALL: [Missed; 3] = [Missed::Last, Missed::All, Missed::None];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Missed::Last => "last",
            Missed::All => "all",
            Missed::None => "none",
        }
    }
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How far apart it is looked whether clocks were put forward or back: no zone does both in so short a time.
const LOOK: TimeDelta = TimeDelta::hours(12);

impl Schedule {
    /// A schedule that goes by the clocks of a zone of the IANA database, such as `Europe/Zurich` or `UTC`.
    ///
    /// # Errors
    ///
    /// When there is no such zone.
    pub fn new(name: &str, cron: Cron, zone: &str) -> Result<Schedule, UnknownZone> {
        let zone = zone::find(zone)?;
        Ok(Schedule { name: name.into(), cron, zone, jitter: Duration::ZERO, missed: Missed::default() })
    }

    /// The same with runs that begin up to so much later than they fire.
    #[must_use]
    pub fn with_jitter(self, jitter: Duration) -> Schedule {
        Schedule { jitter, ..self }
    }

    /// The same with this done about fires that were missed.
    #[must_use]
    pub fn with_missed(self, missed: Missed) -> Schedule {
        Schedule { missed, ..self }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Its cron text.
    #[must_use]
    pub fn cron(&self) -> &Cron {
        &self.cron
    }

    /// The name of its zone.
    #[must_use]
    pub fn zone(&self) -> &'static str {
        self.zone.name()
    }

    /// By how much a run may begin later than it fires.
    #[must_use]
    pub fn jitter(&self) -> Duration {
        self.jitter
    }

    /// What becomes of fires that were missed.
    #[must_use]
    pub fn missed(&self) -> Missed {
        self.missed
    }

    /// The fires after an instant, in order.
    pub fn after(&self, instant: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> + use<'_> {
        std::iter::successors(self.next_after(instant), |fire| self.next_after(*fire))
    }

    /// The first fire after an instant; `None` at the end of all time.
    #[must_use]
    pub fn next_after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.cron.has_all_hours() { self.next_of_any_hour(instant) } else { self.next_of_a_day(instant) }
    }

    /// When the run of a fire begins: later than it by whole seconds, less than the jitter, and the same each time it is
    /// asked.
    ///
    /// ```
    /// use std::time::Duration;
    /// use purvey::schedule::{Cron, Schedule};
    ///
    /// let nightly = Schedule::new("nightly", Cron::parse("30 4 * * *")?, "UTC")?.with_jitter(Duration::from_secs(300));
    /// let fire = "2026-11-22T04:30:00Z".parse()?;
    /// assert_eq!(nightly.begins(fire).to_rfc3339(), "2026-11-22T04:33:32+00:00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn begins(&self, fire: DateTime<Utc>) -> DateTime<Utc> {
        let seconds = self.jitter.as_secs();
        if seconds == 0 {
            return fire;
        }
        let digest = blake3::hash(format!("{} {}", self.name, fire.timestamp()).as_bytes());
        let [a, b, c, d, e, f, g, h, ..] = *digest.as_bytes();
        // The upper half of the product is below `seconds`, each number as likely as the others.
        let later = (u128::from(u64::from_le_bytes([a, b, c, d, e, f, g, h])) * u128::from(seconds)) >> 64;
        fire.checked_add_signed(TimeDelta::seconds(later as i64)).unwrap_or(fire)
    }

    /// A fire as the clocks of the zone show it, such as `2026-11-22T04:30+01:00`.
    #[must_use]
    pub fn shown(&self, fire: DateTime<Utc>) -> String {
        fire.with_timezone(&self.zone).format("%Y-%m-%dT%H:%M%:z").to_string()
    }

    /// When the clocks first show a time that is named, or a later one. Of times in order these instants are in order too.
    fn next_of_a_day(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut time = zone::wall(self.zone, instant);
        loop {
            time = self.cron.next(time)?;
            // What clocks that were put back show again was fired when they showed it first.
            if let Some(fire) = zone::first_at(self.zone, time).filter(|fire| *fire > instant) {
                return Some(fire);
            }
        }
    }

    /// When the clocks show a time that is named.
    fn next_of_any_hour(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut from = instant;
        loop {
            let wall = zone::wall(self.zone, from);
            let wait = self.cron.next(wall)?.signed_duration_since(wall);
            let until = from.checked_add_signed(wait.min(LOOK))?;
            match zone::last_change(self.zone, from, until) {
                None if wait <= LOOK => return Some(until),
                None => from = until,
                Some(change) if self.cron.names(zone::wall(self.zone, change)) => return Some(change),
                Some(change) => from = change,
            }
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.cron, self.zone())
    }
}
