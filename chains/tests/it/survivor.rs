//! The chain of `examples/survivor.rs` in a working folder of its own, and what there is to say about it when it was
//! disturbed: what people see, how often each task was called, and what the ledger tells.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use purvey::event::{Ending, State};
use purvey::ledger::{Ledger, RunFilter, RunRecord, SqliteLedger, StepRecord};
use tempfile::TempDir;

/// The files that people see, with their bytes, by name.
pub(crate) type Shown = BTreeMap<String, Vec<u8>>;

/// What makes models that are in memory only, and who reads them: these are called again for their readers.
const IN_MEMORY: [(&str, &[&str]); 2] =
    [("read_stays", &["pick_good", "pick_bad", "add_up_days"]), ("add_up_weekdays", &["share_weekdays"])];

/// The tasks of the chain.
const TASKS: usize = 14;

/// The chain's program in a working folder of its own.
pub(crate) struct Survivor {
    folder: TempDir,
    data: PathBuf,
}

impl Survivor {
    pub(crate) fn new() -> Survivor {
        let folder = TempDir::new().unwrap();
        let data = folder.path().join("data");
        let survivor = Survivor { folder, data };
        fs::create_dir(survivor.temporary()).unwrap();
        survivor.configure("");
        survivor
    }

    /// Lays down its configuration, with these lines besides.
    pub(crate) fn configure(&self, more: &str) {
        let text = format!("models.stays.path = 'stays.csv'\nmodels.by_weekday.store = 'memory'\n{more}");
        fs::write(self.path().join("purvey.toml"), text).unwrap();
    }

    /// The working folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder for what the system calls temporary.
    fn temporary(&self) -> PathBuf {
        self.path().join("temporary")
    }

    /// The folder of results, which the first run makes.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Lays down an input, which is another one for each seed.
    pub(crate) fn feed(&self, seed: u64) {
        let mut text = "number,room,day,cents\n".to_owned();
        for number in 0..60 + seed {
            let cents = (number * 97 + seed * 31) % 29 * 100;
            text += &format!("{number},{},{},{cents}\n", number * 7 % 13, number / 3);
        }
        fs::write(self.path().join("stays.csv"), text).unwrap();
    }

    /// The program, which `cargo test` and `cargo nextest run` build beside the tests.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let tests = std::env::current_exe().unwrap();
        let program = tests.parent().and_then(Path::parent).unwrap().join("examples/survivor");
        assert!(program.exists(), "{} is not there; build it with `cargo build --examples`", program.display());
        let mut command = Command::new(program);
        command.current_dir(self.path()).env_clear().env("NO_COLOR", "1").env("SURVIVOR_TALLY", "tally");
        command.env("TMPDIR", self.temporary());
        command.arg("--data").arg(&self.data).args(arguments);
        command
    }

    /// Starts the program and waits for its end.
    pub(crate) fn start(&self) -> Output {
        self.command(&[]).output().unwrap()
    }

    /// Runs the chain, which must end well; says what it said.
    pub(crate) fn run(&self) -> String {
        let output = self.start();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        said
    }

    /// What people see.
    pub(crate) fn shown(&self) -> Shown {
        let Ok(entries) = fs::read_dir(&self.data) else { return Shown::new() };
        // A name may lead nowhere before anything is published.
        let files = entries.map(|entry| entry.unwrap()).filter(|entry| entry.path().is_file());
        files.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
    }

    /// Every call of a task so far: the run, and the task.
    pub(crate) fn calls(&self) -> Vec<(String, String)> {
        let text = fs::read_to_string(self.path().join("tally")).unwrap_or_default();
        let lines = text.lines().map(|line| line.split_once(' ').unwrap());
        lines.map(|(run, task)| (run.to_owned(), task.to_owned())).collect()
    }

    pub(crate) fn ledger(&self) -> SqliteLedger {
        SqliteLedger::at(self.data.join(".purvey/ledger.sqlite"))
    }

    /// The folder of a version's files, by run.
    fn versions(&self) -> PathBuf {
        self.data.join(".purvey/versions")
    }
}

