//! What people see of a store's folder: a name for each published model, and the one link that decides what is behind
//! all of them.
//!
//! With symbolic links, turning the link over changes all names at once. Without, the links within `.purvey` are small
//! files that say where they lead, and the names are files that are replaced one by one after the turn. Knows names and
//! versions; not who may change them.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::version::Version;
use super::{StoreError, fs};
use crate::failpoint;
use crate::id::RunId;

const CURRENT: &str = ".purvey/current";

/// The folder as people see it.
#[derive(Debug)]
pub(super) struct View {
    folder: PathBuf,
    /// Whether there are symbolic links.
    links: bool,
}

/// The versions that are published together, and the folder that has the links to them.
#[derive(Debug)]
pub(super) struct Set {
    name: String,
    pub(super) run: RunId,
    number: u64,
    pub(super) versions: BTreeSet<Version>,
}

impl Set {
    fn names(&self) -> Vec<String> {
        self.versions.iter().map(Version::file_name).collect()
    }
}

impl View {
    pub(super) fn new(folder: PathBuf, links: bool) -> View {
        View { folder, links }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn state(&self) -> PathBuf {
        self.folder.join(".purvey")
    }

    fn sets(&self) -> PathBuf {
        self.state().join("sets")
    }

    /// The folder of the versions that a run has made.
    pub(super) fn made_by(&self, run: RunId) -> PathBuf {
        self.state().join("versions").join(run.to_string())
    }

    /// The set that is published.
    pub(super) fn published(&self) -> Result<Option<Set>, StoreError> {
        let pointer = self.folder.join(CURRENT);
        loop {
            let Some(target) = self.follow(&pointer)? else { return Ok(None) };
            if target.starts_with("runs") {
                return Err(StoreError::Older { place: self.folder.clone() });
            }
            let set = self.set(&target, &pointer);
            // A set that is no longer the published one may have been removed under the eyes that read it.
            if self.follow(&pointer)?.as_ref() == Some(&target) {
                return set.map(Some);
            }
        }
    }

    fn set(&self, target: &Path, pointer: &Path) -> Result<Set, StoreError> {
        let name = target.strip_prefix("sets").ok().and_then(Path::to_str);
        let (run, number) = name.and_then(parse_set).ok_or_else(|| stray(pointer))?;
        let name = name.unwrap_or_default().to_owned();
        let folder = self.sets().join(&name);
        let version = |name: String| {
            let path = folder.join(&name);
            let target = self.follow(&path)?.ok_or_else(|| stray(&path))?;
            version_at(&target, &name).ok_or_else(|| stray(&path))
        };
        let versions = fs::names(&folder)?.into_iter().map(version).collect::<Result<_, _>>()?;
        Ok(Set { name, run, number, versions })
    }

    /// Refuses to take a name that a file has which no run has made.
    pub(super) fn check<'a>(&self, versions: impl IntoIterator<Item = &'a Version>) -> Result<(), StoreError> {
        // Only names that are no links need to be known from elsewhere.
        let before = if self.links { None } else { self.published()? };
        for version in versions {
            let name = version.file_name();
            let path = self.folder.join(&name);
            if path.symlink_metadata().is_ok() && !self.is_ours(&name, before.as_ref())? {
                return Err(StoreError::Foreign { path, model: version.model.clone() });
            }
        }
        Ok(())
    }

    fn is_ours(&self, name: &str, before: Option<&Set>) -> Result<bool, StoreError> {
        if !self.links {
            return Ok(before.is_some_and(|before| before.names().iter().any(|known| known == name)));
        }
        match fs::read_link(&self.folder.join(name)) {
            Err(error) if is_no_link(&error) => Ok(false),
            target => Ok(target?.is_some_and(|target| target == Path::new(CURRENT).join(name))),
        }
    }

    /// Makes these versions the published ones, for a run, unless the last look finds that it may not any more.
    pub(super) fn publish(
        &self,
        run: RunId,
        before: Option<&Set>,
        versions: BTreeSet<Version>,
        may: impl Fn() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let turned = self.make_set(run, before, versions).and_then(|set| {
            failpoint::reached("publish linked");
            self.prepare(&set)?;
            may()?;
            self.point_to(&set)
        });
        if turned.is_err() && may().is_err() {
            // Whatever is to be tidied is somebody else's now.
            return turned;
        }
        let finished = turned.and_then(|()| self.finish());
        let synced = if finished.is_ok() { fs::sync_folder(&self.state()) } else { Ok(()) };
        if let (Err(error), true) = (synced.and(self.tidy(before)), finished.is_ok()) {
            // The new state is there for everybody; what is left over of the old one is the next run's to remove. Should
            // the machine lose its power before the link is durable, the old state is there again, whole.
            log::warn!("the results are published, but {error}");
        }
        finished?;
        failpoint::reached("publish tidied");
        Ok(())
    }

    /// Makes what is missing of the names of a published set.
    pub(super) fn restore(&self, set: &Set) -> Result<(), StoreError> {
        self.prepare(set)?;
        self.finish()?;
        fs::sync_folder(&self.state())
    }

