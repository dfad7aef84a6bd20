//! The verb `run`.

use super::*;
use crate::id::RunId;
use crate::store::{FolderStore, Store};

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

    results are in <data>
      beds.json  <size>
      rooms.parquet  2 rows  <size>
    --- stderr
    run <run> of chain lodge: 2 steps
    ✓ done       list_rooms        2 rows  <time>
    ✓ done       count_beds             –  <time>
    published 2 models, <size>
    run <run>: ✓ done in <time>, peak memory <size>
    ");
}

#[test]
fn a_quiet_run_says_nothing_when_all_is_well() {
    let told = tell("--quiet");
    assert_eq!((told.exit, told.err.as_str(), told.out.as_str()), (Exit::Done, "", ""));
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
        data error: 2 beds are too many

    ✗ failed in <time>, 1 done, 1 failed, peak memory <size>
    nothing was published, because `count_beds` failed;
    what earlier runs published still stands
    --- stderr
    run <run> of chain lodge: 2 steps
    ✓ done       list_rooms        2 rows  <time>
    ✗ failed     count_beds  <time>
        data error: 2 beds are too many
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

#[test]
fn what_a_run_has_stored_is_shown_and_used_again() {
    let folder = Folder::new();
    assert_eq!(folder.tell("run list_rooms").exit, Exit::Done);
    assert_told!(folder.tell("show rooms").out, @"
    rooms  table
      One room of the lodge.

    provided by  list_rooms
    read by  count_beds
    key  number
    settings  store, hand_over, max_age, checks

    column  type  meaning
    number  int32  Number on the door.
    beds  int32, nullable  Beds in it.

    2 rows:
    column  row 1  row 2
    number  1  2
    beds  2  –

    version  made (UTC)  rows  size
    <id>  <when>  2  <size>  published
    ");
    assert_told!(folder.tell("plan count_beds").out, @"
         house/list_rooms  skip  not selected
      1  count_beds  run  was never done before

    a run would run 1 of 2 tasks of chain `lodge`
    taken from the store: `rooms`
    ");
    assert_eq!(folder.tell("run count_beds").exit, Exit::Done);
    let shown: serde_json::Value = serde_json::from_str(&folder.tell("show rooms --rows 1 --output json").out).unwrap();
    assert_eq!(shown["stored"]["rows"], 2);
    assert_eq!(shown["stored"]["first"], serde_json::json!([{"number": 1, "beds": 2}]));
    let shown: serde_json::Value = serde_json::from_str(&folder.tell("show beds --output json").out).unwrap();
    assert_eq!(shown["stored"]["value"], 2);
}

#[test]
fn a_folder_that_another_run_has_is_exit_code_6() {
    let folder = Folder::new();
    let data = folder.0.path().join("out");
    let other = FolderStore::new(&data);
    other.begin(RunId::random()).unwrap();
    let told = tell_chain(lodge(), &format!("--data {}", data.display()), &[]);
    assert_eq!((told.exit, told.out.as_str()), (Exit::Busy, ""));
    assert!(told.err.contains("out` is being written by run "), "{}", told.err);
    assert!(told.err.ends_with("; wait until it ends\n"), "{}", told.err);
}

#[test]
fn a_folder_that_cannot_be_written_is_exit_code_7() {
    let folder = Folder::new();
    let file = folder.0.path().join("file");
    fs::write(&file, "").unwrap();
    let told = tell_chain(lodge(), &format!("--quiet --data {}/out", file.display()), &[]);
    assert_eq!(told.exit, Exit::Store);
    insta::assert_snapshot!(without(&told.err, folder.0.path()), @"error: failed to create the folder `file`: File exists (os error 17)");
}

#[test]
fn fail_fast_starts_nothing_more() {
    /// Fails at once.
    #[task]
    fn fail(beds: &mut Value<i32, Beds>) -> Result<()> {
        beds.put(1)?;
        Err(Error::data("no beds"))
    }
    let chain = || Chain::new("lodge").with(tasks![fail, list_rooms]);
    let done = |told: &Told| told.out.contains("✓ done");
    let folder = Folder::new();
    let tell = |arguments: &str| tell_chain(chain(), &format!("--data {} {arguments}", folder.0.path().display()), &[]);
    assert!(done(&tell("run")));
    assert!(!done(&tell("run --fail-fast")));
    assert!(!done(&tell("--fail-fast")));
    assert!(!done(&tell("--set run.fail_fast=true")));
    assert_eq!(tell("--fail-fast").exit, Exit::Failed);
}

/// A stream that takes nothing.
struct Broken(std::io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn list_to(mut out: Broken) -> (Exit, String) {
    let mut err = Vec::new();
    let mut surroundings = surroundings(&mut out, &mut err, &[]);
    let exit = carry_out(lodge(), ["lodge".into(), "ls".into()], &mut surroundings);
    (exit, String::from_utf8(err).unwrap())
}

#[test]
fn a_reader_that_has_gone_away_is_no_error() {
    assert_eq!(list_to(Broken(std::io::ErrorKind::BrokenPipe)), (Exit::Done, String::new()));
}

#[test]
fn a_result_that_cannot_be_written_is_an_error() {
    let told = "error: cannot write to stdout: no storage space\n".to_owned();
    assert_eq!(list_to(Broken(std::io::ErrorKind::StorageFull)), (Exit::Store, told));
}
