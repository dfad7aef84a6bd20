use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use serde::{Deserialize, Serialize};

use super::surroundings::Surroundings;
use super::{Exit, carry_out};
use crate::prelude::*;
use crate::secret::Secret;

/// One room of the lodge.
#[derive(Row, Clone, Debug, PartialEq)]
#[row(table = "rooms", key = "number")]
struct Room {
    /// Number on the door.
    number: i32,
    /// Beds in it.
    beds: Option<i32>,
}

/// Beds of the whole lodge.
#[derive(Named)]
#[named("beds")]
struct Beds;

#[derive(Serialize, Deserialize)]
#[serde(default)]
struct Limits {
    most: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing)]
    key: Secret<String>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { most: 10, label: None, key: Secret::new("hunter2".to_owned()) }
    }
}

/// Lists the rooms. There are two.
#[task(tags("daily"))]
fn list_rooms(rooms: &mut Table<Room>) -> Result<()> {
    rooms.put(vec![Room { number: 1, beds: Some(2) }, Room { number: 2, beds: None }])
}

/// Adds up the beds.
#[task]
fn count_beds(rooms: &Table<Room>, limits: Settings<Limits>, beds: &mut Value<i32, Beds>) -> Result<()> {
    let sum: i32 = rooms.rows()?.iter().filter_map(|room| room.beds).sum();
    if sum > limits.most {
        return Err(Error::data(format!("{sum} beds are too many")));
    }
    beds.put(sum)
}

fn lodge() -> Chain {
    Chain::new("lodge").with(group!("house": [list_rooms])).with(tasks![count_beds])
}

/// What a command line came to.
struct Told {
    exit: Exit,
    out: String,
    err: String,
}

impl Told {
    /// Exit code and both streams, the way a reader of a terminal has them.
    fn all(&self) -> String {
        let stream =
            |name: &str, text: &str| if text.is_empty() { String::new() } else { format!("--- {name}\n{text}") };
        format!("exit {}\n{}{}", self.exit.code(), stream("stdout", &self.out), stream("stderr", &self.err))
    }
}

