//! Which run has a folder: a lock that goes with its process.
//!
//! The lock is the system's, on a file that is open: it is gone at once when the process is, however that ended, so
//! that nobody has to judge whether a lock is stale. The text in the file only says who it is.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::StoreError;
use crate::id::RunId;

/// A folder that belongs to a run as long as this value lives.
#[derive(Debug)]
pub(super) struct Claim {
    run: RunId,
    file: File,
}

impl Claim {
    /// Claims a folder, by the lock file in it.
    pub(super) fn new(folder: &Path, lock: &Path, run: RunId) -> Result<Claim, StoreError> {
        let mut options = OpenOptions::new();
        let open = options.read(true).write(true).create(true).truncate(false).open(lock);
        let mut file = open.map_err(StoreError::io("open", lock))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Busy { place: folder.to_owned(), holder: holder(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", lock)(error)),
        }
        let began = run.began().map(|began| began.format(" since %FT%TZ").to_string()).unwrap_or_default();
        let text = format!("run {} (process {}){began}", run.short(), std::process::id());
        file.set_len(0).and_then(|()| file.write_all(text.as_bytes())).map_err(StoreError::io("write", lock))?;
        Ok(Claim { run, file })
    }

    /// Whether it is this run that has the folder.
    pub(super) fn is_of(&self, run: RunId) -> bool {
        self.run == run
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // The lock goes when the file is closed; that nobody has the folder is also to be seen in it.
        let _ = self.file.set_len(0);
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    if read.is_err() || text.is_empty() { "another run".to_owned() } else { text }
}
