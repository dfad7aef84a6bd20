//! The plan: for each task of a chain, what this run does with it, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::digest::Digest;
use crate::id::{ModelId, TaskId};

use super::blueprint::Blueprint;
use super::error::PlanError;
use super::once;
use super::partitions;
use super::parts;
use super::reason::Reason;
use super::select::Selection;
use super::situation::{Candidate, Input, Situation, Verdict};

/// What is done with one task in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// It is run.
    Run,
    /// It is run unless what it reads comes out as it was; then it is reused.
    Depends,
    /// It is up to date: what it made before is used.
    Reuse,
    /// It is left alone, because the selection does not pick it.
    Skip,
}

impl Decision {
    /// The word for this decision.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Decision::Run => "run",
            Decision::Depends => "depends",
            Decision::Reuse => "reuse",
            Decision::Skip => "skip",
        }
    }
}

/// One task in a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The task.
    pub task: TaskId,
    /// What is done with it.
    pub decision: Decision,
    /// Why; empty for a step that is skipped because nobody selected it, and where nothing is recorded.
    pub reasons: Vec<Reason>,
}

/// The ordered decision what one run does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    steps: Vec<Step>,
    stored: Vec<ModelId>,
    situation: Arc<Situation>,
}

impl Plan {
    /// Decides what to do with each task, as things stand.
    ///
    /// A source is read whenever a task that is picked reads it. Any other model that a picked task reads and no picked
    /// task provides is taken from the store. A task that is up to date is reused; one whose models were not stored is run
    /// all the same where a task that runs reads them.
    ///
    /// # Errors
    ///
    /// When the selection names what is not there, picks nothing, or would need a model that is not stored.
    pub fn make(
        blueprint: &Blueprint,
        selection: &Selection,
        situation: impl Into<Arc<Situation>>,
    ) -> Result<Plan, PlanError> {
        let situation = situation.into();
        let (picked, stored) = pick(blueprint, selection, &situation)?;
        if situation.standings.is_empty() {
            // Without a history nothing can be up to date, so there is nothing to find out.
            let step = |&task: &TaskId| {
                let decision = if picked[task.index()] { Decision::Run } else { Decision::Skip };
                Step { task, decision, reasons: Vec::new() }
            };
            return Ok(Plan { steps: blueprint.order().iter().map(step).collect(), stored, situation });
        }
        let mut drafts = Drafts::new(blueprint, &situation, picked);
        for &task in blueprint.order() {
            drafts.judge(task);
        }
        for &task in blueprint.order().iter().rev() {
            drafts.pull(task);
        }
        let step = |&task: &TaskId| {
            let (decision, reasons) = drafts.decisions[task.index()].take().unwrap_or((Decision::Skip, vec![]));
            Step { task, decision, reasons }
        };
        Ok(Plan { steps: blueprint.order().iter().map(step).collect(), stored, situation })
    }

    /// Runs these tasks and no others, whatever was done before.
    pub(crate) fn of_tasks(blueprint: &Blueprint, tasks: &BTreeSet<TaskId>) -> Plan {
        let step = |&task: &TaskId| {
            let decision = if tasks.contains(&task) { Decision::Run } else { Decision::Skip };
            Step { task, decision, reasons: Vec::new() }
        };
        let steps = blueprint.order().iter().map(step).collect();
        Plan { steps, stored: Vec::new(), situation: Arc::default() }
    }

    /// Every task of the chain, in the order of the run.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What is done with one task.
    #[must_use]
    pub fn step(&self, task: TaskId) -> Option<&Step> {
        // In most chains the position of a task is its place in the order.
        let first = self.steps.get(task.index()).filter(|step| step.task == task);
        first.or_else(|| self.steps.iter().find(|step| step.task == task))
    }

    /// The tasks that are picked, in order: those that are run, may be run, or are reused.
    pub fn picks(&self) -> impl Iterator<Item = TaskId> {
        self.steps.iter().filter(|step| step.decision != Decision::Skip).map(|step| step.task)
    }

