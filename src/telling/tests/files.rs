//! What is told to files.

use super::*;

fn events() -> Case {
    Case::new().file("events", "events.ndjson")
}

fn prometheus() -> Case {
    Case::new().file("prometheus.file", "alpine.prom")
}

#[test]
fn each_event_is_a_line_behind_those_of_earlier_runs() {
    let case = events();

    assert!(case.tell(&good()).is_empty());
    assert!(case.tell(&failed()).is_empty());

    let text = case.text("events.ndjson");
    assert_eq!(text.lines().count(), good().len() + failed().len());
    for line in text.lines() {
        let read: crate::report::json::Envelope<crate::report::json::Event> = serde_json::from_str(line).unwrap();
        assert_eq!(read.to_line(), line);
    }
}

#[test]
fn a_line_that_a_killed_process_left_unfinished_spoils_no_other() {
    let case = events();
    fs::write(case.path("events.ndjson"), "{\"purvey\":{\"form").unwrap();

    assert!(case.tell(&good()).is_empty());

    let text = case.text("events.ndjson");
    assert_eq!(text.lines().next(), Some("{\"purvey\":{\"form"));
    assert_eq!(text.lines().count(), 1 + good().len());
}

#[test]
fn a_file_that_cannot_be_opened_is_told_before_the_run() {
    assert_snapshot!(Case::new().file("events", ".").refused(), @"events: cannot write to `.`: Is a directory (os error 21)");
    assert_snapshot!(Case::new().file("events", "no/such.ndjson").refused(), @"events: cannot write to `no/such.ndjson`: No such file or directory (os error 2)");
    assert_snapshot!(Case::new().file("prometheus.file", "no/such.prom").refused(), @"prometheus.file: cannot write to `no/such.prom`: No such file or directory (os error 2)");
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_full_disk_does_not_take_is_a_warning() {
    let case = Case { sets: vec!["telling.events=/dev/full".to_owned()], ..Case::new() };
    assert_snapshot!(case.tell(&good()).join("\n"), @"13 lines could not be written to `/dev/full`: No space left on device (os error 28)");
}

#[test]
fn a_run_in_figures() {
    let case = prometheus();

    assert!(case.tell(&retried()).is_empty());

    assert_snapshot!(case.text("alpine.prom"), @r#"
    # HELP purvey_run_succeeded Whether the last run got done: 1, or 0.
    # TYPE purvey_run_succeeded gauge
    purvey_run_succeeded{chain="alpine"} 0
    # HELP purvey_run_start_timestamp_seconds When the last run began, in seconds since 1970.
    # TYPE purvey_run_start_timestamp_seconds gauge
    purvey_run_start_timestamp_seconds{chain="alpine"} 1795228200
    # HELP purvey_run_end_timestamp_seconds When the last run ended, in seconds since 1970.
    # TYPE purvey_run_end_timestamp_seconds gauge
    purvey_run_end_timestamp_seconds{chain="alpine"} 1795228213
    # HELP purvey_run_duration_seconds How long the last run took.
    # TYPE purvey_run_duration_seconds gauge
    purvey_run_duration_seconds{chain="alpine"} 3.42
    # HELP purvey_run_peak_memory_bytes The most memory the process of the last run held.
    # TYPE purvey_run_peak_memory_bytes gauge
    purvey_run_peak_memory_bytes{chain="alpine"} 368050176
    # HELP purvey_run_steps How many steps of the last run ended in a state.
    # TYPE purvey_run_steps gauge
    purvey_run_steps{chain="alpine",state="done"} 0
    purvey_run_steps{chain="alpine",state="failed"} 1
    purvey_run_steps{chain="alpine",state="timed_out"} 1
    purvey_run_steps{chain="alpine",state="reused"} 1
    purvey_run_steps{chain="alpine",state="skipped"} 2
    purvey_run_steps{chain="alpine",state="cancelled"} 0
    # HELP purvey_step_duration_seconds How long all attempts of a step ran.
    # TYPE purvey_step_duration_seconds gauge
    purvey_step_duration_seconds{chain="alpine",task="clean_bookings"} 0.31
    purvey_step_duration_seconds{chain="alpine",task="daily_occupancy"} 0
    purvey_step_duration_seconds{chain="alpine",task="monthly_revenue"} 0
    purvey_step_duration_seconds{chain="alpine",task="archive"} 5
    # HELP purvey_step_attempts How many attempts a step took.
    # TYPE purvey_step_attempts gauge
    purvey_step_attempts{chain="alpine",task="clean_bookings"} 3
    purvey_step_attempts{chain="alpine",task="daily_occupancy"} 1
    purvey_step_attempts{chain="alpine",task="monthly_revenue"} 1
    purvey_step_attempts{chain="alpine",task="archive"} 1
    "#);
}

#[test]
fn a_run_that_failed_leaves_the_time_of_the_last_success_as_it_was() {
    let case = prometheus().run(RunId::random(), "2026-11-19", Ending::Done);
    let line = |case: &Case| {
        let text = case.text("alpine.prom");
        text.lines().find(|line| line.starts_with("purvey_run_last_success")).unwrap().to_owned()
    };

    case.tell(&failed());
    assert_eq!(line(&case), r#"purvey_run_last_success_timestamp_seconds{chain="alpine"} 1795141800"#);

    case.tell(&good());
    assert_eq!(line(&case), r#"purvey_run_last_success_timestamp_seconds{chain="alpine"} 1795228212"#);
}

#[test]
fn nothing_but_the_whole_file_is_ever_in_its_folder() {
    let case = prometheus();
    case.tell(&good());
    case.tell(&cancelled());

    let names: Vec<_> = fs::read_dir(case.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["alpine.prom"]);
}

#[test]
fn a_run_that_never_began_leaves_the_figures_of_the_last_one() {
    let case = prometheus();
    case.tell(&good());
    let before = case.text("alpine.prom");

    assert!(case.tell(&[]).is_empty());

    assert_eq!(case.text("alpine.prom"), before);
}

#[test]
fn names_with_odd_characters_stand_escaped() {
    let case = prometheus();
    let mut events = good();
    if let crate::event::Fact::RunStarted { chain, partition, .. } = &mut events[0].fact {
        (*chain, *partition) = ("al\"pine\\".into(), Some("Höhe\nzwei".into()));
    }

    case.tell(&events);

    assert!(case.text("alpine.prom").contains(r#"{chain="al\"pine\\",partition="Höhe\nzwei"} "#));
}

#[test]
fn each_figure_is_in_the_documentation_and_ends_in_its_unit() {
    let page = include_str!("../../../docs/telling.md");
    let mut names = BTreeSet::new();
    for kind in figures::ALL {
        assert!(page.contains(&format!("`{}`", kind.name)), "{}", kind.name);
        assert!(names.insert(kind.name), "{} is there twice", kind.name);
        let end = match kind.unit {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "",
        };
        assert!(kind.name.ends_with(end), "{}", kind.name);
    }
}
