//! Runs as they are on record: found by what people type, and written for people and programs.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::desk::Setup;
use super::exit::Exit;
use super::trouble::Trouble;
use crate::event::{self, Checked, Ending, Severity, State};
use crate::id::RunId;
use crate::ledger::{Ledger, LedgerError, RunFilter, RunRecord};
use crate::report::{Palette, Tone};
use crate::store::{Holder, Store};
use crate::words::count;

/// How many runs are named where a text fits several.
const NAMED: usize = 5;

/// Whether a text stands for the last of all.
pub(super) fn is_last(text: &str) -> bool {
    text == "last"
}

/// The run that a text names: its id, the beginning of that, its last eight digits, or `last`.
///
/// # Errors
///
/// When the text fits no run on record, or several.
pub(super) fn find(ledger: &dyn Ledger, text: &str) -> Result<RunRecord, Trouble> {
    let trouble = |error: LedgerError| Trouble::from(&error);
    let mut found = if is_last(text) {
        ledger.runs(&RunFilter { limit: Some(1), ..RunFilter::default() }).map_err(trouble)?
    } else {
        ledger.find(text).map_err(trouble)?
    };
    match found.len() {
        0 if is_last(text) => Err(Trouble::new(Exit::Usage, "no run is on record")),
        0 => Err(Trouble::new(Exit::Usage, format!("no run on record begins with `{text}`, or has it as last digits"))
            .hint("`history` lists the runs; `last` is the last one")),
        1 => Ok(found.remove(0)),
        all => {
            let named: Vec<String> =
                found.iter().take(NAMED).map(|run| format!("\n  {}  {}", run.run, clock(run.began))).collect();
            let rest = all.saturating_sub(NAMED);
            let rest = if rest == 0 { String::new() } else { format!("\n  and {rest} more") };
            let all = count(all as u64, "run");
            Err(Trouble::new(Exit::Usage, format!("`{text}` fits {all}:{}{rest}", named.concat()))
                .hint("the last eight digits name a run as well"))
        }
    }
}

/// The runs that go on, as far as can be seen: one at most for each partition.
///
/// # Errors
///
/// When the store cannot be looked into.
pub(super) fn going_on(setup: &Setup) -> Result<BTreeSet<RunId>, Trouble> {
    let unended = RunFilter { ending: Some(None), ..RunFilter::default() };
    let unended = setup.ledger().runs(&unended).map_err(|error| Trouble::from(&error))?;
    let partitions: BTreeSet<&str> = unended.iter().map(|run| run.partition.as_str()).collect();
    let mut going_on = BTreeSet::new();
    for partition in partitions {
        if let Some(Holder::Run(lease)) = setup.store_of(partition).holder().map_err(|error| Trouble::from(&error))? {
            going_on.insert(lease.run);
        }
    }
    Ok(going_on)
}

/// How a run ended; `None` for one that goes on. One without an ending that does not go on was killed.
pub(super) fn ending(run: &RunRecord, going_on: &BTreeSet<RunId>) -> Option<Ending> {
    match run.ending {
        None if going_on.contains(&run.run) => None,
        ending => Some(ending.unwrap_or(Ending::Killed)),
    }
}

/// How long a run took, as far as that is known.
pub(super) fn took(run: &RunRecord) -> Option<Duration> {
    // That a run was killed is found out at some later time.
    let ended = run.ended.filter(|_| run.ending != Some(Ending::Killed))?;
    (ended - run.began).to_std().ok()
}

/// How many steps of a run ended in one of these states.
pub(super) fn steps(run: &RunRecord, states: &[State]) -> u64 {
    run.counts.iter().filter(|(state, _)| states.contains(state)).map(|(_, steps)| steps).sum()
}

/// How a run stands, for people.
pub(super) fn standing(ending: Option<Ending>, palette: Palette) -> String {
    ending.map_or_else(|| palette.paint(Tone::Active, "▸ running"), |ending| palette.ending(ending))
}

