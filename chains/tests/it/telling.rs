//! What others are told of a run, and that it is nothing to the run.

use std::fs;
use std::process::Output;

use crate::support::Chain;

/// What stderr says of those who could not be told.
fn warnings(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().filter_map(|line| Some(line.split_once(" WARN  purvey::cli::telling: ")?.1.to_owned())).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn events_that_cannot_be_written_are_a_warning_and_the_run_is_what_it_is() {
    let chain = Chain::alpine();

    let output = chain.start(&["--quiet", "--events", "/dev/full"]);

    assert!(output.status.success());
    let warnings = warnings(&output);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains(" lines could not be written to `/dev/full`: No space left on device"),
        "{warnings:?}"
    );
    assert!(chain.results().join("monthly_report.parquet").exists());
}

#[test]
fn lineage_names_the_files_that_were_read_and_made() {
    let chain = Chain::alpine();
    chain.run(&["--set", "telling.openlineage.file=lineage.ndjson"]);

    let text = fs::read_to_string(chain.path().join("lineage.ndjson")).unwrap();
    let ended = |job: &str| {
        let job = format!(r#""name":"alpine.{job}""#);
        let found = text.lines().find(|line| line.contains(r#""eventType":"COMPLETE""#) && line.contains(&job));
        found.unwrap_or_else(|| panic!("there is no {job}")).to_owned()
    };
    let made = format!("\"{}/monthly_report\"", chain.results().display());
    assert!(ended("monthly_report").contains(&made), "{}", ended("monthly_report"));
    assert!(ended("read_raw_bookings").contains("/alpine/sample\""), "{}", ended("read_raw_bookings"));
}

#[cfg(feature = "http")]
#[test]
fn a_receiver_that_is_not_there_is_a_warning_and_the_run_is_what_it_is() {
    let chain = Chain::alpine();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("telling.openlineage.url=http://{nobody}/hunter2");

    let output = chain.start(&["--quiet", "--set", &url, "--set", "telling.openlineage.retries=0"]);

    assert!(output.status.success());
    let warnings = warnings(&output);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("the receiver of OpenLineage did not take "), "{warnings:?}");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("hunter2"));
    assert!(chain.results().join("monthly_report.parquet").exists());
}