    /// The models of tasks that are not picked, which are taken from the store.
    #[must_use]
    pub fn stored(&self) -> &[ModelId] {
        &self.stored
    }

    /// How things stood when the plan was made.
    #[must_use]
    pub fn situation(&self) -> &Arc<Situation> {
        &self.situation
    }
}

/// For each task whether it is picked, and the models of others that those read.
fn pick(
    blueprint: &Blueprint,
    selection: &Selection,
    situation: &Situation,
) -> Result<(Vec<bool>, Vec<ModelId>), PlanError> {
    let tasks = blueprint.tasks().len();
    if selection.is_all() {
        let picked = vec![true; tasks];
        parts::check(blueprint, situation, &picked)?;
        return Ok((picked, Vec::new()));
    }
    let mut picked = vec![false; tasks];
    let mut read = vec![false; blueprint.models().len()];
    let selected = selection.resolve(blueprint)?;
    if selected.is_empty() && tasks > 0 {
        return Err(PlanError::Nothing);
    }
    let mut open: Vec<TaskId> = selected.into_iter().collect();
    while let Some(task) = open.pop() {
        picked[task.index()] = true;
        for model in blueprint.reads(task) {
            read[model.index()] = true;
            // What can be fetched is fetched, whether it is selected or not.
            let provider = blueprint.model(model).provider;
            let is_open = |task: &TaskId| !picked[task.index()] && partitions::is_fetching(blueprint.task(*task));
            open.extend(provider.filter(is_open));
        }
    }
    let mut stored = Vec::new();
    let mut unavailable = Vec::new();
    for model in (0..read.len()).map(ModelId::new).filter(|model| read[model.index()]) {
        let entry = blueprint.model(model);
        if entry.provider.is_none_or(|provider| picked[provider.index()]) {
            continue;
        }
        if situation.stored.contains_key(&*entry.name) {
            stored.push(model);
        } else {
            unavailable.push(model);
        }
    }
    if !unavailable.is_empty() {
        return Err(PlanError::unavailable(blueprint, &picked, &unavailable));
    }
    once::check(blueprint, situation, &picked)?;
    parts::check(blueprint, situation, &picked)?;
    Ok((picked, stored))
}

/// A plan while it is made.
struct Drafts<'a> {
    blueprint: &'a Blueprint,
    situation: &'a Situation,
    /// By task.
    picked: Vec<bool>,
    /// By task; none for what is not picked.
    decisions: Vec<Option<(Decision, Vec<Reason>)>>,
    /// The content of each model, as far as it is known.
    inputs: Vec<Input>,
    /// Models that are known and whose file is not there: whoever reads one has its provider run.
    absent: Vec<bool>,
}

