//! Artifacts: files that a task writes.

use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::{
    Content, Description, Model, Named, Size, Storage, never_written, not_yet_written, written_twice, wrong_content,
};
use crate::failure::{Error, Result};
use crate::section::{NoConfig, Section};

/// A file that a task writes: a page, a picture, a workbook. `N` gives its name and ending.
///
/// The task writes into a temporary file; it is copied to its place with the other results when the run ends well.
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
///     Ok(file.flush()?)
/// }
///
/// let mut page = Artifact::new();
/// greet(&mut page)?;
/// assert_eq!(page.read_to_string()?, "Grüezi!\n");
/// # Ok::<(), purvey::Error>(())
/// ```
pub struct Artifact<N> {
    file: Option<Place>,
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
        Artifact { file: None, name: PhantomData }
    }

    /// Creates the file, empty, and opens it for writing. Flush it in the end, with `?`: what is still buffered when the
    /// writer is dropped is written without anybody hearing that it could not be.
    ///
    /// # Errors
    ///
    /// When it was created before, or the system refuses.
    pub fn create(&mut self) -> Result<BufWriter<File>> {
        if self.file.is_some() {
            return Err(written_twice(N::NAME));
        }
        let suffix = format!(".{}", N::EXTENSION);
        let suffix = if N::EXTENSION.is_empty() { "" } else { suffix.as_str() };
        let file = tempfile::Builder::new().prefix(N::NAME).suffix(suffix).tempfile().map_err(|error| {
            Error::from(error).context(format_args!("failed to create a file for model `{}`", N::NAME))
        })?;
        let (file, path) = file.into_parts();
        self.file = Some(Place::Temporary(path));
        Ok(BufWriter::new(file))
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
        file.flush()?;
        Ok(())
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

    fn seal(&mut self) -> Result<Size> {
        if self.file.is_none() {
            return Err(never_written(N::NAME));
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