/// What people see when the chain runs on the input of a seed, from nothing and without being disturbed.
pub(crate) fn undisturbed(seed: u64) -> Shown {
    let survivor = Survivor::new();
    survivor.feed(seed);
    survivor.run();
    let shown = survivor.shown();
    assert_eq!(shown.len(), 12, "{:?}", shown.keys());
    shown
}

/// What people see for each of these seeds; no file is the same for two of them, so that no task may be spared and a mix
/// can be told.
pub(crate) fn undisturbed_each(seeds: &[u64]) -> BTreeMap<u64, Shown> {
    let all: BTreeMap<u64, Shown> = seeds.iter().map(|&seed| (seed, undisturbed(seed))).collect();
    for name in all[&seeds[0]].keys() {
        let contents: BTreeSet<&Vec<u8>> = all.values().map(|shown| &shown[name]).collect();
        assert_eq!(contents.len(), seeds.len(), "{name} is the same for two inputs");
    }
    all
}

/// What befell the runs of a night, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Kills(usize),
    /// Their process lived, and they could not do what they had to.
    Failures(usize),
}

/// The runs on one input, from where another one was published to where this one is.
pub(crate) struct Night<'a> {
    survivor: &'a Survivor,
    runs_before: BTreeSet<String>,
    calls_before: usize,
    before: Shown,
    after: &'a Shown,
    is_over: bool,
}

