//! What a task is made of, on small workspaces.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::space::{LOCK, Space};
use super::{Place, text};

/// The lines of one sort.
fn lines<'t>(text: &'t str, sort: &str) -> Vec<&'t str> {
    text.lines().filter_map(|line| line.strip_prefix(sort)).collect()
}

/// The names of the files.
fn files(text: &str) -> Vec<&str> {
    lines(text, "file ").iter().map(|line| line.rsplit_once(' ').unwrap().0).collect()
}

/// The lines that only the second text has, apart from the first one.
fn new_lines(old: &str, new: &str) -> Vec<String> {
    let known: Vec<&str> = old.lines().collect();
    new.lines().skip(1).filter(|line| !known.contains(line)).map(str::to_owned).collect()
}

#[test]
fn files_and_packages_stand_under_a_digest_of_them() {
    let text = Space::hotel().text();

    let (first, rest) = text.split_once('\n').unwrap();
    assert_eq!(first, format!("code 1 {}", blake3::hash(rest.as_bytes())));
    assert_eq!(files(rest), ["hotel-models/src/alpine.rs", "hotel-models/src/lib.rs", "hotel-tasks/src/lib.rs"]);
    let packages = ["hashbrown 0.15.0,0.16.1", "log 0.4.29", "polars 0.55.2", "purvey format-1", "syn 3.0.9"];
    assert_eq!(lines(rest, "package "), packages);
    assert_eq!(rest.lines().count(), 3 + 5);
    assert!(lines(rest, "file ").iter().all(|line| line.rsplit_once(' ').unwrap().1.len() == 16));
}

#[test]
fn the_text_is_the_same_in_every_folder_and_started_from_anywhere() {
    let (here, there) = (Space::hotel(), Space::hotel());
    assert_eq!(here.text(), there.text());
    let elsewhere =
        Place { current: there.path("tasks"), target: Some(there.path("target/debug/deps")), ..here.place() };
    assert_eq!(here.text(), text(&elsewhere).unwrap());
}

#[test]
fn a_comment_in_a_package_that_it_depends_on_changes_nothing() {
    let space = Space::hotel();
    let before = space.text();
    let space = space.with("models/src/alpine.rs", "//! Doc.\n\npub fn nights() -> i32 {\n    7 // a week\n}\n");
    assert_eq!(space.text(), before);
}

#[test]
fn a_change_in_a_package_that_it_depends_on_shows_in_the_line_of_its_file() {
    let space = Space::hotel();
    let before = space.text();
    let after = space.with("models/src/alpine.rs", "pub fn nights() -> i32 { 8 }").text();
    let changed = new_lines(&before, &after);
    assert_eq!(changed.len(), 1);
    assert!(changed[0].starts_with("file hotel-models/src/alpine.rs "), "{changed:?}");
    assert_ne!(before.lines().next(), after.lines().next());
}

#[test]
fn another_locked_version_shows_in_the_line_of_its_package() {
    let space = Space::hotel();
    let before = space.text();
    let after = space.with("Cargo.lock", LOCK.replace("0.55.2", "0.55.3")).text();
    assert_eq!(new_lines(&before, &after), ["package polars 0.55.3"]);
}

#[test]
fn what_only_tests_need_does_not_count() {
    let space = Space::hotel();
    let before = space.text();
    let lock = LOCK.replace("1.49.0", "1.50.0").replace("1.0.0", "1.0.1");
    let space = space.with("Cargo.lock", lock).with("helpers/src/lib.rs", "pub fn other() {}");
    assert_eq!(space.text(), before);
}

#[test]
fn build_dependencies_and_those_for_one_system_count() {
    let manifest = r#"
        [package]
        name = "hotel-tasks"
        version = "0.1.0"
        [build-dependencies]
        helpers = { path = "../helpers" }
        insta = "1"
        [target.'cfg(unix)'.dependencies]
        models = { package = "hotel-models", path = "../models" }
    "#;
    let text = Space::hotel().with("tasks/Cargo.toml", manifest).text();
    assert_eq!(
        files(&text),
        ["helpers/src/lib.rs", "hotel-models/src/alpine.rs", "hotel-models/src/lib.rs", "hotel-tasks/src/lib.rs"]
    );
    assert_eq!(lines(&text, "package "), ["insta 1.49.0", "purvey format-1"]);
}

