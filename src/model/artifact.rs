//! Artifacts: files that a task writes.

use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tempfile::TempPath;

use super::{
    Content, Description, Model, Named, Provision, Scratch, Size, Storage, never_written, not_yet_written,
    written_twice, wrong_content,
};
use crate::failure::{Error, Result};
use crate::schema::HandOver;
use crate::section::{NoConfig, Section};

/// A file that a task writes: a page, a picture, a workbook. `N` gives its name and ending.
///
/// The task writes into a temporary file, in a run beside the results; it is copied to its place with the other results when the
/// run ends well.
///
/// ```
/// use std::io::Write;
/// use purvey::prelude::*;
///
/// /// A greeting for the front desk.
/// #[derive(Named)]
/// #[named("greeting", extension = "txt")]
/// struct Greeting;
///
/// #[task]
/// fn greet(page: &mut Artifact<Greeting>) -> Result<()> {
///     let mut file = page.create()?;
///     writeln!(file, "Grüezi!")?;
///     Ok(())
/// }
///
/// let mut page = Artifact::new();
/// greet(&mut page)?;
/// assert_eq!(page.read_to_string()?, "Grüezi!\n");
/// # Ok::<(), purvey::Error>(())
/// ```
pub struct Artifact<N> {
    file: Option<Place>,
    /// How the writing goes, where a task has created the file.
    writing: Option<Arc<Mutex<Writing>>>,
    /// Where the file is made; among the temporary files of the system where that says nothing.
    scratch: Option<Arc<Scratch>>,
    name: PhantomData<fn() -> N>,
}

enum Place {
    /// Written by a task; removed with this value.
    Temporary(TempPath),
    /// Kept by a store.
    Stored(PathBuf),
}

impl Place {
    fn path(&self) -> &Path {
        match self {
            Place::Temporary(path) => path,
            Place::Stored(path) => path,
        }
    }
}

impl<N: Named> Artifact<N> {
    /// An artifact that has no file yet.
    #[must_use]
    pub fn new() -> Artifact<N> {
        Artifact { file: None, writing: None, scratch: None, name: PhantomData }
    }

    /// Creates the file, empty, and opens it for writing. The writer need not be flushed: if anything could not be written,
    /// the task fails when it ends.
    ///
    /// # Errors
    ///
    /// When it was created before, or the system refuses.
    pub fn create(&mut self) -> Result<ArtifactWriter> {
        if self.file.is_some() {
            return Err(written_twice(N::NAME));
        }
        let suffix = format!(".{}", N::EXTENSION);
        let suffix = if N::EXTENSION.is_empty() { "" } else { suffix.as_str() };
        let mut builder = tempfile::Builder::new();
        let builder = builder.prefix(N::NAME).suffix(suffix);
        let file = match &self.scratch {
            Some(scratch) => builder.tempfile_in(scratch.folder()),
            None => builder.tempfile(),
        };
        let file = file.map_err(|error| {
            Error::from(error).context(format_args!("failed to create a file for model `{}`", N::NAME))
        })?;
        let (file, path) = file.into_parts();
        self.file = Some(Place::Temporary(path));
        Ok(self.writer(file))
    }

    fn writer(&mut self, file: File) -> ArtifactWriter {
        let writing = self.writing.insert(Arc::default());
        ArtifactWriter { file: BufWriter::new(file), writing: Arc::clone(writing) }
    }

    /// The path of the file. It is for reading, and good as long as the artifact lives.
    ///
    /// # Errors
    ///
    /// When the file was never created.
    pub fn path(&self) -> Result<&Path> {
        self.file.as_ref().map(Place::path).ok_or_else(|| not_yet_written(N::NAME))
    }

    /// The whole file as text.
    ///
    /// # Errors
    ///
    /// When the file was never created, cannot be read, or is not UTF-8.
    pub fn read_to_string(&self) -> Result<String> {
        let mut text = String::new();
        self.open()?.read_to_string(&mut text)?;
        Ok(text)
    }

    /// Opens the file for reading.
    ///
    /// # Errors
    ///
    /// When the file was never created, or cannot be opened.
    pub fn open(&self) -> Result<File> {
        let path = self.path()?;
        File::open(path).map_err(|error| Error::from(error).context(format_args!("failed to open {}", path.display())))
    }

    /// Writes the whole file at once.
    ///
    /// # Errors
    ///
    /// As [`create`](Artifact::create), or when writing fails.
    pub fn write(&mut self, content: impl AsRef<[u8]>) -> Result<()> {
        let mut file = self.create()?;
        file.write_all(content.as_ref())?;
        Ok(file.flush()?)
    }

    fn size(&self) -> Result<u64, io::Error> {
        self.file.as_ref().map_or(Ok(0), |place| Ok(std::fs::metadata(place.path())?.len()))
    }
}

impl<N: Named> Default for Artifact<N> {
    fn default() -> Self {
        Artifact::new()
    }
}

impl<N: Named> fmt::Debug for Artifact<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(place) => write!(f, "Artifact `{}`: {}", N::NAME, place.path().display()),
            None => write!(f, "Artifact `{}`: never written", N::NAME),
        }
    }
}

impl<N: Named> Model for Artifact<N> {
    const NAME: &'static str = N::NAME;
    type Config = NoConfig;

    fn build(_: NoConfig, _: &Section) -> Result<Self> {
        Ok(Artifact::new())
    }

