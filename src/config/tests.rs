use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::{Config, ConfigErrors, Request, RunSettings};
use crate::run::{Publish, RetryPolicy};

/// A folder with configuration files in it, and what is asked of them.
struct Case {
    folder: tempfile::TempDir,
    request: Request,
}

impl Case {
    fn new() -> Case {
        Case { folder: tempfile::tempdir().unwrap(), request: Request::default() }
    }

    fn file(mut self, name: &str, text: impl AsRef<[u8]>) -> Case {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        self.request.search.push(path);
        self
    }

    fn environment(mut self, name: &str) -> Case {
        self.request.environment = Some(name.to_owned());
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Case {
        self.request.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn set(mut self, text: &str) -> Case {
        self.request.sets.push(text.to_owned());
        self
    }

    fn load(&self) -> Result<Config, ConfigErrors> {
        Config::load(&self.request)
    }

    /// The errors as they are shown, without the folder.
    fn errors(&self) -> String {
        self.without_folder(&self.load().unwrap_err().render())
    }

    fn without_folder(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.folder.path().display()), "")
    }

    /// A value of `[models.raw]` and where it comes from.
    fn model_value(&self, key: &str) -> (String, String) {
        let config = self.load().unwrap();
        let section = config.models.get("raw");
        (section.text(key).unwrap(), self.without_folder(&section.origin(key).to_string()))
    }
}

fn pair(value: &str, origin: &str) -> (String, String) {
    (value.to_owned(), origin.to_owned())
}

#[test]
fn each_layer_beats_the_ones_below_it() {
    let case = Case::new().file("purvey.toml", "[models.raw]\npath = 'a'\nseparator = ';'\n");
    assert_eq!(case.model_value("path"), pair("a", "purvey.toml:2:1"));

    let case = case.file("purvey.test.toml", "models.raw.path = 'b'").environment("test");
    assert_eq!(case.model_value("path"), pair("b", "purvey.test.toml:1:12"));
    assert_eq!(case.model_value("separator"), pair(";", "purvey.toml:3:1"));

    let case = case.variable("PURVEY__MODELS__RAW__PATH", "c").variable("PURVEY_ENV", "x").variable("PATH", "/bin");
    assert_eq!(case.model_value("path"), pair("c", "environment variable PURVEY__MODELS__RAW__PATH"));

    let case = case.set("models.raw.path=d").set("models.raw.separator=;");
    assert_eq!(case.model_value("path"), pair("d", "command line"));
    assert_eq!(case.model_value("separator"), pair(";", "command line"));
}

#[test]
fn sections_keep_the_order_and_the_place_of_the_file() {
    let case = Case::new().file("purvey.toml", "[tasks.zebra]\n[tasks.apple]\ntop = 3\n[params]\nyear = 2017\n");
    let config = case.load().unwrap();
    assert_eq!(config.tasks.names().collect::<Vec<_>>(), ["zebra", "apple"]);
    assert_eq!(case.without_folder(&config.tasks.get("zebra").place().to_string()), "purvey.toml:1:8");
    assert_eq!(config.params.text("year").as_deref(), Some("2017"));
    assert_eq!(config.files().count(), 1);
}

#[test]
fn the_first_file_that_exists_is_read_and_none_is_needed() {
    let mut case = Case::new().file("second.toml", "").file("third.toml", "nonsense");
    case.request.search.insert(0, PathBuf::from("/nowhere/purvey.toml"));
    assert!(case.load().unwrap().files().eq([case.request.search[1].as_path()]));
    assert_eq!(Config::load(&Request::default()).unwrap().run, RunSettings::default());
}

#[test]
fn the_data_folder_of_a_file_is_relative_to_it() {
    let case = Case::new().file("purvey.toml", "[run]\ndata = 'results'\nfail_fast = true\n");
    let data = Some(case.folder.path().join("results"));
    assert_eq!(case.load().unwrap().run, RunSettings { data, fail_fast: true, ..RunSettings::default() });
    let case = case.set("run.data=results");
    assert_eq!(case.load().unwrap().run.data, Some(PathBuf::from("results")));
}

