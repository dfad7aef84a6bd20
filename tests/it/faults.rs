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
        command
            .current_dir(self.0.path())
            .env_clear()
            .env("NO_COLOR", "1")
            .env("PURVEY__RUN__JOBS", "1")
            .args(arguments);
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
    // The width of columns goes with the numbers.
    settings.add_filter(r"(\S) {2,}", "$1  ");
    settings
}

macro_rules! told {
    ($text:expr, @$snapshot:literal) => {
        settings().bind(|| assert_snapshot!($text, @$snapshot))
    };
}

#[test]
fn a_good_run_is_published() {
    told!(Desk::new().run("none"), @r"
    --- stderr
    run [run] of chain faults: 4 steps
    ✓ done  list_rooms  6 rows [time]
    ✓ done  count_by_beds  2 rows [time]
    ✓ done  draw  – [time]
    ✓ done  count_all  – [time]
    published 4 models, [size]
    run [run]: ✓ done in [time], peak memory [size]
    --- stdout
    step  state  rows in  rows out  time  peak memory
    list_rooms  ✓ done  –  6 [time] [size]
    reports
      count_by_beds  ✓ done  6  2 [time] [size]
      draw  ✓ done  2  – [time] [size]
      count_all  ✓ done  6  – [time] [size]

    ✓ done in [time], 4 steps done, peak memory [size]

    results are in results
      floor_plan.txt [size]
      room_count.json [size]
      rooms.parquet  6 rows [size]
      rooms_by_beds.parquet  2 rows [size]
    --- exit 0
    published floor_plan.txt room_count.json rooms.parquet rooms_by_beds.parquet
    ");
}

#[test]
fn rule_6_a_task_that_fails() {
    told!(Desk::new().run("error"), @r"
    --- stderr
    run [run] of chain faults: 4 steps
    ✓ done  list_rooms  6 rows [time]
    ✗ failed  count_by_beds [time]
        data error: room 4 has no door
    ↷ skipped  draw  because of `count_by_beds`
    ✓ done  count_all  – [time]
    run [run]: ✗ failed in [time], peak memory [size]
    --- stdout
    step  state  rows in  rows out  time  peak memory
    list_rooms  ✓ done  –  6 [time] [size]
    reports
      count_by_beds  ✗ failed  6  – [time] [size]
      draw  ↷ skipped  –  –  –  –
      count_all  ✓ done  6  – [time] [size]

    ✗ count_by_beds failed
        data error: room 4 has no door
        skipped because of it: draw

    ✗ failed in [time], 2 done, 1 failed, 1 skipped, peak memory [size]
    nothing was published, because `count_by_beds` failed;
    what earlier runs published still stands
    --- exit 1
    nothing published
    ");
}

#[test]
fn rule_6_a_task_that_panics() {
    told!(Desk::new().run("panic"), @r"
    --- stderr
    run [run] of chain faults: 4 steps
    ✓ done  list_rooms  6 rows [time]
    ✗ failed  count_by_beds [time]
        error: panicked at examples/faults.rs:54: room 4 has no floor
    ↷ skipped  draw  because of `count_by_beds`
    ✓ done  count_all  – [time]
    run [run]: ✗ failed in [time], peak memory [size]
    --- stdout
    step  state  rows in  rows out  time  peak memory
    list_rooms  ✓ done  –  6 [time] [size]
    reports
      count_by_beds  ✗ failed  6  – [time] [size]
      draw  ↷ skipped  –  –  –  –
      count_all  ✓ done  6  – [time] [size]

    ✗ count_by_beds failed
        error: panicked at examples/faults.rs:54: room 4 has no floor
        skipped because of it: draw

    ✗ failed in [time], 2 done, 1 failed, 1 skipped, peak memory [size]
    nothing was published, because `count_by_beds` failed;
    what earlier runs published still stands
    --- exit 1
    nothing published
    ");
}

#[test]
fn rule_5_a_task_that_never_writes_what_it_provides() {
    told!(Desk::new().run("silence"), @r"
    --- stderr
    run [run] of chain faults: 4 steps
    ✓ done  list_rooms  6 rows [time]
    ✗ failed  count_by_beds [time]
        error: model `rooms_by_beds` was never written; call `put` on it, with no rows if there are none
    ↷ skipped  draw  because of `count_by_beds`
    ✓ done  count_all  – [time]
    run [run]: ✗ failed in [time], peak memory [size]
    --- stdout
    step  state  rows in  rows out  time  peak memory
    list_rooms  ✓ done  –  6 [time] [size]
    reports
      count_by_beds  ✗ failed  6  – [time] [size]
      draw  ↷ skipped  –  –  –  –
      count_all  ✓ done  6  – [time] [size]

    ✗ count_by_beds failed
        error: model `rooms_by_beds` was never written; call `put` on it, with no rows if there are none
        skipped because of it: draw

    ✗ failed in [time], 2 done, 1 failed, 1 skipped, peak memory [size]
    nothing was published, because `count_by_beds` failed;
    what earlier runs published still stands
    --- exit 1
    nothing published
    ");
}

#[test]
fn a_task_that_breaks_its_contract() {
    told!(Desk::new().run("contract"), @r"
    --- stderr
    run [run] of chain faults: 4 steps
    ✓ done  list_rooms  6 rows [time]
    ✗ failed  count_by_beds [time]
        data error: model `rooms_by_beds` breaks its contract:
            column `view` is too many; drop it, or add it to the row type
            key `beds`: 2 of 2 rows are not unique
              row 1 (beds 1)
              row 2 (beds 1)
    ↷ skipped  draw  because of `count_by_beds`
    ✓ done  count_all  – [time]
    run [run]: ✗ failed in [time], peak memory [size]
    --- stdout
    step  state  rows in  rows out  time  peak memory
    list_rooms  ✓ done  –  6 [time] [size]
    reports
      count_by_beds  ✗ failed  6  – [time] [size]
      draw  ↷ skipped  –  –  –  –
      count_all  ✓ done  6  – [time] [size]

    ✗ count_by_beds failed
        data error: model `rooms_by_beds` breaks its contract:
            column `view` is too many; drop it, or add it to the row type
            key `beds`: 2 of 2 rows are not unique
              row 1 (beds 1)
              row 2 (beds 1)
        skipped because of it: draw

    ✗ failed in [time], 2 done, 1 failed, 1 skipped, peak memory [size]
    nothing was published, because `count_by_beds` failed;
    what earlier runs published still stands
    --- exit 1
    nothing published
    ");
}

#[test]
fn a_run_that_is_cancelled() {
    told!(Desk::new().run("cancel"), @r"
    --- stderr
    run [run] of chain faults: 4 steps
    ✓ done  list_rooms  6 rows [time]
    – cancelled  count_by_beds [time]
    – cancelled  draw
    – cancelled  count_all
    run [run]: – cancelled in [time], peak memory [size]
    --- stdout
    step  state  rows in  rows out  time  peak memory
    list_rooms  ✓ done  –  6 [time] [size]
    reports
      count_by_beds  – cancelled  6  – [time] [size]
      draw  – cancelled  –  –  –  –
      count_all  – cancelled  –  –  –  –

    – cancelled in [time], 1 done, 3 cancelled, peak memory [size]
    nothing was published, because the run was stopped;
    what earlier runs published still stands
    --- exit 130
    nothing published
    ");
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

#[test]
fn rule_8_stdout_is_one_document_whatever_is_said_besides() {
    let output = Desk::new().call(&["--output", "json", "--verbose", "--data", "results"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["purvey"], serde_json::json!({"format": 1, "kind": "run"}));
    assert!(String::from_utf8(output.stderr).unwrap().lines().all(|line| line.starts_with('{')));
}
