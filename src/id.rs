//! Names for runs, backfills, tasks and models: those of the first two are unique for ever, the others are dense numbers
//! within one chain.
//!
//! Knows nothing else of Purvey.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The identity of one run: a UUID of version 7, so that ids sort by the time their run began.
///
/// ```
/// use purvey::RunId;
///
/// let id = RunId::random();
/// assert_eq!(id.to_string().parse::<RunId>()?, id);
/// # Ok::<(), purvey::id::ParseRunIdError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(Uuid);

impl RunId {
    /// Makes a new id from the system's clock and random numbers.
    #[must_use]
    pub fn random() -> RunId {
        RunId(Uuid::now_v7())
    }

    /// The id that stands for "no run yet": all zeros.
    #[must_use]
    pub const fn nil() -> RunId {
        RunId(Uuid::nil())
    }

    /// When the run began, by the id itself: in UTC, to the millisecond.
    #[must_use]
    pub fn began(&self) -> Option<DateTime<Utc>> {
        let (seconds, nanos) = self.0.get_timestamp()?.to_unix();
        DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
    }

    /// The last eight digits, the random part: enough to tell the runs of one chain apart on a screen.
    #[must_use]
    pub fn short(&self) -> String {
        let text = self.0.simple().to_string();
        text[text.len() - 8..].to_owned()
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for RunId {
    type Err = ParseRunIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(RunId).map_err(|_| ParseRunIdError(text.to_owned()))
    }
}

/// A text that is not a run id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a run id; it looks like `0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e`")]
pub struct ParseRunIdError(String);

/// The identity of one backfill, made like that of a run.
///
/// ```
/// use purvey::id::BackfillId;
///
/// let id = BackfillId::random();
/// assert_eq!(id.to_string().parse::<BackfillId>()?, id);
/// assert!(id.to_string().ends_with(&id.short()));
/// # Ok::<(), purvey::id::ParseBackfillIdError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BackfillId(RunId);

impl BackfillId {
    /// Makes a new id from the system's clock and random numbers.
    #[must_use]
    pub fn random() -> BackfillId {
        BackfillId(RunId::random())
    }

    /// The last eight digits, the random part.
    #[must_use]
    pub fn short(&self) -> String {
        self.0.short()
    }

    /// Under which name it has what otherwise runs have.
    pub(crate) const fn as_run(self) -> RunId {
        self.0
    }
}

impl fmt::Display for BackfillId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for BackfillId {
    type Err = ParseBackfillIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(BackfillId).map_err(|_| ParseBackfillIdError(text.to_owned()))
    }
}

/// A text that is not the id of a backfill.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the id of a backfill; it looks like `0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e`")]
pub struct ParseBackfillIdError(String);

macro_rules! dense_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// The id of the thing at this index.
            ///
            /// # Panics
            ///
            /// Panics for an index of 2³² or more.
            #[must_use]
            pub const fn new(index: usize) -> $name {
                assert!(index <= u32::MAX as usize, "more than 2^32 ids in one chain");
                $name(index as u32)
            }

            /// The index this id stands for.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

dense_id! {
    /// A task of one chain: its position in the flattened list.
    TaskId
}

dense_id! {
    /// A model of one chain, in order of first mention.
    ModelId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_no_id_of_a_backfill_is_named() {
        assert_eq!(
            "yesterday".parse::<BackfillId>().unwrap_err().to_string(),
            "`yesterday` is not the id of a backfill; it looks like `0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e`"
        );
    }

    #[test]
    fn a_text_that_is_no_run_id_is_named() {
        let error = "yesterday".parse::<RunId>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`yesterday` is not a run id; it looks like `0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e`"
        );
    }

    #[test]
    fn the_short_form_is_the_tail_of_the_long_one() {
        let id = RunId::random();
        assert!(id.to_string().ends_with(&id.short()));
    }
}