#[test]
fn a_byte_order_mark_and_other_line_ends_do_no_harm() {
    let case = Case::new().file("purvey.toml", "\u{feff}[models.raw]\r\npath = 'a'\r\n");
    assert_eq!(case.model_value("path"), pair("a", "purvey.toml:2:1"));
}

#[test]
fn all_faults_of_all_layers_are_shown_together() {
    let case = Case::new()
        .file("purvey.toml", "model = { raw = 1 }\nparams = 3\n\n[run]\nfail_fats = true\n\n[models]\nraw = 'x'\n")
        .variable("PURVEY__TASK__X__TOP", "1")
        .variable("PURVEY__TASKS__TOP", "1")
        .set("models.raw.path")
        .set("params=3")
        .set("tasks..top=3");
    insta::assert_snapshot!(case.errors(), @"
    error: unknown section `model`
     --> purvey.toml:1:1
      |
    1 | model = …
      | ^^^^^ not one of `run`, `partitions`, `schedule`, `telling`, `params`, `models` and `tasks`
      |
      = help: did you mean `models`?

    error: `params` must be a table
     --> purvey.toml:2:1
      |
    2 | params = …
      | ^^^^^^ this is an integer

    error: `models.raw` must be a table
     --> purvey.toml:8:1
      |
    8 | raw = …
      | ^^^ this is a text

    error: `tasks.top` (environment variable PURVEY__TASKS__TOP) does not name a value; write `tasks.<name>.<key>`

    error: unknown section `task` (environment variable PURVEY__TASK__X__TOP): not one of `run`, `partitions`, `schedule`, `telling`, `params`, `models` and `tasks`
     |
     = help: did you mean `tasks`?

    error: `--set models.raw.path` has no `=`; write `--set KEY=VALUE`

    error: `params` (command line) does not name a value; write `params.<key>`

    error: `tasks..top` (command line) does not name a value; write `tasks.<name>.<key>`

    error: unknown key `fail_fats` in [run]
     --> purvey.toml:5:1
      |
    5 | fail_fats = …
      | ^^^^^^^^^
      |
      = help: did you mean `fail_fast`?
    ");
}

#[test]
fn a_broken_file_is_shown_at_the_place_where_it_breaks() {
    let case = Case::new().file("purvey.toml", "[models.raw]\npath = \"a\nseparator = ;\n");
    insta::assert_snapshot!(case.errors(), @r#"
    error: the file is not valid TOML
     --> purvey.toml:2:10
      |
    2 | path = "a
      |          ^ invalid basic string, expected `"`

    error: the file is not valid TOML
     --> purvey.toml:3:13
      |
    3 | separator = ;
      |             ^ string values must be quoted, expected literal string
    "#);
}

#[test]
fn a_key_that_is_set_twice_is_shown_without_its_value() {
    let case = Case::new().file("purvey.toml", "[models.raw]\npassword = 'one'\npassword = 'two'\n");
    insta::assert_snapshot!(case.errors(), @"
    error: duplicate key
     --> purvey.toml:3:1
      |
    3 | password = …
      | ^^^^^^^^ this key is set twice
    ");
}

#[test]
fn a_number_too_large_for_an_integer_is_an_error() {
    let case = Case::new().file("purvey.toml", "[params]\nseed = 99999999999999999999\n");
    insta::assert_snapshot!(case.errors(), @"
    error: the file is not valid TOML
     --> purvey.toml:2:8
      |
    2 | seed = 99999999999999999999
      |        ^^^^^^^^^^^^^^^^^^^^ a number does not fit into 64 bits
    ");
}

#[test]
fn a_wrong_value_in_run_is_shown_wherever_it_comes_from() {
    let case = Case::new().file("purvey.toml", "[run]\nfail_fast = 'yes'\n");
    insta::assert_snapshot!(case.errors(), @r#"
    error: wrong value for `fail_fast` in [run]
     --> purvey.toml:2:1
      |
    2 | fail_fast = …
      | ^^^^^^^^^ invalid type: string "yes", expected a boolean
    "#);
    let case = case.variable("PURVEY__RUN__FAIL_FAST", "perhaps");
    insta::assert_snapshot!(case.errors(), @r#"error: wrong value for `fail_fast` in [run] (environment variable PURVEY__RUN__FAIL_FAST): invalid type: string "perhaps", expected a boolean"#);
}

#[test]
fn a_file_that_is_not_utf_8_is_an_error() {
    let case = Case::new().file("purvey.toml", b"[params]\ncity = 'Z\xfcrich'\n");
    insta::assert_snapshot!(case.errors(), @"error: the file is not UTF-8 text (purvey.toml:2:10); save it as UTF-8");
}

#[test]
fn a_file_that_was_asked_for_has_to_be_there() {
    let mut case = Case::new().environment("test");
    insta::assert_snapshot!(case.errors(), @"error: environment `test` needs a configuration file, and none was found");
    case = case.file("purvey.toml", "");
    insta::assert_snapshot!(case.errors(), @"error: environment `test` needs the file `purvey.test.toml`, which does not exist");
    case.request.environment = None;
    case.request.file = Some(case.folder.path().join("absent.toml"));
    insta::assert_snapshot!(case.errors(), @"error: cannot read `absent.toml`: No such file or directory (os error 2)");
    case.request.file = Some(case.folder.path().to_owned());
    assert!(case.load().unwrap_err().to_string().ends_with("Is a directory (os error 21)"));
}

#[test]
fn the_short_text_of_each_fault_names_its_place() {
    let case = Case::new().file("purvey.toml", "[modells.raw]\n[params]\na = 1\na = 2\n");
    let text = case.without_folder(&case.load().unwrap_err().to_string());
    insta::assert_snapshot!(text, @"duplicate key (purvey.toml:4:1)");
}

#[test]
fn how_often_and_how_long_steps_run_is_said_in_words() {
    let file = "[run]\npublish = 'task'\nretries = 2\ntimeout = '5m'\nbackoff = '90s'\nbackoff_factor = 3\n\
                backoff_max = '1h 30m'\njitter = 0.5\ngrace = '0s'\n";
    let run = Case::new().file("purvey.toml", file).load().unwrap().run;
    assert_eq!(run.publish, Publish::Task);
    let expected = RetryPolicy {
        retries: 2,
        backoff: Duration::from_secs(90),
        factor: 3.0,
        jitter: 0.5,
        cap: Duration::from_secs(5_400),
        timeout: Some(Duration::from_secs(300)),
        grace: Duration::ZERO,
    };
    assert_eq!(run.retry(), expected);
    assert_eq!(Config::load(&Request::default()).unwrap().run.retry(), RetryPolicy::default());
}

#[test]
fn a_length_of_time_that_is_none_is_shown_with_its_place_and_an_example() {
    insta::assert_snapshot!(Case::new().file("purvey.toml", "[run]\ntimeout = 90\n").errors(), @r#"
    error: wrong value for `timeout` in [run]
     --> purvey.toml:2:1
      |
    2 | timeout = …
      | ^^^^^^^ invalid type: integer `90`, expected a length of time like "90s" or "5m"
    "#);
    insta::assert_snapshot!(Case::new().set("run.backoff=soon").errors(), @r#"error: wrong value for `backoff` in [run] (command line): invalid value: string "soon", expected a length of time like "90s" or "5m""#);
    insta::assert_snapshot!(Case::new().set("run.timeout=0s").errors(), @r#"error: wrong value for `timeout` in [run] (command line): no attempt ends in no time; write a length of time like "5m""#);
    insta::assert_snapshot!(Case::new().set("run.jitter=2").errors(), @"error: wrong value for `jitter` in [run] (command line): invalid value: floating point `2.0`, expected a number from 0 to 1, such as 0.1");
    insta::assert_snapshot!(Case::new().set("run.backoff_factor=0.5").errors(), @"error: wrong value for `backoff_factor` in [run] (command line): invalid value: floating point `0.5`, expected a number from 1 to 1000, such as 2.0");
    insta::assert_snapshot!(Case::new().set("run.publish=never").errors(), @"error: wrong value for `publish` in [run] (command line): unknown variant `never`, expected `run` or `task`");
}
