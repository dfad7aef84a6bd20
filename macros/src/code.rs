//! The code that a task is made of, captured when it is compiled: a text with a line for each file and each package.
//!
//! ```text
//! code 1 <blake3 of what follows>
//! file hotel-tasks/src/clean.rs <digest of what counts of it>
//! package polars 0.55.2
//! ```
//!
//! Files are those of the package that is compiled and of the packages that it has as folders, near and far; the other
//! packages count by their versions in the lock file. Purvey itself counts by [`FORMAT`] alone, so that a new version of
//! it does not by itself run everything anew.
//!
//! Cargo compiles a crate again whenever one of its dependencies was, so the text is never older than the program.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{env, io};

use self::files::Setting;
use self::lock::Lock;
use self::package::{Package, Source, normal};

mod files;
mod lex;
mod lock;
mod package;
mod tokens;

/// The version of what goes into a fingerprint; the same as `purvey::fingerprint::FORMAT`.
const FORMAT: u32 = 1;

/// A fault is a sentence: the compiler shows it at the task.
type Result<T> = std::result::Result<T, String>;

/// The sources of a task in this file, of the package that the compiler is at work on. Empty where they are not known.
pub(crate) fn sources(file: Option<PathBuf>) -> Result<String> {
    // Each crate is compiled by a process of its own, and most tasks of a crate have one text.
    static TEXTS: Mutex<BTreeMap<Place, Result<String>>> = Mutex::new(BTreeMap::new());
    let Some(place) = Place::present(file) else { return Ok(String::new()) };
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    texts.entry(place).or_insert_with_key(text).clone()
}

/// Where something is compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// The folder of the package.
    package: PathBuf,
    /// The folder that the compiler was started in.
    current: PathBuf,
    /// The folder that it writes to, where that is inside of the workspace.
    target: Option<PathBuf>,
    /// The folder that the package's build script has written to.
    out: Option<PathBuf>,
    /// The folder of the package that the task is in, or the task's file where it is in none, if that is not `src/`.
    home: Option<PathBuf>,
}

impl Place {
    /// Where the present process compiles; `None` if cargo has not started it.
    fn present(file: Option<PathBuf>) -> Option<Place> {
        let target = env::args_os().skip_while(|argument| argument != "--out-dir").nth(1).map(PathBuf::from);
        Place::of(|name| env::var_os(name), env::current_dir().unwrap_or_default(), target, file)
    }

    /// Where a compiler works that has this environment and was started in this folder to write to that one.
    fn of(
        variable: impl Fn(&str) -> Option<OsString>,
        current: PathBuf,
        target: Option<PathBuf>,
        file: Option<PathBuf>,
    ) -> Option<Place> {
        let folder = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let package = folder("CARGO_MANIFEST_DIR")?;
        let target = target.filter(|_| folder("CARGO_TARGET_DIR").is_none());
        let out = folder("OUT_DIR");
        let home = file.and_then(|file| home(&package, out.as_deref(), &normal(&current.join(file))));
        Some(Place { package, current, target, out, home })
    }

    /// The folders in which the lock file may be, the likeliest first.
    fn folders_of_lock(&self) -> impl Iterator<Item = &Path> {
        // A package that is no part of this workspace may have a lock file of its own, which says nothing here.
        let own = (!self.is_fetched()).then_some([&self.package, &self.current]);
        self.target.iter().chain(own.into_iter().flatten()).flat_map(|folder| folder.ancestors())
    }

    /// Whether cargo has fetched the package from a registry or a repository.
    fn is_fetched(&self) -> bool {
        self.package.ancestors().any(|folder| folder.join(".cargo-ok").is_file())
    }
}

/// Where in its package this file is, if it is not in `src/`.
fn home(package: &Path, out: Option<&Path>, file: &Path) -> Option<PathBuf> {
    let counts = out.is_some_and(|out| file.starts_with(out)) || file.starts_with(package.join("src"));
    (file.starts_with(package) && !counts).then(|| files::home(package, file))
}

