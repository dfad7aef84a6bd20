//! `backfill` without a verb: finds out which partitions are meant, puts that on record, and runs them.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::ranges::{Gathering, Range, total};
use super::side_by_side::{self, Work};
use super::together::{Course, would_call};
use super::{hands, show};
use crate::cli::arguments;
use crate::cli::desk::Desk;
use crate::cli::exit::Exit;
use crate::cli::invocation::{BeginOrder, Talk};
use crate::cli::table::table;
use crate::cli::trouble::Trouble;
use crate::cli::uncut;
use crate::config::Config;
use crate::event::Ending;
use crate::failpoint;
use crate::id::BackfillId;
use crate::ledger::{BackfillBegan, Entry, Ledger, Picked, RunFilter, RunRecord};
use crate::partition::{Partition, Partitioning};
use crate::report::json::Document;
use crate::store::{Backfills, StoreError, host};
use crate::words::{count, names, number};

/// The document of `backfill --dry-run`, and of a backfill that has nothing to run.
#[derive(Serialize)]
struct Planned {
    chain: String,
    /// How many partitions were looked at.
    partitions: u64,
    /// How many of them would be run.
    picked: u64,
    /// Those, in the order they would be.
    ranges: Vec<RangeShown>,
    /// The tasks that would be called for several of them at once.
    called: Vec<String>,
    /// For which of them, in the order they would be.
    calls: Vec<RangeShown>,
}

impl Document for Planned {
    const KIND: &'static str = "backfill_plan";
}

/// Partitions that lie side by side, in documents.
#[derive(Serialize)]
pub(super) struct RangeShown {
    pub(super) first: String,
    pub(super) last: String,
    pub(super) partitions: u64,
}

pub(super) fn begin(desk: &mut Desk<'_, '_>, order: &BeginOrder) -> Result<Exit, Trouble> {
    let config = Config::load(&desk.manner.request)?;
    let setup = desk.assemble(config, None, false, order.pace)?;
    let blueprint = setup.check_whole()?;
    let partitionings = desk.partitionings(&setup.config)?;
    let (partitioning, first) = match &order.from {
        Some(key) => partitionings.find(key)?,
        None => partitionings.first(order.to.as_deref())?,
    };
    let last = last(desk, partitioning, &first, order)?;
    if order.reverse {
        partitionings.check_order(&first, "--reverse")?;
    }
    let jobs = order.width.jobs_partitions.map_or(1, u32::from);
    if jobs > 1 {
        partitionings.check_order(&first, "--jobs-partitions")?;
    }
    let Gathering { ranges, told, .. } = pick(setup.ledger(), partitioning, (&first, &last), order.picked)?;
    let all = total(&ranges);
    uncut::warn(desk, &setup);
    if order.dry_run || all == 0 {
        let course = Course { partitioning, reverse: order.reverse, pace: order.pace };
        let is_one_by_one = order.no_ranges || all == 0;
        let (called, calls) =
            if is_one_by_one { Default::default() } else { would_call(desk, &setup.config, &ranges, course)? };
        return show_plan(desk, order, told, &ranges, (called, calls)).map(|()| Exit::Done);
    }
    if all > order.at_most as u64 {
        let (picked, most) = (count(all, "partition"), number(order.at_most as u64));
        return Err(Trouble::new(Exit::Usage, format!("this would run {picked}, more than {most}"))
            .hint(format!("`--dry-run` shows which; `--at-most {all}` lets it")));
    }
    let backfill = BackfillId::random();
    let request = arguments::on_record(&asked(order, (&first, &last)), &desk.manner, &setup, &blueprint);
    let hands = hands(&setup);
    sweep(&hands, setup.ledger());
    let busy = || Trouble::new(Exit::Busy, "another process has taken the backfill that was to begin");
    let hand = hands.take(backfill).map_err(|error: StoreError| Trouble::from(&error))?.ok_or_else(busy)?;
    let began = Entry::BackfillBegan(BackfillBegan {
        backfill,
        chain: desk.chain.name().to_owned(),
        at: desk.surroundings.clock.now(),
        host: host().to_owned(),
        process: std::process::id(),
        request,
        ends: (first.to_string(), last.to_string()),
        picked: order.picked,
        reverse: order.reverse,
        jobs,
        ranges: ranges.iter().map(Range::record).collect(),
    });
    setup.ledger().append(&[began]).map_err(|error| Trouble::from(&error))?;
    failpoint::reached("backfill recorded");
    desk.say(&format!("backfill {}: {} of {}", backfill.short(), number(all), count(told, "partition")));
    let work = Work {
        backfill,
        ranges: &ranges,
        reverse: order.reverse,
        over: BTreeSet::new(),
        jobs,
        pace: order.pace,
        no_ranges: order.no_ranges,
    };
    side_by_side::carry_out(desk, &setup, hand, work)
}

