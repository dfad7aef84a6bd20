//! The names in a store's folder that people use, and the pointer to the current run.
//!
//! On Unix both are symbolic links, and turning the pointer over changes all of them at once. Elsewhere links need
//! privileges, so the pointer is a small file, and the names are files that are replaced one by one after it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::StoreError;
use super::fs as durable;

/// Refuses to take a name that a file has which no run has made.
pub(super) fn check(folder: &Path, names: &[&str], before: &[String]) -> Result<(), StoreError> {
    for name in names {
        let path = folder.join(name);
        if path.symlink_metadata().is_ok() && !is_ours(&path, name, before) {
            return Err(StoreError::Foreign { path, model: model_of(name).to_owned() });
        }
    }
    Ok(())
}

/// The model whose file has this name.
pub(super) fn model_of(name: &str) -> &str {
    name.split_once('.').map_or(name, |(model, _)| model)
}

fn absent_as_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}

#[cfg(unix)]
mod system {
    use std::os::unix::fs::symlink;

    use super::{Path, PathBuf, StoreError, absent_as_none, durable, fs, io};

    const CURRENT: &str = ".purvey/current";

    pub(in super::super) fn pointed(pointer: &Path) -> io::Result<Option<PathBuf>> {
        absent_as_none(fs::read_link(pointer)).map_err(|error| match error.kind() {
            // A copy of a data folder that has followed its links.
            io::ErrorKind::InvalidInput => {
                io::Error::new(error.kind(), "it is not the link that runs make; move it away")
            }
            _ => error,
        })
    }

    pub(in super::super) fn point(pointer: &Path, target: &Path) -> io::Result<()> {
        let partial = durable::partial(pointer);
        absent_as_none(fs::remove_file(&partial))?;
        symlink(target, &partial)?;
        fs::rename(&partial, pointer)
    }

    pub(super) fn is_ours(path: &Path, name: &str, _: &[String]) -> bool {
        fs::read_link(path).is_ok_and(|target| target == Path::new(CURRENT).join(name))
    }

    /// Makes the names that are not there yet; they lead nowhere until the pointer is turned over.
    pub(in super::super) fn prepare(folder: &Path, names: &[&str]) -> Result<(), StoreError> {
        for name in names {
            let path = folder.join(name);
            if path.symlink_metadata().is_err() {
                symlink(Path::new(CURRENT).join(name), &path).map_err(StoreError::io("create", &path))?;
            }
        }
        durable::sync_folder(folder)
    }

    /// Removes the names that lead nowhere now.
    pub(in super::super) fn finish(folder: &Path, _: &Path, names: &[&str], _: &[String]) -> Result<(), StoreError> {
        undo(folder, names)
    }

    /// Removes the names that were made for files that never came into view; these are in view.
    pub(in super::super) fn undo(folder: &Path, names: &[&str]) -> Result<(), StoreError> {
        for name in durable::names(folder)?.iter().filter(|name| !names.contains(&name.as_str())) {
            let path = folder.join(name);
            if is_ours(&path, name, &[]) {
                fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
            }
        }
        Ok(())
    }
}

#[cfg(not(unix))]
mod system {
    use super::{Path, PathBuf, StoreError, absent_as_none, durable, fs, io};

    pub(in super::super) fn pointed(pointer: &Path) -> io::Result<Option<PathBuf>> {
        Ok(absent_as_none(fs::read_to_string(pointer))?.map(PathBuf::from))
    }

    pub(in super::super) fn point(pointer: &Path, target: &Path) -> io::Result<()> {
        let partial = durable::partial(pointer);
        fs::write(&partial, target.to_string_lossy().as_bytes())?;
        fs::OpenOptions::new().write(true).open(&partial)?.sync_all()?;
        fs::rename(&partial, pointer)
    }

    pub(super) fn is_ours(_: &Path, name: &str, before: &[String]) -> bool {
        before.iter().any(|known| known == name)
    }

    /// Nothing can be prepared.
    pub(in super::super) fn prepare(_: &Path, _: &[&str]) -> Result<(), StoreError> {
        Ok(())
    }

    /// Nothing was prepared.
    pub(in super::super) fn undo(_: &Path, _: &[&str]) -> Result<(), StoreError> {
        Ok(())
    }

    /// Replaces each file, and removes those of models that are gone.
    pub(in super::super) fn finish(
        folder: &Path,
        run: &Path,
        names: &[&str],
        before: &[String],
    ) -> Result<(), StoreError> {
        for name in names {
            let path = folder.join(name);
            let partial = durable::partial(&path);
            absent_as_none(fs::remove_file(&partial)).map_err(StoreError::io("remove", &partial))?;
            durable::link(&run.join(name), &partial)?;
            fs::rename(&partial, &path).map_err(StoreError::io("write", &path))?;
        }
        for name in before.iter().filter(|name| !names.contains(&name.as_str())) {
            let path = folder.join(name);
            absent_as_none(fs::remove_file(&path)).map_err(StoreError::io("remove", &path))?;
        }
        Ok(())
    }
}

use system::is_ours;
pub(super) use system::{finish, point, pointed, prepare, undo};
