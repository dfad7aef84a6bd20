//! Going on with a run: what is on record of how it was asked for, and what is made of that.

use super::*;
use crate::event::State;
use crate::ledger::{Ledger, RunFilter, RunRecord, SqliteLedger};

/// The runs on record, the last first.
fn on_record(folder: &Folder) -> Vec<RunRecord> {
    SqliteLedger::at(folder.0.path().join(".purvey/ledger.sqlite")).runs(&RunFilter::default()).unwrap()
}

fn asked(folder: &Folder) -> String {
    on_record(folder)[0].request.join(" ").replace(&folder.0.path().display().to_string(), "DIR")
}

fn states(folder: &Folder) -> Vec<(String, State)> {
    let ledger = SqliteLedger::at(folder.0.path().join(".purvey/ledger.sqlite"));
    let steps = ledger.steps(on_record(folder)[0].run).unwrap();
    steps.into_iter().map(|step| (step.task, step.state)).collect()
}

fn pair(task: &str, state: State) -> (String, State) {
    (task.to_owned(), state)
}

#[test]
fn how_a_run_was_asked_for_is_on_record() {
    let folder = Folder::new();
    folder.tell("");
    assert_eq!(asked(&folder), "run --data DIR");
    folder.tell("--fail-fast run list_rooms count_beds --exclude count_beds --force list_rooms --set params.a=1 -q");
    assert_eq!(
        asked(&folder),
        "run list_rooms count_beds --exclude count_beds --force=list_rooms --fail-fast --data DIR --set params.a=1"
    );
    // What the environment stands in for is as good as typed.
    let file = folder.0.path().join("mine.toml");
    fs::write(&file, "").unwrap();
    let variables = [("PURVEY_CONFIG", file.to_str().unwrap())];
    tell_chain(lodge(), &format!("run --force --data {}", folder.0.path().display()), &variables);
    assert_eq!(asked(&folder), "run --force --config DIR/mine.toml --data DIR");
}

#[test]
fn a_failed_run_goes_on_with_the_options_it_had() {
    let folder = Folder::new();
    assert_eq!(folder.tell("run --set tasks.count_beds.most=1").exit, Exit::Failed);
    let failed = on_record(&folder)[0].run;

    let again = folder.tell("resume last");
    assert_eq!(again.exit, Exit::Failed);
    assert_eq!(states(&folder), [pair("list_rooms", State::Reused), pair("count_beds", State::Failed)]);
    assert_eq!(on_record(&folder)[0].resumes, Some(failed));

    // What is typed now beats what is on record, and goes on record itself.
    let told = folder.tell(&format!("resume {} --set tasks.count_beds.most=5", failed.short()));
    assert_eq!(told.exit, Exit::Done, "{}", told.err);
    assert_eq!(states(&folder), [pair("list_rooms", State::Reused), pair("count_beds", State::Done)]);
    assert_eq!(asked(&folder), "run --data DIR --set tasks.count_beds.most=1 --set tasks.count_beds.most=5");
}

