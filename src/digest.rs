//! Digests: short names for contents, such that two contents of one digest are the same content.
//!
//! A digest is a BLAKE3 hash of 256 bits (<https://github.com/BLAKE3-team/BLAKE3-specs>). Knows bytes, texts and frames;
//! not what they are for.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

mod frame;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use frame::FrameDigester;
pub(crate) use writer::DigestWriter;

/// The digest of some content.
///
/// ```
/// use purvey::digest::Digest;
///
/// let digest = Digest::of_bytes(b"Seehof");
/// assert_eq!(digest.to_string().parse::<Digest>()?, digest);
/// assert_eq!(digest.short().len(), 12);
/// assert_ne!(digest, Digest::of_bytes(b"seehof"));
/// # Ok::<(), purvey::digest::ParseDigestError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of some bytes.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Digest {
        Digest(*blake3::hash(bytes).as_bytes())
    }

    /// The digest of these bytes of its own, as [`as_bytes`](Digest::as_bytes) gives them.
    #[must_use]
    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Digest {
        Digest(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Its first half, where many are kept.
    pub(crate) fn beginning(&self) -> [u8; 16] {
        *self.0.first_chunk().expect("it has twice as many bytes")
    }

    /// A number from 0 to below 1 that is as good as drawn at random for each content.
    #[must_use]
    pub(crate) fn fraction(&self) -> f64 {
        let bits = u32::from_le_bytes([self.0[0], self.0[1], self.0[2], self.0[3]]);
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    }

    /// The digest of the bytes of a file, which are not held in memory together.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or read.
    pub fn of_file(path: &Path) -> Result<Digest, FileError> {
        let failed = |action| move |source| FileError { action, path: path.to_owned(), source };
        let (digest, _) = Digest::of_reader(File::open(path).map_err(failed("open"))?).map_err(failed("read"))?;
        Ok(digest)
    }

    /// The digest of all bytes that a reader gives, and how many they are.
    pub(crate) fn of_reader(reader: impl io::Read) -> io::Result<(Digest, u64)> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(reader)?;
        Ok((Digest(*hasher.finalize().as_bytes()), hasher.count()))
    }

    /// The first twelve digits: enough to tell contents apart on a screen.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.short())
    }
}

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Digest, ParseDigestError> {
        let hash = blake3::Hash::from_hex(text).map_err(|_| ParseDigestError(text.to_owned()))?;
        Ok(Digest(*hash.as_bytes()))
    }
}

/// A text that is not a digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a digest; it has 64 hexadecimal digits")]
pub struct ParseDigestError(String);

/// A file whose digest could not be made.
#[derive(Debug, thiserror::Error)]
#[error("failed to {action} `{}`: {source}", .path.display())]
pub struct FileError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// Makes the digest of content that comes in pieces.
///
/// Each piece is told apart from the next: `"ab", "c"` and `"a", "bc"` have different digests.
///
/// ```
/// use purvey::digest::Digester;
///
/// let pieces = |pieces: &[&str]| {
///     let mut digester = Digester::new("example/1");
///     pieces.iter().for_each(|piece| digester.piece(piece.as_bytes()));
///     digester.finish()
/// };
/// assert_ne!(pieces(&["ab", "c"]), pieces(&["a", "bc"]));
/// ```
#[derive(Clone, Debug)]
pub struct Digester(blake3::Hasher);

impl Digester {
    /// A digester for content of this kind; the same pieces of two kinds have different digests.
    #[must_use]
    pub fn new(kind: &str) -> Digester {
        let mut digester = Digester(blake3::Hasher::new());
        digester.piece(kind.as_bytes());
        digester
    }

    /// A digester whose digest of the [parts](Digester::part) it gets is [`Digest::of_bytes`] of all of them.
    #[must_use]
    pub(crate) fn plain() -> Digester {
        Digester(blake3::Hasher::new())
    }

    /// Adds a piece.
    pub fn piece(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// Adds bytes without telling where they end: for a piece that comes in parts, whose length was added before.
    pub fn part(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of what was added.
    #[must_use]
    pub fn finish(&self) -> Digest {
        Digest(*self.0.finalize().as_bytes())
    }
}
