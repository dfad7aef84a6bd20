//! What is no schedule.

use super::*;

#[test]
fn what_is_no_schedule_is_refused() {
    let refused = |file: &str, arguments: &str| Lodge::at("2026-11-22T12:00:00Z", file).tell(arguments).all();

    insta::assert_snapshot!(refused("", "schedule next"), @r#"
    exit 2
    --- stderr
    error: chain `lodge` has no schedule

    hint: `[schedule.nightly]` in its configuration says when it is run, such as `cron = "30 4 * * *"`
    "#);
    insta::assert_snapshot!(refused("[schedule.nightly]\nzone = 'UTC'\n", "run"), @r"
    exit 4
    --- stderr
    error: missing key `cron` in [schedule.nightly]; it has no default, so it must be set
    ");
    insta::assert_snapshot!(refused("[schedule.nightly]\ncron = '30 25 * * *'\n", "run"), @r"
    exit 4
    --- stderr
    error: wrong value for `cron` in [schedule.nightly]
     --> purvey.toml:2:1
      |
    2 | cron = …
      | ^^^^ `25` is no hour: write one from 0 to 23
    ");
    insta::assert_snapshot!(refused("[schedule.nightly]\ncron = '@daily'\nzone = 'Europe/Wien'\n", "run"), @r"
    exit 4
    --- stderr
    error: wrong value for `zone` in [schedule.nightly]
     --> purvey.toml:3:1
      |
    3 | zone = …
      | ^^^^ there is no time zone `Europe/Wien`; did you mean `Europe/Kiev`?
    ");
    insta::assert_snapshot!(refused("[schedule.nightly]\ncron = '@daily'\nmissed = 'al'\n", "run"), @r#"
    exit 4
    --- stderr
    error: wrong value for `missed` in [schedule.nightly]
     --> purvey.toml:3:1
      |
    3 | missed = …
      | ^^^^^^ of what was missed "last", "all" or "none" is run, not "al"; did you mean `all`?
    "#);
    insta::assert_snapshot!(refused("[schedule.nightly]\ncron = '@daily'\njitter = 5\n", "run"), @r#"
    exit 4
    --- stderr
    error: wrong value for `jitter` in [schedule.nightly]
     --> purvey.toml:3:1
      |
    3 | jitter = …
      | ^^^^^^ invalid type: integer `5`, expected a length of time like "90s" or "5m"
    "#);
    insta::assert_snapshot!(refused("[schedule.nightly]\ncorn = '@daily'\n", "run"), @r"
    exit 4
    --- stderr
    error: unknown key `corn` in [schedule.nightly]
     --> purvey.toml:2:1
      |
    2 | corn = …
      | ^^^^
      |
      = help: did you mean `cron`?
    ");
    insta::assert_snapshot!(refused("[schedule.nightly]\ncron = '@daily'\nselect = ''\n", "run"), @r"
    exit 4
    --- stderr
    error: wrong value for `select` in [schedule.nightly]
     --> purvey.toml:3:1
      |
    3 | select = …
      | ^^^^^^ a selection is empty; leave the key out
    ");
    insta::assert_snapshot!(refused("[schedule.'at night']\ncron = '@daily'\n", "run"), @r"
    exit 4
    --- stderr
    error: wrong values in [schedule.at night]
     --> purvey.toml:1:11
      |
    1 | [schedule.'at night']
      |           ^^^^^^^^^^ a schedule is named by letters, digits, `-` and `_`
    ");
    insta::assert_snapshot!(refused("[schedule]\ncron = '@daily'\n", "run"), @r"
    exit 4
    --- stderr
    error: `schedule.cron` must be a table
     --> purvey.toml:2:1
      |
    2 | cron = …
      | ^^^^ this is a text
    ");
    insta::assert_snapshot!(refused("[schedule.nightly]\ncron = '@daily'\nselect = 'bed'\n", "schedule run --once"), @r"
    exit 4
    --- stderr
    error: [schedule.nightly] picks what there is not: the chain has no task or model `bed`; did you mean `beds`?
     --> purvey.toml:3:1
      |
    3 | select = …
      | ^^^^^^
    ");
    insta::assert_snapshot!(refused("[schedule.nightly]\ncron = '@daily'\nexclude = 'tag:dayly'\n", "schedule run --once"), @r"
    exit 4
    --- stderr
    error: [schedule.nightly] picks what there is not: the chain has no tag `dayly`; did you mean `daily`?
     --> purvey.toml:3:1
      |
    3 | exclude = …
      | ^^^^^^^
    ");
    insta::assert_snapshot!(refused("[schedule.nightly]\ncron = '@daily'\nselect = 'beds'\nexclude = 'beds'\n", "schedule run"), @r"
    exit 5
    --- stderr
    error: [schedule.nightly] picks no task
     --> purvey.toml:3:1
      |
    3 | select = …
      | ^^^^^^
    ");
    insta::assert_snapshot!(refused(NIGHTLY, "schedule next --partition 2026-11-21"), @r"
    exit 2
    --- stderr
    error: `schedule` has no partition: each fire is for the last one that was over

    hint: `run --partition KEY` runs one now, and `backfill` many
    ");
    let lodge = Lodge::at("2026-11-22T12:00:00Z", NIGHTLY);
    fs::create_dir(lodge.folder.0.path().join(".purvey")).unwrap();
    fs::write(lodge.folder.0.path().join(".purvey/schedule.json"), "{").unwrap();
    insta::assert_snapshot!(lodge.tell("schedule run --once").all(), @r"
    exit 7
    --- stderr
    error: the record of fires `.purvey/schedule.json` cannot be read: EOF while parsing an object at line 1 column 1; restore it, or move it away: what was missed is then not run
    ");
    fs::write(lodge.folder.0.path().join(".purvey/schedule.json"), "{\"format\": 2, \"schedules\": {}}").unwrap();
    insta::assert_snapshot!(lodge.tell("schedule next").all(), @r"
    exit 7
    --- stderr
    error: the record of fires `.purvey/schedule.json` cannot be read: it has format 2, and this program knows 1; restore it, or move it away: what was missed is then not run
    ");
}

#[test]
fn a_verb_of_schedules_that_there_is_not_is_no_selection() {
    insta::assert_snapshot!(tell("schedule nxt").all(), @r"
    exit 2
    --- stderr
    error: unrecognized subcommand 'nxt'

      tip: a similar subcommand exists: 'next'

    Usage: lodge schedule <VERB>

    For more information, try '--help'.
    ");
}
