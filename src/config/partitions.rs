//! The section `[partitions]`: how the data of the chain is cut.

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

use crate::nearest;
use crate::partition::{Partitioning, Unit};

/// What `[partitions]` may say.
///
/// ```
/// use purvey::config::{Config, Request};
///
/// let sets = vec!["partitions.by=day".to_owned(), "partitions.zone=Europe/Zurich".to_owned()];
/// let config = Config::load(&Request { sets, ..Request::default() })?;
/// assert_eq!(config.partitioning.map(|days| days.to_string()).as_deref(), Some("by day in Europe/Zurich"));
/// # Ok::<(), purvey::config::ConfigErrors>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct PartitionSettings {
    written: Written,
    partitioning: Option<Partitioning>,
}

impl PartitionSettings {
    /// How the data is cut; `None` where it is not.
    #[must_use]
    pub fn partitioning(self) -> Option<Partitioning> {
        self.partitioning
    }
}

/// The section as it is written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Written {
    /// `"hour"`, `"day"`, `"week"`, `"month"`, or a list of names.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "by")]
    by: Option<By>,
    /// The time zone, as the IANA database calls it; UTC if absent.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "zone")]
    zone: Option<String>,
    /// The first partition of all; without it time has no beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum By {
    Unit(String),
    List(Vec<String>),
}

impl TryFrom<Written> for PartitionSettings {
    type Error = String;

    fn try_from(written: Written) -> Result<PartitionSettings, String> {
        let zone = written.zone.as_deref();
        let partitioning = match (&written.by, zone) {
            (None, None) if written.start.is_some() => {
                return Err("a start says nothing without `by`, such as `by = \"day\"`".to_owned());
            }
            (None, None) => None,
            (None, Some(_)) => return Err("a zone says nothing without `by`, such as `by = \"day\"`".to_owned()),
            (Some(By::List(_)), Some(_)) => return Err("a list of partitions has no zone; leave `zone` out".to_owned()),
            (Some(By::List(keys)), None) => Some(list(keys)?),
            (Some(By::Unit(word)), zone) => {
                let unit = unit(word).ok_or_else(|| unknown(word))?;
                Some(Partitioning::of_time(unit, zone.unwrap_or("UTC")).map_err(|error| error.to_string())?)
            }
        };
        let partitioning = match (partitioning, &written.start) {
            (Some(partitioning), Some(start)) => {
                let starting = partitioning.starting(start);
                Some(starting.map_err(|error| format!("`start` is no partition: {error}"))?)
            }
            (partitioning, _) => partitioning,
        };
        Ok(PartitionSettings { written, partitioning })
    }
}

impl From<PartitionSettings> for Written {
    fn from(settings: PartitionSettings) -> Written {
        settings.written
    }
}

fn list(keys: &[String]) -> Result<Partitioning, String> {
    Partitioning::of_list(keys.iter().map(String::as_str)).map_err(|error| error.to_string())
}

fn unit(word: &str) -> Option<Unit> {
    Unit::ALL.into_iter().find(|unit| unit.word() == word)
}

fn unknown(word: &str) -> String {
    let similar = nearest::name(word, Unit::ALL.map(Unit::word));
    let hint = nearest::hint(similar.as_deref());
    format!("data is cut by \"hour\", \"day\", \"week\" or \"month\", or by a list, not by \"{word}\"{hint}")
}

/// Found wrong at its own key.
fn by<'de, D: Deserializer<'de>>(from: D) -> Result<Option<By>, D::Error> {
    let by =
        By::deserialize(from).map_err(|_| de::Error::custom("write a text such as \"day\", or a list of texts"))?;
    match &by {
        By::Unit(word) if unit(word).is_none() => return Err(de::Error::custom(unknown(word))),
        By::List(keys) => drop(list(keys).map_err(de::Error::custom)?),
        By::Unit(_) => {}
    }
    Ok(Some(by))
}

/// The same for the zone.
fn zone<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let zone = String::deserialize(from)?;
    Partitioning::of_time(Unit::Day, &zone).map_err(de::Error::custom)?;
    Ok(Some(zone))
}
