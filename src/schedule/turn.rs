//! What a schedule wants done now: a pure function of how far it has come and what the clock says.

use chrono::{DateTime, Utc};

use super::{Missed, Schedule};

/// How far a schedule has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Each fire up to this instant was run or left out.
    pub passed: DateTime<Utc>,
    /// The fire that was begun, and has not ended.
    pub begun: Option<DateTime<Utc>>,
}

/// What a schedule wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// This fire was begun, and whoever ran it is gone: it is to be gone on with.
    GoOn {
        /// The fire.
        fire: DateTime<Utc>,
    },
    /// This fire is to be run.
    Run {
        /// The fire.
        fire: DateTime<Utc>,
        /// How many before it are left out.
        left_out: u64,
    },
    /// Nothing is to be run of what was missed.
    LeaveOut {
        /// The last of these fires.
        last: DateTime<Utc>,
        /// How many they are.
        left_out: u64,
    },
    /// Nothing is to be done before this instant; never, at the end of all time.
    Wait {
        /// When to ask again.
        until: Option<DateTime<Utc>>,
    },
}

/// What a schedule wants done at an instant, if somebody has been there since another. A fire was missed if its run had to
/// begin before that. What comes while something else is run waits for its turn: all of it where `missed` says so, else
/// the last.
///
/// ```
/// use purvey::schedule::{Cron, Schedule, Standing, Turn, turn};
///
/// let hourly = Schedule::new("hourly", Cron::parse("@hourly")?, "UTC")?;
/// let standing = Standing { passed: "2026-11-22T04:00:00Z".parse()?, begun: None };
/// let now = "2026-11-22T07:10:00Z".parse()?;
/// // The fires of five and six are left out.
/// assert_eq!(turn(&hourly, standing, now, now), Turn::Run { fire: "2026-11-22T07:00:00Z".parse()?, left_out: 2 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn turn(schedule: &Schedule, standing: Standing, now: DateTime<Utc>, there_since: DateTime<Utc>) -> Turn {
    if let Some(fire) = standing.begun {
        return Turn::GoOn { fire };
    }
    let mut due = schedule.after(standing.passed).take_while(|fire| schedule.begins(*fire) <= now);
    let Some(first) = due.next() else {
        return Turn::Wait { until: schedule.next_after(standing.passed).map(|fire| schedule.begins(fire)) };
    };
    if schedule.missed() == Missed::All {
        return Turn::Run { fire: first, left_out: 0 };
    }
    let (mut last, mut left_out) = (first, 0);
    for fire in due {
        (last, left_out) = (fire, left_out + 1);
    }
    if schedule.missed() == Missed::None && schedule.begins(last) < there_since {
        return Turn::LeaveOut { last, left_out: left_out + 1 };
    }
    Turn::Run { fire: last, left_out }
}
