//! What the page of a run tells, looked up in the ledger, the chain and the store.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::desk::{Desk, Setup, group};
use crate::cli::diff::Side;
use crate::cli::graph;
use crate::cli::report::head;
use crate::cli::runs;
use crate::cli::trouble::Trouble;
use crate::event::{Ending, State};
use crate::ledger::{Ledger, LedgerError, RunRecord, VersionRecord, versions_back};
use crate::plan::Blueprint;
use crate::report::draw::Drawing;
use crate::report::html::{Head, ModelPart, RunPage};
use crate::words::count;

/// The first rows of so many models are shown; opening files takes time, and nobody looks through more.
const MODELS_WITH_ROWS: usize = 60;
/// A graph of more tasks takes long to draw, and nobody sees anything in it.
const TASKS_IN_A_GRAPH: usize = 250;

pub(super) fn page(desk: &Desk<'_, '_>, setup: &Setup, run: &RunRecord, rows: usize) -> Result<String, Trouble> {
    let blueprint = setup.check()?;
    let ledger = setup.ledger();
    let side = Side::of(ledger, run.run).map_err(|error| Trouble::from(&error))?;
    let ending = runs::ending(run, &runs::going_on(setup)?);
    let states: BTreeMap<&str, State> = side.steps.iter().map(|step| (step.task.as_str(), step.state)).collect();
    let chain = desk.chain.name();
    let groups = blueprint.tasks().iter().map(|entry| (entry.task.name().to_owned(), group(entry).unwrap_or_default()));
    let known = side.steps.iter().flat_map(|step| {
        let attempts = step.attempts.iter().map(|attempt| attempt.started + attempt.elapsed);
        attempts.chain(step.ended)
    });
    let until = match ending {
        None => setup.orchestrator.job().clock().now(),
        Some(Ending::Killed) => known.max().unwrap_or(run.began),
        Some(_) => run.ended.unwrap_or(run.began),
    };
    let page = RunPage {
        run,
        ending,
        took: runs::took(run),
        until,
        asked: format!("{chain} {}", runs::as_typed(&run.request)).trim().to_owned(),
        resume: ending
            .is_some_and(|ending| ending != Ending::Done)
            .then(|| format!("{chain} resume {}", run.run.short())),
        steps: &side.steps,
        groups: groups.collect(),
        drawing: drawing(&blueprint, chain, &states),
        models: models(desk, setup, &blueprint, run, &side, rows)?,
    };
    Ok(page.render())
}

/// The chain as a picture, with the states of its steps; or why there is none.
pub(in crate::cli) fn drawing(
    blueprint: &Blueprint,
    chain: &str,
    states: &BTreeMap<&str, State>,
) -> Result<Drawing, String> {
    let tasks = blueprint.tasks().len();
    if tasks > TASKS_IN_A_GRAPH {
        let tasks = count(tasks as u64, "task");
        return Err(format!(
            "A graph of {tasks} would show nothing. `{chain} graph +TASK > graph.svg` draws the part that a task needs."
        ));
    }
    Ok(graph::drawing(blueprint, chain, states))
}

/// What the run made or reused, in the order of its steps.
fn models(
    desk: &Desk<'_, '_>,
    setup: &Setup,
    blueprint: &Blueprint,
    run: &RunRecord,
    side: &Side,
    rows: usize,
) -> Result<Vec<ModelPart>, Trouble> {
    let store = setup.store_of(&run.partition);
    let set_aside: BTreeSet<&str> = blueprint
        .models()
        .iter()
        .filter_map(|entry| entry.reference.kind().describe().schema?.source?.rejects)
        .collect();
    let mut of_task: BTreeMap<&str, Vec<&VersionRecord>> = BTreeMap::new();
    for version in &side.versions {
        of_task.entry(&version.task).or_default().push(version);
    }
    let mut models = Vec::new();
    for version in side.steps.iter().flat_map(|step| of_task.remove(step.task.as_str()).unwrap_or_default()) {
        let description =
            blueprint.model_named(&version.model).map(|model| blueprint.model(model).reference.kind().describe());
        let head = match models.len() < MODELS_WITH_ROWS {
            true => head::of(&store, version, description.as_ref(), rows),
            false => Head::Nothing(format!(
                "Of the models behind the first {MODELS_WITH_ROWS} no rows are shown here; `{} show {} --version {}` shows them.",
                desk.chain.name(),
                version.model,
                version.run.short()
            )),
        };
        let reused = version.run != run.run;
        let before = match reused {
            true => None,
            false => before(setup.ledger(), &run.partition, version).map_err(|error| Trouble::from(&error))?,
        };
        let set_aside = set_aside.contains(version.model.as_str());
        models.push(ModelPart { version: version.clone(), reused, before, description, set_aside, head });
    }
    Ok(models)
}

/// The version of a model that was made before another one.
fn before(ledger: &dyn Ledger, partition: &str, version: &VersionRecord) -> Result<Option<VersionRecord>, LedgerError> {
    let mut versions = versions_back(ledger, partition, &version.model);
    for other in &mut versions {
        if other?.run == version.run {
            return versions.next().transpose();
        }
    }
    Ok(None)
}
