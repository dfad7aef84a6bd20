//! The verb `schedule`: runs the chain at the times that its configuration says, and tells which they are.

use chrono::{DateTime, Utc};

use super::desk::{Desk, Setup};
use super::exit::Exit;
use super::invocation::{ScheduleOrder, begun_by};
use super::trouble::Trouble;
use crate::config::{Config, Scheduled};
use crate::partition::Partition;
use crate::store::Fires;
use crate::task::{Entry, TaskList};

mod next;
mod print;
mod quote;
mod run;
mod watch;

pub(super) fn schedule(desk: &mut Desk<'_, '_>, order: &ScheduleOrder) -> Result<Exit, Trouble> {
    match order {
        ScheduleOrder::Run { once, pace } => run::run(desk, *once, *pace),
        ScheduleOrder::Next { count } => next::next(desk, *count),
        ScheduleOrder::Print { manager } => print::print(desk, *manager),
    }
}

/// Reads the configuration, which has to have schedules.
fn set_up(desk: &Desk<'_, '_>) -> Result<Setup, Trouble> {
    let setup = desk.set_up()?;
    if setup.config.schedules.is_empty() {
        let message = format!("chain `{}` has no schedule", desk.chain.name());
        return Err(Trouble::new(Exit::Usage, message)
            .hint("`[schedule.nightly]` in its configuration says when it is run, such as `cron = \"30 4 * * *\"`"));
    }
    let tasks = TaskList::from(desk.chain.clone());
    for scheduled in &setup.config.schedules {
        let is_of = |entry: &Entry| entry.task.partition() == scheduled.partition;
        if let (Some(cut), false) = (scheduled.partition, tasks.entries().iter().any(is_of)) {
            let name = scheduled.schedule.name();
            let message = format!("schedule `{name}` is for tasks that are run {}, and the chain has none", cut.each());
            return Err(Trouble::new(Exit::Configuration, message)
                .hint(format!("`#[task(partition = \"{}\")]` makes one; or leave `partition` out", cut.word())));
        }
    }
    Ok(setup)
}

/// The record of fires of the data folder.
fn fires(setup: &Setup) -> Fires {
    Fires::of(&setup.data.0)
}

/// The partitions that a fire is for: of time the last that was over at its instant, whenever it is run; of a list all.
/// `None` stands for all data.
fn partitions(config: &Config, scheduled: &Scheduled, fire: DateTime<Utc>) -> Vec<Option<Partition>> {
    let Some(chain) = &config.partitioning else { return vec![None] };
    let Some(partitioning) = chain.of_task(scheduled.partition) else {
        return vec![];
    };
    match partitioning.last_complete(fire) {
        Some(partition) => vec![Some(partition)],
        None => partitioning.listed().unwrap_or_default().into_iter().map(Some).collect(),
    }
}

/// The arguments of `run` that a schedule stands for.
fn arguments(scheduled: &Scheduled) -> Vec<String> {
    let mut arguments = vec!["run".to_owned()];
    arguments.extend(scheduled.select.clone());
    arguments.extend(scheduled.exclude.iter().flat_map(|text| ["--exclude".to_owned(), text.clone()]));
    arguments.extend(begun_by(scheduled.schedule.name().to_string()));
    arguments
}
