//! The verb `schedule print`: what systemd or cron needs to run the chain at the times of its schedules.
//!
//! Prints and installs nothing. What the two cannot do stands beside it as a comment.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{arguments, quote, set_up};
use crate::cli::args::Manager;
use crate::cli::arguments::{key_of, sets};
use crate::cli::desk::{Desk, Setup};
use crate::cli::exit::Exit;
use crate::cli::trouble::Trouble;
use crate::config::Scheduled;
use crate::plan::Blueprint;
use crate::report::json::Document;
use crate::schedule::Missed;

/// The document of `schedule print`.
#[derive(Serialize)]
struct Printed {
    chain: String,
    /// `systemd` or `cron`.
    manager: &'static str,
    files: Vec<File>,
}

impl Document for Printed {
    const KIND: &'static str = "schedule_print";
}

#[derive(Serialize)]
struct File {
    /// What the file is to be called; that of cron has no name of its own.
    name: Option<String>,
    text: String,
}

pub(super) fn print(desk: &mut Desk<'_, '_>, manager: Manager) -> Result<Exit, Trouble> {
    let setup = set_up(desk)?;
    let blueprint = setup.check_whole()?;
    let schedules = &setup.config.schedules;
    let caller = Caller::of(desk, &setup, &blueprint)?;
    let (manager, files) = match manager {
        Manager::Systemd => ("systemd", schedules.iter().flat_map(|scheduled| units(scheduled, &caller)).collect()),
        Manager::Cron => ("cron", vec![File { name: None, text: crontab(schedules, &caller) }]),
    };
    if desk.manner.json {
        let chain = desk.chain.name().to_owned();
        desk.print_document(Printed { chain, manager, files })?;
    } else {
        let texts = files.iter().map(|File { name, text }| match name {
            Some(name) => format!("# /etc/systemd/system/{name}\n{text}"),
            None => text.clone(),
        });
        let text = texts.collect::<Vec<_>>().join("\n");
        desk.print(&text)?;
    }
    Ok(Exit::Done)
}

/// How this program was called, so that it can be called so from elsewhere.
struct Caller {
    chain: String,
    /// The folder it works in, which paths are relative to.
    folder: PathBuf,
    program: PathBuf,
    /// The options that a run is to have too.
    options: Vec<String>,
}

impl Caller {
    /// A secret would stand in a file that others may read.
    fn of(desk: &Desk<'_, '_>, setup: &Setup, blueprint: &Blueprint) -> Result<Caller, Trouble> {
        let (manner, surroundings) = (&desk.manner, &*desk.surroundings);
        let absolute = |path: &Path| surroundings.folder.join(path).display().to_string();
        let mut options = Vec::new();
        let mut add = |option: &str, value: Option<String>| {
            options.extend(value.into_iter().flat_map(|value| [option.to_owned(), value]));
        };
        add("--config", manner.request.file.as_deref().map(absolute));
        add("--env", manner.request.environment.clone());
        add("--data", manner.data.as_deref().map(absolute));
        for (set, is_secret) in sets(manner, setup, blueprint) {
            if is_secret {
                let message = format!("`--set {}` is secret, and is not written into a file", key_of(set));
                return Err(Trouble::new(Exit::Usage, message)
                    .hint("leave it out here, and give it to the service by an environment variable"));
            }
            add("--set", Some(set.to_owned()));
        }
        Ok(Caller {
            chain: desk.chain.name().to_owned(),
            folder: surroundings.folder.clone(),
            program: surroundings.program.clone(),
            options,
        })
    }

    /// The words of a command that runs what a schedule runs.
    fn command(&self, scheduled: &Scheduled) -> Vec<String> {
        let mut words = vec![self.program.display().to_string()];
        words.extend(arguments(scheduled));
        words.extend(["--quiet".to_owned(), "--wait".to_owned()]);
        words.extend(self.options.iter().cloned());
        words
    }
}

/// The service and the timer of a schedule.
fn units(scheduled: &Scheduled, caller: &Caller) -> [File; 2] {
    let schedule = &scheduled.schedule;
    let (chain, name) = (&caller.chain, schedule.name());
    let words: Vec<String> = caller.command(scheduled).iter().map(|word| quote::for_systemd(word)).collect();
    let service = format!(
        "[Unit]\n\
         Description=Chain {chain}, as schedule {name} says\n\
         \n\
         [Service]\n\
         Type=oneshot\n\
         WorkingDirectory={}\n\
         ExecStart={}\n",
        // Specifiers count here, and quotes do not.
        caller.folder.display().to_string().replace('%', "%%"),
        words.join(" "),
    );
    let mut timer = format!("[Unit]\nDescription=Times of chain {chain}, schedule {name}: {schedule}\n\n[Timer]\n");
    for times in schedule.on_calendar() {
        timer += &format!("OnCalendar={times}\n");
    }
    timer += "AccuracySec=1s\n";
    if schedule.jitter().as_secs() > 0 {
        timer += &format!("RandomizedDelaySec={}\nFixedRandomDelay=true\n", schedule.jitter().as_secs());
    }
    if schedule.missed() == Missed::All {
        timer += "# `missed = \"all\"`: systemd runs the last of what was missed, and `schedule run` all of it.\n";
    }
    timer += &format!("Persistent={}\n", schedule.missed() != Missed::None);
    if schedule.zone() != "UTC" {
        timer += "# Where clocks are put forward or back: what they leave out is left out, and what comes twice fires the first\n\
                  # time only; `schedule run` leaves nothing out.\n";
    }
    timer += "\n[Install]\nWantedBy=timers.target\n";
    let file = |kind: &str, text: String| File { name: Some(format!("{chain}-{name}.{kind}")), text };
    [file("service", service), file("timer", timer)]
}

/// The lines of a crontab.
fn crontab(schedules: &[Scheduled], caller: &Caller) -> String {
    let mut text = format!("# Chain {}; for `crontab -e`.\n", caller.chain);
    text +=
        "# CRON_TZ is read by cronie. Other programs go by the zone of the machine, which then has to be this one.\n";
    for scheduled in schedules {
        let schedule = &scheduled.schedule;
        let words: Vec<String> = caller.command(scheduled).iter().map(|word| quote::for_cron(word)).collect();
        text += &format!("\n# Schedule {}\n", schedule.name());
        if schedule.missed() != Missed::None {
            text += &format!(
                "# `missed = \"{}\"`: cron runs nothing of what was missed while the machine was off.\n",
                schedule.missed()
            );
        }
        if schedule.jitter().as_secs() > 0 {
            text += "# `jitter`: cron has none.\n";
        }
        let folder = quote::for_cron(&caller.folder.display().to_string());
        text += &format!("CRON_TZ={}\n", schedule.zone());
        text += &format!("{} cd {folder} && {}\n", one_space(schedule.cron().fields()), words.join(" "));
    }
    text
}

/// The fields of a cron text with one space between.
fn one_space(fields: &str) -> String {
    fields.split_whitespace().collect::<Vec<_>>().join(" ")
}
