//! Where results and records are kept, and how files are lost there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use purvey::RunId;
use purvey::ledger::{Ledger, MemoryLedger, SqliteLedger};
use purvey::model::{Content, Storage};
use purvey::prelude::*;
use purvey::schema::TableSchema;
use purvey::store::{
    Begun, Condition, Current, FolderStore, MemoryStore, Publication, Store, StoreError, StoredFile, Version,
};

/// How a file is lost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Loss {
    Deleted,
    Overwritten,
    /// Written again with the same content: nothing is lost.
    Copied,
}

/// A place for results and records.
pub(super) trait Place {
    fn store(&self) -> Arc<dyn Store>;
    fn ledger(&self) -> Arc<dyn Ledger>;
    fn lose(&self, version: &Version, loss: Loss);
}

/// A place in memory.
#[derive(Debug, Default)]
pub(super) struct InMemory {
    store: Arc<Frail>,
    ledger: Arc<MemoryLedger>,
}

impl Place for InMemory {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store) as Arc<dyn Store>
    }

    fn ledger(&self) -> Arc<dyn Ledger> {
        Arc::clone(&self.ledger) as Arc<dyn Ledger>
    }

    fn lose(&self, version: &Version, loss: Loss) {
        let condition = match loss {
            Loss::Deleted => Condition::Missing,
            Loss::Overwritten => Condition::Damaged,
            Loss::Copied => return,
        };
        // What is gone cannot be damaged any more.
        let mut lost = self.store.lost.lock().unwrap();
        lost.entry(version.clone()).and_modify(|known| *known = worse(*known, condition)).or_insert(condition);
    }
}

fn worse(one: Condition, other: Condition) -> Condition {
    if one == Condition::Missing { one } else { other }
}

/// A place on a disk. Store and ledger are opened each time anew, as by another process.
#[derive(Debug)]
pub(super) struct OnDisk(tempfile::TempDir);

impl OnDisk {
    /// Where the system has a disk in memory, there: whether files outlive the machine is not asked here.
    pub(super) fn new() -> OnDisk {
        let shared = Path::new("/dev/shm");
        let folder = if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() };
        OnDisk(folder.unwrap())
    }
}

impl Place for OnDisk {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(FolderStore::new(self.0.path()))
    }

    fn ledger(&self) -> Arc<dyn Ledger> {
        Arc::new(SqliteLedger::at(self.0.path().join(".purvey/ledger.sqlite")))
    }

    fn lose(&self, version: &Version, loss: Loss) {
        let path = self.store().path(version);
        let Ok(text) = std::fs::read(&path) else { return };
        std::fs::remove_file(&path).unwrap();
        match loss {
            Loss::Deleted => {}
            Loss::Overwritten => std::fs::write(&path, "lost").unwrap(),
            Loss::Copied => std::fs::write(&path, text).unwrap(),
        }
    }
}

/// A store in memory that loses things.
#[derive(Debug, Default)]
struct Frail {
    inner: MemoryStore,
    lost: Mutex<BTreeMap<Version, Condition>>,
}

impl Frail {
    fn lost(&self, version: &Version) -> Option<Condition> {
        self.lost.lock().unwrap().get(version).copied()
    }

    fn failed(&self, version: &Version) -> StoreError {
        let source = std::io::ErrorKind::NotFound.into();
        StoreError::Io { action: "read", path: self.inner.path(version), source }
    }
}

impl Store for Frail {
    fn begin(&self, run: RunId) -> Result<Begun, StoreError> {
        self.inner.begin(run)
    }

    fn end(&self, run: RunId) -> Result<(), StoreError> {
        self.inner.end(run)
    }

    fn stage(&self, run: RunId, model: &str, storage: &Storage, content: &Content) -> Result<StoredFile, StoreError> {
        self.inner.stage(run, model, storage, content)
    }

    fn publish(&self, run: RunId, versions: &[Version]) -> Result<Vec<Current>, StoreError> {
        match versions.iter().find(|version| self.lost(version) == Some(Condition::Missing)) {
            Some(version) => Err(self.failed(version)),
            None => self.inner.publish(run, versions),
        }
    }

    fn published(&self) -> Result<Option<Publication>, StoreError> {
        self.inner.published()
    }

    fn current(&self) -> Result<Vec<Current>, StoreError> {
        self.inner.current()
    }

    fn condition(&self, version: &Version, file: &StoredFile) -> Result<Condition, StoreError> {
        self.lost(version).map_or_else(|| self.inner.condition(version, file), Ok)
    }

    fn path(&self, version: &Version) -> PathBuf {
        self.inner.path(version)
    }

    fn load(
        &self,
        version: &Version,
        storage: &Storage,
        schema: Option<&'static TableSchema>,
    ) -> Result<Content, StoreError> {
        match self.lost(version) {
            Some(_) => Err(self.failed(version)),
            None => self.inner.load(version, storage, schema),
        }
    }

    fn kept(&self) -> Result<Vec<(RunId, u64)>, StoreError> {
        self.inner.kept()
    }

    fn remove(&self, run: RunId, except: &[&str]) -> Result<u64, StoreError> {
        self.inner.remove(run, except)
    }
}
