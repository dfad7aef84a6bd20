//! The checks of a model as a whole, and what came of them last.

use serde::Serialize;

use crate::cli::desk::Setup;
use crate::cli::exit::Exit;
use crate::cli::runs;
use crate::cli::table::table;
use crate::cli::trouble::Trouble;
use crate::ledger::{LedgerError, RunFilter, StepRecord};
use crate::plan::ModelEntry;
use crate::report::Palette;
use crate::report::json::Check;

/// A check in documents.
#[derive(Serialize)]
pub(super) struct CheckShown {
    check: String,
    rule: String,
    severity: &'static str,
    /// What came of it when it was made last.
    last: Option<Check>,
    /// The run that made it last.
    run: Option<String>,
    #[serde(skip)]
    row: Vec<String>,
}

/// The checks in effect of a model, with what came of them when its task was done or failed last.
pub(super) fn listed(
    setup: &Setup,
    entry: &ModelEntry,
    provider: Option<&str>,
    palette: Palette,
) -> Result<Vec<CheckShown>, Trouble> {
    let checks = entry.reference.kind().checks(&setup.config.models.get(&entry.name));
    let checks =
        checks.map_err(|error| Trouble::new(Exit::Configuration, format!("model `{}`: {error}", entry.name)))?;
    if checks.is_empty() {
        return Ok(Vec::new());
    }
    let last = match provider {
        Some(task) => last_step(setup, task).map_err(|error| Trouble::from(&error))?,
        None => None,
    };
    let shown = checks.iter().map(|check| {
        let found = last.as_ref().and_then(|(run, step)| {
            let is_it = |it: &&crate::event::Checked| *it.model == *entry.name && *it.check == check.name;
            Some((run, step.checks.iter().find(is_it)?))
        });
        let told = found.map_or_else(|| "–".to_owned(), |(_, checked)| runs::outcome(checked, palette));
        let (name, rule, severity) = (check.name.to_string(), check.rule.to_string(), check.severity.as_str());
        CheckShown {
            row: vec![name.clone(), rule.clone(), severity.to_owned(), told],
            check: name,
            rule,
            severity,
            last: found.map(|(_, checked)| Check::from(checked)),
            run: found.map(|(run, _)| run.clone()),
        }
    });
    Ok(shown.collect())
}

/// The step that did the work of a task last, or failed at it, and its run.
fn last_step(setup: &Setup, task: &str) -> Result<Option<(String, StepRecord)>, LedgerError> {
    let partition = setup.orchestrator.job().partition_key().to_owned();
    let filter =
        RunFilter { limit: Some(1), task: Some(task.to_owned()), partition: Some(partition), ..RunFilter::default() };
    let Some(run) = setup.ledger().runs(&filter)?.pop() else { return Ok(None) };
    let step = |run| -> Result<Option<StepRecord>, LedgerError> {
        Ok(setup.ledger().steps(run)?.into_iter().find(|step| step.task == task))
    };
    let Some(found) = step(run.run)? else { return Ok(None) };
    match found.reused {
        Some(did) => Ok(step(did)?.map(|step| (did.to_string(), step))),
        None => Ok(Some((run.run.to_string(), found))),
    }
}

/// The checks as a table for people.
pub(super) fn render(checks: &[CheckShown], width: u16, palette: Palette) -> String {
    if checks.is_empty() {
        return String::new();
    }
    let header = ["check", "demands", "severity", "last"].map(str::to_owned);
    format!("\n{}", table(&header, checks.iter().map(|check| check.row.clone()), Some(width), palette))
}
