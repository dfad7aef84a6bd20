//! Every call of the system fails once, in every way that disks fail.

use super::*;
use crate::failpoint::trial;

const CSV: Format = Format::Csv;

/// No space left on device, input/output error, permission denied.
const CODES: [i32; 3] = [28, 5, 13];

/// A folder that costs no time to sync, where there is one: what is tested is not the disk.
fn in_memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| TempDir::new()).unwrap()
}

fn whole_run(store: &FolderStore, run: RunId) -> Result<Vec<Current>, StoreError> {
    store.begin(run)?;
    let storage = Storage::Table(CSV);
    let a = store.stage(run, "a", &storage, &numbers(&[2]))?;
    let c = store.stage(run, "c", &storage, &numbers(&[2]))?;
    store.publish(run, &[version("a", run, &a), version("c", run, &c)])
}

/// The contents of what people find in the folder.
fn found(folder: &Path) -> Vec<(String, String)> {
    let text = |name: &String| fs::read_to_string(folder.join(name)).ok();
    let names = if folder.exists() { names(folder) } else { Vec::new() };
    let names = names.iter().filter(|name| !name.starts_with('.'));
    names.filter_map(|name| Some((name.clone(), text(name)?))).collect()
}

fn files(files: &[(&str, i64)]) -> Vec<(String, String)> {
    files.iter().map(|(name, value)| ((*name).to_owned(), format!("\"int64\"\n{value}\n"))).collect()
}

/// Makes the n-th call of a run fail, for every n; `had` is what was published before it.
fn each_call_fails(codes: &[i32], links: bool, had: &[(&str, &[i64])]) {
    let start = |folder: &Path| {
        let store = FolderStore::with(folder.join("data"), links, Terms::default()).of_chain("alpine");
        if !had.is_empty() {
            run(&store, CSV, had, &[]);
        }
        store
    };
    let undisturbed = in_memory();
    let (went, calls) = trial::calls(|| whole_run(&start(undisturbed.path()), RunId::random()));
    went.unwrap();
    // The calls of the run before are made outside of the trial.
    let (_, before) = trial::calls(|| start(in_memory().path()));
    let count = calls.len() - before.len();
    assert!(count > 30, "{calls:#?}");

    let new = files(&[("a.csv", 2), ("c.csv", 2)]);
    for (nth, &code) in (1..=count).flat_map(|nth| codes.iter().map(move |code| (nth, code))) {
        let folder = in_memory();
        let data = folder.path().join("data");
        let store = start(folder.path());
        let old = found(&data);

        let failed = RunId::random();
        let (result, calls) = trial::failing(nth, code, || whole_run(&store, failed));

        let call = calls[nth - 1].replace(folder.path().to_str().unwrap(), "").replace(&failed.to_string(), "RUN");
        let now = found(&data);
        match &result {
            Err(error) => {
                let text = error.to_string();
                assert!(text.contains(&format!("`{}", folder.path().display())), "{call}: {text}");
                let each_is_whole = now.iter().all(|file| old.contains(file) || new.contains(file));
                assert!(now == old || now == new || (!links && each_is_whole), "{call}: {now:?}");
            }
            Ok(_) => assert_eq!(now, new, "{call}"),
        }
        let published = published(&store, CSV);
        let as_new = [is("a", &[2]), is("c", &[2])];
        let as_old: Vec<_> = had.iter().map(|(model, values)| is(model, values)).collect();
        assert!(published == as_new || (result.is_err() && published == as_old), "{call}: {published:?}");

        store.end(failed).unwrap();
        let next = RunId::random();
        whole_run(&store, next).unwrap_or_else(|error| panic!("{call}: {error}"));
        store.end(next).unwrap();
        assert_eq!(found(&data), new, "{call}");
        assert_eq!(names(&data), [".purvey", "a.csv", "c.csv"], "{call}");
        let state = data.join(".purvey");
        assert_eq!(names(&state), ["chain", "current", "lock", "sets", "versions"], "{call}");
        store.remove(failed, &[]).unwrap();
        let kept: Vec<_> = names(&state.join("versions"));
        assert!(!kept.contains(&failed.to_string()) && kept.contains(&next.to_string()), "{call}: {kept:?}");
    }
}

#[test]
fn any_call_that_fails_leaves_the_old_state_or_the_new_and_the_next_run_recovers() {
    each_call_fails(&CODES, true, &[("a", &[1]), ("b", &[1])]);
}

#[test]
fn any_call_that_fails_in_a_new_folder_leaves_nothing_or_the_new_state() {
    each_call_fails(&CODES, true, &[]);
}

#[test]
fn any_call_that_fails_without_links_leaves_each_file_old_or_new_and_the_next_run_recovers() {
    each_call_fails(&[5], false, &[("a", &[1]), ("b", &[1])]);
}

#[test]
fn a_run_that_cannot_write_its_end_down_lets_go_all_the_same() {
    let folder = TempDir::new().unwrap();
    let store = FolderStore::new(folder.path());
    let run = RunId::random();
    store.begin(run).unwrap();

    let (ended, calls) = trial::failing(2, 5, || store.end(run));

    assert_eq!(calls.len(), 2, "{calls:?}");
    assert_snapshot!(without(folder.path(), &ended.unwrap_err()), @"failed to remove `DIR/.purvey/lease`: Input/output error (os error 5)");
    assert!(store.begin(RunId::random()).unwrap().took_over.is_some());
}
