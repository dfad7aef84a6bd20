//! A store in a folder.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::claim::Claim;
use super::encode::{self, Writable};
use super::view::model_of;
use super::{Current, Store, StoreError, fs, view};
use crate::id::RunId;
use crate::model::{Content, Storage};
use crate::schema::TableSchema;

/// A [`Store`] in a folder, where each model is a file that any program can read.
///
/// ```text
/// DIR/clean_bookings.parquet                     → .purvey/current/clean_bookings.parquet
/// DIR/.purvey/current                            → runs/0193f3a8-…
/// DIR/.purvey/runs/0193f3a8-…/clean_bookings.parquet
/// DIR/.purvey/lock                               says which run has the folder
/// DIR/.purvey/chain                              says whose results these are
/// ```
///
/// A run writes into a folder of its own. Publishing it turns the link `current` over to that folder, which is one
/// step for whoever looks. Then the folders of other runs are removed; models that a run carries over are hard links,
/// so nothing is copied. On systems without symbolic links the files in `DIR` are links or copies, replaced one by one.
///
/// See [`Store`] for an example.
#[derive(Debug)]
pub struct FolderStore {
    folder: PathBuf,
    chain: Option<String>,
    claim: Mutex<Option<Claim>>,
}

impl FolderStore {
    /// A store in this folder, which is made when something is stored.
    pub fn new(folder: impl Into<PathBuf>) -> FolderStore {
        FolderStore { folder: folder.into(), chain: None, claim: Mutex::new(None) }
    }

    /// The same for one chain only: a folder that holds the results of another is refused.
    #[must_use]
    pub fn of_chain(self, chain: impl Into<String>) -> FolderStore {
        FolderStore { chain: Some(chain.into()), ..self }
    }

    fn state(&self) -> PathBuf {
        self.folder.join(".purvey")
    }

    fn runs(&self) -> PathBuf {
        self.state().join("runs")
    }

    fn run(&self, run: RunId) -> PathBuf {
        self.runs().join(run.to_string())
    }

    /// The folder of the run that was published last.
    fn published(&self) -> Result<Option<PathBuf>, StoreError> {
        let pointer = self.state().join("current");
        let target = view::pointed(&pointer).map_err(StoreError::io("read", &pointer))?;
        Ok(target.map(|target| self.state().join(target)))
    }

    fn published_names(&self) -> Result<Vec<String>, StoreError> {
        self.published()?.map_or(Ok(Vec::new()), |folder| fs::names(&folder))
    }

