//! Which models people were told are late, in a small file of the data folder, and who may tell them.
//!
//! Knows names of models; neither how old they are nor who is told. It is read, told by, and written by one process at a
//! time, so that several which look at one folder tell of one lateness once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::claim::Lock;
use super::{StoreError, fs};

/// The shape of the file that this program writes.
const FORMAT: u32 = 1;

/// A model that may be late.
///
/// ```
/// let nights = purvey::store::LateModel { model: "nights".to_owned(), partition: None };
/// assert_eq!(nights.model, "nights");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LateModel {
    /// The model.
    pub model: String,
    /// The partition, where each is late by itself.
    pub partition: Option<String>,
}

/// The shape of the file.
#[derive(Serialize, Deserialize)]
struct Stored {
    format: u32,
    late: Vec<Told>,
}

#[derive(Serialize, Deserialize)]
struct Told {
    #[serde(flatten)]
    late: LateModel,
    told: DateTime<Utc>,
}

/// The record of what people were told is late in a data folder.
///
/// ```
/// use purvey::store::{Late, LateModel};
///
/// let folder = tempfile::tempdir()?;
/// let late = Late::of(folder.path());
/// let mut hand = late.take()?.ok_or("nobody else has it")?;
/// assert!(hand.told().is_empty());
/// let nights = LateModel { model: "nights".to_owned(), partition: None };
/// hand.tell([(nights.clone(), "2026-11-23T04:31:00Z".parse()?)].into())?;
/// assert!(hand.told().contains_key(&nights));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Late {
    folder: PathBuf,
}

impl Late {
    /// That of this data folder. Makes nothing yet.
    #[must_use]
    pub fn of(data: &Path) -> Late {
        Late { folder: data.join(".purvey") }
    }

    /// Takes the right to tell people; `None` while another process has it, or another part of this one.
    ///
    /// # Errors
    ///
    /// When the system refuses, or the record cannot be read.
    pub fn take(&self) -> Result<Option<LateInHand>, StoreError> {
        fs::create_folder(&self.folder)?;
        let Some(lock) = Lock::take(&self.folder.join("late.lock"))? else { return Ok(None) };
        let path = self.folder.join("late.json");
        let told = read(&path)?;
        Ok(Some(LateInHand { path, told, _lock: lock }))
    }
}

fn read(path: &Path) -> Result<BTreeMap<LateModel, DateTime<Utc>>, StoreError> {
    let Some(text) = fs::read(path)? else { return Ok(BTreeMap::new()) };
    let refuse = |reason: String| StoreError::Late { path: path.to_owned(), reason };
    let stored: Stored = serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))?;
    match stored.format {
        FORMAT => Ok(stored.late.into_iter().map(|told| (told.late, told.told)).collect()),
        other => Err(refuse(format!("it has format {other}, and this program knows {FORMAT}"))),
    }
}

/// The record in the hands of the one process that may tell people.
#[derive(Debug)]
pub struct LateInHand {
    path: PathBuf,
    told: BTreeMap<LateModel, DateTime<Utc>>,
    _lock: Lock,
}

impl LateInHand {
    /// What people were told is late, and not that it is no more; each with when they were.
    #[must_use]
    pub fn told(&self) -> &BTreeMap<LateModel, DateTime<Utc>> {
        &self.told
    }

    /// Puts on record that this is what people know to be late. It is durable when this returns.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn tell(&mut self, told: BTreeMap<LateModel, DateTime<Utc>>) -> Result<(), StoreError> {
        let late = told.iter().map(|(late, told)| Told { late: late.clone(), told: *told }).collect();
        let stored = Stored { format: FORMAT, late };
        let text = serde_json::to_string_pretty(&stored).expect("texts, numbers and times have JSON") + "\n";
        fs::write(&self.path, text.as_bytes())?;
        self.told = told;
        Ok(())
    }
}
