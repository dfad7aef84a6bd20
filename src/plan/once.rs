//! Sources of which each file is read once: what that asks of a run.
//!
//! A run that takes what is new takes it away from every run after it, so all that read from the source have to be part of it.
//! A table that grows and is made anew needs all files again, and then all tables that grow from them are made anew.

use std::collections::BTreeSet;

use crate::id::TaskId;

use super::blueprint::Blueprint;
use super::error::PlanError;
use super::situation::{Situation, Standing};

/// Whether a task reads a source of which each file is read once.
fn is_once(standings: &[Standing], task: TaskId) -> bool {
    standings.get(task.index()).is_some_and(|standing| standing.taken.is_some())
}

/// Whether a task makes a table that grows.
fn grows(standings: &[Standing], task: TaskId) -> bool {
    standings.get(task.index()).is_some_and(|standing| !standing.grows.is_empty())
}

/// Adds what has to be made anew with these tasks: the sources of tables that grow, and the tables that grow from such a
/// source.
pub(crate) fn force_together(blueprint: &Blueprint, standings: &[Standing], forced: &mut BTreeSet<TaskId>) {
    let mut open: Vec<TaskId> = forced.iter().copied().collect();
    while let Some(task) = open.pop() {
        let mut others = Vec::new();
        if grows(standings, task) {
            others.extend(before(blueprint, task).into_iter().filter(|&other| is_once(standings, other)));
        }
        if is_once(standings, task) {
            others.extend(after(blueprint, task, |_| true).into_iter().filter(|&other| grows(standings, other)));
        }
        open.extend(others.into_iter().filter(|&other| forced.insert(other)));
    }
}

/// Refuses to read what is new of a source, or all of it again, without all that read from it.
pub(super) fn check(blueprint: &Blueprint, situation: &Situation, picked: &[bool]) -> Result<(), PlanError> {
    let standings = &situation.standings;
    let name = |task: TaskId| blueprint.task(task).task.name().to_owned();
    let is_picked = |task: &TaskId| picked[task.index()];
    for task in (0..picked.len()).map(TaskId::new).filter(is_picked) {
        if is_once(standings, task) {
            // What a table has grown by is in it, so that those behind it can do without.
            let readers = after(blueprint, task, |reader| !grows(standings, reader));
            if let Some(reader) = readers.into_iter().find(|reader| !is_picked(reader)) {
                return Err(PlanError::Once { source_task: name(task), reader: name(reader) });
            }
        }
        if grows(standings, task) && situation.forced.contains(&task) {
            let sources = before(blueprint, task).into_iter().filter(|&source| is_once(standings, source));
            if let Some(source) = sources.into_iter().find(|source| !is_picked(source)) {
                return Err(PlanError::Anew { source_task: name(source), task: name(task) });
            }
        }
    }
    Ok(())
}

/// All tasks that a task reads from, near or far.
fn before(blueprint: &Blueprint, task: TaskId) -> BTreeSet<TaskId> {
    let mut found = BTreeSet::new();
    let mut open = vec![task];
    while let Some(task) = open.pop() {
        let providers = blueprint.reads(task).filter_map(|model| blueprint.model(model).provider);
        open.extend(providers.filter(|&provider| found.insert(provider)));
    }
    found
}

/// All tasks that read from a task, and further from those that are passed through.
fn after(blueprint: &Blueprint, task: TaskId, passes: impl Fn(TaskId) -> bool) -> BTreeSet<TaskId> {
    let mut found = BTreeSet::new();
    let mut open = vec![task];
    while let Some(at) = open.pop() {
        if at == task || passes(at) {
            open.extend(blueprint.graph().readers(at).into_iter().filter(|&reader| found.insert(reader)));
        }
    }
    found
}
