//! Holds the shape of the library: modules import in one direction, and files can be read in a sitting.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its own sources has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the library, from the left, which knows nothing, to the right, which knows all. A module imports only
/// from modules to its left. It is the order in which ARCHITECTURE.md explains them.
const FLOW: &[&str] = &[
    "id",
    "clock",
    "cancel",
    "secret",
    "nearest",
    "zone",
    "partition",
    "schedule",
    "words",
    "failpoint",
    "failure",
    "lineage",
    "event",
    "section",
    "schema",
    "contract",
    "digest",
    "source",
    "fingerprint",
    "model",
    "store",
    "context",
    "task",
    "registry",
    "graph",
    "ledger",
    "plan",
    "run",
    "report",
    "config",
    "telling",
    "session",
    "cli",
];

/// The most lines a file may have.
const LINES: usize = 400;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder, in order.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The top-level module that a file of `src/` belongs to.
fn module_of(file: &Path) -> String {
    let inside = file.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The top-level modules that the text of a file so deep in `src/` imports, by `crate::…` or by as many `super::` as lead
/// there, apart from comments and tests.
fn imports(text: &str, depth: usize) -> BTreeSet<String> {
    let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let code = code.replace(&"super::".repeat(depth), "crate::");
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(list) => {
                let list = list.split("};").next().unwrap_or(list);
                found.extend(list.split(',').map(|item| name(item.trim())));
            }
            None => {
                found.insert(name(rest));
            }
        }
    }
    found
}

#[test]
fn modules_import_from_their_left_only() {
    let position: BTreeMap<&str, usize> = FLOW.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    let mut wrong = Vec::new();
    for file in sources(&root().join("src")) {
        let module = module_of(&file);
        if module == "lib" || file.file_name().is_some_and(|name| name == "tests.rs") {
            continue;
        }
        let at = position.get(module.as_str()).unwrap_or_else(|| panic!("`{module}` is missing in FLOW"));
        let depth = file.strip_prefix(root().join("src")).unwrap().components().count();
        for import in imports(&fs::read_to_string(&file).unwrap(), depth) {
            match position.get(import.as_str()) {
                Some(other) if other > at => wrong.push(format!("{} imports `{import}`", file.display())),
                // What the root re-exports is imported by its own path inside the library.
                None if import.starts_with(char::is_uppercase) => {
                    wrong.push(format!("{} imports `crate::{import}`", file.display()));
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the flow:\n{}", wrong.join("\n"));
}

#[test]
fn every_way_to_import_is_seen() {
    let seen = |text: &str| imports(text, 2).into_iter().collect::<Vec<_>>();
    assert_eq!(seen("use crate::plan::{Plan, Step};"), ["plan"]);
    assert_eq!(seen("use crate::{plan, run::Job};"), ["plan", "run"]);
    assert_eq!(seen("use super::super::session::Orchestrator;"), ["session"]);
    assert_eq!(seen("fn f() -> crate::cli::Exit {}"), ["cli"]);
    assert!(seen("use super::plan::Plan; // crate").is_empty());
}

#[test]
fn no_two_modules_need_each_other_unawares() {
    // The list must stay the real one: every module of the library, and no other.
    let found: BTreeSet<String> = sources(&root().join("src")).iter().map(|file| module_of(file)).collect();
    let listed: BTreeSet<String> = FLOW.iter().map(|name| (*name).to_owned()).chain(["lib".to_owned()]).collect();
    assert_eq!(found, listed);
}

#[test]
fn files_can_be_read_in_a_sitting() {
    let mut long = Vec::new();
    for folder in ["src", "macros", "models", "tasks", "chains", "tests"] {
        for file in sources(&root().join(folder)) {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            if lines > LINES {
                long.push(format!("{}: {lines} lines", file.display()));
            }
        }
    }
    assert!(long.is_empty(), "files of more than {LINES} lines:\n{}", long.join("\n"));
}
