//! One section of the configuration, with the place that each of its values came from.
//!
//! A section is what a model (`[models.<name>]`) or a task (`[tasks.<name>]`) is configured with. It does not know
//! how files, environment and command line are layered; it only holds the result, reads it into a type, and can
//! say which keys that type has.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::Value;

use crate::nearest;

mod fields;
mod sections;

pub use sections::Sections;

/// Where a configured value comes from.
///
/// ```
/// use purvey::section::Origin;
///
/// let origin = Origin::File { path: "purvey.toml".into(), line: 12, column: 5 };
/// assert_eq!(origin.to_string(), "purvey.toml:12:5");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The default in the code.
    Default,
    /// Set by the program that builds the orchestrator.
    Code,
    /// A configuration file; line and column count from 1.
    File {
        /// The file, as it was opened.
        path: PathBuf,
        /// Line of the key, from 1.
        line: usize,
        /// Column of the key in characters, from 1.
        column: usize,
    },
    /// An environment variable, by name.
    Environment(String),
    /// `--set` on the command line.
    CommandLine,
}

impl Origin {
    /// The folder that a relative path with this origin is relative to, if that is not the working folder.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Origin::File { path, .. } => path.parent(),
            _ => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::Code => f.write_str("code"),
            Origin::File { path, line, column } => write!(f, "{}:{line}:{column}", path.display()),
            Origin::Environment(name) => write!(f, "environment variable {name}"),
            Origin::CommandLine => f.write_str("command line"),
        }
    }
}

/// The configured values of one model or task, by key.
///
/// ```
/// use purvey::Section;
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Limits {
///     #[serde(default)]
///     top: u32,
/// }
///
/// let section = Section::new("tasks.agent_ranking").with("top", 50);
/// let limits: Limits = section.read()?;
/// assert_eq!(limits.top, 50);
///
/// let wrong = Section::new("tasks.agent_ranking").with("topp", 50);
/// assert_eq!(
///     wrong.read::<Limits>().err().map(|error| error.to_string()).as_deref(),
///     Some("unknown key `topp` in [tasks.agent_ranking] (code); did you mean `top`?"),
/// );
/// # Ok::<(), purvey::section::SectionError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    name: String,
    values: toml::Table,
    /// By dotted key inside the section; a nested table has the origin of each of its leaves.
    origins: BTreeMap<String, Origin>,
}

/// One value of a section as it takes effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Effective {
    /// The key, dotted where tables are nested.
    pub key: String,
    /// The value; `None` for one that is absent or must not be shown.
    pub value: Option<Value>,
    /// Where it comes from.
    pub origin: Origin,
}

