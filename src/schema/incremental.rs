//! How a table grows from run to run.

use std::fmt;

use serde::Serialize;

/// How a table grows: what becomes of the rows that a task puts in, where there are rows of an earlier run already.
///
/// ```
/// use purvey::prelude::*;
/// use purvey::schema::Incremental;
///
/// /// One booking, as it is known by now.
/// #[derive(Row, Clone, Debug, PartialEq)]
/// #[row(table = "bookings", key = "booking_id", incremental = "merge", latest = "changed_at")]
/// struct Booking {
///     booking_id: i64,
///     changed_at: i64,
/// }
///
/// assert_eq!(Booking::SCHEMA.incremental, Some(Incremental::Merge { latest: Some("changed_at") }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Incremental {
    /// `incremental = "append"`: they come after those that were there.
    Append,
    /// `incremental = "merge"`: a row takes the place of the one that has its key. Rows are put in the order of their key.
    Merge {
        /// `latest = "column"`: of rows with one key, the one with the greatest value here stays; of those with the same
        /// value, the one that came last. Where it is absent, the new row stays, and a key comes only once in what is put.
        latest: Option<&'static str>,
    },
    /// `incremental = "replace"`: they take the place of all rows that have the same values in the columns of `by`. Rows are
    /// put in the order of these columns.
    Replace {
        /// The columns.
        by: &'static [&'static str],
    },
}

impl Incremental {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Incremental::Append => "append",
            Incremental::Merge { .. } => "merge",
            Incremental::Replace { .. } => "replace",
        }
    }

    /// The columns besides the key that say which rows stay.
    pub(crate) fn columns(self) -> Vec<&'static str> {
        match self {
            Incremental::Append => Vec::new(),
            Incremental::Merge { latest } => latest.into_iter().collect(),
            Incremental::Replace { by } => by.to_vec(),
        }
    }
}

impl fmt::Display for Incremental {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Incremental::Append => f.write_str("append"),
            Incremental::Merge { latest: None } => f.write_str("merge"),
            Incremental::Merge { latest: Some(column) } => write!(f, "merge, latest `{column}`"),
            Incremental::Replace { by } => write!(f, "replace by `{}`", by.join(", ")),
        }
    }
}
