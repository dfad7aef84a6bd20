//! What people see in the folder.

use std::io::Write;
use std::time::SystemTime;

use super::*;
use crate::failpoint::trial;

const CSV: Format = Format::Csv;

/// A folder in which a run has published `a`.
fn with_a(folder: &Path, values: &[i64]) -> (FolderStore, RunId) {
    let store = FolderStore::new(folder);
    let (run, _) = run(&store, CSV, &[("a", values)], &[]);
    (store, run)
}

fn version_of(model: &str, run: RunId) -> Version {
    Version { model: model.to_owned(), run, extension: "csv".to_owned() }
}

#[test]
fn a_published_model_is_a_file_that_any_program_can_read() {
    let folder = TempDir::new().unwrap();
    for store in [FolderStore::new(folder.path().join("with")), without_links(&folder.path().join("without"))] {
        let (_, current) = run(&store, CSV, &[("a", &[1, 2])], &[]);

        assert_eq!(fs::read_to_string(&current[0].path).unwrap(), "\"int64\"\n1\n2\n");
        assert_eq!(current, [Current { model: "a".to_owned(), path: current[0].path.clone(), bytes: 12 }]);
    }
    assert!(folder.path().join("with/a.csv").exists() && folder.path().join("without/a.csv").exists());
}

#[cfg(unix)]
#[test]
fn the_folder_is_laid_out_as_it_is_documented() {
    let folder = TempDir::new().unwrap();
    let store = FolderStore::new(folder.path()).of_chain("alpine");
    let (run, _) = run(&store, CSV, &[("a", &[1])], &[]);
    let state = folder.path().join(".purvey");

    assert_eq!(names(folder.path()), [".purvey", "a.csv"]);
    assert_eq!(names(&state), ["chain", "current", "lock", "sets", "versions"]);
    let leads_to = |link: &str| fs::read_link(folder.path().join(link)).unwrap().to_str().unwrap().to_owned();
    assert_eq!(leads_to("a.csv"), ".purvey/current/a.csv");
    assert_eq!(leads_to(".purvey/current"), format!("sets/{run}-1"));
    assert_eq!(leads_to(".purvey/current/a.csv"), format!("../../versions/{run}/a.csv"));
    assert_eq!(names(&state.join("versions").join(run.to_string())), ["a.csv"]);
    assert_eq!(fs::read_to_string(state.join("chain")).unwrap(), "alpine\n");
}

#[test]
fn a_version_is_read_only() {
    let folder = TempDir::new().unwrap();
    let (store, run) = with_a(folder.path(), &[1]);

    assert!(fs::metadata(store.path(&version_of("a", run))).unwrap().permissions().readonly());
}

#[test]
fn names_of_models_that_are_gone_go_and_versions_stay() {
    let folder = TempDir::new().unwrap();
    for store in [FolderStore::new(folder.path().join("with")), without_links(&folder.path().join("without"))] {
        let (first, _) = run(&store, CSV, &[("a", &[1])], &[]);
        let (second, current) = run(&store, CSV, &[("b", &[2])], &[]);

        assert_eq!(names(current[0].path.parent().unwrap()), [".purvey", "b.csv"]);
        assert_eq!(load(&store, &version_of("a", first), CSV), [1]);
        assert_eq!(store.kept().unwrap(), [(first, 10), (second, 10)]);
    }
}

#[test]
fn the_form_of_a_model_can_change() {
    let folder = TempDir::new().unwrap();
    let (store, _) = with_a(folder.path(), &[1]);

    run(&store, Format::Ndjson, &[("a", &[2])], &[]);

    assert_eq!(names(folder.path()), [".purvey", "a.ndjson"]);
}

