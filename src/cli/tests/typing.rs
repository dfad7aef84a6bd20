//! What may be typed, and what is said of what may not.

use insta::assert_snapshot;

use super::*;

#[test]
fn help_teaches_verbs_options_selections_and_exit_codes() {
    assert_snapshot!(tell("--help").all(), @"
    exit 0
    --- stdout
    Runs the chain `lodge`: its tasks in order, each model checked before anything is published

    Usage: lodge [OPTIONS] [VERB]

    Verbs:
      run          Run the tasks and publish their results; the verb when none is given
      backfill     Run the chain for many partitions; list, show, resume or stop such backfills
      schedule     Run the chain at the times of [schedule], or show them
      resume       Go on with a run that did not get done, with the same options
      plan         Show which tasks a run would run, in order, and why; runs nothing
      explain      Show what a run would do with a task, and what that comes from
      check        Check the chain and its configuration, or how old its results are
      ls           List tasks and the models they read and provide
      graph        Draw the chain
      show         Show what a model is, its first rows and its versions
      history      Show the runs on record, or all about one of them
      diff         Show what is different between two runs
      report       Write a page about a run, or about many, for a browser
      docs         Write a page that says what the chain is, for a browser
      gc           Forget old runs, and remove what they have made and nobody needs
      config       Show every setting, its value and where that comes from
      completions  Write a completion script for a shell

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Options of run:
          --fail-fast            Start nothing more once a task has failed
          --wait                 While another run has the data folder, wait until it ends
      -j, --jobs <N>             Run so many tasks side by side [default: as many as there are cores]
          --memory-limit <SIZE>  Start a task only where what it needs fits beside the others, such as
                                 `8GiB`
          --events <FILE>        Append each event to this file, as a line of JSON
          --force [<SELECTION>]  Run tasks though they may be up to date: all that are selected, or
                                 those of this selection

    Options of every verb:
          --config <FILE>    Read this configuration file [env: PURVEY_CONFIG] [default: the first
                             purvey.toml found]
          --env <NAME>       Read purvey.<NAME>.toml as well, which beats purvey.toml [env: PURVEY_ENV]
          --set <KEY=VALUE>  Set a value, such as models.raw_bookings.path=new.csv; may be repeated
          --data <DIR>       Folder for results [default: data/<chain>]
          --partition <KEY>  The partition that is meant, such as 2026-11-21 [default: the last one that
                             is over]
          --output <FORM>    What is written to stdout: text for people, json for programs [possible
                             values: text, json]
          --color <WHEN>     Whether to write in colour [default: auto, which honours NO_COLOR]
                             [possible values: auto, always, never]
      -v, --verbose...       Say more; twice for even more [env: PURVEY_LOG, such as info,polars=error]
      -q, --quiet            Say nothing when all is well, else what went wrong

    Selections (run, plan, ls, graph, --force), for tasks and models of these names:
      bookings               the task, or the provider of the model, of this name
      reports/ranking        the task with its group in front
      monthly_*              every name that fits
      tag:daily              every task with this tag
      group:reports          every task in this group
      +bookings              the task and all it reads from
      bookings+              the task and all that reads from it
      2+bookings             the same, so many steps far
      a b                    all of these
      a,b                    those that are in both

    Examples:
      lodge
          run the whole chain
      lodge plan +count_beds
          see what a run of this task, and of all it needs, would do
      lodge run --exclude count_beds
          run all but this task
      lodge run --force count_beds+
          run this task and all that reads from it, up to date or not
      lodge explain count_beds
          see what a run would do with this task, and why
      lodge show rooms --rows 5
          see what a table is, and its first rows
      lodge resume last
          go on with the last run, with the options it was started with
      lodge report
          write a page about the last run, for a browser
      lodge history --since 7d --failed
          see which runs of the last week failed
      lodge gc --keep-runs 30 --dry-run
          see what could be removed if 30 runs were enough

    Exit codes:
        0  all is done
        1  a task failed; nothing was published
        2  the command line is wrong
        3  the chain is not valid
        4  the configuration is wrong
        5  the selection is right and picks no task
        6  another run of the chain is going on
        7  results could not be stored or read
        8  a model is older than it may be
        9  stopped on request before all was done
      130  ended by Ctrl-C (SIGINT)
      143  ended by SIGTERM
    ");
}

#[test]
fn each_verb_has_help() {
    let verbs = "run resume plan explain check ls graph show history diff gc config completions";
    for verb in verbs.split(' ') {
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

    hint: if `pln` is a selection of tasks, write `lodge run pln`
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
    assert_snapshot!(tell("--force plan").all(), @"
    exit 2
    --- stderr
    error: `--force plan` stands for the selection `plan`

    hint: write `plan …` first, or `run --force plan` if there is such a task
    ");
    assert_snapshot!(tell("--wait plan").all(), @"
    exit 2
    --- stderr
    error: `--wait` is an option of `run` and `resume`; write it behind the verb

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

#[test]
fn a_pace_that_is_none_is_refused_with_an_example() {
    let first = |line: &str| tell(line).all().lines().find(|line| line.starts_with("error")).unwrap().to_owned();
    assert_eq!(
        first("run --jobs 0"),
        "error: invalid value '0' for '--jobs <N>': give a whole number from 1 on, such as `--jobs 4`"
    );
    assert_eq!(
        first("run --memory-limit lots"),
        "error: invalid value 'lots' for '--memory-limit <SIZE>': give a size with its unit, such as `8GiB`"
    );
    assert_eq!(
        first("run --set run.jobs=0"),
        "error: wrong value for `jobs` in [run] (command line): invalid value: integer `0`, expected a whole number from 1 on"
    );
    assert_eq!(first("plan --jobs 2"), "error: unexpected argument '--jobs' found");
}
