//! Who has a folder, and when another run gets it.

use std::time::Duration;

use chrono::TimeDelta;
use insta::assert_snapshot;

use super::super::lease::host;
use super::super::view::View;
use super::*;

const FAR: &str = "attic";

fn lease_file(folder: &Path) -> std::path::PathBuf {
    folder.join(".purvey/lease")
}

/// A run that has written down that it has this folder, and does not lock it.
fn left_behind(folder: &Path, host: &str, boot: Option<&str>, expires: TimeDelta) -> Lease {
    fs::create_dir_all(folder.join(".purvey")).unwrap();
    let since = "2026-11-22T08:00:00Z".parse().unwrap();
    let lease = Lease {
        run: "0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e".parse().unwrap(),
        user: "ada".to_owned(),
        host: host.to_owned(),
        boot: boot.map(str::to_owned),
        process: 4711,
        since,
        expires: Utc::now() + expires,
    };
    lease.write(&lease_file(folder)).unwrap();
    lease
}

fn in_a_minute() -> TimeDelta {
    TimeDelta::seconds(60)
}

#[test]
fn a_lease_says_who_has_the_folder_since_when() {
    let folder = TempDir::new().unwrap();
    let store = FolderStore::new(folder.path());
    let run = RunId::random();
    store.begin(run).unwrap();

    let lease: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(lease_file(folder.path())).unwrap()).unwrap();

    let time = |key: &str| lease[key].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    assert_eq!(lease["run"], run.to_string());
    assert_eq!((lease["host"].as_str(), lease["process"].as_u64()), (Some(host()), Some(std::process::id().into())));
    assert_eq!(time("expires") - time("since"), in_a_minute());
    assert_eq!(
        lease.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["boot", "expires", "host", "process", "run", "since", "user"]
    );
    store.end(run).unwrap();
    assert!(!lease_file(folder.path()).exists());
}

#[test]
fn a_second_start_is_told_who_has_the_folder() {
    let folder = TempDir::new().unwrap();
    let store = FolderStore::new(folder.path());
    let run = RunId::random();
    store.begin(run).unwrap();

    let error = FolderStore::new(folder.path()).begin(RunId::random()).unwrap_err();

    let StoreError::Busy { holder: Holder::Run(lease), .. } = &error else { panic!("{error}") };
    assert_eq!(lease.run, run);
    let text = without(folder.path(), &error)
        .replace(&run.short(), "8b0c1d2e")
        .replace(&format!("process {} on host {}", std::process::id(), host()), "process 4711 on host vm")
        .replace(&lease.since.format("%FT%TZ").to_string(), "2026-11-22T08:00:00Z");
    assert_snapshot!(text, @"`DIR` is being written by run 8b0c1d2e (process 4711 on host vm) since 2026-11-22T08:00:00Z; wait until it ends");
}

#[test]
fn of_runs_that_start_together_one_gets_the_folder() {
    let folder = TempDir::new().unwrap();
    let together = std::sync::Barrier::new(8);
    let start = || {
        let store = FolderStore::new(folder.path());
        together.wait();
        let begun = store.begin(RunId::random());
        (begun, store)
    };

    let started: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });

    assert_eq!(started.iter().filter(|(begun, _)| begun.is_ok()).count(), 1);
    let is_busy = |begun: &Result<_, StoreError>| matches!(begun, Err(StoreError::Busy { .. }));
    assert_eq!(started.iter().filter(|(begun, _)| is_busy(begun)).count(), 7);
}

#[test]
fn a_run_that_has_the_lock_and_has_not_said_who_it_is_is_not_taken_for_the_one_before() {
    let folder = TempDir::new().unwrap();
    let store = FolderStore::new(folder.path());
    store.begin(RunId::random()).unwrap();
    left_behind(folder.path(), host(), Some("another boot"), in_a_minute());

    let error = FolderStore::new(folder.path()).begin(RunId::random()).unwrap_err();

    assert_snapshot!(without(folder.path(), &error), @"`DIR` is being written by an unknown run; wait until it ends");
}