impl<'a> Night<'a> {
    /// Begins with the input of a seed, which comes to these files in the end.
    pub(crate) fn begin(survivor: &'a Survivor, seed: u64, after: &'a Shown) -> Night<'a> {
        survivor.feed(seed);
        Night {
            survivor,
            runs_before: runs(survivor).iter().map(|run| run.run.to_string()).collect(),
            calls_before: survivor.calls().len(),
            before: survivor.shown(),
            after,
            is_over: false,
        }
    }

    /// Whether people see the new files; they see all of them, or the ones of before. There is no way back.
    pub(crate) fn turned(&mut self) -> bool {
        let shown = self.survivor.shown();
        let is_new = shown == *self.after;
        if self.is_over || (!is_new && shown != self.before) {
            let differ = |other: &Shown| -> Vec<String> {
                let names: BTreeSet<&String> = shown.keys().chain(other.keys()).collect();
                names.into_iter().filter(|name| shown.get(*name) != other.get(*name)).cloned().collect()
            };
            assert!(is_new, "not the old ones: {:?}; not the new ones: {:?}", differ(&self.before), differ(self.after));
        }
        self.is_over = is_new;
        is_new
    }

    /// The last run has ended well, after what befell those before: the files are the new ones, and each piece of work was
    /// done once.
    pub(crate) fn end(mut self, after: Trouble) {
        assert!(self.turned(), "the files are still the old ones");
        let ledger = self.survivor.ledger();
        let mut nightly = runs(self.survivor);
        nightly.retain(|run| !self.runs_before.contains(&run.run.to_string()));
        let steps: BTreeMap<String, Vec<StepRecord>> =
            nightly.iter().map(|run| (run.run.to_string(), ledger.steps(run.run).unwrap())).collect();
        for run in &nightly {
            self.check_run(run, after, &steps[&run.run.to_string()]);
        }
        let last = &steps[&nightly[0].run.to_string()];
        assert_eq!(nightly[0].ending, Some(Ending::Done));
        assert_eq!(last.iter().map(|step| &step.task).collect::<BTreeSet<_>>().len(), TASKS);
        assert!(last.len() == TASKS && last.iter().all(|step| step.state.is_good()), "{last:#?}");
        self.check_work(last, &steps, after);
        self.check_files();
    }

    /// A run has come to its end on record, and what it reused was done.
    fn check_run(&self, run: &RunRecord, after: Trouble, steps: &[StepRecord]) {
        assert!(
            run.ending.is_some() && (run.ending != Some(Ending::Failed) || matches!(after, Trouble::Failures(_))),
            "{run:?}"
        );
        for step in steps {
            assert!(step.state.is_final(), "{step:?}");
            if let Some(reused) = step.reused {
                let theirs = self.survivor.ledger().steps(reused).unwrap();
                let done = theirs.iter().find(|done| done.task == step.task).unwrap();
                assert!(done.state == State::Done && !done.made.is_empty(), "{done:?}");
            }
        }
    }

    /// Whatever was called is on record, or did not get done for what befell it; what is on record is not done again.
    fn check_work(&self, last: &[StepRecord], steps: &BTreeMap<String, Vec<StepRecord>>, after: Trouble) {
        let (Trouble::Kills(times_disturbed) | Trouble::Failures(times_disturbed)) = after;
        let calls = self.survivor.calls().split_off(self.calls_before);
        let mut cut_off = BTreeSet::new();
        for (run, task) in &calls {
            assert_eq!(calls.iter().filter(|call| **call == (run.clone(), task.clone())).count(), 1, "{task} in {run}");
            let step = steps[run].iter().find(|step| step.task == *task).unwrap();
            if step.state != State::Done {
                let is_killed = step.state == State::Cancelled && step.why == "its process was killed";
                // What read from memory what could not be kept comes to nothing with it.
                let has_failed = matches!(step.state, State::Failed | State::Skipped);
                let is_failed = has_failed && matches!(after, Trouble::Failures(_));
                assert!(is_killed || is_failed, "{step:?} in {run}");
                // Several may have been on their way into the ledger.
                cut_off.insert(run);
            }
        }
        assert!(cut_off.len() <= times_disturbed);
        for task in last.iter().map(|step| &step.task) {
            let done = |steps: &[StepRecord]| steps.iter().any(|step| step.task == *task && step.state == State::Done);
            let times = steps.values().filter(|steps| done(steps)).count();
            let Some((_, readers)) = IN_MEMORY.iter().find(|(name, _)| name == task) else {
                assert_eq!(times, 1, "`{task}` was done {times} times: {steps:#?}");
                continue;
            };
            assert!((1..=times_disturbed + 1).contains(&times), "`{task}` was done {times} times");
            for steps in steps.values().filter(|steps| done(steps) && steps.iter().all(|step| step.state.is_good())) {
                let is_read = |step: &StepRecord| readers.contains(&&*step.task) && step.state == State::Done;
                assert!(steps.iter().any(is_read), "`{task}` was done for nobody: {steps:#?}");
            }
        }
    }

    /// Nothing is left that is on no record or half-written.
    fn check_files(&self) {
        let ledger = self.survivor.ledger();
        for folder in names(&self.survivor.versions()) {
            let steps = ledger.steps(folder.parse().unwrap()).unwrap();
            let made: BTreeSet<String> =
                steps.iter().flat_map(|step| &step.made).map(|made| made.model.clone()).collect();
            for name in names(&self.survivor.versions().join(&folder)) {
                assert!(made.contains(name.split('.').next().unwrap()), "{folder}/{name} is on no record");
            }
        }
        let state = names(&self.survivor.data().join(".purvey"));
        let left = state.iter().find(|name| name.ends_with(".partial") || *name == "lease");
        assert_eq!(left, None);
        // What a task was writing when it was killed goes as well, though it may be large.
        for folder in [self.survivor.temporary(), self.survivor.data().join(".purvey/scratch")] {
            assert!(!folder.exists() || names(&folder).is_empty(), "{}: {:?}", folder.display(), names(&folder));
        }
    }
}

/// Every run on record, the last first.
pub(crate) fn runs(survivor: &Survivor) -> Vec<RunRecord> {
    survivor.ledger().runs(&RunFilter::default()).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
