use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::iter::once;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::surroundings::Surroundings;
use super::{Exit, carry_out};
use crate::clock::{Clock, SystemClock};
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

fn surroundings<'w>(
    out: &'w mut dyn Write,
    err: &'w mut (dyn Write + Send),
    variables: &[(&str, &str)],
) -> Surroundings<'w> {
    Surroundings {
        out,
        err,
        out_is_terminal: false,
        err_is_terminal: false,
        width: 100,
        variables: variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect(),
        program_folder: None,
        program: "/opt/lodge/bin/lodge".into(),
        folder: "/srv/lodge".into(),
        owns_process: false,
        clock: Arc::new(SystemClock::new()),
    }
}

fn tell_chain(chain: Chain, arguments: &str, variables: &[(&str, &str)]) -> Told {
    tell_chain_by(Arc::new(SystemClock::new()), chain, arguments, variables)
}

fn tell_chain_by(clock: Arc<dyn Clock>, chain: Chain, arguments: &str, variables: &[(&str, &str)]) -> Told {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut surroundings = Surroundings { clock, ..surroundings(&mut out, &mut err, variables) };
    let arguments: Vec<OsString> = once(chain.name()).chain(arguments.split_whitespace()).map(Into::into).collect();
    let exit = carry_out(chain, arguments, &mut surroundings);
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
    let told = tell_chain(lodge(), &format!("--config {} {arguments}", path.display()), &[]);
    let plain = |text: &str| without(text, folder.path());
    Told { out: plain(&told.out), err: plain(&told.err), ..told }
}

fn without(text: &str, folder: &Path) -> String {
    text.replace(&format!("{}/", folder.display()), "")
}

/// Command lines that share a folder for results.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn tell(&self, arguments: &str) -> Told {
        tell_chain(lodge(), &format!("{arguments} --data {}", self.0.path().display()), &[])
    }
}

/// Hides what differs from run to run.
macro_rules! assert_run {
    ($told:expr, @$snapshot:literal) => {
        insta::with_settings!({filters => vec![
            (r"\d+(\.\d+)? (µs|ms|s)\b", "<time>"),
            (r"\d+(\.\d+)? ([KMG]i)?B", "<size>"),
            (r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b", "<run>"),
            (r"run [0-9a-f]{8}\b", "run <run>"),
            (r"/\S*/\.tmp\w+", "<data>"),
            (r"( {2,})(<)", "  $2"),
            (r"( {2,})(peak memory|time)", "  $2"),
        ]}, { insta::assert_snapshot!($told.all(), @$snapshot) });
    };
}

/// Hides what differs from run to run, and how wide that is.
macro_rules! assert_told {
    ($text:expr, @$snapshot:literal) => {
        insta::with_settings!({filters => vec![
            (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{3})?", "<when>"),
            (r"\d+(\.\d+)? (µs|ms|s)\b", "<time>"),
            (r"\d+(\.\d+)? ([KMG]i)?B\b", "<size>"),
            (r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b", "<run>"),
            (r"\b[0-9a-f]{64}\b", "<digest>"),
            (r#""host": "[^"]*""#, "\"host\": \"<host>\""),
            (r#"("(process|\w*bytes)"): \d+"#, "$1: <n>"),
            (r#"("\w+_ms"): [\d.]+"#, "$1: <ms>"),
            (r"\b[0-9a-f]{12}\b", "<digest>"),
            (r"\b[0-9a-f]{8}\b", "<id>"),
            (r"on host \S+ \(process \d+\)", "on host <host> (process <process>)"),
            (r"\d+ on host [^\s,]+", "<process> on host <host>"),
            (r"--data \S+", "--data <data>"),
            (r"/\S*/\.tmp\w+", "<data>"),
            (r"(\S) {2,}", "$1  "),
        ]}, { insta::assert_snapshot!($text, @$snapshot) });
    };
}

// After the macros, which they use.
mod backfills;
mod calling;
mod checking;
mod deciding;
mod documents;
mod looking;
mod looking_back;
mod months;
mod pages;
mod partitions;
mod resuming;
mod running;
mod scheduling;
mod sweeping;
mod telling;
mod typing;