impl<'a> Drafts<'a> {
    fn new(blueprint: &'a Blueprint, situation: &'a Situation, picked: Vec<bool>) -> Drafts<'a> {
        let known = |name: &str| {
            let digest = match situation.supplied.get(name) {
                Some(digest) => *digest,
                None => situation.stored.get(name).and_then(|stored| stored.digest),
            };
            digest.map_or(Input::Untold, Input::Is)
        };
        let models = blueprint.models();
        Drafts {
            blueprint,
            situation,
            picked,
            decisions: vec![None; blueprint.tasks().len()],
            inputs: models.iter().map(|model| known(&model.name)).collect(),
            absent: vec![false; models.len()],
        }
    }

    /// Decides on a task whose providers have been decided on.
    fn judge(&mut self, task: TaskId) {
        if !self.picked[task.index()] {
            return;
        }
        let (decision, reasons) = self.decide(task);
        if decision != Decision::Reuse {
            for &model in self.blueprint.provides(task) {
                self.inputs[model.index()] = Input::Later;
            }
        }
        self.decisions[task.index()] = Some((decision, reasons));
    }

    fn decide(&mut self, task: TaskId) -> (Decision, Vec<Reason>) {
        let Some(standing) = self.situation.standings.get(task.index()) else {
            return (Decision::Run, Vec::new());
        };
        if self.situation.forced.contains(&task) {
            return (Decision::Run, vec![Reason::Forced]);
        }
        match standing.verdict(&inputs(self.blueprint, task, |model| self.inputs[model.index()])) {
            Verdict::Run(reasons) => (Decision::Run, reasons),
            Verdict::Open(position) => {
                let reasons = vec![Reason::Awaits { providers: self.awaited(task) }];
                self.take(task, &standing.candidates[position]);
                self.kept(task).unwrap_or((Decision::Depends, reasons))
            }
            Verdict::Reuse(position) => {
                let candidate = &standing.candidates[position];
                self.take(task, candidate);
                let Candidate { performed, .. } = candidate;
                let same = || (Decision::Reuse, vec![Reason::Same { run: performed.run, at: performed.at }]);
                self.kept(task).unwrap_or_else(same)
            }
        }
    }

    /// Takes what a task made before for what it makes.
    fn take(&mut self, task: TaskId, candidate: &Candidate) {
        let made = made(candidate);
        for &model in self.blueprint.provides(task) {
            let known = made.get(&*self.blueprint.model(model).name);
            self.inputs[model.index()] = known.map_or(Input::Untold, |&(digest, _)| Input::Is(digest));
            self.absent[model.index()] = known.is_none_or(|&(_, is_stored)| !is_stored);
        }
    }

    /// What is done with a task that is up to date where the caller wants a model of it that is not stored.
    fn kept(&self, task: TaskId) -> Option<(Decision, Vec<Reason>)> {
        let names = self.blueprint.provides(task).iter().filter(|model| self.absent[model.index()]);
        let mut names = names.map(|&model| self.blueprint.model(model).name.to_string());
        let model = names.find(|name| self.situation.kept.contains(name))?;
        Some((Decision::Run, vec![Reason::Kept { model }]))
    }

    /// The tasks that make something again which this one reads.
    fn awaited(&self, task: TaskId) -> Vec<String> {
        let later = self.blueprint.reads(task).filter(|model| self.inputs[model.index()] == Input::Later);
        let providers: BTreeSet<TaskId> = later.filter_map(|model| self.blueprint.model(model).provider).collect();
        providers.into_iter().map(|task| self.blueprint.task(task).task.name().to_owned()).collect()
    }

    /// Has the providers of what a task reads run where that is not stored; called for readers before providers.
    fn pull(&mut self, task: TaskId) {
        let Some((decision @ (Decision::Run | Decision::Depends), _)) = self.decisions[task.index()] else { return };
        for model in self.blueprint.reads(task).filter(|model| self.absent[model.index()]).collect::<Vec<_>>() {
            let entry = self.blueprint.model(model);
            let Some(provider) = entry.provider else { continue };
            let reader = self.blueprint.task(task).task.name().to_owned();
            let needed = Reason::Needed { model: entry.name.to_string(), reader };
            match &mut self.decisions[provider.index()] {
                Some((theirs @ Decision::Reuse, reasons)) => (*theirs, *reasons) = (decision, vec![needed]),
                Some((theirs @ Decision::Depends, reasons)) if decision == Decision::Run => {
                    (*theirs, *reasons) = (decision, vec![needed]);
                }
                _ => {}
            }
        }
    }
}

/// What is known of each model that a task reads, by name.
pub(crate) fn inputs(blueprint: &Blueprint, task: TaskId, known: impl Fn(ModelId) -> Input) -> Vec<(&str, Input)> {
    blueprint.reads(task).map(|model| (&*blueprint.model(model).name, known(model))).collect()
}

/// What a candidate made: for each model its digest, and whether it is stored.
fn made(candidate: &Candidate) -> BTreeMap<&str, (Digest, bool)> {
    let made = candidate.performed.made.iter();
    made.map(|made| (made.model.as_str(), (made.digest, made.file.is_some()))).collect()
}
