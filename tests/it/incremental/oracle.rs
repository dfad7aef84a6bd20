//! Says what a run has to do, from the rules as sentences. It knows nothing of the engine: neither digests nor ledgers, and
//! no order but that a task comes after those it reads from.
//!
//! - What a task makes depends on its [`Cause`].
//! - Reused may be what was done of it last, whatever became of that run, or what is published of it: if the cause is the
//!   same now, and no file of it is lost.
//! - A task can be judged once the content of all it reads is known. That is so when the provider is up to date, or has
//!   run well.
//! - It has to run if it is forced or not up to date, or if a task that has to run reads a model of it that is not stored.
//! - It runs if it has to and all it reads can be had; if it has to and cannot, or cannot be judged, it is skipped. All
//!   other tasks are reused.

use std::collections::{BTreeMap, BTreeSet};

use super::chain::{Cause, ModelId, Now, Shapes, read_params};

/// What becomes of a task in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Done,
    Failed,
    Reused,
    Skipped,
}

/// What a run is asked for, and what goes wrong in it.
#[derive(Clone, Debug)]
pub(super) struct Tonight {
    /// The tasks that are asked for.
    pub(super) asked: BTreeSet<usize>,
    /// The tasks that are to run in any case.
    pub(super) forced: BTreeSet<usize>,
    /// The tasks that fail when they run. A source that does so cannot be looked at either.
    pub(super) failing: BTreeSet<usize>,
}

/// What a run has to do.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    /// What becomes of each task that is part of the run.
    pub(super) fates: BTreeMap<usize, Fate>,
    /// Whether it publishes.
    pub(super) is_good: bool,
    /// The tasks that have to run although they are up to date, because somebody needs what was not stored.
    pub(super) again: BTreeSet<usize>,
    /// The tasks of which not the last work is reused but the published.
    pub(super) older: BTreeSet<usize>,
}

/// What was done of a task one night.
#[derive(Clone, Debug)]
struct Done {
    cause: Cause,
    made: BTreeMap<ModelId, u64>,
}

/// What the nights before have left.
#[derive(Clone, Debug)]
pub(super) struct Oracle<'s> {
    shapes: &'s Shapes,
    done: BTreeMap<(usize, usize), Done>,
    /// The last night in which each task was done.
    last: BTreeMap<usize, usize>,
    /// What is published: each model, and the night in which it was made.
    pub(super) published: BTreeMap<ModelId, usize>,
    /// The files that are damaged, and those of them that are gone.
    lost: BTreeSet<(ModelId, usize)>,
    gone: BTreeSet<(ModelId, usize)>,
}

/// What is known of a task while the oracle goes through a night.
#[derive(Debug)]
struct Known {
    /// The night whose work is up to date.
    same: Option<usize>,
    /// What it makes, if it can be judged.
    made: Option<Done>,
    /// Whether all it reads can be had, if it has to run.
    can_read: bool,
    fails: bool,
    forced: bool,
}

impl Known {
    fn is_settled(&self) -> bool {
        self.made.is_some() && (self.is_up_to_date() || self.goes_well())
    }

    fn is_up_to_date(&self) -> bool {
        self.same.is_some() && !self.forced
    }

    fn goes_well(&self) -> bool {
        self.can_read && !self.fails
    }
}

