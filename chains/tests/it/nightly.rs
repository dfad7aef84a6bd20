//! The chain of `examples/nightly.rs` in a working folder of its own, with a clock that a test moves, and what there is to say
//! about its nights.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use purvey::chrono::{DateTime, Utc};
use serde_json::Value;
use tempfile::TempDir;

use crate::second_run::signal;

/// After so long nothing more will come.
const PATIENCE: Duration = Duration::from_secs(60);

/// The chain's program in a working folder of its own, with its own clock.
pub(crate) struct Nightly {
    folder: TempDir,
}

impl Nightly {
    /// With this configuration, at this instant.
    pub(crate) fn new(configuration: &str, now: &str) -> Nightly {
        let nightly = Nightly { folder: TempDir::new().unwrap() };
        nightly.file("purvey.toml", configuration);
        nightly.is(now);
        nightly
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of results.
    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// Puts a file into the working folder, as a whole.
    pub(crate) fn file(&self, name: &str, content: &str) {
        let (path, partial) = (self.path().join(name), self.path().join("partial"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&partial, content).unwrap();
        fs::rename(&partial, &path).unwrap();
    }

    /// Sets the clock, for all programs that run and will.
    pub(crate) fn is(&self, now: &str) {
        assert!(now.parse::<DateTime<Utc>>().is_ok(), "{now}");
        self.file("clock", now);
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let tests = std::env::current_exe().unwrap();
        let program = tests.parent().and_then(Path::parent).unwrap().join("examples/nightly");
        assert!(program.exists(), "{} is not there; build it with `cargo build --examples`", program.display());
        let mut command = Command::new(program);
        command.current_dir(self.path()).env_clear().args(["--data", "data"]).args(arguments);
        command.env("NO_COLOR", "1").env("PURVEY_CLOCK", "clock").env("NIGHTLY_TALLY", "tally");
        command
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The document that a verb writes.
    pub(crate) fn document(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).args(["--output", "json"]).output().unwrap();
        let read = serde_json::from_slice(&output.stdout);
        read.unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// The fires that a scheduler runs that does not stay.
    pub(crate) fn once(&self) -> Vec<Value> {
        let output = self.start(&["schedule", "run", "--once", "--output", "json"]);
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// A scheduler that watches, with a variable of its environment.
    pub(crate) fn scheduler(&self, variable: Option<(&str, &str)>) -> Scheduler {
        let mut command = self.command(&["schedule", "run", "--output", "json"]);
        command.envs(variable).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (said, heard) = mpsc::channel();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| said.send(line)));
        Scheduler { child, heard }
    }

    /// Every run on record, the last first, with its steps.
    pub(crate) fn history(&self) -> Vec<Value> {
        let list = self.document(&["history", "--last", "1000"]);
        let runs = list["runs"].as_array().unwrap().iter();
        runs.map(|run| self.document(&["history", run["run"].as_str().unwrap()])).collect()
    }

    /// How often each task was called.
    pub(crate) fn calls(&self) -> Calls {
        let text = fs::read_to_string(self.path().join("tally")).unwrap_or_default();
        let mut calls = Calls::new();
        for line in text.lines() {
            let (run, task) = line.split_once(' ').unwrap();
            *calls.entry((run.to_owned(), task.to_owned())).or_default() += 1;
        }
        calls
    }
}

/// How often each task was called in a run, by run and task.
pub(crate) type Calls = BTreeMap<(String, String), usize>;

/// A step of a run.
pub(crate) fn step<'r>(run: &'r Value, task: &str) -> &'r Value {
    run["steps"].as_array().unwrap().iter().find(|step| step["task"] == task).unwrap()
}

/// Whether a run got the work of this task done, for which it was called once. It was called in vain only where it failed,
/// or the process was killed.
pub(crate) fn did(run: &Value, task: &str, calls: &Calls) -> bool {
    let called = calls.get(&(run["run"].as_str().unwrap().to_owned(), task.to_owned())).copied().unwrap_or_default();
    let step = step(run, task);
    let may_be = match step["state"].as_str().unwrap() {
        "done" | "failed" => 1..=1,
        "cancelled" if run["state"] == "killed" => 0..=1,
        _ => 0..=0,
    };
    assert!(may_be.contains(&called), "`{task}` was called {called} times in {run:#}");
    step["state"] == "done"
}

/// Why steps of these runs have failed.
pub(crate) fn failures(runs: &[&Value]) -> String {
    let steps = runs.iter().flat_map(|run| run["steps"].as_array().unwrap());
    let failures =
        steps.map(|step| &step["failure"]).filter(|failure| !failure.is_null() && failure["class"] != "cancelled");
    let messages = failures.flat_map(|failure| failure["messages"].as_array().unwrap());
    messages.map(|message| message.as_str().unwrap()).collect::<Vec<_>>().join(": ")
}

/// A scheduler that watches.
pub(crate) struct Scheduler {
    child: Child,
    heard: Receiver<String>,
}

impl Scheduler {
    /// The next fire that has ended; waited for.
    pub(crate) fn fire(&self) -> Value {
        let line = self.heard.recv_timeout(PATIENCE);
        serde_json::from_str(&line.unwrap_or_else(|error| panic!("no fire has ended: {error}"))).unwrap()
    }

    /// The next fire of these two that has ended, for it is one of them who runs it.
    pub(crate) fn fire_of(both: [&Scheduler; 2]) -> Value {
        let mut each = both.iter().cycle();
        let found = (0..PATIENCE.as_millis() / 10).find_map(|_| {
            let of = each.next().unwrap();
            of.heard.recv_timeout(Duration::from_millis(10)).ok()
        });
        serde_json::from_str(&found.unwrap()).unwrap()
    }

    /// Waits for its end, before which it has no fire to tell of.
    pub(crate) fn end(mut self) -> ExitStatus {
        let status = self.child.wait().unwrap();
        assert_eq!(self.heard.iter().collect::<Vec<_>>(), [""; 0]);
        status
    }

    /// Kills it, which has told of each fire before.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.end();
    }

    /// Stops it, which has told of each fire before.
    pub(crate) fn stop(self) {
        signal(&self.child, "TERM");
        assert_eq!(self.end().code(), Some(143));
    }
}