    /// Removes the names of files that never came into view.
    fn undo_names(&self) -> Result<(), StoreError> {
        let names = self.published_names()?;
        view::undo(&self.folder, &names.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Removes the folders of all runs but the published one.
    fn sweep(&self) -> Result<(), StoreError> {
        let published = self.published()?;
        let runs = self.runs();
        let folders = fs::names(&runs)?.into_iter().map(|name| runs.join(name));
        folders
            .filter(|folder| published.as_ref().is_none_or(|published| published.file_name() != folder.file_name()))
            .try_for_each(|folder| fs::remove_folder(&folder))
    }

    /// Writes down whose results these are, or refuses if they are another's.
    fn check_chain(&self) -> Result<(), StoreError> {
        let Some(ours) = &self.chain else { return Ok(()) };
        let path = self.state().join("chain");
        match std::fs::read_to_string(&path) {
            Ok(theirs) if theirs.trim() == ours => Ok(()),
            Ok(theirs) => Err(StoreError::OtherChain {
                place: self.folder.clone(),
                theirs: theirs.trim().to_owned(),
                ours: ours.clone(),
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::write(&path, |out| writeln!(out, "{ours}").map_err(StoreError::io("write", &path))).map(|_| ())
            }
            Err(error) => Err(StoreError::io("read", &path)(error)),
        }
    }

    fn claim(&self) -> MutexGuard<'_, Option<Claim>> {
        self.claim.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets go of the folder, if this run has it.
    fn end(&self, run: RunId) {
        self.claim().take_if(|claim| claim.is_of(run));
    }
}

impl Store for FolderStore {
    fn begin(&self, run: RunId) -> Result<(), StoreError> {
        let state = self.state();
        fs::create_folder(&state)?;
        let claim = Claim::new(&self.folder, &state.join("lock"), run)?;
        self.check_chain()?;
        self.sweep()?;
        *self.claim() = Some(claim);
        Ok(())
    }

    fn stage(&self, run: RunId, model: &str, storage: &Storage, content: &Content) -> Result<u64, StoreError> {
        let content = Writable::new(model, storage, content)?;
        let name = file_name(model, storage)?;
        view::check(&self.folder, &[&name], &self.published_names()?)?;
        let folder = self.run(run);
        fs::create_folder(&folder)?;
        let path = folder.join(name);
        fs::write(&path, |out| content.write(&path, out))
    }

    fn publish(&self, run: RunId, carry: &[&str]) -> Result<Vec<Current>, StoreError> {
        let folder = self.run(run);
        fs::create_folder(&folder)?;
        let staged = fs::names(&folder)?;
        let before = self.published_names()?;
        if let Some(published) = self.published()?.filter(|published| *published != folder) {
            let staged: BTreeSet<&str> = staged.iter().map(|name| model_of(name)).collect();
            let carry: BTreeSet<&str> = carry.iter().copied().collect();
            let carried = |name: &&String| carry.contains(model_of(name)) && !staged.contains(model_of(name));
            for name in before.iter().filter(carried) {
                fs::link(&published.join(name), &folder.join(name))?;
            }
            fs::sync_folder(&folder)?;
        }
        let names = fs::names(&folder)?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        view::check(&self.folder, &names, &before)?;
        view::prepare(&self.folder, &names)?;

        let pointer = self.state().join("current");
        view::point(&pointer, &Path::new("runs").join(run.to_string())).map_err(StoreError::io("write", &pointer))?;
        fs::sync_folder(&self.state())?;

        // The new state is there for everybody; what is left over of the old one is the next run's to remove again.
        let tidied = view::finish(&self.folder, &folder, &names, &before).and_then(|()| self.sweep());
        if let Err(error) = tidied {
            log::warn!("the results are published, but {error}");
        }
        let current = self.current();
        self.end(run);
        current
    }

    fn discard(&self, run: RunId) -> Result<(), StoreError> {
        let folder = self.run(run);
        let removed = self.published().and_then(|published| match published {
            Some(published) if published == folder => Ok(()),
            _ => fs::remove_folder(&folder).and_then(|()| self.undo_names()),
        });
        self.end(run);
        removed
    }

    fn current(&self) -> Result<Vec<Current>, StoreError> {
        let Some(folder) = self.published()? else {
            return Ok(Vec::new());
        };
        let mut current = Vec::new();
        for name in fs::names(&folder)? {
            let bytes = std::fs::metadata(folder.join(&name)).map_err(StoreError::io("read", &folder))?.len();
            current.push(Current { model: model_of(&name).to_owned(), path: self.folder.join(&name), bytes });
        }
        current.sort_by(|a, b| a.model.cmp(&b.model));
        Ok(current)
    }

    fn load(
        &self,
        model: &str,
        storage: &Storage,
        schema: Option<&'static TableSchema>,
    ) -> Result<Option<Content>, StoreError> {
        let name = file_name(model, storage)?;
        let Some(path) = self.published()?.map(|folder| folder.join(name)).filter(|path| path.is_file()) else {
            return Ok(None);
        };
        encode::read(model, &path, storage, schema).map(Some)
    }
}

fn file_name(model: &str, storage: &Storage) -> Result<String, StoreError> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    if !model.starts_with(char::is_alphanumeric) || !model.chars().all(is_plain) {
        return Err(StoreError::Name { model: model.to_owned() });
    }
    Ok(match storage.extension() {
        Some("") | None => model.to_owned(),
        Some(extension) => format!("{model}.{extension}"),
    })
}
