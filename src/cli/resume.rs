//! The verb `resume`: goes on with a run that did not get done, as it was asked for.

use super::again::Asked;
use super::args::{Pace, Shared};
use super::desk::Desk;
use super::exit::Exit;
use super::invocation::{Action, RunOrder, Talk};
use super::trouble::Trouble;
use super::{run, runs};
use crate::event::Ending;
use crate::ledger::RunRecord;
use crate::plan::{Blueprint, Selection};
use crate::report::Summary;
use crate::report::json::Run;
use crate::session::Request;
use crate::task::Entry;

pub(super) fn resume(
    desk: &mut Desk<'_, '_>,
    run: &str,
    wait: bool,
    pace: Pace,
    typed: Shared,
) -> Result<Exit, Trouble> {
    let (record, data) = {
        let setup = desk.set_up()?;
        (runs::find(setup.ledger(), run)?, setup.data.0)
    };
    if record.ending == Some(Ending::Done) {
        return nothing_to_do(desk, &record);
    }
    // What is on record is in this folder, wherever the run thought that it was.
    let order = take_up(desk, &record, Shared { data: Some(data), ..typed })?;
    let setup = desk.set_up_to_run(order.fail_fast, pace)?;
    let blueprint = setup.check()?;
    let steps = setup.ledger().steps(record.run).map_err(|error| Trouble::from(&error))?;
    let done = steps.iter().filter(|step| step.state.is_good()).map(|step| step.task.as_str());
    let request = unforced(order.request, &blueprint, done).resuming(record.run);
    run::carry_out(desk, setup, &blueprint, RunOrder { request, wait, ..order })
}

fn nothing_to_do(desk: &mut Desk<'_, '_>, record: &RunRecord) -> Result<Exit, Trouble> {
    if desk.manner.json {
        let document = Run {
            run: Some(record.run.to_string()),
            chain: record.chain.clone(),
            partition: runs::partition(record),
            ending: record.ending.map(|ending| ending.to_string()),
            started_at: Some(runs::time(record.began)),
            ended_at: record.ended.map(runs::time),
            elapsed_ms: runs::took(record).map(runs::millis),
            ..Run::from(&Summary::new())
        };
        desk.print_document(document)?;
    } else if desk.manner.talk != Talk::Quiet {
        desk.print(&format!("run {} is done; there is nothing to go on with\n", record.run.short()))?;
    }
    Ok(Exit::Done)
}

/// Has the desk work as the run did, but for what is typed now, and says what was asked for.
fn take_up(desk: &mut Desk<'_, '_>, record: &RunRecord, typed: Shared) -> Result<RunOrder, Trouble> {
    let run = record.run.short();
    let asked = Asked {
        what: format!("run {run}"),
        request: &record.request,
        again: format!("resume {run}"),
        instead: "`run` goes on as well, with the options that you give it",
    };
    match asked.take_up(desk, typed)? {
        Action::Run(order) => Ok(order),
        _ => Err(asked.unknown()),
    }
}

/// The same request, in which what the run has done already is not forced again.
fn unforced<'s>(request: Request, blueprint: &Blueprint, done: impl Iterator<Item = &'s str>) -> Request {
    let Some(force) = request.forced().cloned() else { return request };
    let tasks = blueprint.tasks();
    let paths = done.filter_map(|name| tasks.iter().find(|entry| entry.task.name() == name)).map(Entry::path);
    let done: Selection = paths.filter_map(|path| path.parse::<Selection>().ok()).fold(force, Selection::without);
    request.forcing(done)
}