#[test]
fn a_dead_owner_on_the_same_host_is_known_at_once() {
    let folder = TempDir::new().unwrap();
    let dead = RunId::random();
    let store = FolderStore::new(folder.path());
    store.begin(dead).unwrap();
    drop(store);

    let begun = FolderStore::new(folder.path()).begin(RunId::random()).unwrap();

    let is_dead = |holder| matches!(holder, Holder::Run(lease) if lease.run == dead && lease.expires > Utc::now());
    assert!(begun.took_over.is_some_and(is_dead));
}

#[test]
fn an_owner_of_an_earlier_start_of_this_host_is_dead() {
    let folder = TempDir::new().unwrap();
    let left = left_behind(folder.path(), host(), Some("another boot"), in_a_minute());

    let took_over = FolderStore::new(folder.path()).begin(RunId::random()).unwrap().took_over.unwrap();

    assert_eq!(took_over, Holder::Run(Box::new(Lease { expires: left.expires, ..left })));
    let text = took_over.to_string().replace(&format!("host {}", host()), "host vm");
    assert_snapshot!(text, @"run 8b0c1d2e (process 4711 on host vm) since 2026-11-22T08:00:00Z");
}

#[test]
fn an_owner_on_another_host_has_the_folder_until_its_lease_expires() {
    let folder = TempDir::new().unwrap();
    let store = FolderStore::new(folder.path());
    let left = left_behind(folder.path(), FAR, None, in_a_minute());

    let error = store.begin(RunId::random()).unwrap_err();
    let text = without(folder.path(), &error);
    assert_snapshot!(text.replace(&left.expires.format("%FT%TZ").to_string(), "2026-11-22T08:01:00Z"), @"`DIR` is being written by run 8b0c1d2e (process 4711 on host attic) since 2026-11-22T08:00:00Z; wait until it ends, or until 2026-11-22T08:01:00Z if that host is gone");

    let left = left_behind(folder.path(), FAR, None, TimeDelta::seconds(-1));
    let begun = store.begin(RunId::random()).unwrap();
    assert_eq!(begun.took_over, Some(Holder::Run(Box::new(left))));
}

#[test]
fn a_lease_that_was_torn_is_of_an_unknown_run() {
    let folder = TempDir::new().unwrap();
    left_behind(folder.path(), FAR, None, in_a_minute());
    let text = fs::read(lease_file(folder.path())).unwrap();
    for torn in [&text[..text.len() / 2], &[], b"\0\0\0", b"\xff{}"] {
        fs::write(lease_file(folder.path()), torn).unwrap();
        let store = FolderStore::new(folder.path());
        let run = RunId::random();

        let took_over = store.begin(run).unwrap().took_over.unwrap();

        assert_eq!((took_over.to_string().as_str(), &took_over), ("an unknown run", &Holder::Unknown));
        store.end(run).unwrap();
    }
}

#[test]
fn a_run_whose_lease_is_another_s_publishes_nothing_and_leaves_it_alone() {
    let folder = TempDir::new().unwrap();
    let store = FolderStore::new(folder.path());
    run(&store, Format::Csv, &[("a", &[1])], &[]);
    let slow = RunId::random();
    store.begin(slow).unwrap();
    let (version, _) = stage(&store, slow, "b", Format::Csv, &[2]);
    let other = left_behind(folder.path(), FAR, None, in_a_minute());
    let before = names(folder.path());

    let error = store.publish(slow, &[version]).unwrap_err();

    let text = without(folder.path(), &error).replace(&slow.short(), "11aa22bb");
    assert_snapshot!(text, @"`DIR` is no longer held by run 11aa22bb but by run 8b0c1d2e (process 4711 on host attic) since 2026-11-22T08:00:00Z; nothing was published, so run again");
    assert_eq!((names(folder.path()), published(&store, Format::Csv)), (before, vec![is("a", &[1])]));
    store.end(slow).unwrap();
    assert_eq!(super::super::lease::read(&lease_file(folder.path())).unwrap(), Some(Holder::Run(Box::new(other))));
}

