//! What a lock file tells.

use std::path::Path;

use super::{Closure, Lock};
use crate::code::package::{Dependency, Package, Source};
use crate::code::space::Space;

const REGISTRY: &str = "registry+https://example.com/index";

/// A package in a folder that is built with these.
fn package(name: &str, needs: &[&str]) -> Package {
    let source = Source::Elsewhere("1".to_owned());
    let need = |name: &&str| Dependency { package: (*name).to_owned(), source: source.clone() };
    Package {
        name: name.to_owned(),
        version: Some("1.0.0".to_owned()),
        folder: name.into(),
        dependencies: needs.iter().map(need).collect(),
        roots: vec![],
    }
}

/// A lock file of packages: name and version, source, dependencies.
fn lock(packages: &[(&str, Option<&str>, &[&str])]) -> Space {
    let entries = packages.iter().map(|(package, source, dependencies)| {
        let (name, version) = package.split_once(' ').unwrap_or((package, "1.0.0"));
        let source = source.map(|source| format!("source = '{source}'\n")).unwrap_or_default();
        format!("[[package]]\nname = '{name}'\nversion = '{version}'\n{source}dependencies = {dependencies:?}\n")
    });
    Space::new().with("Cargo.lock", entries.collect::<String>())
}

fn closure(space: &Space, packages: &[Package]) -> Closure {
    let folder = space.path("");
    Lock::find([folder.as_path()], &packages[0]).unwrap().expect("the package is in it").closure(packages)
}

fn versions(closure: &Closure) -> Vec<String> {
    let versions = closure.versions.iter();
    versions.map(|(name, all)| format!("{name} {}", all.iter().cloned().collect::<Vec<_>>().join(","))).collect()
}

#[test]
fn packages_count_near_and_far_each_once() {
    let space = lock(&[
        ("tasks", None, &["a", "b"]),
        ("a", Some(REGISTRY), &["c"]),
        ("b", Some(REGISTRY), &["c", "a"]),
        ("c", Some(REGISTRY), &["b"]),
        ("other", Some(REGISTRY), &[]),
    ]);
    let closure = closure(&space, &[package("tasks", &["a", "b"])]);
    assert_eq!(versions(&closure), ["a 1.0.0", "b 1.0.0", "c 1.0.0"]);
}

#[test]
fn of_several_versions_that_one_counts_which_is_depended_on() {
    let space = lock(&[
        ("tasks", None, &["a 1.0.0", "b"]),
        ("a 1.0.0", Some(REGISTRY), &[]),
        ("a 2.0.0", Some(REGISTRY), &[]),
        ("a 3.0.0", Some(REGISTRY), &[]),
        ("b", Some(REGISTRY), &["a 3.0.0"]),
    ]);
    assert_eq!(versions(&closure(&space, &[package("tasks", &["a", "b"])])), ["a 1.0.0,3.0.0", "b 1.0.0"]);
}

#[test]
fn a_version_from_elsewhere_says_from_where() {
    let git = "git+https://example.org/a?branch=main#0123abcd";
    let registry = "registry+https://example.org/index";
    let dependencies: &[&str] =
        &["a 1.0.0 (git+https://example.org/a?branch=main)", "b 1.0.0 (registry+https://example.org/index)"];
    let space = lock(&[
        ("tasks", None, dependencies),
        ("a", Some(git), &[]),
        ("a", Some(REGISTRY), &[]),
        ("b", Some(registry), &[]),
    ]);
    let closure = closure(&space, &[package("tasks", &["a", "b"])]);
    assert_eq!(versions(&closure), ["a 1.0.0#0123abcd", "b 1.0.0#registry+https://example.org/index"]);
}

#[test]
fn what_only_tests_of_a_folder_need_does_not_count() {
    let space = lock(&[("tasks", None, &["a", "insta"]), ("a", Some(REGISTRY), &[]), ("insta", Some(REGISTRY), &[])]);
    assert_eq!(versions(&closure(&space, &[package("tasks", &["a"])])), ["a 1.0.0"]);
}

#[test]
fn folders_that_were_not_known_are_named() {
    let space = lock(&[("tasks", None, &["models", "log"]), ("models", None, &[]), ("log", None, &[])]);
    let packages = [package("tasks", &["models", "log"]), package("models", &[])];
    assert_eq!(closure(&space, &packages).folders.into_iter().collect::<Vec<_>>(), ["log"]);
}

#[test]
fn a_lock_file_is_that_of_a_package_if_it_is_in_it() {
    let space = lock(&[("tasks 2.0.0", None, &[]), ("models", None, &[])]);
    let (folder, absent) = (space.path(""), space.path("absent"));
    let found = |package: &Package| Lock::find([absent.as_path(), folder.as_path()], package).unwrap().is_some();
    assert!(found(&package("models", &[])));
    assert!(!found(&package("tasks", &[])), "it is another version");
    assert!(!found(&package("other", &[])));
    assert!(Lock::find([Path::new("absent")], &package("models", &[])).unwrap().is_none());
}
