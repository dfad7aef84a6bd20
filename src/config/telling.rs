//! The section `[telling]`: who is told of runs, and how.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use super::mails::MailSettings;
use crate::nearest;
use crate::secret::Secret;
use crate::section::Section;
use crate::section::time::{read as time, write as text};

/// What `[telling]` may say.
///
/// ```
/// use purvey::config::{Config, Request};
///
/// let sets = vec!["telling.events=events.ndjson".to_owned()];
/// let config = Config::load(&Request { sets, ..Request::default() })?;
/// assert_eq!(config.telling.events, Some("events.ndjson".into()));
/// assert!(config.telling.webhooks.is_empty());
/// # Ok::<(), purvey::config::ConfigErrors>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TellingSettings {
    /// The file that each event is appended to as a line of JSON. Relative to the file that says so, as all below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<PathBuf>,
    /// Figures for Prometheus.
    #[serde(skip_serializing_if = "is_default")]
    pub prometheus: PrometheusSettings,
    /// Run events for OpenLineage.
    #[serde(skip_serializing_if = "is_default")]
    pub openlineage: LineageSettings,
    /// Traces and metrics for OpenTelemetry.
    #[serde(skip_serializing_if = "is_default")]
    pub opentelemetry: TelemetrySettings,
    /// Notices to people, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub webhooks: BTreeMap<String, WebhookSettings>,
    /// Notices to people by e-mail, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub mails: BTreeMap<String, MailSettings>,
}

/// What `[telling.prometheus]` may say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PrometheusSettings {
    /// The file that a node exporter's textfile collector reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
}

/// What `[telling.openlineage]` may say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineageSettings {
    /// The file that each run event is appended to as a line of JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The address that each run event is sent to.
    #[serde(skip_serializing)]
    pub url: Option<Address>,
    /// Headers of the requests.
    #[serde(skip_serializing, deserialize_with = "headers")]
    pub headers: BTreeMap<String, Secret<String>>,
    /// The namespace of the jobs.
    pub namespace: String,
    /// How long the end of a run may wait for the receiver.
    #[serde(deserialize_with = "some_time", serialize_with = "text")]
    pub timeout: Duration,
    /// How many more times something is sent that was not taken.
    pub retries: u32,
}

/// What `[telling.opentelemetry]` may say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TelemetrySettings {
    /// The file that traces and metrics are appended to, a line of JSON each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The address of the collector, without `/v1/traces`.
    #[serde(skip_serializing)]
    pub url: Option<Address>,
    /// Headers of the requests.
    #[serde(skip_serializing, deserialize_with = "headers")]
    pub headers: BTreeMap<String, Secret<String>>,
    /// How long the end of a run may wait for the receiver.
    #[serde(deserialize_with = "some_time", serialize_with = "text")]
    pub timeout: Duration,
    /// How many more times something is sent that was not taken.
    pub retries: u32,
}

/// What `[telling.webhooks.<name>]` may say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WebhookSettings {
    /// The address that notices are sent to.
    #[serde(skip_serializing)]
    pub url: Address,
    /// Headers of the requests.
    #[serde(default, skip_serializing, deserialize_with = "headers")]
    pub headers: BTreeMap<String, Secret<String>>,
    /// What it is told of; of everything if absent.
    #[serde(default = "all_notices", deserialize_with = "notices")]
    pub on: Vec<Notice>,
    /// How a notice is written.
    #[serde(default)]
    pub form: Form,
    /// How long the end of a run may wait for the receiver.
    #[serde(default = "default_timeout", deserialize_with = "some_time", serialize_with = "text")]
    pub timeout: Duration,
    /// How many more times something is sent that was not taken.
    #[serde(default = "default_retries")]
    pub retries: u32,
}

/// What people may want to be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Notice {
    /// A run has failed.
    Failure,
    /// A run got done, and the one before it for the same data has failed or was killed; or a model that was late is late no
    /// more.
    Recovery,
    /// A run got done, and a check of severity `warn` did not pass.
    Warning,
    /// A model is older than it may be.
    Lateness,
}