#[test]
fn a_run_that_loses_the_folder_while_it_publishes_turns_nothing_and_tidies_nothing() {
    let folder = TempDir::new().unwrap();
    let store = FolderStore::new(folder.path());
    run(&store, Format::Csv, &[("a", &[1])], &[]);
    let of_another = folder.path().join(".purvey/sets").join(format!("{}-1", RunId::random()));
    fs::create_dir(&of_another).unwrap();
    let view = View::new(folder.path().to_owned(), cfg!(unix));
    let before = view.published().unwrap();
    let slow = RunId::random();
    let lost = || Err(StoreError::LeaseLost { place: folder.path().to_owned(), run: slow, holder: None });

    let error = view.publish(slow, before.as_ref(), std::collections::BTreeSet::new(), lost).unwrap_err();

    assert!(matches!(error, StoreError::LeaseLost { .. }));
    assert_eq!(published(&store, Format::Csv), [is("a", &[1])]);
    assert!(of_another.exists());
}

#[test]
fn a_run_that_nobody_has_taken_the_folder_from_and_that_lost_it_is_told() {
    let folder = TempDir::new().unwrap();
    let store = FolderStore::new(folder.path());
    let run = RunId::random();
    store.begin(run).unwrap();
    fs::remove_file(lease_file(folder.path())).unwrap();

    let error = store.publish(run, &[]).unwrap_err();

    assert_snapshot!(without(folder.path(), &error).replace(&run.short(), "11aa22bb"), @"`DIR` is no longer held by run 11aa22bb; nothing was published, so run again");
}

#[test]
fn a_lease_is_renewed_while_the_run_goes_on() {
    let folder = TempDir::new().unwrap();
    let terms = Terms { live: Duration::from_secs(60), renew: Duration::from_millis(1) };
    let store = FolderStore::with(folder.path(), true, terms);
    let run = RunId::random();
    store.begin(run).unwrap();
    let read = || match super::super::lease::read(&lease_file(folder.path())).unwrap() {
        Some(Holder::Run(lease)) => *lease,
        other => panic!("{other:?}"),
    };
    let first = read();

    // Ends only when the lease is another than it was.
    while read().expires == first.expires {
        std::thread::yield_now();
    }

    let renewed = read();
    assert_eq!(renewed, Lease { expires: renewed.expires, ..first.clone() });
    assert!(renewed.expires > first.expires);
    store.publish(run, &[]).unwrap();
    store.end(run).unwrap();
    assert!(!lease_file(folder.path()).exists(), "nobody renews it any more");
}

#[test]
fn a_claim_that_is_dropped_does_not_wait_for_its_next_beat() {
    let folder = TempDir::new().unwrap();
    let terms = Terms { live: Duration::from_secs(60), renew: Duration::MAX };
    let store = FolderStore::with(folder.path(), true, terms);
    store.begin(RunId::random()).unwrap();

    drop(store);

    assert!(FolderStore::new(folder.path()).begin(RunId::random()).is_ok());
}

#[test]
fn a_lease_that_is_lost_is_not_renewed() {
    let folder = TempDir::new().unwrap();
    let ours = left_behind(folder.path(), FAR, None, in_a_minute());
    let renew = || super::super::claim::renew(&lease_file(folder.path()), &ours, Terms::default()).unwrap();
    assert!(renew());

    let theirs = Lease { run: RunId::random(), ..ours.clone() };
    theirs.write(&lease_file(folder.path())).unwrap();
    let before = fs::read(lease_file(folder.path())).unwrap();
    assert!(!renew());
    assert_eq!(fs::read(lease_file(folder.path())).unwrap(), before);

    fs::remove_file(lease_file(folder.path())).unwrap();
    assert!(!renew());
    assert!(!lease_file(folder.path()).exists());
}
