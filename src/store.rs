//! Where the results of runs live: staged while a run goes on, then published all at once.
//!
//! Knows run ids, the content of models and how it is written. It does not know tasks or plans, and never decides what
//! is to be kept: the caller says so.

use std::fmt;
use std::path::PathBuf;

use crate::id::RunId;
use crate::model::{Content, Storage};
use crate::schema::TableSchema;

mod claim;
mod encode;
mod error;
mod folder;
mod fs;
mod memory;
#[cfg(test)]
mod tests;
mod version;
mod view;

pub use error::StoreError;
pub use folder::FolderStore;
pub use memory::MemoryStore;
pub use version::{Condition, StoredFile, Version};

/// A place for the content of models.
///
/// A run stages what its tasks have made, and publishes it in the end. A reader sees the state that the last published
/// run has left, or the one before, and never a mix. One run at a time has the store, by [`begin`](Store::begin).
///
/// ```
/// use purvey::RunId;
/// use purvey::model::{Content, Storage};
/// use purvey::store::{FolderStore, Store};
///
/// let folder = tempfile::tempdir()?;
/// let store = FolderStore::new(folder.path());
/// let run = RunId::random();
///
/// store.begin(run)?;
/// store.stage(run, "exchange_rate", &Storage::Json, &Content::Json("0.93".to_owned()))?;
/// assert!(store.current()?.is_empty());
///
/// store.publish(run, &[])?;
/// assert_eq!(std::fs::read_to_string(folder.path().join("exchange_rate.json"))?, "0.93");
/// # Ok::<(), purvey::Error>(())
/// ```
pub trait Store: Send + Sync + fmt::Debug {
    /// Gives the store to a run, until that is published or discarded or its process ends, however it ends. What runs
    /// before have staged and not published is removed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] while another run has it.
    fn begin(&self, run: RunId) -> Result<(), StoreError>;

    /// Keeps the content of a model for a run, out of sight; returns its size in bytes. What the run has staged of this
    /// model before is replaced.
    ///
    /// # Errors
    ///
    /// When the content cannot be written whole, or cannot be told apart from other content in this form.
    fn stage(&self, run: RunId, model: &str, storage: &Storage, content: &Content) -> Result<u64, StoreError>;

    /// Makes what the run has staged, and the models to `carry` over from the current state where the run has not
    /// staged them, the current state, in one step. Models that are neither are gone from it. Names to carry that the
    /// current state does not have are passed over.
    ///
    /// # Errors
    ///
    /// When something stands in the way; then the current state is what it was.
    fn publish(&self, run: RunId, carry: &[&str]) -> Result<Vec<Current>, StoreError>;

    /// Forgets what the run has staged.
    ///
    /// # Errors
    ///
    /// When it cannot be removed.
    fn discard(&self, run: RunId) -> Result<(), StoreError>;

    /// What is published, in order of the models' names.
    ///
    /// # Errors
    ///
    /// When it cannot be listed.
    fn current(&self) -> Result<Vec<Current>, StoreError>;

    /// The published content of a model; `None` where there is none in this form. The schema is that of the table.
    ///
    /// # Errors
    ///
    /// When it is there and cannot be read.
    fn load(
        &self,
        model: &str,
        storage: &Storage,
        schema: Option<&'static TableSchema>,
    ) -> Result<Option<Content>, StoreError>;
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
