//! A store in a folder.

use std::collections::BTreeSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::Utc;

use super::claim::{Claim, Terms};
use super::encode::{self, Writable};
use super::version::{inode, modified};
use super::view::View;
use super::{
    Begun, Condition, Current, Holder, Publication, Store, StoreError, StoredFile, Version, check_form, fs, lease,
};
use crate::failpoint;
use crate::id::RunId;
use crate::model::{Content, Storage};
use crate::schema::TableSchema;

/// A [`Store`] in a folder, where each model is a file that any program can read.
///
/// ```text
/// DIR/clean_bookings.parquet                → .purvey/current/clean_bookings.parquet: what people read
/// DIR/.purvey/current                       → sets/0193f3a8-…-1: the versions that are published together
/// DIR/.purvey/sets/0193f3a8-…-1/clean_bookings.parquet
///                                           → ../../versions/0193f3a8-…/clean_bookings.parquet
/// DIR/.purvey/versions/0193f3a8-…/clean_bookings.parquet
///                                             written once by that run, then read-only
/// DIR/.purvey/scratch/0193f3a8-…              files of that run that are scanned by its tasks, until it ends
/// DIR/.purvey/lock, DIR/.purvey/lease         who has the folder
/// DIR/.purvey/chain                           whose results these are
/// ```
///
/// A run writes into a folder of its own below `versions`. Publishing makes a set of links to versions, of this run and
/// of others, and turns the link `current` over to it, which is one step for whoever looks. The set that was published
/// before stays until the next one is, for those who are on the way through it; versions stay until they are removed.
/// Files in `DIR` and `.purvey` that are not named here are left alone.
///
/// On systems without symbolic links, `current` and the files of a set are small files with the path they would lead
/// to, and the files in `DIR` are hard links or copies of the versions, replaced one by one when `current` is.
///
/// See [`Store`] for an example.
#[derive(Debug)]
pub struct FolderStore {
    view: View,
    chain: Option<String>,
    terms: Terms,
    claim: Mutex<Option<Claim>>,
    /// The runs of this process that have asked for a place for files, by the names of these folders.
    scratched: Mutex<BTreeSet<String>>,
}

impl FolderStore {
    /// A store in this folder, which is made when something is stored.
    pub fn new(folder: impl Into<PathBuf>) -> FolderStore {
        FolderStore::with(folder, cfg!(unix), Terms::default())
    }

    /// The same with or without symbolic links, and with other terms of its lease.
    pub(super) fn with(folder: impl Into<PathBuf>, links: bool, terms: Terms) -> FolderStore {
        FolderStore {
            view: View::new(folder.into(), links),
            chain: None,
            terms,
            claim: Mutex::new(None),
            scratched: Mutex::default(),
        }
    }

    /// The same for one chain only: a folder that holds the results of another is refused.
    #[must_use]
    pub fn of_chain(self, chain: impl Into<String>) -> FolderStore {
        FolderStore { chain: Some(chain.into()), ..self }
    }

    fn versions(&self) -> PathBuf {
        self.view.state().join("versions")
    }

    /// Writes down whose results these are, or refuses if they are another's.
    fn check_chain(&self) -> Result<(), StoreError> {
        let Some(ours) = &self.chain else { return Ok(()) };
        let path = self.view.state().join("chain");
        match fs::read(&path)? {
            None => fs::write(&path, format!("{ours}\n").as_bytes()),
            Some(theirs) if theirs.trim() == ours => Ok(()),
            Some(theirs) => Err(StoreError::OtherChain {
                place: self.view.folder().to_owned(),
                theirs: theirs.trim().to_owned(),
                ours: ours.clone(),
            }),
        }
    }

    /// Removes what processes that are gone have left of the files they were writing for their readers.
    fn sweep_scratch(&self) -> Result<(), StoreError> {
        let folder = self.view.state().join("scratch");
        let ours = self.scratched.lock().unwrap_or_else(PoisonError::into_inner);
        fs::all_names(&folder)?
            .iter()
            .filter(|name| !ours.contains(*name))
            .try_for_each(|name| fs::remove_folder(&folder.join(name)))
    }

    /// A published version as people find it.
    fn seen(&self, version: &Version, file: &Metadata) -> Current {
        let path = self.view.folder().join(version.file_name());
        Current { model: version.model.clone(), path, bytes: file.len() }
    }

    fn claim(&self) -> MutexGuard<'_, Option<Claim>> {
        self.claim.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses a run that does not have the folder, or not any more.
    fn confirm(&self, run: RunId) -> Result<(), StoreError> {
        if let Some(claim) = self.claim().as_ref().filter(|claim| claim.is_of(run)) {
            return claim.confirm();
        }
        let holder = lease::read(&self.view.state().join("lease"))?;
        Err(StoreError::LeaseLost { place: self.view.folder().to_owned(), run, holder })
    }
}

impl Store for FolderStore {
    fn begin(&self, run: RunId) -> Result<Begun, StoreError> {
        let state = self.view.state();
        fs::create_folder(&state)?;
        let (claim, took_over) = Claim::new(self.view.folder(), &state, run, self.terms)?;
        if let Err(error) = self.check_chain().and_then(|()| self.view.sweep()).and_then(|()| self.sweep_scratch()) {
            // The first error is the one to tell.
            let _ = claim.end();
            return Err(error);
        }
        *self.claim() = Some(claim);
        Ok(Begun { took_over })
    }

