//! Where the columns of a query come from.
//!
//! A query is looked at once, when a task puts it into a table, as polars has resolved it and before it is optimised: every
//! column has its name then, and nothing is moved about yet. Its leaves are remembered as what they are, a frame, a file
//! or a plan that was handed over; which models those are is asked of the models when the task has ended.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf, absolute};
use std::sync::{Arc, Weak};

use polars::prelude::{DataFrame, LazyFrame, PlSmallStr};
use polars_plan::plans::DataFrameUdf;

use crate::lineage::{How, Lineage, Origin, Origins};

mod expr;
mod join;
mod nodes;
#[cfg(test)]
mod tests;

pub(crate) use nodes::CONTRACT;

/// Something that a query reads from.
///
/// What is in memory is told by where it is. As long as this value is there, nothing else can be there. A model that has
/// tables inside asks them whether it is theirs.
///
/// ```
/// use purvey::model::{Leaf, Model};
/// use purvey::prelude::*;
///
/// /// One stay.
/// #[derive(Row, Clone, Debug, PartialEq)]
/// #[row(table = "stays")]
/// struct Stay {
///     nights: i64,
/// }
///
/// struct Seasons {
///     summer: Table<Stay>,
///     winter: Table<Stay>,
/// }
///
/// impl Seasons {
///     fn is_origin(&self, leaf: &Leaf) -> bool {
///         self.summer.is_origin(leaf) || self.winter.is_origin(leaf)
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Leaf(Kind);

#[derive(Clone)]
enum Kind {
    Frame(Weak<DataFrame>),
    File(PathBuf),
    Plan(Weak<dyn DataFrameUdf>),
}

impl Leaf {
    /// Whether it is this frame.
    pub(crate) fn is_frame(&self, frame: &Arc<DataFrame>) -> bool {
        matches!(&self.0, Kind::Frame(known) if known.as_ptr() == Arc::as_ptr(frame))
    }

    /// Whether it is this file.
    pub(crate) fn is_file(&self, path: &Path) -> bool {
        matches!(&self.0, Kind::File(known) if known == path || absolute(known).ok() == absolute(path).ok())
    }

    /// Whether it is a plan that ends with this function.
    pub(crate) fn is_plan(&self, function: &Arc<dyn DataFrameUdf>) -> bool {
        matches!(&self.0, Kind::Plan(known) if std::ptr::addr_eq(known.as_ptr(), Arc::as_ptr(function)))
    }
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Frame(_) => f.write_str("a frame"),
            Kind::File(path) => write!(f, "{}", path.display()),
            Kind::Plan(_) => f.write_str("a plan"),
        }
    }
}

/// Columns of leaves, each with how it matters; `None` where they are not known.
type Sources = Option<Arc<BTreeSet<(usize, PlSmallStr, How)>>>;

/// Where the columns of a query come from, as far as it tells.
///
/// ```
/// use purvey::model::Model;
/// use purvey::prelude::*;
///
/// /// One stay.
/// #[derive(Row, Clone, Debug, PartialEq)]
/// #[row(table = "stays")]
/// struct Stay {
///     nights: i64,
/// }
///
/// let stays = Table::from_rows([Stay { nights: 3 }]);
/// let mut long = Table::<Stay>::new();
/// long.put(stays.scan().filter(col(Stay::NIGHTS).gt(lit(2))))?;
/// assert!(long.traced().is_some());
/// assert!(stays.traced().is_none(), "rows tell nothing");
/// # Ok::<(), purvey::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Traced {
    leaves: Vec<Leaf>,
    columns: Vec<(PlSmallStr, Sources)>,
    rows: Sources,
}

impl Traced {
    /// Looks at a query; `None` for one that polars cannot resolve, which fails when it is computed.
    pub(crate) fn of(query: &LazyFrame) -> Option<Traced> {
        let plan = query.clone().to_alp().ok()?;
        Some(nodes::trace(plan.as_ref()))
    }

    /// The same in names of models. Whatever comes from a leaf without one is not known.
    pub(crate) fn resolve(&self, model_of: impl Fn(&Leaf) -> Option<Arc<str>>) -> Lineage {
        let models: Vec<Option<Arc<str>>> = self.leaves.iter().map(model_of).collect();
        let resolve = |sources: &Sources| -> Origins {
            let origin = |(leaf, column, how): &(usize, PlSmallStr, How)| {
                let model = models[*leaf].clone()?;
                Some(Origin { model, column: column.as_str().into(), how: *how })
            };
            sources.as_ref()?.iter().map(origin).collect()
        };
        let columns = self.columns.iter().map(|(name, sources)| (name.as_str().into(), resolve(sources))).collect();
        // How many rows a leaf has may come from anything.
        let rows = if models.iter().all(Option::is_some) { resolve(&self.rows) } else { None };
        Lineage { columns, rows }
    }
}
