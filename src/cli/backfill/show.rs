//! `backfill show`: how far a backfill has come; also what is told at the end of one.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

use super::begin::RangeShown;
use super::{find, hands};
use crate::cli::desk::{Desk, Setup};
use crate::cli::exit::Exit;
use crate::cli::invocation::Talk;
use crate::cli::runs::{self, as_typed, clock, time};
use crate::cli::table::table;
use crate::cli::trouble::Trouble;
use crate::event::{Ending, State};
use crate::id::{BackfillId, RunId};
use crate::ledger::{BackfillRecord, Ledger, LedgerError, PartitionRecord, RangeRecord, StepRecord};
use crate::report::json::Document;
use crate::report::{Palette, Tone};
use crate::words::{count, number};

/// The document of `backfill` and of its verbs about one.
#[derive(Serialize)]
struct One {
    chain: String,
    #[serde(flatten)]
    backfill: BackfillShown,
    /// What it is to run, in that order.
    ranges: Vec<RangeShown>,
    /// What it has begun, by key.
    begun: Vec<PartitionShown>,
}

impl Document for One {
    const KIND: &'static str = "backfill";
}

/// A backfill in documents.
#[derive(Serialize)]
pub(super) struct BackfillShown {
    backfill: String,
    /// Its ending, or `running`.
    state: &'static str,
    began_at: String,
    ended_at: Option<String>,
    /// When somebody asked for it to stop.
    stop_asked_at: Option<String>,
    host: String,
    process: u32,
    /// How many processes have worked on it, one after another.
    sittings: u32,
    /// The arguments that ask for the same.
    arguments: Vec<String>,
    first: String,
    last: String,
    picked: &'static str,
    reverse: bool,
    jobs_partitions: u32,
    /// How many it is to run.
    partitions: u64,
    done: u64,
    failed: u64,
    cancelled: u64,
    killed: u64,
    running: u64,
    not_begun: u64,
}

#[derive(Serialize)]
struct PartitionShown {
    partition: String,
    state: &'static str,
    run: Option<String>,
    began_at: String,
    ended_at: Option<String>,
    /// Why it failed, in short.
    reason: Option<String>,
}

/// How a backfill and its partitions stand, as far as can be seen.
pub(super) struct Standing {
    /// How it ended; `None` for one that goes on.
    pub(super) ending: Option<Ending>,
    pub(super) running: u64,
    pub(super) killed: u64,
}

impl Standing {
    pub(super) fn of(setup: &Setup, record: &BackfillRecord, going_on: &BTreeSet<RunId>) -> Result<Standing, Trouble> {
        let is_held = hands(setup).holder(record.backfill).map_err(|error| Trouble::from(&error))?.is_some();
        let unended = record.count(None);
        let running = match unended {
            0 => 0,
            _ => {
                let begun = begun(setup, record.backfill)?;
                begun.iter().filter(|partition| ending_of(partition, going_on).is_none()).count() as u64
            }
        };
        let ending = match record.ending {
            None if is_held => None,
            ending => Some(ending.unwrap_or(Ending::Killed)),
        };
        Ok(Standing { ending, running, killed: record.count(Some(Ending::Killed)) + unended.saturating_sub(running) })
    }

    /// How many partitions nobody is done with or at.
    pub(super) fn left(&self, record: &BackfillRecord) -> u64 {
        record.not_begun() + record.count(Some(Ending::Cancelled)) + self.killed
    }
}

/// The partitions that a backfill has begun.
fn begun(setup: &Setup, backfill: BackfillId) -> Result<Vec<PartitionRecord>, Trouble> {
    setup.ledger().begun(backfill).map_err(|error| Trouble::from(&error))
}

/// How a partition ended; `None` while its run goes on. One without an ending whose run does not was killed.
fn ending_of(partition: &PartitionRecord, going_on: &BTreeSet<RunId>) -> Option<Ending> {
    match partition.ending {
        None if partition.run.is_some_and(|run| going_on.contains(&run)) => None,
        ending => Some(ending.unwrap_or(Ending::Killed)),
    }
}

