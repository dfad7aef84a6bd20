//! Which steps have to run, found out while others end.
//!
//! A step is judged when the content of all it reads is known. One that is up to date counts as there at once, so that
//! what reads from it can be judged; it is *held* where a model of it was not stored, for it has to run all the same if a
//! step that runs reads that model. Knows ids, digests and candidates; starts nothing and says nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::digest::Digest;
use crate::id::{ModelId, RunId, TaskId};
use crate::ledger::VersionRecord;
use crate::plan::{Blueprint, Input, Plan, Reason, Situation, Verdict, inputs};

use super::ready::Ready;

mod growth;
mod known;
#[cfg(test)]
mod tests;

use known::Known;

/// What is to be done with a step next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// All that it reads is there, and it has to run.
    Ready(TaskId),
    /// What this run did of it before is as good.
    Reuse(TaskId, RunId),
    /// It has to run and cannot, because this other step of it did not get done.
    Blocked(TaskId, TaskId),
}

/// How far a step has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not picked.
    Out,
    /// Something that it reads is not known yet.
    Open,
    /// Up to date, and perhaps to be run again for a model that was not stored.
    Held,
    /// Up to date.
    Reused,
    /// To be run.
    Wanted,
    /// Done in this run.
    Done,
    /// It did not get done.
    Lost,
}

/// The course of a run: which steps it has to run, as far as it is known.
#[derive(Debug)]
pub(super) struct Course {
    blueprint: Blueprint,
    situation: Arc<Situation>,
    kept: Vec<bool>,
    // What is looked at for each edge lies close together: it is a byte for each step.
    phases: Vec<Phase>,
    /// The steps that are held, and the candidate that each is as good as.
    held: BTreeMap<TaskId, usize>,
    /// Whether what the step makes is known, by task.
    settled: Vec<bool>,
    /// For each step, how many of the edges to it come from steps that are not settled.
    unsettled: Vec<u32>,
    /// For each model, what is known of its content; empty as long as that is nothing.
    known: Vec<Known>,
    /// Why a step runs, by task, where there is a reason to tell.
    reasons: BTreeMap<TaskId, Vec<Reason>>,
    /// Steps that are made again, and who waits for that.
    awaited: BTreeMap<TaskId, BTreeSet<TaskId>>,
    /// Steps to be run that wait for others to be made again, and for how many.
    waits: BTreeMap<TaskId, usize>,
    /// Steps whose inputs are known and that have not been judged.
    to_judge: Ready,
}

impl Course {
    pub(super) fn new(blueprint: &Blueprint, plan: &Plan, kept: &[bool]) -> Course {
        let (situation, tasks) = (Arc::clone(plan.situation()), blueprint.tasks().len());
        let mut phases = vec![Phase::Out; tasks];
        for task in plan.picks() {
            phases[task.index()] = Phase::Open;
        }
        let is_picked = |task: TaskId| phases[task.index()] == Phase::Open;
        let mut unsettled = vec![0; tasks];
        for (provider, reader, _) in blueprint.graph().edges() {
            if is_picked(provider) && is_picked(reader) {
                unsettled[reader.index()] += 1;
            }
        }
        let mut to_judge = Ready::new(tasks);
        plan.picks().filter(|task| unsettled[task.index()] == 0).for_each(|task| to_judge.insert(task));
        let mut course = Course {
            blueprint: blueprint.clone(),
            kept: kept.to_vec(),
            phases,
            held: BTreeMap::new(),
            settled: vec![false; tasks],
            unsettled,
            known: Vec::new(),
            reasons: BTreeMap::new(),
            awaited: BTreeMap::new(),
            waits: BTreeMap::new(),
            to_judge,
            situation: Arc::clone(&situation),
        };
        course.take_stored(plan.stored());
        course.take_supplied();
        course
    }

    fn take_stored(&mut self, models: &[ModelId]) {
        for &model in models {
            let Some(stored) = self.situation.stored.get(&*self.blueprint.model(model).name) else { continue };
            let (input, version) = (stored.digest.map_or(Input::Untold, Input::Is), stored.version.clone());
            self.know(model, Known { input, run: Some(version.run), version: Some(version), absent: false });
        }
    }

    fn take_supplied(&mut self) {
        let situation = Arc::clone(&self.situation);
        for (name, digest) in &situation.supplied {
            if let Some(model) = self.blueprint.model_named(name) {
                let input = digest.map_or(Input::Untold, Input::Is);
                self.know(model, Known { input, ..self.known(model).clone() });
            }
        }
    }

    /// Judges all steps whose inputs are known, and says what is to be done with them, in order of position as far as one
    /// does not depend on another.
    pub(super) fn moves(&mut self, moves: &mut Vec<Move>) {
        while let Some(task) = self.to_judge.pop() {
            if self.phases[task.index()] == Phase::Open {
                self.judge(task, moves);
            }
        }
    }

