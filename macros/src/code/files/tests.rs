//! Which files count.

use std::collections::BTreeMap;

use super::{Setting, of};
use crate::code::package::Package;
use crate::code::space::Space;

/// A package `p` with these files.
fn package(files: &[(&str, &str)]) -> Space {
    let space = Space::new().with("Cargo.toml", "[package]\nname = 'p'\n");
    files.iter().fold(space, |space, (path, text)| space.with(path, text))
}

/// The files that count, without the name of the package, each with its digest.
fn digests(space: &Space) -> BTreeMap<String, String> {
    let package = Package::read(&space.path("")).unwrap();
    let files = of(&package, Setting::default()).unwrap();
    files.into_iter().map(|(name, digest)| (name.strip_prefix("p/").unwrap().to_owned(), digest)).collect()
}

fn names(files: &[(&str, &str)]) -> Vec<String> {
    digests(&package(files)).into_keys().collect()
}

#[test]
fn everything_in_src_counts_and_the_build_script() {
    let files = [("src/lib.rs", ""), ("src/a/b.rs", ""), ("src/a/query.sql", ""), ("build.rs", ""), ("README.md", "")];
    assert_eq!(names(&files), ["build.rs", "src/a/b.rs", "src/a/query.sql", "src/lib.rs"]);
}

#[test]
fn what_editors_leave_does_not_count() {
    assert_eq!(names(&[("src/lib.rs", ""), ("src/.lib.rs.swp", ""), ("src/lib.rs~", "")]), ["src/lib.rs"]);
}

#[test]
fn rust_counts_by_its_tokens_and_anything_else_by_its_bytes() {
    let digest = |name: &str, text: &[u8]| {
        let file = format!("src/{name}");
        digests(&package(&[]).with(&file, text)).remove(&file).unwrap()
    };
    assert_eq!(digest("a.rs", b"fn a() {}"), digest("a.rs", b"fn a( ) { } // a"));
    assert_ne!(digest("a.sql", b"fn a() {}"), digest("a.sql", b"fn a( ) { } // a"));
    assert_ne!(digest("a.rs", b"fn a( {"), digest("a.rs", b"fn a( { // a"), "brackets do not match");
    assert_ne!(digest("a.rs", b"// \xff"), digest("a.rs", b"// \xfe"), "no UTF-8");
    assert_eq!(digest("a.sql", b"select").len(), 16);
}

#[test]
fn files_outside_of_src_count_where_they_are_included() {
    let lib = r#"
        const A: &str = include_str!("../queries/a.sql");
        const B: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/queries/b.bin"));
        include!("../queries/c.rs");
        #[path = "../queries/d.rs"]
        mod d;
        const E: &str = include_str!("../queries/absent.sql");
    "#;
    let included = [("queries/a.sql", ""), ("queries/b.bin", ""), ("queries/c.rs", ""), ("queries/d.rs", "")];
    let others = [("src/lib.rs", lib), ("queries/z.sql", "")];
    assert_eq!(
        names(&[&included[..], &others[..]].concat()),
        ["queries/a.sql", "queries/b.bin", "queries/c.rs", "queries/d.rs", "src/lib.rs"]
    );
}

#[test]
fn a_file_outside_of_the_package_is_named_from_the_package() {
    let lib = "const A: &str = include_str!(\"../../shared/a.sql\");";
    let space = Space::new().with("p/Cargo.toml", "[package]\nname = 'p'").with("p/src/lib.rs", lib);
    let space = space.with("shared/a.sql", "");
    let package = Package::read(&space.path("p")).unwrap();
    let files = of(&package, Setting::default()).unwrap();
    assert_eq!(files[1].0, "p/../shared/a.sql");
}

#[test]
fn included_rust_names_files_in_turn() {
    let files = [
        ("src/lib.rs", "include!(\"../inc/a.in\"); #[path = \"../inc/c.rs\"] mod c;"),
        ("inc/a.in", "include!(\"b.in\");"),
        ("inc/b.in", ""),
        ("inc/c.rs", "mod d; mod e;"),
        ("inc/d.rs", ""),
        ("inc/c/e/mod.rs", ""),
        ("inc/z.rs", ""),
    ];
    assert_eq!(names(&files), ["inc/a.in", "inc/b.in", "inc/c.rs", "inc/c/e/mod.rs", "inc/d.rs", "src/lib.rs"]);
}