impl BackfillShown {
    pub(super) fn of(record: &BackfillRecord, standing: &Standing) -> BackfillShown {
        BackfillShown {
            backfill: record.backfill.to_string(),
            state: standing.ending.map_or("running", Ending::as_str),
            began_at: time(record.began),
            ended_at: record.ended.map(time),
            stop_asked_at: record.stop_asked.map(time),
            host: record.host.clone(),
            process: record.process,
            sittings: record.sittings,
            arguments: record.request.clone(),
            first: record.ends.0.clone(),
            last: record.ends.1.clone(),
            picked: record.picked.as_str(),
            reverse: record.reverse,
            jobs_partitions: record.jobs,
            partitions: record.partitions,
            done: record.count(Some(Ending::Done)),
            failed: record.count(Some(Ending::Failed)),
            cancelled: record.count(Some(Ending::Cancelled)),
            killed: standing.killed,
            running: standing.running,
            not_begun: record.not_begun(),
        }
    }
}

/// Ranges as they are run: the last first and each from its last, where that is said.
pub(super) fn in_order(ranges: impl Iterator<Item = RangeRecord>, reverse: bool) -> Vec<RangeShown> {
    let shown = |RangeRecord { first, last, partitions }| match reverse {
        false => RangeShown { first, last, partitions },
        true => RangeShown { first: last, last: first, partitions },
    };
    let mut ranges: Vec<RangeShown> = ranges.map(shown).collect();
    if reverse {
        ranges.reverse();
    }
    ranges
}

pub(super) fn show(desk: &mut Desk<'_, '_>, text: &str) -> Result<Exit, Trouble> {
    let setup = desk.set_up()?;
    let record = find(setup.ledger(), text)?;
    let all = All::of(&setup, record)?;
    if desk.manner.json {
        print_document(desk, &setup, &all)?;
    } else {
        let text = all.render(setup.ledger(), desk.manner.palette)?;
        desk.print(&text)?;
    }
    Ok(Exit::Done)
}

/// Says at the end of a backfill, or when there is nothing more to do of it, how it stands.
pub(super) fn show_end(
    desk: &mut Desk<'_, '_>,
    setup: &Setup,
    backfill: BackfillId,
    exit: Exit,
) -> Result<(), Trouble> {
    let record = find(setup.ledger(), &backfill.to_string())?;
    let all = All::of(setup, record)?;
    if desk.manner.json {
        print_document(desk, setup, &all)
    } else if desk.manner.talk != Talk::Quiet || exit != Exit::Done {
        let text = all.render_end(desk.manner.palette);
        desk.print(&text)
    } else {
        Ok(())
    }
}

fn print_document(desk: &mut Desk<'_, '_>, setup: &Setup, all: &All) -> Result<(), Trouble> {
    let document = One {
        chain: all.record.chain.clone(),
        backfill: BackfillShown::of(&all.record, &all.standing),
        ranges: in_order(all.ranges.iter().cloned(), all.record.reverse),
        begun: all.begun.iter().map(|row| row.shown(setup.ledger())).collect::<Result<_, _>>()?,
    };
    desk.print_document(document)
}

/// All that is on record of a backfill.
struct All {
    record: BackfillRecord,
    standing: Standing,
    ranges: Vec<RangeRecord>,
    begun: Vec<Row>,
}

/// A partition and how it ended, as far as can be seen.
struct Row {
    partition: PartitionRecord,
    ending: Option<Ending>,
}

impl Row {
    fn shown(&self, ledger: &dyn Ledger) -> Result<PartitionShown, Trouble> {
        Ok(PartitionShown {
            partition: self.partition.partition.clone(),
            state: self.ending.map_or("running", Ending::as_str),
            run: self.partition.run.map(|run| run.to_string()),
            began_at: time(self.partition.began),
            ended_at: self.partition.ended.map(time),
            reason: self.reason(ledger)?,
        })
    }

    /// Why it failed, in short: what its first failed step says, or why no run came to begin.
    fn reason(&self, ledger: &dyn Ledger) -> Result<Option<String>, Trouble> {
        if self.ending != Some(Ending::Failed) {
            return Ok(None);
        }
        let first_line = |text: &str| text.lines().next().unwrap_or_default().to_owned();
        let Some(run) = self.partition.run else {
            return Ok(self.partition.messages.first().map(|message| first_line(message)));
        };
        let steps = ledger.steps(run).map_err(|error: LedgerError| Trouble::from(&error))?;
        let has_failed = |step: &&StepRecord| matches!(step.state, State::Failed | State::TimedOut);
        Ok(steps.iter().find(has_failed).map(|step| {
            let messages = step.failure.iter().flat_map(|failure| &failure.messages);
            let messages: Vec<String> = messages.map(|message| first_line(message)).collect();
            format!("`{}`: {}", step.task, messages.join(": "))
        }))
    }
}

