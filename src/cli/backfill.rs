//! The verb `backfill`: runs the chain for many partitions, one after another.
//!
//! Each is a run like any other, so what was done stays done: a backfill that was stopped is gone on with by asking for the
//! same again.

use std::collections::HashMap;

use serde::Serialize;

use super::desk::{Desk, Setup};
use super::exit::Exit;
use super::invocation::{BackfillOrder, Picked, RunOrder, Talk};
use super::run;
use super::table::table;
use super::trouble::Trouble;
use crate::event::Ending;
use crate::ledger::{RunFilter, RunRecord};
use crate::partition::{Partition, Partitioning};
use crate::report::json::Document;
use crate::report::{Palette, Tone};
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
    now: Option<Exit>,
}

pub(super) fn backfill(desk: &mut Desk<'_, '_>, order: &BackfillOrder) -> Result<Exit, Trouble> {
    let setup = desk.set_up()?;
    setup.check()?;
    let Some(partitioning) = setup.config.partitioning.clone() else {
        let message = format!("the data of chain `{}` is not cut into partitions", desk.chain.name());
        return Err(Trouble::new(Exit::Usage, message)
            .hint("`[partitions]` in its configuration says how it is to be, such as `by = \"day\"`"));
    };
    let (first, last) = ends(&setup, &partitioning, order)?;
    let (looked_at, mut picks) = pick(&setup, &partitioning, (&first, &last), order.picked)?;
    if order.reverse {
        picks.reverse();
    }
    if !order.dry_run && picks.len() > order.at_most {
        let (all, most) = (count(picks.len() as u64, "partition"), number(order.at_most as u64));
        return Err(Trouble::new(Exit::Usage, format!("this would run {all}, more than {most}"))
            .hint(format!("`--dry-run` shows which; `--at-most {}` lets it", picks.len())));
    }
    drop(setup);
    let exit = if order.dry_run { Exit::Done } else { run_all(desk, order, &mut picks)? };
    if desk.manner.json {
        let chain = desk.chain.name().to_owned();
        let picked = picks.iter().map(Pick::shown).collect();
        desk.print_document(Backfill { chain, dry_run: order.dry_run, partitions: looked_at, picked })?;
    } else if desk.manner.talk != Talk::Quiet || exit != Exit::Done {
        let text = render(looked_at, &picks, &partitioning, order, desk.manner.palette);
        desk.print(&text)?;
    }
    Ok(exit)
}

/// The first and the last partition that are meant.
fn ends(setup: &Setup, partitioning: &Partitioning, order: &BackfillOrder) -> Result<(Partition, Partition), Trouble> {
    let find = |key: &str| partitioning.find(key).map_err(|error| Trouble::new(Exit::Usage, error));
    let first = find(&order.from)?;
    let last = match &order.to {
        Some(key) => find(key)?,
        None => partitioning.last_complete(setup.orchestrator.job().clock().now()).ok_or_else(|| {
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
fn run_all(desk: &mut Desk<'_, '_>, order: &BackfillOrder, picks: &mut [Pick]) -> Result<Exit, Trouble> {
    let (talk, json) = (desk.manner.talk, desk.manner.json);
    let all = picks.len();
    let mut worst = Exit::Done;
    for (done, pick) in picks.iter_mut().enumerate() {
        desk.manner.partition = Some(pick.partition.to_string());
        let setup = desk.set_up_to_run(false, order.pace)?;
        let blueprint = setup.check()?;
        let cancel = setup.cancel.clone();
        // Who asks for many is told in full of those that fail.
        desk.manner.talk = Talk::Quiet;
        let arguments = vec!["run".to_owned()];
        let performed = run::perform(desk, setup, &blueprint, RunOrder { arguments, ..RunOrder::default() });
        desk.manner.talk = talk;
        let (summary, exit) = performed.map_or_else(|trouble| (None, Err(trouble)), |run| (run.summary, run.exit));
        if let (Some(summary), false, false) = (summary, matches!(exit, Ok(Exit::Done)), json) {
            let partition = desk.manner.palette.paint(Tone::Strong, &pick.partition);
            let text = summary.render(desk.manner.palette, desk.surroundings.width);
            desk.print(&format!("partition {partition}\n{text}\n"))?;
        }
        let exit = exit.unwrap_or_else(|trouble| {
            let text = trouble.render(desk.manner.talk_palette);
            let _ = desk.surroundings.err.write_all(text.as_bytes());
            trouble.exit
        });
        pick.now = Some(exit);
        if talk != Talk::Quiet && !json {
            let mark = if exit == Exit::Done { "✓ done" } else { "✗ failed" };
            let _ = writeln!(desk.surroundings.err, "{mark:<8}  {}  {} of {all}", pick.partition, done + 1);
        }
        if cancel.is_cancelled() {
            desk.manner.partition = None;
            return Ok(if exit == Exit::Done { Exit::Interrupted } else { exit });
        }
        if exit != Exit::Done {
            worst = Exit::Failed;
        }
    }
    desk.manner.partition = None;
    Ok(worst)
}

impl Pick {
    fn shown(&self) -> PickedShown {
        PickedShown {
            partition: self.partition.to_string(),
            before: self.before.map(Ending::as_str),
            ending: self.now.map(|exit| if exit == Exit::Done { "done" } else { "failed" }),
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
    let ended = |is_meant: &dyn Fn(Option<Exit>) -> bool| picks.iter().filter(|pick| is_meant(pick.now)).count() as u64;
    let done = ended(&|now| now == Some(Exit::Done));
    let failed = ended(&|now| now.is_some_and(|exit| exit != Exit::Done));
    let left = ended(&|now| now.is_none());
    let mut text = format!("{} done, {} failed, {} not run\n", number(done), number(failed), number(left));
    for pick in picks.iter().filter(|pick| pick.now.is_some_and(|exit| exit != Exit::Done)) {
        text += &format!("{}  {}\n", palette.paint(Tone::Bad, "✗ failed"), pick.partition);
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
