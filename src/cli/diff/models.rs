//! The models that two runs worked with, one against the other.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::event::State;
use crate::id::RunId;
use crate::ledger::{Ledger, LedgerError, StepRecord, VersionRecord};
use crate::words::{count, number};

/// A run: its steps, and the versions they made or reused.
pub(in crate::cli) struct Side {
    pub(in crate::cli) steps: Vec<StepRecord>,
    pub(in crate::cli) versions: Vec<VersionRecord>,
}

impl Side {
    pub(in crate::cli) fn of(ledger: &dyn Ledger, run: RunId) -> Result<Side, LedgerError> {
        let steps = ledger.steps(run)?;
        let mut versions: Vec<VersionRecord> = steps.iter().flat_map(|step| step.made.clone()).collect();
        let reused: BTreeSet<RunId> = steps.iter().filter_map(|step| step.reused).collect();
        for other in reused {
            let of_other = ledger.steps(other)?;
            let is_reused = |made: &VersionRecord| {
                let mut steps = steps.iter().filter(|step| step.state == State::Reused);
                steps.any(|step| step.reused == Some(other) && step.task == made.task)
            };
            versions.extend(of_other.into_iter().flat_map(|step| step.made).filter(is_reused));
        }
        Ok(Side { steps, versions })
    }

    fn version(&self, model: &str) -> Option<&VersionRecord> {
        self.versions.iter().find(|version| version.model == model)
    }
}

/// A model in both runs.
#[derive(Serialize)]
pub(super) struct ModelDiff {
    model: String,
    /// Whether both have the same content; `None` where one has none on record.
    same: Option<bool>,
    first: Option<VersionSide>,
    second: Option<VersionSide>,
    added: Vec<Column>,
    removed: Vec<Column>,
    changed: Vec<Changed>,
}

#[derive(Serialize)]
struct VersionSide {
    /// The run that made it.
    run: String,
    digest: String,
    rows: Option<u64>,
    bytes: u64,
    #[serde(skip)]
    short: String,
}

#[derive(Serialize)]
struct Column {
    name: String,
    #[serde(rename = "type")]
    ty: String,
}

/// A column whose type is another one.
#[derive(Serialize)]
struct Changed {
    name: String,
    first: String,
    second: String,
}

/// The models of both runs, in the order of their names.
pub(super) fn compare(first: &Side, second: &Side) -> Vec<ModelDiff> {
    let names: BTreeSet<&str> =
        first.versions.iter().chain(&second.versions).map(|version| version.model.as_str()).collect();
    names.into_iter().map(|model| ModelDiff::of(model, first.version(model), second.version(model))).collect()
}

impl ModelDiff {
    fn of(model: &str, first: Option<&VersionRecord>, second: Option<&VersionRecord>) -> ModelDiff {
        let mut diff = ModelDiff {
            model: model.to_owned(),
            same: first.zip(second).map(|(first, second)| first.digest == second.digest),
            first: first.map(VersionSide::of),
            second: second.map(VersionSide::of),
            added: Vec::new(),
            removed: Vec::new(),
            changed: Vec::new(),
        };
        if let (Some(first), Some(second)) = (first, second) {
            diff.compare_columns(&first.columns, &second.columns);
        }
        diff
    }

    fn compare_columns(&mut self, first: &[(String, String)], second: &[(String, String)]) {
        let types = |columns: &[(String, String)]| -> BTreeMap<String, String> { columns.iter().cloned().collect() };
        let (old, new) = (types(first), types(second));
        let column = |(name, ty): &(String, String)| Column { name: name.clone(), ty: ty.clone() };
        self.added = second.iter().filter(|(name, _)| !old.contains_key(name)).map(column).collect();
        self.removed = first.iter().filter(|(name, _)| !new.contains_key(name)).map(column).collect();
        for (name, ty) in first {
            if let Some(other) = new.get(name).filter(|other| *other != ty) {
                self.changed.push(Changed { name: name.clone(), first: ty.clone(), second: other.clone() });
            }
        }
    }

    /// The difference in lines for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("  {}: {}", self.model, self.content())];
        lines.extend(self.added.iter().map(|column| format!("    column `{}` is new: {}", column.name, column.ty)));
        lines.extend(self.removed.iter().map(|column| format!("    column `{}` is gone: {}", column.name, column.ty)));
        let changed = |column: &Changed| {
            format!("    column `{}` has another type: {} → {}", column.name, column.first, column.second)
        };
        lines.extend(self.changed.iter().map(changed));
        lines
    }

    fn content(&self) -> String {
        match (&self.first, &self.second) {
            (Some(first), Some(second)) if first.digest == second.digest => {
                format!("the same{}", first.rows_in_words())
            }
            (Some(first), Some(second)) => {
                let rows = match (first.rows, second.rows) {
                    (Some(one), Some(other)) if one != other => format!(", {} → {} rows", number(one), number(other)),
                    _ => second.rows_in_words(),
                };
                format!("other content: {} → {}{rows}", first.short, second.short)
            }
            (None, Some(second)) => format!("only in the second: {}{}", second.short, second.rows_in_words()),
            (Some(first), None) => format!("only in the first: {}{}", first.short, first.rows_in_words()),
            (None, None) => "in neither".to_owned(),
        }
    }
}

impl VersionSide {
    fn of(version: &VersionRecord) -> VersionSide {
        VersionSide {
            run: version.run.to_string(),
            digest: version.digest.to_string(),
            rows: version.rows,
            bytes: version.bytes,
            short: version.digest.short(),
        }
    }

    fn rows_in_words(&self) -> String {
        self.rows.map(|rows| format!(", {}", count(rows, "row"))).unwrap_or_default()
    }
}
