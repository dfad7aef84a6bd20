//! What can be wrong with a section.

use super::{Origin, Section, join};
use crate::nearest;

/// A section that its type cannot be read from.
///
/// The texts quote wrong values, except those of a [`Secret`](crate::Secret).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SectionError {
    /// A key that the type does not have.
    #[error("unknown key `{key}` in [{section}] ({origin}){}", nearest::hint(similar.as_deref()))]
    UnknownKey {
        /// The section.
        section: String,
        /// The key, dotted where tables are nested.
        key: String,
        /// Where it is set.
        origin: Origin,
        /// The known key that looks most like it.
        similar: Option<String>,
    },
    /// A key without default that is not set.
    #[error("missing key `{key}` in [{section}]; it has no default, so it must be set")]
    MissingKey {
        /// The section.
        section: String,
        /// The key, dotted where tables are nested.
        key: String,
    },
    /// A value that cannot be read as its type.
    #[error("wrong value for `{key}` in [{section}] ({origin}): {message}")]
    WrongValue {
        /// The section.
        section: String,
        /// The key, dotted where tables are nested.
        key: String,
        /// Where it is set.
        origin: Origin,
        /// What is wrong.
        message: String,
    },
    /// Values that each may be right, and together make no sense.
    #[error("wrong values in [{section}] ({origin}): {message}")]
    WrongSection {
        /// The section.
        section: String,
        /// Where it begins.
        origin: Origin,
        /// What is wrong.
        message: String,
    },
}

impl SectionError {
    /// Where the wrong value is set; `None` for one that is not set at all.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            SectionError::UnknownKey { origin, .. }
            | SectionError::WrongValue { origin, .. }
            | SectionError::WrongSection { origin, .. } => Some(origin),
            SectionError::MissingKey { .. } => None,
        }
    }
}

impl Section {
    /// The error of a key at this path that nobody asks for, where these are known.
    pub(crate) fn unknown_key<'k>(&self, path: &[&str], known: impl IntoIterator<Item = &'k str>) -> SectionError {
        let path: Vec<String> = path.iter().map(|&key| key.to_owned()).collect();
        SectionError::UnknownKey {
            section: self.name.clone(),
            key: join(&path),
            origin: self.origin_at(&path).clone(),
            similar: path.last().and_then(|key| nearest::name(key, known)),
        }
    }

    /// The error of a value at this path that can be read and makes no sense.
    pub(crate) fn wrong_value(&self, path: &[&str], message: String) -> SectionError {
        self.wrong(path.iter().map(|&key| key.to_owned()).collect(), message)
    }
}
