//! What people see when a task goes wrong: through a real binary, the chain of `examples/faults.rs`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use insta::assert_snapshot;

/// The example, which `cargo test` and `cargo nextest run` build beside the tests.
fn example() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let built = tests.parent().and_then(Path::parent).unwrap().join("examples/faults");
    assert!(built.exists(), "{} is not there; build it with `cargo build --example faults`", built.display());
    built
}

/// A data folder of its own, and what is called with it.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Desk {
        Desk(tempfile::tempdir().unwrap())
    }

    fn call(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(example());
        command.current_dir(self.0.path()).env_clear().env("NO_COLOR", "1").args(arguments);
        command.output().unwrap()
    }

    /// Runs with this fault; says what was written, and how the program ended.
    fn run(&self, fault: &str) -> String {
        let output = match fault {
            "none" => self.call(&["--data", "results"]),
            fault => self.call(&["--data", "results", "--set", &format!("params.fault={fault}")]),
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        format!(
            "--- stderr\n{}--- stdout\n{}--- exit {}\n{}",
            text(&output.stderr),
            text(&output.stdout),
            output.status.code().unwrap(),
            self.published()
        )
    }

    /// The names of the published files.
    fn published(&self) -> String {
        let Ok(folder) = std::fs::read_dir(self.0.path().join("results")) else {
            return "nothing published".to_owned();
        };
        let names = folder.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
        names.sort();
        if names.is_empty() { "nothing published".to_owned() } else { format!("published {}", names.join(" ")) }
    }
}

/// Times, sizes and run ids are other ones each time.
fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\b[0-9a-f]{8}\b", "[run]");
    settings.add_filter(r" +\d+(\.\d+)? (ns|µs|ms|s|m|h)\b", " [time]");
    settings.add_filter(r" +\d+(\.\d+)? (B|KiB|MiB|GiB)\b", " [size]");
    settings.add_filter(r"(?m)^(step .*time) +peak memory$", "$1 peak memory");
    settings.add_filter(r" +$", "");
    settings
}

macro_rules! told {
    ($text:expr, @$snapshot:literal) => {
        settings().bind(|| assert_snapshot!($text, @$snapshot))
    };
}

#[test]
fn a_good_run_is_published() {
    told!(Desk::new().run("none"), @"");
}

#[test]
fn rule_6_a_task_that_fails() {
    told!(Desk::new().run("error"), @"");
}

#[test]
fn rule_6_a_task_that_panics() {
    told!(Desk::new().run("panic"), @"");
}

#[test]
fn rule_5_a_task_that_never_writes_what_it_provides() {
    told!(Desk::new().run("silence"), @"");
}

#[test]
fn a_task_that_breaks_its_contract() {
    told!(Desk::new().run("contract"), @"");
}

#[test]
fn a_run_that_is_cancelled() {
    told!(Desk::new().run("cancel"), @"");
}

#[test]
fn rule_7_a_failed_run_leaves_the_tables_of_the_last_good_one() {
    let desk = Desk::new();
    desk.run("none");
    let read = || std::fs::read(desk.0.path().join("results/rooms_by_beds.parquet")).unwrap();
    let before = read();
    assert!(desk.run("error").ends_with(&desk.published()));
    assert_eq!(read(), before);
}
