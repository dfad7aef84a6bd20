//! The lock file: which version of which package is built with which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use toml::Value;

use super::package::{Package, table};
use super::{Result, is_own};

/// A lock file.
#[derive(Debug)]
pub(super) struct Lock {
    /// The folder it is in.
    pub(super) folder: PathBuf,
    packages: Vec<Locked>,
    /// The registry that most packages are from, which need not be named for each of them.
    usual: Option<String>,
}

#[derive(Debug)]
struct Locked {
    name: String,
    version: String,
    /// `None` for a package that is a folder.
    source: Option<String>,
    /// Each `name`, `name version` or `name version (source)`.
    dependencies: Vec<String>,
}

/// What packages depend on, near and far.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Closure {
    /// The versions by name.
    pub(super) versions: BTreeMap<String, BTreeSet<String>>,
    /// Packages that are folders, and none of those that were known.
    pub(super) folders: BTreeSet<String>,
}

impl Lock {
    /// The first lock file in these folders that this package is in.
    pub(super) fn find<'f>(folders: impl IntoIterator<Item = &'f Path>, package: &Package) -> Result<Option<Lock>> {
        for folder in folders {
            let file = folder.join("Cargo.lock");
            if file.is_file() {
                let lock = Lock::read(folder, &file)?;
                if lock.place_of(package).is_some() {
                    return Ok(Some(lock));
                }
            }
        }
        Ok(None)
    }

    fn read(folder: &Path, file: &Path) -> Result<Lock> {
        let table = table(file)?;
        let packages = table.get("package").and_then(Value::as_array).into_iter().flatten();
        let text = |package: &Value, key: &str| package.get(key).and_then(Value::as_str).map(str::to_owned);
        let packages = packages.map(|package| {
            let dependencies = package.get("dependencies").and_then(Value::as_array).into_iter().flatten();
            Locked {
                name: text(package, "name").unwrap_or_default(),
                version: text(package, "version").unwrap_or_default(),
                source: text(package, "source"),
                dependencies: dependencies.filter_map(|name| name.as_str().map(str::to_owned)).collect(),
            }
        });
        let packages: Vec<Locked> = packages.collect();
        let usual = usual(packages.iter().filter_map(|package| package.source.as_deref()));
        Ok(Lock { folder: folder.to_owned(), packages, usual })
    }

    /// What these packages depend on. Of their own dependencies those count that they are built with.
    pub(super) fn closure<'p>(&self, known: impl IntoIterator<Item = &'p Package>) -> Closure {
        let by_name = self.by_name();
        let known: BTreeMap<usize, &Package> =
            known.into_iter().filter_map(|package| Some((self.place_of(package)?, package))).collect();
        let mut closure = Closure::default();
        let mut seen: BTreeSet<usize> = known.keys().copied().collect();
        let mut open: Vec<usize> = known.keys().copied().collect();
        while let Some(place) = open.pop() {
            let package = &self.packages[place];
            let folder = known.get(&place);
            let needs =
                |name: &str| folder.is_none_or(|folder| folder.dependencies.iter().any(|need| need.package == name));
            match (folder, &package.source) {
                (Some(_), _) => {}
                (None, Some(source)) if !is_own(&package.name) => {
                    let versions = closure.versions.entry(package.name.clone()).or_default();
                    versions.insert(self.version(&package.version, source));
                }
                (None, None) if !is_own(&package.name) => {
                    closure.folders.insert(package.name.clone());
                }
                (None, _) => {}
            }
            for dependency in &package.dependencies {
                let mut words = dependency.split(' ');
                let name = words.next().unwrap_or_default();
                let (number, source) = (words.next(), words.next());
                for &place in by_name.get(name).into_iter().flatten().filter(|_| needs(name)) {
                    if self.packages[place].fits(number, source) && seen.insert(place) {
                        open.push(place);
                    }
                }
            }
        }
        closure
    }

    /// The version, and what else tells it from the same version of another place.
    fn version(&self, version: &str, source: &str) -> String {
        match source.rsplit_once('#') {
            Some((_, revision)) => format!("{version}#{revision}"),
            None if self.usual.as_deref() == Some(source) => version.to_owned(),
            None => format!("{version}#{source}"),
        }
    }

    fn by_name(&self) -> BTreeMap<&str, Vec<usize>> {
        let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, package) in self.packages.iter().enumerate() {
            places.entry(&package.name).or_default().push(place);
        }
        places
    }

    /// Where this package stands; where several have its name and version, the one that is a folder.
    fn place_of(&self, package: &Package) -> Option<usize> {
        let version = package.version.as_ref();
        let fits =
            |locked: &Locked| locked.name == package.name && version.is_none_or(|version| *version == locked.version);
        let places = self.packages.iter().enumerate().filter(|(_, locked)| fits(locked));
        places.min_by_key(|(_, locked)| locked.source.is_some()).map(|(place, _)| place)
    }
}

impl Locked {
    fn fits(&self, version: Option<&str>, source: Option<&str>) -> bool {
        let bare = source.map(|source| source.trim_matches(['(', ')']));
        // A repository's source is written without the revision there.
        let from = |named: &str| self.source.as_ref().is_some_and(|own| own.starts_with(named));
        version.is_none_or(|version| version == self.version) && bare.is_none_or(from)
    }
}

/// The source without a revision that comes most often; of several the first in the order of their names.
fn usual<'s>(sources: impl Iterator<Item = &'s str>) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for source in sources.filter(|source| !source.contains('#')) {
        *counts.entry(source).or_default() += 1;
    }
    let most = counts.into_iter().min_by_key(|(_, count)| std::cmp::Reverse(*count));
    most.map(|(source, _)| source.to_owned())
}

#[cfg(test)]
mod tests;