/// Whether this is a part of Purvey, which counts by its format.
fn is_own(package: &str) -> bool {
    matches!(package, "purvey" | "purvey-macros")
}

fn unreadable(path: &Path, error: &io::Error) -> String {
    format!("cannot read `{}`, which is part of what this task is made of: {error}", path.display())
}

/// The text for what is compiled here.
fn text(place: &Place) -> Result<String> {
    let mut packages = BTreeMap::new();
    let root = normal(&place.package);
    follow(root.clone(), &mut packages)?;
    let versions = match Lock::find(place.folders_of_lock(), &packages[&root])? {
        Some(lock) => locked(&lock, &mut packages)?,
        None if place.is_fetched() => None,
        None => Some(required(packages.values())),
    };
    let Some(versions) = versions else { return Ok(String::new()) };
    let mut files = Vec::new();
    for package in packages.values().filter(|package| !is_own(&package.name)) {
        let compiled = package.folder == root;
        let here = Setting { task: place.home.as_deref(), out: place.out.as_deref() };
        files.extend(files::of(package, if compiled { here } else { Setting::default() })?);
    }
    files.sort();
    Ok(written(&files, &versions))
}

/// Reads the package of a folder, and those that it has as folders.
fn follow(folder: PathBuf, packages: &mut BTreeMap<PathBuf, Package>) -> Result<()> {
    let mut open = vec![folder];
    while let Some(folder) = open.pop() {
        if packages.contains_key(&folder) {
            continue;
        }
        let package = Package::read(&folder)?;
        let dependencies = package.dependencies.iter().filter(|_| !is_own(&package.name));
        open.extend(dependencies.filter_map(|dependency| match &dependency.source {
            Source::Folder(folder) => Some(folder.clone()),
            Source::Elsewhere(_) => None,
        }));
        packages.insert(folder, package);
    }
    Ok(())
}

type Versions = BTreeMap<String, BTreeSet<String>>;

/// The locked versions of all other packages. A folder that stands in for one of them joins the packages; `None` if it
/// cannot be found, so that not all of the code is known.
fn locked(lock: &Lock, packages: &mut BTreeMap<PathBuf, Package>) -> Result<Option<Versions>> {
    loop {
        let closure = lock.closure(packages.values());
        if closure.folders.is_empty() {
            return Ok(Some(closure.versions));
        }
        let known = packages.len();
        for (package, folder) in package::patches(&lock.folder)? {
            if closure.folders.contains(&package) {
                follow(folder, packages)?;
            }
        }
        if packages.len() == known {
            return Ok(None);
        }
    }
}

/// What the packages ask for, where no lock file says what they get.
fn required<'p>(packages: impl Iterator<Item = &'p Package>) -> Versions {
    let mut versions = Versions::new();
    for dependency in packages.flat_map(|package| &package.dependencies) {
        if let Source::Elsewhere(requirement) = &dependency.source
            && !is_own(&dependency.package)
        {
            versions.entry(dependency.package.clone()).or_default().insert(requirement.clone());
        }
    }
    versions
}

fn written(files: &[(String, String)], versions: &Versions) -> String {
    let mut packages: BTreeMap<&str, String> = BTreeMap::from([("purvey", format!("format-{FORMAT}"))]);
    for (name, versions) in versions {
        packages.insert(name, versions.iter().map(String::as_str).collect::<Vec<_>>().join(","));
    }
    let files = files.iter().map(|(name, digest)| format!("file {name} {digest}\n"));
    let packages = packages.iter().map(|(name, versions)| format!("package {name} {versions}\n"));
    let lines: String = files.chain(packages).collect();
    format!("code 1 {}\n{lines}", blake3::hash(lines.as_bytes()))
}

#[cfg(test)]
mod space;
#[cfg(test)]
mod tests;