impl Notice {
    /// All of them.
    pub const ALL: [Notice; 4] = [Notice::Failure, Notice::Recovery, Notice::Warning, Notice::Lateness];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Notice::Failure => "failure",
            Notice::Recovery => "recovery",
            Notice::Warning => "warning",
            Notice::Lateness => "lateness",
        }
    }
}

/// How a notice is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Form {
    /// All that is known, as the document `notice`; its `text` is for people.
    #[default]
    Json,
    /// `text` alone, as Slack and those like it take it.
    Slack,
}

/// The address of a receiver. It may be a secret in itself, so that it is never shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Secret<String>);

impl Address {
    /// The address itself. Whoever calls this answers for where it goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Address, D::Error> {
        if !cfg!(feature = "http") {
            return Err(de::Error::custom(
                "this program is built without HTTP; build it with `--features http`, or take this key out",
            ));
        }
        from.deserialize_str(Written)
    }
}

/// Reads an address from its text.
struct Written;

impl Visitor<'_> for Written {
    type Value = Address;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address like \"https://example.org/hook\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Address, E> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        if host.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(E::custom("write an address like \"https://example.org/hook\" (the value is not shown)"));
        }
        Ok(Address(Secret::new(text.to_owned())))
    }
}

impl TellingSettings {
    /// The same with each path as it is meant where the section names it.
    pub(super) fn resolved(mut self, section: &Section) -> TellingSettings {
        let paths = [
            ("events", &mut self.events),
            ("prometheus.file", &mut self.prometheus.file),
            ("openlineage.file", &mut self.openlineage.file),
            ("opentelemetry.file", &mut self.opentelemetry.file),
        ];
        for (key, path) in paths {
            *path = path.take().map(|path| section.resolve(key, &path));
        }
        self
    }
}

impl Default for LineageSettings {
    fn default() -> LineageSettings {
        LineageSettings {
            file: None,
            url: None,
            headers: BTreeMap::new(),
            namespace: "purvey".to_owned(),
            timeout: default_timeout(),
            retries: default_retries(),
        }
    }
}

impl Default for TelemetrySettings {
    fn default() -> TelemetrySettings {
        let (timeout, retries) = (default_timeout(), default_retries());
        TelemetrySettings { file: None, url: None, headers: BTreeMap::new(), timeout, retries }
    }
}

/// The longest that the end of a run may wait.
const LONGEST: Duration = Duration::from_secs(60 * 60);

pub(super) const fn default_timeout() -> Duration {
    Duration::from_secs(10)
}

pub(super) const fn default_retries() -> u32 {
    2
}

pub(super) fn all_notices() -> Vec<Notice> {
    Notice::ALL.to_vec()
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

pub(super) fn some_time<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    match time(from)? {
        Duration::ZERO => Err(de::Error::custom("nobody answers in no time; write a length of time like \"10s\"")),
        time if time > LONGEST => Err(de::Error::custom(
            "no run waits for a receiver for more than an hour; write a length of time like \"10s\"",
        )),
        time => Ok(time),
    }
}

fn headers<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, Secret<String>>, D::Error> {
    let headers = BTreeMap::<String, Secret<String>>::deserialize(from)?;
    for (name, value) in &headers {
        // RFC 9110, 5.1 and 5.5.
        let is_name = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(de::Error::custom(format!("no header can be called `{name}`")));
        }
        if !value.expose().chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
            return Err(de::Error::custom(format!(
                "header `{name}` has characters that no header may have (it is not shown)"
            )));
        }
    }
    Ok(headers)
}

pub(super) fn notices<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Notice>, D::Error> {
    let words = Vec::<String>::deserialize(from)?;
    let notice = |word: &String| {
        Notice::ALL.into_iter().find(|notice| notice.word() == word).ok_or_else(|| {
            let hint = nearest::hint(nearest::name(word, Notice::ALL.map(Notice::word)).as_deref());
            de::Error::custom(format!(
                "people are told of \"failure\", \"recovery\", \"warning\" and \"lateness\", not of \"{word}\"{hint}"
            ))
        })
    };
    words.iter().map(notice).collect()
}
