//! The verb `explain`: what a run would do with a task, and all that decides it, with what it was and what it is.

use std::fmt::Write as _;

use serde::Serialize;

use super::desk::{Desk, Setup, group};
use super::exit::Exit;
use super::plan::why;
use super::runs;
use super::table::table;
use super::trouble::Trouble;
use crate::id::{RunId, TaskId};
use crate::ledger::Performed;
use crate::nearest;
use crate::plan::{Blueprint, Decision, Plan, Reason};
use crate::report::json::Document;
use crate::report::{Palette, Tone};
use crate::session::Request;

mod growth;
mod parts;

use growth::Grows;
use parts::{Now, Part};

/// The document of `explain`.
#[derive(Serialize)]
struct Explained {
    chain: String,
    task: String,
    group: Option<String>,
    decision: &'static str,
    why: Vec<String>,
    /// The tasks that it depends on, for a task that is decided on on the way.
    awaits: Vec<String>,
    /// The work that the parts are compared with.
    compared: Option<Done>,
    /// When it was last done.
    last: Option<Done>,
    parts: Vec<Part>,
    /// What is published of the models it provides.
    published: Vec<Published>,
    /// What those grow from that do.
    grows: Vec<Grows>,
}

impl Document for Explained {
    const KIND: &'static str = "explain";
}

/// A run that did the task, and when.
#[derive(Serialize)]
struct Done {
    run: String,
    at: String,
    #[serde(skip)]
    short: String,
}

#[derive(Serialize)]
struct Published {
    model: String,
    /// The run that made the published version.
    run: Option<String>,
}

pub(super) fn explain(desk: &mut Desk<'_, '_>, task: &str) -> Result<Exit, Trouble> {
    let setup = desk.set_up_about(task)?.for_partition()?;
    let blueprint = setup.check()?;
    let id = find(&blueprint, task)?;
    let plan = setup.orchestrator.plan(&blueprint, &Request::default());
    let plan = plan.map_err(|error| Trouble::of_run(&error, &setup.config))?;
    let explained = describe(desk.chain.name(), &setup, &blueprint, &plan, id)?;
    if desk.manner.json {
        desk.print_document(explained)?;
    } else {
        let text = explained.render(desk.manner.palette);
        desk.print(&text)?;
    }
    Ok(Exit::Done)
}

/// The task of this name, which may have its groups in front.
fn find(blueprint: &Blueprint, name: &str) -> Result<TaskId, Trouble> {
    let tasks = blueprint.tasks();
    let is_meant = |entry: &crate::task::Entry| entry.task.name() == name || entry.path() == name;
    tasks.iter().position(is_meant).map(TaskId::new).ok_or_else(|| {
        let hint = nearest::hint(nearest::name(name, tasks.iter().map(|entry| entry.task.name())).as_deref());
        Trouble::new(Exit::Usage, format!("the chain has no task `{name}`{hint}")).hint("`ls` lists the tasks")
    })
}

fn describe(
    chain: &str,
    setup: &Setup,
    blueprint: &Blueprint,
    plan: &Plan,
    task: TaskId,
) -> Result<Explained, Trouble> {
    let step = plan.step(task).expect("a plan has every task of the chain");
    let standing = &plan.situation().standings[task.index()];
    let done: Vec<&Performed> = standing.candidates.iter().map(|candidate| &candidate.performed).collect();
    // That which the decision is about: the one that is reused, else the best of them.
    let reused = step.reasons.iter().find_map(|reason| match reason {
        Reason::Same { run, .. } => Some(*run),
        _ => None,
    });
    let compared = done.iter().find(|performed| Some(performed.run) == reused).or(done.first()).copied();
    let awaits = step.reasons.iter().flat_map(|reason| match reason {
        Reason::Awaits { providers } => providers.as_slice(),
        _ => &[],
    });
    let inputs: Vec<(String, Now)> = blueprint.reads(task).map(|model| parts::input(blueprint, plan, model)).collect();
    let made_by = match compared {
        Some(performed) => parts::read_by(setup.ledger(), performed)?,
        None => Vec::new(),
    };
    let published =
        setup.ledger().published(setup.orchestrator.job().partition_key()).map_err(|error| Trouble::from(&error))?;
    let version = |model: &str| published.iter().find(|version| version.model == model).map(|version| version.run);
    let mut now = standing.now.clone();
    if compared.is_none() {
        // Planning does not read files that it has nothing to compare with.
        now.source = now.source.or_else(|| setup.orchestrator.source_of(blueprint, task));
    }
    let provides = blueprint.provides(task).iter().map(|&model| &blueprint.model(model).name);
    let entry = blueprint.task(task);
    Ok(Explained {
        chain: chain.to_owned(),
        task: entry.task.name().to_owned(),
        group: group(entry),
        decision: step.decision.as_str(),
        why: why(step),
        awaits: awaits.cloned().collect(),
        compared: compared.map(Done::of),
        last: done.iter().max_by_key(|performed| (performed.at, performed.run)).map(|performed| Done::of(performed)),
        grows: growth::grows(standing, &inputs),
        parts: parts::compare(compared.map(|performed| &performed.fingerprint), &now, &inputs, &made_by),
        published: provides
            .map(|model| Published { model: model.to_string(), run: version(model).as_ref().map(RunId::to_string) })
            .collect(),
    })
}

impl Done {
    fn of(performed: &Performed) -> Done {
        let (run, at) = (performed.run.to_string(), runs::time(performed.at));
        Done { run, at, short: format!("run {} of {}", performed.run.short(), runs::clock(performed.at)) }
    }
}

impl Explained {
    fn render(&self, palette: Palette) -> String {
        let would = match self.decision {
            decision if decision == Decision::Run.as_str() => "a run would run it",
            decision if decision == Decision::Reuse.as_str() => "a run would reuse what was done before",
            _ => "a run would run it or reuse it",
        };
        let mut text = format!("{}: {would}\n", palette.paint(Tone::Strong, &self.task));
        for why in &self.why {
            let _ = writeln!(text, "  {why}");
        }
        let last = self.last.as_ref().map_or("never", |done| done.short.as_str());
        let published: Vec<String> = self.published.iter().map(Published::in_words).collect();
        text.push('\n');
        for (name, fact) in [("last done", last), ("published", &published.join(", "))] {
            let _ = writeln!(text, "{}  {fact}", palette.paint(Tone::Dim, format_args!("{name:<9}")));
        }
        for grows in &self.grows {
            let name = palette.paint(Tone::Dim, format_args!("{:<9}", "grows"));
            let _ = writeln!(text, "{name}  {}", grows.in_words());
        }
        text.push('\n');
        let header = ["", "part", "name", "then", "now"].map(str::to_owned);
        let rows = self.parts.iter().map(Part::row);
        text + &table(&header, rows, None, palette)
    }
}

impl Published {
    fn in_words(&self) -> String {
        match self.run.as_ref().and_then(|run| run.parse::<RunId>().ok()) {
            Some(run) => format!("{} of run {}", self.model, run.short()),
            None => format!("{} not yet", self.model),
        }
    }
}
