//! Where the time comes from, so that whatever depends on it can be tested without waiting.
//!
//! Knows nothing else of Purvey.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

#[cfg(debug_assertions)]
mod written;

#[cfg(debug_assertions)]
pub(crate) use written::WrittenClock;

/// A source of time: the date, and a reading that never goes backwards.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present instant, in UTC.
    fn now(&self) -> DateTime<Utc>;

    /// Time since some fixed moment; never less than an earlier reading of the same clock.
    fn monotonic(&self) -> Duration;

    /// Returns once this time has passed.
    fn sleep(&self, time: Duration);
}

/// The clock of the machine.
///
/// ```
/// use purvey::clock::{Clock, SystemClock};
///
/// let clock = SystemClock::new();
/// let before = clock.monotonic();
/// assert!(clock.monotonic() >= before);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose monotonic reading starts at zero now.
    #[must_use]
    pub fn new() -> SystemClock {
        SystemClock { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock that others are to be passed")]
    fn sleep(&self, time: Duration) {
        thread::sleep(time);
    }
}

/// A clock that moves only when told to, for tests. Who sleeps by it is not kept waiting: the clock moves on instead.
///
/// ```
/// use std::time::Duration;
/// use purvey::clock::{Clock, FakeClock};
///
/// let clock = FakeClock::at("2026-11-21T02:30:00Z".parse()?);
/// clock.advance(Duration::from_secs(90));
/// assert_eq!(clock.now().to_rfc3339(), "2026-11-21T02:31:30+00:00");
/// clock.sleep(Duration::from_secs(30)); // returns at once
/// assert_eq!(clock.monotonic(), Duration::from_secs(120));
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Debug)]
pub struct FakeClock {
    start: Mutex<DateTime<Utc>>,
    passed: Mutex<Duration>,
}

impl FakeClock {
    /// A clock that stands at this instant.
    #[must_use]
    pub fn at(start: DateTime<Utc>) -> FakeClock {
        FakeClock { start: Mutex::new(start), passed: Mutex::new(Duration::ZERO) }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        *self.passed.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }

    /// Puts the clock right, without any time passing; so it is too for a machine that wakes up.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.start.lock().unwrap_or_else(PoisonError::into_inner) = now - self.monotonic();
    }
}

impl Clock for FakeClock {
    fn now(&self) -> DateTime<Utc> {
        *self.start.lock().unwrap_or_else(PoisonError::into_inner) + self.monotonic()
    }

    fn monotonic(&self) -> Duration {
        *self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep(&self, time: Duration) {
        self.advance(time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleeping_moves_every_clock_by_at_least_that_time() {
        let clocks: [&dyn Clock; 2] = [&SystemClock::new(), &FakeClock::at(DateTime::UNIX_EPOCH)];
        for clock in clocks {
            let before = clock.monotonic();
            clock.sleep(Duration::from_millis(2));
            assert!(clock.monotonic() - before >= Duration::from_millis(2), "{clock:?}");
        }
    }

    #[test]
    fn a_clock_that_is_set_has_another_date_and_no_time_has_passed() {
        let clock = FakeClock::at(DateTime::UNIX_EPOCH);
        clock.advance(Duration::from_secs(90));
        clock.set(DateTime::UNIX_EPOCH);
        assert_eq!((clock.now(), clock.monotonic()), (DateTime::UNIX_EPOCH, Duration::from_secs(90)));
        clock.advance(Duration::from_secs(10));
        assert_eq!(clock.now().to_rfc3339(), "1970-01-01T00:00:10+00:00");
    }

    #[test]
    fn who_sleeps_by_a_fake_clock_does_not_wait() {
        let clock = FakeClock::at(DateTime::UNIX_EPOCH);
        clock.sleep(Duration::from_secs(60 * 60 * 24 * 365));
        assert_eq!(clock.now().to_rfc3339(), "1971-01-01T00:00:00+00:00");
    }
}
