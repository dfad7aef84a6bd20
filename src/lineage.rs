//! What the columns of a table are made of, as the query tells that a task has put into it.
//!
//! Knows names of models and columns; not how they are found out (`model` does), nor where that is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// How a column of another table matters.
///
/// The first three are direct: its values become values. The others are indirect: its values decide which rows or values
/// there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum How {
    /// Its values are taken as they are.
    Identity,
    /// Values are computed from its values, row by row as a rule.
    Transformation,
    /// Values are computed from its values of several rows.
    Aggregation,
    /// Its values decide which of several values is taken.
    Conditional,
    /// Its values decide which rows are looked at for a value.
    Window,
    /// Rows are brought together by it.
    Join,
    /// Rows are grouped, or told apart, by it.
    GroupBy,
    /// Its values decide which rows, or how many, there are.
    Filter,
    /// Rows are put in order by it.
    Sort,
}

impl How {
    /// All of them.
    pub const ALL: [How; 9] = [
        How::Identity,
        How::Transformation,
        How::Aggregation,
        How::Conditional,
        How::Window,
        How::Join,
        How::GroupBy,
        How::Filter,
        How::Sort,
    ];

    /// The word for it, which is that of OpenLineage in small letters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            How::Identity => "identity",
            How::Transformation => "transformation",
            How::Aggregation => "aggregation",
            How::Conditional => "conditional",
            How::Window => "window",
            How::Join => "join",
            How::GroupBy => "group_by",
            How::Filter => "filter",
            How::Sort => "sort",
        }
    }

    /// Whether values become values.
    #[must_use]
    pub const fn is_direct(self) -> bool {
        matches!(self, How::Identity | How::Transformation | How::Aggregation)
    }

    /// How a column matters to what is made, in this way, of what it matters to in another.
    #[must_use]
    pub(crate) fn over(self, inner: How) -> How {
        match (self.is_direct(), inner.is_direct()) {
            (true, true) => self.max(inner),
            (true, false) => inner,
            (false, _) => self,
        }
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A column that something is made of, and how.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// The model.
    pub model: Arc<str>,
    /// Its column.
    pub column: Arc<str>,
    /// How it matters.
    pub how: How,
}

/// The columns that something is made of; `None` where that is not known.
pub type Origins = Option<BTreeSet<Origin>>;

/// What the columns of a table are made of.
///
/// Whatever is not known is said to be so: a column whose origins are given depends, by its query, on no other column than
/// those and those that the rows depend on.
///
/// ```
/// use purvey::lineage::{How, Lineage, Origin};
///
/// let origin = Origin { model: "bookings".into(), column: "nights".into(), how: How::Aggregation };
/// let lineage = Lineage {
///     columns: [("nights_sold".into(), Some([origin].into()))].into(),
///     rows: Some([].into()),
/// };
/// assert!(lineage.columns["nights_sold"].iter().flatten().all(|origin| origin.how.is_direct()));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// The columns, by name.
    pub columns: BTreeMap<Arc<str>, Origins>,
    /// What decides which rows there are, and in which order.
    pub rows: Origins,
}

impl Lineage {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.rows.is_none() && self.columns.values().all(Option::is_none)
    }

    /// What there is to say: of each column by its name, and then, without a name, of the rows.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (Option<&str>, &Origins)> {
        let columns = self.columns.iter().map(|(name, origins)| (Some(&**name), origins));
        columns.chain([(None, &self.rows)])
    }
}