    fn make_set(&self, run: RunId, before: Option<&Set>, versions: BTreeSet<Version>) -> Result<Set, StoreError> {
        let sets = self.sets();
        fs::create_folder(&sets)?;
        let mut number = before.filter(|before| before.run == run).map_or(1, |before| before.number + 1);
        let (name, folder) = loop {
            let name = format!("{run}-{number}");
            let folder = sets.join(&name);
            if fs::create_new_folder(&folder)? {
                break (name, folder);
            }
            number += 1;
        };
        for version in &versions {
            let name = version.file_name();
            let target = Path::new("../../versions").join(version.run.to_string()).join(&name);
            self.lead(&folder.join(name), &target)?;
        }
        fs::sync_folder(&folder)?;
        fs::sync_folder(&sets)?;
        Ok(Set { name, run, number, versions })
    }

    /// Makes the names that are not there yet; they lead nowhere until the link is turned over.
    fn prepare(&self, set: &Set) -> Result<(), StoreError> {
        if !self.links {
            return Ok(());
        }
        for name in set.names() {
            let path = self.folder.join(&name);
            if path.symlink_metadata().is_err() {
                fs::symlink(&Path::new(CURRENT).join(name), &path)?;
            }
        }
        fs::sync_folder(&self.folder)
    }

    fn point_to(&self, set: &Set) -> Result<(), StoreError> {
        let pointer = self.folder.join(CURRENT);
        let target = Path::new("sets").join(&set.name);
        if self.links {
            let partial = fs::partial(&pointer);
            fs::remove_file(&partial)?;
            fs::symlink(&target, &partial)?;
            fs::rename(&partial, &pointer)?;
        } else {
            self.lead(&pointer, &target)?;
        }
        failpoint::reached("publish swapped");
        Ok(())
    }

    /// Where names are files: replaces each, and removes those of other sets.
    fn finish(&self) -> Result<(), StoreError> {
        if self.links {
            return Ok(());
        }
        let now = self.published()?;
        let mut names = BTreeSet::new();
        for version in now.iter().flat_map(|set| &set.versions) {
            let name = version.file_name();
            let path = self.folder.join(&name);
            let partial = fs::partial(&path);
            fs::remove_file(&partial)?;
            fs::link(&self.made_by(version.run).join(&name), &partial)?;
            fs::rename(&partial, &path)?;
            // Nothing is renamed where both are one file already.
            fs::remove_file(&partial)?;
            names.insert(name);
        }
        let sets = self.sets();
        for set in fs::names(&sets)? {
            for name in fs::names(&sets.join(set))?.iter().filter(|name| !names.contains(*name)) {
                fs::remove_file(&self.folder.join(name))?;
            }
        }
        fs::sync_folder(&self.folder)
    }

    /// Removes names that lead nowhere, and all sets but the published one and this one.
    ///
    /// The set that was published before stays for a while: someone may be on the way through it.
    fn tidy(&self, before: Option<&Set>) -> Result<(), StoreError> {
        let now = self.published()?;
        if self.links {
            let names = now.as_ref().map(Set::names).unwrap_or_default();
            for name in fs::names(&self.folder)?.iter().filter(|name| !names.contains(name)) {
                if self.is_ours(name, None)? {
                    fs::remove_file(&self.folder.join(name))?;
                }
            }
        }
        let sets = self.sets();
        let stays = |name: &String| [now.as_ref(), before].into_iter().flatten().any(|set| set.name == *name);
        fs::names(&sets)?
            .into_iter()
            .filter(|name| parse_set(name).is_some() && !stays(name))
            .try_for_each(|name| fs::remove_folder(&sets.join(name)))
    }

    /// Removes what a killed run has left, apart from versions.
    pub(super) fn sweep(&self) -> Result<(), StoreError> {
        let state = self.state();
        for name in fs::all_names(&state)?.iter().filter(|name| fs::is_partial(name)) {
            fs::remove_file(&state.join(name))?;
        }
        self.finish()?;
        self.tidy(None)
    }

    /// Makes a link within `.purvey`.
    fn lead(&self, path: &Path, target: &Path) -> Result<(), StoreError> {
        match target.to_str().filter(|_| !self.links) {
            Some(target) => fs::write(path, target.as_bytes()),
            None => fs::symlink(target, path),
        }
    }

    /// Where a link within `.purvey` leads.
    fn follow(&self, path: &Path) -> Result<Option<PathBuf>, StoreError> {
        if !self.links {
            return Ok(fs::read(path)?.map(PathBuf::from));
        }
        // A copy of a data folder has followed its links.
        fs::read_link(path).map_err(|error| if is_no_link(&error) { stray(path) } else { error })
    }
}

/// Whether what was to be read as a link is something else.
fn is_no_link(error: &StoreError) -> bool {
    matches!(error, StoreError::Io { source, .. } if source.kind() == io::ErrorKind::InvalidInput)
}

fn stray(path: &Path) -> StoreError {
    let text = "it is not the link that runs make; move it away";
    StoreError::io("read", path)(io::Error::new(io::ErrorKind::InvalidInput, text))
}

/// The run and the number in the name of a set.
fn parse_set(name: &str) -> Option<(RunId, u64)> {
    let (run, number) = name.rsplit_once('-')?;
    Some((run.parse().ok()?, number.parse().ok()?))
}

/// The version that a link of this name in a set leads to.
fn version_at(target: &Path, name: &str) -> Option<Version> {
    let inside = target.strip_prefix("../../versions").ok()?;
    let run = inside.parent()?.to_str()?.parse().ok()?;
    (inside.file_name()?.to_str()? == name).then(|| Version::of_file(run, name))
}
