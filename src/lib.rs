//! Purvey.

// The macros write `::purvey::…`, also inside this crate.
extern crate self as purvey;

pub mod cancel;
pub mod clock;
pub mod context;
pub mod contract;
pub mod event;
pub mod failure;
pub mod id;
pub mod model;
mod nearest;
pub mod schema;
pub mod secret;
pub mod section;
pub mod source;
pub mod task;

pub use cancel::CancelToken;
pub use context::JobContext;
pub use failure::{Class, Error, Result};
pub use id::RunId;
pub use polars;
pub use purvey_macros::{Named, Row, chain, group, task, tasks};
pub use secret::Secret;
pub use section::Section;

/// Everything a file with models, tasks or a chain wants in scope: `use purvey::prelude::*`.
pub mod prelude {
    pub use polars::prelude::{
        DataFrame, Expr, IntoLazy, JoinArgs, JoinType, LazyFrame, SortMultipleOptions, as_struct, coalesce, col,
        concat_str, len, lit, when,
    };

    pub use purvey_macros::{Named, Row, chain, group, task, tasks};

    pub use crate::assert_rows;
    pub use crate::cancel::CancelToken;
    pub use crate::context::JobContext;
    pub use crate::failure::{Class, Error, Result};
    pub use crate::model::{Artifact, Model, Named, Rejected, Row, Table, Value};
    pub use crate::task::{Chain, Group, Settings, TaskList};
}

/// What the macros write refers to; not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use crate::model::row_derive::*;
}
