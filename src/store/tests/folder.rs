//! What people see in the folder.

use super::*;

fn published(folder: &Path, values: &[i64]) -> (FolderStore, RunId) {
    let store = FolderStore::new(folder);
    let run = RunId::random();
    stage(&store, run, "a", Format::Csv, values);
    store.publish(run, &[]).unwrap();
    (store, run)
}

/// The names in a folder, with the hidden ones.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_published_model_is_a_file_that_any_program_can_read() {
    let folder = TempDir::new().unwrap();
    let (store, _) = published(folder.path(), &[1, 2]);

    let path = folder.path().join("a.csv");
    assert_eq!(fs::read_to_string(&path).unwrap(), "\"int64\"\n1\n2\n");
    assert_eq!(store.current().unwrap(), [Current { model: "a".to_owned(), path, bytes: 12 }]);
}

#[test]
fn nothing_is_left_of_runs_that_are_over_and_of_models_that_are_gone() {
    let folder = TempDir::new().unwrap();
    let (store, _) = published(folder.path(), &[1]);
    stage(&store, RunId::random(), "crashed", Format::Csv, &[1]);
    let last = RunId::random();
    stage(&store, last, "b", Format::Csv, &[2]);

    store.publish(last, &[]).unwrap();

    assert_eq!(names(folder.path()), [".purvey", "b.csv"]);
    assert_eq!(names(&folder.path().join(".purvey")), ["current", "runs"]);
    assert_eq!(names(&folder.path().join(".purvey/runs")), [last.to_string()]);
    assert_eq!(names(&folder.path().join(".purvey/runs").join(last.to_string())), ["b.csv"]);
}

#[test]
fn the_form_of_a_model_can_change() {
    let folder = TempDir::new().unwrap();
    let (store, _) = published(folder.path(), &[1]);
    let run = RunId::random();
    stage(&store, run, "a", Format::Ndjson, &[2]);

    store.publish(run, &["a"]).unwrap();

    assert_eq!(names(folder.path()), [".purvey", "a.ndjson"]);
    assert_eq!(load(&store, "a", Format::Csv), None);
}

#[test]
fn a_published_run_cannot_be_discarded() {
    let folder = TempDir::new().unwrap();
    let (store, run) = published(folder.path(), &[1]);

    store.discard(run).unwrap();

    assert_eq!(load(&store, "a", Format::Csv), Some(vec![1]));
}

#[test]
fn publishing_again_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let (store, run) = published(folder.path(), &[1]);

    assert_eq!(store.publish(run, &["a"]).unwrap(), store.current().unwrap());
    assert_eq!(load(&store, "a", Format::Csv), Some(vec![1]));
}

#[test]
fn a_file_that_is_not_from_a_run_is_never_overwritten() {
    let folder = TempDir::new().unwrap();
    let (store, _) = published(folder.path(), &[1]);
    fs::write(folder.path().join("b.csv"), "mine").unwrap();
    let before = names(folder.path());

    let error = store.stage(RunId::random(), "b", &Storage::Table(Format::Csv), &numbers(&[1])).unwrap_err();

    let text = error.to_string().replace(folder.path().to_str().unwrap(), "DIR");
    assert_snapshot!(text, @"`DIR/b.csv` was not made by a run and is in the way of model `b`; move it away");
    assert_eq!(names(folder.path()), before);
}

#[test]
fn a_file_that_gets_in_the_way_later_stops_publishing_before_anything_has_changed() {
    let folder = TempDir::new().unwrap();
    let (store, _) = published(folder.path(), &[1]);
    let run = RunId::random();
    stage(&store, run, "a", Format::Csv, &[2]);
    stage(&store, run, "b", Format::Csv, &[2]);
    fs::write(folder.path().join("b.csv"), "mine").unwrap();

    assert!(matches!(store.publish(run, &[]), Err(StoreError::Foreign { model, .. }) if model == "b"));

    assert_eq!(load(&store, "a", Format::Csv), Some(vec![1]));
    assert_eq!(fs::read_to_string(folder.path().join("b.csv")).unwrap(), "mine");
}

#[cfg(unix)]
#[test]
fn a_run_that_could_not_be_published_leaves_no_names_that_lead_nowhere() {
    let folder = TempDir::new().unwrap();
    let (store, _) = published(folder.path(), &[1]);
    let before = names(folder.path());
    let run = RunId::random();
    stage(&store, run, "b", Format::Csv, &[2]);
    fs::create_dir(folder.path().join(".purvey/.current.partial")).unwrap();

    store.publish(run, &["a"]).unwrap_err();
    store.discard(run).unwrap();

    assert_eq!(names(folder.path()), before);
    assert_eq!(load(&store, "a", Format::Csv), Some(vec![1]));
}

