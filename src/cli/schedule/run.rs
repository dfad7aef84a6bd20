//! The verb `schedule run`: waits, and runs the chain when its time has come.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::watch::{Ended, Fire, News, Watch};
use super::{arguments, fires, partitions, set_up};
use crate::cli::args::Pace;
use crate::cli::desk::Desk;
use crate::cli::exit::Exit;
use crate::cli::invocation::RunOrder;
use crate::cli::many::run_one;
use crate::cli::runs::time;
use crate::cli::surroundings::Signals;
use crate::cli::trouble::Trouble;
use crate::cli::{freshness, late};
use crate::config::{Config, Scheduled};
use crate::event::Ending;
use crate::partition::Partition;
use crate::plan::{Blueprint, Selection};
use crate::report::json::{Document, Envelope};
use crate::schedule::Schedule;
use crate::session::Request;
use crate::telling::Lateness;
use crate::words::count;

/// So often it is looked whether something is late.
const LOOK: TimeDelta = TimeDelta::minutes(1);

/// The document of a fire that was run.
#[derive(Serialize)]
struct FireShown {
    chain: String,
    schedule: String,
    fire: String,
    /// Whether it was begun before, by a process that is gone.
    again: bool,
    /// How many fires before it were left out.
    left_out: u64,
    runs: Vec<RunShown>,
}

impl Document for FireShown {
    const KIND: &'static str = "fire";
}

#[derive(Serialize)]
struct RunShown {
    partition: Option<String>,
    ending: &'static str,
    exit: u8,
}

pub(super) fn run(desk: &mut Desk<'_, '_>, once: bool, pace: Pace) -> Result<Exit, Trouble> {
    let setup = set_up(desk)?;
    let blueprint = setup.check_whole()?;
    let requests = requests(&setup.config, &blueprint)?;
    let signals = desk.watch_signals()?;
    let fires = fires(&setup);
    let config = setup.config;
    let schedules: Vec<Schedule> = config.schedules.iter().map(|scheduled| scheduled.schedule.clone()).collect();
    let (clock, cancel) = (Arc::clone(&desk.surroundings.clock), desk.cancel.clone());
    let watch = Watch { schedules: &schedules, fires: &fires, clock: &*clock, cancel: &cancel, once };
    let mut keeper =
        Keeper { desk, config: &config, requests, pace, signals: &signals, worst: Exit::Done, looked: None };
    if !once {
        keeper.say(&format!(
            "watches {}: {}",
            count(schedules.len() as u64, "schedule"),
            coming(&schedules, clock.now())
        ));
    }
    let ended = watch.watch(&mut |news| keeper.act(news)).map_err(|error| Trouble::from(&error))?;
    match ended {
        Ended::Stopped => Ok(signals.exit()),
        Ended::Idle => Ok(keeper.worst),
        Ended::Busy => Err(Trouble::new(Exit::Busy, "another process runs what is due")
            .hint("leave it to that one; without `--once` it is waited for")),
    }
}

/// What fires next.
fn coming(schedules: &[Schedule], now: DateTime<Utc>) -> String {
    let next = schedules.iter().filter_map(|schedule| Some((schedule.next_after(now)?, schedule)));
    match next.min_by_key(|(fire, _)| *fire) {
        Some((fire, schedule)) => format!("next {} {}", schedule.name(), schedule.shown(fire)),
        None => "none will fire".to_owned(),
    }
}

/// What each schedule asks a run for. What is wrong with it is to be known now, and not at night.
fn requests(config: &Config, blueprint: &Blueprint) -> Result<Vec<Request>, Trouble> {
    let request = |Scheduled { schedule, select, exclude, .. }: &Scheduled| {
        let section = config.schedule_sections.get(schedule.name());
        let wrong = |key, exit, sentence: &str| {
            let sentence = format!("[{}] {sentence}", section.name());
            Trouble::rendered(exit, config.render_at(&sentence, section.origin(key), None))
        };
        let selection = |key, text: &Option<String>| {
            let parsed = text.as_deref().unwrap_or_default().parse::<Selection>();
            let known = parsed.and_then(|selection| selection.resolve(blueprint).map(|_| selection));
            known.map_err(|error| wrong(key, Exit::Configuration, &format!("picks what there is not: {error}")))
        };
        let selection = selection("select", select)?.without(selection("exclude", exclude)?);
        match selection.resolve(blueprint) {
            Ok(picked) if picked.is_empty() => Err(wrong("select", Exit::Nothing, "picks no task")),
            _ => Ok(Request::of(selection)),
        }
    };
    config.schedules.iter().map(request).collect()
}

