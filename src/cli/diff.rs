//! The verb `diff`: what is different between two runs.

use std::fmt::Write as _;

use serde::Serialize;

use super::desk::Desk;
use super::exit::Exit;
use super::runs::{self, RunShown};
use super::table::table;
use super::trouble::Trouble;
use crate::ledger::{Ledger, RunRecord, StepRecord};
use crate::report::json::Document;
use crate::report::{Palette, Tone};
use crate::words::{duration, number};

mod models;

use models::ModelDiff;
pub(super) use models::Side;

/// The document of `diff`.
#[derive(Serialize)]
struct Diff {
    chain: String,
    first: RunShown,
    second: RunShown,
    tasks: Vec<TaskDiff>,
    models: Vec<ModelDiff>,
}

impl Document for Diff {
    const KIND: &'static str = "diff";
}

#[derive(Serialize)]
struct TaskDiff {
    task: String,
    first: Option<StepSide>,
    second: Option<StepSide>,
}

/// A step of one of the runs.
#[derive(Serialize)]
struct StepSide {
    state: &'static str,
    elapsed_ms: f64,
    rows_out: Option<u64>,
    why: String,
    #[serde(skip)]
    time: Option<String>,
}

pub(super) fn diff(desk: &mut Desk<'_, '_>, first: &str, second: &str) -> Result<Exit, Trouble> {
    let setup = desk.set_up()?;
    let ledger = setup.ledger();
    let (first, second) = (runs::find(ledger, first)?, runs::find(ledger, second)?);
    let sides = (side(ledger, &first)?, side(ledger, &second)?);
    let going_on = runs::going_on(&setup)?;
    let document = Diff {
        chain: desk.chain.name().to_owned(),
        first: RunShown::of(&first, &going_on),
        second: RunShown::of(&second, &going_on),
        tasks: tasks(&sides.0.steps, &sides.1.steps),
        models: models::compare(&sides.0, &sides.1),
    };
    if desk.manner.json {
        desk.print_document(document)?;
    } else {
        let palette = desk.manner.palette;
        let title = |run: &RunRecord| {
            let standing = runs::standing(runs::ending(run, &going_on), palette);
            format!("run {} of {}: {standing}", run.run.short(), runs::clock(run.began))
        };
        let titles = format!("first   {}\nsecond  {}\n", title(&first), title(&second));
        desk.print(&(titles + &document.render(palette)))?;
    }
    Ok(Exit::Done)
}

fn side(ledger: &dyn Ledger, run: &RunRecord) -> Result<Side, Trouble> {
    Side::of(ledger, run.run).map_err(|error| Trouble::from(&error))
}

/// The tasks of both runs, in the order of the second; those of the first alone come last.
fn tasks(first: &[StepRecord], second: &[StepRecord]) -> Vec<TaskDiff> {
    let find = |steps: &[StepRecord], task: &str| steps.iter().find(|step| step.task == task).map(StepSide::of);
    let is_old = |step: &&StepRecord| !second.iter().any(|other| other.task == step.task);
    let all = second.iter().chain(first.iter().filter(is_old));
    let task = |step: &StepRecord| TaskDiff {
        task: step.task.clone(),
        first: find(first, &step.task),
        second: find(second, &step.task),
    };
    all.map(task).collect()
}

impl StepSide {
    fn of(step: &StepRecord) -> StepSide {
        StepSide {
            state: step.state.as_str(),
            elapsed_ms: runs::millis(step.elapsed),
            rows_out: step.rows_out,
            why: step.why.clone(),
            time: (!step.elapsed.is_zero()).then(|| duration(step.elapsed)),
        }
    }
}

impl Diff {
    fn render(&self, palette: Palette) -> String {
        let header = ["task", "first", "second", "time", "", "rows", ""].map(str::to_owned);
        let none = || "–".to_owned();
        let rows = self.tasks.iter().map(|task| {
            let of = |side: &Option<StepSide>, what: &dyn Fn(&StepSide) -> Option<String>| {
                side.as_ref().and_then(what).unwrap_or_else(none)
            };
            let each = |what: &dyn Fn(&StepSide) -> Option<String>| [of(&task.first, what), of(&task.second, what)];
            let state = each(&|side| Some(side.state.to_owned()));
            let time = each(&|side| side.time.clone());
            let rows = each(&|side| side.rows_out.map(number));
            [vec![task.task.clone()], state.to_vec(), time.to_vec(), rows.to_vec()].concat()
        });
        let mut text = format!("\n{}", table(&header, rows, None, palette));
        let heading = |text: &mut String, title: &str| {
            let _ = writeln!(text, "\n{}", palette.paint(Tone::Dim, title));
        };
        heading(&mut text, "models");
        for line in self.models.iter().flat_map(ModelDiff::lines) {
            let _ = writeln!(text, "{line}");
        }
        let whys: Vec<(&str, &str)> = self.tasks.iter().filter_map(TaskDiff::why).collect();
        if !whys.is_empty() {
            heading(&mut text, "why the second run ran");
            for (task, why) in whys {
                let _ = writeln!(text, "  {task}: {why}");
            }
        }
        text
    }
}

impl TaskDiff {
    /// Why the second run ran it.
    fn why(&self) -> Option<(&str, &str)> {
        let second = self.second.as_ref().filter(|side| side.state != "reused" && !side.why.is_empty())?;
        Some((&self.task, &second.why))
    }
}