#[cfg(unix)]
#[test]
fn a_folder_that_was_copied_without_its_links_is_refused_in_words() {
    let folder = TempDir::new().unwrap();
    fs::create_dir_all(folder.path().join(".purvey/current")).unwrap();

    let error = FolderStore::new(folder.path()).current().unwrap_err();

    let text = error.to_string().replace(folder.path().to_str().unwrap(), "DIR");
    assert_snapshot!(text, @"failed to read `DIR/.purvey/current`: it is not the link that runs make; move it away");
}

#[test]
fn a_name_that_leads_out_of_the_folder_is_refused() {
    let folder = TempDir::new().unwrap();
    let error =
        FolderStore::new(folder.path()).stage(RunId::random(), "../a", &Storage::Table(Format::Csv), &numbers(&[1]));

    assert_snapshot!(error.unwrap_err(), @"`../a` cannot be the name of a file; a stored model's name has letters, digits, `_` and `-` only, and a letter or digit first");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("data"), "").unwrap();
    let store = FolderStore::new(folder.path().join("data"));

    let error = store.stage(RunId::random(), "a", &Storage::Table(Format::Csv), &numbers(&[1])).unwrap_err();

    let text = error.to_string().replace(folder.path().to_str().unwrap(), "DIR");
    assert_snapshot!(text, @"failed to read `DIR/data/.purvey/current`: Not a directory (os error 20)");
}

#[test]
fn a_file_that_was_changed_by_hand_is_named_with_the_place() {
    let folder = TempDir::new().unwrap();
    let (store, run) = published(folder.path(), &[1]);
    let path = folder.path().join(".purvey/runs").join(run.to_string()).join("a.csv");
    fs::write(&path, "int64\none\n").unwrap();

    let error = store.load("a", &Storage::Table(Format::Csv), Some(&NUMBERS)).unwrap_err();

    let text = error.to_string().replace(path.to_str().unwrap(), "FILE");
    assert_snapshot!(text, @r"
    a stored model cannot be read back; has it been changed by hand?
      failed to read `FILE`: line 2, row 1, column `int64`: `one` is not a whole number
    ");
}

#[test]
fn a_table_in_text_is_read_by_its_schema() {
    let folder = TempDir::new().unwrap();
    let (store, _) = published(folder.path(), &[1]);

    let error = store.load("a", &Storage::Table(Format::Csv), None).unwrap_err();

    assert_snapshot!(error, @"table `a` cannot be read from text without its schema");
}

#[cfg(unix)]
#[test]
fn what_a_killed_run_has_left_is_cleared_by_the_next() {
    use std::os::unix::fs::symlink;

    let folder = TempDir::new().unwrap();
    let (store, _) = published(folder.path(), &[1]);
    let state = folder.path().join(".purvey");
    stage(&store, RunId::random(), "killed", Format::Csv, &[9]);
    symlink(".purvey/current/killed.csv", folder.path().join("killed.csv")).unwrap();
    symlink("runs/killed", state.join(".current.partial")).unwrap();
    let run = RunId::random();
    fs::create_dir(state.join("runs").join(run.to_string())).unwrap();
    fs::write(state.join("runs").join(run.to_string()).join(".a.csv.partial"), "int").unwrap();

    assert_eq!(load(&store, "a", Format::Csv), Some(vec![1]));
    stage(&store, run, "a", Format::Csv, &[2]);
    let published = store.publish(run, &[]).unwrap();

    assert_eq!(models(&published), ["a"]);
    assert_eq!(names(folder.path()), [".purvey", "a.csv"]);
    assert_eq!(names(&state), ["current", "runs"]);
    assert_eq!(names(&state.join("runs").join(run.to_string())), ["a.csv"]);
}

#[test]
fn a_carried_model_is_not_copied() {
    let folder = TempDir::new().unwrap();
    let (store, first) = published(folder.path(), &[1]);
    let file = |run: RunId| folder.path().join(".purvey/runs").join(run.to_string()).join("a.csv");
    let before = fs::File::open(file(first)).unwrap().metadata().unwrap();
    let second = RunId::random();

    store.publish(second, &["a"]).unwrap();

    let after = fs::metadata(file(second)).unwrap();
    assert_eq!((after.len(), after.modified().unwrap()), (before.len(), before.modified().unwrap()));
}

#[test]
fn a_reader_that_holds_the_old_state_keeps_it() {
    let folder = TempDir::new().unwrap();
    let (store, _) = published(folder.path(), &[1]);
    let mut held = fs::File::open(folder.path().join("a.csv")).unwrap();
    let run = RunId::random();
    stage(&store, run, "a", Format::Csv, &[2]);

    store.publish(run, &[]).unwrap();

    assert_eq!(std::io::read_to_string(&mut held).unwrap(), "\"int64\"\n1\n");
    assert_eq!(fs::read_to_string(folder.path().join("a.csv")).unwrap(), "\"int64\"\n2\n");
}
