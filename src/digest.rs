//! Digests: short names for contents, such that two contents of one digest are the same content.
//!
//! A digest is a BLAKE3 hash of 256 bits (<https://github.com/BLAKE3-team/BLAKE3-specs>). Knows bytes, texts and frames;
//! not what they are for.

use std::fmt;
use std::str::FromStr;

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
