//! What the system says to a writer that polars writes to.

use std::io::{self, ErrorKind, Write};

/// A writer that remembers what the system said, which polars turns into a text.
#[derive(Debug)]
pub(crate) struct ErrorCapture<W> {
    out: W,
    error: Option<io::Error>,
}

impl<W> ErrorCapture<W> {
    /// Nothing has gone wrong yet.
    pub(crate) fn new(out: W) -> ErrorCapture<W> {
        ErrorCapture { out, error: None }
    }

    /// Where it writes to.
    pub(super) fn get_ref(&self) -> &W {
        &self.out
    }

    /// The first error, if any.
    pub(crate) fn take(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    fn watch<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            // It is tried again.
            if error.kind() == ErrorKind::Interrupted {
                return error;
            }
            let same = io::Error::new(error.kind(), error.to_string());
            self.error.get_or_insert(error);
            same
        })
    }
}

impl<W: Write> Write for ErrorCapture<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.out.write(bytes);
        self.watch(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.out.flush();
        self.watch(result)
    }
}