#[test]
fn packages_that_a_folder_has_as_folders_count_too() {
    let models = "[package]\nname = 'hotel-models'\nversion = '0.1.0'\n[dependencies]\nhelpers.path = '../helpers'\n";
    let lock = LOCK.replace("name = \"hotel-models\"\nversion = \"0.1.0\"", "$0\ndependencies = [\"helpers\"]");
    let lock = lock.replace("$0", "name = \"hotel-models\"\nversion = \"0.1.0\"");
    let text = Space::hotel().with("models/Cargo.toml", models).with("Cargo.lock", lock).text();
    assert!(files(&text).contains(&"helpers/src/lib.rs"), "{text}");
}

#[test]
fn purvey_counts_by_its_format_and_not_by_its_sources_or_version() {
    let space = Space::hotel();
    let before = space.text();
    let manifest = "[package]\nname = 'purvey'\nversion = '0.2.0'\n[dependencies]\npolars = '0.55'\n\
                    purvey-macros.path = 'macros'\n";
    let lock = LOCK.replace("name = \"purvey\"\nversion = \"0.1.0\"", "name = \"purvey\"\nversion = \"0.2.0\"");
    let space = space.with("purvey/src/lib.rs", "pub fn new() {}").with("purvey/Cargo.toml", manifest);
    assert_eq!(space.with("Cargo.lock", lock).text(), before);
}

#[test]
fn purvey_itself_has_packages_and_no_files() {
    let space = Space::hotel();
    let text = text(&Place { package: space.path("purvey"), ..space.place() }).unwrap();
    let packages = ["hashbrown 0.15.0,0.16.1", "polars 0.55.2", "purvey format-1", "syn 3.0.9"];
    assert_eq!(lines(&text, "package "), packages);
    assert_eq!(files(&text), [""; 0]);
}

#[test]
fn without_a_lock_file_requirements_count_as_they_are_written() {
    let text = Space::hotel().without("Cargo.lock").text();
    assert_eq!(lines(&text, "package "), ["log 0.4", "polars 0.55", "purvey format-1"]);
    assert_eq!(files(&text).len(), 3);
}

#[test]
fn a_lock_file_that_does_not_know_the_package_is_passed_over() {
    let space = Space::hotel();
    let before = space.text();
    assert_eq!(space.with("tasks/Cargo.lock", "version = 4").text(), before);
}

#[test]
fn where_there_is_no_lock_file_above_the_package_the_compiler_was_started_beside_it() {
    let space = Space::hotel();
    let before = space.text();
    let space = space.without("Cargo.lock").with("elsewhere/Cargo.lock", LOCK);
    let place = Place { current: space.path("elsewhere/deeper"), ..space.place() };
    assert_eq!(text(&place).unwrap(), before);
}

#[test]
fn a_package_outside_of_the_workspace_is_locked_by_the_workspace_and_not_by_itself() {
    let space = Space::hotel().with("chain/Cargo.lock", LOCK.replace("0.55.2", "0.56.0"));
    let place = Place { target: Some(space.path("chain/target/debug/deps")), ..space.place() };
    let text = text(&place).unwrap();
    assert!(lines(&text, "package ").contains(&"polars 0.56.0"), "{text}");
}

#[test]
fn of_a_fetched_package_nothing_is_known_without_the_lock_file_of_the_workspace() {
    let space = Space::hotel().with("tasks/.cargo-ok", "").with("chain/Cargo.lock", LOCK);
    assert_eq!(space.text(), "");
    let place = Place { target: Some(space.path("chain/target/debug/deps")), ..space.place() };
    assert_eq!(files(&text(&place).unwrap()).len(), 3);
}

#[test]
fn a_folder_that_stands_in_for_a_package_counts_by_its_files() {
    let lock =
        LOCK.replacen("name = \"log\"\nversion = \"0.4.29\"\nsource", "name = \"log\"\nversion = \"0.4.29\"\nx", 1);
    let space = Space::hotel()
        .with("Cargo.lock", lock)
        .with("log/Cargo.toml", "[package]\nname = 'log'\nversion = '0.4.29'\n")
        .with("log/src/lib.rs", "");
    assert_eq!(space.text(), "", "where it is cannot be told, so its code is not known");

    let text = space.with(".cargo/config.toml", "[patch.crates-io]\nlog.path = 'log'\n").text();
    assert!(files(&text).contains(&"log/src/lib.rs"), "{text}");
    assert!(!lines(&text, "package ").iter().any(|line| line.starts_with("log ")), "{text}");
}

