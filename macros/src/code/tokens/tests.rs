//! What of a Rust file changes what counts, and what does not.

use super::{From, Mention, Scanned, TestModule, scan};

fn scanned(text: &str) -> Scanned {
    scan(text).expect("it is Rust")
}

#[track_caller]
fn same(one: &str, other: &str) {
    assert_eq!(scanned(one).code, scanned(other).code, "{one}\n---\n{other}");
}

#[track_caller]
fn differ(one: &str, other: &str) {
    assert_ne!(scanned(one).code, scanned(other).code, "{one}\n---\n{other}");
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn code_counts() {
    differ("fn a() { 1 }", "fn a() { 2 }");
    differ("fn a() { f(\"x\") }", "fn a() { f(\"y\") }");
    differ("fn a(x: u8) {}", "fn a(x: u16) {}");
    differ("a && b", "a & &b");
    differ("a b", "ab");
    differ("#[derive(Row)] struct A;", "#[derive(Row, Clone)] struct A;");
    differ("#[check(min = 0)] a: i32", "#[check(min = 1)] a: i32");
}

#[test]
fn white_space_does_not_count() {
    same("fn a(x: u8) -> u8 { x + 1 }", "fn a( x : u8 )\n    -> u8\n{\n\tx+1\n}\n");
    same("fn a() {}\n", "fn a() {}\r\n");
    same("const A: &str = \"a\nb\";", "const A: &str = \"a\r\nb\";");
}

#[test]
fn white_space_in_a_text_counts() {
    differ("f(\"a b\")", "f(\"a  b\")");
}

#[test]
fn comments_do_not_count() {
    same("fn a() { 1 }", "// Why.\nfn a() { /* one */ 1 }");
}

#[test]
fn doc_texts_do_not_count() {
    same(
        "struct A { b: u8 }",
        "//! Doc.\n#![doc = \"Doc.\"]\n/// Doc.\n#[doc = \"Doc.\"]\n#[doc(alias = \"x\")]\nstruct A { /** Doc. */ b: u8 }",
    );
}

#[test]
fn items_for_tests_do_not_count() {
    for item in [
        "mod tests { fn a() {} }",
        "mod tests;",
        "pub(crate) mod tests;",
        "use super::{a, b};",
        "fn helper<T>() -> [T; { 1 }] where T: Copy { 1; 2 }",
        "pub const unsafe extern \"C\" fn helper() {}",
        "const A: [u8; 2] = [{ 1; 2 }, 2];",
        "static A: u8 = { 1 };",
        "type A = u8;",
        "struct A;",
        "pub struct A(u8);",
        "struct A { b: u8 }",
        "union A { b: u8 }",
        "enum A { B }",
        "unsafe impl A for B { fn c() {} }",
        "trait A { fn c(); }",
        "extern crate a;",
        "extern \"C\" { fn a(); }",
        "macro_rules! a { () => {}; }",
        "macro_rules! a(() => {};);",
        "a::b! { c }",
        "b!(c);",
    ] {
        same("fn before() {} fn after() {}", &format!("fn before() {{}} #[cfg(test)] {item} fn after() {{}}"));
        same(
            "mod m { fn after() {} }",
            &format!("mod m {{ /// Doc.\n#[allow(x)] #[cfg(test)] #[allow(y)] {item} fn after() {{}} }}"),
        );
    }
}

#[test]
fn where_it_is_not_certain_what_is_for_tests_it_counts() {
    for text in [
        "struct A { #[cfg(test)] a: u8, b: u8 }",
        "struct A { #[cfg(test)] union: u8, b: u8 }",
        "struct A(#[cfg(test)] fn(u8), u8);",
        "impl<#[cfg(test)] const N: usize> A {} const B: u8 = 0;",
        "match a { #[cfg(test)] b!() => c, D => { e } }",
        "#[cfg(not(test))] fn a() {}",
        "#[cfg(any(test, feature = \"x\"))] fn a() {}",
        "#[cfg(feature = \"test\")] fn a() {}",
        "#[test] fn a() {}",
    ] {
        // The other word is as long, so that nothing is left out if the lengths are the same.
        let other = text.replace("test", "unix");
        assert_eq!(scanned(text).code.len(), scanned(&other).code.len(), "{text}");
    }
}

#[test]
fn what_a_task_says_beside_its_name_does_not_count() {
    let plain = "#[task] fn a() {}";
    same(plain, "#[task(tags(\"nightly\", \"x\"))] fn a() {}");
    same(plain, "#[task(retries = 2, timeout = \"5m\", backoff = \"1s\")] fn a() {}");
    same(plain, "#[purvey::task(version = \"2\",)] fn a() {}");
    same("#[task(name = \"b\")] fn a() {}", "#[task(tags(\"x\"), name = \"b\", retries = 1)] fn a() {}");
    differ(plain, "#[task(name = \"b\")] fn a() {}");
    differ("#[other::task(timeout = 1)] fn a() {}", "#[other::task(timeout = 2)] fn a() {}");
    differ("#[retry(timeout = 1)] fn a() {}", "#[retry(timeout = 2)] fn a() {}");
}

#[test]
fn groups_and_chains_do_not_count() {
    same("const A: G = group!(\"a\": [b, c::D]);", "const A: G = group!(\"x\": [c::D,]);");
    same("f(chain!(\"a\": [b]))", "f(chain!(\"b\": [b, c]))");
    same("f(tasks![a, b::C])", "f(tasks![])");
    same("f(purvey::tasks![a])", "f(purvey::tasks![b])");
}

#[test]
fn macros_of_other_crates_by_these_names_count() {
    differ("chain!(a, b)", "chain!(a, c)");
    differ("group!(\"a\", [b])", "group!(\"a\", [c])");
    differ("tasks!(1, 2)", "tasks!(1, 3)");
    differ("itertools::chain!(\"a\": [b])", "itertools::chain!(\"a\": [c])");
    differ("macro_rules! group { () => { 1 }; }", "macro_rules! group { () => { 2 }; }");
}

#[test]
fn a_file_for_tests_only_says_so_at_its_top() {
    assert!(scanned("//! Doc.\n#![allow(x)]\n#![cfg(test)]\nfn a() {}").test_only);
    assert!(!scanned("fn a() { #![cfg(test)] }").test_only);
    assert!(!scanned("#![cfg(unix)]").test_only);
}

#[test]
fn modules_are_named_with_those_around_them() {
    let mentions = scanned("mod a; pub(crate) mod b { mod c { mod d; } mod e; } mod f;").mentions;
    let module = |inside: &[&str], name: &str| Mention::Module { inside: names(inside), name: name.to_owned() };
    assert_eq!(mentions, [module(&[], "a"), module(&["b", "c"], "d"), module(&["b"], "e"), module(&[], "f")]);
}

#[test]
fn a_module_with_a_path_names_it() {
    let path = |text: &str, inside: &[&str]| {
        let path = Mention::Path { inside: names(inside), path: "../x.rs".to_owned() };
        assert!(scanned(text).mentions.contains(&path), "{text}");
    };
    path("#[path = \"../x.rs\"] mod a;", &[]);
    path("#[allow(y)] #[path = r\"../x.rs\"] pub mod a;", &[]);
    path("mod b { #[path = \"../x.rs\"] mod a; }", &["b"]);
    path("#[cfg_attr(unix, path = \"../x.rs\")] mod a;", &[]);
}

#[test]
fn modules_for_tests_are_known_and_not_mentioned() {
    let found =
        scanned("#[cfg(test)] mod a; mod b { #[cfg(test)] mod c { mod d; } } #[path = \"e.rs\"] #[cfg(test)] mod e;");
    let module = |inside: &[&str], name: &str, path: Option<&str>, has_file| {
        let path = path.map(str::to_owned);
        TestModule { inside: names(inside), name: name.to_owned(), path, has_file }
    };
    let tests = [module(&[], "a", None, true), module(&["b"], "c", None, false), module(&[], "e", Some("e.rs"), true)];
    assert_eq!(found.tests, tests);
    assert_eq!(found.mentions, []);
}

#[test]
fn included_files_are_mentioned() {
    let included = |text: &str| -> Option<(From, String, bool)> {
        match scanned(text).mentions.pop() {
            Some(Mention::Include { from, path, rust }) => Some((from, path, rust)),
            _ => None,
        }
    };
    let found = |from, rust| Some((from, "a/b.x".to_owned(), rust));
    assert_eq!(included("f(include_str!(\"a/b.x\"))"), found(From::Here, false));
    assert_eq!(included("include_bytes!(\"a\\u{2f}b.x\",)"), found(From::Here, false));
    assert_eq!(included("std::include![r#\"a/b.x\"#];"), found(From::Here, true));
    let manifest = "include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/a/\", \"b.x\",))";
    assert_eq!(included(manifest), found(From::Package, false));
    assert_eq!(included("include!(concat!(env!(\"OUT_DIR\"), \"/a/b.x\"));"), found(From::OutDir, true));
    assert_eq!(included("include_str!(concat!(env!(\"HOME\"), \"/a/b.x\"))"), None);
    assert_eq!(included("include_str!($path)"), None);
    assert_eq!(included("#[cfg(test)] const A: &str = include_str!(\"a/b.x\");"), None);
    assert_eq!(included("#![doc = include_str!(\"a/b.x\")]"), None);
}

#[test]
fn what_is_not_rust_is_not_read() {
    assert_eq!(scan("fn a( {"), None);
}
