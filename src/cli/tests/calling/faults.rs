//! What cannot take ranges, and rows that lie elsewhere.

use super::*;
use crate::model::{Across, Trailing};

/// Guests that are known, more each day.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "known", key = "guest", incremental = "merge")]
struct Known {
    guest: String,
}

/// Beds by day, which nothing says.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "sums")]
struct Sum {
    beds: i64,
}

/// Says by a date in which hour it is.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "hours", partition = "day")]
struct Hour {
    day: NaiveDate,
}

/// Says by an instant in which of a list it is.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "instants", partition = "at")]
struct At {
    at: DateTime<Utc>,
}

#[task(ranges = "coalesce", name = "take_in")]
fn with_others(arrivals: &Table<Arrival>, stays: &mut Table<Stay>, bell: &mut Value<usize, Bell>) -> Result<()> {
    bell.put(arrivals.height())?;
    stays.put(vec![])
}

#[task(ranges = "coalesce", name = "add_up")]
fn growing(stays: &Table<Stay>, known: &mut Table<Known>, sums: &mut Table<Sum>) -> Result<()> {
    known.put(vec![])?;
    sums.put(vec![Sum { beds: stays.height() as i64 }])
}

#[task(ranges = "coalesce", name = "add_up")]
fn looking_back(
    stays: &Across<Table<Stay>, Trailing<2>>,
    bell: &Value<usize, Bell>,
    days: &mut Table<Day>,
) -> Result<()> {
    bell.get()?;
    stays.rows()?;
    days.put(vec![])
}

#[task]
fn toll(bell: &mut Value<usize, Bell>) -> Result<()> {
    bell.put(1)
}

#[task]
fn tell_hours(hours: &mut Table<Hour>, instants: &mut Table<At>) -> Result<()> {
    hours.put(vec![])?;
    instants.put(vec![])
}

#[task(partition = "all")]
fn tell_all(hours: &mut Table<Hour>) -> Result<()> {
    hours.put(vec![])
}

fn checked(chain: fn() -> Chain, file: &str) -> String {
    let mut house = House::new();
    house.chain = chain;
    fs::write(house.folder.path().join("purvey.toml"), file).unwrap();
    house.tell("data", "check").all()
}

const BY_DAY: &str = "[partitions]\nby = 'day'\n";

