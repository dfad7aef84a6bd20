//! Which steps run, told step by step. A task is `name(what it reads)` and makes the model of its own name; a star before
//! it says that the model is not stored, an exclamation mark behind it that its code has changed since it was done.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::DateTime;

use super::{Course, Move};
use crate::digest::Digest;
use crate::failure::Result;
use crate::fingerprint::{Code, Fingerprint};
use crate::id::{RunId, TaskId};
use crate::ledger::{Performed, VersionRecord};
use crate::model::{Named, Value};
use crate::plan::{Blueprint, Candidate, Declaration, Plan, Selection, Situation, Standing};
use crate::section::Sections;
use crate::store::StoredFile;
use crate::task::{Call, ModelRef, Task, TaskList};

struct Any;

impl Named for Any {
    const NAME: &'static str = "any";
    const DOC: &'static str = "";
    const EXTENSION: &'static str = "json";
}

/// A task as it is told.
#[derive(Clone)]
struct Told {
    name: String,
    requires: Vec<ModelRef>,
    provides: Vec<ModelRef>,
    is_stored: bool,
    is_changed: bool,
}

impl Told {
    fn new(text: &str) -> Told {
        let (text, is_changed) = text.strip_suffix('!').map_or((text, false), |text| (text, true));
        let (text, is_stored) = text.strip_prefix('*').map_or((text, true), |text| (text, false));
        let (name, reads) = text.split_once('(').unwrap_or((text, ""));
        let reads = reads.trim_end_matches(')').split(' ').filter(|read| !read.is_empty());
        let model = |name: &str| ModelRef::named::<Value<u8, Any>>(name);
        let (requires, provides) = (reads.map(model).collect(), vec![model(name)]);
        Told { name: name.to_owned(), requires, provides, is_stored, is_changed }
    }

    fn made(&self, run: RunId) -> VersionRecord {
        let digest = Digest::of_bytes(self.name.as_bytes());
        let file = StoredFile { extension: "json".to_owned(), bytes: 1, modified: 0, inode: 0, digest };
        VersionRecord {
            model: self.name.clone(),
            run,
            task: self.name.clone(),
            at: DateTime::UNIX_EPOCH,
            digest,
            rows: None,
            bytes: 1,
            columns: Vec::new(),
            lineage: None,
            file: self.is_stored.then_some(file),
        }
    }

    fn standing(&self) -> Standing {
        let version = |changed| Code::Version(if changed { "2".into() } else { "1".into() });
        let inputs =
            self.requires.iter().map(|read| (read.name().to_owned(), Digest::of_bytes(read.name().as_bytes())));
        let fingerprint = Fingerprint { inputs: inputs.collect(), ..Standing::new(version(false)).now };
        let performed = Performed {
            task: self.name.clone(),
            run: before(),
            at: DateTime::UNIX_EPOCH,
            elapsed: Duration::ZERO,
            peak_memory: None,
            fingerprint,
            made: vec![self.made(before())],
            published: true,
        };
        let candidates = vec![Candidate { performed, lost: Vec::new() }];
        Standing { candidates, ..Standing::new(version(self.is_changed)) }
    }
}

impl Task for Told {
    fn name(&self) -> &str {
        &self.name
    }

    fn requires(&self) -> &[ModelRef] {
        &self.requires
    }

    fn provides(&self) -> &[ModelRef] {
        &self.provides
    }

    fn run(&self, _: &Call<'_>) -> Result<()> {
        Ok(())
    }
}

/// The run that did everything before.
fn before() -> RunId {
    "0193f3a8-0001-7000-8000-000000000001".parse().unwrap()
}

/// The course of a run, and what it has come to.
struct Story {
    tasks: Vec<Told>,
    course: Course,
    blueprint: Blueprint,
}

/// A chain of these tasks, all of which were done before; each is told after those it reads from.
fn story<const N: usize>(tasks: [&str; N]) -> Story {
    Story::new(&tasks, &[])
}