    fn judge(&mut self, task: TaskId, moves: &mut Vec<Move>) {
        if self.is_blank() {
            self.phases[task.index()] = Phase::Wanted;
            moves.push(Move::Ready(task));
            return;
        }
        let situation = Arc::clone(&self.situation);
        let Some(standing) = situation.standings.get(task.index()) else {
            self.want(task, Vec::new(), moves);
            return;
        };
        if situation.forced.contains(&task) {
            self.want(task, vec![Reason::Forced], moves);
            return;
        }
        match standing.verdict(&inputs(&self.blueprint, task, |model| self.known(model).input)) {
            Verdict::Run(reasons) => self.want(task, reasons, moves),
            // All inputs of a step that is judged are known, so `Open` does not occur; running is never wrong.
            Verdict::Open(_) => self.want(task, Vec::new(), moves),
            Verdict::Reuse(candidate) => {
                let performed = &standing.candidates[candidate].performed;
                self.take(task, &performed.made);
                let absent = |model: &&ModelId| self.known(**model).absent;
                let mut absent = self.blueprint.provides(task).iter().filter(absent);
                if let Some(&model) = absent.clone().find(|model| self.kept[model.index()]) {
                    let model = self.blueprint.model(model).name.to_string();
                    self.want(task, vec![Reason::Kept { model }], moves);
                } else if absent.any(|&model| self.is_read(model)) {
                    self.phases[task.index()] = Phase::Held;
                    self.held.insert(task, candidate);
                    self.settle_to_judge(task);
                } else {
                    self.phases[task.index()] = Phase::Reused;
                    moves.push(Move::Reuse(task, performed.run));
                    self.settle_to_judge(task);
                }
            }
        }
    }

    fn is_read(&self, model: ModelId) -> bool {
        self.blueprint.readers(model).any(|reader| self.phases[reader.index()] != Phase::Out)
    }

    /// Takes what a run made of a step for what the step makes.
    fn take(&mut self, task: TaskId, made: &[VersionRecord]) {
        let blueprint = self.blueprint.clone();
        for &model in blueprint.provides(task) {
            let name = &*blueprint.model(model).name;
            let Some(record) = made.iter().find(|made| made.model == name) else {
                self.know(model, Known { absent: true, ..Known::NOTHING });
                continue;
            };
            let version = record.version();
            let absent = version.is_none();
            self.know(model, Known { input: Input::Is(record.digest), run: Some(record.run), version, absent });
        }
    }

    /// What a step makes is known now: whoever reads it comes a step nearer to being judged, and is passed on with its phase
    /// when that is all it reads.
    fn settle(&mut self, task: TaskId, mut pass_on: impl FnMut(&mut Ready, &mut Phase, TaskId)) {
        if std::mem::replace(&mut self.settled[task.index()], true) {
            return;
        }
        for reader in self.blueprint.graph().readers_with_repeats(task) {
            let unsettled = &mut self.unsettled[reader.index()];
            // It is none where the step is not picked.
            *unsettled = unsettled.saturating_sub(1);
            if *unsettled == 0 && self.phases[reader.index()] == Phase::Open {
                pass_on(&mut self.to_judge, &mut self.phases[reader.index()], reader);
            }
        }
    }

    fn settle_to_judge(&mut self, task: TaskId) {
        self.settle(task, |to_judge, _, reader| to_judge.insert(reader));
    }

    /// Whether nothing is known, so that nothing is compared, and nothing is made again for want of a file: a step can be run
    /// as soon as all that it reads is there.
    pub(super) fn is_blank(&self) -> bool {
        self.situation.standings.is_empty() && self.known.is_empty()
    }

    /// Says which steps can be run at once, in order of position, where the course is blank.
    pub(super) fn begin(&mut self, mut ready: impl FnMut(TaskId)) {
        while let Some(task) = self.to_judge.pop() {
            self.phases[task.index()] = Phase::Wanted;
            ready(task);
        }
    }

    /// What a step has made may be read: says which steps can be run now, in order of position, where the course is blank.
    pub(super) fn go_on(&mut self, task: TaskId, mut ready: impl FnMut(TaskId)) {
        self.phases[task.index()] = Phase::Done;
        self.settle(task, |_, phase, reader| {
            *phase = Phase::Wanted;
            ready(reader);
        });
    }

    /// Has a step run, and before it those it reads from whose models are not stored.
    fn want(&mut self, task: TaskId, reasons: Vec<Reason>, moves: &mut Vec<Move>) {
        let mut wanted = vec![(task, reasons)];
        while let Some((task, reasons)) = wanted.pop() {
            self.phases[task.index()] = Phase::Wanted;
            if !reasons.is_empty() {
                self.reasons.insert(task, reasons);
            }
            let providers = self.absent_providers(task);
            let is_lost = |provider: &TaskId| self.phases[provider.index()] == Phase::Lost;
            let lost = providers.iter().map(|(provider, _)| *provider).find(is_lost);
            // What else it needs is made again even so: otherwise it would hang on who ends first which steps run.
            let mut waits = 0;
            for (provider, model) in providers {
                match self.phases[provider.index()] {
                    Phase::Held => {
                        let model = self.blueprint.model(model).name.to_string();
                        let reader = self.blueprint.task(task).task.name().to_owned();
                        wanted.push((provider, vec![Reason::Needed { model, reader }]));
                        // So that it is asked for once only.
                        self.phases[provider.index()] = Phase::Wanted;
                    }
                    Phase::Wanted => {}
                    _ => continue,
                }
                if self.awaited.entry(provider).or_default().insert(task) {
                    waits += 1;
                }
            }
            match lost {
                Some(provider) => moves.push(Move::Blocked(task, provider)),
                None if waits == 0 => moves.push(Move::Ready(task)),
                None => drop(self.waits.insert(task, waits)),
            }
        }
    }

