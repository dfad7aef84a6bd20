//! The checks of a table as a whole, when its rows are known to keep their own rules.
//!
//! A table in memory, a query and a file are asked the same questions, in queries that polars streams from a file; so the
//! answers are the same. A check that passes looks at its columns once; where rows break one, a second query finds the
//! first of them.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use polars::prelude::{
    Column, DataFrame, DataType, Engine, Expr, IdxSize, IntoLazy, JoinArgs, JoinType, LazyFrame, PolarsResult, Schema,
    col, len, lit, polars_err,
};

use super::offender::{SHOWN, shown};
use super::rise;
use crate::event::Checked;
use crate::failure::{Error, Result, panic_text};
use crate::schema::{TableCheck, TableRule, TableSchema};
use crate::words::{count, number};

/// Names of columns that no row type can have.
const POSITION: &str = "0";
pub(super) const FOUND: &str = "1";
const TIMES: &str = "2";

/// A sealed table as its checks see it.
#[derive(Clone)]
pub struct Whole {
    /// What it looks like.
    pub(crate) schema: &'static TableSchema,
    /// What is demanded of it.
    pub(crate) checks: Vec<TableCheck>,
    /// Its content.
    pub(crate) query: LazyFrame,
    /// The same where it is in memory.
    pub(crate) frame: Option<DataFrame>,
    /// Whether it is in a file, and must not come into memory as a whole.
    pub(crate) is_filed: bool,
    /// How many rows it has, where that is known.
    pub(crate) rows: Option<u64>,
    /// How many rows were set aside when it was read from a source, of how many.
    pub(crate) rejected: Option<(u64, u64)>,
}

impl Whole {
    /// A table in memory.
    pub(crate) fn of_frame(schema: &'static TableSchema, frame: DataFrame) -> Whole {
        Whole { frame: Some(frame.clone()), ..Whole::of_query(schema, frame.lazy()) }
    }

    /// A query that has not been computed.
    pub(crate) fn of_query(schema: &'static TableSchema, query: LazyFrame) -> Whole {
        Whole { schema, checks: Vec::new(), query, frame: None, is_filed: false, rows: None, rejected: None }
    }

    /// A query over its content.
    pub(crate) fn query(self) -> LazyFrame {
        self.query
    }

    /// How many rows it has, where that is known.
    pub(crate) fn rows(&self) -> Option<u64> {
        self.rows
    }
}

/// What checks compare a table with.
pub(crate) struct Beside<'a> {
    /// The rows of the version before.
    pub(crate) rows_before: &'a dyn Fn() -> Result<Option<u64>>,
    /// The content of another model.
    pub(crate) other: &'a dyn Fn(&str) -> Result<LazyFrame>,
}

/// Makes the checks of a table, in their order.
///
/// # Errors
///
/// When one of them cannot be made. One that does not pass is no error.
pub(crate) fn judge(model: &Arc<str>, whole: &mut Whole, beside: &Beside<'_>) -> Result<Vec<Checked>> {
    let is_about_height = |check: &TableCheck| matches!(check.rule, TableRule::Rows { .. } | TableRule::Change { .. });
    if whole.checks.iter().any(is_about_height) {
        whole.rows = Some(Witness { whole, beside }.height()?);
    }
    let whole = &*whole;
    let judge = |check: &TableCheck| {
        let finding = Witness { whole, beside }.look(&check.rule);
        finding
            .map(|finding| finding.told(model, check))
            .map_err(|error| error.context(format_args!("check `{}` of model `{model}` cannot be made", check.name)))
    };
    whole.checks.iter().map(judge).collect()
}

/// Why a check makes no sense for a table with these columns; nothing is computed.
pub(crate) fn misfit(schema: &TableSchema, check: &TableCheck) -> Option<String> {
    let TableRule::Holds { expression, .. } = &check.rule else { return None };
    let query = DataFrame::empty_with_schema(&schema.polars()).lazy().select([expression().alias(FOUND)]);
    match found_type(query) {
        Ok(DataType::Boolean) => None,
        Ok(other) => Some(not_boolean(&other)),
        Err(error) => Some(error.to_string()),
    }
}

