//! The verbs that write pages for a browser: `report` and `docs`.

use super::*;

const DAYS: &str = "[partitions]\nby = 'day'\nzone = 'Europe/Zurich'\n";

impl Folder {
    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.path().join(file)).unwrap()
    }

    fn path(&self, file: &str) -> String {
        self.0.path().join(file).display().to_string()
    }
}

#[test]
fn report_writes_a_page_about_the_last_run_and_says_where() {
    let folder = Folder::new();
    folder.tell("run");
    folder.tell("run --set tasks.count_beds.most=1");

    let told = folder.tell("report");
    assert_eq!(told.all(), format!("exit 0\n--- stdout\n{}\n", folder.path("report/run.html")));
    let page = folder.read("report/run.html");
    let (failures, models) = (page.find("2 beds are too many").unwrap(), page.find("id=\"model-rooms\"").unwrap());
    assert!(failures < models, "failures come first");
    assert!(page.contains("setting <code>tasks.count_beds.most</code> changed: 10 → 1"), "{page}");
    assert!(page.contains("up to date since run"), "{page}");
    assert!(page.contains("lodge resume "), "{page}");
    // The same ledger gives the same page.
    folder.tell("report last");
    assert_eq!(folder.read("report/run.html"), page);
}

#[test]
fn report_shows_what_was_made_with_its_first_rows_and_what_is_different() {
    let folder = Folder::new();
    folder.tell("run");
    folder.tell("report");
    let page = folder.read("report/run.html");
    assert!(page.contains("Number on the door."), "{page}");
    assert!(page.contains("<td class=\"number\">2</td><td class=\"null number\">–</td>"), "{page}");
    assert!(page.contains("<h4>Value</h4><pre>2</pre>"), "{page}");
    assert!(!page.contains("hunter2"));

    folder.tell("run --force");
    folder.tell("report");
    assert!(folder.read("report/run.html").contains("made again, the same"));
    folder.tell("report --rows 0");
    assert!(folder.read("report/run.html").contains("No rows were asked for."));
}

#[test]
fn report_tells_of_what_cannot_be_opened_any_more_and_shows_the_rest() {
    let folder = Folder::new();
    folder.tell("run");
    let document: serde_json::Value = serde_json::from_str(&folder.tell("history --output json").out).unwrap();
    let run = document["runs"][0]["run"].as_str().unwrap();
    fs::remove_file(folder.0.path().join(format!(".purvey/versions/{run}/rooms.parquet"))).unwrap();
    assert_eq!(folder.tell("report").exit, Exit::Done);
    let page = folder.read("report/run.html");
    assert!(page.contains("It cannot be shown: "), "{page}");
    assert!(page.contains("Number on the door."), "{page}");
}

