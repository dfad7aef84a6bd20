//! Which fires of schedules were run, in a small file of the data folder, and who may run the next.
//!
//! Knows names of schedules and instants; neither when a schedule fires nor what is run. What says that a fire was begun
//! is written before anything of it is run, and what says that it has ended after all of it was; both by one process at a
//! time, which has a lock of the system's meanwhile. So a fire that was begun and has not ended, found by whoever has the
//! lock, is one whose process is gone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::claim::Lock;
use super::{StoreError, fs, host};
use crate::failpoint;
use crate::schedule::Standing;

/// The shape of the file that this program writes.
const FORMAT: u32 = 1;

/// What is on record of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fired {
    /// Each fire up to this instant was run or left out, but for the one that was begun.
    pub passed: DateTime<Utc>,
    /// The fire that was begun, and has not ended.
    pub begun: Option<FireBegun>,
    /// The fire that ended last.
    pub ended: Option<FireEnded>,
}

/// A fire that was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FireBegun {
    /// The fire.
    pub fire: DateTime<Utc>,
    /// When it was begun.
    pub at: DateTime<Utc>,
    /// The machine that runs it.
    pub host: String,
    /// The process that runs it.
    pub process: u32,
}

/// A fire that has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FireEnded {
    /// The fire.
    pub fire: DateTime<Utc>,
    /// When it ended.
    pub at: DateTime<Utc>,
    /// The exit code of its run.
    pub exit: u8,
}

impl Fired {
    /// How far the schedule has come.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing { passed: self.passed, begun: self.begun.as_ref().map(|begun| begun.fire) }
    }
}

/// The shape of the file.
#[derive(Serialize, Deserialize)]
struct Stored {
    format: u32,
    schedules: BTreeMap<String, Fired>,
}

/// The record of the fires of a data folder.
///
/// ```
/// use purvey::store::Fires;
///
/// let folder = tempfile::tempdir()?;
/// let fires = Fires::of(folder.path());
/// let mut hand = fires.take()?.ok_or("nobody else has it")?;
/// hand.meet("nightly", "2026-11-22T12:00:00Z".parse()?)?;
/// hand.begin("nightly", "2026-11-23T04:30:00Z".parse()?, "2026-11-23T04:31:10Z".parse()?)?;
/// assert!(fires.take()?.is_none());
/// assert!(fires.read()?["nightly"].begun.is_some());
/// hand.end("nightly", 0, "2026-11-23T04:35:00Z".parse()?)?;
/// assert_eq!(fires.read()?["nightly"].begun, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Fires {
    folder: PathBuf,
}

impl Fires {
    /// That of this data folder. Makes nothing yet.
    #[must_use]
    pub fn of(data: &Path) -> Fires {
        Fires { folder: data.join(".purvey") }
    }

    /// What is on record now, by the names of the schedules.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn read(&self) -> Result<BTreeMap<String, Fired>, StoreError> {
        let path = self.path();
        let Some(text) = fs::read(&path)? else { return Ok(BTreeMap::new()) };
        let refuse = |reason: String| StoreError::Fires { path: path.clone(), reason };
        let stored: Stored = serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))?;
        match stored.format {
            FORMAT => Ok(stored.schedules),
            other => Err(refuse(format!("it has format {other}, and this program knows {FORMAT}"))),
        }
    }

    /// Takes the right to run fires; `None` while another process has it, or another part of this one.
    ///
    /// # Errors
    ///
    /// When the system refuses, or the record cannot be read.
    pub fn take(&self) -> Result<Option<FiresInHand>, StoreError> {
        fs::create_folder(&self.folder)?;
        let Some(lock) = Lock::take(&self.folder.join("schedule.lock"))? else { return Ok(None) };
        let schedules = self.read()?;
        failpoint::reached("fires taken");
        Ok(Some(FiresInHand { path: self.path(), schedules, _lock: lock }))
    }

    fn path(&self) -> PathBuf {
        self.folder.join("schedule.json")
    }
}

/// The record of fires in the hands of the one process that may run them. Each change is durable when it returns.
#[derive(Debug)]
pub struct FiresInHand {
    path: PathBuf,
    schedules: BTreeMap<String, Fired>,
    _lock: Lock,
}

impl FiresInHand {
    /// What is on record, by the names of the schedules.
    #[must_use]
    pub fn fired(&self) -> &BTreeMap<String, Fired> {
        &self.schedules
    }

    /// Makes a schedule known: what it would have fired before this instant is none of its fires. One that is known stays
    /// as it is.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn meet(&mut self, schedule: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        if self.schedules.contains_key(schedule) {
            return Ok(());
        }
        self.change(schedule, Fired { passed: now, begun: None, ended: None })
    }

    /// Puts on record that a fire is begun, and that all before it are run or left out.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn begin(&mut self, schedule: &str, fire: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), StoreError> {
        let ended = self.schedules.get(schedule).and_then(|fired| fired.ended.clone());
        let begun = FireBegun { fire, at: now, host: host().to_owned(), process: std::process::id() };
        self.change(schedule, Fired { passed: fire, begun: Some(begun), ended })?;
        failpoint::reached("fire begun");
        Ok(())
    }

    /// Puts on record that the fire that was begun has ended.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn end(&mut self, schedule: &str, exit: u8, now: DateTime<Utc>) -> Result<(), StoreError> {
        let Some(Fired { passed, begun: Some(begun), .. }) = self.schedules.get(schedule).cloned() else {
            return Ok(());
        };
        let ended = Some(FireEnded { fire: begun.fire, at: now, exit });
        self.change(schedule, Fired { passed, begun: None, ended })?;
        failpoint::reached("fire ended");
        Ok(())
    }

    /// Puts on record that all fires up to this one are left out.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn leave_out(&mut self, schedule: &str, last: DateTime<Utc>) -> Result<(), StoreError> {
        let ended = self.schedules.get(schedule).and_then(|fired| fired.ended.clone());
        self.change(schedule, Fired { passed: last, begun: None, ended })
    }

    fn change(&mut self, schedule: &str, fired: Fired) -> Result<(), StoreError> {
        let mut schedules = self.schedules.clone();
        schedules.insert(schedule.to_owned(), fired);
        let stored = Stored { format: FORMAT, schedules };
        let text = serde_json::to_string_pretty(&stored).expect("texts, numbers and times have JSON") + "\n";
        fs::write(&self.path, text.as_bytes())?;
        self.schedules = stored.schedules;
        Ok(())
    }
}