fn found_type(mut query: LazyFrame) -> PolarsResult<DataType> {
    let schema: Arc<Schema> = query.collect_schema()?;
    schema.get(FOUND).cloned().ok_or_else(|| polars_err!(ComputeError: "it selects no single column"))
}

fn not_boolean(found: &DataType) -> String {
    format!("its expression gives {}, and has to say true or false", super::cast::word(found))
}

/// What a check has found.
struct Finding {
    passed: bool,
    failing: Option<u64>,
    measured: Option<f64>,
    message: String,
}

impl Finding {
    fn told(self, model: &Arc<str>, check: &TableCheck) -> Checked {
        let (min, max) = match &check.rule {
            TableRule::Rows { min, max } => (min.map(|min| min as f64), max.map(|max| max as f64)),
            TableRule::Change { max } | TableRule::Rejected { max } => (None, Some(max.percent() / 100.0)),
            TableRule::Unique { .. } | TableRule::Relation { .. } | TableRule::Holds { .. } => (None, None),
        };
        Checked {
            model: Arc::clone(model),
            check: Arc::from(&*check.name),
            rule: check.rule.to_string(),
            severity: check.severity,
            passed: self.passed,
            failing: self.failing,
            measured: self.measured,
            min,
            max,
            message: (!self.passed).then_some(self.message),
        }
    }

    /// Of the whole table.
    fn of_table(passed: bool, measured: Option<f64>, message: String) -> Finding {
        Finding { passed, failing: None, measured, message }
    }

    /// Of so many rows that break the check; what they look like is asked for where there are any.
    fn of_rows(failing: u64, message: impl FnOnce() -> Result<String>) -> Result<Finding> {
        let message = if failing == 0 { String::new() } else { message()? };
        Ok(Finding { passed: failing == 0, failing: Some(failing), measured: None, message })
    }
}

pub(super) struct Witness<'a> {
    pub(super) whole: &'a Whole,
    pub(super) beside: &'a Beside<'a>,
}

