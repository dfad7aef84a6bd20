//! The verb `plan`: what a run would do, and why.

use std::fmt::Write as _;

use serde::Serialize;

use super::desk::{Desk, group};
use super::exit::Exit;
use super::trouble::Trouble;
use crate::plan::{Blueprint, Decision, Plan, Selection};
use crate::report::json::Document;
use crate::report::{Palette, Tone};
use crate::session::Request;
use crate::words::count;

/// The document of `plan`.
#[derive(Serialize)]
struct Planned {
    chain: String,
    steps: Vec<PlannedStep>,
    /// The models that are taken from the store.
    stored: Vec<String>,
}

impl Document for Planned {
    const KIND: &'static str = "plan";
}

#[derive(Serialize)]
struct PlannedStep {
    task: String,
    group: Option<String>,
    decision: &'static str,
    why: Vec<String>,
    reads: Vec<String>,
    provides: Vec<String>,
}

pub(super) fn plan(desk: &mut Desk<'_, '_>, request: &Request) -> Result<Exit, Trouble> {
    let setup = desk.set_up(false)?;
    let blueprint = setup.check()?;
    let plan = setup.orchestrator.plan(&blueprint, request).map_err(|error| Trouble::of_run(&error, &setup.config))?;
    let planned = describe(desk.chain.name(), &blueprint, &plan, request.selection())?;
    if desk.manner.json {
        desk.print_document(planned)?;
    } else {
        let text = render(&planned, desk.manner.palette);
        desk.print(&text)?;
    }
    Ok(Exit::Done)
}

fn describe(chain: &str, blueprint: &Blueprint, plan: &Plan, selection: &Selection) -> Result<Planned, Trouble> {
    let picked = selection.resolve(blueprint).map_err(|error| Trouble::from(&error))?;
    let name = |model| blueprint.model(model).name.to_string();
    let steps = plan.steps().iter().map(|step| {
        let entry = blueprint.task(step.task);
        let by_itself = match step.decision {
            Decision::Skip => "not selected",
            _ if selection.is_all() => "nothing is recorded",
            _ if picked.contains(&step.task) => "selected",
            _ => "reads a source for a selected task",
        };
        let mut why: Vec<String> = step.reasons.iter().map(ToString::to_string).collect();
        if why.is_empty() {
            why.push(by_itself.to_owned());
        }
        PlannedStep {
            task: entry.task.name().to_owned(),
            group: group(entry),
            decision: step.decision.as_str(),
            why,
            reads: blueprint.reads(step.task).map(name).collect(),
            provides: blueprint.provides(step.task).iter().copied().map(name).collect(),
        }
    });
    let stored = plan.stored().iter().copied().map(name).collect();
    Ok(Planned { chain: chain.to_owned(), steps: steps.collect(), stored })
}

fn render(planned: &Planned, palette: Palette) -> String {
    let path = |step: &PlannedStep| match &step.group {
        Some(group) => format!("{group}/{}", step.task),
        None => step.task.clone(),
    };
    let width = planned.steps.iter().map(|step| path(step).chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    let mut runs = 0;
    for step in &planned.steps {
        let is_run = step.decision == Decision::Run.as_str();
        runs += u64::from(is_run);
        let position = if is_run { runs.to_string() } else { String::new() };
        let decision = format!("{:<4}", step.decision);
        let decision = palette.paint(if is_run { Tone::Good } else { Tone::Dim }, decision);
        let why = palette.paint(Tone::Dim, step.why.join("; "));
        let _ = writeln!(text, "{position:>3}  {:<width$}  {decision}  {why}", path(step));
    }
    let total = count(planned.steps.len() as u64, "task");
    let _ = writeln!(text, "\na run would run {runs} of {total} of chain `{}`", planned.chain);
    if !planned.stored.is_empty() {
        let stored: Vec<String> = planned.stored.iter().map(|model| format!("`{model}`")).collect();
        let _ = writeln!(text, "taken from the store: {}", stored.join(", "));
    }
    text
}