    fn holder(&self) -> Result<Option<Holder>, StoreError> {
        let holder = lease::read(&self.view.state().join("lease"))?;
        Ok(holder.filter(|holder| matches!(holder, Holder::Run(lease) if lease.counts(Utc::now()))))
    }

    fn end(&self, run: RunId) -> Result<(), StoreError> {
        let claim = self.claim().take_if(|claim| claim.is_of(run));
        claim.map_or(Ok(()), Claim::end)
    }

    fn scratch(&self, run: RunId) -> Result<Option<PathBuf>, StoreError> {
        let name = run.to_string();
        let folder = self.view.state().join("scratch").join(&name);
        // Not only now: what was given away may be read when another run has begun.
        self.scratched.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
        fs::create_folder(&folder)?;
        Ok(Some(folder))
    }

    fn stage(&self, run: RunId, model: &str, storage: &Storage, content: &Content) -> Result<StoredFile, StoreError> {
        let content = Writable::new(model, storage, content)?;
        let extension = storage.extension().unwrap_or_default().to_owned();
        let version = Version { model: model.to_owned(), run, extension };
        version.check_name()?;
        self.view.check([&version])?;
        let folder = self.view.made_by(run);
        fs::create_folder(&folder)?;

        let path = folder.join(version.file_name());
        let mut file = match content.written().map(|(from, written)| fs::Partial::link(&path, from, written)) {
            Some(Some(file)) => file,
            _ => fs::Partial::create(&path)?,
        };
        failpoint::reached("stage created");
        if !file.is_written() {
            content.write(&path, file.out())?;
            file.flush()?;
        }
        failpoint::reached("stage written");
        file.protect()?;
        file.sync()?;
        failpoint::reached("stage synced");
        let (bytes, digest) = file.keep()?;
        failpoint::reached("stage renamed");
        let metadata = fs::metadata(&path)?;
        let (modified, inode) = (modified(&metadata), inode(&metadata));
        Ok(StoredFile { extension: version.extension, bytes, modified, inode, digest })
    }

    fn publish(&self, run: RunId, versions: &[Version]) -> Result<Vec<Current>, StoreError> {
        self.confirm(run)?;
        let versions: BTreeSet<Version> = versions.iter().cloned().collect();
        // Looked at before anything is changed: once it is, nothing that goes wrong may say that it was not.
        let current = versions.iter().map(|version| {
            version.check_name()?;
            Ok(self.seen(version, &fs::metadata(&self.path(version))?))
        });
        let current = current.collect::<Result<Vec<Current>, StoreError>>()?;
        self.view.check(&versions)?;
        match self.view.published()? {
            Some(before) if before.versions == versions => self.view.restore(&before)?,
            before => self.view.publish(run, before.as_ref(), versions, || self.confirm(run))?,
        }
        Ok(current)
    }

    fn published(&self) -> Result<Option<Publication>, StoreError> {
        let set = self.view.published()?;
        Ok(set.map(|set| Publication { run: set.run, versions: set.versions.into_iter().collect() }))
    }

    fn current(&self) -> Result<Vec<Current>, StoreError> {
        let mut current = Vec::new();
        for version in self.view.published()?.map(|set| set.versions).unwrap_or_default() {
            if let Some(file) = fs::metadata_if_there(&self.path(&version))? {
                current.push(self.seen(&version, &file));
            }
        }
        Ok(current)
    }

    fn condition(&self, version: &Version, file: &StoredFile) -> Result<Condition, StoreError> {
        let path = self.path(version);
        Ok(match fs::metadata_if_there(&path)? {
            None => Condition::Missing,
            Some(found) if file.looks_like(&found) => Condition::Intact,
            // A copy of a data folder has other time stamps and numbers.
            Some(found) if found.is_file() && found.len() == file.bytes && fs::digest(&path)? == file.digest => {
                Condition::Intact
            }
            Some(_) => Condition::Damaged,
        })
    }

    fn path(&self, version: &Version) -> PathBuf {
        self.view.made_by(version.run).join(version.file_name())
    }

    fn load(
        &self,
        version: &Version,
        storage: &Storage,
        schema: Option<&'static TableSchema>,
    ) -> Result<Content, StoreError> {
        version.check_name()?;
        check_form(version, storage)?;
        let path = self.path(version);
        fs::metadata(&path)?;
        encode::read(&version.model, &path, storage, schema)
    }

    fn kept(&self) -> Result<Vec<(RunId, u64)>, StoreError> {
        let runs = fs::names(&self.versions())?;
        let kept = runs.iter().filter_map(|name| name.parse().ok()).map(|run| {
            let folder = self.view.made_by(run);
            let sizes = fs::all_names(&folder)?.into_iter().map(|name| size(&folder.join(name)));
            Ok((run, sizes.sum::<Result<u64, StoreError>>()?))
        });
        kept.collect()
    }

    fn remove(&self, run: RunId, except: &[&str]) -> Result<u64, StoreError> {
        let folder = self.view.made_by(run);
        let published = self.view.published()?.map(|set| set.versions).unwrap_or_default();
        let mut given_back = 0;
        for name in fs::all_names(&folder)? {
            let version = Version::of_file(run, &name);
            let stays = except.contains(&version.model.as_str()) || published.contains(&version);
            if !stays || fs::is_partial(&name) {
                let path = folder.join(name);
                given_back += size(&path)?;
                fs::remove_file(&path)?;
            }
        }
        fs::remove_empty_folder(&folder)?;
        Ok(given_back)
    }
}

fn size(path: &Path) -> Result<u64, StoreError> {
    Ok(fs::metadata_if_there(path)?.map_or(0, |file| file.len()))
}
