//! What people type who do not read the manual.

use std::fs;
use std::process::Stdio;

use crate::second_run::SecondRun;
use crate::support::{Chain, sample};

#[test]
fn results_may_go_to_a_folder_with_blanks_and_letters_of_any_script() {
    let chain = Chain::metro();
    let folder = "Ergebnisse für heute/日本 1";
    chain.run(&["--data", folder]);
    assert!(chain.path().join(folder).join("bookings.parquet").is_file());
    chain.run(&["--data", chain.path().join("a/../b").to_str().unwrap()]);
    assert!(chain.path().join("b/bookings.parquet").is_file());
}

#[test]
fn a_path_on_the_command_line_is_relative_to_the_working_folder() {
    let chain = Chain::metro();
    fs::create_dir(chain.path().join("ein gang")).unwrap();
    let feed = fs::read_to_string(sample("metro/sample/bookings.ndjson")).unwrap();
    chain.file("ein gang/heute.ndjson", feed.lines().take(10).collect::<Vec<_>>().join("\n"));
    chain.run(&["--set", "models.raw_bookings.path=ein gang/heute.ndjson"]);
    assert_eq!(chain.table("bookings_typed").height(), 10);
}

#[test]
fn a_reader_that_has_gone_away_is_no_failure() {
    let chain = Chain::metro();
    chain.run(&[]);
    for arguments in
        [&["run"] as &[&str], &["graph", "--format", "svg"], &["show", "bookings", "--rows", "99999999999"]]
    {
        let mut command = chain.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        drop(child.stderr.take());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let chain = Chain::metro();
    for arguments in [&["run"] as &[&str], &["ls"], &["graph"], &["config"], &["completions", "bash"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = chain.command(arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(7), "{arguments:?}");
    }
}

#[test]
fn no_rows_and_more_rows_than_there_are_can_be_shown() {
    let chain = Chain::metro();
    chain.run(&[]);
    let said = |rows| String::from_utf8(chain.start(&["show", "totals", "--rows", rows]).stdout).unwrap();
    assert!(said("0").contains("\"bookings\": 890"));
    let said = |rows| String::from_utf8(chain.start(&["show", "bookings", "--rows", rows]).stdout).unwrap();
    assert!(said("0").contains("\n890 rows\n"));
    assert!(said("18446744073709551615").contains("\n890 rows:\n"));
}

#[test]
fn part_of_a_chain_can_be_run_when_the_rest_is_stored() {
    let chain = Chain::metro();
    let output = chain.start(&["run", "bookings"]);
    assert_eq!(output.status.code(), Some(2));
    chain.run(&[]);
    let all = chain.published();
    chain.run(&["run", "bookings"]);
    chain.run(&["run", "group:reports"]);
    assert!(chain.published() == all);
}

#[cfg(unix)]
#[test]
fn a_run_that_cannot_be_published_leaves_nothing_behind() {
    let metro = SecondRun::of(Chain::metro());
    let state = metro.chain.results().join(".purvey");
    fs::create_dir(state.join(".current.partial")).unwrap();
    let output = metro.chain.start(&[]);
    assert_eq!(output.status.code(), Some(7));
    fs::remove_dir(state.join(".current.partial")).unwrap();
    metro.assert_untouched();
    metro.assert_recovers();
}
