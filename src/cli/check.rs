//! The verb `check`: is the chain valid, and its configuration?

use serde::Serialize;

use super::desk::Desk;
use super::exit::Exit;
use super::trouble::{Trouble, exit_of};
use super::uncut;
use crate::config::Config;
use crate::report::json::Document;
use crate::words::count;

/// The document of `check`.
#[derive(Serialize)]
struct Check {
    chain: String,
    valid: bool,
    /// `None` for a chain that is not valid.
    tasks: Option<usize>,
    models: Option<usize>,
    faults: Vec<String>,
}

impl Document for Check {
    const KIND: &'static str = "check";
}

pub(super) fn check(desk: &mut Desk<'_, '_>) -> Result<Exit, Trouble> {
    if desk.manner.json {
        return check_for_programs(desk);
    }
    let setup = desk.set_up()?;
    let blueprint = setup.check_whole()?;
    uncut::warn(desk, &setup);
    let (tasks, models) = (blueprint.tasks().len() as u64, blueprint.models().len() as u64);
    let text =
        format!("chain `{}` is valid: {}, {}\n", desk.chain.name(), count(tasks, "task"), count(models, "model"));
    desk.print(&text)?;
    Ok(Exit::Done)
}

fn check_for_programs(desk: &mut Desk<'_, '_>) -> Result<Exit, Trouble> {
    let chain = desk.chain.name().to_owned();
    let invalid = |faults| Check { chain: chain.clone(), valid: false, tasks: None, models: None, faults };
    let (document, exit) = match Config::load(&desk.manner.request) {
        Err(errors) => (invalid(errors.errors().iter().map(ToString::to_string).collect()), Exit::Configuration),
        Ok(_) => match desk.set_up()?.orchestrator.check_whole() {
            Err(faults) => (invalid(faults.all().iter().map(ToString::to_string).collect()), exit_of(&faults)),
            Ok(blueprint) => {
                let (tasks, models) = (Some(blueprint.tasks().len()), Some(blueprint.models().len()));
                (Check { chain: chain.clone(), valid: true, tasks, models, faults: vec![] }, Exit::Done)
            }
        },
    };
    desk.print_document(document)?;
    Ok(exit)
}
