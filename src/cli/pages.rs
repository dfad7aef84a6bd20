//! Pages as files: where they go, and that nobody sees half of one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::desk::{Desk, Setup};
use super::exit::Exit;
use super::trouble::Trouble;

/// The folder of pages in the folder for results.
const FOLDER: &str = "report";
/// What stands for stdout.
const STDOUT: &str = "-";

/// Writes a page where it is wanted, else into the folder for results, or to stdout. Returns the file.
///
/// # Errors
///
/// When it cannot be written.
pub(super) fn write(
    desk: &mut Desk<'_, '_>,
    setup: &Setup,
    out: Option<&Path>,
    name: &str,
    page: &str,
) -> Result<Option<PathBuf>, Trouble> {
    if out == Some(Path::new(STDOUT)) {
        if desk.manner.json {
            return Err(Trouble::new(Exit::Usage, "`--out -` and `--output json` would both write to stdout")
                .hint("leave one of them out"));
        }
        desk.print(page)?;
        return Ok(None);
    }
    let path = out.map_or_else(|| setup.data.0.join(FOLDER).join(name), Path::to_owned);
    if path.is_dir() {
        return Err(Trouble::new(Exit::Usage, format!("{} is a folder", path.display()))
            .hint(format!("name a file: `--out {}`", path.join(name).display())));
    }
    put(&path, page).map_err(|error| Trouble::new(Exit::Store, format!("cannot write {}: {error}", path.display())))?;
    Ok(Some(path))
}

/// Writes a file at once: who reads it meanwhile has the old one or the new.
fn put(path: &Path, text: &str) -> io::Result<()> {
    // What stands behind a link stays there; what is no file (a pipe, a terminal) is written to and not replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if path.exists() && !path.is_file() {
        return fs::write(path, text);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| {
        io::Error::new(error.kind(), format!("the folder {} cannot be made: {error}", folder.display()))
    })?;
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let partial = folder.join(format!(".{name}.{}.partial", std::process::id()));
    let written = fs::write(&partial, text).and_then(|()| fs::rename(&partial, &path));
    if written.is_err() {
        // What went wrong is told; that a rest of it stays as well would say nothing more.
        let _ = fs::remove_file(&partial);
    }
    written
}