/// Arguments as they may be typed into a shell.
pub(super) fn as_typed(arguments: &[String]) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:=+,@%".contains(c);
    let typed = |argument: &String| match argument.chars().all(is_plain) && !argument.is_empty() {
        true => argument.clone(),
        false => format!("'{}'", argument.replace('\'', r"'\''")),
    };
    arguments.iter().map(typed).collect::<Vec<_>>().join(" ")
}

/// What came of a check, for people.
pub(super) fn outcome(checked: &Checked, palette: Palette) -> String {
    let Checked { severity, passed, message, .. } = checked;
    let (tone, word) = match (passed, severity) {
        (true, _) => (Tone::Good, "passed"),
        (false, Severity::Warn) => (Tone::Warning, "warning"),
        (false, Severity::Error) => (Tone::Bad, "failed"),
    };
    let message = message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
    format!("{}{message}", palette.paint(tone, word))
}

/// The schedule that began a run.
pub(super) fn schedule(run: &RunRecord) -> Option<&str> {
    run.request.iter().skip_while(|argument| *argument != "--schedule").nth(1).map(String::as_str)
}

/// The key of the partition that a run is for; `None` where it is for all data.
pub(super) fn partition(run: &RunRecord) -> Option<String> {
    Some(run.partition.clone()).filter(|key| !key.is_empty())
}

/// A time for people, to the second.
pub(super) fn clock(at: DateTime<Utc>) -> String {
    format!("{} UTC", short_clock(at))
}

/// The same where it is plain that it is in UTC.
pub(super) fn short_clock(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A time for programs.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A length of time for programs, in milliseconds.
pub(super) fn millis(time: Duration) -> f64 {
    time.as_micros() as f64 / 1_000.0
}

/// A run in documents.
#[derive(Serialize)]
pub(super) struct RunShown {
    run: String,
    /// Its ending, or `running`.
    state: &'static str,
    /// The partition that it is for; `None` where it is for all data.
    partition: Option<String>,
    /// The schedule that began it.
    schedule: Option<String>,
    began_at: String,
    ended_at: Option<String>,
    elapsed_ms: Option<f64>,
    /// Whether it has published.
    published: bool,
    host: String,
    process: u32,
    /// The arguments that ask for the same again.
    arguments: Vec<String>,
    resumes: Option<String>,
    /// The backfill that it is part of.
    backfill: Option<String>,
    /// How many steps are in each state.
    counts: Vec<CountShown>,
}

#[derive(Serialize)]
struct CountShown {
    state: &'static str,
    steps: u64,
}

impl RunShown {
    pub(super) fn of(run: &RunRecord, going_on: &BTreeSet<RunId>) -> RunShown {
        RunShown {
            run: run.run.to_string(),
            state: ending(run, going_on).map_or("running", Ending::as_str),
            partition: partition(run),
            schedule: schedule(run).map(str::to_owned),
            began_at: time(run.began),
            ended_at: run.ended.map(time),
            elapsed_ms: took(run).map(millis),
            published: run.published,
            host: run.host.clone(),
            process: run.process,
            arguments: run.request.clone(),
            resumes: run.resumes.map(|run| run.to_string()),
            backfill: run.backfill.map(|backfill| backfill.to_string()),
            counts: run.counts.iter().map(|&(state, steps)| CountShown { state: state.as_str(), steps }).collect(),
        }
    }
}

/// Why something failed, in documents.
#[derive(Serialize)]
pub(super) struct FailureShown {
    class: String,
    messages: Vec<String>,
}

impl FailureShown {
    pub(super) fn of(failure: &event::Failure) -> FailureShown {
        FailureShown { class: failure.class.to_string(), messages: failure.messages.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::as_typed;

    #[test]
    fn arguments_can_be_typed_again() {
        let arguments = ["run", "--set", "models.raw.path=in gang/o'clock.csv", "--exclude", "m*"].map(str::to_owned);
        assert_eq!(as_typed(&arguments), r"run --set 'models.raw.path=in gang/o'\''clock.csv' --exclude 'm*'");
    }
}
