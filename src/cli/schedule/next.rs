//! The verb `schedule next`: when the chain is run next.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{fires, partitions, set_up};
use crate::cli::desk::Desk;
use crate::cli::exit::Exit;
use crate::cli::runs::{millis, time};
use crate::cli::table::table;
use crate::cli::trouble::Trouble;
use crate::config::{Config, Scheduled};
use crate::report::json::Document;
use crate::report::{Palette, Tone};
use crate::store::Fired;

/// The document of `schedule next`.
#[derive(Serialize)]
struct Next {
    chain: String,
    schedules: Vec<ScheduleShown>,
}

impl Document for Next {
    const KIND: &'static str = "schedule_next";
}

#[derive(Serialize)]
struct ScheduleShown {
    schedule: String,
    cron: String,
    zone: &'static str,
    jitter_ms: f64,
    missed: &'static str,
    /// The fire that was begun, and has not ended.
    begun: Option<String>,
    /// The fire that ended last.
    last: Option<Last>,
    next: Vec<Coming>,
}

#[derive(Serialize)]
struct Last {
    fire: String,
    ended_at: String,
    exit: u8,
}

#[derive(Serialize)]
struct Coming {
    fire: String,
    begins_at: String,
    partitions: Vec<String>,
    #[serde(skip)]
    at: DateTime<Utc>,
    #[serde(skip)]
    shown: String,
}

pub(super) fn next(desk: &mut Desk<'_, '_>, count: usize) -> Result<Exit, Trouble> {
    let setup = set_up(desk)?;
    setup.check_whole()?;
    let fired = fires(&setup).read().map_err(|error| Trouble::from(&error))?;
    let now = desk.surroundings.clock.now();
    let config = &setup.config;
    let shown = |scheduled: &Scheduled| ScheduleShown::new(config, scheduled, &fired, now, count);
    let schedules: Vec<ScheduleShown> = config.schedules.iter().map(shown).collect();
    if desk.manner.json {
        let chain = desk.chain.name().to_owned();
        desk.print_document(Next { chain, schedules })?;
    } else {
        let text = render(&schedules, desk.manner.palette);
        desk.print(&text)?;
    }
    Ok(Exit::Done)
}

impl ScheduleShown {
    fn new(
        config: &Config,
        scheduled: &Scheduled,
        fired: &BTreeMap<String, Fired>,
        now: DateTime<Utc>,
        count: usize,
    ) -> ScheduleShown {
        let schedule = &scheduled.schedule;
        let fired = fired.get(&**schedule.name());
        let coming = |fire: DateTime<Utc>| Coming {
            fire: time(fire),
            begins_at: time(schedule.begins(fire)),
            partitions: partitions(config, scheduled, fire).iter().flatten().map(ToString::to_string).collect(),
            at: fire,
            shown: schedule.shown(fire),
        };
        // What is to come, also where the clock was put back after a fire.
        let from = fired.map_or(now, |fired| now.max(fired.passed));
        ScheduleShown {
            schedule: schedule.name().to_string(),
            cron: schedule.cron().to_string(),
            zone: schedule.zone(),
            jitter_ms: millis(schedule.jitter()),
            missed: schedule.missed().word(),
            begun: fired.and_then(|fired| fired.begun.as_ref()).map(|begun| time(begun.fire)),
            last: fired.and_then(|fired| fired.ended.as_ref()).map(|ended| Last {
                fire: time(ended.fire),
                ended_at: time(ended.at),
                exit: ended.exit,
            }),
            next: schedule.after(from).take(count).map(coming).collect(),
        }
    }
}

fn render(schedules: &[ScheduleShown], palette: Palette) -> String {
    let mut coming: Vec<(&ScheduleShown, &Coming)> =
        schedules.iter().flat_map(|schedule| schedule.next.iter().map(move |next| (schedule, next))).collect();
    coming.sort_by_key(|(_, next)| next.at);
    // Without partitions there is no column for them.
    let columns = if coming.iter().all(|(_, next)| next.partitions.is_empty()) { 4 } else { 5 };
    let rows = coming.into_iter().map(|(schedule, next)| {
        let begins = next.begins_at[..19].replacen('T', " ", 1);
        let fires = next.shown.replacen('T', " ", 1);
        let mut row =
            vec![fires, schedule.zone.to_owned(), schedule.schedule.clone(), begins, next.partitions.join(", ")];
        row.truncate(columns);
        row
    });
    let header = ["fires", "zone", "schedule", "begins (UTC)", "partition"].map(str::to_owned);
    let mut text = table(&header[..columns], rows, None, palette);
    for schedule in schedules {
        if let Some(begun) = &schedule.begun {
            let name = palette.paint(Tone::Strong, &schedule.schedule);
            text += &format!("{name}: the fire of {begun} was begun, and has not ended\n");
        }
    }
    text
}