#[test]
fn a_reader_that_holds_the_old_state_keeps_it() {
    let folder = TempDir::new().unwrap();
    for store in [FolderStore::new(folder.path().join("with")), without_links(&folder.path().join("without"))] {
        let (_, current) = run(&store, CSV, &[("a", &[1])], &[]);
        let mut held = fs::File::open(&current[0].path).unwrap();

        run(&store, CSV, &[("a", &[2])], &[]);

        assert_eq!(std::io::read_to_string(&mut held).unwrap(), "\"int64\"\n1\n");
        assert_eq!(fs::read_to_string(&current[0].path).unwrap(), "\"int64\"\n2\n");
    }
}

#[cfg(unix)]
#[test]
fn a_reader_on_its_way_through_the_old_set_gets_there() {
    let folder = TempDir::new().unwrap();
    let (store, _) = with_a(folder.path(), &[1]);
    let sets = folder.path().join(".purvey/sets");
    let old = sets.join(&names(&sets)[0]);

    let (second, _) = run(&store, CSV, &[("a", &[2])], &[]);
    assert_eq!(fs::read_to_string(old.join("a.csv")).unwrap(), "\"int64\"\n1\n");

    store.begin(RunId::random()).unwrap();
    assert_eq!(names(&sets), [format!("{second}-1")], "and is out of the way for the next run");
}

#[test]
fn a_file_that_is_not_from_a_run_is_never_overwritten() {
    for links in [true, false] {
        let folder = TempDir::new().unwrap();
        let store = FolderStore::with(folder.path(), links, Terms::default());
        run(&store, CSV, &[("a", &[1])], &[]);
        fs::write(folder.path().join("b.csv"), "mine").unwrap();
        let before = names(folder.path());

        let error = store.stage(RunId::random(), "b", &Storage::Table(CSV), &numbers(&[1])).unwrap_err();

        let text = "`DIR/b.csv` was not made by a run and is in the way of model `b`; move it away";
        assert_eq!(without(folder.path(), &error), text);
        assert_eq!(names(folder.path()), before);
    }
}

#[test]
fn a_file_that_gets_in_the_way_later_stops_publishing_before_anything_has_changed() {
    let folder = TempDir::new().unwrap();
    let (store, _) = with_a(folder.path(), &[1]);
    let run = RunId::random();
    store.begin(run).unwrap();
    let versions = ["a", "b"].map(|model| stage(&store, run, model, CSV, &[2]).0);
    fs::write(folder.path().join("b.csv"), "mine").unwrap();

    assert!(matches!(store.publish(run, &versions), Err(StoreError::Foreign { model, .. }) if model == "b"));

    assert_eq!(published(&store, CSV), [is("a", &[1])]);
    assert_eq!(fs::read_to_string(folder.path().join("b.csv")).unwrap(), "mine");
}

#[test]
fn names_that_went_missing_are_made_again() {
    for links in [true, false] {
        let folder = TempDir::new().unwrap();
        let store = FolderStore::with(folder.path(), links, Terms::default());
        run(&store, CSV, &[("a", &[1]), ("b", &[2])], &[]);
        let sets = names(&folder.path().join(".purvey/sets"));
        fs::remove_file(folder.path().join("a.csv")).unwrap();

        run(&store, CSV, &[], &["a", "b"]);

        assert_eq!(fs::read_to_string(folder.path().join("a.csv")).unwrap(), "\"int64\"\n1\n");
        assert_eq!(names(folder.path()), [".purvey", "a.csv", "b.csv"]);
        assert_eq!(names(&folder.path().join(".purvey/sets")), sets);
    }
}

#[test]
fn a_run_that_could_not_be_published_leaves_no_names_that_lead_nowhere() {
    let folder = TempDir::new().unwrap();
    let (store, _) = with_a(folder.path(), &[1]);
    let before = names(folder.path());
    let run = RunId::random();
    store.begin(run).unwrap();
    let (b, _) = stage(&store, run, "b", CSV, &[2]);
    fs::create_dir(folder.path().join(".purvey/.current.partial")).unwrap();

    store.publish(run, &[b]).unwrap_err();

    assert_eq!(names(folder.path()), before);
    assert_eq!(names(&folder.path().join(".purvey/sets")).len(), 1);
    assert_eq!(published(&store, CSV), [is("a", &[1])]);
}

