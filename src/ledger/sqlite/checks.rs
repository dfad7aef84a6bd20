//! Writes and reads the checks of whole models.

use std::sync::Arc;

use rusqlite::{Row, params};

use super::fault::Fault;
use super::rows::Statement;
use super::words::{column, maybe_count, maybe_whole};
use crate::event::{Checked, Severity};

pub(super) const ADD_CHECK: &str = "INSERT INTO checks
    (step, position, model, name, rule, severity, passed, failing_rows, measured, least, most, message)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// Adds a check to those of a step.
pub(super) fn add(statement: &mut Statement<'_>, step: i64, position: usize, checked: &Checked) -> Result<(), Fault> {
    statement.execute(params![
        step,
        position as i64,
        &*checked.model,
        &*checked.check,
        checked.rule,
        severity_word(checked.severity),
        checked.passed,
        maybe_whole(checked.failing)?,
        checked.measured,
        checked.min,
        checked.max,
        checked.message,
    ])?;
    Ok(())
}

/// Reads a check.
pub(super) fn check(row: &Row<'_>) -> Result<Checked, Fault> {
    Ok(Checked {
        model: Arc::from(row.get::<_, String>("model")?),
        check: Arc::from(row.get::<_, String>("name")?),
        rule: row.get("rule")?,
        severity: column(row, "severity", |word: String| severity(&word))?,
        passed: row.get("passed")?,
        failing: column(row, "failing_rows", maybe_count)?,
        measured: row.get("measured")?,
        min: row.get("least")?,
        max: row.get("most")?,
        message: row.get("message")?,
    })
}

const fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warn => "warn",
    }
}

fn severity(word: &str) -> Result<Severity, Fault> {
    let known = [Severity::Error, Severity::Warn].into_iter().find(|severity| severity_word(*severity) == word);
    known.ok_or_else(|| Fault::Damaged(format!("it knows a severity `{word}`, which is none")))
}
