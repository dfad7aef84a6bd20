//! What is read off a `Cargo.toml`.

use std::path::Path;

use super::{Package, Source, normal, patches};
use crate::code::space::Space;

fn package(manifest: &str) -> (Space, Package) {
    let workspace = r#"
        [workspace]
        package.version = "1.2.3"
        [workspace.dependencies]
        models = { package = "hotel-models", path = "models" }
        log = "0.4"
    "#;
    let space = Space::new().with("Cargo.toml", workspace).with("tasks/Cargo.toml", manifest);
    let package = Package::read(&space.path("tasks")).unwrap();
    (space, package)
}

/// The dependencies as `name source`, with the folder of the workspace left out.
fn dependencies(dependencies: &str) -> Vec<String> {
    let (space, package) = package(&format!("[package]\nname = 'tasks'\n{dependencies}"));
    let named = package.dependencies.iter().map(|dependency| match &dependency.source {
        Source::Folder(folder) => {
            format!("{} in {}", dependency.package, folder.strip_prefix(space.path("")).unwrap().display())
        }
        Source::Elsewhere(requirement) => format!("{} {requirement}", dependency.package),
    });
    named.collect()
}

#[test]
fn a_dependency_is_a_folder_or_a_requirement_as_it_is_written() {
    let written = r#"
        [dependencies]
        a = "0.4"
        b = { version = ">=1, <2", features = ["x"] }
        c = { path = "../c", version = "1" }
        d = { git = "https://example.org/d", tag = "v1" }
        e = { package = "other", version = "1" }
        f = {}
    "#;
    let expected = ["a 0.4", "b >=1,<2", "c in c", "d https://example.org/d#v1", "f *", "other 1"];
    assert_eq!(dependencies(written), expected);
}

#[test]
fn what_is_inherited_is_read_in_the_workspace() {
    let written = "[dependencies]\nmodels.workspace = true\nlog = { workspace = true, optional = true }\n";
    assert_eq!(dependencies(written), ["hotel-models in models", "log 0.4"]);
}

#[test]
fn build_dependencies_and_those_of_targets_are_read_and_those_of_tests_are_not() {
    let written = r#"
        [build-dependencies]
        a = "1"
        [target.'cfg(unix)'.dependencies]
        b = "1"
        [target.'cfg(unix)'.build-dependencies]
        c = "1"
        [target.'cfg(unix)'.dev-dependencies]
        d = "1"
        [dev-dependencies]
        e = "1"
    "#;
    assert_eq!(dependencies(written), ["a 1", "b 1", "c 1"]);
}

#[test]
fn the_version_is_its_own_or_that_of_the_workspace() {
    let version = |line: &str| package(&format!("[package]\nname = 'tasks'\n{line}")).1.version;
    assert_eq!(version("version = '0.1.0'").as_deref(), Some("0.1.0"));
    assert_eq!(version("version.workspace = true").as_deref(), Some("1.2.3"));
    assert_eq!(version("").as_deref(), Some("0.0.0"));
}

#[test]
fn a_package_may_name_its_workspace() {
    let space = Space::new()
        .with("all/Cargo.toml", "[workspace]\npackage.version = '2.0.0'")
        .with("tasks/Cargo.toml", "[package]\nname = 'tasks'\nversion.workspace = true\nworkspace = '../all'");
    assert_eq!(Package::read(&space.path("tasks")).unwrap().version.as_deref(), Some("2.0.0"));
}

#[test]
fn roots_of_targets_are_those_that_are_written() {
    let roots = |lines: &str| {
        let (space, package) = package(&format!("[package]\nname = 'tasks'\n{lines}"));
        let folder = space.path("tasks");
        let roots = package.roots.iter().map(|root| root.strip_prefix(&folder).unwrap().display().to_string());
        roots.collect::<Vec<_>>()
    };
    assert_eq!(roots(""), ["build.rs"]);
    assert_eq!(roots("build = false\n[lib]\npath = 'lib.rs'"), ["lib.rs"]);
    assert_eq!(roots("build = 'b.rs'\n[[bin]]\nname = 'x'\n[[bin]]\npath = './y.rs'"), ["y.rs", "b.rs"]);
}

#[test]
fn patches_are_found_in_the_workspace_and_in_the_configuration_of_cargo() {
    let space = Space::new()
        .with(
            "all/Cargo.toml",
            "[workspace]\n[patch.crates-io]\nlog.path = '../log'\nserde.git = 'https://example.org'",
        )
        .with(".cargo/config.toml", "[patch.'https://example.org']\nx = { package = 'toml', path = 'toml' }");
    let found = patches(&space.path("all")).unwrap();
    let found: Vec<_> = found.iter().filter(|(_, folder)| folder.starts_with(space.path(""))).cloned().collect();
    assert_eq!(found, [("log".to_owned(), space.path("log")), ("toml".to_owned(), space.path("toml"))]);
}

#[test]
fn a_manifest_that_is_no_toml_is_an_error_with_file_and_line() {
    let space = Space::new().with("Cargo.toml", "[package\n");
    let error = Package::read(&space.path("")).unwrap_err();
    let file = space.path("Cargo.toml");
    assert!(error.starts_with(&format!("cannot read `{}`: TOML parse error at line 1", file.display())), "{error}");
}

#[test]
fn a_manifest_without_a_package_is_an_error() {
    let space = Space::new().with("Cargo.toml", "[workspace]\n");
    let file = space.path("Cargo.toml");
    assert_eq!(Package::read(&space.path("")), Err(format!("`{}` has no `[package]`", file.display())));
}

#[test]
fn a_path_is_made_plain_without_a_look_at_the_disk() {
    assert_eq!(normal(Path::new("/a/./b/../c")), Path::new("/a/c"));
}
