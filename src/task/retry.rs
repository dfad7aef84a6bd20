//! How often a task is tried, and how long it may run.

use std::time::Duration;

/// What a task says of its attempts; what it leaves out is as the chain's `[run]` section says.
///
/// ```
/// use std::time::Duration;
/// use purvey::prelude::*;
/// use purvey::task::Declared;
///
/// /// Today's exchange rate.
/// #[derive(Named)]
/// #[named("exchange_rate")]
/// struct ExchangeRate;
///
/// #[task(retries = 2, timeout = "1m30s")]
/// fn fetch_rate(rate: &mut Value<f64, ExchangeRate>) -> Result<()> {
///     rate.put(0.93)
/// }
///
/// assert_eq!(fetch_rate::TASK.retry.retries, Some(2));
/// assert_eq!(fetch_rate::TASK.retry.timeout, Some(Duration::from_secs(90)));
/// assert_eq!(fetch_rate::TASK.retry.backoff, None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retry {
    /// How often it is tried again after an error that may pass by itself.
    pub retries: Option<u32>,
    /// How long one attempt may run.
    pub timeout: Option<Duration>,
    /// How long to wait before the second attempt; later ones wait longer.
    pub backoff: Option<Duration>,
}
