//! What a model is told of the run that it is provided in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::failure::{Error, Result};

/// How a model is provided in a run: by which task, for how many readers, and where its files can be.
///
/// ```
/// use purvey::model::Provision;
///
/// let provision = Provision::new("clean_bookings", 2);
/// assert_eq!((&*provision.task, provision.readers), ("clean_bookings", 2));
/// ```
#[derive(Clone, Debug)]
pub struct Provision {
    /// The task that fills the model.
    pub task: Arc<str>,
    /// How many will read it, as far as is known: tasks of the run, and the caller if it keeps the model.
    pub readers: usize,
    /// Where files can be that the model writes for its readers, or that its query reads; `None` where there are none.
    pub scratch: Option<Arc<Scratch>>,
}

impl Provision {
    /// A model that this task provides for so many readers.
    pub fn new(task: impl Into<Arc<str>>, readers: usize) -> Provision {
        Provision { task: task.into(), readers, scratch: None }
    }

    /// The same with a place for files.
    #[must_use]
    pub fn with_scratch(self, scratch: Arc<Scratch>) -> Provision {
        Provision { scratch: Some(scratch), ..self }
    }
}

/// A folder for the files of one run, which goes with the last who knows it.
///
/// What stays of one whose process was killed is removed by whoever owns the folder above it.
#[derive(Debug)]
pub struct Scratch {
    folder: PathBuf,
    /// How many names were given out.
    names: AtomicU64,
}

impl Scratch {
    /// This folder, which is there.
    pub fn new(folder: impl Into<PathBuf>) -> Scratch {
        Scratch { folder: folder.into(), names: AtomicU64::new(0) }
    }

    /// A new folder among the temporary files of the system.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn temporary() -> Result<Scratch> {
        let failed = |error: io::Error| {
            let place = std::env::temp_dir();
            Error::from(error).context(format_args!("failed to make a folder in `{}`", place.display()))
        };
        let folder = tempfile::Builder::new().prefix("purvey-").tempdir().map_err(failed)?;
        Ok(Scratch::new(folder.keep()))
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A path in the folder that nobody has been given before.
    pub fn path(&self, name: &str, extension: &str) -> PathBuf {
        let number = self.names.fetch_add(1, Ordering::Relaxed);
        self.folder.join(format!("{name}-{number}.{extension}"))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nobody would know what to do about it; what stays is swept like what a killed process leaves.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