#[test]
fn a_run_that_is_done_needs_no_resuming() {
    let folder = Folder::new();
    folder.tell("run");
    assert_told!(folder.tell("resume last").all(), @"
    exit 0
    --- stdout
    run <id> is done; there is nothing to go on with
    ");
    assert_eq!(folder.tell("resume last --quiet").out, "");
    let document: serde_json::Value = serde_json::from_str(&folder.tell("resume last --output json").out).unwrap();
    assert_eq!((&document["purvey"]["kind"], &document["ending"]), (&"run".into(), &"done".into()));
    assert_eq!(on_record(&folder).len(), 1);
}

#[test]
fn what_was_forced_and_done_is_not_done_again() {
    let folder = Folder::new();
    folder.tell("run");
    assert_eq!(folder.tell("run --force --set tasks.count_beds.most=1").exit, Exit::Failed);
    assert_eq!(states(&folder), [pair("list_rooms", State::Done), pair("count_beds", State::Failed)]);
    assert_eq!(folder.tell("resume last --set tasks.count_beds.most=10").exit, Exit::Done);
    // With 10 it is up to date since the first run, and yet it was to be run.
    assert_eq!(states(&folder), [pair("list_rooms", State::Reused), pair("count_beds", State::Done)]);
}

#[test]
fn a_secret_is_on_no_record_and_has_to_be_given_again() {
    let folder = Folder::new();
    let secret = "--set tasks.count_beds.key=opensesame";
    assert_eq!(folder.tell(&format!("run {secret} --set tasks.count_beds.most=1")).exit, Exit::Failed);
    assert_eq!(asked(&folder), "run --data DIR --set tasks.count_beds.key --set tasks.count_beds.most=1");
    assert_told!(folder.tell("resume last").all(), @"
    exit 2
    --- stderr
    error: run <id> was given the secret `tasks.count_beds.key`, which is on no record

    hint: give it again: `resume <id> --set tasks.count_beds.key=…`
    ");

    let told = folder.tell(&format!("resume last {secret} --set tasks.count_beds.most=9"));
    assert_eq!(told.exit, Exit::Done, "{}", told.err);
    assert_told!(folder.tell("resume last").all(), @"
    exit 0
    --- stdout
    run <id> is done; there is nothing to go on with
    ");
    for verb in ["history last", "history", "explain count_beds", "diff last last", "plan"] {
        assert!(!folder.tell(verb).all().contains("opensesame"), "{verb}");
        assert!(!folder.tell(&format!("{verb} --output json")).all().contains("opensesame"), "{verb}");
    }
    let mut folders = vec![folder.0.path().to_owned()];
    while let Some(inside) = folders.pop() {
        for path in fs::read_dir(inside).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                assert!(!bytes.windows(10).any(|bytes| bytes == b"opensesame"), "{}", path.display());
            }
        }
    }
}

#[test]
fn a_run_that_nothing_or_too_much_names_is_refused() {
    let folder = Folder::new();
    assert_told!(folder.tell("resume last").all(), @"
    exit 2
    --- stderr
    error: no run is on record
    ");
    folder.tell("run");
    folder.tell("run");
    assert_told!(folder.tell("resume yesterday").all(), @"
    exit 2
    --- stderr
    error: no run on record begins with `yesterday`, or has it as last digits

    hint: `history` lists the runs; `last` is the last one
    ");
    assert_told!(folder.tell("resume 0").all(), @"
    exit 2
    --- stderr
    error: `0` fits 2 runs:
      <run>  <when> UTC
      <run>  <when> UTC

    hint: the last eight digits name a run as well
    ");
    for wrong in ["history yesterday", "diff last yesterday", "show rooms --version yesterday"] {
        let told = folder.tell(wrong);
        assert_eq!(told.exit, Exit::Usage);
        assert!(told.err.starts_with("error: no run on record begins with `yesterday`"), "{}", told.err);
    }
}

#[test]
fn a_run_of_a_task_that_the_chain_no_longer_has_cannot_be_resumed() {
    /// Fails.
    #[task]
    fn spoil(beds: &mut Value<i32, Beds>) -> Result<()> {
        beds.put(1)?;
        Err(Error::data("no beds"))
    }
    let folder = Folder::new();
    let tell =
        |chain: Chain, verb: &str| tell_chain(chain, &format!("{verb} --data {}", folder.0.path().display()), &[]);
    assert_eq!(tell(Chain::new("lodge").with(tasks![list_rooms, spoil]), "run spoil list_rooms").exit, Exit::Failed);
    assert_told!(tell(Chain::new("lodge").with(tasks![list_rooms]), "resume last").all(), @"
    exit 2
    --- stderr
    error: the chain has no task or model `spoil`

    hint: `ls` lists the tasks, their groups, tags and models
    ");
}
