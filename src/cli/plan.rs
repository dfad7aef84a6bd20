//! The verb `plan`: what a run would do, and why.

use std::fmt::Write as _;

use serde::Serialize;

use super::desk::{Desk, group};
use super::exit::Exit;
use super::trouble::Trouble;
use super::uncut;
use crate::plan::{Blueprint, Decision, Plan, Step};
use crate::report::json::Document;
use crate::report::{Palette, Tone};
use crate::schema::HandOver;
use crate::section::Sections;
use crate::session::Request;
use crate::words::{count, number};

/// The document of `plan`.
#[derive(Serialize)]
struct Planned {
    chain: String,
    steps: Vec<PlannedStep>,
    /// The models that are taken from the store.
    stored: Vec<String>,
    /// The models that are not handed over in memory, in order of first mention.
    handed_over: Vec<HandedOver>,
}

/// A model that is not handed over in memory.
#[derive(Serialize)]
struct HandedOver {
    model: String,
    hand_over: HandOver,
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
    let setup = desk.set_up()?.for_partition()?;
    let blueprint = setup.check_for(request.selection())?;
    let plan = setup.orchestrator.plan(&blueprint, request).map_err(|error| Trouble::of_run(&error, &setup.config))?;
    uncut::warn(desk, &setup);
    let planned = describe(desk.chain.name(), &blueprint, &plan, &setup.config.models);
    if desk.manner.json {
        desk.print_document(planned)?;
    } else {
        let text = render(&planned, desk.manner.palette);
        desk.print(&text)?;
    }
    Ok(Exit::Done)
}

fn describe(chain: &str, blueprint: &Blueprint, plan: &Plan, models: &Sections) -> Planned {
    let name = |model| blueprint.model(model).name.to_string();
    let steps = plan.steps().iter().map(|step| {
        let entry = blueprint.task(step.task);
        PlannedStep {
            task: entry.task.name().to_owned(),
            group: group(entry),
            decision: step.decision.as_str(),
            why: why(step),
            reads: blueprint.reads(step.task).map(name).collect(),
            provides: blueprint.provides(step.task).iter().copied().map(name).collect(),
        }
    });
    let stored = plan.stored().iter().copied().map(name).collect();
    let handed_over = blueprint.models().iter().filter_map(|entry| {
        // What makes no sense was told when the chain was checked.
        let hand_over = entry.reference.kind().hand_over(&models.get(&entry.name)).unwrap_or_default();
        (hand_over != HandOver::Memory).then(|| HandedOver { model: entry.name.to_string(), hand_over })
    });
    Planned { chain: chain.to_owned(), steps: steps.collect(), stored, handed_over: handed_over.collect() }
}

/// Why something is done with a step, in words; at least one.
pub(super) fn why(step: &Step) -> Vec<String> {
    match (step.reasons.as_slice(), step.decision) {
        ([], Decision::Skip) => vec!["not selected".to_owned()],
        ([], _) => vec!["nothing is recorded".to_owned()],
        (reasons, _) => reasons.iter().map(ToString::to_string).collect(),
    }
}

fn render(planned: &Planned, palette: Palette) -> String {
    let path = |step: &PlannedStep| match &step.group {
        Some(group) => format!("{group}/{}", step.task),
        None => step.task.clone(),
    };
    let width = planned.steps.iter().map(|step| path(step).chars().count()).max().unwrap_or(0);
    let longest = planned.steps.iter().map(|step| step.decision.len()).max().unwrap_or(0);
    let mut text = String::new();
    let mut runs = 0;
    for step in &planned.steps {
        let is_run = step.decision == Decision::Run.as_str();
        runs += u64::from(is_run);
        let position = if is_run { runs.to_string() } else { String::new() };
        let decision = format!("{:<longest$}", step.decision);
        let tone = match step.decision {
            "run" => Tone::Good,
            "depends" => Tone::Warning,
            _ => Tone::Dim,
        };
        let decision = palette.paint(tone, decision);
        let why = palette.paint(Tone::Dim, step.why.join("; "));
        let _ = writeln!(text, "{position:>3}  {:<width$}  {decision}  {why}", path(step));
    }
    let _ = writeln!(text, "\n{}", planned.in_short());
    if !planned.stored.is_empty() {
        let stored: Vec<String> = planned.stored.iter().map(|model| format!("`{model}`")).collect();
        let _ = writeln!(text, "taken from the store: {}", stored.join(", "));
    }
    for hand_over in [HandOver::Lazy, HandOver::Stored] {
        let models = planned.handed_over.iter().filter(|handed| handed.hand_over == hand_over);
        let models: Vec<String> = models.map(|handed| format!("`{}`", handed.model)).collect();
        if !models.is_empty() {
            let _ = writeln!(text, "handed over as `{hand_over}`: {}", models.join(", "));
        }
    }
    text
}

impl Planned {
    /// How many tasks are run, reused and so on, as a sentence.
    fn in_short(&self) -> String {
        let with = |decision: Decision| {
            let steps = self.steps.iter().filter(|step| step.decision == decision.as_str());
            steps.count() as u64
        };
        let total = count(self.steps.len() as u64, "task");
        let (runs, reused, open) = (with(Decision::Run), with(Decision::Reuse), with(Decision::Depends));
        let mut parts = vec![format!("run {} of {total} of chain `{}`", number(runs), self.chain)];
        if reused > 0 {
            parts.push(format!("reuse {}", number(reused)));
        }
        if open > 0 {
            parts.push(format!("decide on {} on the way", number(open)));
        }
        let text = match parts.as_slice() {
            [first @ .., last] if !first.is_empty() => {
                let comma = if first.len() > 1 { "," } else { "" };
                format!("{}{comma} and {last}", first.join(", "))
            }
            _ => parts.concat(),
        };
        let all = if runs + open == 0 && reused > 0 { "; everything is up to date" } else { "" };
        format!("a run would {text}{all}")
    }
}
