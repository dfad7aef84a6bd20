//! What holds of a table as a whole, beyond its rows.

use std::borrow::Cow;
use std::fmt;

use polars::prelude::Expr;

use super::{Severity, Share};

/// A rule that a table keeps as a whole; looked at when the task that made it ends, after the rules of its rows.
///
/// `#[check(…)]` on the struct of a row type says it, and `[models.<name>.checks]` of the configuration, which goes first.
///
/// ```
/// use purvey::prelude::*;
///
/// /// One night in one hotel.
/// #[derive(Row, Clone, Debug, PartialEq)]
/// #[row(table = "nights")]
/// #[check(rows(min = 1), unique("hotel, night", severity = "warn"))]
/// struct Night {
///     hotel: String,
///     night: i64,
/// }
///
/// let said: Vec<String> = Night::SCHEMA.checks.iter().map(|check| format!("{}: {}", check.name, check.rule)).collect();
/// assert_eq!(said, ["rows: rows(min = 1)", "unique_hotel_night: unique(\"hotel, night\")"]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TableCheck {
    /// Its name among the checks of the table.
    pub name: Cow<'static, str>,
    /// What it demands.
    pub rule: TableRule,
    /// What becomes of the step where it does not pass.
    pub severity: Severity,
}

/// What a [`TableCheck`] demands.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TableRule {
    /// `rows(min = 1, max = 1_000_000)`: how many rows there are.
    Rows {
        /// At least so many.
        min: Option<u64>,
        /// At most so many.
        max: Option<u64>,
    },
    /// `change(max = "50%")`: there are not that many more or fewer rows than in the last version. That is the published one
    /// of the same partition; of a table that is not stored, and so never published, the last one on record.
    Change {
        /// By so much of the rows there were.
        max: Share,
    },
    /// `rejected(max = "1%")`: of the rows of a source that were read, not more were set aside.
    Rejected {
        /// So much of them.
        max: Share,
    },
    /// `unique("hotel, night")`: no two rows have the same values in these columns. Rows with a null in one of them are left
    /// out.
    Unique {
        /// The columns.
        columns: Cow<'static, [&'static str]>,
    },
    /// `relation(column = "agent", to = Agent::ID)`: each value of a column is in a column of another table. Nulls are left
    /// out.
    Relation {
        /// The column.
        column: &'static str,
        /// The other model.
        model: Cow<'static, str>,
        /// Its column.
        to: Cow<'static, str>,
    },
    /// `holds(revenue_is_positive)`: this expression, computed over the table, is true: for each row, or where it comes to one
    /// value, for the table. Nulls count as true.
    Holds {
        /// Makes the expression.
        expression: fn() -> Expr,
        /// The function as it is written.
        function: &'static str,
    },
}

impl PartialEq for TableRule {
    /// Whether they say the same; functions are told apart by what they are called.
    fn eq(&self, other: &TableRule) -> bool {
        self.to_string() == other.to_string()
    }
}

impl fmt::Display for TableRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TableRule::Rows { min, max } => {
                let min = min.map(|min| format!("min = {min}"));
                let bounds: Vec<String> = min.into_iter().chain(max.map(|max| format!("max = {max}"))).collect();
                write!(f, "rows({})", bounds.join(", "))
            }
            TableRule::Change { max } => write!(f, "change(max = \"{max}\")"),
            TableRule::Rejected { max } => write!(f, "rejected(max = \"{max}\")"),
            TableRule::Unique { columns } => write!(f, "unique(\"{}\")", columns.join(", ")),
            TableRule::Relation { column, model, to } => {
                write!(f, "relation(column = \"{column}\", to = \"{model}.{to}\")")
            }
            TableRule::Holds { function, .. } => write!(f, "holds({function})"),
        }
    }
}
