//! A file that lines are appended to, one record each.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::TellingError;
use crate::words::count;

/// A file that lines are appended to.
///
/// Each line is written at once and by one call of the system, so that what has happened is there though the process be
/// killed, and so that several runs may write to one file.
pub(super) struct LineFile {
    path: PathBuf,
    file: File,
    /// Whether the file ends in the middle of a line.
    is_torn: bool,
    lost: u64,
    trouble: Option<io::Error>,
}

impl LineFile {
    /// Opens the file that this key of `[telling]` names, or makes it.
    pub(super) fn open(key: &'static str, path: &Path) -> Result<LineFile, TellingError> {
        let open = || {
            let mut file = File::options().read(true).append(true).create(true).open(path)?;
            let is_torn = is_torn(&mut file)?;
            Ok(LineFile { path: path.to_owned(), file, is_torn, lost: 0, trouble: None })
        };
        open().map_err(TellingError::of(key, path))
    }

    /// Appends a line.
    pub(super) fn write(&mut self, mut line: String) {
        line.push('\n');
        if self.is_torn {
            line.insert(0, '\n');
        }
        match self.file.write_all(line.as_bytes()) {
            Ok(()) => self.is_torn = false,
            Err(error) => {
                // Part of it may be there.
                self.is_torn = true;
                self.lost += 1;
                self.trouble.get_or_insert(error);
            }
        }
    }

    /// Makes the lines durable; says what could not be written.
    pub(super) fn close(mut self) -> Option<String> {
        if let Err(error) = self.file.sync_data()
            // What is no file, such as a pipe, cannot be synced and need not be.
            && error.kind() != io::ErrorKind::InvalidInput
        {
            self.trouble.get_or_insert(error);
        }
        let trouble = self.trouble?;
        let path = self.path.display();
        Some(match self.lost {
            0 => format!("`{path}` may not be whole: {trouble}"),
            lost => format!("{} could not be written to `{path}`: {trouble}", count(lost, "line")),
        })
    }
}

/// Whether the last line of a file has no end, as a process leaves it that was killed while it wrote.
fn is_torn(file: &mut File) -> io::Result<bool> {
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}