impl Story {
    fn new(tasks: &[&str], kept: &[&str]) -> Story {
        let tasks: Vec<Told> = tasks.iter().map(|text| Told::new(text)).collect();
        let list: TaskList = tasks.iter().cloned().map(TaskList::from).collect();
        let (models, settings) = (Sections::models(), Sections::tasks());
        let declared = Declaration {
            publishes_each: false,
            chain: "told",
            tasks: &list,
            supplied: &[],
            models: &models,
            settings: &settings,
            pools: &BTreeMap::new(),
            partitioning: None,
            partition: None,
        };
        let blueprint = Blueprint::draw(declared).unwrap();
        let situation = Situation {
            standings: tasks.iter().map(Told::standing).collect(),
            stored: BTreeMap::new(),
            supplied: BTreeMap::new(),
            forced: BTreeSet::new(),
            kept: kept.iter().map(|&name| name.to_owned()).collect(),
        };
        let plan = Plan::make(&blueprint, &Selection::all(), situation).unwrap();
        let kept: Vec<bool> = blueprint.models().iter().map(|model| kept.contains(&&*model.name)).collect();
        let course = Course::new(&blueprint, &plan, &kept);
        Story { tasks, course, blueprint }
    }

    fn name(&self, task: TaskId) -> &str {
        self.blueprint.task(task).task.name()
    }

    fn task(&self, name: &str) -> TaskId {
        TaskId::new(self.tasks.iter().position(|task| task.name == name).unwrap())
    }

    fn told(&self, moves: &[Move]) -> String {
        let told = |next: &Move| match *next {
            Move::Ready(task) => format!("{} is ready", self.name(task)),
            Move::Reuse(task, run) => {
                assert_eq!(run, before());
                format!("{} is reused", self.name(task))
            }
            Move::Blocked(task, provider) => format!("{} is blocked by {}", self.name(task), self.name(provider)),
        };
        moves.iter().map(told).collect::<Vec<_>>().join(", ")
    }

    fn begins(&mut self) -> String {
        let mut moves = Vec::new();
        self.course.moves(&mut moves);
        self.told(&moves)
    }

    /// A step is done and has made what it made before.
    fn done(&mut self, name: &str) -> String {
        let task = self.task(name);
        let run = "0193f3a8-0002-7000-8000-000000000002".parse().unwrap();
        let made = self.tasks[task.index()].made(run);
        let mut moves = Vec::new();
        self.course.learned(task, &[made]);
        self.course.released(task, &mut moves);
        self.told(&moves)
    }

    /// A step did not get done: those that cannot be started because of that.
    fn lost(&mut self, name: &str) -> String {
        let lost = self.course.lost(self.task(name));
        lost.iter().map(|&task| self.name(task)).collect::<Vec<_>>().join(" ")
    }

    /// The steps that were held to the end.
    fn held(&mut self) -> String {
        let held = self.course.held();
        held.iter().map(|&(task, _)| self.name(task)).collect::<Vec<_>>().join(" ")
    }

