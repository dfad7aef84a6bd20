//! What can be wrong with a partitioning or a key.

use super::Unit;
use crate::nearest;
use crate::zone::UnknownZone;

/// What is wrong with a partitioning, or with the key of a partition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PartitionError {
    /// There is no such time zone.
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    /// A list of partitions is empty.
    #[error("a list of partitions has to name one at least")]
    Empty,
    /// A list of partitions has one twice.
    #[error("partition `{0}` is listed twice")]
    Twice(String),
    /// A list of partitions has the key of all data.
    #[error(
        "`all` cannot be the name of a partition: it stands for all data, as `#[task(partition = \"all\")]` has it"
    )]
    Reserved,
    /// Partitions that are not of time are to have a beginning.
    #[error("a list of partitions has no `start`: its first is the first")]
    NoTime,
    /// A partition is asked for that lies before the first.
    #[error("there is no {unit} `{key}`: partitions begin with `{first}`, as `start` in `[partitions]` says")]
    BeforeStart {
        /// What was written.
        key: String,
        /// What it is.
        unit: Unit,
        /// The key of the first.
        first: String,
    },
    /// A partition has a name that no folder can have.
    #[error("`{0}` cannot be the name of a partition: write letters, digits, `-`, `_`, `+` and `.`, not at the front")]
    Name(String),
    /// A text is not the key of a partition of time.
    #[error("`{key}` is no {unit}; write one like `{example}`")]
    Key {
        /// What was written.
        key: String,
        /// What it should be.
        unit: Unit,
        /// How one is written.
        example: &'static str,
    },
    /// The clocks of a zone have left out what is asked for.
    #[error("there is no {unit} `{key}` in {zone}: its clocks were put forward over it")]
    LeftOut {
        /// What was written.
        key: String,
        /// What it should be.
        unit: Unit,
        /// The zone.
        zone: &'static str,
    },
    /// An hour comes twice, because clocks are put back.
    #[error("the hour `{key}` comes twice in {zone}; write `{first}` or `{second}`")]
    Ambiguous {
        /// What was written.
        key: String,
        /// The zone.
        zone: &'static str,
        /// The key of the first.
        first: String,
        /// The key of the second.
        second: String,
    },
    /// A list has no such partition.
    #[error("there is no partition `{key}`{}", nearest::hint(.similar.as_deref()))]
    Unknown {
        /// What was written.
        key: String,
        /// The partition that looks most like it.
        similar: Option<String>,
    },
}