impl All {
    fn of(setup: &Setup, record: BackfillRecord) -> Result<All, Trouble> {
        let going_on = runs::going_on(setup)?;
        let standing = Standing::of(setup, &record, &going_on)?;
        let ranges = setup.ledger().ranges(record.backfill).map_err(|error| Trouble::from(&error))?;
        let row = |partition: PartitionRecord| Row { ending: ending_of(&partition, &going_on), partition };
        let begun = begun(setup, record.backfill)?.into_iter().map(row).collect();
        Ok(All { record, standing, ranges, begun })
    }

    /// How many partitions are in which state.
    fn counts(&self) -> String {
        let Standing { running, killed, .. } = self.standing;
        let ended = |ending| self.record.count(Some(ending));
        let some = |number_of: u64, word| match number_of {
            0 => String::new(),
            _ => format!("{} {word}, ", number(number_of)),
        };
        format!(
            "{} done, {} failed, {}{}{}{} not run",
            number(ended(Ending::Done)),
            number(ended(Ending::Failed)),
            some(ended(Ending::Cancelled), "cancelled"),
            some(killed, "killed"),
            some(running, "running"),
            number(self.record.not_begun())
        )
    }

    /// What can be done about what is left; nothing while it goes on.
    fn advice(&self) -> Option<String> {
        let id = self.record.backfill.short();
        self.standing.ending?;
        if self.standing.left(&self.record) > 0 {
            Some(format!("`backfill resume {id}` goes on with what is left\n"))
        } else if self.record.count(Some(Ending::Failed)) > 0 {
            Some(format!("`backfill resume {id} --failed` runs what failed once more\n"))
        } else {
            None
        }
    }

    /// What is said when all is over: what failed has been told in full by then.
    fn render_end(&self, palette: Palette) -> String {
        let mut text = format!("backfill {}: {}\n", self.record.backfill.short(), self.counts());
        for row in self.begun.iter().filter(|row| row.ending != Some(Ending::Done)) {
            let _ = writeln!(text, "{}  {}", runs::standing(row.ending, palette), row.partition.partition);
        }
        text + &self.advice().unwrap_or_default()
    }

    fn render(&self, ledger: &dyn Ledger, palette: Palette) -> Result<String, Trouble> {
        let BackfillRecord { backfill, chain, began, host, process, request, ends, .. } = &self.record;
        let mut text = format!("backfill {backfill} of chain {}\n\n", palette.paint(Tone::Strong, chain));
        let mut state = runs::standing(self.standing.ending, palette);
        if self.standing.ending.is_none() && self.record.stop_asked.is_some() {
            state += ", ends after the partitions that run now";
        }
        let mut meant = format!("{}, from {} to {}", count(self.record.partitions, "partition"), ends.0, ends.1);
        meant += if self.record.reverse { ", the last first" } else { "" };
        if self.record.jobs > 1 {
            let _ = write!(meant, ", {} side by side", self.record.jobs);
        }
        let others = match self.record.sittings {
            1 => String::new(),
            sittings => format!(", the last of {sittings} that worked on it"),
        };
        let facts = [
            ("began", clock(*began)),
            ("process", format!("{process} on host {host}{others}")),
            ("asked for", format!("{chain} {}", as_typed(request))),
            ("meant", meant),
            ("state", state),
            ("so far", self.counts()),
        ];
        for (name, fact) in facts {
            let _ = writeln!(text, "{}  {fact}", palette.paint(Tone::Dim, format_args!("{name:<9}")));
        }
        let rows = in_order(self.ranges.iter().cloned(), self.record.reverse).into_iter();
        let rows = rows.map(|range| vec![range.first, range.last, number(range.partitions)]);
        text += "\n";
        text += &table(&["from", "to", "partitions"].map(str::to_owned), rows, None, palette);
        let mut others = self.begun.iter().filter(|row| row.ending != Some(Ending::Done)).peekable();
        if others.peek().is_some() {
            text += "\n";
        }
        for row in others {
            let run = row.partition.run.map(|run| format!("  run {}", run.short())).unwrap_or_default();
            let reason = row.reason(ledger)?.map(|reason| format!("  {reason}")).unwrap_or_default();
            let _ = writeln!(text, "{}  {}{run}{reason}", runs::standing(row.ending, palette), row.partition.partition);
        }
        if let Some(advice) = self.advice() {
            let _ = write!(text, "\n{advice}");
        }
        Ok(text)
    }
}