impl<'s> Oracle<'s> {
    pub(super) fn new(shapes: &'s Shapes) -> Oracle<'s> {
        let (done, last, published) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Oracle { shapes, done, last, published, lost: BTreeSet::new(), gone: BTreeSet::new() }
    }

    /// The files that somebody may still want: of what was done last, and of what is published.
    pub(super) fn files(&self) -> Vec<(ModelId, usize)> {
        let last =
            self.last.iter().flat_map(|(&task, &night)| self.shapes.models(task).map(move |model| (model, night)));
        let published = self.published.iter().map(|(&model, &night)| (model, night));
        let all: BTreeSet<(ModelId, usize)> = last.chain(published).collect();
        all.into_iter().filter(|&(model, _)| self.shapes.is_stored(model)).collect()
    }

    pub(super) fn lose(&mut self, file: (ModelId, usize), is_gone: bool) {
        self.lost.insert(file);
        if is_gone {
            self.gone.insert(file);
        }
    }

    pub(super) fn is_lost(&self, file: (ModelId, usize)) -> bool {
        self.lost.contains(&file)
    }

    /// What was made of a model one night.
    pub(super) fn number(&self, (model, night): (ModelId, usize)) -> u64 {
        self.done[&(model.0, night)].made[&model]
    }

    /// The nights whose work of a task may be reused: the last one, and the published one.
    fn candidates(&self, task: usize) -> Vec<usize> {
        let published = self.shapes.models(task).find_map(|model| self.published.get(&model));
        let mut nights: Vec<usize> = self.last.get(&task).into_iter().chain(published).copied().collect();
        nights.dedup();
        nights
    }

    /// What a task finds of a model whose task is no part of the run: what is published, if all of that task is there;
    /// else what was made in the last night of which all is there; else what is left of the published.
    fn found(&self, model: ModelId) -> Option<u64> {
        let stored: Vec<ModelId> = self.shapes.models(model.0).filter(|&model| self.shapes.is_stored(model)).collect();
        let is_whole = |night: &usize| stored.iter().all(|&model| !self.is_lost((model, *night)));
        let published = self.published.get(&model).copied();
        let whole = published.filter(is_whole).or_else(|| self.candidates(model.0).into_iter().find(is_whole));
        let file = (model, whole.or(published)?);
        (self.shapes.is_stored(model) && !self.is_lost(file)).then(|| self.number(file))
    }

    /// The tasks that are part of a run: those that are asked for, and sources that they read. `None` if they read what is
    /// not to be had.
    fn picked(&self, now: &Now, tonight: &Tonight) -> Option<BTreeSet<usize>> {
        let present = self.shapes.present(now);
        let mut picked = tonight.asked.clone();
        for model in tonight.asked.iter().flat_map(|&task| self.shapes.reads(task)) {
            if model.0 < super::chain::ORIGINS {
                picked.insert(model.0);
            } else if present.contains(&model.0) && !tonight.asked.contains(&model.0) {
                self.found(model)?;
            }
        }
        Some(picked)
    }

    /// Goes through a night; `None` if the run cannot be planned.
    pub(super) fn night(&mut self, night: usize, now: &Now, tonight: &Tonight) -> Option<Expected> {
        let picked = self.picked(now, tonight)?;
        let present = self.shapes.present(now);
        let order: Vec<usize> = self.shapes.order(now).into_iter().filter(|task| picked.contains(task)).collect();
        let mut known: BTreeMap<usize, Known> = BTreeMap::new();
        for &task in &order {
            let found = |model: ModelId| match known.get(&model.0) {
                Some(provider) if provider.is_settled() => provider.made.as_ref().map(|done| Some(done.made[&model])),
                Some(_) => None,
                None if present.contains(&model.0) => self.found(model).map(Some),
                None => Some(None),
            };
            let inputs: Option<Vec<Option<u64>>> = self.shapes.reads(task).map(found).collect();
            let can_be_had = |model: ModelId| match known.get(&model.0) {
                Some(provider) => provider.goes_well() || (provider.is_up_to_date() && self.shapes.is_stored(model)),
                None => true,
            };
            let can_read = self.shapes.reads(task).all(can_be_had);
            let (fails, forced) = (tonight.failing.contains(&task), tonight.forced.contains(&task));
            let made = inputs.map(|inputs| {
                let origin = (task < super::chain::ORIGINS && !fails).then(|| now.origins[task]);
                self.make(task, self.cause(task, now, inputs, origin))
            });
            let same = made.as_ref().and_then(|done| self.same(task, &done.cause));
            known.insert(task, Known { same, made, can_read, fails, forced });
        }
        let mut wanted: BTreeSet<usize> = BTreeSet::new();
        for &task in order.iter().rev() {
            let is_needed = wanted.iter().any(|&reader| {
                let reads_it = |model: ModelId| model.0 == task && !self.shapes.is_stored(model);
                self.shapes.reads(reader).any(reads_it)
            });
            if known[&task].made.is_some() && (is_needed || !known[&task].is_up_to_date()) {
                wanted.insert(task);
            }
        }
        let fate = |task: usize| match &known[&task] {
            Known { made: None, .. } => Fate::Skipped,
            _ if !wanted.contains(&task) => Fate::Reused,
            Known { can_read: false, .. } => Fate::Skipped,
            Known { fails: true, .. } => Fate::Failed,
            _ => Fate::Done,
        };
        let fates: BTreeMap<usize, Fate> = order.iter().map(|&task| (task, fate(task))).collect();
        let again = wanted.iter().copied().filter(|task| known[task].is_up_to_date()).collect();
        let is_older = |task: &usize| fates[task] == Fate::Reused && known[task].same != self.last.get(task).copied();
        let older = order.iter().copied().filter(is_older).collect();
        let nights: BTreeMap<usize, usize> =
            known.iter().map(|(&task, known)| (task, known.same.unwrap_or(night))).collect();
        let made: Vec<(usize, Done)> = known
            .into_iter()
            .filter(|(task, _)| fates[task] == Fate::Done)
            .filter_map(|(task, known)| Some((task, known.made?)))
            .collect();
        for (task, done) in made {
            self.done.insert((task, night), done);
            self.last.insert(task, night);
        }
        let is_good = self.publish(now, &fates, &nights, night);
        Some(Expected { fates, is_good, again, older })
    }

    /// The present cause of a task.
    fn cause(&self, task: usize, now: &Now, inputs: Vec<Option<u64>>, origin: Option<u64>) -> Cause {
        let params = read_params(&self.shapes.0[task].params, |name| Ok(now.params[name]));
        let setting = now.settings[task].unwrap_or_default();
        let params = params.expect("every parameter can be read");
        Cause { version: now.versions[task], setting, params, inputs, origin }
    }

    fn make(&self, task: usize, cause: Cause) -> Done {
        let made = self.shapes.models(task).map(|model| (model, cause.number(model))).collect();
        Done { cause, made }
    }

    /// The night whose work of a task is as good as running it now.
    fn same(&self, task: usize, now: &Cause) -> Option<usize> {
        let is_intact = |night: usize| self.shapes.models(task).all(|model| !self.is_lost((model, night)));
        let candidates = self.candidates(task);
        candidates.into_iter().find(|&night| self.done[&(task, night)].cause == *now && is_intact(night))
    }

    /// Publishes what a run has come to, if all of it went well; says whether it did.
    fn publish(
        &mut self,
        now: &Now,
        fates: &BTreeMap<usize, Fate>,
        nights: &BTreeMap<usize, usize>,
        night: usize,
    ) -> bool {
        let mut published = BTreeMap::new();
        for task in self.shapes.present(now) {
            for model in self.shapes.models(task).filter(|&model| self.shapes.is_stored(model)) {
                let made = match fates.get(&task) {
                    Some(Fate::Done) => Some(night),
                    Some(Fate::Reused) => nights.get(&task).copied(),
                    Some(Fate::Failed | Fate::Skipped) => return false,
                    None => self.published.get(&model).copied(),
                };
                published.extend(made.map(|night| (model, night)));
            }
        }
        let is_good = fates.values().all(|fate| matches!(fate, Fate::Done | Fate::Reused))
            // What is gone cannot be published, and its task is no part of the run.
            && published.iter().all(|(&model, &night)| !self.gone.contains(&(model, night)));
        if is_good {
            self.published = published;
        }
        is_good
    }

    /// What a run from nothing would make of each model that is stored.
    pub(super) fn from_nothing(shapes: &Shapes, now: &Now) -> BTreeMap<ModelId, u64> {
        let mut oracle = Oracle::new(shapes);
        let (forced, failing) = (BTreeSet::new(), BTreeSet::new());
        oracle.night(0, now, &Tonight { asked: shapes.present(now), forced, failing }).expect("it reads nothing else");
        oracle.published.iter().map(|(&model, &night)| (model, oracle.number((model, night)))).collect()
    }
}
