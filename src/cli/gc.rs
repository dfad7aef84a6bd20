//! The verb `gc`: forgets old runs and killed backfills, and removes what they have left.

use std::collections::BTreeSet;

use serde::Serialize;

use super::args::Pace;
use super::backfill;
use super::desk::{Desk, Setup};
use super::exit::Exit;
use super::invocation::Talk;
use super::trouble::Trouble;
use crate::ledger::RunFilter;
use crate::report::json::Document;
use crate::session::{Keep, Swept};
use crate::words::{bytes, count};

/// The document of `gc`.
#[derive(Serialize)]
struct Gone {
    chain: String,
    dry_run: bool,
    /// The forgotten runs, the last first.
    runs: Vec<String>,
    /// The runs on no record whose files were removed.
    leftovers: Vec<String>,
    /// The backfills that were forgotten though they had no end: killed, and gone on with by nobody. The last first.
    backfills: Vec<String>,
    versions: u64,
    bytes: u64,
}

impl Document for Gone {
    const KIND: &'static str = "gc";
}

pub(super) fn gc(desk: &mut Desk<'_, '_>, keep: &Keep, dry_run: bool) -> Result<Exit, Trouble> {
    let mut swept = Swept::default();
    let setups = setups(desk)?;
    for setup in &setups {
        let part = if dry_run { setup.orchestrator.would_gc(keep) } else { setup.orchestrator.gc(keep) };
        let part = part.map_err(|error| Trouble::of_run(&error, &setup.config))?;
        swept.runs.extend(part.runs);
        swept.leftovers.extend(part.leftovers);
        swept.versions += part.versions;
        swept.bytes += part.bytes;
    }
    // All partitions have one ledger, which says of which backfills they are.
    let mut backfills = Vec::new();
    if let Some(setup) = setups.first() {
        let abandoned = backfill::abandoned(setup, keep, &swept.runs)?;
        backfills = if dry_run { abandoned } else { backfill::forget(setup, abandoned)? };
    }
    if desk.manner.json {
        let chain = desk.chain.name().to_owned();
        let (runs, leftovers, backfills) = (ids(&swept.runs), ids(&swept.leftovers), ids(&backfills));
        let (versions, bytes) = (swept.versions, swept.bytes);
        desk.print_document(Gone { chain, dry_run, runs, leftovers, backfills, versions, bytes })?;
    } else if desk.manner.talk != Talk::Quiet {
        desk.print(&render(&swept, backfills.len(), dry_run))?;
    }
    Ok(Exit::Done)
}

/// The data folder; that of each partition on record, where the data is cut and none is named.
fn setups(desk: &Desk<'_, '_>) -> Result<Vec<Setup>, Trouble> {
    let setup = desk.set_up()?;
    if setup.config.partitioning.is_none() || desk.manner.partition.is_some() {
        return Ok(vec![setup]);
    }
    let partitionings = desk.partitionings(&setup.config)?;
    let recorded = setup.ledger().runs(&RunFilter::default()).map_err(|error| Trouble::from(&error))?;
    let keys: BTreeSet<&str> = recorded.iter().map(|run| run.partition.as_str()).collect();
    // Those that were made when the data was cut in another way stay until they are named.
    let known = keys.into_iter().filter_map(|key| partitionings.known(key));
    known.map(|partition| desk.assemble(setup.config.clone(), Some(partition), false, Pace::default())).collect()
}

fn ids(of: &[impl ToString]) -> Vec<String> {
    of.iter().map(ToString::to_string).collect()
}

fn render(swept: &Swept, backfills: usize, dry_run: bool) -> String {
    let would = |did: &'static str, would: &'static str| if dry_run { would } else { did };
    if swept.is_empty() && backfills == 0 {
        return format!("{} to remove\n", would("there was nothing", "there is nothing"));
    }
    let (runs, versions) = (count(swept.runs.len() as u64, "run"), count(swept.versions, "version"));
    let forgot = would("forgot", "would forget");
    let given_back = would("were", "would be");
    let mut text = format!("{forgot} {runs} and {versions}; {} {given_back} given back\n", bytes(swept.bytes));
    if backfills > 0 {
        let backfills = count(backfills as u64, "backfill");
        text += &format!("{forgot} {backfills} that had been killed\n");
    }
    if !swept.leftovers.is_empty() {
        let runs = count(swept.leftovers.len() as u64, "run");
        text += &format!("{} files of {runs} on no record\n", would("removed", "would remove"));
    }
    text
}
