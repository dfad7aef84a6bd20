//! Whether the checks of whole models can be made: of what there is, with what the task has at hand.

use toml::Value;

use crate::contract;
use crate::id::{ModelId, TaskId};
use crate::nearest;
use crate::schema::{TableCheck, TableRule, TableSchema};
use crate::section::{Section, Sections};
use crate::task::Entry;

use super::fault::Fault;
use super::wiring::Wiring;

/// Finds checks that cannot be made.
pub(super) fn check(entries: &[Entry], wiring: &Wiring, sections: &Sections, faults: &mut Vec<Fault>) {
    for (position, entry) in wiring.mentions.models.iter().enumerate() {
        let Some(provider) = entry.provider else { continue };
        let (kind, section) = (entry.reference.kind(), sections.configured(&entry.name));
        let is_configured = section.is_some_and(|section| section.values().contains_key("checks"));
        if kind.declared_checks().is_empty() && !is_configured {
            continue;
        }
        let none = Section::default();
        let section = section.unwrap_or(&none);
        // What is wrong with the section itself is told elsewhere.
        let (Ok(checks), Some(schema)) = (kind.checks(section), kind.describe().schema) else { continue };
        let task = entries[provider.index()].task.name();
        let table = Table { id: ModelId::new(position), schema, provider, task, wiring };
        for check in checks {
            let Some(why) = table.misfit(&check) else { continue };
            faults.push(if says_where(section, &check.name) {
                Fault::Section(section.wrong_value(&["checks", &check.name, "to"], why))
            } else {
                Fault::Check { model: entry.name.to_string(), check: check.name.to_string(), why }
            });
        }
    }
}

/// Whether the configuration says where a check looks values up.
fn says_where(section: &Section, check: &str) -> bool {
    let said = section.values().get("checks").and_then(|checks| checks.get(check));
    said.and_then(Value::as_table).is_some_and(|said| said.contains_key("to"))
}

/// A table with checks.
struct Table<'a> {
    id: ModelId,
    schema: &'static TableSchema,
    provider: TaskId,
    task: &'a str,
    wiring: &'a Wiring,
}

impl Table<'_> {
    /// Why a check cannot be made.
    fn misfit(&self, check: &TableCheck) -> Option<String> {
        match &check.rule {
            TableRule::Relation { column, model, to } => self.no_relation(column, model, to),
            _ => contract::misfit(self.schema, check),
        }
    }

    fn no_relation(&self, column: &str, model: &str, to: &str) -> Option<String> {
        let (task, models) = (self.task, &self.wiring.mentions.models);
        let Some(other) = self.wiring.mentions.find(model) else {
            let similar = nearest::name(model, self.wiring.mentions.names());
            return Some(format!("the chain has no model `{model}`{}", nearest::hint(similar.as_deref())));
        };
        let position = self.provider.index();
        let is_at_hand = other == self.id
            || self.wiring.provides.get(position).contains(&other)
            || self.wiring.reads(position).any(|read| read == other);
        if !is_at_hand {
            return Some(format!(
                "values are looked up in model `{model}`, which task `{task}` neither requires nor provides; let it \
                 require `{model}`, too"
            ));
        }
        let Some(schema) = models[other.index()].reference.kind().describe().schema else {
            return Some(format!("values are looked up in model `{model}`, which is no table"));
        };
        let Some(target) = schema.column(to) else {
            let similar = nearest::name(to, schema.columns.iter().map(|column| column.name));
            return Some(format!("model `{model}` has no column `{to}`{}", nearest::hint(similar.as_deref())));
        };
        let ty = self.schema.column(column)?.ty;
        (ty != target.ty).then(|| format!("column `{column}` is {ty}, and `{to}` of model `{model}` is {}", target.ty))
    }
}
