//! What is reused is right: any chain, whatever is changed, lost or goes wrong from one night to the next, does what the
//! oracle says and no more, and publishes what a run from nothing would.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{TestCaseResult, TestRunner};
use purvey::RunId;
use purvey::event::{Ending, State};
use purvey::id::TaskId;
use purvey::model::Storage;
use purvey::plan::{Blueprint, Decision, Plan, PlanError, Reason, Selection, Step};
use purvey::run::{Outcome, hold_panics};
use purvey::session::{Request, RunError};
use purvey::store::{MemoryStore, Store, Version};

use chain::{Called, Does, ModelId, Now, ORIGINS, PARAMS, Shapes};
use oracle::{Expected, Fate, Oracle, Tonight};
use place::{InMemory, Loss, OnDisk, Place};
use script::{Edit, Night, Script, scripts};

mod chain;
mod desk;
mod doubt;
mod models;
mod oracle;
mod place;
mod rules;
mod script;

/// A chain in its place, through the nights.
struct Story<'s> {
    shapes: &'s Shapes,
    place: &'s dyn Place,
    now: Now,
    /// How things stood when all was published last.
    good: Now,
    oracle: Oracle<'s>,
    /// The run of each night.
    runs: BTreeMap<usize, RunId>,
    tally: &'s Tally,
}

