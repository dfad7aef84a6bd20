//! Calls of the system, each of which a test can make fail, and files that are there whole or not at all, also after
//! the machine has lost its power.
//!
//! Knows paths; not what the files are for.

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::StoreError;
use crate::digest::{Digest, DigestWriter, Digester};
use crate::failpoint;

/// Makes one call of the system, on this path.
fn call<T>(name: &'static str, path: &Path, act: impl FnOnce() -> io::Result<T>) -> Result<T, StoreError> {
    failpoint::refuse(name, path).and_then(|()| act()).map_err(StoreError::io(in_words(name), path))
}

/// What a call was to do, for errors.
fn in_words(call: &'static str) -> &'static str {
    match call {
        "create folder" => "create the folder",
        "read folder" => "read the folder",
        "read link" => "read",
        "rename" | "symlink" => "write",
        "protect" => "write-protect",
        call => call,
    }
}

/// The same for what may be absent.
fn call_if_there<T>(
    name: &'static str,
    path: &Path,
    act: impl FnOnce() -> io::Result<T>,
) -> Result<Option<T>, StoreError> {
    call(name, path, || match act() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    })
}

/// A file that knows what was written to it.
type Watched = DigestWriter<failpoint::Writer<File>>;

fn watched(file: File, path: &Path) -> Watched {
    DigestWriter::new(failpoint::Writer::new(file, path))
}

/// A file that is being written, under a temporary name beside its own. It is removed unless it is kept.
#[derive(Debug)]
pub(super) struct Partial<'a> {
    path: &'a Path,
    partial: PathBuf,
    out: Option<BufWriter<Watched>>,
    /// Its length and the digest of its bytes, where it was written under another name.
    written: Option<(u64, Digest)>,
}

impl<'a> Partial<'a> {
    /// Creates the file.
    pub(super) fn create(path: &'a Path) -> Result<Partial<'a>, StoreError> {
        let partial = partial(path);
        // One that is left over may be read-only.
        remove_file(&partial)?;
        let file = call("create", &partial, || File::create_new(&partial))?;
        let out = BufWriter::with_capacity(1 << 18, watched(file, &partial));
        Ok(Partial { path, partial, out: Some(out), written: None })
    }

    /// The file `from`, which was written here and is of this length and digest, under a second name; `None` where the
    /// system cannot give it one.
    pub(super) fn link(path: &'a Path, from: &Path, written: (u64, Digest)) -> Option<Partial<'a>> {
        let partial = partial(path);
        remove_file(&partial).ok()?;
        call("link", &partial, || fs::hard_link(from, &partial)).ok()?;
        let mut file = Partial { path, partial, out: None, written: Some(written) };
        let open = || File::options().read(true).write(true).open(&file.partial).or_else(|_| File::open(&file.partial));
        // What was published before is nobody's to write any more.
        let opened = call("open", &file.partial, open);
        let Ok(opened) = opened else {
            // Dropping it removes only what has been opened.
            let _ = fs::remove_file(&file.partial);
            return None;
        };
        file.out = Some(BufWriter::with_capacity(0, watched(opened, &file.partial)));
        Some(file)
    }

    /// Whether nothing is left to write.
    pub(super) fn is_written(&self) -> bool {
        self.written.is_some()
    }

    /// Where its content goes.
    pub(super) fn out(&mut self) -> &mut BufWriter<Watched> {
        self.out.as_mut().expect("it is taken only when the file is kept")
    }

    fn file(&mut self) -> &File {
        self.out().get_ref().get_ref().get_ref()
    }

    /// Hands everything to the system.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        let path = self.path;
        self.out().flush().map_err(StoreError::io("write", path))
    }

    /// Makes its content durable.
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        let path = self.path;
        let file = self.file();
        call("sync", path, || file.sync_all())
    }

    /// Takes the right to write from everybody.
    pub(super) fn protect(&mut self) -> Result<(), StoreError> {
        let path = self.path;
        let file = self.file();
        call("protect", path, || {
            let mut permissions = file.metadata()?.permissions();
            permissions.set_readonly(true);
            file.set_permissions(permissions)
        })
    }

    /// Gives it its name, durably; returns its length and the digest of its bytes.
    pub(super) fn keep(mut self) -> Result<(u64, Digest), StoreError> {
        let written = self.out().get_ref().written();
        let written = self.written.unwrap_or(written);
        rename(&self.partial, self.path)?;
        self.out = None;
        sync_parent(self.path)?;
        Ok(written)
    }
}

