//! What there was before the entries of a list, to put it back when one of them is refused.

use chrono::{DateTime, Utc};

use super::backfills::Backfill;
use super::state::{Published, Run, State, Step};
use crate::event::Ending;
use crate::source::SourceState;

/// A state that is being changed. What is changed through it can all be taken back.
pub(super) struct Pen<'s> {
    state: &'s mut State,
    before: Vec<Before>,
}

/// One thing that was changed, as it was.
enum Before {
    /// It was not there.
    NoRun(usize),
    /// Whether it had published, and how it had ended.
    Run(usize, bool, Option<(Ending, DateTime<Utc>)>),
    Step(usize, usize, Box<Step>),
    /// There was no version of this model.
    NoVersion(usize, String),
    Latest((String, String), Option<usize>),
    Published(String, Option<Published>),
    /// What was taken of a source.
    Taken((String, String), SourceState),
    /// It was not there.
    NoBackfill(usize),
    Backfill(usize, Box<Backfill>),
}

impl<'s> Pen<'s> {
    pub(super) fn new(state: &'s mut State) -> Pen<'s> {
        Pen { state, before: Vec::new() }
    }

    /// As things stand.
    pub(super) fn state(&self) -> &State {
        self.state
    }

    pub(super) fn add_run(&mut self, run: Run) {
        self.before.push(Before::NoRun(self.state.next));
        self.state.numbers.insert(run.began.run, self.state.next);
        self.state.runs.insert(self.state.next, run);
        self.state.next += 1;
    }

    /// A run that is to publish or to end.
    pub(super) fn run(&mut self, number: usize) -> &mut Run {
        let run = self.state.runs.get_mut(&number).expect("it is on record");
        self.before.push(Before::Run(number, run.published, run.ended));
        run
    }

    /// A step that is to change.
    pub(super) fn step(&mut self, number: usize, place: usize) -> &mut Step {
        let step = &mut self.state.runs.get_mut(&number).expect("it is on record").steps[place];
        self.before.push(Before::Step(number, place, Box::new(step.clone())));
        step
    }

    pub(super) fn add_version(&mut self, number: usize, model: &str, place: usize) {
        self.before.push(Before::NoVersion(number, model.to_owned()));
        let run = self.state.runs.get_mut(&number).expect("it is on record");
        run.made.insert(model.to_owned(), place);
    }

    pub(super) fn set_latest(&mut self, key: (String, String), number: usize) {
        self.before.push(Before::Latest(key.clone(), self.state.latest.insert(key, number)));
    }

    pub(super) fn publish(&mut self, partition: &str, published: Published) {
        let before = self.state.published.insert(partition.to_owned(), published);
        self.before.push(Before::Published(partition.to_owned(), before));
        for (model, source) in self.state.published_sources(partition) {
            let key = (partition.to_owned(), model);
            let taken = self.state.taken.entry(key.clone()).or_default();
            self.before.push(Before::Taken(key, taken.clone()));
            if source.watermark.is_some() {
                taken.watermark = source.watermark;
                continue;
            }
            taken.files.extend(source.files);
            // Of several with the same content the first.
            taken.files.sort_by_key(|file| file.digest);
            taken.files.dedup_by_key(|file| file.digest);
        }
    }

    pub(super) fn add_backfill(&mut self, backfill: Backfill) {
        let number = self.state.backfills.last_key_value().map_or(0, |(last, _)| last + 1);
        self.before.push(Before::NoBackfill(number));
        self.state.backfills.insert(number, backfill);
    }

    /// A backfill that is to change.
    pub(super) fn backfill(&mut self, number: usize) -> &mut Backfill {
        let backfill = self.state.backfills.get_mut(&number).expect("it is on record");
        self.before.push(Before::Backfill(number, Box::new(backfill.clone())));
        backfill
    }

    /// Takes all changes back, the last first.
    pub(super) fn undo(self) {
        let state = self.state;
        for before in self.before.into_iter().rev() {
            match before {
                Before::NoRun(number) => {
                    let run = state.runs.remove(&number).expect("it was added");
                    state.numbers.remove(&run.began.run);
                    state.next = number;
                }
                Before::Taken(key, taken) => drop(state.taken.insert(key, taken)),
                Before::NoBackfill(number) => drop(state.backfills.remove(&number)),
                Before::Backfill(number, before) => drop(state.backfills.insert(number, *before)),
                Before::Run(number, published, ended) => {
                    let run = state.runs.get_mut(&number).expect("it is on record");
                    (run.published, run.ended) = (published, ended);
                }
                Before::Step(number, place, before) => {
                    state.runs.get_mut(&number).expect("it is on record").steps[place] = *before;
                }
                Before::NoVersion(number, model) => {
                    state.runs.get_mut(&number).expect("it is on record").made.remove(&model);
                }
                Before::Latest(key, Some(before)) => drop(state.latest.insert(key, before)),
                Before::Latest(key, None) => drop(state.latest.remove(&key)),
                Before::Published(partition, Some(before)) => drop(state.published.insert(partition, before)),
                Before::Published(partition, None) => drop(state.published.remove(&partition)),
            }
        }
    }
}
