//! What is reused is right: any chain, whatever is changed, lost or goes wrong from one night to the next, does what the
//! oracle says and no more, and publishes what a run from nothing would.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use purvey::RunId;
use purvey::event::{Ending, State};
use purvey::id::TaskId;
use purvey::model::Storage;
use purvey::plan::{Blueprint, Decision, Plan, PlanError, Selection};
use purvey::run::{Outcome, hold_panics};
use purvey::session::{Request, RunError};
use purvey::store::{MemoryStore, Store, Version};

use crate::order::acyclic;
use chain::{Called, Does, ModelId, Now, ORIGINS, PARAMS, Shape, Shapes};
use oracle::{Expected, Fate, Oracle, Tonight};
use place::{InMemory, Loss, OnDisk, Place};

mod chain;
mod models;
mod oracle;
mod place;
mod rules;

/// Something that is other than it was the night before. Positions are taken modulo what there is.
#[derive(Clone, Copy, Debug)]
enum Edit {
    Code(usize, u64),
    Setting(usize, Option<u64>),
    Param(usize, Option<u64>),
    Origin(usize, u64),
    Move(usize),
    Lose(usize, Loss),
    /// Takes a task out of the chain, or puts it back.
    Toggle(usize),
}

/// One night: what was changed before, and what is asked for.
#[derive(Clone, Debug)]
struct Night {
    edits: Vec<Edit>,
    failing: Vec<(usize, Does)>,
    /// Only these tasks; with all that they read from, or without.
    only: Option<(Vec<usize>, bool)>,
    forced: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Script {
    shapes: Shapes,
    nights: Vec<Night>,
}

fn edits() -> impl Strategy<Value = Edit> {
    let position = 0usize..64;
    let loss = prop_oneof![Just(Loss::Deleted), Just(Loss::Overwritten), Just(Loss::Copied)];
    prop_oneof![
        4 => (position.clone(), 0u64..3).prop_map(|(task, version)| Edit::Code(task, version)),
        3 => (position.clone(), option::of(0u64..3)).prop_map(|(task, size)| Edit::Setting(task, size)),
        3 => (0..PARAMS, option::of(0u64..4)).prop_map(|(name, value)| Edit::Param(name, value)),
        3 => (0..ORIGINS, 0u64..3).prop_map(|(origin, number)| Edit::Origin(origin, number)),
        1 => (0..ORIGINS).prop_map(Edit::Move),
        3 => (position.clone(), loss).prop_map(|(file, loss)| Edit::Lose(file, loss)),
        1 => position.prop_map(Edit::Toggle),
    ]
}

fn nights() -> impl Strategy<Value = Vec<Night>> {
    let position = 0usize..64;
    let goes_wrong = prop_oneof![2 => Just(Does::Fail), 1 => Just(Does::Panic)];
    let failing = prop_oneof![3 => Just(vec![]), 2 => vec((position.clone(), goes_wrong), 1..4)];
    let only = prop_oneof![
        4 => Just(None),
        1 => (vec(position.clone(), 1..4), any::<bool>()).prop_map(Some),
    ];
    let forced = prop_oneof![4 => Just(vec![]), 1 => vec(position, 1..3)];
    let night = (vec(edits(), 0..4), failing, only, forced);
    vec(night.prop_map(|(edits, failing, only, forced)| Night { edits, failing, only, forced }), 1..7)
}

fn shapes() -> impl Strategy<Value = Shapes> {
    acyclic().prop_flat_map(|(tasks, edges)| {
        let stored = vec(vec(any::<bool>(), 1..4), tasks);
        let ways = vec((0usize..3, any::<bool>()), edges.len());
        let origins = vec((0..tasks, 0..ORIGINS), 0..5);
        let params = vec(vec(0..PARAMS, 0..3), tasks);
        let origins_stored = vec(any::<bool>(), ORIGINS);
        (stored, ways, origins, params, origins_stored).prop_map(move |(stored, ways, origins, params, kept)| {
            let readers_of_origins =
                kept.into_iter().map(|is_kept| Shape { stored: vec![is_kept], ..Shape::default() });
            let tasks =
                stored.into_iter().zip(params).map(|(stored, params)| Shape { stored, params, ..Shape::default() });
            let mut shapes: Vec<Shape> = readers_of_origins.chain(tasks).collect();
            for (task, origin) in origins {
                shapes[ORIGINS + task].requires.push((origin, 0));
            }
            for (&(from, to), (model, is_spare)) in edges.iter().zip(ways) {
                let model = (ORIGINS + from, model % shapes[ORIGINS + from].stored.len());
                let reader = &mut shapes[ORIGINS + to];
                if is_spare { reader.after.push(model) } else { reader.requires.push(model) }
            }
            Shapes(shapes)
        })
    })
}

fn scripts() -> impl Strategy<Value = Script> {
    (shapes(), nights()).prop_map(|(shapes, nights)| Script { shapes, nights })
}

/// A chain in its place, through the nights.
struct Story<'s> {
    shapes: &'s Shapes,
    place: &'s dyn Place,
    now: Now,
    oracle: Oracle<'s>,
    /// The run of each night.
    runs: BTreeMap<usize, RunId>,
}

impl<'s> Story<'s> {
    fn new(shapes: &'s Shapes, place: &'s dyn Place) -> Story<'s> {
        let tasks = shapes.0.len();
        let now = Now {
            versions: vec![0; tasks],
            settings: vec![None; tasks],
            params: [None; PARAMS],
            origins: [0; ORIGINS],
            places: [true; ORIGINS],
            absent: BTreeSet::new(),
        };
        Story { shapes, place, now, oracle: Oracle::new(shapes), runs: BTreeMap::new() }
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
            return Ok(());
        };
        let (plan, outcome) = (planned.unwrap(), ran.unwrap());
        self.runs.insert(number, outcome.run());
        self.did_what_it_had_to(&outcome, &expected, &called)?;
        self.was_planned(&blueprint, &plan, &expected)?;
        if !expected.is_good {
            prop_assert_eq!(outcome.ending(), Ending::Failed);
            prop_assert_eq!(self.place.store().published().unwrap(), before);
            return Ok(());
        }
        prop_assert!(outcome.is_done());
        self.has_published()?;
        if night.only.is_none() {
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
        for step in plan.steps() {
            let fate = fates.get(&name(step.task)).copied();
            let came_true = match step.decision {
                Decision::Run => matches!(fate, Some(Fate::Done | Fate::Failed | Fate::Skipped)),
                Decision::Depends => fate.is_some(),
                Decision::Reuse => fate == Some(Fate::Reused),
                Decision::Skip => fate.is_none(),
                _ => false,
            };
            prop_assert!(came_true, "{} was to {:?} and {:?}", name(step.task), step, fate);
        }
        Ok(())
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
        let called = Arc::new(Mutex::new(Vec::new()));
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

fn live(script: &Script, place: &dyn Place) -> TestCaseResult {
    hold_panics();
    let mut story = Story::new(&script.shapes, place);
    script.nights.iter().enumerate().try_for_each(|(number, night)| story.live_through(number, night))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rule_8_any_chain_does_what_is_not_done_and_no_more(script in scripts()) {
        live(&script, &InMemory::default())?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rule_8_any_chain_does_so_with_files_and_processes_that_end(script in scripts()) {
        live(&script, &OnDisk(tempfile::tempdir().unwrap()))?;
    }
}
