//! Runs programs from outside and says what they took.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use wait4::{ResUse, Wait4};

/// What takes part in a contest: a program and how it is called.
pub(crate) struct Contestant {
    pub(crate) name: String,
    /// The command, given a folder of its own.
    pub(crate) command: Box<dyn Fn(&Path) -> Command>,
    /// How often the command is run in a folder that is kept, before anything counts; nothing for one whose folder is
    /// empty each time.
    pub(crate) history: Option<usize>,
    /// Says what is wrong with what a run has left in the folder; asked once.
    pub(crate) judge: Option<Judge>,
}

/// Looks at the folder of a contestant.
pub(crate) type Judge = Box<dyn Fn(&Path) -> Result<(), String>>;

impl Contestant {
    /// One that finds an empty folder each time.
    pub(crate) fn new(name: impl Into<String>, command: impl Fn(&Path) -> Command + 'static) -> Contestant {
        Contestant { name: name.into(), command: Box::new(command), history: None, judge: None }
    }

    /// One that finds its folder as it left it the time before.
    pub(crate) fn with_history(self, runs: usize) -> Contestant {
        Contestant { history: Some(runs), ..self }
    }

    /// One that takes part only if what it makes is right.
    pub(crate) fn judged(self, judge: impl Fn(&Path) -> Result<(), String> + 'static) -> Contestant {
        Contestant { judge: Some(Box::new(judge)), ..self }
    }
}

/// What one run of a program took.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    /// The largest resident set of one process, in bytes.
    pub(crate) peak: u64,
    /// The line of JSON that it printed last; null where there is none.
    pub(crate) told: Value,
}

/// The least, the middle and the greatest of some numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// Nothing, where there are no numbers.
    pub(crate) fn of(numbers: impl IntoIterator<Item = f64>) -> Option<Spread> {
        let mut numbers: Vec<f64> = numbers.into_iter().collect();
        numbers.sort_by(f64::total_cmp);
        let (&least, &most) = (numbers.first()?, numbers.last()?);
        let middle = numbers.len() / 2;
        let median =
            if numbers.len() % 2 == 1 { numbers[middle] } else { f64::midpoint(numbers[middle - 1], numbers[middle]) };
        Some(Spread { least, median, most })
    }
}

/// The samples of a contestant, or why there are none.
pub(crate) type Series = Result<Vec<Sample>, String>;

/// Runs all contestants in turn, so many times, so that whatever else the machine does meets all of them alike. One that
/// fails is out.
pub(crate) fn alternate(contestants: &[Contestant], repeats: usize) -> Vec<Series> {
    let rooms: Vec<Room<'_>> = contestants.iter().map(Room::of).collect();
    let mut series: Vec<Series> = rooms.iter().map(|room| room.prepare().map(|()| Vec::new())).collect();
    for _ in 0..repeats {
        for (room, series) in rooms.iter().zip(&mut series) {
            let Ok(samples) = series else { continue };
            match room.run() {
                Ok(sample) => samples.push(sample),
                Err(trouble) => *series = Err(trouble),
            }
        }
    }
    series
}

/// A contestant and the folder it works in.
struct Room<'a> {
    contestant: &'a Contestant,
    folder: tempfile::TempDir,
}

impl<'a> Room<'a> {
    fn of(contestant: &'a Contestant) -> Room<'a> {
        Room { contestant, folder: tempfile::tempdir().expect("there is a folder for what is not kept") }
    }

    fn prepare(&self) -> Result<(), String> {
        // What is run for the first time is read from the disk.
        (0..self.contestant.history.unwrap_or(1)).try_for_each(|_| self.run().map(drop))?;
        self.contestant.judge.as_ref().map_or(Ok(()), |judge| judge(&self.out()))
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn run(&self) -> Result<Sample, String> {
        let name = &self.contestant.name;
        let out = self.out();
        if self.contestant.history.is_none() {
            empty(&out).map_err(|error| format!("{name}: {error}"))?;
        }
        let mut command = (self.contestant.command)(&out);
        sample(&mut command, self.folder.path()).map_err(|trouble| format!("{name}: {trouble}"))
    }
}

fn empty(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => fs::create_dir(folder)?,
    }
    // What others have written is no business of the one that comes next.
    Command::new("sync").status().map(drop)
}

/// Waits for a process, and looks meanwhile how much memory is resident.
///
/// What the system tells at the end is not enough: a program that forgets its peak (`/proc/self/clear_refs`), as a chain
/// does to tell the peak of each task, makes that of the whole process forgotten too.
fn watched(child: Child) -> io::Result<(ResUse, u64)> {
    let statm = format!("/proc/{}/statm", child.id());
    let (end, ended) = mpsc::channel::<()>();
    let look = move || {
        let mut most = 0;
        while ended.recv_timeout(Duration::from_millis(1)) == Err(RecvTimeoutError::Timeout) {
            let pages = fs::read_to_string(&statm).ok().and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
            most = most.max(pages.unwrap_or(0) * PAGE);
        }
        most
    };
    thread::scope(|scope| {
        let looking = scope.spawn(look);
        let ended = { child }.wait4();
        drop(end);
        Ok((ended?, looking.join().unwrap_or(0)))
    })
}

/// Of the systems that these programs are for.
const PAGE: u64 = 4096;

/// Runs a command to its end.
fn sample(command: &mut Command, folder: &Path) -> Result<Sample, String> {
    let (said, complained): (PathBuf, PathBuf) = (folder.join("stdout"), folder.join("stderr"));
    let file = |path| File::create(path).map_err(|error| error.to_string());
    command.stdin(Stdio::null()).stdout(file(&said)?).stderr(file(&complained)?);
    let began = Instant::now();
    let child = command.spawn().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    let (ended, seen) = watched(child).map_err(|error| error.to_string())?;
    let wall = began.elapsed();
    if !ended.status.success() {
        let complaint = fs::read_to_string(&complained).unwrap_or_default();
        let last = complaint.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
        return Err(format!("{}: {last}", ended.status));
    }
    let said = fs::read_to_string(&said).unwrap_or_default();
    let told = said.lines().rev().find_map(|line| serde_json::from_str(line).ok()).unwrap_or_default();
    let usage = ended.rusage;
    Ok(Sample { wall, cpu: usage.utime + usage.stime, peak: usage.maxrss.max(seen), told })
}