/// The last partition that is meant.
fn last(
    desk: &Desk<'_, '_>,
    partitioning: &Partitioning,
    first: &Partition,
    order: &BeginOrder,
) -> Result<Partition, Trouble> {
    let last = match &order.to {
        Some(key) => partitioning.find(key).map_err(|error| Trouble::new(Exit::Usage, error))?,
        None => partitioning.last_complete(desk.surroundings.clock.now()).ok_or_else(|| {
            let message = match partitioning.unit() {
                Some(_) => format!("`{first}` is the first partition of all, and it is not over yet"),
                None => "of a list of partitions the last has to be named".to_owned(),
            };
            Trouble::new(Exit::Usage, message).hint("say `--to KEY`")
        })?,
    };
    if partitioning.between(first, &last).next().is_none() {
        return Err(Trouble::new(Exit::Usage, format!("`{last}` comes before `{first}`")));
    }
    Ok(last)
}

/// How many partitions there are between two, and those of them that are to be run.
fn pick(
    ledger: &dyn Ledger,
    partitioning: &Partitioning,
    (first, last): (&Partition, &Partition),
    picked: Picked,
) -> Result<Gathering, Trouble> {
    let recorded = ledger.runs(&RunFilter::default()).map_err(|error| Trouble::from(&error))?;
    let mut known: HashMap<&str, (&RunRecord, bool)> = HashMap::new();
    // The last run of each comes first; whether any was done may be told by an earlier one.
    for run in &recorded {
        let entry = known.entry(&run.partition).or_insert((run, false));
        entry.1 |= run.ending == Some(Ending::Done);
    }
    let mut gathering = Gathering::default();
    for partition in partitioning.between(first, last) {
        let known = known.get(&**partition.key());
        let is_picked = match picked {
            Picked::Missing => known.is_none_or(|(_, is_done)| !is_done),
            // One without an ending was killed, or goes on; to run it says which.
            Picked::Failed => known.is_some_and(|(run, _)| run.ending != Some(Ending::Done)),
            Picked::All => true,
        };
        gathering.tell(partition, is_picked);
    }
    Ok(gathering)
}

/// The arguments that ask for the same, but for options of every verb.
fn asked(order: &BeginOrder, (first, last): (&Partition, &Partition)) -> Vec<String> {
    let mut arguments = vec!["backfill".to_owned(), format!("--from={first}"), format!("--to={last}")];
    let mut add = |argument: Option<String>| arguments.extend(argument);
    add((order.picked != Picked::Missing).then(|| format!("--{}", order.picked.as_str())));
    add(order.reverse.then(|| "--reverse".to_owned()));
    add(order.no_ranges.then(|| "--no-ranges".to_owned()));
    add(order.width.jobs_partitions.map(|jobs| format!("--jobs-partitions={jobs}")));
    add(order.pace.jobs.map(|jobs| format!("--jobs={jobs}")));
    add(order.pace.memory_limit.map(|limit| format!("--memory-limit={}B", limit.as_u64())));
    arguments
}

/// Removes what killed processes have left of backfills that nobody will go on with.
fn sweep(hands: &Backfills, ledger: &dyn Ledger) {
    let is_over = |id: &BackfillId| {
        let found = ledger.find_backfills(&id.to_string());
        found.is_ok_and(|found| found.iter().all(|record| record.ending.is_some()))
    };
    let left = hands.left().unwrap_or_default();
    for id in left.into_iter().filter(is_over) {
        if let Err(error) = hands.sweep(id) {
            log::warn!("what is left of backfill {} is still there: {error}", id.short());
        }
    }
}

/// What would be run.
fn show_plan(
    desk: &mut Desk<'_, '_>,
    order: &BeginOrder,
    told: u64,
    ranges: &[Range],
    (called, calls): (Vec<String>, Vec<RangeShown>),
) -> Result<(), Trouble> {
    let shown = show::in_order(ranges.iter().map(Range::record), order.reverse);
    let picked = total(ranges);
    if desk.manner.json {
        let chain = desk.chain.name().to_owned();
        return desk.print_document(Planned { chain, partitions: told, picked, ranges: shown, called, calls });
    }
    let of = count(told, "partition");
    if picked == 0 {
        let none = match order.picked {
            Picked::Missing => "each was done",
            Picked::Failed => "none has failed",
            Picked::All => "there is none",
        };
        return if desk.manner.talk == Talk::Quiet {
            Ok(())
        } else {
            desk.print(&format!("nothing to run: of {of} {none}\n"))
        };
    }
    let header = ["from", "to", "partitions"].map(str::to_owned);
    let palette = desk.manner.palette;
    let listed = |ranges: Vec<RangeShown>| {
        let rows = ranges.into_iter().map(|range| vec![range.first, range.last, number(range.partitions)]);
        table(&header, rows, None, palette)
    };
    let mut text = format!("would run {} of {of}\n", number(picked)) + &listed(shown);
    if !calls.is_empty() {
        text += &format!("\nwould call {} for several at once, unless up to date\n", names(&called));
        text += &listed(calls);
    }
    desk.print(&text)
}