#[test]
fn a_module_for_tests_does_not_count_nor_does_its_folder() {
    for (lib, own) in
        [("src/lib.rs", "src"), ("src/a.rs", "src/a"), ("src/a/mod.rs", "src/a"), ("src/bin/x.rs", "src/bin")]
    {
        let file = |path: &str| format!("{own}/{path}");
        let (one, inside, data, mod_rs) =
            (file("tests.rs"), file("tests/inside.rs"), file("tests/data.csv"), file("more/mod.rs"));
        let files = [
            (lib, "#[cfg(test)] mod tests; #[cfg(test)] mod more;"),
            (&one, "mod inside;"),
            (&inside, ""),
            (&data, ""),
            (&mod_rs, ""),
        ];
        assert_eq!(names(&files), [lib]);
    }
}

#[test]
fn files_of_a_module_for_tests_that_is_written_inline_do_not_count() {
    let lib = "#[cfg(test)] mod tests { mod inside; }";
    assert_eq!(names(&[("src/lib.rs", lib), ("src/tests/inside.rs", "")]), ["src/lib.rs"]);
}

#[test]
fn a_module_for_tests_with_a_path_does_not_count() {
    let lib = "#[cfg(test)] #[path = \"lib_tests.rs\"] mod tests;";
    assert_eq!(names(&[("src/lib.rs", lib), ("src/lib_tests.rs", "")]), ["src/lib.rs"]);
}

#[test]
fn a_file_that_says_itself_that_it_is_for_tests_does_not_count() {
    let files = [("src/lib.rs", "mod a;"), ("src/a.rs", "#![cfg(test)] mod b;"), ("src/a/b.rs", "")];
    assert_eq!(names(&files), ["src/lib.rs"]);
}

#[test]
fn a_module_that_is_for_tests_in_one_place_only_counts() {
    let files =
        [("src/lib.rs", "#[cfg(test)] mod a;"), ("src/main.rs", "mod a;"), ("src/a.rs", "mod b;"), ("src/a/b.rs", "")];
    assert_eq!(names(&files), ["src/a.rs", "src/a/b.rs", "src/lib.rs", "src/main.rs"]);
}

#[test]
fn data_of_tests_that_the_code_includes_counts() {
    let lib = "#[cfg(test)] mod tests; const A: &str = include_str!(\"tests/a.csv\");";
    let files = [("src/lib.rs", lib), ("src/tests/mod.rs", ""), ("src/tests/a.csv", ""), ("src/tests/b.csv", "")];
    assert_eq!(names(&files), ["src/lib.rs", "src/tests/a.csv"]);
}

#[test]
fn a_change_under_tests_changes_nothing() {
    let before = package(&[("src/lib.rs", "fn a() {} #[cfg(test)] mod tests { fn b() { 1 } }")]);
    let after = package(&[("src/lib.rs", "fn a() {} #[cfg(test)] mod tests { fn b() { 2 } }")]);
    assert_eq!(digests(&before), digests(&after));
}

#[test]
fn targets_with_roots_elsewhere_count_with_the_folder_that_they_are_in() {
    let manifest = "[package]\nname = 'p'\nbuild = 'make/build.rs'\n[lib]\npath = 'lib.rs'\n[[bin]]\npath = 'chains/alpine/main.rs'";
    let files = [
        ("lib.rs", "mod beside;"),
        ("beside.rs", ""),
        ("stray.rs", ""),
        ("chains/alpine/main.rs", ""),
        ("chains/alpine/process.rs", ""),
        ("chains/alpine/bookings.csv", ""),
        ("make/build.rs", ""),
        ("build.rs", ""),
    ];
    let names: Vec<String> = digests(&package(&files).with("Cargo.toml", manifest)).into_keys().collect();
    assert_eq!(names, ["beside.rs", "chains/alpine/main.rs", "chains/alpine/process.rs", "lib.rs", "make/build.rs"]);
}
