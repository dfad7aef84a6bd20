//! A chain that has run well once, and what becomes of its results when the next run goes wrong.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Output};

use crate::support::Chain;

/// A chain that has run well once, so that there is something to lose.
pub(crate) struct SecondRun {
    pub(crate) chain: Chain,
    first: Tree,
}

impl SecondRun {
    pub(crate) fn of(chain: Chain) -> SecondRun {
        chain.run(&[]);
        let first = Tree::of(&chain.results());
        SecondRun { chain, first }
    }

    /// Runs the chain with these arguments, which must change nothing; says what it had to say.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        let output = self.chain.start(arguments);
        self.assert_untouched();
        self.said(&output)
    }

    /// The same for an input of this name and content.
    pub(crate) fn refused_input(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.chain.file(name, content);
        self.refused_path(&path)
    }

    /// The same for an input that is there, or not.
    pub(crate) fn refused_path(&self, path: &Path) -> String {
        self.refused(&["--set", &format!("models.raw_bookings.path={}", path.display())])
    }

    /// The same for a configuration file.
    pub(crate) fn refused_configuration(&self, content: impl AsRef<[u8]>) -> String {
        let path = self.chain.file("mine.toml", content);
        self.refused(&["--config", path.to_str().unwrap()])
    }

    /// Everything in the folder of results is as the first run has left it: bytes, links, and nothing besides, but
    /// versions that nobody sees, what is on record, and who had the folder when it was killed.
    pub(crate) fn assert_untouched(&self) {
        let may_be_new = |path: &Path| path.starts_with(".purvey/versions") || path == Path::new(".purvey/lease");
        let is_record = |path: &Path| path.to_string_lossy().starts_with(".purvey/ledger.sqlite");
        let Tree(mut now) = Tree::of(&self.chain.results());
        now.retain(|path, _| self.first.0.contains_key(path) || !(may_be_new(path) || is_record(path)));
        let differs = |path: &&PathBuf| !is_record(path) && now.get(*path) != self.first.0.get(*path);
        let differing: Vec<_> = now.keys().chain(self.first.0.keys()).filter(differs).collect();
        assert!(differing.is_empty(), "other than the first run has left them: {differing:?}");
    }

    /// The next run goes well, publishes what the first one did, and leaves nothing half-made.
    pub(crate) fn assert_recovers(&self) {
        self.chain.run(&[]);
        assert_eq!(self.chain.published(), self.first.published());
        let Tree(now) = Tree::of(&self.chain.results());
        let sets = now.keys().filter(|path| path.parent() == Some(Path::new(".purvey/sets")));
        assert!(sets.count() <= 2, "there are more sets than the published one and the one before");
        let is_left = |path: &&PathBuf| path.ends_with("lease") || path.to_string_lossy().ends_with(".partial");
        let versions = Path::new(".purvey/versions");
        assert_eq!(now.keys().filter(is_left).find(|path| !path.starts_with(versions)), None);
    }

    /// Whether the published files are those of the first run.
    pub(crate) fn shows_the_first(&self) -> bool {
        self.chain.published() == self.first.published()
    }

    /// The exit code, the task that failed, and what is wrong; without times, run ids and what went well.
    pub(crate) fn said(&self, output: &Output) -> String {
        let stderr = String::from_utf8(output.stderr.clone()).unwrap();
        let stderr = stderr.replace(self.chain.path().to_str().unwrap(), "DIR");
        let went_on = |line: &&str| !["run ", "✓", "=", "↷", "⊘", "▸"].iter().any(|start| line.starts_with(start));
        let essential = stderr.lines().filter(went_on).filter(|line| !line.contains(" INFO "));
        let essential = essential.map(|line| match line.strip_prefix("✗ failed") {
            Some(rest) => format!("{} failed", rest.split_whitespace().next().unwrap()),
            None => line.to_owned(),
        });
        let lines: Vec<String> = essential.collect();
        format!("exit {}\n{}", output.status.code().unwrap(), lines.join("\n"))
    }
}

/// Everything in a folder, by path.
#[derive(Debug, PartialEq)]
struct Tree(BTreeMap<PathBuf, Entry>);

#[derive(Debug, PartialEq)]
enum Entry {
    Folder,
    Link(PathBuf),
    File(Bytes),
}

#[derive(PartialEq)]
struct Bytes(Vec<u8>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Tree {
    fn of(root: &Path) -> Tree {
        let mut entries = BTreeMap::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
                let (path, kind) = (entry.path(), entry.file_type().unwrap());
                let found = if kind.is_symlink() {
                    Entry::Link(fs::read_link(&path).unwrap())
                } else if kind.is_dir() {
                    folders.push(path.clone());
                    Entry::Folder
                } else if path.ends_with(".purvey/lock") {
                    // Says which run has it, or had it when it was killed.
                    Entry::File(Bytes(Vec::new()))
                } else {
                    Entry::File(Bytes(fs::read(&path).unwrap()))
                };
                entries.insert(path.strip_prefix(root).unwrap().to_owned(), found);
            }
        }
        Tree(entries)
    }

    /// The files as people see them, by name.
    fn published(&self) -> BTreeMap<String, Vec<u8>> {
        let state = Path::new(".purvey");
        let Some(Entry::Link(set)) = self.0.get(&state.join("current")) else { panic!("nothing is published") };
        let files = self.0.iter().filter_map(|(path, entry)| {
            let name = path.strip_prefix(state.join(set)).ok()?;
            let Entry::Link(version) = entry else { return None };
            let Entry::File(bytes) = &self.0[&state.join(version.strip_prefix("../..").unwrap())] else { return None };
            Some((name.to_str()?.to_owned(), bytes.0.clone()))
        });
        files.collect()
    }
}

/// Sends a signal to a program.
pub(crate) fn signal(child: &Child, name: &str) {
    let status = std::process::Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status();
    assert!(status.unwrap().success());
}
