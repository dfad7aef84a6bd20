//! Who is told of runs besides those who look on: files, figures for Prometheus, lineage, traces, and people.
//!
//! Each teller is a fold over [events](crate::event) that writes what one kind of receiver wants to have. What goes over
//! the network waits in a queue that a thread of its own works off, so that no receiver holds up a run; at its end they
//! are waited for, each no longer than its time-out. Whom something could not be told is a warning and never an error.
//!
//! Knows what receivers want to have. Does not know how a run is made or shown.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::config::TellingSettings;
use crate::event::{Event, Fact, Listener};
use crate::id::RunId;
use crate::ledger::Ledger;
use crate::report::json::Events;

mod background;
mod channel;
mod figures;
#[cfg(feature = "http")]
mod http;
mod lateness;
mod lineage;
mod lines;
#[cfg(any(feature = "http", feature = "smtp"))]
mod notice;
mod opentelemetry;
#[cfg(any(feature = "http", feature = "smtp"))]
mod outbox;
mod past;
#[cfg(any(feature = "http", feature = "smtp"))]
mod people;
mod prometheus;
#[cfg(feature = "smtp")]
mod smtp;
#[cfg(test)]
pub(crate) mod tests;

pub use background::Background;
pub use lateness::{Aged, Lateness};

use channel::Channel;
use lineage::Lineage;
use lines::LineFile;
use opentelemetry::Telemetry;
use past::Past;
use prometheus::PrometheusFile;

/// Somebody who tells one kind of receiver.
trait Teller: Send {
    /// Hears of one event; must not take long.
    fn hear(&mut self, event: &Event);

    /// Nothing more happens; what is still to be told has to be on its way after this.
    fn end(&mut self, past: &Past);

    /// What could not be told, as warnings. Waits no longer than the receiver may take.
    fn close(self: Box<Self>) -> Vec<String>;
}

/// All who are told of a run.
///
/// It is a [`Listener`] of the run, and is [ended](Telling::end) after it.
///
/// ```
/// use purvey::config::TellingSettings;
/// use purvey::event::{Ending, Event, Fact, Listener};
/// use purvey::telling::{Background, Telling};
///
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("events.ndjson");
/// let settings = TellingSettings { events: Some(file.clone()), ..TellingSettings::default() };
///
/// let mut telling = Telling::begin(&settings, Background::default())?;
/// # let (run, at) = ("0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e".parse()?, chrono::DateTime::UNIX_EPOCH);
/// telling.hear(&Event { run, at, fact: Fact::RunStarted { chain: "alpine".into(), partition: None, steps: vec![] } });
/// assert!(telling.end(None).is_empty()); // no warnings
/// assert!(std::fs::read_to_string(file)?.contains(r#""event":"run_started","chain":"alpine""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Telling {
    tellers: Vec<Box<dyn Teller>>,
    /// The run, and the key of its partition, once it has begun.
    run: Option<(RunId, String)>,
}

impl Telling {
    /// Opens the files and gets ready to send.
    ///
    /// # Errors
    ///
    /// When a file cannot be opened. Whether anybody answers on the network is not asked.
    pub fn begin(settings: &TellingSettings, background: Background) -> Result<Telling, TellingError> {
        let mut tellers: Vec<Box<dyn Teller>> = Vec::new();
        if let Some(path) = &settings.events {
            let file = LineFile::open("events", path)?;
            tellers.push(Box::new(EventsFile { events: Events::default(), file }));
        }
        if let Some(path) = &settings.prometheus.file {
            tellers.push(Box::new(PrometheusFile::at("prometheus.file", path)?));
        }
        let lineage = &settings.openlineage;
        if lineage.file.is_some() || lineage.url.is_some() {
            let channel = Channel::default().with_file("openlineage.file", lineage.file.as_deref())?;
            #[cfg(feature = "http")]
            let channel = channel.with_lineage(lineage);
            tellers.push(Box::new(Lineage::new(channel, &lineage.namespace, background)));
        }
        let telemetry = &settings.opentelemetry;
        if telemetry.file.is_some() || telemetry.url.is_some() {
            let channel = Channel::default().with_file("opentelemetry.file", telemetry.file.as_deref())?;
            #[cfg(feature = "http")]
            let channel = channel.with_telemetry(telemetry);
            tellers.push(Box::new(Telemetry::new(channel)));
        }
        #[cfg(any(feature = "http", feature = "smtp"))]
        tellers.extend(people::all(settings).into_iter().map(|people| Box::new(people) as Box<dyn Teller>));
        Ok(Telling { tellers, run: None })
    }

    /// Whether nobody is told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tellers.is_empty()
    }

    /// Tells what is left to tell, and returns what could not be told, as warnings for people.
    ///
    /// The ledger says what was before the run. Takes no longer than the longest time-out of a receiver.
    #[must_use]
    pub fn end(mut self, ledger: Option<&dyn Ledger>) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut past = Past::default();
        if let (Some(ledger), Some((run, partition)), false) = (ledger, &self.run, self.is_empty()) {
            match Past::look(ledger, partition, *run) {
                Ok(looked) => past = looked,
                Err(error) => warnings.push(format!("nobody is told how the runs before have ended: {error}")),
            }
        }
        // All of them first, so that they are waited for at the same time.
        for teller in &mut self.tellers {
            teller.end(&past);
        }
        warnings.extend(self.tellers.into_iter().flat_map(Teller::close));
        warnings
    }
}

impl Listener for Telling {
    fn hear(&mut self, event: &Event) {
        if let Fact::RunStarted { partition, .. } = &event.fact {
            self.run = Some((event.run, partition.as_deref().unwrap_or_default().to_owned()));
        }
        for teller in &mut self.tellers {
            teller.hear(event);
        }
    }
}

impl fmt::Debug for Telling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telling").field("tellers", &self.tellers.len()).finish()
    }
}

/// A file that events are told to cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to `{}`: {reason}", path.display())]
pub struct TellingError {
    /// The key of `[telling]` that names it.
    pub key: &'static str,
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub reason: std::io::Error,
}

impl TellingError {
    fn of(key: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> TellingError {
        let path = path.to_owned();
        move |reason| TellingError { key, path, reason }
    }
}

/// Each event as a line of JSON.
struct EventsFile {
    events: Events,
    file: LineFile,
}

impl Teller for EventsFile {
    fn hear(&mut self, event: &Event) {
        self.file.write(self.events.line(event));
    }

    fn end(&mut self, _: &Past) {}

    fn close(self: Box<Self>) -> Vec<String> {
        self.file.close().into_iter().collect()
    }
}
