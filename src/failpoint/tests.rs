//! What the environment may ask for, and what happens then.

use super::armed::{Trap, fail, kill_at};
use super::*;

#[test]
fn a_point_is_named_alone_or_with_the_time_it_is_reached() {
    assert_eq!(kill_at("stage synced"), Trap { name: "stage synced".to_owned(), nth: 1 });
    assert_eq!(kill_at("stage synced:3"), Trap { name: "stage synced".to_owned(), nth: 3 });
}

#[test]
#[should_panic(expected = "PURVEY_KILL_AT names no point: `stage sunk`; there are: lease taken, run recorded,")]
fn a_point_that_does_not_exist_is_told_with_those_that_do() {
    kill_at("stage sunk:3");
}

#[test]
#[should_panic(expected = "`nowhere` is missing in POINTS")]
fn a_point_that_is_not_listed_is_told() {
    reached("nowhere");
}

#[test]
fn a_failure_is_named_by_call_number_and_error() {
    let trap = |name: &str, nth| Trap { name: name.to_owned(), nth };
    assert_eq!(fail("create folder:2:EIO"), (trap("create folder", 2), 5));
    assert_eq!(fail("any:7:ENOSPC"), (trap("any", 7), 28));
    assert_eq!(fail("write:1:EACCES"), (trap("write", 1), 13));
}

#[test]
#[should_panic(expected = "PURVEY_FAIL is to be `<call>:<n>:<ENOSPC|EIO|EACCES>`, not `write:1`")]
fn a_failure_without_an_error_is_told() {
    fail("write:1");
}

#[test]
fn the_call_that_is_to_fail_fails_and_no_other() {
    let path = Path::new("a");
    let act = || [refuse("write", path), refuse("sync", path), refuse("rename", path)].map(|result| result.is_ok());
    let (went, calls) = trial::failing(2, 5, act);
    assert_eq!(went, [true, false, true]);
    assert_eq!(calls, ["write a", "sync a", "rename a"]);
}