/// Runs what is due.
struct Keeper<'k, 's, 'w> {
    desk: &'k mut Desk<'s, 'w>,
    config: &'k Config,
    /// What each schedule asks a run for.
    requests: Vec<Request>,
    pace: Pace,
    signals: &'k Signals,
    /// How the runs have ended so far, at worst.
    worst: Exit,
    /// When it was looked last whether something is late.
    looked: Option<DateTime<Utc>>,
}

impl Keeper<'_, '_, '_> {
    /// Does what there is to do; the exit code of what was run, unless it was stopped.
    fn act(&mut self, news: News) -> Option<u8> {
        let exit = match news {
            News::LeftOut(place, left_out) => {
                let name = self.config.schedules[place].schedule.name();
                self.say(&format!("{name}: {} left out, for nobody was there", count(left_out, "fire")));
                return None;
            }
            News::Run(fire) => self.fire(fire),
            News::Idle => {
                self.look_for_lateness();
                return None;
            }
        };
        match exit {
            Some(Exit::Done) => {}
            // One that did not get done says enough; of several the first is told.
            Some(exit) if self.worst == Exit::Done => self.worst = exit,
            _ => {}
        }
        exit.map(Exit::code)
    }

    /// Tells people of what is late, if anybody wants to hear of it. What is in the way of that is no reason to stop.
    fn look_for_lateness(&mut self) {
        let now = self.desk.surroundings.clock.now();
        let is_new = self.looked.is_none_or(|looked| (now - looked).abs() >= LOOK);
        if !is_new || !Lateness::concerns(&self.config.telling) {
            return;
        }
        self.looked = Some(now);
        let told = self.desk.assemble(self.config.clone(), None, false, self.pace).and_then(|setup| {
            let blueprint = setup.check_whole()?;
            late::tell(self.desk, &setup, &freshness::standings(&setup, &blueprint, &[], None, now)?, true, now)
        });
        if let Err(trouble) = told {
            let text = trouble.render(self.desk.manner.talk_palette);
            let _ = self.desk.surroundings.err.write_all(text.as_bytes());
        }
    }

    /// Runs a fire; `None` where it was stopped.
    fn fire(&mut self, fire: Fire) -> Option<Exit> {
        let scheduled = &self.config.schedules[fire.schedule];
        let schedule = &scheduled.schedule;
        let mut what = format!("{}  {}", schedule.shown(fire.at), schedule.name());
        if fire.again {
            self.say(&format!("{what}  was begun before, and is gone on with"));
        }
        if fire.left_out > 0 {
            self.say(&format!("{what}  {} before it left out", count(fire.left_out, "fire")));
        }
        let mut runs = Vec::new();
        let mut worst = Some(Exit::Done);
        for partition in partitions(self.config, scheduled, fire.at) {
            if self.desk.cancel.is_cancelled() {
                worst = None;
                break;
            }
            let (ending, exit) = self.run_one(fire.schedule, partition.as_ref());
            let ending_shown = self.desk.manner.talk_palette.ending(ending);
            let partition = partition.map(|partition| partition.to_string());
            if let Some(partition) = &partition {
                what = format!("{}  {}  partition {partition}", schedule.shown(fire.at), schedule.name());
            }
            self.say(&format!("{what}  {ending_shown}"));
            runs.push(RunShown { partition, ending: ending.as_str(), exit: exit.code() });
            match ending {
                Ending::Done => {}
                Ending::Cancelled => worst = None,
                _ => worst = worst.map(|worst| if worst == Exit::Done { exit } else { worst }),
            }
        }
        if self.desk.manner.json {
            let (chain, schedule) = (self.desk.chain.name().to_owned(), schedule.name().to_string());
            let shown =
                FireShown { chain, schedule, fire: time(fire.at), again: fire.again, left_out: fire.left_out, runs };
            // Nobody is left to be told when stdout is gone.
            let _ = self.desk.print(&(Envelope::new(shown).to_line() + "\n"));
        }
        worst
    }

    fn run_one(&mut self, place: usize, partition: Option<&Partition>) -> (Ending, Exit) {
        let scheduled = &self.config.schedules[place];
        let order = RunOrder {
            request: self.requests[place].clone(),
            wait: true,
            pace: self.pace,
            arguments: arguments(scheduled),
            ..RunOrder::default()
        };
        run_one(self.desk, self.signals, self.config, partition, order, ("schedule", scheduled.schedule.name()))
    }

    fn say(&mut self, text: &str) {
        self.desk.say(text);
    }
}
