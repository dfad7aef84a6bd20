//! Tasks that are called for several partitions at once, from the command line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::*;
use crate::ledger::{Ledger, RunFilter, SqliteLedger, StepRecord};
use crate::model::Rejected;

mod faults;
mod same;

/// A guest who comes on a day, as the front desk has written it down.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "arrivals", partition = "day", source)]
#[source(rejects = "lost")]
struct Arrival {
    guest: String,
    day: NaiveDate,
    beds: i64,
}

/// Beds that a guest takes on a day.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "stays", key = "guest", order_by = "guest", partition = "day")]
struct Stay {
    guest: String,
    day: NaiveDate,
    beds: i64,
}

/// Beds that are taken on a day.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "days", key = "day", partition = "day")]
#[check(rows(max = 1))]
struct Day {
    day: NaiveDate,
    beds: i64,
}

/// How often the bell rang.
#[derive(Named)]
#[named("bell")]
struct Bell;

/// What tasks were called for, in order.
static CALLS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Something that happens while a task is called.
static MEANWHILE: Mutex<Option<Box<dyn FnOnce() + Send>>> = Mutex::new(None);

fn note(task: &str, job: &JobContext) -> Result<()> {
    CALLS.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{task} {}", job.partitions()?));
    if let Some(meanwhile) = MEANWHILE.lock().unwrap_or_else(PoisonError::into_inner).take() {
        meanwhile();
    }
    Ok(())
}

/// Takes the guests in, as far as there is room.
#[task(ranges = "coalesce", max = 4)]
fn take_in(job: &JobContext, arrivals: &Table<Arrival>, stays: &mut Table<Stay>) -> Result<()> {
    note("take_in", job)?;
    let most = job.param::<i64>("most")?.unwrap_or(50);
    let later = chrono::Days::new(job.param("later")?.unwrap_or(0));
    let mut taken = Vec::new();
    for Arrival { guest, day, beds } in arrivals.rows()? {
        if beds > most {
            return Err(Error::data(format!("{guest} wants {beds} beds on {day}")));
        }
        taken.push(Stay { guest, day: day + later, beds });
    }
    stays.put(taken)
}

/// Adds up the beds of each day.
#[task(ranges = "coalesce")]
fn add_up(job: &JobContext, stays: &Table<Stay>, lost: &Table<Rejected<Arrival>>, days: &mut Table<Day>) -> Result<()> {
    note("add_up", job)?;
    let mut sums = BTreeMap::new();
    for stay in stays.rows()? {
        *sums.entry(stay.day).or_insert(0) += stay.beds;
    }
    lost.rows()?;
    days.put(sums.into_iter().map(|(day, beds)| Day { day, beds }).collect::<Vec<_>>())
}

/// Rings once for each day that has guests.
#[task]
fn ring(job: &JobContext, days: &Table<Day>, bell: &mut Value<usize, Bell>) -> Result<()> {
    note("ring", job)?;
    bell.put(days.height())
}

fn house() -> Chain {
    Chain::new("house").with(tasks![take_in, add_up, ring])
}

/// Sources and a configuration, and folders for results. Only one test at a time has such.
struct House {
    folder: tempfile::TempDir,
    chain: fn() -> Chain,
    _alone: MutexGuard<'static, ()>,
}

impl House {
    fn new() -> House {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        CALLS.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let house = House { folder: tempfile::tempdir().unwrap(), chain: house, _alone: alone };
        house.configure("");
        house
    }

    fn configure(&self, more: &str) {
        let text = format!(
            "{}[models.arrivals]\npath = '{{partition}}.csv'\n{more}",
            "[partitions]\nby = 'day'\nzone = 'Europe/Zurich'\n"
        );
        fs::write(self.folder.path().join("purvey.toml"), text).unwrap();
    }

    fn path(&self, day: u32) -> PathBuf {
        self.folder.path().join(format!("2026-11-{day:02}.csv"))
    }

    /// Lays down who comes on a day; each line is a guest and a number of beds.
    fn come(&self, day: u32, guests: &[(&str, &str)]) {
        let line = |(guest, beds): &(&str, &str)| format!("{guest},2026-11-{day:02},{beds}\n");
        let path = self.path(day);
        fs::write(&path, "guest,day,beds\n".to_owned() + &guests.iter().map(line).collect::<String>()).unwrap();
        // Of a file that was written just now, it is on record that it may change within the same instant.
        let before = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
        fs::File::options().write(true).open(path).unwrap().set_modified(before).unwrap();
    }