#[cfg(unix)]
#[test]
fn what_a_killed_run_has_left_is_cleared_by_the_next() {
    use std::os::unix::fs::symlink;

    let folder = TempDir::new().unwrap();
    let (store, _) = with_a(folder.path(), &[1]);
    let state = folder.path().join(".purvey");
    let killed = RunId::random();
    stage(&store, killed, "b", CSV, &[9]);
    fs::write(state.join("versions").join(killed.to_string()).join(".a.csv.partial"), "int").unwrap();
    symlink(".purvey/current/b.csv", folder.path().join("b.csv")).unwrap();
    symlink("sets/killed", state.join(".current.partial")).unwrap();
    fs::create_dir(state.join("sets").join(format!("{killed}-1"))).unwrap();
    for known_to_others in ["ledger.sqlite", "ledger.sqlite-wal"] {
        fs::write(state.join(known_to_others), "").unwrap();
    }

    store.begin(RunId::random()).unwrap();

    assert_eq!(names(folder.path()), [".purvey", "a.csv"]);
    let left = ["current", "lease", "ledger.sqlite", "ledger.sqlite-wal", "lock", "sets", "versions"];
    assert_eq!(names(&state), left);
    assert_eq!(names(&state.join("sets")).len(), 1);
    assert_eq!(store.remove(killed, &["b"]).unwrap(), 3, "the version that was never finished");
    assert_eq!(load(&store, &version_of("b", killed), CSV), [9]);
}

#[test]
fn a_run_begins_without_a_look_at_versions() {
    let folder = TempDir::new().unwrap();
    let (store, _) = with_a(folder.path(), &[1]);

    let (begun, calls) = trial::calls(|| store.begin(RunId::random()));

    begun.unwrap();
    assert!(!calls.is_empty() && calls.iter().all(|call| !call.contains("/versions")), "{calls:#?}");
}

#[test]
fn a_file_that_was_copied_is_intact_and_one_that_was_changed_is_damaged() {
    let folder = TempDir::new().unwrap();
    let store = FolderStore::new(folder.path());
    let (version, file) = stage(&store, RunId::random(), "a", Format::Parquet, &[1, 2, 3]);
    let path = store.path(&version);
    let bytes = fs::read(&path).unwrap();
    let condition = |bytes: &[u8]| {
        fs::remove_file(&path).unwrap();
        fs::write(&path, bytes).unwrap();
        store.condition(&version, &file).unwrap()
    };

    assert_eq!(condition(&bytes), Condition::Intact, "copied");
    assert_eq!(condition(&bytes[..bytes.len() / 2]), Condition::Damaged, "truncated");
    assert_eq!(condition(&[]), Condition::Damaged, "empty");
    let torn: Vec<u8> =
        bytes[..bytes.len() / 2].iter().copied().chain(std::iter::repeat(0)).take(bytes.len()).collect();
    assert_eq!(condition(&torn), Condition::Damaged, "torn");
    fs::remove_file(&path).unwrap();
    assert_eq!(store.condition(&version, &file).unwrap(), Condition::Missing);
    fs::create_dir(&path).unwrap();
    assert_eq!(store.condition(&version, &file).unwrap(), Condition::Damaged, "a folder");
}

#[test]
fn only_a_file_that_looks_different_is_read() {
    let folder = TempDir::new().unwrap();
    let store = FolderStore::new(folder.path());
    let (version, file) = stage(&store, RunId::random(), "a", CSV, &[1]);
    let look = || trial::calls(|| store.condition(&version, &file).unwrap());
    let path = store.path(&version).display().to_string();

    assert_eq!(look(), (Condition::Intact, vec![format!("read {path}")]));

    let touched = fs::File::open(store.path(&version)).unwrap();
    touched.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    let (condition, calls) = look();
    assert_eq!((condition, calls[1].as_str()), (Condition::Intact, format!("open {path}").as_str()));
}

