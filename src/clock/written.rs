//! A clock whose date stands in a file, so that a test can move it under programs that run. No release build has it.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Clock, SystemClock};

/// A clock that shows the date that stands in a file, as RFC 3339 writes it. Time passes as it does on the machine, so
/// that a date that is moved looks as it does when the machine has slept, or its clock was set.
#[derive(Debug)]
pub(crate) struct WrittenClock {
    path: PathBuf,
    machine: SystemClock,
}

impl WrittenClock {
    /// The clock of this file, which has to be there and is to be replaced as a whole.
    pub(crate) fn of(path: PathBuf) -> WrittenClock {
        WrittenClock { path, machine: SystemClock::new() }
    }
}

impl Clock for WrittenClock {
    fn now(&self) -> DateTime<Utc> {
        let text = fs::read_to_string(&self.path);
        // A date that a test has not written is no date of a test: going on by another one could only mislead it.
        let text = text.unwrap_or_else(|error| panic!("the clock `{}` cannot be read: {error}", self.path.display()));
        let date = text.trim().parse();
        date.unwrap_or_else(|error| panic!("the clock `{}` shows `{text}`: {error}", self.path.display()))
    }

    fn monotonic(&self) -> Duration {
        self.machine.monotonic()
    }

    fn sleep(&self, time: Duration) {
        self.machine.sleep(time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_what_stands_in_the_file_and_time_passes_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clock");
        let clock = WrittenClock::of(path.clone());
        let before = clock.monotonic();
        for date in ["2026-10-25T00:30:00Z\n", "2026-10-25T00:10:00+00:00"] {
            fs::write(&path, date).unwrap();
            assert_eq!(clock.now(), date.trim().parse::<DateTime<Utc>>().unwrap());
        }
        clock.sleep(Duration::from_millis(2));
        assert!(clock.monotonic() - before >= Duration::from_millis(2));
    }

    #[test]
    #[should_panic = "shows `noon`"]
    fn a_file_without_a_date_is_no_clock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clock");
        fs::write(&path, "noon").unwrap();
        WrittenClock::of(path).now();
    }
}
