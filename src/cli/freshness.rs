//! The verb `check freshness`: is what is published as young as it has to be?
//!
//! Asks the ledger alone: neither the store nor a source is looked at.

use serde::Serialize;

use super::desk::Desk;
use super::exit::Exit;
use super::table::table;
use super::trouble::Trouble;
use super::{late, runs};
use crate::report::json::Document;
use crate::report::{Palette, Tone};
use crate::words::duration;

mod standing;

pub(super) use standing::{Standing, standings};

/// The document of `check freshness`.
#[derive(Serialize)]
struct Freshness {
    chain: String,
    checked_at: String,
    /// Whether each of them is.
    fresh: bool,
    models: Vec<StandingShown>,
}

impl Document for Freshness {
    const KIND: &'static str = "freshness";
}

#[derive(Serialize)]
struct StandingShown {
    model: String,
    partition: Option<String>,
    published_at: Option<String>,
    /// What the age is counted from: the end of the partition, or when it was published.
    since: Option<String>,
    age_ms: Option<f64>,
    max_age_ms: f64,
    fresh: bool,
}

pub(super) fn freshness(desk: &mut Desk<'_, '_>, models: &[String], notify: bool) -> Result<Exit, Trouble> {
    let setup = desk.set_up()?;
    let blueprint = setup.check_whole()?;
    if notify {
        late::check_concern(&setup)?;
    }
    let now = desk.surroundings.clock.now();
    let standings = standings(&setup, &blueprint, models, desk.manner.partition.as_deref(), now)?;
    if standings.is_empty() {
        let message = format!("no model of chain `{}` says how old it may be", desk.chain.name());
        return Err(Trouble::new(Exit::Usage, message)
            .hint("`max_age = \"26h\"` in [models.<name>], or in `#[row(…)]`, says so"));
    }
    let fresh = standings.iter().all(Standing::is_fresh);
    if desk.manner.json {
        let models = standings.iter().map(StandingShown::of).collect();
        let chain = desk.chain.name().to_owned();
        desk.print_document(Freshness { chain, checked_at: runs::time(now), fresh, models })?;
    } else {
        let text = render(&standings, desk.surroundings.width, desk.manner.palette);
        desk.print(&text)?;
    }
    if notify {
        late::tell(desk, &setup, &standings, models.is_empty(), now)?;
    }
    Ok(if fresh { Exit::Done } else { Exit::Stale })
}

impl StandingShown {
    fn of(standing: &Standing) -> StandingShown {
        StandingShown {
            model: standing.model.clone(),
            partition: standing.partition.clone(),
            published_at: standing.published.map(runs::time),
            since: standing.since.map(runs::time),
            age_ms: standing.age.map(runs::millis),
            max_age_ms: runs::millis(standing.max_age),
            fresh: standing.is_fresh(),
        }
    }
}

fn render(standings: &[Standing], width: u16, palette: Palette) -> String {
    let has_partitions = standings.iter().any(|standing| standing.partition.is_some());
    let header = ["model", "partition", "last published (UTC)", "age", "max age", ""];
    let header = header.into_iter().filter(|title| has_partitions || *title != "partition").map(str::to_owned);
    let rows = standings.iter().map(|standing| {
        let none = || "–".to_owned();
        let word = match (standing.age, standing.is_fresh()) {
            (_, true) => palette.paint(Tone::Good, "fresh"),
            (Some(_), false) => palette.paint(Tone::Bad, "stale"),
            (None, false) => palette.paint(Tone::Bad, "never published"),
        };
        let mut row = vec![standing.model.clone()];
        if has_partitions {
            row.push(standing.partition.clone().unwrap_or_else(none));
        }
        row.push(standing.published.map_or_else(none, runs::short_clock));
        row.push(standing.age.map_or_else(none, duration));
        row.extend([duration(standing.max_age), word]);
        row
    });
    table(&header.collect::<Vec<_>>(), rows, Some(width), palette)
}