    fn reason(&self, name: &str) -> String {
        self.course.reasons(self.task(name)).iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}

#[test]
fn what_is_up_to_date_is_reused_in_order_and_at_once() {
    let mut story = story(["a", "b(a)", "c(b)"]);
    assert_eq!(story.begins(), "a is reused, b is reused, c is reused");
    assert_eq!(story.held(), "");
}

#[test]
fn a_step_whose_model_is_in_no_file_is_held_to_the_end_if_nobody_needs_it() {
    let mut story = story(["*a", "b(a)", "*c(a)"]);
    assert_eq!(story.begins(), "b is reused, c is reused", "nobody reads `c`");
    assert_eq!(story.held(), "a");
    assert_eq!(story.held(), "");
}

#[test]
fn a_held_step_that_two_need_is_made_again_once_and_before_both() {
    let mut story = story(["*a", "b(a)!", "c(a)!", "d(a)"]);
    assert_eq!(story.begins(), "a is ready, d is reused");
    assert_eq!(story.reason("a"), "`b` needs `a`, which is not stored");
    assert_eq!(story.done("a"), "b is ready, c is ready");
    assert_eq!(story.held(), "");
}

#[test]
fn a_held_step_that_was_made_again_is_there_for_who_is_judged_later() {
    let mut story = story(["*a", "b(a)!", "late!", "c(a late)!"]);
    assert_eq!(story.begins(), "a is ready, late is ready");
    assert_eq!(story.done("a"), "b is ready");
    assert_eq!(story.done("late"), "c is ready");
}

#[test]
fn a_held_step_that_is_being_made_again_is_waited_for_by_who_is_judged_later() {
    let mut story = story(["*a", "b(a)!", "late!", "c(a late)!"]);
    assert_eq!(story.begins(), "a is ready, late is ready");
    assert_eq!(story.done("late"), "");
    assert_eq!(story.done("a"), "b is ready, c is ready");
}

#[test]
fn held_steps_in_a_row_are_made_again_from_the_first_to_the_last() {
    let mut story = story(["*a", "*b(a)", "*c(b)", "d(c)!", "*x(a)", "y(x)"]);
    assert_eq!(story.begins(), "a is ready, y is reused");
    assert_eq!(story.reason("b"), "`c` needs `b`, which is not stored");
    assert_eq!(story.done("a"), "b is ready");
    assert_eq!(story.done("b"), "c is ready");
    assert_eq!(story.done("c"), "d is ready");
    assert_eq!(story.held(), "x");
}

#[test]
fn a_row_of_held_steps_ends_at_what_is_stored() {
    let mut story = story(["*a", "b(a)", "*c(b)", "d(c)!"]);
    assert_eq!(story.begins(), "b is reused, c is ready");
    assert_eq!(story.held(), "a");
}

#[test]
fn who_needs_two_held_steps_waits_for_both() {
    let mut story = story(["*a", "*b", "c(a b)!"]);
    assert_eq!(story.begins(), "b is ready, a is ready");
    assert_eq!(story.done("b"), "");
    assert_eq!(story.done("a"), "c is ready");
}

#[test]
fn when_a_held_step_cannot_be_made_again_only_those_that_need_it_are_skipped() {
    let mut story = story(["*a", "b(a)!", "c(a)", "d(b)", "e(c)!", "*f(a)", "g(f)!"]);
    assert_eq!(story.begins(), "a is ready, c is reused, e is ready");
    assert_eq!(story.lost("a"), "b d f g");
    assert_eq!(story.held(), "");
    assert_eq!(story.done("e"), "");
}

#[test]
fn what_is_judged_after_a_held_step_was_lost_is_reused_if_it_is_up_to_date() {
    let mut story = story(["*a", "b(a)!", "late!", "c(a late)"]);
    assert_eq!(story.begins(), "a is ready, late is ready");
    assert_eq!(story.lost("a"), "b");
    assert_eq!(story.done("late"), "c is reused");
}

#[test]
fn what_has_to_run_after_a_held_step_was_lost_is_blocked() {
    let mut story = story(["*a", "b(a)!", "late!", "c(a late)!", "d(c)"]);
    assert_eq!(story.begins(), "a is ready, late is ready");
    assert_eq!(story.lost("a"), "b");
    assert_eq!(story.done("late"), "c is blocked by a");
    assert_eq!(story.lost("c"), "d");
}

#[test]
fn a_held_step_that_needs_a_lost_one_is_blocked_and_so_is_who_needs_it() {
    let mut story = story(["*a", "b(a)!", "*c(a)", "late!", "d(c late)!"]);
    assert_eq!(story.begins(), "a is ready, late is ready");
    assert_eq!(story.lost("a"), "b");
    assert_eq!(story.done("late"), "c is blocked by a");
    assert_eq!(story.lost("c"), "d");
    assert_eq!(story.held(), "");
}

#[test]
fn what_is_made_again_does_not_hang_on_who_ends_first() {
    let chain = ["*a", "*x", "b(a)!", "late!", "c(a x late)!"];
    let mut slow = story(chain);
    assert_eq!(slow.begins(), "a is ready, late is ready");
    assert_eq!(slow.lost("a"), "b");
    assert_eq!(slow.done("late"), "c is blocked by a, x is ready");
    assert_eq!((slow.lost("c"), slow.done("x")), (String::new(), String::new()));

    let mut quick = story(chain);
    assert_eq!(quick.begins(), "a is ready, late is ready");
    assert_eq!(quick.done("late"), "x is ready");
    assert_eq!(quick.lost("a"), "b c");
    assert_eq!(quick.done("x"), "");
}

#[test]
fn what_waits_for_a_step_that_was_never_up_to_date_is_lost_with_it() {
    let mut story = story(["*a", "b!", "c(a b)", "d(c)", "e(a)!"]);
    assert_eq!(story.begins(), "b is ready, a is ready");
    assert_eq!(story.lost("b"), "c d");
    assert_eq!(story.done("a"), "e is ready");
}

#[test]
fn a_model_that_is_kept_and_in_no_file_is_made_again() {
    let mut story = Story::new(&["*a", "*b(a)", "c(b)"], &["b"]);
    assert_eq!(story.begins(), "a is ready");
    assert_eq!(story.reason("b"), "`b` is to be kept, which is not stored");
    assert_eq!(story.done("a"), "b is ready");
    assert_eq!(story.done("b"), "c is reused");
}
