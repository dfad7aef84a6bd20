//! `backfill list`: the backfills on record.

use serde::Serialize;

use super::show::{BackfillShown, Standing};
use crate::cli::desk::Desk;
use crate::cli::exit::Exit;
use crate::cli::runs::{self, short_clock};
use crate::cli::table::table;
use crate::cli::trouble::Trouble;
use crate::event::Ending;
use crate::ledger::BackfillRecord;
use crate::report::Palette;
use crate::report::json::Document;
use crate::words::number;

/// The document of `backfill list`.
#[derive(Serialize)]
struct List {
    chain: String,
    /// The last first.
    backfills: Vec<BackfillShown>,
}

impl Document for List {
    const KIND: &'static str = "backfills";
}

pub(super) fn list(desk: &mut Desk<'_, '_>, last: usize) -> Result<Exit, Trouble> {
    let setup = desk.set_up()?;
    let going_on = runs::going_on(&setup)?;
    let mut found = Vec::new();
    for record in setup.ledger().backfills(last).map_err(|error| Trouble::from(&error))? {
        let standing = Standing::of(&setup, &record, &going_on)?;
        found.push((record, standing));
    }
    let chain = desk.chain.name().to_owned();
    if desk.manner.json {
        let backfills = found.iter().map(|(record, standing)| BackfillShown::of(record, standing)).collect();
        desk.print_document(List { chain, backfills })?;
    } else if found.is_empty() {
        let data = setup.data.0.display();
        desk.print(&format!("no backfill of chain `{chain}` is on record in {data}\n"))?;
    } else {
        let text = render(&found, desk.manner.palette);
        desk.print(&text)?;
    }
    Ok(Exit::Done)
}

fn render(found: &[(BackfillRecord, Standing)], palette: Palette) -> String {
    let header = ["backfill", "began (UTC)", "from", "to", "picked", "partitions", "done", "failed", "left", "state"];
    let rows = found.iter().map(|(record, standing)| {
        vec![
            record.backfill.short(),
            short_clock(record.began),
            record.ends.0.clone(),
            record.ends.1.clone(),
            record.picked.as_str().to_owned(),
            number(record.partitions),
            number(record.count(Some(Ending::Done))),
            number(record.count(Some(Ending::Failed))),
            number(standing.left(record)),
            runs::standing(standing.ending, palette),
        ]
    });
    table(&header.map(str::to_owned), rows, None, palette)
}
