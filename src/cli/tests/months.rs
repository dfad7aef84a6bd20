//! A chain of which some tasks are run for each day, one for each month, and one for all data, from the command line.

use super::*;
use crate::clock::FakeClock;

/// The beds that were slept in on a day.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "stays", key = "day", max_age = "36h")]
struct Stay {
    day: String,
    beds: i64,
}

/// The beds of a month.
#[derive(Named)]
#[named("month_of_beds")]
struct MonthOfBeds;

/// The beds ever slept in.
#[derive(Named)]
#[named("beds_ever")]
struct BedsEver;

/// Counts the beds of a day. There are two.
#[task]
fn count(job: &JobContext, stays: &mut Table<Stay>) -> Result<()> {
    stays.put(vec![Stay { day: job.partition()?.to_string(), beds: 2 }])
}

/// Adds up the days of a month.
#[task(partition = "month")]
fn add_up_month(stays: &Across<Table<Stay>, Within>, month: &mut Value<i64, MonthOfBeds>) -> Result<()> {
    month.put(stays.rows()?.iter().map(|stay| stay.beds).sum())
}

/// Adds up the months.
#[task(partition = "all")]
fn add_up_all(months: &Across<Value<i64, MonthOfBeds>, All>, ever: &mut Value<i64, BedsEver>) -> Result<()> {
    ever.put(months.iter().map(|(_, month)| month.get().copied()).sum::<Result<i64>>()?)
}

const DAYS: &str = "[partitions]\nby = 'day'\nzone = 'Europe/Zurich'\nstart = '2026-10-30'\n";

/// Who arrives on a day.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "arrivals", source)]
struct Arrival {
    guest: String,
}

/// The guests of two days.
#[derive(Named)]
#[named("guests")]
struct Guests;

/// Counts who has come today and yesterday.
#[task]
fn count_guests(arrivals: &Across<Table<Arrival>, Trailing<2>>, guests: &mut Value<usize, Guests>) -> Result<()> {
    guests.put(arrivals.rows()?.len())
}

/// Command lines that share a configuration, a folder for results and a clock.
struct Inn {
    folder: Folder,
    clock: Arc<FakeClock>,
    chain: fn() -> Chain,
}

impl Inn {
    fn new(file: &str) -> Inn {
        let clock = Arc::new(FakeClock::at("2026-11-02T03:00:00Z".parse().unwrap()));
        let chain = || Chain::new("inn").with(tasks![count, add_up_month, add_up_all]);
        let inn = Inn { folder: Folder::new(), clock, chain };
        fs::write(inn.folder.0.path().join("purvey.toml"), file).unwrap();
        inn
    }

    fn tell(&self, arguments: &str) -> Told {
        let folder = self.folder.0.path();
        let arguments = format!("{arguments} --data {0} --config {0}/purvey.toml", folder.display());
        let clock: Arc<dyn Clock> = Arc::<FakeClock>::clone(&self.clock);
        let told = tell_chain_by(clock, (self.chain)(), &arguments, &[]);
        let plain = |text: &str| without(text, folder).replace(&folder.display().to_string(), "<data>");
        Told { out: plain(&told.out), err: plain(&told.err), ..told }
    }

    fn is_done(&self, arguments: &str) {
        let told = self.tell(arguments);
        assert_eq!(told.exit, Exit::Done, "{}", told.all());
    }

    fn file(&self, path: &str) -> String {
        fs::read_to_string(self.folder.0.path().join(path)).unwrap()
    }
}

