//! A chain whose data is cut into partitions, from the command line.

use super::*;

pub(super) const DAYS: &str = "[partitions]\nby = 'day'\nzone = 'Europe/Zurich'\n";

/// Command lines that share a configuration and a folder for results.
pub(super) struct Cut {
    pub(super) folder: Folder,
    config: std::path::PathBuf,
}

impl Cut {
    pub(super) fn new(file: &str) -> Cut {
        let folder = Folder::new();
        let config = folder.0.path().join("purvey.toml");
        fs::write(&config, file).unwrap();
        Cut { folder, config }
    }

    pub(super) fn tell(&self, arguments: &str) -> Told {
        let told = self.folder.tell(&format!("{arguments} --config {}", self.config.display()));
        let plain = |text: &str| without(text, self.folder.0.path());
        Told { out: plain(&told.out), err: plain(&told.err), ..told }
    }
}

#[test]
fn each_partition_has_a_folder_and_a_history() {
    let cut = Cut::new(DAYS);
    for day in ["2026-11-20", "2026-11-21", "2026-11-20"] {
        let told = cut.tell(&format!("run --partition {day}"));
        assert_eq!(told.exit, Exit::Done, "{}", told.all());
        assert!(told.err.contains(&format!("of chain lodge, partition {day}: ")), "{}", told.all());
        assert!(cut.folder.0.path().join(day).join("rooms.parquet").exists());
    }

    assert_told!(cut.tell("history").all(), @r"
    exit 0
    --- stdout
    run  partition  began (UTC)  took  ended  done  reused  failed  published
    <id>  2026-11-20  <when>  <time>  ✓ done  0  2  0  yes
    <id>  2026-11-21  <when>  <time>  ✓ done  2  0  0  yes
    <id>  2026-11-20  <when>  <time>  ✓ done  2  0  0  yes
    ");
    let one = cut.tell("history --partition 2026-11-21 --output json");
    let document: serde_json::Value = serde_json::from_str(&one.out).unwrap();
    assert_eq!(document["runs"].as_array().unwrap().len(), 1);
    assert_eq!(document["runs"][0]["partition"], "2026-11-21");
    assert!(cut.tell("history last").out.contains("partition  2026-11-20\n"));
    assert!(cut.tell("plan --partition 2026-11-21").out.contains("everything is up to date"));
    assert!(cut.tell("plan --partition 2026-11-22").out.contains("never"));
}

#[test]
fn without_a_word_the_last_one_that_is_over_is_meant_and_put_on_record() {
    let cut = Cut::new("[partitions]\nby = 'month'\n");
    assert_eq!(cut.tell("run").exit, Exit::Done);

    let document: serde_json::Value = serde_json::from_str(&cut.tell("history --output json").out).unwrap();
    let months = crate::partition::Partitioning::of_time(crate::partition::Unit::Month, "UTC").unwrap();
    let last = months.last_complete(Utc::now()).unwrap().to_string();
    assert_eq!(document["runs"][0]["partition"], last);
    let arguments = document["runs"][0]["arguments"].as_array().unwrap();
    assert!(arguments.windows(2).any(|pair| pair[0] == "--partition" && pair[1] == last), "{arguments:?}");
}

#[test]
fn gc_sweeps_every_partition_unless_one_is_named() {
    let cut = Cut::new(DAYS);
    for day in ["2026-11-20", "2026-11-21"] {
        for _ in 0..3 {
            cut.tell(&format!("run --force --partition {day}"));
        }
    }
    let left = |day: &str| {
        let told = cut.tell(&format!("history --output json --partition {day}"));
        serde_json::from_str::<serde_json::Value>(&told.out).unwrap()["runs"].as_array().unwrap().len()
    };

    assert_eq!(cut.tell("gc --keep-runs 1 --partition 2026-11-21").exit, Exit::Done);
    assert_eq!((left("2026-11-20"), left("2026-11-21")), (3, 1));
    assert_eq!(cut.tell("gc --keep-runs 1").exit, Exit::Done);
    assert_eq!((left("2026-11-20"), left("2026-11-21")), (1, 1));
}

#[test]
fn a_version_of_another_partition_is_found_where_that_is_said() {
    let cut = Cut::new(DAYS);
    cut.tell("run --partition 2026-11-20");

    assert_told!(cut.tell("show rooms --version last --partition 2026-11-21").all(), @r"
    exit 2
    --- stderr
    error: run <id> is one of partition `2026-11-20`

    hint: say so: `show rooms --version <id> --partition 2026-11-20`
    ");
    assert_eq!(cut.tell("show rooms --version last --partition 2026-11-20").exit, Exit::Done);
}

#[test]
fn a_path_names_the_file_of_its_partition() {
    #[derive(Row, Clone, Debug, PartialEq)]
    #[row(table = "guests", source)]
    struct Guest {
        name: String,
    }
    #[task]
    fn count_guests(guests: &Table<Guest>, beds: &mut Value<i32, Beds>) -> Result<()> {
        beds.put(guests.rows()?.len() as i32)
    }
    let chain = || Chain::new("lodge").with(tasks![count_guests]);
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("2026-11-20.csv", "name\nAda\n");
    write("2026-11-21.csv", "name\nAda\nBo\n");
    write("purvey.toml", &format!("{DAYS}[models.guests]\npath = '{{partition}}.csv'\n"));
    write("uncut.toml", "[models.guests]\npath = '{partition}.csv'\n");
    let tell = |config: &str, arguments: &str| {
        let folder = folder.path().display();
        tell_chain(chain(), &format!("{arguments} --data {folder}/data --config {folder}/{config}"), &[])
    };

    for (day, guests) in [("2026-11-20", 1), ("2026-11-21", 2)] {
        assert_eq!(tell("purvey.toml", &format!("run --partition {day}")).exit, Exit::Done);
        let shown = tell("purvey.toml", &format!("show beds --partition {day} --output json"));
        let document: serde_json::Value = serde_json::from_str(&shown.out).unwrap();
        assert_eq!(document["stored"]["value"], guests, "{document}");
    }
    let told = tell("uncut.toml", "run");
    insta::assert_snapshot!(without(&told.err, folder.path()), @r#"
    error: `path` of [models.guests] has `{partition}`, and the data is not cut into partitions
     --> uncut.toml:2:1
      |
    2 | path = …
      | ^^^^

    hint: `[partitions]` says how it is to be, such as `by = "day"`
    "#);
}

#[test]
fn what_is_no_partition_is_refused() {
    let refused = |file: &str, arguments: &str| Cut::new(file).tell(arguments).all();

    insta::assert_snapshot!(refused(DAYS, "run --partition 21.11.2026"), @r"
    exit 2
    --- stderr
    error: `21.11.2026` is no day; write one like `2026-11-21`
    ");
    insta::assert_snapshot!(refused("", "run --partition 2026-11-21"), @r#"
    exit 2
    --- stderr
    error: the data of chain `lodge` is not cut into partitions

    hint: `[partitions]` in its configuration says how it is to be, such as `by = "day"`
    "#);
    insta::assert_snapshot!(refused("[partitions]\nby = ['seehof', 'kulm']\n", "run"), @r"
    exit 2
    --- stderr
    error: the data of this chain is cut into 2 partitions: seehof, kulm

    hint: name the one that is meant: `--partition KEY`
    ");
    insta::assert_snapshot!(refused("[partitions]\nby = ['seehof', 'kulm']\n", "plan --partition seehoff"), @r"
    exit 2
    --- stderr
    error: there is no partition `seehoff`; did you mean `seehof`?
    ");
    insta::assert_snapshot!(refused("[partitions]\nby = 'days'\n", "run"), @r#"
    exit 4
    --- stderr
    error: wrong value for `by` in [partitions]
     --> purvey.toml:2:1
      |
    2 | by = …
      | ^^ data is cut by "hour", "day", "week" or "month", or by a list, not by "days"; did you mean `day`?
    "#);
    insta::assert_snapshot!(refused("[partitions]\nby = 'day'\nzone = 'Europe/Zuerich'\n", "run"), @r"
    exit 4
    --- stderr
    error: wrong value for `zone` in [partitions]
     --> purvey.toml:3:1
      |
    3 | zone = …
      | ^^^^ there is no time zone `Europe/Zuerich`; did you mean `Europe/Zurich`?
    ");
    insta::assert_snapshot!(refused("[partitions]\nby = ['a', 'a']\n", "run"), @r"
    exit 4
    --- stderr
    error: wrong value for `by` in [partitions]
     --> purvey.toml:2:1
      |
    2 | by = …
      | ^^ partition `a` is listed twice
    ");
    insta::assert_snapshot!(refused("[partitions]\nby = ['a']\nzone = 'UTC'\n", "run"), @r"
    exit 4
    --- stderr
    error: wrong values in [partitions]
     --> purvey.toml:1:2
      |
    1 | [partitions]
      |  ^^^^^^^^^^ a list of partitions has no zone; leave `zone` out
    ");
    insta::assert_snapshot!(refused("[partitions]\nzone = 'UTC'\n", "run"), @r#"
    exit 4
    --- stderr
    error: wrong values in [partitions]
     --> purvey.toml:1:2
      |
    1 | [partitions]
      |  ^^^^^^^^^^ a zone says nothing without `by`, such as `by = "day"`
    "#);
    insta::assert_snapshot!(refused("[partitions]\nper = 'day'\n", "run"), @r"
    exit 4
    --- stderr
    error: unknown key `per` in [partitions]
     --> purvey.toml:2:1
      |
    2 | per = …
      | ^^^
    ");
}

#[test]
fn results_of_the_time_before_there_were_partitions_are_told_of_and_left_alone() {
    let cut = Cut::new("");
    cut.tell("run");
    let rooms = cut.folder.0.path().join("rooms.parquet");
    let before = fs::read(&rooms).unwrap();
    fs::write(&cut.config, DAYS).unwrap();

    let told = cut.tell("check");
    assert_told!(told.all(), @r"
    exit 0
    --- stdout
    chain `lodge` is valid: 2 tasks, 2 models
    --- stderr
    warning: `<data>` has results of 2 models from before its data was cut into partitions; no run changes them any more

    hint: copy what is to be kept (`cp -L`), then `rm -r beds.json rooms.parquet .purvey/current .purvey/sets .purvey/versions`
    ");
    let command = told.err.rsplit('`').nth(1).unwrap().to_owned();
    for verb in ["plan", "run --partition 2026-11-20", "backfill --from 2026-11-20 --to 2026-11-21 --dry-run"] {
        assert!(cut.tell(verb).err.starts_with("warning: "), "{verb}");
    }
    assert_eq!(cut.tell("run --partition 2026-11-21 -q").err, "");
    assert_eq!(fs::read(&rooms).unwrap(), before);

    // What it says to do does what it says.
    let mut words = command.split_whitespace();
    assert_eq!((words.next(), words.next()), (Some("rm"), Some("-r")));
    for path in words.map(|word| cut.folder.0.path().join(word.trim_matches('\''))) {
        let is_folder = path.is_dir() && !path.is_symlink();
        if is_folder { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
    }
    assert_eq!(cut.tell("check").err, "");
    assert!(cut.folder.0.path().join("2026-11-20/rooms.parquet").exists());
    fs::write(&cut.config, "").unwrap();
    assert_eq!(cut.tell("run").exit, Exit::Done);
    assert_eq!(fs::read(&rooms).unwrap(), before);
}
