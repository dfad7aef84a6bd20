use std::time::{Duration, SystemTime};

use super::super::observe::observe_at;
use super::super::{SourceFile, SourceState};
use super::*;
use crate::digest::Digest;

/// So much later that everything has settled.
fn later() -> SystemTime {
    SystemTime::now() + Duration::from_secs(10)
}

fn look(path: &Path, before: Option<&SourceState>) -> SourceState {
    observe_at(path, before, later()).unwrap().unwrap()
}

/// The same with a digest that no file has, so that it shows where it was taken from before.
fn marked(state: &SourceState) -> SourceState {
    let digest = Digest::of_bytes(b"taken from before");
    SourceState::of(state.files.iter().map(|file| SourceFile { digest, ..file.clone() }).collect())
}

/// Name and digest of each file.
fn contents(state: &SourceState) -> Vec<(&str, Digest)> {
    state.files.iter().map(|file| (file.name.as_str(), file.digest)).collect()
}

#[test]
fn a_file_is_known_by_its_bytes_and_has_no_name() {
    let (_input, path) = Input::file("stays.csv", "hotel\nSeehof\n");

    let state = look(&path, None);

    assert_eq!(contents(&state), [("", Digest::of_bytes(b"hotel\nSeehof\n"))]);
    assert_eq!(state.files[0].bytes, 13);
    assert!(state.files[0].settled);
}

#[test]
fn a_file_that_did_not_change_is_not_read_again() {
    let (_input, path) = Input::file("stays.csv", "hotel\nSeehof\n");
    let before = marked(&look(&path, None));

    assert_eq!(look(&path, Some(&before)), before);
}

#[test]
fn a_file_that_had_not_settled_is_read_again() {
    let (_input, path) = Input::file("stays.csv", "hotel\nSeehof\n");
    let fresh = observe_at(&path, None, SystemTime::now()).unwrap().unwrap();
    assert!(!fresh.files[0].settled);

    assert_eq!(look(&path, Some(&marked(&fresh))), look(&path, None));
}

#[test]
fn a_file_from_the_future_has_not_settled() {
    let (_input, path) = Input::file("stays.csv", "hotel\nSeehof\n");
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(3600)).unwrap();

    assert!(!look(&path, None).files[0].settled);
}

#[test]
fn a_file_that_was_only_touched_is_read_and_is_the_same() {
    let (_input, path) = Input::file("stays.csv", "hotel\nSeehof\n");
    let before = look(&path, None);
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(1)).unwrap();

    let now = look(&path, Some(&marked(&before)));

    assert_ne!(now, before);
    assert_eq!(contents(&now), contents(&before));
}

#[test]
fn a_change_of_the_same_length_is_seen() {
    let (_input, path) = Input::file("stays.csv", "hotel\nSeehof\n");
    let before = look(&path, None);
    fs::write(&path, "hotel\nBerghof").unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(1)).unwrap();

    let now = look(&path, Some(&before));

    assert_eq!(now.files[0].bytes, before.files[0].bytes);
    assert_eq!(contents(&now), [("", Digest::of_bytes(b"hotel\nBerghof"))]);
}

#[cfg(unix)]
#[test]
fn another_file_of_the_same_length_and_time_is_seen() {
    let (input, path) = Input::file("stays.csv", "hotel\nSeehof\n");
    let time = SystemTime::now() + Duration::from_secs(5);
    let set_time = |path: &Path| fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    set_time(&path);
    let before = observe_at(&path, None, later() + Duration::from_secs(60)).unwrap().unwrap();
    let other = input.add("new.csv", "hotel\nBerghof");
    set_time(&other);
    fs::rename(&other, &path).unwrap();

    let now = look(&path, Some(&before));

    let known = |state: &SourceState| (state.files[0].bytes, state.files[0].modified);
    assert_eq!(known(&now), known(&before));
    assert!(before.files[0].settled);
    assert_eq!(contents(&now), [("", Digest::of_bytes(b"hotel\nBerghof"))]);
}

#[cfg(unix)]
#[test]
fn a_time_that_was_set_back_does_not_hide_a_change() {
    let (_input, path) = Input::file("stays.csv", "hotel\nSeehof\n");
    let hour = Duration::from_secs(3600);
    let file = fs::File::options().write(true).open(&path).unwrap();
    let before = SystemTime::now();
    file.set_modified(before - hour).unwrap();

    let state = observe_at(&path, None, SystemTime::now()).unwrap().unwrap();

    let an_hour_ago = (before - hour).duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
    assert!(i128::from(state.files[0].modified) > an_hour_ago as i128 + 1_000_000_000);
    assert!(!state.files[0].settled);
}

#[test]
fn the_files_of_a_folder_are_known_by_name() {
    let input = Input::new();
    input.add("1.csv", "a");
    input.add("2.csv", "b");
    input.add("_notes.txt", "");
    let before = look(input.path(), None);
    assert_eq!(contents(&before), [("1.csv", Digest::of_bytes(b"a")), ("2.csv", Digest::of_bytes(b"b"))]);

    fs::remove_file(input.path().join("1.csv")).unwrap();
    fs::rename(input.path().join("2.csv"), input.path().join("4.csv")).unwrap();
    input.add("3.csv", "c");
    let now = look(input.path(), Some(&before));

    assert_eq!(contents(&now), [("3.csv", Digest::of_bytes(b"c")), ("4.csv", Digest::of_bytes(b"b"))]);
}

#[test]
fn only_the_file_that_changed_is_read() {
    let input = Input::new();
    input.add("1.csv", "a");
    input.add("2.csv", "b");
    let before = marked(&look(input.path(), None));
    input.add("2.csv", "bb");

    let now = look(input.path(), Some(&before));

    assert_eq!(contents(&now), [("1.csv", Digest::of_bytes(b"taken from before")), ("2.csv", Digest::of_bytes(b"bb"))]);
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_are_told_apart() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let input = Input::new();
    for name in [b"\xe4.csv", b"\xf6.csv"] {
        fs::write(input.path().join(OsStr::from_bytes(name)), "").unwrap();
    }
    let state = look(input.path(), None);
    assert_eq!(state.files.iter().map(|file| &*file.name).collect::<Vec<_>>(), [r"\xe4.csv", r"\xf6.csv"]);
}

#[test]
fn what_is_read_is_what_is_observed() {
    let input = Input::new();
    input.add("1.csv", "hotel,nights,rate\nA,1,\n");
    input.add("2.csv.gz", gzip(b"hotel,nights,rate\nB,2,\n"));
    input.add("3.parquet", columnar::parquet(polars::df!("hotel" => ["C"], "nights" => [3], "rate" => [0.5]).unwrap()));

    let state = read(&STAYS, &options(), input.path()).unwrap().state.unwrap();

    let unsettled = |file: &SourceFile| SourceFile { settled: false, ..file.clone() };
    let observed: Vec<SourceFile> = look(input.path(), None).files.iter().map(unsettled).collect();
    assert_eq!(observed.len(), 3);
    assert_eq!(state.files, observed);
}

#[cfg(unix)]
#[test]
fn a_device_is_not_looked_into() {
    assert_eq!(observe_at(Path::new("/dev/null"), None, later()).unwrap(), None);
}

#[test]
fn a_source_that_is_not_there_is_an_error() {
    let input = Input::new();
    let said = |path: &Path| input.text(&observe_at(path, None, later()).unwrap_err());
    assert_eq!(said(&input.path().join("stays.csv")), "there is no file `DIR/stays.csv`");
    assert_eq!(
        said(input.path()),
        "the folder `DIR` holds no file to read; names that begin with `.` or `_` are passed over"
    );
}
