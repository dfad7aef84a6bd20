//! The stores of all partitions of a chain.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::{FolderStore, MemoryStore, Store};

/// Where the results of each partition are.
pub trait Stores: Send + Sync + fmt::Debug {
    /// The store of the partition with this key; an empty one stands for all data.
    fn of(&self, key: &str) -> Arc<dyn Store>;
}

/// A folder for each partition, within the folder of the chain.
///
/// ```
/// use purvey::store::{FolderStores, Stores, Version};
///
/// let folder = tempfile::tempdir()?;
/// let stores = FolderStores::new(folder.path(), "alpine");
/// let version = Version { model: "bookings".into(), run: purvey::RunId::random(), extension: "parquet".into() };
/// assert!(stores.of("2026-11-21").path(&version).starts_with(folder.path().join("2026-11-21")));
/// # Ok::<(), purvey::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FolderStores {
    folder: PathBuf,
    chain: String,
}

impl FolderStores {
    /// The stores of a chain in its folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, chain: &str) -> FolderStores {
        FolderStores { folder: folder.into(), chain: chain.to_owned() }
    }

    /// The store of the partition with this key; an empty one stands for all data.
    #[must_use]
    pub fn folder(&self, key: &str) -> FolderStore {
        let folder = if key.is_empty() { self.folder.clone() } else { self.folder.join(key) };
        FolderStore::new(folder).of_chain(&self.chain)
    }
}

impl Stores for FolderStores {
    fn of(&self, key: &str) -> Arc<dyn Store> {
        Arc::new(self.folder(key))
    }
}

/// A [`MemoryStore`] for each partition, for tests.
///
/// ```
/// use purvey::store::{MemoryStores, Stores};
///
/// let stores = MemoryStores::default();
/// assert!(stores.of("2026-11-21").published()?.is_none());
/// # Ok::<(), purvey::store::StoreError>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryStores {
    stores: Mutex<BTreeMap<String, Arc<MemoryStore>>>,
}

impl Stores for MemoryStores {
    fn of(&self, key: &str) -> Arc<dyn Store> {
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(stores.entry(key.to_owned()).or_default()) as Arc<dyn Store>
    }
}
