//! Where the results of runs live: immutable versions, a set of which is published at once.
//!
//! Knows run ids, the content of models and how it is written, and which run has the store. It does not know tasks or
//! plans, and never decides what is to be published or removed: the caller says so.

use std::fmt;
use std::path::PathBuf;

use crate::id::RunId;
use crate::model::{Content, Storage};
use crate::schema::TableSchema;

mod backfills;
mod claim;
mod encode;
mod error;
mod fires;
mod folder;
mod fs;
mod late;
mod lease;
mod memory;
mod stores;
#[cfg(test)]
mod tests;
mod version;
mod view;

pub use backfills::{BackfillInHand, Backfills};
pub use error::StoreError;
pub use fires::{FireBegun, FireEnded, Fired, Fires, FiresInHand};
pub use folder::FolderStore;
pub use late::{Late, LateInHand, LateModel};
pub(crate) use lease::host;
pub use lease::{Holder, Lease};
pub use memory::MemoryStore;
pub use stores::{FolderStores, MemoryStores, Stores};
pub use version::{Condition, Publication, StoredFile, Version};

/// A place for the content of models.
///
/// A run stages what its tasks have made, each content as a [`Version`] of its own that never changes, and publishes
/// versions in the end: its own and those of runs before it. A reader sees what was published last, or what was before
/// it, and never a mix. One run at a time has the store, from [`begin`](Store::begin) to [`end`](Store::end).
///
/// ```
/// use purvey::RunId;
/// use purvey::model::{Content, Storage};
/// use purvey::store::{Condition, FolderStore, Store, Version};
///
/// let folder = tempfile::tempdir()?;
/// let store = FolderStore::new(folder.path());
/// let run = RunId::random();
///
/// store.begin(run)?;
/// let file = store.stage(run, "exchange_rate", &Storage::Json, &Content::Json("0.93".to_owned()))?;
/// assert!(store.current()?.is_empty());
///
/// let version = Version { model: "exchange_rate".to_owned(), run, extension: file.extension.clone() };
/// store.publish(run, &[version.clone()])?;
/// store.end(run)?;
/// assert_eq!(std::fs::read_to_string(folder.path().join("exchange_rate.json"))?, "0.93");
/// assert_eq!(store.condition(&version, &file)?, Condition::Intact);
/// # Ok::<(), purvey::Error>(())
/// ```
pub trait Store: Send + Sync + fmt::Debug {
    /// Gives the store to a run, until [`end`](Store::end), or until its process is gone, however it ended. Says from
    /// whom it was taken over, if its last holder is gone without ending.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] while another run has it.
    fn begin(&self, run: RunId) -> Result<Begun, StoreError>;

    /// Who has the store now, as far as that can be seen without taking it; `None` where nobody does, or where the store
    /// cannot tell.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn holder(&self) -> Result<Option<Holder>, StoreError> {
        Ok(None)
    }

    /// Lets go of the store, if this run has it. What it staged stays.
    ///
    /// # Errors
    ///
    /// When that cannot be written down; the store is let go of all the same.
    fn end(&self, run: RunId) -> Result<(), StoreError>;

    /// A folder for files that this run is going to stage, so that they need not be copied for that; `None` where it makes
    /// no difference where they are. What is in it goes with the run; what a killed process leaves is removed when the next
    /// run begins.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    fn scratch(&self, run: RunId) -> Result<Option<PathBuf>, StoreError> {
        let _ = run;
        Ok(None)
    }

    /// Keeps the content of a model as a version of this run, durably, out of sight of readers. What the run staged of
    /// this model before is replaced.
    ///
    /// # Errors
    ///
    /// When the content cannot be written whole, or cannot be told apart from other content in this form.
    fn stage(&self, run: RunId, model: &str, storage: &Storage, content: &Content) -> Result<StoredFile, StoreError>;

    /// Makes exactly these versions the published ones, in one step, for a run that has the store. Where they are
    /// published already, only what is missing of the paths that people use is made again.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] where the run does not have the store any more; and when a version is missing or
    /// something stands in the way. Then what was published still is, or all of this is: never a mix.
    fn publish(&self, run: RunId, versions: &[Version]) -> Result<Vec<Current>, StoreError>;

    /// The published versions and the run that published them; `None` where nothing is.
    ///
    /// # Errors
    ///
    /// When they cannot be listed.
    fn published(&self) -> Result<Option<Publication>, StoreError>;

    /// What is published, as people find it, in order of the models' names. Models whose files are gone are left out.
    ///
    /// # Errors
    ///
    /// When it cannot be listed.
    fn current(&self) -> Result<Vec<Current>, StoreError>;

    /// Whether the file of a version is as it was written: by its length, its time stamp and its number in the file
    /// system, and by the digest of its bytes only where those differ.
    ///
    /// # Errors
    ///
    /// When it is there and cannot be read.
    fn condition(&self, version: &Version, file: &StoredFile) -> Result<Condition, StoreError>;

    /// The path of a version's file, for people; `memory:<run>/<model>` where it is in memory.
    fn path(&self, version: &Version) -> PathBuf;

    /// The content of a version. The schema is that of the table.
    ///
    /// # Errors
    ///
    /// When its file is gone or cannot be read, or is of another form.
    fn load(
        &self,
        version: &Version,
        storage: &Storage,
        schema: Option<&'static TableSchema>,
    ) -> Result<Content, StoreError>;

    /// The runs that files are kept of, in order, and how many bytes each.
    ///
    /// # Errors
    ///
    /// When they cannot be listed.
    fn kept(&self) -> Result<Vec<(RunId, u64)>, StoreError>;

    /// Removes what is kept of a run, except the versions of these models, and never what is published. Returns the
    /// bytes given back.
    ///
    /// # Errors
    ///
    /// When something cannot be removed.
    fn remove(&self, run: RunId, except: &[&str]) -> Result<u64, StoreError>;
}

/// A store that a run was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Who had it last and is gone without ending, if so.
    pub took_over: Option<Holder>,
}

/// A published model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// The model's name.
    pub model: String,
    /// The path under which it can be found after every run; `memory:<model>` where it is in memory.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
}

/// Refuses to take a version for content of another form.
fn check_form(version: &Version, storage: &Storage) -> Result<(), StoreError> {
    let wanted = storage.extension().unwrap_or_default();
    if version.extension == wanted {
        return Ok(());
    }
    let Version { model, extension, .. } = version.clone();
    Err(StoreError::OtherForm { model, stored: extension, wanted: wanted.to_owned() })
}
