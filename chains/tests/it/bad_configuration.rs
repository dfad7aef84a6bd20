//! Configuration that is wrong is refused with its place before anything runs, and so is a data folder that cannot be
//! one; the results of the last run stand as they were.

use std::fs;

use insta::assert_snapshot;

use crate::second_run::SecondRun;
use crate::support::Chain;

fn alpine() -> SecondRun {
    SecondRun::of(Chain::alpine())
}

#[test]
fn a_key_that_nothing_reads_is_refused() {
    let alpine = alpine();
    assert_snapshot!(alpine.refused_configuration("[models.raw_bookings]\npathh = 'x'\n"), @"
    exit 4
    error: unknown key `pathh` in [models.raw_bookings]
     --> DIR/mine.toml:2:1
      |
    2 | pathh = …
      | ^^^^^
      |
      = help: did you mean `path`?
    ");
    assert_snapshot!(alpine.refused_configuration("[modles.raw_bookings]\n"), @"
    exit 4
    error: unknown section `modles`
     --> DIR/mine.toml:1:2
      |
    1 | [modles.raw_bookings]
      |  ^^^^^^ not one of `run`, `partitions`, `schedule`, `telling`, `params`, `models` and `tasks`
      |
      = help: did you mean `models`?
    ");
    assert_snapshot!(alpine.refused_configuration("[tasks.rejects]\ntop = 3\n"), @"
    exit 4
    error: unknown key `top` in [tasks.rejects]
     --> DIR/mine.toml:2:1
      |
    2 | top = …
      | ^^^
    ");
}

#[test]
fn a_value_of_the_wrong_type_is_refused() {
    let alpine = alpine();
    assert_snapshot!(alpine.refused_configuration("[tasks.agent_ranking]\ntop = 'ten'\n"), @r#"
    exit 4
    error: wrong value for `top` in [tasks.agent_ranking]
     --> DIR/mine.toml:2:1
      |
    2 | top = …
      | ^^^ invalid type: string "ten", expected u32
    "#);
    assert_snapshot!(alpine.refused_configuration("[models.raw_bookings]\nseparator = 'ab'\n"), @r#"
    exit 4
    error: wrong value for `separator` in [models.raw_bookings]
     --> DIR/mine.toml:2:1
      |
    2 | separator = …
      | ^^^^^^^^^ invalid value: string "ab", expected a character
    "#);
    assert_snapshot!(alpine.refused_configuration("[models]\nraw_bookings = 5\n"), @"
    exit 4
    error: `models.raw_bookings` must be a table
     --> DIR/mine.toml:2:1
      |
    2 | raw_bookings = …
      | ^^^^^^^^^^^^ this is an integer
    ");
}

#[test]
fn a_key_that_is_set_twice_is_refused() {
    let alpine = alpine();
    let said = alpine.refused_configuration("[models.raw_bookings]\npath = 'a'\npath = 'b'\n");
    assert_snapshot!(said, @"
    exit 4
    error: duplicate key
     --> DIR/mine.toml:3:1
      |
    3 | path = …
      | ^^^^ this key is set twice
    ");
    let said = alpine.refused_configuration("[run]\n[models.raw_bookings]\n[run]\n");
    assert_snapshot!(said, @"
    exit 4
    error: duplicate key
     --> DIR/mine.toml:3:2
      |
    3 | [run]
      |  ^^^ this key is set twice
    ");
}

#[test]
fn a_file_that_is_no_toml_is_refused() {
    let alpine = alpine();
    assert_snapshot!(alpine.refused_configuration("[models.raw_bookings\npath = 'a'\n"), @"
    exit 4
    error: the file is not valid TOML
     --> DIR/mine.toml:1:21
      |
    1 | [models.raw_bookings
      |                     ^ unclosed table, expected `]`
    ");
    assert_snapshot!(alpine.refused_configuration(b"[params]\nhotel = 'M\xe9tropole'\n"), @"
    exit 4
    error: the file is not UTF-8 text (DIR/mine.toml:2:11); save it as UTF-8
    ");
}

#[test]
fn a_configuration_file_that_is_not_there_is_refused() {
    let alpine = alpine();
    assert_snapshot!(alpine.refused(&["--config", "nowhere.toml"]), @"
    exit 4
    error: cannot read `nowhere.toml`: No such file or directory (os error 2)
    ");
    assert_snapshot!(alpine.refused(&["--config", "."]), @"
    exit 4
    error: cannot read `.`: Is a directory (os error 21)
    ");
    alpine.chain.file("mine.toml", "");
    assert_snapshot!(alpine.refused(&["--config", "mine.toml", "--env", "tset"]), @"
    exit 4
    error: environment `tset` needs the file `mine.tset.toml`, which does not exist
    ");
}

#[test]
fn settings_of_the_command_line_are_refused_with_the_nearest_name() {
    let alpine = alpine();
    let said = |setting: &str| alpine.refused(&["--set", setting]);
    assert_snapshot!(said("models.raw_booking.path=x"), @"
    exit 4
    error: [models.raw_booking] configures no model of this chain (command line)
     |
     = help: did you mean `raw_bookings`?
    ");
    assert_snapshot!(said("models.rejects,bookings.store=csv"), @"
    exit 4
    error: [models.rejects,bookings] configures no model of this chain (command line)
    ");
    assert_snapshot!(said("models.raw_bookings.path"), @"
    exit 4
    error: `--set models.raw_bookings.path` has no `=`; write `--set KEY=VALUE`
    ");
    assert_snapshot!(said("models.raw_bookings=x"), @"
    exit 4
    error: `models.raw_bookings` (command line) does not name a value; write `models.<name>.<key>`
    ");
    assert_snapshot!(said("=x"), @"
    exit 4
    error: unknown section `` (command line): not one of `run`, `partitions`, `schedule`, `telling`, `params`, `models` and `tasks`
    ");
    assert_snapshot!(said("tasks.agent_ranking.top=1.5"), @"
    exit 4
    error: wrong value for `top` in [tasks.agent_ranking] (command line): invalid type: floating point `1.5`, expected u32
    ");
}

#[test]
fn settings_that_make_no_sense_together_are_refused_before_anything_runs() {
    let alpine = alpine();
    let comma = alpine.refused_configuration("[models.raw_bookings]\npath = 'x'\nseparator = ','\n");
    assert_snapshot!(comma, @"
    exit 4
    error: wrong values in [models.raw_bookings]
     --> DIR/mine.toml:1:9
      |
    1 | [models.raw_bookings]
      |         ^^^^^^^^^^^^ `separator` and `decimal` are both ','; a field could not be told from a fraction
    ");
    let date = alpine.refused_configuration("[models.raw_bookings]\npath = 'x'\ndate_format = '%Q'\n");
    assert_snapshot!(date, @r#"
    exit 4
    error: wrong values in [models.raw_bookings]
     --> DIR/mine.toml:1:9
      |
    1 | [models.raw_bookings]
      |         ^^^^^^^^^^^^ `date_format` is "%Q", which does not tell a day; write it like `%d.%m.%Y`
    "#);
}

#[test]
fn a_source_without_a_path_is_refused() {
    assert_snapshot!(alpine().refused_configuration(""), @"
    exit 1
    read_raw_bookings failed
        error: source model `raw_bookings` has no file to read; set `path` in [models.raw_bookings], or `--set models.raw_bookings.path=FILE`
    ");
}

#[test]
fn a_file_where_the_data_folder_should_be_is_refused_and_kept() {
    let chain = Chain::alpine();
    let file = chain.file("data", "mine");
    let output = chain.start(&["--data", "data"]);
    assert_eq!(output.status.code(), Some(7));
    assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @"error: failed to create the folder `data`: File exists (os error 17)");
    assert_eq!(fs::read_to_string(file).unwrap(), "mine");
}

#[cfg(unix)]
#[test]
fn a_data_folder_that_may_not_be_written_is_refused() {
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    let alpine = alpine();
    let folders = [".", ".purvey", ".purvey/versions"].map(|name| alpine.chain.results().join(name));
    let lock =
        |mode| folders.iter().for_each(|path| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap());
    lock(0o555);
    if fs::create_dir(folders[2].join("probe")).is_ok() {
        fs::remove_dir(folders[2].join("probe")).unwrap();
        // Past the test harness, which would keep it to itself.
        std::io::stderr().write_all(b"SKIPPED: nothing is locked for this user\n").unwrap();
        return;
    }
    let output = alpine.chain.start(&[]);
    lock(0o755);
    alpine.assert_untouched();
    assert!(alpine.said(&output).contains("make it writable for this user, or choose another `--data DIR`"));
}

#[test]
fn a_file_of_somebody_else_in_the_place_of_a_table_is_refused_and_kept() {
    let chain = Chain::alpine();
    fs::create_dir(chain.path().join("out")).unwrap();
    let file = chain.file("out/bookings.parquet", "mine");
    let output = chain.start(&["--data", "out"]);
    assert_eq!(output.status.code(), Some(7));
    let said = String::from_utf8(output.stderr).unwrap();
    let expected = "`out/bookings.parquet` was not made by a run and is in the way of model `bookings`; move it away";
    assert!(said.contains(expected), "{said}");
    assert_eq!(fs::read_to_string(file).unwrap(), "mine");
    let left: Vec<_> =
        fs::read_dir(chain.path().join("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.iter().filter(|name| *name != ".purvey").collect::<Vec<_>>(), ["bookings.parquet"]);
}