#[test]
fn what_the_build_script_writes_for_the_compiled_package_counts() {
    let space = Space::hotel().with("out/rates.rs", "const RATE: f64 = 0.93;").with("out/log.txt", "12:00");
    let place = Place { out: Some(space.path("out")), ..space.place() };
    let before = text(&place).unwrap();
    assert_eq!(files(&before).last(), Some(&"hotel-tasks/src/lib.rs"));
    assert_eq!(files(&before)[2], "hotel-tasks/OUT_DIR/rates.rs");

    let space = space.with("out/rates.rs", "const RATE: f64 = 0.94;").with("out/log.txt", "12:01");
    assert_eq!(new_lines(&before, &text(&place).unwrap()).len(), 1);
    drop(space);
}

#[test]
fn a_task_outside_of_src_is_made_of_the_folder_that_it_is_in() {
    let space = Space::hotel()
        .with("tasks/examples/tour/main.rs", "mod rooms;")
        .with("tasks/examples/tour/rooms.rs", "")
        .with("tasks/examples/rooms.csv", "");
    let place = Place { home: Some(space.path("tasks/examples")), ..space.place() };
    let text = text(&place).unwrap();
    assert_eq!(files(&text)[2..4], ["hotel-tasks/examples/tour/main.rs", "hotel-tasks/examples/tour/rooms.rs"]);
    assert_eq!(files(&text).len(), 5);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let space = Space::hotel().without("models/Cargo.toml");
    let file = space.path("models/Cargo.toml");
    assert_eq!(
        text(&space.place()).unwrap_err(),
        format!(
            "cannot read `{}`, which is part of what this task is made of: No such file or directory (os error 2)",
            file.display()
        )
    );
}

/// Where a compiler works that runs in `/hotel` with these variables, for a task in this file.
fn place(variables: &[(&str, &str)], file: &str) -> Option<Place> {
    let variable = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
    Place::of(variable, "/hotel".into(), Some("/hotel/target/debug/deps".into()), Some(file.into()))
}

#[test]
fn without_cargo_nothing_is_known() {
    assert_eq!(place(&[], "tasks/src/lib.rs"), None);
    assert_eq!(place(&[("CARGO_MANIFEST_DIR", "")], "tasks/src/lib.rs"), None);
}

#[test]
fn the_place_is_read_off_what_cargo_says() {
    let cargo = [("CARGO_MANIFEST_DIR", "/hotel/tasks"), ("OUT_DIR", "/hotel/target/out")];
    assert_eq!(
        place(&cargo, "tasks/src/lib.rs"),
        Some(Place {
            package: "/hotel/tasks".into(),
            current: "/hotel".into(),
            target: Some("/hotel/target/debug/deps".into()),
            out: Some("/hotel/target/out".into()),
            home: None,
        })
    );
    let elsewhere = [("CARGO_MANIFEST_DIR", "/hotel/tasks"), ("CARGO_TARGET_DIR", "/hotel/target")];
    assert_eq!(place(&elsewhere, "tasks/src/lib.rs").unwrap().target, None);
}

#[test]
fn a_task_outside_of_src_is_found_by_its_file() {
    let home = |file: &str| {
        let cargo = [("CARGO_MANIFEST_DIR", "/hotel/tasks"), ("OUT_DIR", "/hotel/tasks/target/out")];
        place(&cargo, file).unwrap().home
    };
    assert_eq!(home("tasks/examples/tour/main.rs"), Some(PathBuf::from("/hotel/tasks/examples")));
    assert_eq!(home("/hotel/tasks/chain.rs"), Some(Path::new("/hotel/tasks/chain.rs").to_owned()));
    assert_eq!(home("/hotel/tasks/target/out/tasks.rs"), None);
    assert_eq!(home("/tmp/doctest.rs"), None);
}
