//! Calls of the system that fail, one by one, and a disk that is full: nothing partial is seen, the path is named, and the
//! next run recovers.

#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;
use std::thread;

use crate::disk::{self, Disk, Place};
use crate::survivor::{Night, Shown, Survivor, Trouble, undisturbed_each};

/// Runs the chain with the n-th call failing; whether there was such a call.
fn is_refused(survivor: &Survivor, night: &mut Night<'_>, nth: usize, code: &str) -> bool {
    let output = survivor.command(&[]).env("PURVEY_FAIL", format!("any:{nth}:{code}")).output().unwrap();
    let has_turned = night.turned();
    let told = match code {
        "ENOSPC" => "No space left on device",
        "EIO" => "Input/output error",
        _ => "Permission denied",
    };
    let failure = failure(survivor, &output, has_turned);
    assert!(failure.as_ref().is_none_or(|failure| failure.contains(told)), "call {nth}: {failure:?}");
    failure.is_some()
}

/// What a run says that went wrong, with the path; `None` where nothing did.
fn failure(survivor: &Survivor, output: &Output, has_turned: bool) -> Option<String> {
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let begins = match output.status.code() {
        Some(0) => "the results are published, but ",
        Some(7) => "error: ",
        code => panic!("exit {code:?}: {stderr}"),
    };
    let is_denied = stdout.contains("nothing was published");
    assert!(!(is_denied && has_turned), "the new files are there to be seen: {stdout}{stderr}");
    assert!(has_turned || output.status.code() != Some(0), "the old files are there still: {stdout}{stderr}");
    let line = stderr.lines().find(|line| line.contains(begins));
    assert!(line.is_some() || output.status.success(), "{stderr}");
    let line = line?.to_owned();
    assert!(line.contains(&format!("`{}", survivor.path().display())), "no path in: {line}");
    Some(line)
}

/// Lets each of these calls fail, in a folder with the results of other nights or in an empty one, until there is no such
/// call; returns how many there were.
fn refuse_each(
    calls: impl Iterator<Item = usize>,
    code: &str,
    in_empty_folder: bool,
    expected: &BTreeMap<u64, Shown>,
) -> usize {
    let mut survivor = Survivor::new();
    let mut seeds = expected.keys().cycle();
    survivor.feed(*seeds.next().unwrap());
    survivor.run();
    for (refused, nth) in calls.enumerate() {
        if in_empty_folder {
            survivor = Survivor::new();
        }
        let seed = seeds.next().unwrap();
        let mut night = Night::begin(&survivor, *seed, &expected[seed]);
        let is_refused = is_refused(&survivor, &mut night, nth, code);
        survivor.run();
        night.end(Trouble::Failures(1));
        if !is_refused {
            return refused;
        }
    }
    unreachable!("a run that is not disturbed ends the loop")
}

#[test]
fn whichever_call_of_the_system_finds_no_room_nothing_partial_is_seen_and_the_next_run_recovers() {
    let expected = undisturbed_each(&[1, 2]);
    let refused: usize = thread::scope(|scope| {
        let threads = [1, 2].map(|first| {
            scope.spawn({
                let expected = &expected;
                move || refuse_each((first..).step_by(2), "ENOSPC", false, expected)
            })
        });
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(refused > 200, "only {refused} calls");
}

#[test]
fn calls_that_fail_for_other_reasons_do_no_more_harm_also_in_a_new_folder() {
    let expected = undisturbed_each(&[1, 2]);
    thread::scope(|scope| {
        let used = scope.spawn(|| refuse_each((1..).step_by(11), "EIO", false, &expected));
        let empty = scope.spawn(|| refuse_each((1..20).chain((20..).step_by(11)), "EACCES", true, &expected));
        assert!(used.join().unwrap() > 20 && empty.join().unwrap() > 30);
    });
}

/// Lets a run find ever more room on its disk until it has enough; returns what was in want of room.
fn fill(is_first: bool, expected: &BTreeMap<u64, Shown>) -> BTreeSet<&'static str> {
    let mut wants = BTreeSet::new();
    // A disk without any room is one without a limit.
    let least = if is_first { 4 } else { 0 };
    for room in (0..).map(|step| least + 12 * step) {
        let survivor = Survivor::new();
        let disk = Disk::at(survivor.data());
        if !is_first {
            survivor.feed(1);
            survivor.run();
        }
        let mut night = Night::begin(&survivor, 2, &expected[&2]);
        disk.leave(room);
        let output = survivor.start();
        let has_turned = night.turned();
        let failure = failure(&survivor, &output, has_turned);
        let has_ledger = survivor.data().join(".purvey/ledger.sqlite").exists();
        disk.leave(65_536);
        survivor.run();
        night.end(Trouble::Failures(1));
        let Some(failure) = failure else { break };
        let want = match (failure.contains("ledger.sqlite`"), has_ledger) {
            (false, _) => "the store",
            (true, false) => "a new ledger",
            (true, true) => "the ledger",
        };
        // That the new files are there to be seen is recorded after they are.
        assert!(!has_turned || want == "the ledger", "{failure}");
        wants.insert(want);
    }
    wants
}

#[test]
fn a_run_on_a_full_disk_says_so_and_is_finished_when_there_is_room() {
    let this = "faults_of_the_system::a_run_on_a_full_disk_says_so_and_is_finished_when_there_is_room";
    match disk::enter(this) {
        Place::Inside => {
            let expected = undisturbed_each(&[1, 2]);
            assert_eq!(fill(true, &expected), ["a new ledger", "the ledger", "the store"].into());
            assert_eq!(fill(false, &expected), ["the ledger", "the store"].into());
        }
        Place::Passed => {}
        Place::Bare => disk::skip("a full one"),
    }
}
