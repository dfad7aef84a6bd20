//! What is different between two fingerprints, in words.

use std::fmt;

use crate::digest::Digest;

/// How many of the files and packages that changed are named.
const SHOWN: usize = 3;

/// One difference between the fingerprint of a step that was done and its present one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The code of the task.
    Code(CodeChange),
    /// The contract of a model it provides.
    Contract {
        /// The model.
        model: String,
    },
    /// A setting.
    Setting {
        /// Its full key.
        key: String,
        /// What it was.
        old: Option<String>,
        /// What it is.
        new: Option<String>,
    },
    /// A parameter that the task reads.
    Param {
        /// Its name.
        name: String,
        /// What it was.
        old: Option<String>,
        /// What it is.
        new: Option<String>,
    },
    /// The content of a model that it reads.
    Input {
        /// The model.
        model: String,
        /// What it was.
        old: Option<Digest>,
        /// What it is.
        new: Option<Digest>,
    },
    /// A file of the source that it reads.
    File {
        /// The file's name.
        file: String,
        /// What it was.
        old: Option<Digest>,
        /// What it is.
        new: Option<Digest>,
    },
    /// It reads a source now, or does not any more, or the source cannot be looked at.
    Source,
}

/// How the code of a task is different.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodeChange {
    /// `#[task(version = "…")]` says something else.
    Version {
        /// What it said; `None` where it said nothing.
        old: Option<String>,
        /// What it says.
        new: Option<String>,
    },
    /// Files of the crate or of its path dependencies, and locked versions of other dependencies.
    Sources {
        /// The files that are different, new or gone.
        files: Vec<String>,
        /// The dependencies, each `name old → new`.
        packages: Vec<String>,
    },
    /// The code cannot be told from other code.
    Unknown,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "not set".to_owned());
        let content = |what: &str, name: &str, old: &Option<Digest>, new: &Option<Digest>| {
            // A source that is one file and no folder has a file without a name of its own.
            let named = if name.is_empty() { format!("the {what}") } else { format!("{what} `{name}`") };
            match (old, new) {
                (Some(old), Some(new)) => format!("{named} has other content: {} → {}", old.short(), new.short()),
                (None, _) => format!("{named} is new"),
                (_, None) => format!("{named} is gone"),
            }
        };
        match self {
            Change::Code(change) => change.fmt(f),
            Change::Contract { model } => write!(f, "the contract of model `{model}` changed"),
            Change::Setting { key, old, new } => write!(f, "setting `{key}` changed: {} → {}", text(old), text(new)),
            Change::Param { name, old, new } => write!(f, "parameter `{name}` changed: {} → {}", text(old), text(new)),
            Change::Input { model, old, new } => f.write_str(&content("model", model, old, new)),
            Change::File { file, old, new } => f.write_str(&content("source file", file, old, new)),
            Change::Source => f.write_str("its source cannot be compared with what was read before"),
        }
    }
}

impl fmt::Display for CodeChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = |text: &Option<String>| match text {
            Some(text) => format!("\"{text}\""),
            None => "by its sources".to_owned(),
        };
        match self {
            CodeChange::Version { old, new } => {
                write!(f, "the version of its code changed: {} → {}", version(old), version(new))
            }
            CodeChange::Sources { files, packages } => {
                let all: Vec<&str> = files.iter().chain(packages).map(String::as_str).collect();
                match all.split_at_checked(SHOWN).filter(|(_, rest)| !rest.is_empty()) {
                    Some((shown, rest)) => write!(f, "code changed: {} and {} more", shown.join(", "), rest.len()),
                    None if all.is_empty() => f.write_str("code changed"),
                    None => write!(f, "code changed: {}", all.join(", ")),
                }
            }
            CodeChange::Unknown => f.write_str("its code cannot be told from other code"),
        }
    }
}