    /// The models that a step reads which are in no file, and who makes them.
    fn absent_providers(&self, task: TaskId) -> Vec<(TaskId, ModelId)> {
        let absent = self.blueprint.reads(task).filter(|&model| self.known(model).absent);
        absent.filter_map(|model| Some((self.blueprint.model(model).provider?, model))).collect()
    }

    /// Whether a step that reads from this one can only be judged by the digests of what this one makes.
    pub(super) fn is_awaited(&self, task: TaskId) -> bool {
        let standings = &self.situation.standings;
        let has_history = |reader: &TaskId| {
            self.phases[reader.index()] == Phase::Open
                && standings.get(reader.index()).is_some_and(|standing| !standing.candidates.is_empty())
        };
        !standings.is_empty() && self.blueprint.graph().readers_with_repeats(task).any(|reader| has_history(&reader))
    }

    /// What a step has made in this run is this, so far as it has been asked for; the rest will be learned later.
    pub(super) fn told(&mut self, task: TaskId, digests: &[Option<Digest>], run: RunId) {
        let blueprint = self.blueprint.clone();
        for (at, &model) in blueprint.provides(task).iter().enumerate() {
            let digest = digests.get(at).copied().flatten();
            let input = digest.map_or(Input::Later, Input::Is);
            self.know(model, Known { input, run: Some(run), ..Known::NOTHING });
        }
    }

    /// A step is done, and has made these versions.
    pub(super) fn learned(&mut self, task: TaskId, made: &[VersionRecord]) {
        self.take(task, made);
        self.in_memory(task);
    }

    fn in_memory(&mut self, task: TaskId) {
        for model in self.blueprint.provides(task) {
            if let Some(known) = self.known.get_mut(model.index()) {
                known.absent = false;
            }
        }
    }

    /// What a step has made may be read.
    pub(super) fn released(&mut self, task: TaskId, moves: &mut Vec<Move>) {
        self.phases[task.index()] = Phase::Done;
        self.in_memory(task);
        if !self.awaited.is_empty() {
            for reader in self.awaited.remove(&task).unwrap_or_default() {
                let Some(waits) = self.waits.get_mut(&reader) else { continue };
                *waits -= 1;
                if *waits == 0 {
                    self.waits.remove(&reader);
                    moves.push(Move::Ready(reader));
                }
            }
        }
        self.settle_to_judge(task);
        self.moves(moves);
    }

    /// A step did not get done; says which others come to nothing because of that, in order of position: they cannot be
    /// started, or what they do is based on what is lost.
    pub(super) fn lost(&mut self, task: TaskId) -> Vec<TaskId> {
        let mut lost = vec![(task, std::mem::replace(&mut self.phases[task.index()], Phase::Lost))];
        let mut skipped = Vec::new();
        while let Some((task, phase)) = lost.pop() {
            // Where it was read from memory already, whoever reads it is lost with it.
            let is_awaited_only = self.settled[task.index()] && phase != Phase::Done;
            let dependents: Vec<TaskId> = if is_awaited_only {
                self.awaited.remove(&task).unwrap_or_default().into_iter().collect()
            } else {
                self.blueprint.graph().readers(task)
            };
            for dependent in dependents {
                let its = self.phases[dependent.index()];
                let is_stuck = match its {
                    Phase::Open => true,
                    Phase::Wanted => self.waits.remove(&dependent).is_some() || !is_awaited_only,
                    Phase::Done => !is_awaited_only,
                    _ => false,
                };
                if is_stuck {
                    self.phases[dependent.index()] = Phase::Lost;
                    skipped.push(dependent);
                    lost.push((dependent, its));
                }
            }
        }
        skipped.sort_unstable();
        skipped
    }

    /// The steps that were held and that nobody needed, and the run that did each, in order of position.
    pub(super) fn held(&mut self) -> Vec<(TaskId, RunId)> {
        let held = std::mem::take(&mut self.held).into_iter();
        let held = held.filter(|(task, _)| self.phases[task.index()] == Phase::Held).collect::<Vec<_>>();
        let run = |(task, candidate): (TaskId, usize)| {
            self.phases[task.index()] = Phase::Reused;
            (task, self.situation.standings[task.index()].candidates[candidate].performed.run)
        };
        held.into_iter().map(run).collect()
    }

    /// Why a step runs.
    pub(super) fn reasons(&self, task: TaskId) -> &[Reason] {
        self.reasons.get(&task).map_or(&[], Vec::as_slice)
    }
}
