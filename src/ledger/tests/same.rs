//! Whatever is written, in memory and in a file: the same is taken, and the same is told.

use proptest::prelude::*;

use super::support::*;
use crate::event::{Ending, State};
use crate::ledger::{Entry, Ledger, MemoryLedger, RunFilter, SqliteLedger};

const TASKS: [&str; 3] = ["clean", "count", "rank"];

#[derive(Clone, Debug)]
enum Deed {
    Append(Vec<Entry>),
    Forget(Vec<u32>),
    Reopen,
}

fn task() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(TASKS.to_vec())
}

fn number() -> impl Strategy<Value = u32> {
    1..6u32
}

fn entry() -> impl Strategy<Value = Entry> {
    let states = vec![State::Failed, State::TimedOut, State::Reused, State::Skipped, State::Cancelled, State::Ready];
    let partition = proptest::sample::select(vec!["", "", "", "monday"]);
    prop_oneof![
        3 => (number(), proptest::sample::subsequence(TASKS.to_vec(), 0..=3)).prop_map(|(run, tasks)| began(run, &tasks)),
        4 => (number(), task(), 1..3u32).prop_map(|(run, task, attempt)| started(run, task, attempt)),
        2 => (number(), task(), 1..3u32, proptest::sample::select(vec![State::Done, State::Failed, State::Running]))
            .prop_map(|(run, task, attempt, state)| attempted(run, task, attempt, state)),
        5 => (number(), task()).prop_map(|(run, task)| done(run, task)),
        1 => (number(), task(), task(), 0..9usize, partition).prop_map(|(run, task, model, columns, partition)| {
            let mut step = step_done(run, task);
            step.partition = partition.to_owned();
            step.made[0].model = model.to_owned();
            step.made[0].columns.truncate(columns);
            Entry::StepEnded(Box::new(step))
        }),
        2 => (number(), task(), proptest::sample::select(states)).prop_map(|(run, task, state)| ended(run, task, state)),
        3 => (number(), proptest::collection::vec((task(), number()), 0..3))
            .prop_map(|(run, versions)| published(run, &versions)),
        1 => (number(), proptest::sample::select(vec![Ending::Done, Ending::Failed, Ending::Cancelled]))
            .prop_map(|(run, ending)| run_ended(run, ending)),
        2 => number().prop_map(backfilling),
        2 => (number(), number(), proptest::sample::select(vec!["monday", "tuesday"]))
            .prop_map(|(run, backfill, partition)| began_for(run, backfill, partition)),
        2 => (number(), 0..4u32).prop_map(|(backfill, what)| match what {
            0 => not_begun(backfill, "tuesday"),
            1 => stop_asked(backfill),
            2 => backfill_ended(backfill, Ending::Done),
            _ => resumed(backfill, 2),
        }),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    // Runs that go well make what the single entries need to be possible.
    let good = (number(), proptest::sample::subsequence(TASKS.to_vec(), 1..=3));
    prop_oneof![
        3 => good.prop_map(|(run, tasks)| Deed::Append(good_run(run, &tasks))),
        20 => proptest::collection::vec(entry(), 1..3).prop_map(Deed::Append),
        2 => proptest::collection::vec(number(), 1..3).prop_map(Deed::Forget),
        1 => Just(Deed::Reopen),
    ]
}

/// All that a ledger can be asked.
fn told(ledger: &dyn Ledger) -> impl PartialEq + std::fmt::Debug {
    let filters = [
        RunFilter::default(),
        RunFilter { limit: Some(2), task: Some("count".to_owned()), ..RunFilter::default() },
        RunFilter { ending: Some(Some(Ending::Done)), since: Some(at(2, 0)), ..RunFilter::default() },
    ];
    (
        filters.map(|filter| ledger.runs(&filter).unwrap()),
        (0..6).map(|number| (ledger.steps(run(number)).unwrap(), ledger.run(run(number)).unwrap())).collect::<Vec<_>>(),
        ["", "monday"].map(|part| (ledger.performed(part, &TASKS).unwrap(), ledger.published(part).unwrap())),
        TASKS.map(|model| ledger.versions("", model, 2).unwrap()),
        ledger.publications(&["rank", "count", "none"]).unwrap(),
        ["0193f3a8-000", "00000003"].map(|text| ledger.find(text).unwrap()),
        ledger.needed().unwrap(),
        (ledger.backfills(3).unwrap(), ledger.find_backfills("00000002").unwrap()),
        (0..6)
            .map(|number| {
                let id = backfill(number);
                (ledger.ranges(id).unwrap(), ledger.begun(id).unwrap(), ledger.stop_asked(id).unwrap())
            })
            .collect::<Vec<_>>(),
    )
}

/// What became of it, without the path.
fn outcome(result: Result<(), crate::ledger::LedgerError>) -> Result<(), String> {
    use crate::ledger::LedgerError::Unwritable;
    result.map_err(|error| match error {
        Unwritable { reason, .. } => reason,
        other => other.to_string(),
    })
}

/// A folder in memory, where there is one: thousands of entries are made durable here, and none has to be.
fn quick_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_file_and_memory_take_and_tell_the_same(deeds in proptest::collection::vec(deed(), 1..24)) {
        let folder = quick_folder();
        let path = folder.path().join("ledger.sqlite");
        let memory = MemoryLedger::new();
        let mut file = SqliteLedger::at(&path);
        for deed in deeds {
            match deed {
                Deed::Append(entries) => {
                    prop_assert_eq!(outcome(memory.append(&entries)), outcome(file.append(&entries)));
                    continue;
                }
                Deed::Forget(numbers) => {
                    let runs: Vec<_> = numbers.into_iter().map(run).collect();
                    prop_assert_eq!(outcome(memory.forget(&runs)), outcome(file.forget(&runs)));
                }
                Deed::Reopen => {
                    drop(file);
                    file = SqliteLedger::at(&path);
                }
            }
            prop_assert_eq!(told(&memory), told(&file));
        }
        prop_assert_eq!(told(&memory), told(&file));
    }
}