impl Section {
    /// An empty section of this name, such as `models.raw_bookings`.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Section {
        Section { name: name.into(), ..Section::default() }
    }

    /// The section's name, without brackets.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same section with a value set by the program.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Section {
        self.set(key, value.into(), Origin::Code);
        self
    }

    /// Sets a value; a dotted key reaches into nested tables.
    pub fn set(&mut self, key: &str, value: Value, origin: Origin) {
        let mut parts: Vec<&str> = key.split('.').collect();
        let last = parts.pop().unwrap_or(key);
        let mut table = &mut self.values;
        for part in parts {
            let entry = table.entry(part).or_insert_with(|| Value::Table(toml::Table::new()));
            if !entry.is_table() {
                *entry = Value::Table(toml::Table::new());
            }
            let Value::Table(inner) = entry else { unreachable!("made a table just above") };
            table = inner;
        }
        table.insert(last.to_owned(), value);
        // What stood below this key, or above it, is gone with its origin.
        let below = format!("{key}.");
        self.origins.retain(|known, _| !known.starts_with(&below) && !key.starts_with(&format!("{known}.")));
        self.origins.insert(key.to_owned(), origin);
    }

    /// Where the value of this (dotted) key comes from.
    #[must_use]
    pub fn origin(&self, key: &str) -> &Origin {
        let below = format!("{key}.");
        self.origins
            .get(key)
            .or_else(|| self.origins.iter().find(|(known, _)| known.starts_with(&below)).map(|(_, origin)| origin))
            .or_else(|| {
                self.origins.iter().find(|(known, _)| key.starts_with(&format!("{known}."))).map(|(_, origin)| origin)
            })
            .unwrap_or(&Origin::Default)
    }

    /// The values, by key.
    #[must_use]
    pub fn values(&self) -> &toml::Table {
        &self.values
    }

    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// A path given under this key, made relative to the folder of the file that names it.
    #[must_use]
    pub fn resolve(&self, key: &str, path: &Path) -> PathBuf {
        match self.origin(key).folder() {
            Some(folder) if path.is_relative() => folder.join(path),
            _ => path.to_owned(),
        }
    }

    /// Reads the section into a type, refusing keys that the type does not have.
    ///
    /// # Errors
    ///
    /// [`SectionError`] for an unknown key, a missing one, or a value of the wrong type.
    pub fn read<C: DeserializeOwned>(&self) -> Result<C, SectionError> {
        let known = fields::names::<C>();
        if let Some(known) = known
            && let Some(unknown) = self.values.keys().find(|key| !known.contains(&key.as_str()))
        {
            return Err(self.unknown(unknown, nearest::name(unknown, known.iter().copied())));
        }
        let mut ignored = None;
        let read = serde_ignored::deserialize(Value::Table(self.values.clone()), |path| {
            ignored.get_or_insert_with(|| path.to_string().trim_start_matches("?.").to_owned());
        });
        let value = read.map_err(|error: toml::de::Error| self.wrong(error.message()))?;
        match ignored {
            Some(key) => Err(self.unknown(&key, None)),
            None => Ok(value),
        }
    }

    /// Every key of the type `C` with the value that takes effect here and where that comes from.
    ///
    /// # Errors
    ///
    /// As for [`Section::read`].
    pub fn effective<C: DeserializeOwned + Serialize>(&self) -> Result<Vec<Effective>, SectionError> {
        let value = toml::Table::try_from(self.read::<C>()?).unwrap_or_default();
        let keys = fields::names::<C>().map_or_else(|| value.keys().map(String::as_str).collect(), <[&str]>::to_vec);
        let entry = |key: &str| Effective {
            key: key.to_owned(),
            value: value.get(key).cloned(),
            origin: self.origin(key).clone(),
        };
        Ok(keys.into_iter().map(entry).collect())
    }

    fn unknown(&self, key: &str, similar: Option<String>) -> SectionError {
        SectionError::UnknownKey {
            section: self.name.clone(),
            key: key.to_owned(),
            origin: self.origin(key).clone(),
            similar,
        }
    }

    /// The error of a key that nobody reads.
    #[must_use]
    pub fn unknown_key(&self, key: &str) -> SectionError {
        self.unknown(key, None)
    }

    fn wrong(&self, message: &str) -> SectionError {
        // serde names the key in its path only for nested values; the first key whose removal changes the error is it.
        SectionError::WrongValue {
            section: self.name.clone(),
            origin: self.origins.values().next().cloned().unwrap_or(Origin::Default),
            message: message.trim_end().replace('\n', " "),
        }
    }
}

/// The keys that the type `C` takes from its section; `None` where it does not say (a map, say).
#[must_use]
pub fn keys<C: DeserializeOwned>() -> Option<&'static [&'static str]> {
    fields::names::<C>()
}

/// A section that its type cannot be read from.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SectionError {
    /// A key that the type does not have.
    #[error("unknown key `{key}` in [{section}] ({origin}){}", nearest::hint(similar.as_deref()))]
    UnknownKey {
        /// The section.
        section: String,
        /// The key.
        key: String,
        /// Where it is set.
        origin: Origin,
        /// The known key that looks most like it.
        similar: Option<String>,
    },
    /// A value that cannot be read as its type, or a missing one.
    #[error("wrong value in [{section}] ({origin}): {message}")]
    WrongValue {
        /// The section.
        section: String,
        /// Where it is set.
        origin: Origin,
        /// What is wrong.
        message: String,
    },
}

/// A section of a type without keys, for models that need no configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoConfig {}
