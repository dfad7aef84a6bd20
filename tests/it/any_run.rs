//! Any chain, whatever its tasks do, ends as the rules of behaviour say.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use purvey::event::{Ending, State};
use purvey::prelude::*;
use purvey::run::{RunOptions, hold_panics};

use crate::order::acyclic;
use crate::support::{Record, Step, Token, alive, step};

/// What a task does when it is called.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Does {
    Work,
    Fail,
    Panic,
    /// Asks the run to stop, and does its own work all the same.
    Cancel,
    /// Asks the run to stop, and stops itself.
    Stop,
}

/// A chain: task `t<i>` provides the models `m<2i>` and `m<2i+1>`.
#[derive(Clone, Debug)]
struct Script {
    tasks: Vec<Does>,
    /// The reader, the model, and whether the reader could do without.
    reads: Vec<(usize, usize, bool)>,
    kept: Vec<bool>,
    fail_fast: bool,
}

impl Script {
    fn reads(&self, task: usize) -> impl Iterator<Item = usize> {
        self.reads.iter().filter(move |(reader, ..)| *reader == task).map(|(_, model, _)| *model)
    }

    /// The tasks that a task reads from, near and far.
    fn ancestors(&self, task: usize) -> BTreeSet<usize> {
        let near = self.reads(task).map(|model| model / 2);
        near.flat_map(|provider| self.ancestors(provider).into_iter().chain([provider])).collect()
    }

    /// The step of a task, which notes its name and how many models there are.
    fn step(&self, task: usize, cancel: &CancelToken, record: &Record) -> Step {
        let mine = self.reads.iter().filter(|(reader, ..)| *reader == task);
        let reads: Vec<String> =
            mine.map(|(_, model, spare)| format!("m{model}{}", if *spare { "?" } else { "" })).collect();
        let words = format!("t{task}({}) -> m{}, m{}", reads.join(", "), 2 * task, 2 * task + 1);
        let after = reads.iter().filter(|read| read.ends_with('?')).count();
        let requires = reads.len() - after;
        let (does, cancel, record) = (self.tasks[task], cancel.clone(), Record::clone(record));
        step(&words).doing(move |call| {
            record.lock().unwrap().push(format!("t{task} among {}", alive()));
            for position in 0..requires {
                call.require::<Token>(position)?;
            }
            for position in 0..after {
                call.optional::<Token>(position)?.expect("every model of the chain is provided");
            }
            match does {
                Does::Work => {}
                Does::Fail => return Err(Error::data("no")),
                Does::Panic => panic!("no"),
                Does::Cancel => cancel.cancel(),
                Does::Stop => {
                    cancel.cancel();
                    cancel.check()?;
                }
            }
            Ok(())
        })
    }

    /// The rules as sentences: the state in which each task ends, and what is noted.
    fn expected(&self) -> (Vec<State>, Vec<String>) {
        let tasks = 0..self.tasks.len();
        let mut states = vec![State::Waiting; self.tasks.len()];
        let mut noted = Vec::new();
        let mut cancelled = false;
        loop {
            // The first task of the list whose providers are all done goes next, if any may.
            let is_ready = |&task: &usize| {
                states[task] == State::Waiting && self.reads(task).all(|model| states[model / 2] == State::Done)
            };
            let stopping = cancelled || (self.fail_fast && states.contains(&State::Failed));
            let Some(task) = tasks.clone().find(is_ready).filter(|_| !stopping) else { break };
            // A model is there while somebody may still read it, or for ever when it is kept.
            let is_awaited = |model: usize| {
                tasks.clone().any(|task| !states[task].is_final() && self.reads(task).any(|read| read == model))
            };
            let is_there = |&model: &usize| states[model / 2] == State::Done && (self.kept[model] || is_awaited(model));
            let there = (0..2 * states.len()).filter(is_there).count();
            noted.push(format!("t{task} among {}", there + 2));
            states[task] = match self.tasks[task] {
                Does::Work | Does::Cancel => State::Done,
                Does::Fail | Does::Panic => State::Failed,
                Does::Stop => State::Cancelled,
            };
            cancelled |= matches!(self.tasks[task], Does::Cancel | Does::Stop);
            // Whatever has a failed ancestor is skipped.
            for task in tasks.clone().filter(|&task| states[task] == State::Waiting).collect::<Vec<_>>() {
                if self.ancestors(task).iter().any(|&ancestor| states[ancestor] == State::Failed) {
                    states[task] = State::Skipped;
                }
            }
        }
        for state in states.iter_mut().filter(|state| **state == State::Waiting) {
            *state = State::Cancelled;
        }
        (states, noted)
    }
}

fn scripts() -> impl Strategy<Value = Script> {
    let does = prop_oneof![
        12 => Just(Does::Work),
        2 => Just(Does::Fail),
        1 => Just(Does::Panic),
        1 => Just(Does::Cancel),
        1 => Just(Does::Stop),
    ];
    acyclic().prop_flat_map(move |(tasks, edges)| {
        let ways = vec((0_usize..2, any::<bool>()), edges.len());
        (vec(does.clone(), tasks), ways, vec(any::<bool>(), 2 * tasks), any::<bool>()).prop_map(
            move |(tasks, ways, kept, fail_fast)| {
                let reads = edges.iter().zip(ways);
                let reads = reads.map(|(&(from, to), (model, spare))| (to, 2 * from + model, spare)).collect();
                Script { tasks, reads, kept, fail_fast }
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rule_6_any_run_ends_as_the_rules_say(script in scripts()) {
        hold_panics();
        let before = alive();
        let (cancel, record) = (CancelToken::new(), Record::default());
        let steps: Vec<Step> = (0..script.tasks.len()).map(|task| script.step(task, &cancel, &record)).collect();
        let options = RunOptions { fail_fast: script.fail_fast, ..RunOptions::default() };
        let job = JobContext::new("test").with_cancel(cancel);
        let chain = Orchestrator::new(job, steps, Sections::models()).with_options(options);
        let kept = (0..script.kept.len()).filter(|&model| script.kept[model]);
        let mut chain = kept.fold(chain, |chain, model| chain.keep_named(&format!("m{model}")));

        let mut outcome = chain.run().unwrap();

        let (states, noted) = script.expected();
        let found: Vec<State> = (0..states.len()).map(|task| outcome.state(&format!("t{task}")).unwrap()).collect();
        prop_assert_eq!(&found, &states);
        prop_assert_eq!(outcome.steps().len(), states.len());
        prop_assert_eq!(&*record.lock().unwrap(), &noted);
        let ending = match () {
            () if states.contains(&State::Failed) => Ending::Failed,
            () if states.iter().all(|state| *state == State::Done) => Ending::Done,
            () => Ending::Cancelled,
        };
        prop_assert_eq!(outcome.ending(), ending);
        for model in 0..script.kept.len() {
            let is_left = outcome.take_named::<Token>(&format!("m{model}")).is_some();
            prop_assert_eq!(is_left, script.kept[model] && states[model / 2] == State::Done, "m{}", model);
        }
        prop_assert_eq!(alive(), before);
    }
}
