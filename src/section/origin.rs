//! Where a configured value comes from.

use std::fmt;
use std::path::{Path, PathBuf};

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