    fn describe() -> Description {
        Description { name: N::NAME.to_owned(), kind: "artifact", doc: N::DOC.to_owned(), schema: None }
    }

    fn hand_over(&self) -> HandOver {
        HandOver::Stored
    }

    fn prepare(&mut self, provision: Provision) {
        self.scratch = provision.scratch;
    }

    fn seal(&mut self) -> Result<Size> {
        if self.file.is_none() {
            return Err(never_written(N::NAME));
        }
        match self.writing.as_ref().map(|writing| locked(writing)).as_deref() {
            Some(Writing::Open) => {
                return Err(Error::new(format!("model `{}` is still being written; drop its writer first", N::NAME)));
            }
            Some(Writing::Failed(error)) => {
                return Err(Error::from(same(error)).context(format_args!("failed to write model `{}`", N::NAME)));
            }
            Some(Writing::Ended) | None => {}
        }
        Ok(Size { rows: None, bytes: self.size()? })
    }

    fn storage(&self) -> Storage {
        Storage::File(N::EXTENSION)
    }

    fn content(&self) -> Result<Content> {
        Ok(Content::File(self.path()?.to_owned()))
    }

    fn restore(&mut self, content: Content) -> Result<()> {
        let Content::File(path) = content else {
            return Err(wrong_content::<Self>(&content));
        };
        self.file = Some(Place::Stored(path));
        Ok(())
    }
}

/// Writes the file of an [`Artifact`]. What cannot be written fails the task, also where nobody looks at the result.
///
/// ```
/// use std::io::Write;
/// use purvey::prelude::*;
///
/// /// A greeting for the front desk.
/// #[derive(Named)]
/// #[named("greeting", extension = "txt")]
/// struct Greeting;
///
/// let mut page = Artifact::<Greeting>::new();
/// let mut file = page.create()?;
/// writeln!(file, "Grüezi!")?;
/// assert_eq!(page.seal().unwrap_err().to_string(), "model `greeting` is still being written; drop its writer first");
/// drop(file);
/// assert_eq!(page.seal()?.bytes, 9);
/// # Ok::<(), purvey::Error>(())
/// ```
#[derive(Debug)]
pub struct ArtifactWriter {
    file: BufWriter<File>,
    writing: Arc<Mutex<Writing>>,
}

/// How the writing of a file goes.
#[derive(Debug, Default)]
enum Writing {
    #[default]
    Open,
    Ended,
    Failed(io::Error),
}

fn locked(writing: &Mutex<Writing>) -> MutexGuard<'_, Writing> {
    writing.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error that says the same.
fn same(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

impl ArtifactWriter {
    /// Remembers the first failure.
    fn remember<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.inspect_err(|error| {
            let mut writing = locked(&self.writing);
            if error.kind() != io::ErrorKind::Interrupted && matches!(*writing, Writing::Open) {
                *writing = Writing::Failed(same(error));
            }
        })
    }
}

impl Write for ArtifactWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.file.write(bytes);
        self.remember(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.file.flush();
        self.remember(result)
    }
}

impl Drop for ArtifactWriter {
    fn drop(&mut self) {
        // Remembered, and told when the task ends.
        let _ = self.flush();
        let mut writing = locked(&self.writing);
        if matches!(*writing, Writing::Open) {
            *writing = Writing::Ended;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A greeting for the front desk.
    #[derive(purvey_macros::Named)]
    #[named("greeting", extension = "txt")]
    struct Greeting;

    #[test]
    fn what_is_written_is_there_without_a_flush() {
        let mut page = Artifact::<Greeting>::new();
        writeln!(page.create().unwrap(), "Grüezi!").unwrap();
        assert_eq!(page.seal().unwrap().bytes, 9);
        assert_eq!(page.read_to_string().unwrap(), "Grüezi!\n");
        // A model that is sealed once may be sealed again.
        assert_eq!(page.seal().unwrap().bytes, 9);
    }

    #[test]
    fn a_writer_that_is_forgotten_is_an_error() {
        let mut page = Artifact::<Greeting>::new();
        std::mem::forget(page.create().unwrap());
        let error = page.seal().unwrap_err();
        assert_eq!(error.to_string(), "model `greeting` is still being written; drop its writer first");
    }

    /// An artifact whose file is on a disk that is full.
    #[cfg(target_os = "linux")]
    fn full() -> (Artifact<Greeting>, ArtifactWriter) {
        let mut page = Artifact::new();
        page.file = Some(Place::Stored("/dev/full".into()));
        let file = File::options().write(true).open("/dev/full").unwrap();
        let writer = page.writer(file);
        (page, writer)
    }

    #[cfg(target_os = "linux")]
    const FULL: &str = "failed to write model `greeting`: No space left on device (os error 28)";

    #[cfg(target_os = "linux")]
    #[test]
    fn a_last_write_that_fails_is_heard_when_the_task_ends() {
        let (mut page, mut file) = full();
        writeln!(file, "Grüezi!").unwrap();
        drop(file);
        assert_eq!(page.seal().unwrap_err().to_string(), FULL);
        assert_eq!(page.seal().unwrap_err().to_string(), FULL);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_write_that_failed_and_was_not_minded_is_heard_when_the_task_ends() {
        let (mut page, mut file) = full();
        let said = file.write_all(&[0; 100_000]).unwrap_err();
        assert_eq!(said.to_string(), "No space left on device (os error 28)");
        drop(file);
        assert_eq!(page.seal().unwrap_err().to_string(), FULL);
    }
}
