//! The verb `backfill`: runs the chain for many partitions, one after another.
//!
//! Each is a run like any other, so what was done stays done: a backfill that was stopped is gone on with by asking for the
//! same again.

use std::collections::HashMap;

use serde::Serialize;

use super::desk::{Desk, Setup};
use super::exit::Exit;
use super::invocation::{BackfillOrder, Picked, RunOrder, Talk};
use super::many::run_one;
use super::table::table;
use super::trouble::Trouble;
use crate::config::Config;
use crate::event::Ending;
use crate::ledger::{RunFilter, RunRecord};
use crate::partition::{Partition, Partitioning};
use crate::report::Palette;
use crate::report::json::Document;
use crate::words::{count, number};

/// The document of `backfill`.
#[derive(Serialize)]
struct Backfill {
    chain: String,
    dry_run: bool,
    /// How many partitions were looked at.
    partitions: u64,
    /// Those that were run, or would be, in that order.
    picked: Vec<PickedShown>,
}

impl Document for Backfill {
    const KIND: &'static str = "backfill";
}

#[derive(Serialize)]
struct PickedShown {
    partition: String,
    /// How its last run has ended before; `None` where there was none.
    before: Option<&'static str>,
    /// How it ended now; `None` where it was not run.
    ending: Option<&'static str>,
}

/// A partition that is to be run.
struct Pick {
    partition: Partition,
    before: Option<Ending>,
    /// How it ended now; `None` where it was not run.
    now: Option<Ending>,
}

pub(super) fn backfill(desk: &mut Desk<'_, '_>, order: &BackfillOrder) -> Result<Exit, Trouble> {
    let setup = desk.set_up()?;
    setup.check_whole()?;
    let partitioning = desk.partitioning(&setup.config)?;
    let (first, last) = ends(desk, partitioning, order)?;
    let (looked_at, mut picks) = pick(&setup, partitioning, (&first, &last), order.picked)?;
    if order.reverse {
        picks.reverse();
    }
    if !order.dry_run && picks.len() > order.at_most {
        let (all, most) = (count(picks.len() as u64, "partition"), number(order.at_most as u64));
        return Err(Trouble::new(Exit::Usage, format!("this would run {all}, more than {most}"))
            .hint(format!("`--dry-run` shows which; `--at-most {}` lets it", picks.len())));
    }
    let config = setup.config;
    let exit = if order.dry_run { Exit::Done } else { run_all(desk, order, &config, &mut picks)? };
    if desk.manner.json {
        let chain = desk.chain.name().to_owned();
        let picked = picks.iter().map(Pick::shown).collect();
        desk.print_document(Backfill { chain, dry_run: order.dry_run, partitions: looked_at, picked })?;
    } else if desk.manner.talk != Talk::Quiet || exit != Exit::Done {
        let text = render(looked_at, &picks, desk.partitioning(&config)?, order, desk.manner.palette);
        desk.print(&text)?;
    }
    Ok(exit)
}

/// The first and the last partition that are meant.
fn ends(
    desk: &Desk<'_, '_>,
    partitioning: &Partitioning,
    order: &BackfillOrder,
) -> Result<(Partition, Partition), Trouble> {
    let find = |key: &str| partitioning.find(key).map_err(|error| Trouble::new(Exit::Usage, error));
    let first = find(&order.from)?;
    let last = match &order.to {
        Some(key) => find(key)?,
        None => partitioning.last_complete(desk.surroundings.clock.now()).ok_or_else(|| {
            Trouble::new(Exit::Usage, "of a list of partitions the last has to be named").hint("say `--to KEY`")
        })?,
    };
    if partitioning.between(&first, &last).next().is_none() {
        return Err(Trouble::new(Exit::Usage, format!("`{last}` comes before `{first}`")));
    }
    Ok((first, last))
}