impl<'s> Story<'s> {
    fn new(shapes: &'s Shapes, place: &'s dyn Place, tally: &'s Tally) -> Story<'s> {
        let tasks = shapes.0.len();
        let now = Now {
            versions: vec![0; tasks],
            settings: vec![None; tasks],
            params: [None; PARAMS],
            origins: [0; ORIGINS],
            places: [true; ORIGINS],
            absent: BTreeSet::new(),
        };
        Story { shapes, place, good: now.clone(), now, oracle: Oracle::new(shapes), runs: BTreeMap::new(), tally }
    }

    /// The task at some position, but for the readers of sources.
    fn task(&self, position: usize) -> usize {
        ORIGINS + position % (self.shapes.0.len() - ORIGINS)
    }

    fn version(&self, (model, night): (ModelId, usize)) -> Version {
        Version { model: self.shapes.model(model), run: self.runs[&night], extension: "json".to_owned() }
    }

    fn edit(&mut self, edit: Edit) {
        match edit {
            Edit::Code(task, version) => {
                let task = self.task(task);
                self.now.versions[task] = version;
            }
            Edit::Setting(task, size) => {
                let task = self.task(task);
                self.now.settings[task] = size;
            }
            Edit::Param(name, value) => self.now.params[name] = value,
            Edit::Origin(origin, number) => self.now.origins[origin] = number,
            Edit::Move(origin) => self.now.places[origin] = !self.now.places[origin],
            Edit::Lose(file, loss) => {
                let files = self.oracle.files();
                if let Some(&file) = files.get(file % files.len().max(1)) {
                    self.place.lose(&self.version(file), loss);
                    if loss != Loss::Copied {
                        self.oracle.lose(file, loss == Loss::Deleted);
                    }
                }
            }
            Edit::Back => self.now = self.good.clone(),
            Edit::Toggle(task) => {
                let task = self.task(task);
                if self.now.absent.contains(&task) {
                    if self.shapes.is_possible(task, &self.now) {
                        self.now.absent.remove(&task);
                    }
                } else if self.shapes.is_spare(task, &self.now) {
                    self.now.absent.insert(task);
                }
            }
        }
    }

    /// What is asked for in a night, in numbers and as a request.
    fn ask(&self, night: &Night) -> (Tonight, Request, BTreeMap<usize, Does>) {
        let present = self.shapes.present(&self.now);
        let some = |positions: &[usize]| -> BTreeSet<usize> {
            let all: Vec<usize> = present.iter().copied().collect();
            positions.iter().map(|position| all[position % all.len()]).collect()
        };
        let selection = |tasks: &BTreeSet<usize>, sign: &str| -> Selection {
            let names: Vec<String> = tasks.iter().map(|&task| format!("{sign}{}", self.shapes.name(task))).collect();
            names.join(" ").parse().unwrap()
        };
        let (asked, chosen) = match &night.only {
            None => (present.clone(), Selection::all()),
            Some((positions, false)) => (some(positions), selection(&some(positions), "")),
            Some((positions, true)) => (self.with_ancestors(some(positions)), selection(&some(positions), "+")),
        };
        let forced = some(&night.forced);
        let mut request = Request::of(chosen);
        if !forced.is_empty() {
            request = request.forcing(selection(&forced, ""));
        }
        let does: BTreeMap<usize, Does> = night
            .failing
            .iter()
            .flat_map(|&(position, does)| some(&[position]).into_iter().map(move |task| (task, does)))
            .collect();
        (Tonight { asked, forced, failing: does.keys().copied().collect() }, request, does)
    }

    fn with_ancestors(&self, mut tasks: BTreeSet<usize>) -> BTreeSet<usize> {
        let present = self.shapes.present(&self.now);
        for &task in self.shapes.order(&self.now).iter().rev().filter(|task| present.contains(task)) {
            if tasks.contains(&task) {
                tasks.extend(
                    self.shapes.reads(task).map(|(provider, _)| provider).filter(|task| present.contains(task)),
                );
            }
        }
        tasks
    }

    /// One night, and everything that must hold after it.
    fn live_through(&mut self, number: usize, night: &Night) -> TestCaseResult {
        night.edits.iter().for_each(|&edit| self.edit(edit));
        let (tonight, request, does) = self.ask(night);
        let called = Called::default();
        let mut chain = self.shapes.orchestrator(&self.now, &does, &called);
        chain = chain.with_store(self.place.store()).with_ledger(self.place.ledger());
        let before = self.place.store().published().unwrap();
        let blueprint = chain.check().unwrap();
        let planned = chain.plan(&blueprint, &request);
        let ran = chain.run_request(&blueprint, &request, &mut []);
        let Some(expected) = self.oracle.night(number, &self.now, &tonight) else {
            let unavailable = |error| matches!(error, Some(RunError::Plan(PlanError::Unavailable { .. })));
            prop_assert!(unavailable(planned.err()) && unavailable(ran.err()));
            self.count("not to be had", 1);
            return Ok(());
        };
        let (plan, outcome) = (planned.unwrap(), ran.unwrap());
        self.runs.insert(number, outcome.run());
        self.did_what_it_had_to(&outcome, &expected, &called)?;
        self.was_planned(&blueprint, &plan, &expected)?;
        self.count_all(&blueprint, &plan, &expected);
        if !expected.is_good {
            prop_assert_eq!(outcome.ending(), Ending::Failed);
            prop_assert_eq!(self.place.store().published().unwrap(), before);
            return Ok(());
        }
        prop_assert!(outcome.is_done());
        self.has_published()?;
        self.count(if night.only.is_some() { "published in part" } else { "published as from nothing" }, 1);
        if night.only.is_none() {
            self.good = self.now.clone();
            self.is_as_from_nothing()?;
            let plan = chain.plan(&blueprint, &Request::default()).unwrap();
            prop_assert!(plan.steps().iter().all(|step| step.decision == Decision::Reuse), "{:?}", plan.steps());
        }
        Ok(())
    }

    /// The tasks that ran, were reused and skipped are those that the oracle says.
    fn did_what_it_had_to(&self, outcome: &Outcome, expected: &Expected, called: &Called) -> TestCaseResult {
        let fate = |state: State| match state {
            State::Done => Fate::Done,
            State::Failed => Fate::Failed,
            State::Reused => Fate::Reused,
            State::Skipped => Fate::Skipped,
            _ => panic!("no step is left {state}"),
        };
        let found: BTreeMap<String, Fate> =
            outcome.steps().iter().map(|step| (step.name.to_string(), fate(step.state))).collect();
        let fates = expected.fates.iter().map(|(&task, &fate)| (self.shapes.name(task), fate));
        prop_assert_eq!(&found, &fates.collect::<BTreeMap<_, _>>());
        prop_assert_eq!(found.len(), outcome.steps().len());
        let mut called: Vec<usize> = called.lock().unwrap().clone();
        called.sort_unstable();
        let ran = |&task: &usize| task >= ORIGINS && matches!(expected.fates[&task], Fate::Done | Fate::Failed);
        prop_assert_eq!(called, expected.fates.keys().copied().filter(ran).collect::<Vec<_>>());
        Ok(())
    }

    /// What the plan said came true, unless something failed above.
    fn was_planned(&self, blueprint: &Blueprint, plan: &Plan, expected: &Expected) -> TestCaseResult {
        let fates: BTreeMap<String, Fate> =
            expected.fates.iter().map(|(&task, &fate)| (self.shapes.name(task), fate)).collect();
        let name = |task: TaskId| blueprint.task(task).task.name().to_owned();
        let has_failed = expected.fates.values().any(|fate| *fate == Fate::Failed);
        for step in plan.steps() {
            let fate = fates.get(&name(step.task)).copied();
            // Whoever needed it may have been skipped.
            let is_needed = step.reasons.iter().any(|reason| matches!(reason, Reason::Needed { .. }));
            let came_true = match step.decision {
                Decision::Run => match fate {
                    Some(Fate::Done | Fate::Failed) => true,
                    Some(Fate::Skipped) => has_failed,
                    Some(Fate::Reused) => has_failed && is_needed,
                    None => false,
                },
                Decision::Depends => fate.is_some_and(|fate| fate != Fate::Skipped || has_failed),
                Decision::Reuse => fate == Some(Fate::Reused),
                Decision::Skip => fate.is_none(),
                _ => false,
            };
            prop_assert!(came_true, "{} was to {:?} and {:?}", name(step.task), step, fate);
        }
        Ok(())
    }

    fn count(&self, what: &'static str, times: usize) {
        *self.tally.borrow_mut().entry(what).or_default() += times;
    }

    fn count_all(&self, blueprint: &Blueprint, plan: &Plan, expected: &Expected) {
        let of = |fate: Fate| expected.fates.values().filter(|found| **found == fate).count();
        self.count("done", of(Fate::Done));
        self.count("failed", of(Fate::Failed));
        self.count("reused", of(Fate::Reused));
        self.count("skipped", of(Fate::Skipped));
        self.count("made again", expected.again.len());
        self.count("reused of the published", expected.older.len());
        if of(Fate::Failed) > 0 {
            self.count("reused beside a failure", of(Fate::Reused));
        }
        let reused: BTreeSet<String> = expected
            .fates
            .iter()
            .filter(|(_, fate)| **fate == Fate::Reused)
            .map(|(&task, _)| self.shapes.name(task))
            .collect();
        let is_cut_off =
            |step: &&Step| step.decision == Decision::Depends && reused.contains(blueprint.task(step.task).task.name());
        self.count("cut off", plan.steps().iter().filter(is_cut_off).count());
        let again = |fate: Fate| expected.again.iter().filter(|task| expected.fates[task] == fate).count();
        self.count("made again in vain", again(Fate::Failed));
        self.count("not made again", again(Fate::Skipped));
    }

    /// Published are the versions that the oracle says, each with the content that was made of it then.
    fn has_published(&self) -> TestCaseResult {
        let store = self.place.store();
        let expected: BTreeSet<Version> =
            self.oracle.published.iter().map(|(&model, &night)| self.version((model, night))).collect();
        let published = store.published().unwrap().map(|publication| publication.versions).unwrap_or_default();
        prop_assert_eq!(published.into_iter().collect::<BTreeSet<_>>(), expected);
        for (&model, &night) in
            self.oracle.published.iter().filter(|(model, night)| !self.oracle.is_lost((**model, **night)))
        {
            let content = store.load(&self.version((model, night)), &Storage::Json, None).unwrap();
            prop_assert_eq!(models::number(&content), self.oracle.number((model, night)));
        }
        Ok(())
    }

    /// Published is what a chain that never ran before publishes.
    fn is_as_from_nothing(&self) -> TestCaseResult {
        let fresh: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let called = Called::default();
        let mut chain = self.shapes.orchestrator(&self.now, &BTreeMap::new(), &called).with_store(Arc::clone(&fresh));
        prop_assert!(chain.run().unwrap().is_done());
        let found = numbers(&*fresh);
        prop_assert_eq!(&numbers(&*self.place.store()), &found);
        let expected = Oracle::from_nothing(self.shapes, &self.now);
        let expected: BTreeMap<String, u64> =
            expected.into_iter().map(|(model, number)| (self.shapes.model(model), number)).collect();
        prop_assert_eq!(found, expected);
        Ok(())
    }
}

/// The numbers that are published, by model.
fn numbers(store: &dyn Store) -> BTreeMap<String, u64> {
    let published = store.published().unwrap().map(|publication| publication.versions).unwrap_or_default();
    let number = |version: &Version| models::number(&store.load(version, &Storage::Json, None).unwrap());
    published.iter().map(|version| (version.model.clone(), number(version))).collect()
}

/// How often things came up: what never does is not tested.
type Tally = RefCell<BTreeMap<&'static str, usize>>;

fn live(script: &Script, place: &dyn Place, tally: &Tally) -> TestCaseResult {
    let mut story = Story::new(&script.shapes, place, tally);
    script.nights.iter().enumerate().try_for_each(|(number, night)| story.live_through(number, night))
}

/// Lives through so many scripts, or as many as `PROPTEST_CASES` says if that is more.
fn any_script(cases: u32, at_least: usize, place: impl Fn() -> Box<dyn Place>) {
    hold_panics();
    let config = ProptestConfig::default();
    let cases = config.cases.max(cases);
    let config = ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 1_000, ..config };
    let tally = Tally::default();
    let result = TestRunner::new(config).run(&scripts(), |script| live(&script, &*place(), &tally));
    if let Err(error) = result {
        panic!("{error}");
    }
    let tally = tally.into_inner();
    let all = [
        "done",
        "failed",
        "reused",
        "skipped",
        "cut off",
        "made again",
        "reused of the published",
        "reused beside a failure",
        "published in part",
        "published as from nothing",
        "not to be had",
    ];
    for what in all {
        assert!(tally.get(what).copied().unwrap_or_default() >= at_least, "{what} comes up too seldom: {tally:?}");
    }
}

#[test]
fn rule_12_any_chain_does_what_is_not_done_and_no_more() {
    any_script(2_000, 3, || Box::new(InMemory::default()));
}

#[test]
fn rule_12_any_chain_does_so_with_files_and_processes_that_end() {
    any_script(20, 0, || Box::new(OnDisk::new()));
}
