//! How a model is handed to the tasks that read it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a table is handed to the tasks that read it. It changes time and memory, never results.
///
/// ```
/// use purvey::prelude::*;
/// use purvey::schema::HandOver;
///
/// /// One stay, of which reports read a few columns.
/// #[derive(Row)]
/// #[row(table = "stays", hand_over = "lazy")]
/// struct Stay {
///     nights: i64,
/// }
///
/// assert_eq!(Stay::SCHEMA.hand_over, HandOver::Lazy);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HandOver {
    /// It is computed when its task ends, and held in memory until its last reader is done.
    #[default]
    Memory,
    /// The query is handed on as it is: its one reader computes it as a part of its own queries, and only the columns and
    /// rows that these need. Where several read it, the first to do so computes it for all.
    Lazy,
    /// It is streamed into a Parquet file, which its readers scan; no more of it is in memory than what is worked on.
    Stored,
}

impl HandOver {
    /// The word for this hand-over in attributes, configuration and plans.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            HandOver::Memory => "memory",
            HandOver::Lazy => "lazy",
            HandOver::Stored => "stored",
        }
    }
}

impl fmt::Display for HandOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