impl Drop for Partial<'_> {
    fn drop(&mut self) {
        if let Some(out) = self.out.take() {
            // What it still holds is of no use any more; nor is it any use to tell that it cannot be removed.
            let _ = out.into_parts();
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// Writes a small file, durably.
pub(super) fn write(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    let mut file = Partial::create(path)?;
    file.out().write_all(content).map_err(StoreError::io("write", path))?;
    file.flush()?;
    file.sync()?;
    file.keep().map(|_| ())
}

/// A name in the same folder that no reader looks at.
pub(super) fn partial(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    path.with_file_name(format!(".{name}.partial"))
}

/// Whether a file of this name is one that was never finished.
pub(super) fn is_partial(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(".partial")
}

/// Opens a file for a lock, and makes it where there is none.
pub(super) fn open_lock(path: &Path) -> Result<File, StoreError> {
    call("open", path, || File::options().read(true).write(true).create(true).truncate(false).open(path))
}

/// Gives a file another name, in one step.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    call("rename", to, || fs::rename(from, to))
}

/// Creates a folder with those above it, durably.
pub(super) fn create_folder(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        create_folder(named(parent))?;
    }
    call("create folder", path, || match fs::create_dir(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        result => result,
    })?;
    sync_parent(path)
}

/// Creates a folder, in one that is there; says whether it is a new one.
pub(super) fn create_new_folder(path: &Path) -> Result<bool, StoreError> {
    call("create folder", path, || match fs::create_dir(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        result => result.map(|()| true),
    })
}

/// The folder, by a name that can be opened: what stands above a relative path of one part is the working folder.
fn named(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// Gives a file a second name, by a hard link where the system can.
pub(super) fn link(from: &Path, to: &Path) -> Result<(), StoreError> {
    if call("link", to, || fs::hard_link(from, to)).is_ok() {
        return Ok(());
    }
    let mut file = call("open", from, || File::open(from))?;
    let mut copy = Partial::create(to)?;
    io::copy(&mut file, copy.out()).map_err(StoreError::io("write", to))?;
    copy.flush()?;
    copy.sync()?;
    copy.keep().map(|_| ())
}

/// Makes a symbolic link, where the system has them.
pub(super) fn symlink(target: &Path, path: &Path) -> Result<(), StoreError> {
    call("symlink", path, || {
        #[cfg(unix)]
        return std::os::unix::fs::symlink(target, path);
        #[cfg(not(unix))]
        Err(io::Error::new(ErrorKind::Unsupported, format!("no link to `{}`", target.display())))
    })
}

/// Where a symbolic link leads; `None` where there is nothing.
pub(super) fn read_link(path: &Path) -> Result<Option<PathBuf>, StoreError> {
    call_if_there("read link", path, || fs::read_link(path))
}

/// The text of a small file, as far as it is text; `None` where there is nothing.
pub(super) fn read(path: &Path) -> Result<Option<String>, StoreError> {
    let bytes = call_if_there("read", path, || fs::read(path))?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// What the system says about a file.
pub(super) fn metadata(path: &Path) -> Result<Metadata, StoreError> {
    call("read", path, || fs::metadata(path))
}

/// The same, or `None` where there is nothing.
pub(super) fn metadata_if_there(path: &Path) -> Result<Option<Metadata>, StoreError> {
    call_if_there("read", path, || fs::metadata(path))
}

/// The digest of the bytes of a file.
pub(super) fn digest(path: &Path) -> Result<Digest, StoreError> {
    let mut file = call("open", path, || File::open(path))?;
    let mut digester = Digester::plain();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match call("read", path, || file.read(&mut buffer))? {
            0 => return Ok(digester.finish()),
            read => digester.part(&buffer[..read]),
        }
    }
}

/// The names of the files in a folder, in order, with hidden ones; none where there is no folder.
pub(super) fn all_names(folder: &Path) -> Result<Vec<String>, StoreError> {
    let names = call_if_there("read folder", folder, || {
        let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
        names.filter_map(Result::transpose).collect::<io::Result<Vec<String>>>()
    })?;
    let mut names = names.unwrap_or_default();
    names.sort_unstable();
    Ok(names)
}

/// The same without hidden ones.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, StoreError> {
    let mut names = all_names(folder)?;
    names.retain(|name| !name.starts_with('.'));
    Ok(names)
}

/// Removes a file; one that is not there is fine.
pub(super) fn remove_file(path: &Path) -> Result<(), StoreError> {
    call_if_there("remove", path, || fs::remove_file(path)).map(|_| ())
}

/// Removes a folder and all in it; one that is not there is fine.
pub(super) fn remove_folder(path: &Path) -> Result<(), StoreError> {
    call_if_there("remove", path, || fs::remove_dir_all(path)).map(|_| ())
}

/// Removes a folder if nothing is in it; one that is not there is fine.
pub(super) fn remove_empty_folder(path: &Path) -> Result<(), StoreError> {
    call_if_there("remove", path, || match fs::remove_dir(path) {
        Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(()),
        result => result,
    })
    .map(|_| ())
}

fn sync_parent(path: &Path) -> Result<(), StoreError> {
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    // Elsewhere a folder cannot be opened like a file, and renaming is durable by itself.
    if cfg!(unix) {
        let path = named(path);
        call("sync", path, || File::open(path).and_then(|folder| folder.sync_all()))?;
    }
    Ok(())
}
