//! The section `[run]`: how to run.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

use crate::run::{Jobs, Order, Publish, RetryPolicy};
use crate::section::time;

/// What `[run]` may say.
///
/// Lengths of time are texts such as `"90s"`, `"5m"` or `"1h 30m"`.
///
/// ```
/// use std::time::Duration;
/// use purvey::config::{Config, Request};
///
/// let sets = vec!["run.retries=2".to_owned(), "run.timeout=5m".to_owned()];
/// let config = Config::load(&Request { sets, ..Request::default() })?;
/// assert_eq!(config.run.retry().timeout, Some(Duration::from_secs(300)));
/// # Ok::<(), purvey::config::ConfigErrors>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunSettings {
    /// The folder for results. Relative to the file that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// How many tasks may be under way at once; as many as the machine has cores if absent.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "jobs")]
    pub jobs: Option<Jobs>,
    /// Which of the steps that are ready goes first.
    pub order: Order,
    /// The memory that steps may take together, as a text such as `"8 GiB"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_limit: Option<ByteSize>,
    /// How much of each named pool there is.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub pools: BTreeMap<String, NonZeroU32>,
    /// Whether the first failure stops the run.
    pub fail_fast: bool,
    /// When results come into view: all at the end of the run, or those of each task when it is done.
    pub publish: Publish,
    /// How often a step is tried again after an error that may pass by itself.
    pub retries: u32,
    /// How long one attempt may run; for ever if absent.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "timeout",
        serialize_with = "time::write_some"
    )]
    pub timeout: Option<Duration>,
    /// How long to wait before the second attempt.
    #[serde(deserialize_with = "time::read", serialize_with = "time::write")]
    pub backoff: Duration,
    /// By how much each wait is longer than the one before.
    #[serde(deserialize_with = "factor")]
    pub backoff_factor: f64,
    /// The longest wait.
    #[serde(deserialize_with = "time::read", serialize_with = "time::write")]
    pub backoff_max: Duration,
    /// How far a wait is moved at random, as a part of it.
    #[serde(deserialize_with = "part")]
    pub jitter: f64,
    /// How long an attempt that ran too long gets to end by itself.
    #[serde(deserialize_with = "time::read", serialize_with = "time::write")]
    pub grace: Duration,
}

impl Default for RunSettings {
    fn default() -> RunSettings {
        let RetryPolicy { retries, backoff, factor, jitter, cap, timeout, grace } = RetryPolicy::default();
        RunSettings {
            data: None,
            jobs: None,
            order: Order::default(),
            memory_limit: None,
            pools: BTreeMap::new(),
            fail_fast: false,
            publish: Publish::default(),
            retries,
            timeout,
            backoff,
            backoff_factor: factor,
            backoff_max: cap,
            jitter,
            grace,
        }
    }
}

impl RunSettings {
    /// How often steps are tried, and how long they may run, where a task does not say itself.
    #[must_use]
    pub fn retry(&self) -> RetryPolicy {
        RetryPolicy {
            retries: self.retries,
            backoff: self.backoff,
            factor: self.backoff_factor,
            jitter: self.jitter,
            cap: self.backoff_max,
            timeout: self.timeout,
            grace: self.grace,
        }
    }
}

fn jobs<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Jobs>, D::Error> {
    match usize::deserialize(from)? {
        0 => Err(de::Error::invalid_value(de::Unexpected::Unsigned(0), &"a whole number from 1 on")),
        jobs => Ok(Some(Jobs::new(jobs))),
    }
}

fn timeout<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    match time::read(from)? {
        Duration::ZERO => Err(de::Error::custom("no attempt ends in no time; write a length of time like \"5m\"")),
        time => Ok(Some(time)),
    }
}

fn factor<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    between(from, 1.0..=1_000.0, "a number from 1 to 1000, such as 2.0")
}

fn part<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    between(from, 0.0..=1.0, "a number from 0 to 1, such as 0.1")
}

fn between<'de, D>(from: D, range: std::ops::RangeInclusive<f64>, expected: &'static str) -> Result<f64, D::Error>
where
    D: Deserializer<'de>,
{
    let number = f64::deserialize(from)?;
    let wrong = || de::Error::invalid_value(de::Unexpected::Float(number), &expected);
    if range.contains(&number) { Ok(number) } else { Err(wrong()) }
}
