//! The files that a package is compiled from, each with a digest of what counts of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::package::{Package, normal};
use super::tokens::{From, Mention, Scanned, scan};
use super::{Result, unreadable};

/// How a package is compiled, as far as it changes which files count.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Setting<'s> {
    /// The folder or file outside of `src/` that the task is in.
    pub(super) task: Option<&'s Path>,
    /// The folder that its build script writes to.
    pub(super) out: Option<&'s Path>,
}

/// The names of the files that count, each with its digest.
pub(super) fn of(package: &Package, setting: Setting<'_>) -> Result<Vec<(String, String)>> {
    let mut files = Files { package, setting, read: BTreeMap::new() };
    let all = files.all()?;
    let for_tests = files.for_tests(&all)?;
    let live = files.live(all.into_iter().filter(|file| !for_tests.has(file)))?;
    let mut named = Vec::new();
    for (file, rust) in live {
        if let Some(digest) = files.digest(&file, rust)? {
            named.push((files.name(&file), digest));
        }
    }
    Ok(named)
}

struct Files<'p> {
    package: &'p Package,
    setting: Setting<'p>,
    /// The Rust files that were read so far.
    read: BTreeMap<PathBuf, Read>,
}

struct Read {
    digest: String,
    /// `None` if it is not Rust.
    scanned: Option<Scanned>,
}

/// Modules that are compiled for tests only.
#[derive(Default)]
struct ForTests {
    files: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
}

impl ForTests {
    fn has(&self, file: &Path) -> bool {
        self.files.contains(file) || file.ancestors().any(|folder| self.folders.contains(folder))
    }
}

impl Files<'_> {
    /// The files that count unless they are for tests only: `src/`, the roots of targets, what the build script writes.
    fn all(&self) -> Result<Vec<PathBuf>> {
        let folder = &self.package.folder;
        let mut all = Vec::new();
        below(&folder.join("src"), &|_| true, &mut all)?;
        for root in self.package.roots.iter().map(PathBuf::as_path).chain(self.setting.task) {
            let home = home(folder, root);
            if home.is_file() {
                all.push(home);
            } else if home != folder.join("src") {
                below(&home, &is_rust, &mut all)?;
            }
        }
        if let Some(out) = self.setting.out {
            below(out, &is_rust, &mut all)?;
        }
        Ok(all)
    }

    /// Reads all of these files to find out which of them are for tests only, if nothing else mentions them.
    fn for_tests(&mut self, all: &[PathBuf]) -> Result<ForTests> {
        let mut found = ForTests::default();
        for file in all.iter().filter(|file| is_rust(file)) {
            let (parent, own) = (parent(file).to_owned(), self.own_folder(file));
            let Some(scanned) = &self.read(file)?.scanned else { continue };
            if scanned.test_only && own != parent {
                found.folders.insert(own.clone());
            }
            for module in &scanned.tests {
                let home = own.join(module.inside.iter().collect::<PathBuf>());
                if module.has_file {
                    let path = module.path.as_ref().map(|path| normal(&parent.join(path)));
                    found.files.insert(path.unwrap_or_else(|| home.join(format!("{}.rs", module.name))));
                }
                found.folders.insert(home.join(&module.name));
            }
        }
        Ok(found)
    }

    /// These files and all that they mention, each with whether it is read as Rust.
    fn live(&mut self, files: impl Iterator<Item = PathBuf>) -> Result<BTreeMap<PathBuf, bool>> {
        let mut live = BTreeMap::new();
        let mut open: Vec<(PathBuf, bool)> = files.map(|file| (file.clone(), is_rust(&file))).collect();
        while let Some((file, rust)) = open.pop() {
            if live.get(&file).is_some_and(|known| *known || !rust) {
                continue;
            }
            if rust {
                let scanned = self.read(&file)?.scanned.as_ref().filter(|scanned| !scanned.test_only);
                for mention in scanned.map_or_else(Vec::new, |scanned| scanned.mentions.clone()) {
                    let rust = !matches!(mention, Mention::Include { rust: false, .. });
                    for path in self.candidates(&file, &mention) {
                        if path.is_file() {
                            open.push((path, rust));
                        } else if matches!(mention, Mention::Path { .. }) {
                            // `#[path = "…"] mod name { … }` names a folder.
                            let mut inside = Vec::new();
                            below(&path, &is_rust, &mut inside)?;
                            open.extend(inside.into_iter().map(|file| (file, true)));
                        }
                    }
                }
            }
            live.insert(file, rust);
        }
        Ok(live)
    }

    /// The paths that a file may mean.
    fn candidates(&self, file: &Path, mention: &Mention) -> Vec<PathBuf> {
        let parent = parent(file);
        let own = self.own_folder(file);
        let mut homes = vec![own];
        if !file.starts_with(self.package.folder.join("src")) {
            // Outside of `src/`, it depends on who mentions the file.
            homes.push(parent.to_owned());
            homes.push(file.with_extension(""));
        }
        let inside = |inside: &[String]| -> Vec<PathBuf> {
            homes.iter().map(|home| home.join(inside.iter().collect::<PathBuf>())).collect()
        };
        let candidates = match mention {
            Mention::Module { inside: modules, name } => {
                let homes = inside(modules);
                let file = |home: &PathBuf| [home.join(format!("{name}.rs")), home.join(name).join("mod.rs")];
                homes.iter().flat_map(file).collect()
            }
            Mention::Path { inside: modules, path } if modules.is_empty() => vec![parent.join(path)],
            Mention::Path { inside: modules, path } => inside(modules).iter().map(|home| home.join(path)).collect(),
            Mention::Include { from: From::Here, path, .. } => vec![parent.join(path)],
            Mention::Include { from: From::Package, path, .. } => vec![self.package.folder.join(path)],
            Mention::Include { from: From::OutDir, path, .. } => {
                self.setting.out.map(|out| out.join(path)).into_iter().collect()
            }
        };
        candidates.iter().map(|path| normal(path)).collect()
    }

    /// The folder in which the modules of a file are looked for.
    fn own_folder(&self, file: &Path) -> PathBuf {
        let parent = parent(file);
        let bins = self.package.folder.join("src").join("bin");
        let name = file.file_name().unwrap_or_default();
        if parent == bins || self.package.roots.iter().any(|root| root == file) || name == "mod.rs" {
            return parent.to_owned();
        }
        let of_crate = parent == self.package.folder.join("src") || parent.parent() == Some(&bins);
        if of_crate && (name == "lib.rs" || name == "main.rs") { parent.to_owned() } else { file.with_extension("") }
    }

    /// The digest of what counts of a file; `None` where nothing does.
    fn digest(&mut self, file: &Path, rust: bool) -> Result<Option<String>> {
        if !rust {
            return Ok(Some(digest(&bytes(file)?)));
        }
        let read = self.read(file)?;
        let counts = read.scanned.as_ref().is_none_or(|scanned| !scanned.test_only);
        Ok(counts.then(|| read.digest.clone()))
    }

    fn read(&mut self, file: &Path) -> Result<&Read> {
        if !self.read.contains_key(file) {
            let bytes = bytes(file)?;
            let scanned = std::str::from_utf8(&bytes).ok().and_then(scan);
            let digest = scanned.as_ref().map_or_else(|| digest(&bytes), |scanned| digest(&scanned.code));
            self.read.insert(file.to_owned(), Read { digest, scanned });
        }
        Ok(&self.read[file])
    }

    /// What a file is called on every machine.
    fn name(&self, file: &Path) -> String {
        let package = &self.package.name;
        match self.setting.out.and_then(|out| file.strip_prefix(out).ok()) {
            Some(inside) => format!("{package}/OUT_DIR/{}", relative(Path::new(""), inside)),
            None => format!("{package}/{}", relative(&self.package.folder, file)),
        }
    }
}