#[test]
fn each_task_is_run_for_its_own_partitions() {
    let inn = Inn::new(DAYS);
    for key in ["2026-10-30", "2026-10-31", "2026-10", "all"] {
        inn.is_done(&format!("run --partition {key}"));
    }
    assert_eq!(
        (inn.file("2026-10/month_of_beds.json"), inn.file("all/beds_ever.json")),
        ("4".to_owned(), "4".to_owned())
    );

    assert_told!(inn.tell("plan --partition 2026-10").all(), @r"
    exit 0
    --- stdout
         gather_stays_within  reuse  up to date since run <id> of <when>Z
         add_up_month  reuse  up to date since run <id> of <when>Z

    a run would run 0 of 2 tasks of chain `inn` and reuse 2; everything is up to date
    ");
    assert_told!(inn.tell("ls").all(), @r"
    exit 0
    --- stdout
    count  Counts the beds of a day.
                              → stays
    gather_stays_within  Gathers `stays` of the partitions within one.
                              stays → stays_within
    add_up_month  Adds up the days of a month. partition:month
                              stays_within → month_of_beds
    gather_month_of_beds_all  Gathers `month_of_beds` of all partitions.
                              month_of_beds → month_of_beds_all
    add_up_all  Adds up the months. partition:all
                              month_of_beds_all → beds_ever
    ");
    // Without a word the tasks of the chain's own partitions are meant; of a task that is named those of its own.
    inn.is_done("run");
    assert!(inn.folder.0.path().join("2026-11-01/stays.parquet").exists());
    assert_told!(inn.tell("show month_of_beds").all(), @r"
    exit 0
    --- stdout
    month_of_beds  value
      The beds of a month.

    provided by  add_up_month

    4

    version  made (UTC)  rows  size
    <id>  <when>  –  <size>  published
    ");
    assert_told!(inn.tell("explain add_up_month").all(), @r"
    exit 0
    --- stdout
    add_up_month: a run would reuse what was done before
      up to date since run <id> of <when>Z

    last done  run <id> of <when> UTC
    published  month_of_beds of run <id>

       part  name  then  now
       code  <digest>  <digest>
       contract  month_of_beds  <digest>  <digest>
       setting  purvey.format  1  1
       input  stays_within  <digest> of run <id>  <digest> of run <id>
    ");
    assert_told!(inn.tell("check").all(), @r"
    exit 0
    --- stdout
    chain `inn` is valid: 5 tasks, 5 models
    ");
    inn.is_done("run --partition 2026-10 --force");
    assert_told!(inn.tell("gc --keep-runs 1").all(), @r"
    exit 0
    --- stdout
    forgot 1 run and 1 version; <size> were given back
    ");
}

#[test]
fn a_month_that_lacks_a_day_says_which() {
    let inn = Inn::new(DAYS);
    inn.is_done("run --partition 2026-10-30");
    assert_told!(inn.tell("run --partition 2026-10").all(), @r"
    exit 2
    --- stderr
    error: `add_up_month` reads model `stays` of partition `2026-10-31`, which is not published; `run --partition 2026-10-31` makes it; where there is none, say so by `start` in [partitions], or read `Published<…>`
    ");
}

#[test]
fn what_is_no_partition_of_any_task_is_refused() {
    let inn = Inn::new(DAYS);
    assert_told!(inn.tell("run --partition 2026-W44").all(), @r"
    exit 2
    --- stderr
    error: `2026-W44` is no day; write one like `2026-11-21`

    hint: other tasks are run for each month (`2026-11`), once for all data (`all`)
    ");
    assert_told!(inn.tell("run --partition 2026-10-29").all(), @r"
    exit 2
    --- stderr
    error: there is no day `2026-10-29`: partitions begin with `2026-10-30`, as `start` in `[partitions]` says
    ");
    assert_told!(inn.tell("run add_up_month --partition 2026-10-30").all(), @r"
    exit 2
    --- stderr
    error: task `add_up_month` is run for each month, and this run is for `2026-10-30`

    hint: name a partition of it, such as `--partition 2026-11`
    ");
    assert_told!(inn.tell("plan +beds_ever").all(), @r"
    exit 2
    --- stderr
    error: task `add_up_month` is run for each month, and this run is for `2026-11-01`

    hint: name a partition of it, such as `--partition 2026-11`
    ");
    assert_told!(Inn::new("").tell("check").all(), @r#"
    exit 3
    --- stderr
    error: task `add_up_month` works with partitions, and the data of the chain is not cut into any; `[partitions]` in its configuration says how it is to be, such as `by = "day"`

    error: task `add_up_all` works with partitions, and the data of the chain is not cut into any; `[partitions]` in its configuration says how it is to be, such as `by = "day"`
    "#);
    assert_told!(Inn::new("[partitions]\nby = ['seehof']\n").tell("check").all(), @r#"
    exit 3
    --- stderr
    error: task `add_up_month` is run for each month, and the data of the chain is cut by a list, which has no time; only `partition = "all"` goes with it
    "#);
    assert_told!(Inn::new("[partitions]\nstart = '2026-10-30'\n").tell("check").all(), @r#"
    exit 4
    --- stderr
    error: wrong values in [partitions]
     --> purvey.toml:1:2
      |
    1 | [partitions]
      |  ^^^^^^^^^^ a start says nothing without `by`, such as `by = "day"`
    "#);
    assert_told!(Inn::new("[partitions]\nby = 'day'\nstart = '30.10.2026'\n").tell("check").all(), @r"
    exit 4
    --- stderr
    error: wrong values in [partitions]
     --> purvey.toml:1:2
      |
    1 | [partitions]
      |  ^^^^^^^^^^ `start` is no partition: `30.10.2026` is no day; write one like `2026-11-21`
    ");
}

#[test]
fn freshness_goes_by_the_partitions_of_what_makes_a_model() {
    let inn = Inn::new(DAYS);
    inn.is_done("run --partition 2026-11-01");
    inn.is_done("run --partition 2026-10-30");
    assert_told!(inn.tell("check freshness").all(), @r"
    exit 0
    --- stdout
    model  partition  last published (UTC)  age  max age
    stays  2026-11-01  <when>  4 h 00 m  36 h 00 m  fresh
    ");
}

#[test]
fn a_schedule_may_be_for_months() {
    let monthly =
        "[schedule.monthly]\ncron = '0 6 1 * *'\npartition = 'month'\n[schedule.nightly]\ncron = '0 4 * * *'\n";
    let inn = Inn::new(&format!("{DAYS}{monthly}"));
    assert_told!(inn.tell("schedule next --count 1").all(), @r"
    exit 0
    --- stdout
    fires  zone  schedule  begins (UTC)  partition
    2026-11-02 04:00+00:00  UTC  nightly  <when>  2026-11-01
    2026-12-01 06:00+00:00  UTC  monthly  <when>  2026-11
    ");
    let weekly = "[schedule.weekly]\ncron = '0 6 * * 1'\npartition = 'week'\n";
    assert_told!(Inn::new(&format!("{DAYS}{weekly}")).tell("schedule next").all(), @r#"
    exit 4
    --- stderr
    error: schedule `weekly` is for tasks that are run for each week, and the chain has none

    hint: `#[task(partition = "week")]` makes one; or leave `partition` out
    "#);
    let wrong = "[schedule.weekly]\ncron = '0 6 * * 1'\npartition = 'weak'\n";
    assert_told!(Inn::new(&format!("{DAYS}{wrong}")).tell("schedule next").all(), @r#"
    exit 4
    --- stderr
    error: wrong value for `partition` in [schedule.weekly]
     --> purvey.toml:7:1
      |
    7 | partition = …
      | ^^^^^^^^^ tasks are run for each "hour", "day", "week" or "month", or for "all" data, not for "weak"; did you mean `week`?
    "#);
}

#[test]
fn lineage_goes_from_a_month_to_its_days() {
    let inn = Inn::new(&format!("{DAYS}[telling.openlineage]\nfile = 'lineage.ndjson'\nnamespace = 'inn'\n"));
    for key in ["2026-10-30", "2026-10-31", "2026-10"] {
        inn.is_done(&format!("run --partition {key}"));
    }
    let events = inn.file("lineage.ndjson");
    let events = events.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let gathered =
        events.filter(|event| event["job"]["name"] == "inn.gather_stays_within" && event["eventType"] == "COMPLETE");
    let inputs: Vec<String> = gathered
        .flat_map(|event| {
            event["inputs"].as_array().unwrap().iter().map(|input| input["name"].to_string()).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(inputs.len(), 1);
    assert!(inputs[0].ends_with("/stays\""), "{inputs:?}");
}

#[test]
fn a_source_may_be_read_over_several_days() {
    let by_day = "[models.arrivals]\npath = '{partition}.csv'\n";
    let chain = || Chain::new("inn").with(tasks![count_guests]);
    assert_told!(Inn { chain, ..Inn::new(&format!("{DAYS}{by_day}")) }.tell("check").all(), @r#"
    exit 3
    --- stderr
    error: task `count_guests` reads several partitions of model `arrivals`, which is not stored; `store = "parquet"` in [models.arrivals] has it stored
    "#);

    let inn = Inn { chain, ..Inn::new(&format!("{DAYS}{by_day}store = 'parquet'\n")) };
    for (day, guests) in [("2026-10-30", "Ada\nGrace\n"), ("2026-10-31", "Mary\n"), ("2026-11-01", "Hedy\n")] {
        fs::write(inn.folder.0.path().join(format!("{day}.csv")), format!("guest\n{guests}")).unwrap();
        inn.is_done(&format!("run --partition {day}"));
    }
    assert_eq!(inn.file("2026-10-30/guests.json"), "2");
    assert_eq!(inn.file("2026-10-31/guests.json"), "3");
    assert_eq!(inn.file("2026-11-01/guests.json"), "2");
    assert_told!(inn.tell("plan --partition 2026-10-31").all(), @r"
    exit 0
    --- stdout
         read_arrivals  reuse  up to date since run <id> of <when>Z
         gather_arrivals_trailing_2  reuse  up to date since run <id> of <when>Z
         count_guests  reuse  up to date since run <id> of <when>Z

    a run would run 0 of 3 tasks of chain `inn` and reuse 3; everything is up to date
    ");
}

#[test]
fn a_backfill_may_be_for_months() {
    let inn = Inn::new(DAYS);
    inn.is_done("backfill --from 2026-10-30 --to 2026-11-01");
    assert_told!(inn.tell("backfill --from 2026-10 --all --dry-run").all(), @r"
    exit 0
    --- stdout
    would run 1 of 1 partition
    from  to  partitions
    2026-10  2026-10  1
    ");
    inn.is_done("backfill --from 2026-10");
    assert_eq!(inn.file("2026-10/month_of_beds.json"), "4");
    assert_told!(inn.tell("backfill --from 2026-10 --to 2026-10-31").all(), @r"
    exit 2
    --- stderr
    error: `2026-10-31` is no month; write one like `2026-11`
    ");
}

#[test]
fn where_tasks_look_back_partitions_are_run_one_after_another() {
    let by_day = "[models.arrivals]\npath = '{partition}.csv'\nstore = 'parquet'\n";
    let inn = Inn { chain: || Chain::new("inn").with(tasks![count_guests]), ..Inn::new(&format!("{DAYS}{by_day}")) };
    assert_told!(inn.tell("backfill --from 2026-10-30 --reverse").all(), @r"
    exit 2
    --- stderr
    error: task `count_guests` reads model `arrivals` of earlier partitions, so they have to be run one after another, the first first

    hint: leave `--reverse` out
    ");
    assert_told!(inn.tell("backfill --from 2026-10-30 --jobs-partitions 2").all(), @r"
    exit 2
    --- stderr
    error: task `count_guests` reads model `arrivals` of earlier partitions, so they have to be run one after another, the first first

    hint: leave `--jobs-partitions` out
    ");
}
