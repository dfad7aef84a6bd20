//! A secret that a task is given, by whatever way: it is in no file that a run makes, and in nothing that is said.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::survivor::{Survivor, runs};

const SECRET: &str = "hunter2-Öffne-dich";

/// A way to give a task its password.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    File,
    Variable,
    CommandLine,
}

/// The chain with a password that it is given one way.
struct Safe {
    survivor: Survivor,
    way: Way,
    /// What may stand where the password stands, for it to be refused.
    key: &'static str,
}

impl Safe {
    fn new(way: Way, key: &'static str, value: &str) -> Safe {
        let survivor = Survivor::new();
        survivor.feed(1);
        if way == Way::File {
            survivor.configure(&format!("tasks.send.{key} = {value}"));
        }
        Safe { survivor, way, key }
    }

    fn command(&self, arguments: &[&str], value: &str) -> Command {
        let mut command = self.survivor.command(arguments);
        match self.way {
            Way::File => {}
            Way::Variable => drop(command.env(format!("PURVEY__TASKS__SEND__{}", self.key.to_uppercase()), value)),
            Way::CommandLine => drop(command.args(["--set", &format!("tasks.send.{}={value}", self.key)])),
        }
        command
    }

    /// Calls the program; neither what it says nor any file of its data folder has the secret. Returns its exit code.
    fn call(&self, arguments: &[&str], value: &str) -> Option<i32> {
        let output = self.command(arguments, value).output().unwrap();
        self.look(arguments, &output);
        output.status.code()
    }

    fn look(&self, arguments: &[&str], output: &Output) {
        let way = self.way;
        assert!(!holds(&output.stdout), "{way:?} {arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        assert!(!holds(&output.stderr), "{way:?} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        for path in files(self.survivor.data()) {
            assert!(!holds(&fs::read(&path).unwrap()), "{way:?} {arguments:?}: {}", path.display());
        }
    }
}

/// Whether the secret is in there, as it is or as JSON and TOML may write it.
fn holds(bytes: &[u8]) -> bool {
    let escaped = ["hunter2", "dich", "aHVudGVyMi", "68756e74657232"];
    escaped.iter().any(|part| bytes.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes())))
}

/// Every file below a folder; links are followed only by what they lead to.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let below = entries.map(|entry| entry.unwrap()).flat_map(|entry| match entry.file_type().unwrap() {
        kind if kind.is_dir() => files(&entry.path()),
        kind if kind.is_file() => vec![entry.path()],
        _ => Vec::new(),
    });
    below.collect()
}

#[test]
fn a_secret_is_in_no_file_and_in_nothing_that_is_said() {
    for way in [Way::File, Way::Variable, Way::CommandLine] {
        let quoted = format!("'{SECRET}'");
        let safe = Safe::new(way, "password", &quoted);
        let call = |arguments: &[&str]| safe.call(arguments, SECRET);
        assert_eq!(call(&["plan"]), Some(0));
        assert_eq!(call(&["run", "--set", "params.fault=true", "-vv"]), Some(1));
        let failed = runs(&safe.survivor)[0].run.to_string();
        assert_eq!(call(&["resume", &failed]), Some(1));
        assert_eq!(call(&["run", "-vv"]), Some(0));
        assert_eq!(call(&["run", "--output", "json", "--force"]), Some(0));
        let [last, before] = [0, 1].map(|at| runs(&safe.survivor)[at].run.to_string());
        for arguments in [
            &["plan", "--output", "json"] as &[&str],
            &["explain", "send"],
            &["explain", "send", "--output", "json"],
            &["history"],
            &["history", &last],
            &["history", &failed, "--output", "json"],
            &["diff", &before, &last],
            &["show", "receipt"],
            &["config"],
            &["config", "--output", "json"],
            &["ls", "--output", "json"],
            &["check", "-vv"],
            &["gc", "--keep-runs", "1", "--dry-run"],
        ] {
            assert_eq!(call(arguments), Some(0), "{arguments:?}");
        }
        // Another one is noticed all the same.
        let plan = safe.command(&["plan", "--set", "tasks.send.password=another"], SECRET).output().unwrap();
        safe.look(&["plan", "with another"], &plan);
        let plan = String::from_utf8(plan.stdout).unwrap();
        assert!(way == Way::CommandLine || plan.contains("setting `tasks.send.password` changed"), "{plan}");
    }
}

#[test]
fn a_secret_is_not_in_what_a_killed_run_leaves() {
    for (point, way) in
        [("step started:14", Way::File), ("step recorded:14", Way::CommandLine), ("run ended", Way::Variable)]
    {
        let safe = Safe::new(way, "password", &format!("'{SECRET}'"));
        let output = safe.command(&["run", "-v"], SECRET).env("PURVEY_KILL_AT", point).output().unwrap();
        assert_eq!(output.status.code(), None);
        safe.look(&["killed at", point], &output);
        assert_eq!(safe.call(&["run"], SECRET), Some(0));
    }
}

#[test]
fn a_secret_that_is_misplaced_or_of_the_wrong_kind_is_not_quoted() {
    for way in [Way::File, Way::Variable, Way::CommandLine] {
        let misplaced = Safe::new(way, "passwort", &format!("'{SECRET}'"));
        let listed = format!("['{SECRET}']");
        let wrong = Safe::new(way, "password", &listed);
        for verb in ["run", "plan", "check", "config"] {
            let code = misplaced.call(&[verb, "-vv"], SECRET);
            assert!(code == Some(4) || verb == "config", "{way:?} {verb}: {code:?}");
            let code = wrong.call(&[verb], &listed);
            // What is typed for a text is that text.
            assert!(code == Some(4) || verb == "config" || way != Way::File, "{way:?} {verb}: {code:?}");
        }
    }
}
