//! The code of a task, as it was when it was compiled.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::CodeChange;
use crate::digest::Digest;

/// The version of what goes into a fingerprint, and how. A change of it makes everything run once.
pub const FORMAT: u32 = 1;

/// What is known of a task's code.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Code {
    /// Nothing: a task written by hand that does not say. It is never up to date.
    Unknown,
    /// The author says which version it is.
    Version(Cow<'static, str>),
    /// The sources it was compiled from: a list of lines, `file NAME DIGEST` and `package NAME VERSION`, under a first
    /// line `code 1 DIGEST` with the digest of the lines below it.
    Sources(Cow<'static, str>),
}

impl Code {
    /// A digest of the code.
    #[must_use]
    pub fn digest(&self) -> Digest {
        match self {
            Code::Unknown => Digest::of_bytes(b"unknown"),
            Code::Version(version) => Digest::of_bytes(format!("{FORMAT} version {version}").as_bytes()),
            Code::Sources(text) => {
                let named = text.lines().next().and_then(|line| line.strip_prefix("code 1 ")?.parse().ok());
                named.unwrap_or_else(|| Digest::of_bytes(text.as_bytes()))
            }
        }
    }

    /// How `new` is different; `None` where it is not.
    #[must_use]
    pub(super) fn change(old: &Code, new: &Code) -> Option<CodeChange> {
        let version = |code: &Code| match code {
            Code::Version(version) => Some(version.to_string()),
            _ => None,
        };
        match (old, new) {
            (Code::Unknown, _) | (_, Code::Unknown) => Some(CodeChange::Unknown),
            (Code::Sources(old_text), Code::Sources(new_text)) => {
                (old.digest() != new.digest()).then(|| sources(old_text, new_text))
            }
            _ => (old != new).then(|| CodeChange::Version { old: version(old), new: version(new) }),
        }
    }
}

fn sources(old: &str, new: &str) -> CodeChange {
    let files = differing(&lines(old, "file "), &lines(new, "file "));
    let packages = differing(&lines(old, "package "), &lines(new, "package "));
    let version = |version: Option<&str>| version.unwrap_or("none").to_owned();
    CodeChange::Sources {
        files: files.into_iter().map(|(name, _, _)| name.to_owned()).collect(),
        packages: packages
            .into_iter()
            .map(|(name, old, new)| format!("{name} {} → {}", version(old), version(new)))
            .collect(),
    }
}

/// The lines of one sort: name and what stands behind it. A name may have blanks in it, a digest or version has none.
fn lines<'t>(text: &'t str, sort: &str) -> BTreeMap<&'t str, &'t str> {
    text.lines().filter_map(|line| line.strip_prefix(sort)?.rsplit_once(' ')).collect()
}

type Differing<'t> = (&'t str, Option<&'t str>, Option<&'t str>);

fn differing<'t>(old: &BTreeMap<&'t str, &'t str>, new: &BTreeMap<&'t str, &'t str>) -> Vec<Differing<'t>> {
    let mut names: Vec<&str> = old.keys().chain(new.keys()).copied().collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .map(|name| (name, old.get(name).copied(), new.get(name).copied()))
        .filter(|(_, old, new)| old != new)
        .collect()
}
