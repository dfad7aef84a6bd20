//! Calls of a task for several partitions at once.

/// That a task takes ranges of partitions: a backfill calls it once for several that lie side by side.
///
/// Such a task provides tables whose rows say which partition they belong to (`#[row(partition = "night")]`), and makes for
/// each partition the same whether it is called for that alone or for several. What it reads are sources, and tables of tasks
/// that take ranges too: there it finds the rows of all partitions of the call, in order of these. It finds the partitions
/// as [`JobContext::partitions`](crate::JobContext::partitions).
///
/// ```
/// use purvey::prelude::*;
/// use purvey::task::{Declared, Ranges};
///
/// /// Rooms sold in a night.
/// #[derive(Row, Clone, Debug, PartialEq)]
/// #[row(table = "nights", key = "night", partition = "night")]
/// struct Night {
///     night: NaiveDate,
///     sold: i64,
/// }
///
/// /// Asks the front desk once for all nights of the call.
/// #[task(ranges = "coalesce", max = 7)]
/// fn ask(job: &JobContext, nights: &mut Table<Night>) -> Result<()> {
///     let asked = job.partitions()?.dates().ok_or_else(|| Error::data("nights are days"))?;
///     let each = asked.start.iter_days().take_while(|night| *night < asked.end);
///     nights.put(each.map(|night| Night { night, sold: 4 }).collect::<Vec<_>>())
/// }
///
/// assert_eq!(ask::TASK.ranges, Some(Ranges { max: 7 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranges {
    /// How many partitions one call is for at most; 2 or more.
    pub max: u32,
}