#[test]
fn tasks_that_cannot_take_ranges_are_faults() {
    insta::assert_snapshot!(checked(|| Chain::new("house").with(tasks![with_others, growing]), BY_DAY), @r#"
    exit 3
    --- stderr
    error: task `take_in` cannot take ranges of partitions: it provides model `bell`, which is no table, so that nothing tells its partitions apart

    error: task `add_up` cannot take ranges of partitions: rows of model `known` do not say which partition they belong to; name the column that does in `#[row(partition = "…")]`

    error: task `add_up` cannot take ranges of partitions: it provides model `known`, which grows from run to run

    error: task `add_up` cannot take ranges of partitions: rows of model `sums` do not say which partition they belong to; name the column that does in `#[row(partition = "…")]`
    "#);
    insta::assert_snapshot!(checked(|| Chain::new("house").with(tasks![take_in, looking_back, toll]), BY_DAY), @r#"
    exit 3
    --- stderr
    error: task `add_up` cannot take ranges of partitions: it reads the last 2 partitions of model `stays`

    error: task `add_up` cannot take ranges of partitions: it reads model `bell` of task `toll`, which takes none; let that say `#[task(ranges = "coalesce")]`, too
    "#);
    #[derive(Row, Clone, Debug, PartialEq)]
    #[row(table = "arrivals", source)]
    #[source(once)]
    struct Once {
        guest: String,
    }
    #[task(ranges = "coalesce")]
    fn read_new(arrivals: &Table<Once>, days: &mut Table<Day>) -> Result<()> {
        arrivals.rows()?;
        days.put(vec![])
    }
    insta::assert_snapshot!(checked(|| Chain::new("house").with(tasks![read_new]), BY_DAY), @r"
    exit 3
    --- stderr
    error: task `read_new` cannot take ranges of partitions: it reads source `arrivals`, of which each file is read once (`once`)
    ");
    let cut = format!("{BY_DAY}[models.arrivals]\npath = '{{partition}}.csv'\nonce = false\n");
    insta::assert_snapshot!(checked(|| Chain::new("house").with(tasks![read_new]), &cut), @r#"
    exit 3
    --- stderr
    error: task `read_new` cannot take ranges of partitions: it reads source `arrivals`, another one for each partition, and its rows do not say which they belong to; name the column that does in `#[row(partition = "…")]`
    "#);
    let whole = cut.replace("{partition}", "all");
    assert!(checked(|| Chain::new("house").with(tasks![read_new]), &whole).starts_with("exit 0\n"));
}

#[test]
fn columns_that_cannot_tell_a_partition_are_faults() {
    insta::assert_snapshot!(checked(|| Chain::new("house").with(tasks![tell_hours]), "[partitions]\nby = 'hour'\n"), @r"
    exit 3
    --- stderr
    error: model `hours` is made for each hour, which its column `day` of type date cannot tell; an hour is told by an instant, `DateTime<Utc>`
    ");
    insta::assert_snapshot!(
        checked(|| Chain::new("house").with(tasks![tell_hours]), "[partitions]\nby = ['seehof']\n"),
        @r"
        exit 3
        --- stderr
        error: model `hours` is made for each partition of the list, which its column `day` of type date cannot tell; the key of a partition of a list is a text

        error: model `instants` is made for each partition of the list, which its column `at` of type instant cannot tell; the key of a partition of a list is a text
        "
    );
    insta::assert_snapshot!(checked(|| Chain::new("house").with(tasks![tell_all]), BY_DAY), @r"
    exit 3
    --- stderr
    error: model `hours` is made once for all data, which its column `day` of type date cannot tell; leave `partition` out of its `#[row(…)]`
    ");
    // Weeks and months are told by dates and by instants.
    for by in ["day", "week", "month"] {
        let told = checked(|| Chain::new("house").with(tasks![tell_hours]), &format!("[partitions]\nby = '{by}'\n"));
        assert!(told.starts_with("exit 0\n"), "{told}");
    }
}

#[test]
fn data_that_is_not_cut_is_read_as_ever() {
    let house = five_days();
    let path = house.path(2);
    fs::write(house.folder.path().join("purvey.toml"), format!("models.arrivals.path = '{}'", path.display())).unwrap();

    #[task(ranges = "coalesce")]
    fn take_in(arrivals: &Table<Arrival>, stays: &mut Table<Stay>) -> Result<()> {
        stays.put(
            arrivals
                .rows()?
                .into_iter()
                .map(|Arrival { guest, day, beds }| Stay { guest, day, beds })
                .collect::<Vec<_>>(),
        )
    }
    let house = House { chain: || Chain::new("house").with(tasks![take_in]), ..house };
    let told = house.tell("data", "run");
    assert_eq!(told.exit, Exit::Done, "{}", told.all());
}

#[test]
fn a_row_of_another_day_breaks_the_contract_in_every_run() {
    let house = five_days();
    fs::write(house.path(3), "guest,day,beds\nanna,2026-11-03,1\nzoe,2026-11-04,2\nbert,2026-10-31,1\n").unwrap();
    insta::assert_snapshot!(failure(&house.tell("alone", "run --partition 2026-11-03").all()), @r"
    data error: model `arrivals` breaks its contract:
        column `day`: 2 of 3 rows lie outside of partition 2026-11-03
          row 2: day 2026-11-04
          row 3: day 2026-10-31
    ");
    // Nor does it come into the other day where both are called together.
    let told = house.tell("data", FIVE);
    assert_eq!(told.exit, Exit::Failed);
    assert!(told.out.contains("4 done, 1 failed"), "{}", told.all());
    insta::assert_snapshot!(told.err.lines().skip(2).take(5).collect::<Vec<_>>().join("\n"), @r"
    warning: the call for 2026-11-01 to 2026-11-04 failed, so tasks are called for each partition alone
      task `read_arrivals`: for partition 2026-11-03: model `arrivals` breaks its contract:
        column `day`: 2 of 3 rows lie outside of partition 2026-11-03
          row 2: day 2026-11-04
          row 3: day 2026-10-31
    ");
    let shown = house.tell("data", "show stays --partition 2026-11-04");
    assert!(!shown.out.contains("zoe") && shown.out.contains("guest-4"), "{}", shown.all());
}

#[test]
fn so_does_a_row_that_a_task_has_made_however_it_is_handed_over() {
    let house = five_days();
    for hand_over in ["memory", "lazy", "stored"] {
        let set = format!("--set models.stays.hand_over={hand_over} --set params.later=1");
        let told = house.tell("data", &format!("run --partition 2026-11-03 {set}"));
        assert_eq!(told.exit, Exit::Failed, "{}", told.all());
        let said = "column `day`: 2 of 2 rows lie outside of partition 2026-11-03";
        assert!(told.all().contains(said), "{}", told.all());
    }
    let told = house.tell("data", &format!("{FIVE} --set params.later=1"));
    let said = "column `day`: 2 of 8 rows lie outside of partitions 2026-11-01 to 2026-11-04";
    assert!(told.err.contains(said) && told.out.contains("0 done, 5 failed"), "{}", told.all());
}

/// What is said of the task that failed.
fn failure(told: &str) -> String {
    let lines: Vec<&str> = told.lines().skip_while(|line| !line.contains("breaks its contract")).take(4).collect();
    lines.join("\n")
}

#[test]
fn rows_of_lists_and_hours_are_told_apart_too() {
    /// A guest of a hotel.
    #[derive(Row, Clone, Debug, PartialEq)]
    #[row(table = "guests", key = "guest", partition = "hotel")]
    struct Guest {
        hotel: String,
        guest: i64,
    }
    /// A night in a zone of its own.
    #[derive(Row, Clone, Debug, PartialEq)]
    #[row(table = "bells", key = "at", partition = "at")]
    struct Ringing {
        at: DateTime<Utc>,
    }
    #[task(ranges = "coalesce")]
    fn list(job: &JobContext, guests: &mut Table<Guest>) -> Result<()> {
        note("list", job)?;
        let of = |partition: &crate::partition::Partition| {
            (1..=2).map(|guest| Guest { hotel: partition.to_string(), guest }).collect::<Vec<_>>()
        };
        guests.put(job.partitions()?.iter().rev().flat_map(of).collect::<Vec<_>>())
    }
    #[task(ranges = "coalesce", max = 2)]
    fn hear(job: &JobContext, bells: &mut Table<Ringing>) -> Result<()> {
        note("hear", job)?;
        let hours = job.partitions()?.interval().ok_or_else(|| Error::data("hours are times"))?;
        let quarters = (0..).map(|quarter| hours.start + chrono::TimeDelta::minutes(15 * quarter));
        bells.put(quarters.take_while(|at| *at < hours.end).map(|at| Ringing { at }).collect::<Vec<_>>())
    }
    let mut house = House::new();
    house.chain = || Chain::new("house").with(tasks![list]);
    fs::write(house.folder.path().join("purvey.toml"), "[partitions]\nby = ['seehof', 'kulm', 'alpenblick']\n")
        .unwrap();
    let told = house.tell("lists", "backfill --from seehof --to alpenblick");
    assert_eq!(told.exit, Exit::Done, "{}", told.all());
    assert_eq!(house.calls(), ["list seehof to alpenblick"]);
    let told = house.tell("lists", "show guests --partition kulm");
    assert!(told.out.contains("kulm") && !told.out.contains("seehof"), "{}", told.all());

    // The clocks are put back at three, so that the hour from two on comes twice.
    house.chain = || Chain::new("house").with(tasks![hear]);
    fs::write(house.folder.path().join("purvey.toml"), "[partitions]\nby = 'hour'\nzone = 'Europe/Zurich'\n").unwrap();
    let told = house.tell("hours", "backfill --from 2026-10-25T01 --to 2026-10-25T03");
    assert_eq!(told.exit, Exit::Done, "{}", told.all());
    assert_eq!(
        house.calls(),
        ["hear 2026-10-25T01+0200 to 2026-10-25T02+0200", "hear 2026-10-25T02+0100 to 2026-10-25T03+0100"]
    );
    for hour in ["2026-10-25T01+0200", "2026-10-25T02+0200", "2026-10-25T02+0100", "2026-10-25T03+0100"] {
        let told = house.tell("hours", &format!("show bells --partition {hour} --output json"));
        let document: serde_json::Value = serde_json::from_str(&told.out).unwrap();
        assert_eq!(document["versions"][0]["rows"], 4, "{document}");
    }
}
