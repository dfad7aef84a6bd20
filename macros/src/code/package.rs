//! What a package says of itself in its `Cargo.toml`: its name, its folder, and which packages it depends on.

use std::fs;
use std::path::{Component, Path, PathBuf};

use toml::{Table, Value};

use super::Result;

/// A package with a folder on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: String,
    /// `None` where it says none that could be found.
    pub(super) version: Option<String>,
    pub(super) folder: PathBuf,
    /// What it is built with, by name; what only its tests need is left out.
    pub(super) dependencies: Vec<Dependency>,
    /// Files that it names as roots of its targets, and its build script.
    pub(super) roots: Vec<PathBuf>,
}

/// A package that another one depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dependency {
    /// The name of the package, which may go by another one in the code.
    pub(super) package: String,
    pub(super) source: Source,
}

/// Where a dependency comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Folder(PathBuf),
    /// A registry or repository, with the requirement as it is written.
    Elsewhere(String),
}

impl Package {
    /// Reads the package of this folder.
    pub(super) fn read(folder: &Path) -> Result<Package> {
        let file = folder.join("Cargo.toml");
        let manifest = table(&file)?;
        let package = manifest.get("package").and_then(Value::as_table);
        let package = package.ok_or_else(|| format!("`{}` has no `[package]`", file.display()))?;
        let name = package.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let workspace = Workspace::of(folder, package, &manifest)?;
        let version = match package.get("version") {
            Some(Value::String(version)) => Some(version.clone()),
            Some(_) => workspace.version(),
            None => Some("0.0.0".to_owned()),
        };
        let mut dependencies = Vec::new();
        for table in dependency_tables(&manifest) {
            dependencies.extend(table.iter().map(|(key, value)| dependency(folder, key, value, &workspace)));
        }
        dependencies.sort_by(|one, other| one.package.cmp(&other.package));
        Ok(Package { name, version, folder: folder.to_owned(), dependencies, roots: roots(folder, package, &manifest) })
    }
}

/// What a workspace says for its members; empty for a package outside of one.
struct Workspace {
    folder: PathBuf,
    table: Table,
}

impl Workspace {
    fn of(folder: &Path, package: &Table, manifest: &Table) -> Result<Workspace> {
        let workspace = |manifest: &Table| manifest.get("workspace").and_then(Value::as_table).cloned();
        if let Some(table) = workspace(manifest) {
            return Ok(Workspace { folder: folder.to_owned(), table });
        }
        let named = package.get("workspace").and_then(Value::as_str).map(|path| normal(&folder.join(path)));
        let above = folder.ancestors().skip(1).map(Path::to_owned);
        for folder in named.into_iter().chain(above) {
            let file = folder.join("Cargo.toml");
            if file.is_file()
                && let Some(table) = workspace(&table(&file)?)
            {
                return Ok(Workspace { folder, table });
            }
        }
        Ok(Workspace { folder: folder.to_owned(), table: Table::new() })
    }

    fn version(&self) -> Option<String> {
        self.table.get("package")?.get("version")?.as_str().map(str::to_owned)
    }

    fn dependency(&self, key: &str) -> Option<&Value> {
        self.table.get("dependencies")?.get(key)
    }
}

/// The tables of normal and build dependencies, also of those for some systems only.
fn dependency_tables(manifest: &Table) -> Vec<&Table> {
    let mut homes = vec![manifest];
    if let Some(targets) = manifest.get("target").and_then(Value::as_table) {
        homes.extend(targets.values().filter_map(Value::as_table));
    }
    let keys = ["dependencies", "build-dependencies", "build_dependencies"];
    let tables = homes.iter().flat_map(|home| keys.map(|key| home.get(key)));
    tables.flatten().filter_map(Value::as_table).collect()
}

fn dependency(folder: &Path, key: &str, value: &Value, workspace: &Workspace) -> Dependency {
    let inherits = value.get("workspace").and_then(Value::as_bool) == Some(true);
    let (folder, value) = match workspace.dependency(key) {
        Some(inherited) if inherits => (workspace.folder.as_path(), inherited),
        _ => (folder, value),
    };
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let package = text("package").unwrap_or(key).to_owned();
    let source = match text("path") {
        Some(path) => Source::Folder(normal(&folder.join(path))),
        None => Source::Elsewhere(requirement(value)),
    };
    Dependency { package, source }
}

/// The requirement as it is written, without blanks.
fn requirement(value: &Value) -> String {
    let keys = ["version", "git", "branch", "tag", "rev", "registry"];
    let written = match value {
        Value::String(version) => version.clone(),
        other => keys.iter().filter_map(|key| other.get(key)?.as_str()).collect::<Vec<_>>().join("#"),
    };
    let written: String = written.split_whitespace().collect();
    if written.is_empty() { "*".to_owned() } else { written }
}

fn roots(folder: &Path, package: &Table, manifest: &Table) -> Vec<PathBuf> {
    let lib = manifest.get("lib").and_then(|lib| lib.get("path"));
    let bins = manifest.get("bin").and_then(Value::as_array);
    let bins = bins.into_iter().flatten().map(|bin| bin.get("path"));
    let build = package.get("build").filter(|build| build.is_str());
    let written = std::iter::once(lib).chain(bins).chain([build]).flatten().filter_map(Value::as_str);
    let mut roots: Vec<PathBuf> = written.map(|path| normal(&folder.join(path))).collect();
    if build.is_none() && package.get("build").and_then(Value::as_bool) != Some(false) {
        roots.push(folder.join("build.rs"));
    }
    roots
}

/// The folders that stand in for packages from elsewhere, by name: `[patch]` in the workspace of this lock file, and in the
/// configuration of cargo around it.
pub(super) fn patches(workspace: &Path) -> Result<Vec<(String, PathBuf)>> {
    let around = workspace
        .ancestors()
        .flat_map(|folder| ["config.toml", "config"].map(|name| (folder.to_owned(), folder.join(".cargo").join(name))));
    let files = std::iter::once((workspace.to_owned(), workspace.join("Cargo.toml"))).chain(around);
    let mut patches = Vec::new();
    for (folder, file) in files.filter(|(_, file)| file.is_file()) {
        let manifest = table(&file)?;
        let sources = manifest.get("patch").and_then(Value::as_table);
        let entries = sources.into_iter().flat_map(Table::values).filter_map(Value::as_table).flatten();
        for (key, value) in entries {
            if let Some(path) = value.get("path").and_then(Value::as_str) {
                let package = value.get("package").and_then(Value::as_str).unwrap_or(key);
                patches.push((package.to_owned(), normal(&folder.join(path))));
            }
        }
    }
    Ok(patches)
}

/// Reads a file as TOML.
pub(super) fn table(file: &Path) -> Result<Table> {
    let text = fs::read_to_string(file).map_err(|error| super::unreadable(file, &error))?;
    text.parse().map_err(|error| format!("cannot read `{}`: {error}", file.display()))
}

/// The path without `.` and `..`, as it is written: links are not followed.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests;
