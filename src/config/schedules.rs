//! The sections `[schedule.<name>]`: when the chain is run.

use std::time::Duration;

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize, Serializer};

use crate::nearest;
use crate::partition::{Cut, Unit};
use crate::plan::Selection;
use crate::schedule::{Cron, Missed, Schedule};
use crate::section::time::{read as time, write as text};
use crate::section::{SectionError, Sections};
use crate::zone;

/// What `[schedule.<name>]` may say.
///
/// ```
/// use purvey::config::{Config, Request};
///
/// let sets = vec!["schedule.nightly.cron=30 4 * * *".to_owned(), "schedule.nightly.zone=Europe/Vienna".to_owned()];
/// let config = Config::load(&Request { sets, ..Request::default() })?;
/// assert_eq!(config.schedules[0].schedule.to_string(), "30 4 * * * in Europe/Vienna");
/// # Ok::<(), purvey::config::ConfigErrors>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScheduleSettings {
    /// Cron text.
    #[serde(deserialize_with = "cron", serialize_with = "cron_text")]
    cron: Cron,
    /// The time zone, as the IANA database calls it.
    #[serde(default = "utc", deserialize_with = "zone")]
    zone: String,
    /// By how much runs may begin later than they fire.
    #[serde(default, deserialize_with = "time", serialize_with = "text")]
    jitter: Duration,
    /// What becomes of fires that came while nobody was there.
    #[serde(default, deserialize_with = "missed", serialize_with = "missed_word")]
    missed: Missed,
    /// The tasks that are run; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "selection")]
    select: Option<String>,
    /// The tasks that are not.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "selection")]
    exclude: Option<String>,
    /// What it runs: the tasks that are run for each of these; those that are run for the chain's partitions if absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "partition", serialize_with = "word")]
    partition: Option<Cut>,
}

/// A schedule of a chain, and what it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Scheduled {
    /// When it is run.
    pub schedule: Schedule,
    /// The tasks that are run; all if absent.
    pub select: Option<String>,
    /// The tasks that are not.
    pub exclude: Option<String>,
    /// What they are run for, where not for the chain's partitions.
    pub partition: Option<Cut>,
}

/// The schedules of these sections, in their order.
pub(super) fn read(sections: &Sections) -> Result<Vec<Scheduled>, Vec<SectionError>> {
    let mut errors = Vec::new();
    let mut schedules = Vec::new();
    for (name, section) in sections.iter() {
        let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let read = section.read::<ScheduleSettings>().and_then(|settings| match is_name(name) {
            true => settings.named(name).map_err(|message| section.senseless(message)),
            // Files of systemd are called after it.
            false => Err(section.senseless("a schedule is named by letters, digits, `-` and `_`".to_owned())),
        });
        match read {
            Ok(scheduled) => schedules.push(scheduled),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(schedules) } else { Err(errors) }
}

impl ScheduleSettings {
    fn named(self, name: &str) -> Result<Scheduled, String> {
        let schedule = Schedule::new(name, self.cron, &self.zone).map_err(|error| error.to_string())?;
        let schedule = schedule.with_jitter(self.jitter).with_missed(self.missed);
        Ok(Scheduled { schedule, select: self.select, exclude: self.exclude, partition: self.partition })
    }
}

fn utc() -> String {
    "UTC".to_owned()
}

fn cron<'de, D: Deserializer<'de>>(from: D) -> Result<Cron, D::Error> {
    Cron::parse(&String::deserialize(from)?).map_err(de::Error::custom)
}

fn cron_text<S: Serializer>(cron: &Cron, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(cron)
}

fn zone<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let zone = String::deserialize(from)?;
    zone::find(&zone).map_err(de::Error::custom)?;
    Ok(zone)
}

fn missed<'de, D: Deserializer<'de>>(from: D) -> Result<Missed, D::Error> {
    let word = String::deserialize(from)?;
    Missed::ALL.into_iter().find(|missed| missed.word() == word).ok_or_else(|| {
        let similar = nearest::name(&word, Missed::ALL.map(Missed::word));
        let hint = nearest::hint(similar.as_deref());
        de::Error::custom(format!("of what was missed \"last\", \"all\" or \"none\" is run, not \"{word}\"{hint}"))
    })
}

fn missed_word<S: Serializer>(missed: &Missed, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(missed)
}

/// Found wrong at its own key.
fn selection<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(from)?;
    if text.trim().is_empty() {
        return Err(de::Error::custom("a selection is empty; leave the key out"));
    }
    text.parse::<Selection>().map_err(de::Error::custom)?;
    Ok(Some(text))
}

fn partition<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Cut>, D::Error> {
    let word = String::deserialize(from)?;
    let cuts = || Unit::ALL.map(Cut::By).into_iter().chain([Cut::All]);
    cuts().find(|cut| cut.word() == word).map(Some).ok_or_else(|| {
        let similar = nearest::name(&word, cuts().map(Cut::word));
        let hint = nearest::hint(similar.as_deref());
        de::Error::custom(format!(
            "tasks are run for each \"hour\", \"day\", \"week\" or \"month\", or for \"all\" data, not for \"{word}\"{hint}"
        ))
    })
}

fn word<S: Serializer>(cut: &Option<Cut>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(cut.map_or("", Cut::word))
}