    fn tell(&self, data: &str, arguments: &str) -> Told {
        let folder = self.folder.path();
        let arguments = format!("{arguments} --data {0}/{data} --config {0}/purvey.toml", folder.display());
        let told = tell_chain((self.chain)(), &arguments, &[]);
        let plain = |text: &str| without(text, folder);
        Told { out: plain(&told.out), err: plain(&told.err), ..told }
    }

    fn ledger(&self, data: &str) -> SqliteLedger {
        SqliteLedger::at(self.folder.path().join(data).join(".purvey/ledger.sqlite"))
    }

    /// What tasks were called for since this was asked last.
    fn calls(&self) -> Vec<String> {
        std::mem::take(&mut *CALLS.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same of one task.
    fn calls_of(&self, task: &str) -> Vec<String> {
        let prefix = format!("{task} ");
        self.calls().iter().filter_map(|call| Some(call.strip_prefix(&prefix)?.to_owned())).collect()
    }
}

const FIVE: &str = "backfill --from 2026-11-01 --to 2026-11-05";

/// Five days, each with two guests, of whom one comes each day.
fn five_days() -> House {
    let house = House::new();
    for day in 1..=5 {
        house.come(day, &[("anna", "2"), (&format!("guest-{day}"), &day.to_string())]);
    }
    house
}

#[test]
fn ls_says_which_tasks_are_called_for_several_partitions_at_once() {
    insta::assert_snapshot!(five_days().tell("data", "ls").all(), @r"
    exit 0
    --- stdout
    read_arrivals  Reads the source `arrivals`.
                   → arrivals, lost
    take_in        Takes the guests in, as far as there is room. ranges:4
                   arrivals → stays
    add_up         Adds up the beds of each day. ranges:31
                   stays, lost → days
    ring           Rings once for each day that has guests.
                   days → bell
    ");
}

#[test]
fn a_backfill_calls_tasks_once_for_several_days_and_each_day_has_what_is_its_own() {
    let house = five_days();
    insta::assert_snapshot!(house.tell("data", &format!("{FIVE} --dry-run")).all(), @r"
    exit 0
    --- stdout
    would run 5 of 5 partitions
    from        to          partitions
    2026-11-01  2026-11-05  5

    would call `take_in` and `add_up` for several at once, unless up to date
    from        to          partitions
    2026-11-01  2026-11-04  4
    ");
    assert_told!(house.tell("data", FIVE).all(), @r"
    exit 0
    --- stdout
    backfill <id>: 5 done, 0 failed, 0 not run
    --- stderr
    backfill <id>: 5 of 5 partitions
    2026-11-01 to 2026-11-04  `take_in` and `add_up` called for 4 partitions at once
    2026-11-01  ✓ done  1 of 5
    2026-11-02  ✓ done  2 of 5
    2026-11-03  ✓ done  3 of 5
    2026-11-04  ✓ done  4 of 5
    2026-11-05  ✓ done  5 of 5
    ");
    let together = ["take_in 2026-11-01 to 2026-11-04", "add_up 2026-11-01 to 2026-11-04"];
    let each = ["ring 2026-11-01", "ring 2026-11-02", "ring 2026-11-03", "ring 2026-11-04"];
    let alone = ["take_in 2026-11-05", "add_up 2026-11-05", "ring 2026-11-05"];
    assert_eq!(house.calls(), [&together[..], &each, &alone].concat());
    assert_eq!(house.tell("data", &format!("{FIVE} --all")).exit, Exit::Done);
    assert!(house.calls().is_empty(), "all is up to date");
}

#[test]
fn the_last_days_first_are_called_together_too() {
    let house = five_days();
    insta::assert_snapshot!(house.tell("data", &format!("{FIVE} --reverse --dry-run")).out, @r"
    would run 5 of 5 partitions
    from        to          partitions
    2026-11-05  2026-11-01  5

    would call `take_in` and `add_up` for several at once, unless up to date
    from        to          partitions
    2026-11-05  2026-11-02  4
    ");
    assert_eq!(house.tell("data", &format!("{FIVE} --reverse")).exit, Exit::Done);
    assert_eq!(house.calls_of("take_in"), ["2026-11-02 to 2026-11-05", "2026-11-01"]);
    // What only one of them needs is called for that alone.
    house.come(3, &[("berta", "1")]);
    assert_eq!(house.tell("data", &format!("{FIVE} --all")).exit, Exit::Done);
    assert_eq!(house.calls(), ["take_in 2026-11-03", "add_up 2026-11-03", "ring 2026-11-03"]);
}

#[test]
fn each_day_may_be_called_for_alone_and_days_may_run_side_by_side() {
    let house = five_days();
    assert_eq!(house.tell("alone", &format!("{FIVE} --no-ranges")).exit, Exit::Done);
    assert_eq!(house.calls_of("take_in").len(), 5);
    assert!(!house.tell("alone", &format!("{FIVE} --no-ranges --all --dry-run")).out.contains("would call"));
    assert_eq!(house.tell("beside", &format!("{FIVE} --jobs-partitions 3")).exit, Exit::Done);
    assert_eq!(house.calls_of("take_in"), ["2026-11-01 to 2026-11-04", "2026-11-05"]);
}

#[test]
fn a_day_that_is_up_to_date_is_in_no_range_and_what_is_up_to_date_is_not_called_for_those_that_read_it() {
    let house = five_days();
    assert_eq!(house.tell("data", "run --partition 2026-11-03").exit, Exit::Done);
    house.calls();
    assert_eq!(house.tell("data", &format!("{FIVE} --all")).exit, Exit::Done);
    assert_eq!(house.calls_of("take_in"), ["2026-11-01 to 2026-11-02", "2026-11-04 to 2026-11-05"]);
    // Another task of that name reads what is stored of `stays`, which nobody asks for again.
    #[task(ranges = "coalesce")]
    fn add_up(job: &JobContext, stays: &Table<Stay>, days: &mut Table<Day>) -> Result<()> {
        note("add_up", job)?;
        let (day, beds) = (job.partition()?.dates(), stays.rows()?.iter().map(|stay| stay.beds).sum());
        days.put(day.into_iter().map(|day| Day { day: day.start, beds }).collect::<Vec<_>>())
    }
    let house = House { chain: || Chain::new("house").with(tasks![take_in, add_up, ring]), ..house };
    let told = house.tell("data", &format!("{FIVE} --all --set models.days.store=csv"));
    assert_eq!(told.exit, Exit::Done, "{}", told.all());
    assert_eq!(house.calls(), [1, 2, 3, 4, 5].map(|day| format!("add_up 2026-11-0{day}")));
}

#[test]
fn a_bad_day_fails_alone_and_is_said_once() {
    let house = five_days();
    house.come(2, &[("zoe", "99")]);
    assert_told!(house.tell("data", FIVE).err, @r"
    backfill <id>: 5 of 5 partitions
    2026-11-01 to 2026-11-04  `take_in` and `add_up` called for 4 partitions at once
    warning: the call for 2026-11-01 to 2026-11-04 failed, so tasks are called for each partition alone
      task `take_in`: zoe wants 99 beds on 2026-11-02
    2026-11-01  ✓ done  1 of 5
    2026-11-02  ✗ failed  2 of 5
    2026-11-03  ✓ done  3 of 5
    2026-11-04  ✓ done  4 of 5
    2026-11-05  ✓ done  5 of 5
    ");
    assert_eq!(
        house.calls_of("take_in"),
        ["2026-11-01 to 2026-11-04", "2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05"]
    );
}

#[test]
fn a_day_whose_file_is_missing_is_in_no_range() {
    let house = five_days();
    fs::remove_file(house.path(3)).unwrap();
    let told = house.tell("data", FIVE);
    assert_eq!(told.exit, Exit::Failed);
    assert!(!told.err.contains("warning"), "{}", told.all());
    assert_eq!(house.calls_of("take_in"), ["2026-11-01 to 2026-11-02", "2026-11-04 to 2026-11-05"]);
}

#[test]
fn a_source_that_changes_after_the_call_is_read_again_and_the_task_is_called_for_that_day() {
    let house = five_days();
    let path = house.path(2);
    *MEANWHILE.lock().unwrap() = Some(Box::new(move || {
        fs::write(path, "guest,day,beds\nlate,2026-11-02,7\n").unwrap();
    }));
    assert_eq!(house.tell("data", FIVE).exit, Exit::Done);
    assert_eq!(house.calls_of("take_in"), ["2026-11-01 to 2026-11-04", "2026-11-02", "2026-11-05"]);
    let told = house.tell("data", "show days --partition 2026-11-02");
    assert!(told.out.contains("beds    7\n"), "{}", told.all());
}

#[test]
fn parameters_that_a_call_has_read_count_for_each_day() {
    let house = five_days();
    assert_eq!(house.tell("data", FIVE).exit, Exit::Done);
    house.calls();
    assert_eq!(house.tell("data", &format!("{FIVE} --all --set params.most=60")).exit, Exit::Done);
    assert_eq!(
        house.calls(),
        ["take_in 2026-11-01 to 2026-11-04", "add_up 2026-11-01 to 2026-11-04", "take_in 2026-11-05"]
    );
}
