//! A query that is handed on before it is computed.

use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use polars::prelude::{DataFrame, DslPlan, Expr, LazyFrame, PlSmallStr, PolarsError, col, polars_err};
use polars_plan::plans::{DataFrameUdf, DslFunction, FunctionIR};

use super::held::Framed;
use super::{compute, data};
use crate::contract::{self, query};
use crate::failure::{Class, Error, Result};
use crate::model::Leaf;
use crate::model::trace::CONTRACT;
use crate::schema::TableSchema;

/// A query that has the columns of a table, and is computed by those who read it.
///
/// With one reader it is handed on with the rules of its rows in it, so that a value is checked when it is computed, and
/// only then. With several, the first to ask computes it for all.
pub(super) struct Handed {
    schema: &'static TableSchema,
    task: Arc<str>,
    is_shared: bool,
    /// With the columns of the schema, unchecked; `None` once it was computed, so that what it reads can go.
    plan: Mutex<Option<LazyFrame>>,
    frame: OnceLock<Framed>,
    /// Checks the rows that are computed, and ends each plan that is handed on, which is known by it.
    check: Arc<dyn DataFrameUdf>,
    /// Held by the one who computes it.
    computing: Mutex<()>,
}

impl Handed {
    /// The query of this task, for so many readers.
    ///
    /// Nothing is computed, but for a table with a key or with `unique` values that has one reader: rules which look across
    /// rows cannot be checked on the way, so the columns that they are about are computed here for that.
    pub(super) fn new(
        schema: &'static TableSchema,
        plan: LazyFrame,
        task: &Arc<str>,
        readers: usize,
    ) -> Result<Handed> {
        let plan = conformed(schema, plan)?;
        let is_shared = readers != 1;
        let across = contract::columns_across(schema);
        // What is shared is checked whole when it is computed.
        if !is_shared && !across.is_empty() {
            let columns: Vec<Expr> = across.into_iter().map(col).collect();
            let columns = plan.clone().select(columns).collect().map_err(|error| in_model(schema, error.into()))?;
            contract::check_columns(schema, &columns).map_err(data)?;
        }
        Ok(Handed {
            schema,
            task: Arc::clone(task),
            is_shared,
            plan: Mutex::new(Some(plan)),
            frame: OnceLock::new(),
            check: check(schema, task),
            computing: Mutex::default(),
        })
    }

    /// The task whose query its reader computes; `None` once it is computed.
    pub(super) fn task(&self) -> Option<&str> {
        self.frame.get().is_none().then_some(&*self.task)
    }

    /// The content, which is computed once, and checked whole.
    pub(super) fn frame(&self) -> Result<&DataFrame> {
        self.computed().map(|framed| &**framed)
    }

    /// Whether a query has this leaf because it reads the content.
    pub(super) fn is_origin(&self, leaf: &Leaf) -> bool {
        leaf.is_plan(&self.check) || self.frame.get().is_some_and(|framed| framed.is_origin(leaf))
    }

    fn computed(&self) -> Result<&Framed> {
        let _alone = match self.frame.get() {
            Some(frame) => return Ok(frame),
            None => self.computing.lock().unwrap_or_else(PoisonError::into_inner),
        };
        // Somebody may have computed it meanwhile.
        let Some(plan) = self.plan() else { return Ok(self.frame.get().expect(COMPUTED)) };
        let computed = compute::frame(self.schema, plan).map_err(Error::from);
        let computed = computed.and_then(|frame| contract::enforce(self.schema, frame).map_err(data));
        let frame = computed.map_err(|error| error.context(of_plan(self.schema, &self.task)))?;
        let frame = self.frame.get_or_init(|| frame.into());
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(frame)
    }

    /// A query over the content.
    pub(super) fn scan(&self) -> Result<LazyFrame> {
        if let Some(plan) = self.plan().filter(|_| !self.is_shared) {
            return Ok(self.checked(plan));
        }
        Ok(self.computed()?.scan())
    }

    /// The query with the rules of its rows, and its order, in it.
    fn checked(&self, plan: LazyFrame) -> LazyFrame {
        let optimizations = plan.get_current_optimizations();
        // It looks at whatever columns and rows there are, so what is not needed can be left away before.
        let function = FunctionIR::Opaque {
            function: Arc::clone(&self.check),
            schema: None,
            predicate_pd: true,
            projection_pd: true,
            streamable: true,
            fmt_str: PlSmallStr::from_static(CONTRACT),
        };
        let (input, function) = (Arc::new(plan.logical_plan), DslFunction::FunctionIR(function));
        let checked = LazyFrame::from_logical_plan(DslPlan::MapFunction { input, function }, optimizations);
        query::ordered(self.schema, checked)
    }

    fn plan(&self) -> Option<LazyFrame> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Checks rows that are computed of a plan.
fn check(schema: &'static TableSchema, task: &str) -> Arc<dyn DataFrameUdf> {
    let of_plan = of_plan(schema, task);
    Arc::new(move |rows: DataFrame| match contract::check_rows(schema, &rows) {
        Ok(()) => Ok(rows),
        Err(breach) => Err(in_query(Class::Data, format!("{of_plan}: {breach}"))),
    })
}

const COMPUTED: &str = "the query is let go of when the content is there";

/// Whose query it is, for errors.
pub(super) fn of_plan(schema: &TableSchema, task: &str) -> String {
    format!("the plan of model `{}`, made by task `{task}`", schema.name)
}

/// The query with the columns of the schema; nothing is computed.
pub(super) fn conformed(schema: &'static TableSchema, mut plan: LazyFrame) -> Result<LazyFrame> {
    let found = plan.collect_schema().map_err(|error| in_model(schema, error.into()))?;
    Ok(plan.select(query::columns(schema, &found).map_err(data)?))
}

/// An error as one of a query that fails with it.
pub(super) fn in_query(class: Class, text: String) -> PolarsError {
    match class {
        // That it is the data's fault is not lost on the way through the query.
        Class::Data => PolarsError::IO { error: Arc::new(io::Error::new(ErrorKind::InvalidData, text)), msg: None },
        _ => polars_err!(ComputeError: "{text}"),
    }
}

/// The error of a query that is put into a model.
pub(super) fn in_model(schema: &TableSchema, error: Error) -> Error {
    error.context(format_args!("model `{}`", schema.name))
}
