//! The verb `run`.

use super::*;

#[test]
fn run_is_the_verb_when_none_is_given() {
    assert_run!(tell(""), @"
    exit 0
    --- stdout
    step          state   rows in  rows out  time  peak memory
    house
      list_rooms  ✓ done        –         2  <time>  <size>
    count_beds    ✓ done        2         –  <time>  <size>

    ✓ done in <time>, 2 steps done, peak memory <size>
    --- stderr
    run <run> of chain lodge: 2 steps
    ✓ done       list_rooms        2 rows  <time>
    ✓ done       count_beds             –  <time>
    run <run>: ✓ done in <time>, peak memory <size>
    ");
}

#[test]
fn a_quiet_run_shows_its_result_alone() {
    let told = tell("--quiet");
    assert_eq!((told.exit, told.err.as_str()), (Exit::Done, ""));
    assert!(told.out.contains("count_beds"));
}

#[test]
fn a_failed_task_is_exit_code_1() {
    assert_run!(tell("--set tasks.count_beds.most=1"), @"
    exit 1
    --- stdout
    step          state     rows in  rows out  time  peak memory
    house
      list_rooms  ✓ done          –         2  <time>  <size>
    count_beds    ✗ failed        2         –  <time>  <size>

    ✗ count_beds failed
        data: 2 beds are too many

    ✗ failed in <time>, 1 done, 1 failed, peak memory <size>
    nothing was published, because `count_beds` failed;
    what earlier runs published still stands
    --- stderr
    run <run> of chain lodge: 2 steps
    ✓ done       list_rooms        2 rows  <time>
    ✗ failed     count_beds  <time>
        data: 2 beds are too many
    run <run>: ✗ failed in <time>, peak memory <size>
    ");
}

#[test]
fn a_run_for_programs_is_one_document_and_one_event_a_line() {
    let told = tell("run --output json");
    let document: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(document["purvey"]["kind"], "run");
    assert_eq!(document["ending"], "done");
    let events: Vec<serde_json::Value> = told.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.first().unwrap()["event"], "run_started");
    assert_eq!(events.last().unwrap()["event"], "run_ended");
}

/// A reader that has gone away.
struct Gone;

impl std::io::Write for Gone {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_has_gone_away_is_no_error() {
    let mut err = Vec::new();
    let mut surroundings = Surroundings {
        out: &mut Gone,
        err: &mut err,
        out_is_terminal: false,
        err_is_terminal: false,
        width: 100,
        variables: vec![],
        program_folder: None,
        owns_process: false,
    };
    assert_eq!(carry_out(lodge(), ["lodge".into(), "ls".into()], &mut surroundings), Exit::Done);
    assert!(err.is_empty());
}