impl Witness<'_> {
    fn look(&self, rule: &TableRule) -> Result<Finding> {
        match rule {
            TableRule::Rows { min, max } => self.rows(*min, *max),
            TableRule::Change { max } => {
                let Some(before) = (self.beside.rows_before)()?.filter(|before| *before > 0) else {
                    return Ok(Finding::of_table(true, None, String::new()));
                };
                let now = self.height()?;
                let (change, measured) = (now.abs_diff(before), now.abs_diff(before) as f64 / before as f64);
                let message = format!(
                    "it has {}, {} {} than the {} of the version before; that is {:.1}%, and {max} is allowed",
                    count(now, "row"),
                    number(change),
                    if now < before { "fewer" } else { "more" },
                    number(before),
                    measured * 100.0,
                );
                Ok(Finding::of_table(max.covers(change, before), Some(measured), message))
            }
            TableRule::Rejected { max } => {
                let Some((rejected, read)) = self.whole.rejected else {
                    return Ok(Finding::of_table(true, None, String::new()));
                };
                let measured = if read == 0 { 0.0 } else { rejected as f64 / read as f64 };
                let message = format!(
                    "{} of {} could not be read and were set aside; that is {:.1}%, and {max} is allowed",
                    number(rejected),
                    count(read, "row"),
                    measured * 100.0,
                );
                Ok(Finding::of_table(max.covers(rejected, read), Some(measured), message))
            }
            TableRule::Unique { columns } => self.unique(columns),
            TableRule::Relation { column, model, to } => self.relation(column, model, to),
            TableRule::Holds { expression, .. } => self.holds(expression()),
        }
    }

    fn rows(&self, min: Option<u64>, max: Option<u64>) -> Result<Finding> {
        let rows = self.height()?;
        let message = match (min, max) {
            (Some(min), _) if rows < min => {
                format!("it has {}, and {} are the least allowed", count(rows, "row"), number(min))
            }
            (_, Some(max)) if rows > max => {
                format!("it has {}, and {} are the most allowed", count(rows, "row"), number(max))
            }
            _ => return Ok(Finding::of_table(true, Some(rows as f64), String::new())),
        };
        Ok(Finding::of_table(false, Some(rows as f64), message))
    }

    fn unique(&self, columns: &[&'static str]) -> Result<Finding> {
        if self.is_plainly_unique(columns)? {
            return Finding::of_rows(0, || Ok(String::new()));
        }
        let name = |column: &&'static str| col(*column);
        let is_whole = columns.iter().map(name).fold(lit(true), |all, column| all.and(column.is_not_null()));
        let rows = self.whole.query.clone().select(columns.iter().map(name).collect::<Vec<_>>());
        let repeated = rows
            .with_row_index(POSITION, None)
            .filter(is_whole)
            .group_by(columns.iter().map(name).collect::<Vec<_>>())
            .agg([len().alias(TIMES), col(POSITION).min()])
            .filter(col(TIMES).gt(lit(1)));
        let failing = self.total(repeated.clone().select([col(TIMES).sum().alias(FOUND)]))?;
        Finding::of_rows(failing, || {
            let first = self.compute(repeated.sort([POSITION], Default::default()).limit(SHOWN as IdxSize))?;
            let mut message = self.verb(failing, "is", "are")? + " not unique in " + &quoted(columns);
            let times = first.column(TIMES)?.cast(&DataType::UInt64)?;
            for (at, row) in positions(&first)?.into_iter().enumerate() {
                let values = described(&first, columns, at)?;
                let others = times.u64()?.get(at).unwrap_or_default() - 1;
                let others = count(others, "other row");
                let _ = write!(message, "\n  row {} and {others}: {values}", number(row));
            }
            Ok(message)
        })
    }

    /// Whether the contract of the table says so already, or one look along the columns.
    fn is_plainly_unique(&self, columns: &[&'static str]) -> Result<bool> {
        let key = self.whole.schema.key;
        let is_of_key = !key.is_empty() && key.iter().all(|column| columns.contains(column));
        let is_column = |name: &&str| {
            let column = self.whole.schema.column(name);
            column.is_some_and(|column| column.checks.contains(&crate::schema::Check::Unique))
        };
        if is_of_key || columns.iter().any(is_column) {
            return Ok(true);
        }
        match &self.whole.frame {
            Some(frame) => Ok(rise::is_strict(frame.select(columns.iter().copied())?.columns())?),
            None => Ok(false),
        }
    }

    fn relation(&self, column: &'static str, model: &str, to: &str) -> Result<Finding> {
        let others = (self.beside.other)(model)?.select([col(to).alias(FOUND)]).filter(col(FOUND).is_not_null());
        let strange = |rows: LazyFrame| {
            let rows = rows.filter(col(column).is_not_null());
            rows.join(others.clone(), [col(column)], [col(FOUND)], JoinArgs::new(JoinType::Anti))
        };
        let values = self.whole.query.clone().select([col(column)]);
        let failing = self.total(strange(values).select([len().alias(FOUND)]))?;
        Finding::of_rows(failing, || {
            let rows = strange(self.numbered(&[column], None));
            let said = format!(
                "{} a value in `{column}` that `{to}` of model `{model}` does not have",
                self.verb(failing, "has", "have")?
            );
            self.with_first(said, rows, &[column])
        })
    }

    fn holds(&self, expression: Expr) -> Result<Finding> {
        let expression = expression.alias(FOUND);
        let found = self.whole.query.clone().select([expression.clone()]);
        let ty = found_type(found.clone())?;
        if ty != DataType::Boolean {
            return Err(Error::new(not_boolean(&ty)));
        }
        let broken = || col(FOUND).eq_missing(lit(false));
        let failing = self.total(found.select([broken().sum().alias(FOUND)]))?;
        if is_of_table(&expression, self.whole.schema)? {
            return Ok(Finding::of_table(failing == 0, None, "it does not hold for the table".to_owned()));
        }
        Finding::of_rows(failing, || {
            let columns = mentioned(&expression, self.whole.schema);
            let rows = self.numbered(&columns, Some(expression)).filter(broken());
            self.with_first(format!("it does not hold for {}", self.of_all(failing)?), rows, &columns)
        })
    }

    /// The columns of the key and these, with the number of each row from 1, and with what an expression says of it.
    pub(super) fn numbered(&self, columns: &[&'static str], more: Option<Expr>) -> LazyFrame {
        let mut wanted = self.whole.schema.key.to_vec();
        for column in columns {
            if !wanted.contains(column) {
                wanted.push(column);
            }
        }
        let mut wanted: Vec<Expr> = wanted.into_iter().map(col).collect();
        wanted.extend(more);
        self.whole.query.clone().select(wanted).with_row_index(POSITION, None)
    }

    /// A sentence with the first of some rows that are [numbered](Witness::numbered) below it.
    pub(super) fn with_first(&self, mut said: String, rows: LazyFrame, columns: &[&'static str]) -> Result<String> {
        let first = self.compute(rows.sort([POSITION], Default::default()).limit(SHOWN as IdxSize))?;
        let key = self.whole.schema.key;
        let others: Vec<&str> = columns.iter().copied().filter(|column| !key.contains(column)).collect();
        for (at, row) in positions(&first)?.into_iter().enumerate() {
            let _ = write!(said, "\n  row {}", number(row));
            if !key.is_empty() {
                let _ = write!(said, " ({})", described(&first, key, at)?);
            }
            if !others.is_empty() {
                let _ = write!(said, ": {}", described(&first, &others, at)?);
            }
        }
        Ok(said)
    }

    fn height(&self) -> Result<u64> {
        match self.whole.rows {
            Some(rows) => Ok(rows),
            None => self.total(self.whole.query.clone().select([len().alias(FOUND)])),
        }
    }

    /// "2 of 1,204 rows".
    fn of_all(&self, failing: u64) -> Result<String> {
        Ok(format!("{} of {}", number(failing), count(self.height()?, "row")))
    }

    /// The start of a sentence: "2 of 1,204 rows are".
    pub(super) fn verb(&self, failing: u64, one: &str, many: &str) -> Result<String> {
        Ok(format!("{} {}", self.of_all(failing)?, if failing == 1 { one } else { many }))
    }

    /// The one number that a query comes to.
    pub(super) fn total(&self, query: LazyFrame) -> Result<u64> {
        first_number(&self.compute(query)?, FOUND)
    }

    /// Computes a query, from a file by streaming it. What polars cannot stream yet is computed in memory.
    fn compute(&self, query: LazyFrame) -> Result<DataFrame> {
        if !self.whole.is_filed {
            return Ok(query.collect()?);
        }
        let streamed = query.clone();
        match catch_unwind(AssertUnwindSafe(|| streamed.collect_with_engine(Engine::Streaming))) {
            Ok(computed) => Ok(computed?.unwrap_single()),
            Err(panic) if panic_text(panic.as_ref()).is_some_and(|text| text.contains("not implemented")) => {
                Ok(query.collect()?)
            }
            Err(panic) => resume_unwind(panic),
        }
    }
}

/// Whether an expression says one thing of all rows: it then says it of none, too.
fn is_of_table(expression: &Expr, schema: &TableSchema) -> PolarsResult<bool> {
    let empty = DataFrame::empty_with_schema(&schema.polars()).lazy();
    Ok(empty.select([expression.clone()]).collect()?.height() == 1)
}

fn first_number(frame: &DataFrame, column: &str) -> Result<u64> {
    let column: Column = frame.column(column)?.cast(&DataType::UInt64)?;
    Ok(column.u64()?.get(0).unwrap_or_default())
}

/// The numbers of rows, from 1.
fn positions(frame: &DataFrame) -> PolarsResult<Vec<u64>> {
    let positions = frame.column(POSITION)?.cast(&DataType::UInt64)?;
    Ok(positions.u64()?.iter().flatten().map(|position| position + 1).collect())
}

/// "hotel "Seehof", nights 3", of the row at this place.
fn described(frame: &DataFrame, columns: &[&str], at: usize) -> PolarsResult<String> {
    let each: PolarsResult<Vec<String>> =
        columns.iter().map(|name| Ok(format!("{name} {}", shown(frame.column(name)?, at)))).collect();
    Ok(each?.join(", "))
}

fn quoted(columns: &[&str]) -> String {
    columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ")
}

/// The columns of the table that an expression is about, in their order.
fn mentioned(expression: &Expr, schema: &TableSchema) -> Vec<&'static str> {
    let is_mentioned = |name: &&str| expression.into_iter().any(|part| matches!(part, Expr::Column(it) if it == *name));
    schema.columns.iter().map(|column| column.name).filter(is_mentioned).collect()
}
