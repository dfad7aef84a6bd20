//! Changes in folders that are there whole or not at all, also after the machine has lost its power.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::StoreError;

/// Writes a file under a temporary name beside its own, makes it durable and gives it its name; returns its size.
pub(super) fn write(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    let partial = partial(path);
    let filled = || {
        let file = File::create(&partial).map_err(StoreError::io("create", &partial))?;
        let mut out = BufWriter::with_capacity(1 << 18, file);
        fill(&mut out)?;
        out.flush().and_then(|()| out.get_ref().sync_all()).map_err(StoreError::io("write", path))?;
        let bytes = out.get_ref().metadata().map_err(StoreError::io("read", path))?.len();
        fs::rename(&partial, path).map_err(StoreError::io("write", path))?;
        sync_parent(path)?;
        Ok(bytes)
    };
    let written = filled();
    if written.is_err() {
        // The first error is the one to tell; a file that is left over is overwritten or removed by the next run.
        let _ = fs::remove_file(&partial);
    }
    written
}

/// A name in the same folder that no reader looks at.
pub(super) fn partial(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    path.with_file_name(format!(".{name}.partial"))
}

/// Creates a folder with those above it.
pub(super) fn create_folder(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        create_folder(named(parent))?;
    }
    match fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists || !path.is_dir() => {
            Err(StoreError::io("create the folder", path)(error))
        }
        _ => sync_parent(path),
    }
}

/// The folder, by a name that can be opened: what stands above a relative path of one part is the working folder.
fn named(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// Gives a file a second name, by a hard link where the system can.
pub(super) fn link(from: &Path, to: &Path) -> Result<(), StoreError> {
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    write(to, |out| {
        let mut from_file = File::open(from).map_err(StoreError::io("open", from))?;
        io::copy(&mut from_file, out).map(|_| ()).map_err(StoreError::io("write", to))
    })
    .map(|_| ())
}

/// The names of the files in a folder, in order, without hidden ones; none where there is no folder.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(StoreError::io("read the folder", folder))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(StoreError::io("read the folder", folder))?;
        names.extend(entry.file_name().into_string().ok().filter(|name| !name.starts_with('.')));
    }
    names.sort_unstable();
    Ok(names)
}

/// Removes a folder and all in it; one that is not there is fine.
pub(super) fn remove_folder(path: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::io("remove", path)(error)),
        _ => Ok(()),
    }
}

fn sync_parent(path: &Path) -> Result<(), StoreError> {
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let path = named(path);
    // Elsewhere a folder cannot be opened like a file, and renaming is durable by itself.
    if cfg!(unix) {
        File::open(path).and_then(|folder| folder.sync_all()).map_err(StoreError::io("sync", path))?;
    }
    Ok(())
}
