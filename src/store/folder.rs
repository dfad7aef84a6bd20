//! A store in a folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

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
}

impl FolderStore {
    /// A store in this folder, which is made when something is stored.
    pub fn new(folder: impl Into<PathBuf>) -> FolderStore {
        FolderStore { folder: folder.into() }
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

    /// Removes the folders of all runs but this one.
    fn sweep(&self, keep: RunId) -> Result<(), StoreError> {
        let keep = keep.to_string();
        let runs = self.runs();
        fs::names(&runs)?.iter().filter(|name| **name != keep).try_for_each(|name| fs::remove_folder(&runs.join(name)))
    }
}

impl Store for FolderStore {
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
        let tidied = view::finish(&self.folder, &folder, &names, &before).and_then(|()| self.sweep(run));
        if let Err(error) = tidied {
            log::warn!("the results are published, but {error}");
        }
        self.current()
    }

    fn discard(&self, run: RunId) -> Result<(), StoreError> {
        let folder = self.run(run);
        if self.published()?.is_some_and(|published| published == folder) {
            return Ok(());
        }
        fs::remove_folder(&folder)
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
