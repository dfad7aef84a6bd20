//! A store that lives as long as the process.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tempfile::{NamedTempFile, TempPath};

use super::encode::Writable;
use super::{Current, Store, StoreError};
use crate::id::RunId;
use crate::model::{Content, Storage};
use crate::schema::TableSchema;

/// A [`Store`] in memory: for tests, and for runs whose results nobody keeps.
///
/// ```
/// use purvey::RunId;
/// use purvey::model::{Content, Storage};
/// use purvey::store::{MemoryStore, Store};
///
/// let store = MemoryStore::new();
/// let run = RunId::random();
/// store.stage(run, "exchange_rate", &Storage::Json, &Content::Json("0.93".to_owned()))?;
/// let published = store.publish(run, &[])?;
/// assert_eq!(published[0].path.to_str(), Some("memory:exchange_rate"));
/// # Ok::<(), purvey::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The run that has the store.
    begun: Option<RunId>,
    staged: BTreeMap<RunId, BTreeMap<String, Kept>>,
    current: BTreeMap<String, Kept>,
}

#[derive(Clone, Debug)]
struct Kept {
    storage: Storage,
    content: Content,
    bytes: u64,
    /// The store's own copy of a file, removed with the last who knows it.
    _file: Option<Arc<TempPath>>,
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
    fn begin(&self, run: RunId) -> Result<(), StoreError> {
        let mut state = self.state();
        if let Some(other) = state.begun {
            let holder = format!("run {}", other.short());
            return Err(StoreError::Busy { place: "memory".into(), holder });
        }
        state.begun = Some(run);
        state.staged.clear();
        Ok(())
    }

    fn stage(&self, run: RunId, model: &str, storage: &Storage, content: &Content) -> Result<u64, StoreError> {
        let kept = match Writable::new(model, storage, content)? {
            Writable::Table(frame, _) => Kept::of(storage, content.clone(), frame.estimated_size() as u64),
            Writable::Text(text) => Kept::of(storage, content.clone(), text.len() as u64),
            file @ Writable::File(_) => copied(file, storage)?,
        };
        let bytes = kept.bytes;
        self.state().staged.entry(run).or_default().insert(model.to_owned(), kept);
        Ok(bytes)
    }

    fn publish(&self, run: RunId, carry: &[&str]) -> Result<Vec<Current>, StoreError> {
        let carry: BTreeSet<&str> = carry.iter().copied().collect();
        let mut state = self.state();
        let mut next = std::mem::take(&mut state.current);
        next.retain(|model, _| carry.contains(model.as_str()));
        next.extend(state.staged.remove(&run).unwrap_or_default());
        state.current = next;
        state.begun.take_if(|begun| *begun == run);
        drop(state);
        self.current()
    }

    fn discard(&self, run: RunId) -> Result<(), StoreError> {
        let mut state = self.state();
        state.staged.remove(&run);
        state.begun.take_if(|begun| *begun == run);
        Ok(())
    }

    fn current(&self) -> Result<Vec<Current>, StoreError> {
        let current = |(model, kept): (&String, &Kept)| Current {
            model: model.clone(),
            path: format!("memory:{model}").into(),
            bytes: kept.bytes,
        };
        Ok(self.state().current.iter().map(current).collect())
    }

    fn load(
        &self,
        model: &str,
        storage: &Storage,
        _: Option<&'static TableSchema>,
    ) -> Result<Option<Content>, StoreError> {
        let state = self.state();
        Ok(state.current.get(model).filter(|kept| kept.storage == *storage).map(|kept| kept.content.clone()))
    }
}

impl Kept {
    fn of(storage: &Storage, content: Content, bytes: u64) -> Kept {
        Kept { storage: storage.clone(), content, bytes, _file: None }
    }
}

fn copied(content: Writable<'_>, storage: &Storage) -> Result<Kept, StoreError> {
    let mut file = NamedTempFile::new().map_err(StoreError::io("create a file in", &std::env::temp_dir()))?;
    let path = file.path().to_owned();
    content.write(&path, &mut file)?;
    file.flush().map_err(StoreError::io("write", &path))?;
    let bytes = file.as_file().metadata().map_err(StoreError::io("read", &path))?.len();
    Ok(Kept { _file: Some(Arc::new(file.into_temp_path())), ..Kept::of(storage, Content::File(path), bytes) })
}
