//! How often a step is tried, how long to wait in between, and how long an attempt may run.

use std::time::Duration;

use crate::digest::Digester;
use crate::id::RunId;
use crate::task::Retry;

/// How often steps are tried, and how long they may run, where a task does not say itself.
///
/// Only errors that may pass by themselves are tried again ([`Class::Transient`](crate::Class::Transient)), and attempts
/// that ran too long and ended when they were asked to.
///
/// ```
/// use std::time::Duration;
/// use purvey::RunId;
/// use purvey::run::RetryPolicy;
///
/// let policy = RetryPolicy { retries: 3, jitter: 0.0, cap: Duration::from_secs(3), ..RetryPolicy::default() };
/// let delays = [1, 2, 3].map(|attempt| policy.delay(RunId::nil(), "fetch_rates", attempt));
/// assert_eq!(delays, [1, 2, 3].map(Duration::from_secs)); // 1 s, 2 s, and 4 s cut down to the cap
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryPolicy {
    /// How often a step is tried again.
    pub retries: u32,
    /// How long to wait before the second attempt.
    pub backoff: Duration,
    /// By how much each wait is longer than the one before.
    pub factor: f64,
    /// How far a wait is moved at random, as a part of it: 0.1 makes 9 to 11 seconds of 10.
    pub jitter: f64,
    /// The longest wait, before it is moved.
    pub cap: Duration,
    /// How long one attempt may run; for ever if absent.
    pub timeout: Option<Duration>,
    /// How long an attempt that ran too long gets to end by itself after it was asked to.
    pub grace: Duration,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy {
            retries: 0,
            backoff: Duration::from_secs(1),
            factor: 2.0,
            jitter: 0.1,
            cap: Duration::from_secs(300),
            timeout: None,
            grace: Duration::from_secs(10),
        }
    }
}

impl RetryPolicy {
    /// The policy for a task that says this itself.
    #[must_use]
    pub fn of(&self, task: Retry) -> RetryPolicy {
        RetryPolicy {
            retries: task.retries.unwrap_or(self.retries),
            backoff: task.backoff.unwrap_or(self.backoff),
            timeout: task.timeout.or(self.timeout),
            ..*self
        }
    }

    /// How many attempts there may be.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.retries.saturating_add(1)
    }

    /// How long to wait after this attempt (from 1) has failed. The same for the same run, task and attempt.
    #[must_use]
    pub fn delay(&self, run: RunId, task: &str, attempt: u32) -> Duration {
        let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.backoff.as_secs_f64() * self.factor.max(1.0).powi(exponent);
        let seconds = seconds.min(self.cap.as_secs_f64());
        let mut digester = Digester::new("purvey-jitter/1");
        for piece in [&*run.to_string(), task, &attempt.to_string()] {
            digester.piece(piece.as_bytes());
        }
        let moved = 1.0 + self.jitter.clamp(0.0, 1.0) * (2.0 * digester.finish().fraction() - 1.0);
        Duration::try_from_secs_f64(seconds * moved).unwrap_or(self.cap)
    }
}
