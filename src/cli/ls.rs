//! The verb `ls`: the tasks, and the models they read and provide.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

use super::desk::{Desk, first_sentence, group};
use super::exit::Exit;
use super::trouble::Trouble;
use crate::id::{ModelId, TaskId};
use crate::partition::Cut;
use crate::plan::{Blueprint, PlanError, Selection};
use crate::report::json::Document;
use crate::report::{Palette, Tone};

/// The document of `ls`.
#[derive(Serialize)]
struct Listing {
    chain: String,
    tasks: Vec<ListedTask>,
    models: Vec<ListedModel>,
}

impl Document for Listing {
    const KIND: &'static str = "ls";
}

#[derive(Serialize)]
struct ListedTask {
    task: String,
    group: Option<String>,
    doc: String,
    tags: Vec<String>,
    requires: Vec<String>,
    /// Read where the chain has them, unlike `requires`, which must be there.
    after: Vec<String>,
    provides: Vec<String>,
    reads_source: bool,
    /// What it is run for each of, where that differs from the chain's partitions.
    partition: Option<&'static str>,
    /// For how many partitions a backfill may call it at once.
    ranges: Option<u32>,
    file: Option<String>,
    line: Option<u32>,
}

#[derive(Serialize)]
struct ListedModel {
    model: String,
    kind: &'static str,
    doc: String,
    provider: Option<String>,
}

pub(super) fn ls(desk: &mut Desk<'_, '_>, selection: &Selection) -> Result<Exit, Trouble> {
    let blueprint = desk.set_up()?.check_whole()?;
    let tasks = picked(&blueprint, selection)?;
    if desk.manner.json {
        let listing = describe(desk.chain.name(), &blueprint, &tasks);
        desk.print_document(listing)?;
    } else {
        let text = render(&blueprint, &tasks, desk.manner.palette);
        desk.print(&text)?;
    }
    Ok(Exit::Done)
}

/// The tasks that are meant, in the order they run.
///
/// # Errors
///
/// When there are none, or the selection names what is not there.
pub(super) fn picked(blueprint: &Blueprint, selection: &Selection) -> Result<Vec<TaskId>, Trouble> {
    let picked = selection.resolve(blueprint).map_err(|error| Trouble::from(&error))?;
    if picked.is_empty() && !selection.is_all() {
        return Err((&PlanError::Nothing).into());
    }
    Ok(blueprint.order().iter().copied().filter(|task| picked.contains(task)).collect())
}

fn describe(chain: &str, blueprint: &Blueprint, tasks: &[TaskId]) -> Listing {
    let name = |model| blueprint.model(model).name.to_string();
    let task = |&id: &TaskId| {
        let entry = blueprint.task(id);
        let about = entry.task.about();
        ListedTask {
            task: entry.task.name().to_owned(),
            group: group(entry),
            doc: about.doc.trim().to_owned(),
            tags: about.tags.iter().map(|&tag| tag.to_owned()).collect(),
            requires: blueprint.requires(id).iter().copied().map(name).collect(),
            after: blueprint.after(id).iter().copied().flatten().map(name).collect(),
            provides: blueprint.provides(id).iter().copied().map(name).collect(),
            reads_source: about.reads_source,
            partition: entry.task.partition().map(Cut::word),
            ranges: entry.task.ranges().map(|ranges| ranges.max),
            file: about.place.map(|(file, _)| file.to_owned()),
            line: about.place.map(|(_, line)| line),
        }
    };
    let touches = |&task: &TaskId| blueprint.reads(task).chain(blueprint.provides(task).iter().copied());
    let touched: BTreeSet<ModelId> = tasks.iter().flat_map(touches).collect();
    let model = |id: ModelId| {
        let entry = blueprint.model(id);
        let description = entry.reference.kind().describe();
        ListedModel {
            model: entry.name.to_string(),
            kind: description.kind,
            doc: description.doc.trim().to_owned(),
            provider: entry.provider.map(|task| blueprint.task(task).task.name().to_owned()),
        }
    };
    Listing {
        chain: chain.to_owned(),
        tasks: tasks.iter().map(task).collect(),
        models: touched.into_iter().map(model).collect(),
    }
}

fn render(blueprint: &Blueprint, tasks: &[TaskId], palette: Palette) -> String {
    let name = |model| &*blueprint.model(model).name;
    let width = tasks.iter().map(|&task| blueprint.task(task).task.name().chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    let mut group = "";
    for &id in tasks {
        let entry = blueprint.task(id);
        let about = entry.task.about();
        if *entry.group != *group {
            group = &entry.group;
            let _ =
                writeln!(text, "{}", palette.paint(Tone::Strong, if group.is_empty() { "(no group)" } else { group }));
        }
        let indent = if group.is_empty() { "" } else { "  " };
        let tags: String = about.tags.iter().map(|tag| format!(" tag:{tag}")).collect();
        let cut = entry.task.partition().map(|cut| format!(" partition:{}", cut.word())).unwrap_or_default();
        let ranges = entry.task.ranges().map(|ranges| format!(" ranges:{}", ranges.max)).unwrap_or_default();
        let head = format!("{indent}{:<width$}  {}{tags}{cut}{ranges}", entry.task.name(), first_sentence(about.doc));
        let reads: Vec<&str> = blueprint.reads(id).map(name).collect();
        let provides: Vec<&str> = blueprint.provides(id).iter().copied().map(name).collect();
        let models = match (reads.as_slice(), provides.as_slice()) {
            ([], _) => format!("→ {}", provides.join(", ")),
            (_, []) => format!("{} →", reads.join(", ")),
            _ => format!("{} → {}", reads.join(", "), provides.join(", ")),
        };
        let models = palette.paint(Tone::Dim, models);
        let _ = writeln!(text, "{}\n{indent}{:width$}  {models}", head.trim_end(), "");
    }
    text
}
