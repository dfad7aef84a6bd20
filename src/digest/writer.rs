//! The digest of what is written, made on the way.

use std::io::{self, Write};

use super::{Digest, Digester};

/// A writer that knows how much was written to it, and the digest of that.
#[derive(Debug)]
pub(crate) struct DigestWriter<W> {
    out: W,
    digester: Digester,
    bytes: u64,
}

impl<W> DigestWriter<W> {
    /// Nothing has been written yet.
    pub(crate) fn new(out: W) -> DigestWriter<W> {
        DigestWriter { out, digester: Digester::plain(), bytes: 0 }
    }

    /// Where it writes to.
    pub(crate) fn get_ref(&self) -> &W {
        &self.out
    }

    /// How many bytes were written, and their digest.
    pub(crate) fn written(&self) -> (u64, Digest) {
        (self.bytes, self.digester.finish())
    }
}

impl<W: Write> Write for DigestWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.digester.part(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
