//! A store that lives as long as the process.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::Utc;
use tempfile::{NamedTempFile, TempPath};

use super::encode::Writable;
use super::{
    Begun, Condition, Current, Holder, Lease, Publication, Store, StoreError, StoredFile, Version, check_form, fs,
};
use crate::digest::Digest;
use crate::id::RunId;
use crate::model::{Content, Storage};
use crate::schema::TableSchema;

/// A [`Store`] in memory: for tests, and for runs whose results nobody keeps.
///
/// A table has no bytes there: the size of its [`StoredFile`] is what it takes in memory, and the digest is that of its
/// path.
///
/// ```
/// use purvey::RunId;
/// use purvey::model::{Content, Storage};
/// use purvey::store::{MemoryStore, Store, Version};
///
/// let store = MemoryStore::new();
/// let run = RunId::random();
/// store.begin(run)?;
/// store.stage(run, "exchange_rate", &Storage::Json, &Content::Json("0.93".to_owned()))?;
/// let version = Version { model: "exchange_rate".to_owned(), run, extension: "json".to_owned() };
/// let published = store.publish(run, &[version])?;
/// assert_eq!(published[0].path.to_str(), Some("memory:exchange_rate"));
/// # Ok::<(), purvey::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The run that has the store.
    begun: Option<Lease>,
    versions: BTreeMap<Version, Kept>,
    published: Option<Publication>,
}

#[derive(Clone, Debug)]
struct Kept {
    content: Content,
    file: StoredFile,
    /// The store's own copy of a file, removed with the last who knows it.
    _copy: Option<Arc<TempPath>>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn begin(&self, run: RunId) -> Result<Begun, StoreError> {
        let mut state = self.state();
        if let Some(other) = &state.begun {
            let holder = Holder::Run(Box::new(other.clone()));
            return Err(StoreError::Busy { place: "memory".into(), holder, until: None });
        }
        state.begun = Some(Lease::new(run, Utc::now(), Duration::ZERO));
        Ok(Begun { took_over: None })
    }

    fn holder(&self) -> Result<Option<Holder>, StoreError> {
        Ok(self.state().begun.clone().map(|begun| Holder::Run(Box::new(begun))))
    }

    fn end(&self, run: RunId) -> Result<(), StoreError> {
        self.state().begun.take_if(|begun| begun.run == run);
        Ok(())
    }

    fn stage(&self, run: RunId, model: &str, storage: &Storage, content: &Content) -> Result<StoredFile, StoreError> {
        let writable = Writable::new(model, storage, content)?;
        let extension = storage.extension().unwrap_or_default().to_owned();
        let version = Version { model: model.to_owned(), run, extension };
        version.check_name()?;
        let (content, copy) = match writable {
            Writable::File(_) => copied(writable).map(|(path, copy)| (Content::File(path), Some(copy)))?,
            _ => (content.clone(), None),
        };
        let (bytes, digest) = match &content {
            Content::Table(frame) => {
                let path = self.path(&version);
                (frame.estimated_size() as u64, Digest::of_bytes(path.as_os_str().as_encoded_bytes()))
            }
            // It stays where it is: whoever knows of it keeps it there.
            Content::Parquet(file) => (fs::metadata(file.path())?.len(), fs::digest(file.path())?),
            Content::Json(text) => (text.len() as u64, Digest::of_bytes(text.as_bytes())),
            Content::File(path) => (fs::metadata(path)?.len(), fs::digest(path)?),
        };
        let file = StoredFile { extension: version.extension.clone(), bytes, modified: 0, inode: 0, digest };
        self.state().versions.insert(version, Kept { content, file: file.clone(), _copy: copy });
        Ok(file)
    }

    fn publish(&self, run: RunId, versions: &[Version]) -> Result<Vec<Current>, StoreError> {
        let mut state = self.state();
        if state.begun.as_ref().is_none_or(|begun| begun.run != run) {
            let holder = state.begun.clone().map(|begun| Holder::Run(Box::new(begun)));
            return Err(StoreError::LeaseLost { place: "memory".into(), run, holder });
        }
        if let Some(missing) = versions.iter().find(|version| !state.versions.contains_key(version)) {
            return Err(self.missing(missing));
        }
        let mut versions = versions.to_vec();
        versions.sort();
        versions.dedup();
        if state.published.as_ref().is_none_or(|published| published.versions != versions) {
            state.published = Some(Publication { run, versions });
        }
        drop(state);
        self.current()
    }

    fn published(&self) -> Result<Option<Publication>, StoreError> {
        Ok(self.state().published.clone())
    }

    fn current(&self) -> Result<Vec<Current>, StoreError> {
        let state = self.state();
        let published = state.published.iter().flat_map(|published| &published.versions);
        let current = |version: &Version| {
            let path = format!("memory:{}", version.model).into();
            Some(Current { model: version.model.clone(), path, bytes: state.versions.get(version)?.file.bytes })
        };
        Ok(published.filter_map(current).collect())
    }

    fn condition(&self, version: &Version, file: &StoredFile) -> Result<Condition, StoreError> {
        Ok(match self.state().versions.get(version) {
            None => Condition::Missing,
            Some(kept) if kept.file == *file => Condition::Intact,
            Some(_) => Condition::Damaged,
        })
    }

    fn path(&self, version: &Version) -> PathBuf {
        format!("memory:{}/{}", version.run, version.model).into()
    }

    fn load(
        &self,
        version: &Version,
        storage: &Storage,
        _: Option<&'static TableSchema>,
    ) -> Result<Content, StoreError> {
        check_form(version, storage)?;
        let state = self.state();
        state.versions.get(version).map(|kept| kept.content.clone()).ok_or_else(|| self.missing(version))
    }

    fn kept(&self) -> Result<Vec<(RunId, u64)>, StoreError> {
        let mut kept = BTreeMap::new();
        for (version, of) in &self.state().versions {
            *kept.entry(version.run).or_default() += of.file.bytes;
        }
        Ok(kept.into_iter().collect())
    }

    fn remove(&self, run: RunId, except: &[&str]) -> Result<u64, StoreError> {
        let mut state = self.state();
        let State { versions, published, .. } = &mut *state;
        let is_published =
            |version: &Version| published.as_ref().is_some_and(|published| published.versions.contains(version));
        let removed = versions.extract_if(.., |version, _| {
            version.run == run && !except.contains(&version.model.as_str()) && !is_published(version)
        });
        Ok(removed.map(|(_, kept)| kept.file.bytes).sum())
    }
}

impl MemoryStore {
    fn missing(&self, version: &Version) -> StoreError {
        StoreError::io("read", &self.path(version))(std::io::ErrorKind::NotFound.into())
    }
}

/// A copy of a file that the store alone knows.
fn copied(content: Writable<'_>) -> Result<(PathBuf, Arc<TempPath>), StoreError> {
    let mut file = NamedTempFile::new().map_err(StoreError::io("create a file in", &std::env::temp_dir()))?;
    let path = file.path().to_owned();
    content.write(&path, &mut file)?;
    file.flush().map_err(StoreError::io("write", &path))?;
    Ok((path, Arc::new(file.into_temp_path())))
}
