//! What a task needs beside others that run at the same time.

/// What a task takes of what there is not enough of for all.
///
/// A pool stands for something that only so many may use at once: connections to a database, calls of an API. `[run.pools]`
/// in the configuration says how much of each there is, 1 where it says nothing. A task starts when all that it takes is
/// free, and gives it back when it ends.
///
/// ```
/// use purvey::prelude::*;
/// use purvey::task::Declared;
///
/// /// Today's exchange rate.
/// #[derive(Named)]
/// #[named("exchange_rate")]
/// struct ExchangeRate;
///
/// #[task(pools(db, api = 2), memory = "512 MiB")]
/// fn fetch_rate(rate: &mut Value<f64, ExchangeRate>) -> Result<()> {
///     rate.put(0.93)
/// }
///
/// assert_eq!(fetch_rate::TASK.uses.pools, [("api", 2), ("db", 1)]);
/// assert_eq!(fetch_rate::TASK.uses.memory, Some(512 << 20));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses<'t> {
    /// The pools, each once and in order of their names, and how much it takes of each.
    pub pools: &'t [(&'t str, u32)],
    /// The memory that it takes at most, in bytes; where absent, what it took when it was done last counts.
    pub memory: Option<u64>,
}