fn tell_chain(chain: Chain, arguments: &str, variables: &[(&str, &str)]) -> Told {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut surroundings = Surroundings {
        out: &mut out,
        err: &mut err,
        out_is_terminal: false,
        err_is_terminal: false,
        width: 100,
        variables: variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect(),
        program_folder: None,
        owns_process: false,
    };
    let arguments = std::iter::once(chain.name().to_owned()).chain(arguments.split_whitespace().map(str::to_owned));
    let exit = carry_out(chain.clone(), arguments.map(Into::into), &mut surroundings);
    Told { exit, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

fn tell(arguments: &str) -> Told {
    let data = tempfile::tempdir().unwrap();
    tell_chain(lodge(), &format!("--data {} {arguments}", data.path().display()), &[])
}

fn configured(file: &str, arguments: &str) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purvey.toml");
    fs::write(&path, file).unwrap();
    let told = tell(&format!("--config {} {arguments}", path.display()));
    let plain = |text: &str| without(text, folder.path());
    Told { out: plain(&told.out), err: plain(&told.err), ..told }
}

fn without(text: &str, folder: &Path) -> String {
    text.replace(&format!("{}/", folder.display()), "")
}

/// Hides what differs from run to run.
macro_rules! assert_run {
    ($told:expr, @$snapshot:literal) => {
        insta::with_settings!({filters => vec![
            (r"\d+(\.\d+)? (µs|ms|s)\b", "<time>"),
            (r"\d+(\.\d+)? [KMG]iB", "<size>"),
            (r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b", "<run>"),
            (r"run [0-9a-f]{8}\b", "run <run>"),
            (r"/\S*/\.tmp\w+", "<data>"),
            (r"( {2,})(<)", "  $2"),
            (r"( {2,})(peak memory|time)", "  $2"),
        ]}, { assert_snapshot!($told.all(), @$snapshot) });
    };
}

#[test]
fn help_teaches_verbs_options_selections_and_exit_codes() {
    assert_snapshot!(tell("--help").all(), @"
    exit 0
    --- stdout
    Runs the chain `lodge`: its tasks in order, each model checked before anything is published

    Usage: lodge [OPTIONS] [VERB]

    Verbs:
      run          Run the tasks and publish their results; the verb when none is given
      plan         Show which tasks a run would run, in order, and why; runs nothing
      check        Check the chain and its configuration
      ls           List tasks and the models they read and provide
      graph        Draw the chain
      show         Show what a model is, and its first rows
      config       Show every setting, its value and where that comes from
      completions  Write a completion script for a shell

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Options of run:
          --fail-fast  Start nothing more once a task has failed

    Options of every verb:
          --config <FILE>    Read this configuration file [env: PURVEY_CONFIG] [default: the first
                             purvey.toml found]
          --env <NAME>       Read purvey.<NAME>.toml as well, which beats purvey.toml [env: PURVEY_ENV]
          --set <KEY=VALUE>  Set a value, such as models.raw_bookings.path=new.csv; may be repeated
          --data <DIR>       Folder for results [default: data/<chain>]
          --output <FORM>    What is written to stdout: text for people, json for programs [possible
                             values: text, json]
          --color <WHEN>     Whether to write in colour [default: auto, which honours NO_COLOR]
                             [possible values: auto, always, never]
      -v, --verbose...       Say more; twice for even more
      -q, --quiet            Say only what went wrong, and the result

    Selections (run, plan, ls, graph):
      bookings               the task, or the provider of the model, of this name
      reports/ranking        the task with its group in front
      monthly_*              every name that fits
      tag:daily group:reports  by tag, by group
      +bookings  bookings+   besides: all it reads from, all that reads from it
      2+bookings             the same, so many steps far
      a b    a,b             either, both

    Examples:
      lodge                              run the whole chain
      lodge plan +monthly_report         what a run of this report and all it needs would do
      lodge run bookings+ --exclude tag:slow
      lodge --set models.raw_bookings.path=new.csv --data /tmp/out
      lodge show clean_bookings --rows 3

    Exit codes:
      0 done   1 a task failed   2 usage   3 chain not valid   4 configuration
      5 nothing selected   7 storage   130 Ctrl-C   143 SIGTERM
    ");
}

#[test]
fn each_verb_has_help() {
    for verb in ["run", "plan", "check", "ls", "graph", "show", "config", "completions"] {
        let told = tell(&format!("{verb} --help"));
        assert_eq!(told.exit, Exit::Done);
        assert!(told.out.contains(&format!("Usage: lodge {verb}")), "{}", told.out);
    }
}

#[test]
fn the_version_is_that_of_the_program() {
    let told = tell_chain(lodge().with_version("7.8.9"), "--version", &[]);
    assert_eq!((told.exit, told.out.as_str()), (Exit::Done, "lodge 7.8.9\n"));
}

#[test]
fn a_mistyped_verb_or_option_is_shown_with_the_nearest() {
    assert_snapshot!(tell("pln").all(), @"
    exit 2
    --- stderr
    error: unrecognized subcommand 'pln'

      tip: a similar subcommand exists: 'plan'

    Usage: lodge [OPTIONS] [VERB]

    For more information, try '--help'.
    ");
    assert_snapshot!(tell("run --fail-fats").all(), @"
    exit 2
    --- stderr
    error: unexpected argument '--fail-fats' found

      tip: a similar argument exists: '--fail-fast'

    Usage: lodge run --fail-fast [SELECTION]...

    For more information, try '--help'.
    ");
    assert_snapshot!(tell("plan --fail-fast").all(), @"
    exit 2
    --- stderr
    error: unexpected argument '--fail-fast' found

      tip: to pass '--fail-fast' as a value, use '-- --fail-fast'

    Usage: lodge plan [OPTIONS] [SELECTION]...

    For more information, try '--help'.
    ");
    assert_snapshot!(tell("--fail-fast plan").all(), @"
    exit 2
    --- stderr
    error: `--fail-fast` is an option of `run`

    hint: `--help` shows verbs, options and examples
    ");
    assert_snapshot!(tell("-q -v").all(), @"
    exit 2
    --- stderr
    error: `--quiet` and `--verbose` contradict each other

    hint: `--help` shows verbs, options and examples
    ");
    assert_snapshot!(tell("graph --format png").all(), @"
    exit 2
    --- stderr
    error: invalid value 'png' for '--format <FORMAT>'
      [possible values: svg, dot, mermaid]

    For more information, try '--help'.
    ");
}

#[test]
fn run_is_the_verb_when_none_is_given() {
    assert_run!(tell(""), @"
    exit 0
    --- stdout
    step          state   rows in  rows out  time  peak memory
    house
      list_rooms  ✓ done        –         2  <time>  <size>
    count_beds    ✓ done        2         –  <time>  <size>

    ✓ done in <time>, 2 steps done, peak memory <size>
    --- stderr
    run <run> of chain lodge: 2 steps
    ✓ done       list_rooms        2 rows  <time>
    ✓ done       count_beds             –  <time>
    run <run>: ✓ done in <time>, peak memory <size>
    ");
}

#[test]
fn a_quiet_run_shows_its_result_alone() {
    let told = tell("--quiet");
    assert_eq!((told.exit, told.err.as_str()), (Exit::Done, ""));
    assert!(told.out.contains("count_beds"));
}

#[test]
fn a_failed_task_is_exit_code_1() {
    assert_run!(tell("--set tasks.count_beds.most=1"), @"
    exit 1
    --- stdout
    step          state     rows in  rows out  time  peak memory
    house
      list_rooms  ✓ done          –         2  <time>  <size>
    count_beds    ✗ failed        2         –  <time>  <size>

    ✗ count_beds failed
        data: 2 beds are too many

    ✗ failed in <time>, 1 done, 1 failed, peak memory <size>
    nothing was published, because `count_beds` failed;
    what earlier runs published still stands
    --- stderr
    run <run> of chain lodge: 2 steps
    ✓ done       list_rooms        2 rows  <time>
    ✗ failed     count_beds  <time>
        data: 2 beds are too many
    run <run>: ✗ failed in <time>, peak memory <size>
    ");
}

#[test]
fn a_run_for_programs_is_one_document_and_one_event_a_line() {
    let told = tell("run --output json");
    let document: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(document["purvey"]["kind"], "run");
    assert_eq!(document["ending"], "done");
    let events: Vec<serde_json::Value> = told.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.first().unwrap()["event"], "run_started");
    assert_eq!(events.last().unwrap()["event"], "run_ended");
}

#[test]
fn plan_says_what_and_why() {
    assert_snapshot!(tell("plan").all(), @"
    exit 0
    --- stdout
      1  house/list_rooms  run   the whole chain is run
      2  count_beds        run   the whole chain is run

    a run would run 2 of 2 tasks of chain `lodge`
    ");
    assert_snapshot!(tell("plan list_rooms").all(), @"
    exit 0
    --- stdout
      1  house/list_rooms  run   selected
         count_beds        skip  not selected

    a run would run 1 of 2 tasks of chain `lodge`
    ");
    assert_snapshot!(tell("plan --exclude count_beds --output json").all(), @r#"
    exit 0
    --- stdout
    {
      "purvey": {
        "format": 1,
        "kind": "plan"
      },
      "chain": "lodge",
      "steps": [
        {
          "task": "list_rooms",
          "group": "house",
          "decision": "run",
          "why": "selected",
          "requires": [],
          "provides": [
            "rooms"
          ]
        },
        {
          "task": "count_beds",
          "group": null,
          "decision": "skip",
          "why": "not selected",
          "requires": [
            "rooms"
          ],
          "provides": [
            "beds"
          ]
        }
      ],
      "stored": []
    }
    "#);
}

#[test]
fn a_selection_is_understood_or_explained() {
    assert_snapshot!(tell("plan list_room").all(), @"
    exit 2
    --- stderr
    error: the chain has no task or model `list_room`; did you mean `list_rooms`?

    hint: `ls` lists the tasks, their groups, tags and models
    ");
    assert_snapshot!(tell("plan a++b").all(), @"
    exit 2
    --- stderr
    error: `a++b` is not a selection; write a name like `bookings`, with `+` in front for all it reads from and behind for all that reads it, or `tag:name`, `group:name`

    hint: `ls` lists the tasks, their groups, tags and models
    ");
    assert_snapshot!(tell("run list_rooms --exclude tag:daily").all(), @"
    exit 5
    --- stderr
    error: the selection picks no task of the chain
    ");
    assert_snapshot!(tell("ls list_rooms,count_beds").all(), @"
    exit 5
    --- stderr
    error: the selection picks no task of the chain
    ");
    assert_snapshot!(tell("run count_beds").all(), @"
    exit 2
    --- stderr
    error: task `count_beds` requires model `rooms`, which is not stored, and its provider `list_rooms` is not selected; select `+count_beds`, or run the whole chain once
    ");
}

#[test]
fn check_counts_or_lists_every_fault() {
    assert_snapshot!(tell("check").all(), @"
    exit 0
    --- stdout
    chain `lodge` is valid: 2 tasks, 2 models
    ");
    assert_snapshot!(tell("check --output json").all(), @r#"
    exit 0
    --- stdout
    {
      "purvey": {
        "format": 1,
        "kind": "check"
      },
      "chain": "lodge",
      "valid": true,
      "tasks": 2,
      "models": 2,
      "faults": []
    }
    "#);
    let broken = || Chain::new("broken").with(tasks![count_beds]).with(tasks![count_beds]);
    assert_snapshot!(tell_chain(broken(), "check", &[]).all(), @"
    exit 3
    --- stderr
    error: two tasks are named `count_beds` (`count_beds` and `count_beds`); rename all but one

    error: model `beds` is provided by two tasks, `count_beds` and `count_beds`; keep one of them, or let the others provide a model of their own

    error: model `rooms` is required by `count_beds` and `count_beds` and provided by no task; add a task that provides it, supply it, or declare it a source
    ");
    assert_snapshot!(tell_chain(broken(), "check --output json", &[]).all(), @r#"
    exit 3
    --- stdout
    {
      "purvey": {
        "format": 1,
        "kind": "check"
      },
      "chain": "broken",
      "valid": false,
      "tasks": null,
      "models": null,
      "faults": [
        "two tasks are named `count_beds` (`count_beds` and `count_beds`); rename all but one",
        "model `beds` is provided by two tasks, `count_beds` and `count_beds`; keep one of them, or let the others provide a model of their own",
        "model `rooms` is required by `count_beds` and `count_beds` and provided by no task; add a task that provides it, supply it, or declare it a source"
      ]
    }
    "#);
}

#[test]
fn what_is_wrong_in_the_configuration_is_shown_with_its_line() {
    let file = "[tasks.count_beds]\nmosst = 3\n\n[tasks.count_bed]\nmost = 3\n\n[models.rooms]\nstore = 'parkett'\n";
    assert_snapshot!(configured(file, "check").all(), @"
    exit 4
    --- stderr
    error: wrong value for `store` in [models.rooms]
     --> purvey.toml:8:1
      |
    8 | store = …
      | ^^^^^ unknown variant `parkett`, expected one of `parquet`, `csv`, `ndjson`, `ipc`, `memory`

    error: [tasks.count_bed] configures no task of this chain
     --> purvey.toml:4:8
      |
    4 | [tasks.count_bed]
      |        ^^^^^^^^^
      |
      = help: did you mean `count_beds`?

    error: unknown key `mosst` in [tasks.count_beds]
     --> purvey.toml:2:1
      |
    2 | mosst = …
      | ^^^^^
      |
      = help: did you mean `most`?
    ");
    assert_snapshot!(configured("[run\n", "plan").all(), @"
    exit 4
    --- stderr
    error: the file is not valid TOML
     --> purvey.toml:1:5
      |
    1 | [run
      |     ^ unclosed table, expected `]`
    ");
}

#[test]
fn ls_lists_tasks_with_their_models() {
    assert_snapshot!(tell("ls").all(), @"
    exit 0
    --- stdout
    house
      list_rooms  Lists the rooms. tag:daily
                  → rooms
    (no group)
    count_beds  Adds up the beds.
                rooms → beds
    ");
    assert_snapshot!(tell("ls count_beds --output json").all(), @r#"
    exit 0
    --- stdout
    {
      "purvey": {
        "format": 1,
        "kind": "ls"
      },
      "chain": "lodge",
      "tasks": [
        {
          "task": "count_beds",
          "group": null,
          "doc": "Adds up the beds.",
          "tags": [],
          "requires": [
            "rooms"
          ],
          "after": [],
          "provides": [
            "beds"
          ],
          "reads_source": false,
          "file": "src/cli/tests.rs",
          "line": 50
        }
      ],
      "models": [
        {
          "model": "rooms",
          "kind": "table",
          "doc": "One room of the lodge.",
          "provider": "list_rooms"
        },
        {
          "model": "beds",
          "kind": "value",
          "doc": "Beds of the whole lodge.",
          "provider": "count_beds"
        }
      ]
    }
    "#);
}

#[test]
fn graph_draws_in_each_language() {
    assert_snapshot!(tell("graph --format mermaid").all(), @r#"
    exit 0
    --- stdout
    ---
    title: "lodge"
    ---
    flowchart LR
      subgraph g0 ["house"]
        n0("list_rooms"):::task
        n1[("rooms<br/><small>2 columns</small>")]
      end
      n2("count_beds"):::task
      n3(["beds"])
      n0 --> n1
      n1 --> n2
      n2 --> n3
      classDef task fill:#dbeafe,stroke:#2563eb,color:#0f172a
      classDef source stroke-dasharray:4 3
    "#);
    assert!(tell("graph --format dot").out.starts_with("digraph"));
    assert!(tell("graph").out.starts_with("<svg "));
    assert_snapshot!(tell("graph list_rooms --output json").all(), @r#"
    exit 0
    --- stdout
    {
      "purvey": {
        "format": 1,
        "kind": "graph"
      },
      "chain": "lodge",
      "nodes": [
        {
          "id": "task:list_rooms",
          "name": "list_rooms",
          "kind": "task",
          "group": "house"
        },
        {
          "id": "model:rooms",
          "name": "rooms",
          "kind": "table",
          "group": "house"
        }
      ],
      "edges": [
        {
          "from": "task:list_rooms",
          "to": "model:rooms"
        }
      ]
    }
    "#);
}

#[test]
fn config_shows_each_value_and_who_says_so() {
    let file = "[run]\ndata = 'out'\n[params]\nyear = 2017\n[tasks.count_beds]\nkey = 'open sesame'\n";
    let told = configured(file, "config --set tasks.count_beds.most=7");
    assert!(!told.out.contains("sesame") && !told.out.contains("hunter2"));
    assert_run!(told, @r#"
    exit 0
    --- stdout
    [run]
    data = "<data>"  # command line
    fail_fast = false         # default

    [params]
    year = 2017               # purvey.toml:4:1

    [models.rooms]
    # store is not set

    [tasks.count_beds]
    most = 7                  # command line
    # label is not set
    # key is secret           # purvey.toml:6:1
    "#);
    let told = configured(file, "config --output json");
    assert!(!told.out.contains("sesame") && !told.out.contains("hunter2"));
}

#[test]
fn show_describes_a_model() {
    assert_snapshot!(tell("show rooms").all(), @"
    exit 0
    --- stdout
    rooms  table
      One room of the lodge.

    provided by  list_rooms
    read by      count_beds
    key          number
    settings     store

     column  type             meaning
     number  int32            Number on the door.
     beds    int32, nullable  Beds in it.

    nothing is stored of it
    ");
    assert_snapshot!(tell("show room").all(), @"
    exit 2
    --- stderr
    error: the chain has no model `room`; did you mean `rooms`?

    hint: `ls` lists the tasks and their models
    ");
    assert_snapshot!(tell("show beds --output json").all(), @r#"
    exit 0
    --- stdout
    {
      "purvey": {
        "format": 1,
        "kind": "show"
      },
      "chain": "lodge",
      "model": "beds",
      "kind": "value",
      "doc": "Beds of the whole lodge.",
      "provider": "count_beds",
      "readers": [],
      "columns": [],
      "key": [],
      "settings": [],
      "stored": null
    }
    "#);
}

#[test]
fn completions_are_written_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let told = tell(&format!("completions {shell}"));
        assert!(told.exit == Exit::Done && told.out.contains("lodge"), "{shell}");
    }
}

#[test]
fn options_may_stand_before_and_behind_the_verb() {
    let told = tell("--set params.a=1 config --set params.b=2");
    assert!(told.out.contains("a = 1") && told.out.contains("b = 2"), "{}", told.out);
}

#[test]
fn environment_variables_stand_in_for_options() {
    let absent = [("PURVEY_CONFIG", "absent.toml")];
    assert_snapshot!(tell_chain(lodge(), "check", &absent).all(), @"
    exit 4
    --- stderr
    error: cannot read `absent.toml`: No such file or directory (os error 2)
    ");
    assert_snapshot!(tell_chain(lodge(), "check", &[("PURVEY_ENV", "test")]).all(), @"
    exit 4
    --- stderr
    error: environment `test` needs a configuration file, and none was found (looked for `purvey.toml`, `chains/lodge/purvey.toml`)
    ");
    assert_snapshot!(tell_chain(lodge(), "check", &[("PURVEY_LOG", "loud")]).all(), @"
    exit 2
    --- stderr
    error: PURVEY_LOG: `loud` is not a log filter; write a level (off, error, warn, info, debug, trace) or `target=level`

    hint: `--help` shows verbs, options and examples
    ");
}

#[test]
fn colour_comes_when_it_is_asked_for() {
    assert!(!tell("ls").out.contains('\u{1b}'));
    assert!(tell("ls --color always").out.contains('\u{1b}'));
}

/// A reader that has gone away.
struct Gone;

impl std::io::Write for Gone {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_has_gone_away_is_no_error() {
    let mut err = Vec::new();
    let mut surroundings = Surroundings {
        out: &mut Gone,
        err: &mut err,
        out_is_terminal: false,
        err_is_terminal: false,
        width: 100,
        variables: vec![],
        program_folder: None,
        owns_process: false,
    };
    assert_eq!(carry_out(lodge(), ["lodge".into(), "ls".into()], &mut surroundings), Exit::Done);
    assert!(err.is_empty());
}
