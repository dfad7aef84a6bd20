//! What can be wrong with a configuration.

use std::fmt;
use std::path::PathBuf;

use super::SECTIONS;
use super::snippet::{Files, Finding};
use crate::nearest;
use crate::section::{Origin, SectionError};
use crate::words::names;

/// One thing that is wrong with a configuration.
///
/// The text names the place; [`ConfigErrors::render`] shows it as well.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("cannot read `{}`: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file of an environment (`--env`) is not there.
    #[error("environment `{environment}` needs the file `{}`, which does not exist", path.display())]
    NoEnvironment {
        /// The environment.
        environment: String,
        /// The file it is configured in.
        path: PathBuf,
    },
    /// An environment is asked for where no configuration file was found that its own could stand beside.
    #[error("environment `{environment}` needs a configuration file, and none was found{}", looked(searched))]
    NoFile {
        /// The environment.
        environment: String,
        /// Where one was looked for.
        searched: Vec<PathBuf>,
    },
    /// A file is not UTF-8 text.
    #[error("the file is not UTF-8 text ({origin}); save it as UTF-8")]
    Encoding {
        /// The first byte that is not.
        origin: Origin,
    },
    /// A file is not TOML, or has a key twice.
    #[error("{message} ({origin})")]
    Syntax {
        /// What is wrong.
        message: String,
        /// Where.
        origin: Origin,
    },
    /// A value stands where a table should.
    #[error("`{key}` must be a table, not {found} ({origin})")]
    NotTable {
        /// The key.
        key: String,
        /// What stands there.
        found: &'static str,
        /// Where.
        origin: Origin,
    },
    /// A section that no configuration has.
    #[error("unknown section `{section}` ({origin}){}", nearest::hint(similar.as_deref()))]
    UnknownSection {
        /// The section.
        section: String,
        /// Where.
        origin: Origin,
        /// The section whose name looks most like it.
        similar: Option<String>,
    },
    /// A key on the command line or in the environment that names no single value.
    #[error("`{key}` ({origin}) does not name a value; write {}", form(key))]
    NotKey {
        /// The key.
        key: String,
        /// Where.
        origin: Origin,
    },
    /// A `--set` without `=`.
    #[error("`--set {text}` has no `=`; write `--set KEY=VALUE`")]
    NoEquals {
        /// What was typed.
        text: String,
    },
    /// One of the sections `[run]`, `[partitions]`, `[schedule.<name>]` and `[telling]` is wrong.
    #[error(transparent)]
    Run(#[from] SectionError),
}

fn looked(searched: &[PathBuf]) -> String {
    let each: Vec<String> = searched.iter().map(|path| format!("`{}`", path.display())).collect();
    if each.is_empty() { String::new() } else { format!(" (looked for {})", each.join(", ")) }
}

/// How a key below this section is written.
fn form(key: &str) -> String {
    let section = key.split('.').next().unwrap_or_default();
    match section {
        "models" | "tasks" | "schedule" => format!("`{section}.<name>.<key>`"),
        _ => format!("`{section}.<key>`"),
    }
}

impl ConfigError {
    fn finding(&self) -> Finding<'_> {
        match self {
            ConfigError::Syntax { message, origin } if message == "duplicate key" => {
                Finding::at(origin, "duplicate key").label("this key is set twice")
            }
            ConfigError::Syntax { message, origin } => {
                Finding::at(origin, "the file is not valid TOML").label(message).whole_line()
            }
            ConfigError::NotTable { key, found, origin } => {
                Finding::at(origin, format!("`{key}` must be a table")).label(format!("this is {found}"))
            }
            ConfigError::UnknownSection { section, origin, similar } => {
                Finding::at(origin, format!("unknown section `{section}`"))
                    .label(format!("not one of {}", names(SECTIONS)))
                    .similar(similar.as_deref())
            }
            ConfigError::Run(error) => Finding::of_section(error),
            _ => Finding::nowhere(self.to_string()),
        }
    }
}

/// Everything that is wrong with a configuration; never empty.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigErrors {
    errors: Vec<ConfigError>,
    files: Files,
}

impl ConfigErrors {
    pub(super) fn new(errors: Vec<ConfigError>, files: Files) -> ConfigErrors {
        ConfigErrors { errors, files }
    }

    /// The errors, in the order of the layers, from the weakest on.
    #[must_use]
    pub fn errors(&self) -> &[ConfigError] {
        &self.errors
    }

    /// The errors as a person wants to see them: each with the line it is about.
    #[must_use]
    pub fn render(&self) -> String {
        let each: Vec<String> = self.errors.iter().map(|error| self.files.render(&error.finding())).collect();
        each.join("\n\n")
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each: Vec<String> = self.errors.iter().map(ToString::to_string).collect();
        f.write_str(&each.join("\n"))
    }
}

impl std::error::Error for ConfigErrors {}