/// How many partitions there are between two, and those of them that are to be run.
fn pick(
    setup: &Setup,
    partitioning: &Partitioning,
    (first, last): (&Partition, &Partition),
    picked: Picked,
) -> Result<(u64, Vec<Pick>), Trouble> {
    let recorded = setup.ledger().runs(&RunFilter::default()).map_err(|error| Trouble::from(&error))?;
    let mut known: HashMap<&str, (&RunRecord, bool)> = HashMap::new();
    // The last run of each comes first; whether any was done may be told by an earlier one.
    for run in &recorded {
        let entry = known.entry(&run.partition).or_insert((run, false));
        entry.1 |= run.ending == Some(Ending::Done);
    }
    let mut looked_at = 0;
    let mut picks = Vec::new();
    for partition in partitioning.between(first, last) {
        looked_at += 1;
        let known = known.get(&**partition.key());
        // One without an ending was killed, or goes on; to run it says which.
        let before = known.map(|(run, _)| run.ending.unwrap_or(Ending::Killed));
        let is_picked = match picked {
            Picked::Missing => known.is_none_or(|(_, is_done)| !is_done),
            Picked::Failed => before.is_some_and(|ending| ending != Ending::Done),
            Picked::All => true,
        };
        if is_picked {
            picks.push(Pick { partition, before, now: None });
        }
    }
    Ok((looked_at, picks))
}

/// Runs each; one that fails keeps no other from being run.
fn run_all(
    desk: &mut Desk<'_, '_>,
    order: &BackfillOrder,
    config: &Config,
    picks: &mut [Pick],
) -> Result<Exit, Trouble> {
    let signals = desk.watch_signals()?;
    let all = picks.len();
    let mut worst = Exit::Done;
    for (before, pick) in picks.iter_mut().enumerate() {
        if desk.cancel.is_cancelled() {
            return Ok(signals.exit());
        }
        let run = RunOrder { pace: order.pace, arguments: vec!["run".to_owned()], ..RunOrder::default() };
        let heading = ("partition", &**pick.partition.key());
        let (ending, exit) = run_one(desk, &signals, config, Some(&pick.partition), run, heading);
        pick.now = Some(ending);
        if desk.manner.talk != Talk::Quiet && !desk.manner.json {
            let (ending, partition) = (desk.manner.talk_palette.ending(ending), &pick.partition);
            let _ = writeln!(desk.surroundings.err, "{partition}  {ending}  {} of {all}", before + 1);
        }
        if ending == Ending::Cancelled {
            return Ok(exit);
        }
        if exit != Exit::Done {
            worst = Exit::Failed;
        }
    }
    Ok(worst)
}

impl Pick {
    fn shown(&self) -> PickedShown {
        PickedShown {
            partition: self.partition.to_string(),
            before: self.before.map(Ending::as_str),
            ending: self.now.map(Ending::as_str),
        }
    }
}

fn render(
    looked_at: u64,
    picks: &[Pick],
    partitioning: &Partitioning,
    order: &BackfillOrder,
    palette: Palette,
) -> String {
    let of = count(looked_at, "partition");
    if picks.is_empty() {
        return format!("nothing to run: of {of} {}\n", order.picked.none());
    }
    if order.dry_run {
        let mut text = format!("would run {} of {of}\n", number(picks.len() as u64));
        text +=
            &table(&["from", "to", "partitions"].map(str::to_owned), ranges(picks, partitioning, order), None, palette);
        return text;
    }
    let ended = |ending| picks.iter().filter(|pick| pick.now == ending).count() as u64;
    let cancelled = match ended(Some(Ending::Cancelled)) {
        0 => String::new(),
        cancelled => format!("{} cancelled, ", number(cancelled)),
    };
    let [done, failed, left] = [Some(Ending::Done), Some(Ending::Failed), None].map(|ending| number(ended(ending)));
    let mut text = format!("{done} done, {failed} failed, {cancelled}{left} not run\n");
    for Pick { partition, now, .. } in picks {
        if let Some(ending) = now.filter(|ending| *ending != Ending::Done) {
            text += &format!("{}  {partition}\n", palette.ending(ending));
        }
    }
    text
}

/// Partitions that lie side by side, as one row.
fn ranges(picks: &[Pick], partitioning: &Partitioning, order: &BackfillOrder) -> Vec<Vec<String>> {
    let mut ranges: Vec<(&Partition, &Partition, u64)> = Vec::new();
    for Pick { partition, .. } in picks {
        let beside = |last: &Partition| {
            let (first, second) = if order.reverse { (partition, last) } else { (last, partition) };
            match (first.interval(), second.interval()) {
                (Some(first), Some(second)) => first.end == second.start,
                _ => partitioning.next(first).as_ref() == Some(second),
            }
        };
        match ranges.last_mut() {
            Some((_, last, length)) if beside(last) => (*last, *length) = (partition, *length + 1),
            _ => ranges.push((partition, partition, 1)),
        }
    }
    ranges.into_iter().map(|(first, last, length)| vec![first.to_string(), last.to_string(), number(length)]).collect()
}
