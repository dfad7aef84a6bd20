//! Tasks that take ranges of partitions: what they cannot have, and which of them one call of each concerns.

use std::collections::BTreeSet;

use crate::id::{ModelId, TaskId};
use crate::partition::{Cut, Unit};
use crate::schema::ColumnType;
use crate::task::Entry;

use super::blueprint::{Blueprint, Declaration};
use super::fault::Fault;
use super::partitions::{cut_of, cut_of_chain, is_fetching, named};
use super::wiring::Wiring;

/// The tasks of a run that take ranges.
pub(crate) fn ranged(blueprint: &Blueprint) -> BTreeSet<TaskId> {
    let tasks = blueprint.order().iter().copied();
    tasks.filter(|&task| blueprint.task(task).task.ranges().is_some()).collect()
}

/// How many partitions tasks take at most together; `None` where none of them takes ranges.
pub(crate) fn most(blueprint: &Blueprint, tasks: &BTreeSet<TaskId>) -> Option<usize> {
    tasks.iter().filter_map(|&task| Some(blueprint.task(task).task.ranges()?.max as usize)).min()
}

/// Finds tasks that take ranges and cannot, and columns that cannot say which partition a row belongs to.
pub(super) fn check(declared: &Declaration<'_>, entries: &[Entry], wiring: &Wiring, faults: &mut Vec<Fault>) {
    // Data that is not cut has no partitions that a row could lie outside of, or a call be for.
    let Some(partitioning) = declared.partitioning else { return };
    let chain = cut_of_chain(partitioning);
    let places = Places { declared, entries, wiring };
    for (position, entry) in entries.iter().enumerate() {
        let cut = cut_of(entry, chain);
        faults.extend(wiring.provides.get(position).iter().filter_map(|&model| places.misfit(model, cut)));
        if entry.task.ranges().is_some() {
            let task = entry.task.name();
            let whys = places.why_not(position, cut).into_iter();
            faults.extend(whys.map(|why| Fault::Ranges { task: task.to_owned(), why }));
        }
    }
}

struct Places<'a> {
    declared: &'a Declaration<'a>,
    entries: &'a [Entry],
    wiring: &'a Wiring,
}

impl Places<'_> {
    /// What is wrong with the column that says which partition a row of a model belongs to.
    fn misfit(&self, model: ModelId, cut: Option<Cut>) -> Option<Fault> {
        let entry = &self.wiring.mentions.models[model.index()];
        let kind = entry.reference.kind();
        let column = kind.partition()?;
        let ty = kind.describe().schema?.column(column)?.ty;
        let (is_fit, advice) = match cut {
            None => (ty == ColumnType::String, "the key of a partition of a list is a text"),
            Some(Cut::By(Unit::Hour)) => (ty == ColumnType::Instant, "an hour is told by an instant, `DateTime<Utc>`"),
            Some(Cut::By(_)) => {
                let is_fit = matches!(ty, ColumnType::Date | ColumnType::Instant);
                (is_fit, "a time is told by a date, or by an instant, `DateTime<Utc>`")
            }
            Some(Cut::All) => (false, "leave `partition` out of its `#[row(…)]`"),
        };
        let (model, made) = (entry.name.to_string(), named(cut));
        (!is_fit).then_some(Fault::PartitionColumn { model, made, column, ty, advice })
    }

    /// Why a task that takes ranges cannot.
    fn why_not(&self, position: usize, cut: Option<Cut>) -> Vec<String> {
        let mut whys = Vec::new();
        if cut == Some(Cut::All) {
            whys.push("it is run once for all data".to_owned());
        }
        for model in self.wiring.provides.get(position) {
            let entry = &self.wiring.mentions.models[model.index()];
            let (kind, name) = (entry.reference.kind(), &entry.name);
            if kind.describe().schema.is_none() {
                whys.push(format!(
                    "it provides model `{name}`, which is no table, so that nothing tells its partitions apart"
                ));
            } else if kind.partition().is_none() {
                whys.push(format!(
                    "rows of model `{name}` do not say which partition they belong to; name the column that does in \
                     `#[row(partition = \"…\")]`"
                ));
            }
            if kind.is_incremental() {
                whys.push(format!("it provides model `{name}`, which grows from run to run"));
            }
        }
        whys.extend(self.wiring.reads(position).filter_map(|model| self.why_not_read(model)));
        whys
    }

    /// Why a task that takes ranges cannot read a model.
    fn why_not_read(&self, model: ModelId) -> Option<String> {
        let entry = &self.wiring.mentions.models[model.index()];
        let (kind, name) = (entry.reference.kind(), &entry.name);
        if let Some(gathers) = kind.gathers() {
            return Some(format!("it reads {} of model `{}`", gathers.span, gathers.model));
        }
        let Some(provider) = entry.provider else {
            return Some(format!("it reads model `{name}`, which the caller supplies"));
        };
        let provider = &self.entries[provider.index()];
        if !is_fetching(provider) {
            let other = provider.task.name();
            return provider.task.ranges().is_none().then(|| {
                format!(
                    "it reads model `{name}` of task `{other}`, which takes none; let that say \
                     `#[task(ranges = \"coalesce\")]`, too"
                )
            });
        }
        if kind.describe().schema.is_none() {
            return Some(format!("it reads model `{name}`, which is no table"));
        }
        let section = self.declared.models.get(name);
        if kind.reads_once(&section) {
            return Some(format!("it reads source `{name}`, of which each file is read once (`once`)"));
        }
        // Else a row that is in the file of another partition would be taken for one of its own.
        (section.is_cut() && kind.is_source() && kind.partition().is_none()).then(|| {
            format!(
                "it reads source `{name}`, another one for each partition, and its rows do not say which they belong to; \
                 name the column that does in `#[row(partition = \"…\")]`"
            )
        })
    }
}