#[test]
fn a_page_goes_where_it_is_wanted() {
    let folder = Folder::new();
    folder.tell("run");
    let file = folder.path("new/there.html");
    assert_eq!(folder.tell(&format!("report --out {file}")).out, format!("{file}\n"));
    assert_eq!(folder.tell(&format!("report --quiet --out {file}")).all(), "exit 0\n");
    assert!(folder.tell("report --out -").out.starts_with("<!DOCTYPE html>"));
    assert!(folder.tell("docs --out -").out.starts_with("<!DOCTYPE html>"));
    let document = folder.tell(&format!("report --all --out {file} --output json")).out;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!((document["run"].as_str(), document["file"].as_str()), (None, Some(file.as_str())));
    assert_eq!(document["bytes"], folder.read("new/there.html").len());
    // Nothing half-written is left beside it.
    assert_eq!(fs::read_dir(folder.0.path().join("new")).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_written_to_and_stays() {
    let folder = Folder::new();
    folder.tell("run");
    let link = folder.0.path().join("page.html");
    std::os::unix::fs::symlink(folder.0.path().join("real.html"), &link).unwrap();
    fs::write(folder.0.path().join("real.html"), "old").unwrap();
    assert_eq!(folder.tell(&format!("report --out {}", link.display())).exit, Exit::Done);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(folder.read("real.html").starts_with("<!DOCTYPE html>"));
    assert_eq!(folder.tell("report --out /dev/null").exit, Exit::Done);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn what_cannot_be_written_or_is_not_there_is_told() {
    let folder = Folder::new();
    let refused = |arguments: &str| without(&folder.tell(arguments).all(), folder.0.path());
    assert_told!(refused("report"), @"
    exit 2
    --- stderr
    error: no run is on record in <data>

    hint: `lodge run` makes one; `--data <data> looks into another folder
    ");
    assert_told!(refused("report 0193f3a8"), @"
    exit 2
    --- stderr
    error: no run on record begins with `<id>`, or has it as last digits

    hint: `history` lists the runs; `last` is the last one
    ");
    folder.tell("run");
    fs::write(folder.0.path().join("file"), "").unwrap();
    assert_told!(refused(&format!("report --out {}", folder.0.path().display())), @"
    exit 2
    --- stderr
    error: <data> is a folder

    hint: name a file: `--out run.html`
    ");
    assert_told!(refused(&format!("docs --out {}/x.html", folder.path("file"))), @"
    exit 7
    --- stderr
    error: cannot write file/x.html: the folder file cannot be made: File exists (os error 17)
    ");
    assert_told!(refused("report --out - --output json"), @"
    exit 2
    --- stderr
    error: `--out -` and `--output json` would both write to stdout

    hint: leave one of them out
    ");
    let told = folder.tell("report last --all");
    assert!(told.exit == Exit::Usage && told.err.contains("cannot be used with"), "{}", told.err);
    let told = folder.tell("report --last 5");
    assert!(told.exit == Exit::Usage && told.err.contains("--all"), "{}", told.err);
}

#[test]
fn the_page_over_many_runs_has_a_calendar_with_the_days_that_failed() {
    let folder = Folder::new();
    let config = folder.path("purvey.toml");
    fs::write(&config, DAYS).unwrap();
    let tell = |arguments: &str| folder.tell(&format!("{arguments} --config {config}"));
    tell("backfill --from 2026-11-17 --to 2026-11-21");
    for day in ["2026-11-18", "2026-11-20"] {
        tell(&format!("run --partition {day} --set tasks.count_beds.most=1"));
    }
    tell("run --partition 2026-11-23");
    tell("report --all");
    let page = folder.read("report/runs.html");
    let cell = |day: &str| {
        let from = page.find(&format!("title=\"{day}: ")).unwrap_or_else(|| panic!("{day}: {page}"));
        page[from + 7..].split('"').next().unwrap().to_owned()
    };
    let days = ["2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"];
    assert_eq!(
        days.map(cell),
        [
            "2026-11-17: done",
            "2026-11-18: failed",
            "2026-11-19: done",
            "2026-11-20: failed",
            "2026-11-21: done",
            "2026-11-22: without a run",
            "2026-11-23: done",
        ]
    );
    assert!(page.contains("2 beds are too many"), "{page}");
    // With a word for one partition the page is about that alone.
    tell("report --all --partition 2026-11-18");
    let page = folder.read("report/runs.html");
    assert!(!page.contains("id=\"partitions\"") && !page.contains("2026-11-19"), "{page}");
    tell("report --partition 2026-11-18");
    assert!(folder.read("report/run.html").contains("lodge · 2026-11-18"));
    assert_told!(without(&tell("report --partition 2026-11-25").all(), folder.0.path()), @"
    exit 2
    --- stderr
    error: no run of partition `2026-11-25` is on record in <data>

    hint: `lodge run` makes one; `--data <data> looks into another folder
    ");
}

#[test]
fn only_the_last_runs_are_shown_and_how_many_there_are_is_said() {
    let folder = Folder::new();
    for _ in 0..3 {
        folder.tell("run");
    }
    folder.tell("report --all --last 2");
    let page = folder.read("report/runs.html");
    assert!(
        page.contains("those of the last 2 runs of 3; <code>lodge report --all --last 3</code> shows all."),
        "{page}"
    );
    assert_eq!(page.matches("<tr id=\"run-").count(), 2);
    assert_eq!(tell("report --all --out -").exit, Exit::Done, "no run is no failure");
}

#[test]
fn docs_tell_what_each_model_and_task_is() {
    let folder = Folder::new();
    assert_eq!(folder.tell("docs").all(), format!("exit 0\n--- stdout\n{}\n", folder.path("report/docs.html")));
    let page = folder.read("report/docs.html");
    for part in [
        "Lists the rooms. There are two.",
        "Number on the door.",
        "tag:daily",
        "group house",
        "href=\"#task-count_beds\"",
        "id=\"model-beds\"",
        "int32<span class=\"soft\">, nullable</span>",
        "[tasks.count_beds]",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("hunter2"));
}