/// The folder of a package that a file belongs to, such as `examples/`: which of the files in it go together cannot be told
/// without compiling them. It is the file itself where that stands beside `Cargo.toml`, or outside of the package.
pub(super) fn home(package: &Path, file: &Path) -> PathBuf {
    let inside = file.strip_prefix(package).ok().and_then(|inside| inside.components().next());
    inside.map_or_else(|| file.to_owned(), |first| package.join(first))
}

fn parent(file: &Path) -> &Path {
    file.parent().unwrap_or(file)
}

fn is_rust(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending == "rs")
}

fn bytes(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).map_err(|error| unreadable(file, &error))
}

/// Sixteen digits are enough to tell that a file has changed.
fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..16].to_owned()
}

/// Adds the wanted files of a folder, which need not be there, and of the folders in it. Those that editors leave, `.name`
/// and `name~`, are no part of it.
fn below(folder: &Path, wanted: &dyn Fn(&Path) -> bool, files: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let entry = entry.map_err(|error| unreadable(folder, &error))?;
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        if path.is_dir() {
            below(&path, wanted, files)?;
        } else if path.is_file() && wanted(&path) {
            files.push(path);
        }
    }
    Ok(())
}

/// The way from a folder to a file, with `/` on every system.
fn relative(folder: &Path, file: &Path) -> String {
    let (from, to): (Vec<_>, Vec<_>) = (folder.components().collect(), file.components().collect());
    let shared = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
    let mut parts = vec!["..".to_owned(); from.len() - shared];
    parts.extend(to[shared..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned()));
    parts.join("/")
}

#[cfg(test)]
mod tests;
