//! What only a file has: it comes to be, is opened again, is read by others while it is written, or is no ledger.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tempfile::TempDir;

use super::support::*;
use crate::event::{Ending, State};
use crate::ledger::{Entry, Ledger, LedgerError, MemoryLedger, RunFilter, SqliteLedger};

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    (folder, path)
}

/// A file with three runs, that nobody has open.
fn written(path: &Path) {
    let ledger = SqliteLedger::at(path);
    for number in 1..=3 {
        ledger.append(&good_run(number, &["clean", "count"])).unwrap();
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// What a ledger says of a file, which it must leave as it is, whatever is asked of it.
fn told_of(folder: &TempDir, path: &Path) -> String {
    let before = fs::read(path).unwrap();
    let ledger = SqliteLedger::at(path);
    let errors = [
        ledger.runs(&RunFilter::default()).unwrap_err(),
        ledger.performed("", &["count"]).unwrap_err(),
        ledger.append(&[began(9, &["count"])]).unwrap_err(),
        ledger.forget(&[run(1)]).unwrap_err(),
    ];
    drop(ledger);
    assert!(fs::read(path).unwrap() == before, "the file was changed");
    let told = errors.map(|error| error.to_string().replace(&folder.path().display().to_string(), "data"));
    assert!(told.iter().all(|text| *text == told[0]), "{told:#?}");
    told.into_iter().next().unwrap()
}

#[test]
fn reading_makes_no_file_and_the_first_entry_makes_it_whole_also_in_a_folder_that_is_not_there() {
    let (folder, _) = place();
    let path = folder.path().join("data/state/ledger.sqlite");
    let ledger = SqliteLedger::at(&path);
    assert_eq!(ledger.runs(&RunFilter::default()).unwrap(), []);
    ledger.forget(&[run(1)]).unwrap();
    assert_eq!(names(folder.path()), Vec::<String>::new());

    // What a process left that was killed while it made the file.
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path.with_file_name(".ledger.sqlite.partial"), "half").unwrap();
    assert_eq!(ledger.runs(&RunFilter::default()).unwrap(), []);
    ledger.append(&[began(1, &["count"])]).unwrap();
    assert_eq!(ledger.runs(&RunFilter::default()).unwrap().len(), 1);
    drop(ledger);
    assert_eq!(names(path.parent().unwrap()), ["ledger.sqlite"]);
}

#[test]
fn a_refused_first_entry_leaves_a_ledger_without_runs() {
    let (_folder, path) = place();
    let error = SqliteLedger::at(&path).append(&[run_ended(1, Ending::Done)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the ledger `{}` cannot be written: run 0193f3a8-0001-7000-8000-000000000001 is not on record",
            path.display()
        )
    );
    assert_eq!(SqliteLedger::at(&path).runs(&RunFilter::default()).unwrap(), []);
}

#[test]
fn a_ledger_that_is_opened_again_after_every_entry_tells_the_same() {
    let (_folder, path) = place();
    let memory = MemoryLedger::new();
    let story = [good_run(1, &["clean", "count"]), failed_run(2, ["clean", "count", "rank"])].concat();
    for entry in story {
        memory.append(std::slice::from_ref(&entry)).unwrap();
        SqliteLedger::at(&path).append(&[entry]).unwrap();
        let again = SqliteLedger::at(&path);
        let all = RunFilter::default();
        assert_eq!(again.runs(&all).unwrap(), memory.runs(&all).unwrap());
        for number in [1, 2] {
            assert_eq!(again.steps(run(number)).unwrap(), memory.steps(run(number)).unwrap());
        }
        let tasks = ["clean", "count", "rank"];
        assert_eq!(again.performed("", &tasks).unwrap(), memory.performed("", &tasks).unwrap());
    }
}

#[test]
fn others_read_what_was_written_last_while_a_transaction_is_open() {
    let (_folder, path) = place();
    let writer = SqliteLedger::at(&path);
    writer.append(&[began(1, &["count"])]).unwrap();
    let reader = SqliteLedger::at(&path);
    let states = || reader.runs(&RunFilter::default()).unwrap()[0].counts.clone();
    assert_eq!(states(), [(State::Waiting, 1)]);

    let mut other = Connection::open(&path).unwrap();
    let half = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    half.execute("INSERT INTO steps (step, run, task, state) VALUES (1, 1, 'count', 'running')", []).unwrap();
    assert_eq!(states(), [(State::Waiting, 1)]);
    assert_eq!(SqliteLedger::at(&path).runs(&RunFilter::default()).unwrap()[0].counts, [(State::Waiting, 1)]);
    half.commit().unwrap();
    assert_eq!(states(), [(State::Running, 1)]);
    writer.append(&[done(1, "count")]).unwrap();
    assert_eq!(states(), [(State::Done, 1)]);
}

#[test]
fn a_ledger_that_somebody_else_keeps_writing_to_cannot_be_used_and_says_why() {
    let (_folder, path) = place();
    written(&path);
    let mut other = Connection::open(&path).unwrap();
    let _open = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let mut hasty = SqliteLedger::at(&path);
    hasty.patience = Duration::ZERO;
    assert_eq!(
        hasty.append(&[began(4, &[])]).unwrap_err().to_string(),
        format!("the ledger `{}` cannot be used: another process keeps writing to it", path.display())
    );
    assert_eq!(hasty.runs(&RunFilter::default()).unwrap().len(), 3);
}

#[test]
fn an_empty_file_is_no_empty_ledger() {
    let (folder, path) = place();
    File::create(&path).unwrap();
    assert_eq!(
        told_of(&folder, &path),
        "the ledger `data/ledger.sqlite` cannot be read: it is empty; restore it, or move the folder it is in away to \
         begin anew"
    );
    assert_eq!(names(folder.path()), ["ledger.sqlite"]);
}

/// The reason in the middle of the sentence.
fn reason(text: &str) -> &str {
    text.strip_prefix("the ledger `data/ledger.sqlite` cannot be read: ").unwrap().split(';').next().unwrap()
}

#[test]
fn a_file_of_something_else_is_no_ledger() {
    let (folder, path) = place();
    for (bytes, expected) in [(vec![b'x'; 99], "it is too short"), (vec![b'x'; 10_000], "it is no SQLite file")] {
        fs::write(&path, bytes).unwrap();
        assert_eq!(reason(&told_of(&folder, &path)), expected);
    }
    fs::remove_file(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE runs (id TEXT); PRAGMA user_version = 1").unwrap();
    drop(other);
    assert_eq!(reason(&told_of(&folder, &path)), "it is a SQLite file, but no ledger of Purvey");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = SqliteLedger::at(&path).runs(&RunFilter::default()).unwrap_err();
    assert!(error.to_string().contains("cannot be read: it is no file;"), "{error}");
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_told_and_left_alone() {
    let (folder, path) = place();
    written(&path);
    let whole = fs::read(&path).unwrap();
    for part in [1, 15, 16, 50, 99, 100, 1000, 4096, 5000, whole.len() / 2, whole.len() - 4096, whole.len() - 1] {
        fs::write(&path, &whole[..part]).unwrap();
        let told = told_of(&folder, &path);
        let expected = match part {
            0..100 => "it is too short".to_owned(),
            _ => format!("it is cut off after {part} of {} bytes", whole.len()),
        };
        assert_eq!(reason(&told), expected, "after {part} bytes");
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(SqliteLedger::at(&path).runs(&RunFilter::default()).unwrap().len(), 3);
}

#[test]
fn a_file_whose_inside_is_overwritten_is_told_as_damaged() {
    let (_folder, path) = place();
    written(&path);
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096..].fill(0xAA);
    fs::write(&path, bytes).unwrap();
    let error = SqliteLedger::at(&path).runs(&RunFilter::default()).unwrap_err();
    assert!(error.to_string().contains("cannot be read: it is damaged;"), "{error}");
}

#[test]
fn a_later_format_is_told_with_both_numbers() {
    let (folder, path) = place();
    written(&path);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 8).unwrap();
    assert_eq!(
        told_of(&folder, &path),
        "the ledger `data/ledger.sqlite` has format 8, and this program knows formats up to 7; use a newer one"
    );
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 0).unwrap();
    assert_eq!(reason(&told_of(&folder, &path)), "it names no format");
}

#[test]
fn words_of_a_later_version_are_told_and_never_guessed() {
    let (_folder, path) = place();
    let ledger = SqliteLedger::at(&path);
    ledger.append(&failed_run(1, ["clean", "count", "rank"])).unwrap();
    let other = Connection::open(&path).unwrap();
    let told = |change: &str| {
        other.execute_batch(change).unwrap();
        let all = RunFilter::default();
        let errors = [ledger.runs(&all).err(), ledger.steps(run(1)).err(), ledger.performed("", &["clean"]).err()];
        let error = errors.into_iter().flatten().next().unwrap();
        assert!(matches!(error, LedgerError::Unreadable { .. }), "{error:?}");
        error.to_string().split("cannot be read: ").nth(1).unwrap().split(';').next().unwrap().to_owned()
    };
    let unknown = |word, what| format!("it has `{word}` for {what}, which this program does not know");
    // Each is asked for before those above it, so it is the one that is told.
    assert_eq!(told("UPDATE conditions SET part = 'mood'"), unknown("mood", "a part of a fingerprint"));
    assert_eq!(told("UPDATE codes SET kind = 'image'"), unknown("image", "a kind of code"));
    assert_eq!(told("UPDATE attempts SET failure_class = 'luck'"), unknown("luck", "a class of failures"));
    assert_eq!(told("UPDATE attempts SET started = 'noon'"), unknown("noon", "a time"));
    assert_eq!(told("UPDATE runs SET ending = 'paused'"), unknown("paused", "an ending"));
    assert_eq!(told("UPDATE steps SET state = 'paused'"), unknown("paused", "a state"));
}

#[test]
fn the_views_for_people_tell_what_the_tables_hold() {
    let (_folder, path) = place();
    let ledger = SqliteLedger::at(&path);
    ledger.append(&good_run(1, &["clean", "count"])).unwrap();
    ledger.append(&failed_run(2, ["clean", "count", "rank"])).unwrap();
    let reader = Connection::open(&path).unwrap();
    let ask = |sql: &str| -> Vec<String> {
        let mut statement = reader.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(
        ask("SELECT concat_ws(' ', substr(id, -8), ending, seconds, steps, done, reused, failed) FROM history"),
        ["00000002 failed 30.0 3 1 0 1", "00000001 done 30.0 2 2 0 0"]
    );
    assert_eq!(
        ask("SELECT concat_ws(' ', model, task, substr(id, -8), rows, bytes) FROM current ORDER BY model"),
        ["clean clean 00000001 1 800", "count count 00000001 1 800"]
    );
    assert_eq!(
        ask("SELECT concat_ws(' ', model, substr(id, -8), file_bytes) FROM made ORDER BY id, model"),
        ["clean 00000001 400", "count 00000001 400", "clean 00000002 400"]
    );
    assert_eq!(ask("SELECT DISTINCT digest FROM current WHERE model = 'clean'"), [digest("clean").to_string()]);
    assert_eq!(
        ask("SELECT concat_ws(' ', part, name) FROM fingerprints WHERE id LIKE '%2' ORDER BY 1"),
        [
            "code sources",
            "contract nights",
            "file b.csv",
            "input bookings",
            "param day",
            "param hotel",
            "setting tasks.count.top"
        ]
    );

    ledger.append(&[backfilling(3), began_for(4, 3, "2026-11-01"), run_ended(4, Ending::Done)]).unwrap();
    ledger.append(&[not_begun(3, "2026-11-02"), backfill_ended(3, Ending::Failed)]).unwrap();
    assert_eq!(
        ask("SELECT concat_ws(' ', substr(id, -8), first, last, picked, ending, partitions, done, failed, not_begun)
             FROM backfilled"),
        ["00000003 2026-11-01 2026-11-09 failed failed 4 1 1 2"]
    );
}

#[test]
fn a_file_of_every_earlier_format_has_the_same_tables_as_a_new_one() {
    let (folder, path) = place();
    SqliteLedger::at(&path).append(&[began(1, &[])]).unwrap();
    let columns = |path: &Path| -> Vec<String> {
        let reader = Connection::open(path).unwrap();
        let sql = "SELECT concat_ws(' ', m.type, m.name, c.name, c.type, c.\"notnull\", c.pk)
                   FROM sqlite_schema AS m LEFT JOIN pragma_table_info(m.name) AS c
                   WHERE m.name NOT LIKE 'sqlite_%' ORDER BY 1";
        let mut statement = reader.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    for format in 1..=6 {
        let older = folder.path().join(format!("older-{format}.sqlite"));
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/formats/ledger-{format}.sqlite"));
        fs::copy(fixture, &older).unwrap();
        SqliteLedger::at(&older).append(&[began(1, &[])]).ok();
        assert_eq!(columns(&older), columns(&path), "format {format}");
    }
}

/// Whether this process may write whatever a file's mode says.
#[cfg(unix)]
fn is_almighty(folder: &Path) -> bool {
    File::create(folder.join("probe")).is_ok()
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_only_be_read_is_told_and_what_is_in_it_can_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = place();
    let to_read = |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
    let none = folder.path().join("none.sqlite");
    written(&path);
    to_read(0o555);
    if !is_almighty(folder.path()) {
        let error = SqliteLedger::at(&none).append(&[began(1, &[])]).unwrap_err();
        assert!(matches!(error, LedgerError::Unavailable { .. }), "{error:?}");
        let ledger = SqliteLedger::at(&path);
        assert_eq!(ledger.runs(&RunFilter::default()).unwrap().len(), 3);
        let error = ledger.append(&[began(4, &[])]).unwrap_err();
        assert!(matches!(error, LedgerError::Unavailable { .. }), "{error:?}");
        // What was written since is seen: nothing is kept open.
        to_read(0o755);
        SqliteLedger::at(&path).append(&[began(5, &[])]).unwrap();
        to_read(0o555);
        assert_eq!(ledger.runs(&RunFilter::default()).unwrap().len(), 4);
    }
    to_read(0o755);
}

#[test]
fn a_path_through_a_file_is_told_as_it_is() {
    let (folder, _) = place();
    fs::write(folder.path().join("file"), "").unwrap();
    let path = folder.path().join("file/ledger.sqlite");
    let entry = Entry::RunBegan(run_began(1, &[]));
    let error = SqliteLedger::at(&path).append(&[entry]).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the ledger `{}` cannot be used: Not a directory (os error 20)", path.display())
    );
}