#[test]
fn a_file_that_cannot_be_read_back_is_named_with_the_place() {
    let folder = TempDir::new().unwrap();
    let (store, run) = with_a(folder.path(), &[1]);
    let path = store.path(&version_of("a", run));
    fs::remove_file(&path).unwrap();
    fs::write(&path, "int64\none\n").unwrap();

    let error = store.load(&version_of("a", run), &Storage::Table(CSV), Some(&NUMBERS)).unwrap_err();

    let text = error.to_string().replace(path.to_str().unwrap(), "FILE");
    assert_snapshot!(text, @r"
    a stored model cannot be read back; has it been changed by hand?
      failed to read `FILE`: line 2, row 1, column `int64`: `one` is not a whole number
    ");
}

#[test]
fn a_published_model_whose_file_is_gone_is_not_found() {
    let folder = TempDir::new().unwrap();
    let (store, run) = with_a(folder.path(), &[1]);
    fs::remove_file(store.path(&version_of("a", run))).unwrap();

    assert_eq!(store.current().unwrap(), []);
    assert_eq!(store.published().unwrap().unwrap().versions, [version_of("a", run)]);
    let error = store.load(&version_of("a", run), &Storage::Table(CSV), Some(&NUMBERS)).unwrap_err();
    let text = without(folder.path(), &error).replace(&run.to_string(), "RUN");
    assert_snapshot!(text, @"failed to read `DIR/.purvey/versions/RUN/a.csv`: No such file or directory (os error 2)");
}

#[test]
fn a_table_in_text_is_read_by_its_schema() {
    let folder = TempDir::new().unwrap();
    let (store, run) = with_a(folder.path(), &[1]);

    let error = store.load(&version_of("a", run), &Storage::Table(CSV), None).unwrap_err();

    assert_snapshot!(error, @"table `a` cannot be read from text without its schema");
}

#[cfg(unix)]
#[test]
fn a_folder_that_was_copied_without_its_links_is_refused_in_words() {
    let folder = TempDir::new().unwrap();
    fs::create_dir_all(folder.path().join(".purvey/current")).unwrap();

    let error = FolderStore::new(folder.path()).current().unwrap_err();

    assert_snapshot!(without(folder.path(), &error), @"failed to read `DIR/.purvey/current`: it is not the link that runs make; move it away");
}

#[cfg(unix)]
#[test]
fn a_folder_of_an_older_version_is_refused_in_words() {
    let folder = TempDir::new().unwrap();
    fs::create_dir_all(folder.path().join(".purvey/runs/one")).unwrap();
    std::os::unix::fs::symlink("runs/one", folder.path().join(".purvey/current")).unwrap();
    let store = FolderStore::new(folder.path());

    let error = store.begin(RunId::random()).unwrap_err();

    assert_snapshot!(without(folder.path(), &error), @"`DIR` was made by an older version; move `DIR/.purvey` away");
    assert_eq!(store.current().unwrap_err().to_string(), error.to_string());
    assert!(folder.path().join(".purvey/runs/one").exists());
}

#[test]
fn a_folder_has_the_results_of_one_chain() {
    let folder = TempDir::new().unwrap();
    let of = |chain: &str| FolderStore::new(folder.path()).of_chain(chain);
    run(&of("alpine"), CSV, &[("a", &[1])], &[]);

    let error = of("city").begin(RunId::random()).unwrap_err();

    assert_snapshot!(without(folder.path(), &error), @"`DIR` holds the results of chain `alpine`, not of `city`; choose another `--data DIR`");
    assert_eq!(of("alpine").begin(RunId::random()).unwrap().took_over, None, "who was refused has let go of it");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = TempDir::new().unwrap();
    fs::File::create(folder.path().join("data")).unwrap().write_all(b"mine").unwrap();
    let store = FolderStore::new(folder.path().join("data"));

    let error = store.begin(RunId::random()).unwrap_err();

    assert_snapshot!(without(folder.path(), &error), @"failed to create the folder `DIR/data`: File exists (os error 17)");
}
