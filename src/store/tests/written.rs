//! Tables in files that are written already when they are staged.

use std::path::PathBuf;
use std::sync::Arc;

use polars::prelude::{IntoLazy, LazyFrame};

use super::*;
use crate::failpoint::trial;
use crate::model::{Model, Provision, Scratch, Table};
use crate::prelude::*;

/// A number.
#[derive(Row)]
#[row(table = "number", hand_over = "stored")]
struct Number {
    int64: i64,
}

/// What the store is given of a stored table, whose file is where the store wants it.
pub(super) fn written(store: &dyn Store, run: RunId, values: &[i64]) -> Content {
    let folder = store.scratch(run).unwrap();
    let scratch = folder.map_or_else(|| Scratch::temporary().unwrap(), Scratch::new);
    let mut table = Table::<Number>::new();
    table.prepare(Provision::new("count", 1).with_scratch(Arc::new(scratch)));
    table.put(df!("int64" => values).unwrap().lazy()).unwrap();
    table.seal().unwrap();
    assert_eq!(table.storage(), Storage::Scanned);
    table.content().unwrap()
}

fn path(content: &Content) -> PathBuf {
    match content {
        Content::Parquet(file) => file.path().to_owned(),
        other => panic!("it is a {}", other.kind()),
    }
}

fn scanned(store: &dyn Store, version: &Version) -> Vec<i64> {
    let Content::Parquet(file) = store.load(version, &Storage::Scanned, Some(&NUMBERS)).unwrap() else {
        panic!("it is no file")
    };
    let frame = file.scan().and_then(LazyFrame::collect).unwrap();
    assert_eq!(file.rows(), frame.height() as u64);
    frame.column("int64").unwrap().i64().unwrap().into_no_null_iter().collect()
}

fn stage_written(store: &dyn Store, run: RunId, content: &Content) -> Result<(Version, StoredFile), StoreError> {
    let file = store.stage(run, "number", &Storage::Scanned, content)?;
    Ok((version("number", run, &file), file))
}

#[test]
fn a_file_that_is_written_becomes_a_version_without_being_copied() {
    let folder = TempDir::new().unwrap();
    let store = FolderStore::new(folder.path());
    let run = RunId::random();
    store.begin(run).unwrap();
    let content = written(&store, run, &[1, 2, 3]);

    let (version, file) = stage_written(&store, run, &content).unwrap();

    assert_eq!(store.condition(&version, &file).unwrap(), Condition::Intact);
    assert_eq!(Digest::of_file(&store.path(&version)).unwrap(), file.digest);
    assert!(fs::metadata(store.path(&version)).unwrap().permissions().readonly());
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        assert_eq!(fs::metadata(path(&content)).unwrap().ino(), file.inode, "it is the same file");
    }
    assert_eq!(scanned(&store, &version), [1, 2, 3]);
    let scratch = path(&content);
    drop(content);
    assert!(!scratch.exists());
    assert_eq!(scanned(&store, &version), [1, 2, 3], "the version stays");
    assert_eq!(load(&store, &version, Format::Parquet), [1, 2, 3], "and can be read like any other");
}

#[test]
fn a_file_on_another_file_system_is_copied() {
    let folder = TempDir::new().unwrap();
    let store = FolderStore::new(folder.path());
    let run = RunId::random();
    store.begin(run).unwrap();
    let content = written(&MemoryStore::new(), run, &[1, 2]);
    let (_, calls) = trial::calls(|| stage_written(&store, run, &content));
    let link = 1 + calls.iter().position(|call| call.starts_with("link")).unwrap();

    // The folder is there by now, which the first two calls have made and synced.
    let cross_device = 18;
    let folder_is_there = calls.iter().filter(|call| call.starts_with("create folder")).count() * 2;
    let (refused, calls) =
        trial::failing(link - folder_is_there, cross_device, || stage_written(&store, run, &content));
    let (version, file) = refused.unwrap_or_else(|error| panic!("{error}: {calls:?}"));
    assert!(calls.iter().any(|call| call.starts_with("create")), "{calls:?}");

    assert_eq!(store.condition(&version, &file).unwrap(), Condition::Intact);
    assert_eq!(scanned(&store, &version), [1, 2]);
}

#[test]
fn a_store_in_memory_keeps_the_file() {
    let store = MemoryStore::new();
    let run = RunId::random();
    store.begin(run).unwrap();
    let (version, file) = stage_written(&store, run, &written(&store, run, &[4])).unwrap();

    assert_eq!(store.condition(&version, &file).unwrap(), Condition::Intact);
    assert_eq!(scanned(&store, &version), [4]);
}

#[test]
fn what_a_stored_table_finds_of_one_that_was_in_memory_is_scanned() {
    let folder = TempDir::new().unwrap();
    let store = FolderStore::new(folder.path());
    let (run, _) = run(&store, Format::Parquet, &[("number", &[7, 8])], &[]);
    let version = Version { model: "number".to_owned(), run, extension: "parquet".to_owned() };

    assert_eq!(scanned(&store, &version), [7, 8]);
}

#[test]
fn any_call_that_fails_leaves_no_version_and_the_next_try_stages_it() {
    let undisturbed = TempDir::new().unwrap();
    let store = FolderStore::new(undisturbed.path());
    let run = RunId::random();
    store.begin(run).unwrap();
    let content = written(&store, run, &[1]);
    let (went, calls) = trial::calls(|| stage_written(&store, run, &content));
    went.unwrap();
    assert!(calls.len() > 5, "{calls:?}");

    for nth in 1..=calls.len() {
        let folder = TempDir::new().unwrap();
        let store = FolderStore::new(folder.path());
        let run = RunId::random();
        store.begin(run).unwrap();
        let content = written(&store, run, &[1]);

        let (went, calls) = trial::failing(nth, 5, || stage_written(&store, run, &content));

        let call = &calls[nth - 1];
        match went {
            Ok((version, file)) => {
                assert_eq!(store.condition(&version, &file).unwrap(), Condition::Intact, "{call}");
                assert_eq!(scanned(&store, &version), [1], "{call}");
            }
            Err(error) => assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{call}: {error}"),
        }
        let (version, file) = stage_written(&store, run, &content).unwrap();
        store.publish(run, std::slice::from_ref(&version)).unwrap();
        assert_eq!(store.condition(&version, &file).unwrap(), Condition::Intact, "{call}");
        assert_eq!(scanned(&store, &version), [1], "{call}");
        assert_eq!(names(folder.path()), [".purvey", "number.parquet"], "{call}");
    }
}
