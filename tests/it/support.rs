//! The fixture: tasks made of a few words, models without content, and a record of what happened.

use std::cell::Cell;
use std::sync::{Arc, Mutex};

use purvey::model::{Description, Model, Size};
use purvey::prelude::*;
use purvey::section::{NoConfig, Section};
use purvey::task::{Call, ModelRef, Task};

thread_local! {
    static BUILT: Cell<usize> = const { Cell::new(0) };
    static ALIVE: Cell<isize> = const { Cell::new(0) };
}

/// How many tokens were built on this thread, which is the one that a test runs its chains on.
pub(crate) fn built() -> usize {
    BUILT.get()
}

/// How many of them have not been dropped yet.
pub(crate) fn alive() -> isize {
    ALIVE.get()
}

/// A model without content.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) address: Box<u8>,
}

impl Token {
    pub(crate) fn new() -> Token {
        ALIVE.set(ALIVE.get() + 1);
        Token { address: Box::new(0) }
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        ALIVE.set(ALIVE.get() - 1);
    }
}

impl Model for Token {
    const NAME: &'static str = "token";
    type Config = NoConfig;

    fn build(_: NoConfig, _: &Section) -> Result<Token> {
        BUILT.set(BUILT.get() + 1);
        Ok(Token::new())
    }

    fn describe() -> Description {
        Description::new("token", "Nothing.")
    }

    fn seal(&mut self) -> Result<Size> {
        Ok(Size { rows: None, bytes: 1 })
    }
}

/// What happened, in order.
pub(crate) type Record = Arc<Mutex<Vec<String>>>;

/// What a task does when it is called.
type Work = Box<dyn Fn(&Call<'_>) -> Result<()> + Send + Sync>;

/// A task made of words: `step("clean(raw) -> bookings")`.
pub(crate) struct Step {
    name: String,
    requires: Vec<ModelRef>,
    after: Vec<ModelRef>,
    provides: Vec<ModelRef>,
    work: Work,
}

fn models<'w>(words: impl IntoIterator<Item = &'w str>) -> Vec<ModelRef> {
    words.into_iter().map(ModelRef::named::<Token>).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ']).filter(|word| !word.is_empty())
}

/// The task `name(required, optional?, …) -> provided, …`; without an arrow it provides a model of its own name.
pub(crate) fn step(text: &str) -> Step {
    let (left, right) = match text.split_once("->") {
        Some((left, right)) => (left.trim(), Some(right)),
        None => (text.trim(), None),
    };
    let (name, reads) = match left.split_once('(') {
        Some((name, rest)) => (name, rest.trim_end_matches(')')),
        None => (left, ""),
    };
    Step {
        name: name.to_owned(),
        requires: models(words(reads).filter(|word| !word.ends_with('?'))),
        after: models(words(reads).filter_map(|word| word.strip_suffix('?'))),
        provides: models(words(right.unwrap_or(name))),
        work: Box::new(|_| Ok(())),
    }
}

impl Step {
    pub(crate) fn doing(mut self, work: impl Fn(&Call<'_>) -> Result<()> + Send + Sync + 'static) -> Step {
        self.work = Box::new(work);
        self
    }

    pub(crate) fn failing(self, message: &'static str) -> Step {
        self.doing(move |_| Err(Error::data(message)))
    }

    /// Writes its name down when it is called.
    pub(crate) fn noting(self, record: &Record) -> Step {
        let (record, name, work) = (Arc::clone(record), self.name.clone(), self.work);
        let noting = move |call: &Call<'_>| {
            record.lock().unwrap().push(name.clone());
            work(call)
        };
        Step { work: Box::new(noting), ..self }
    }
}

impl Task for Step {
    fn name(&self) -> &str {
        &self.name
    }

    fn requires(&self) -> &[ModelRef] {
        &self.requires
    }

    fn after(&self) -> &[ModelRef] {
        &self.after
    }

    fn provides(&self) -> &[ModelRef] {
        &self.provides
    }

    fn run(&self, call: &Call<'_>) -> Result<()> {
        (self.work)(call)
    }
}

/// An orchestrator of these steps.
pub(crate) fn orchestrator(steps: impl IntoIterator<Item = Step>) -> Orchestrator {
    Orchestrator::new(JobContext::new("test"), steps, Sections::models())
}

/// The names of the tasks, in the order a run would take them.
pub(crate) fn order(steps: impl IntoIterator<Item = Step>) -> Vec<String> {
    let blueprint = orchestrator(steps).check().expect("the steps are a valid chain");
    blueprint.order().iter().map(|&task| blueprint.task(task).task.name().to_owned()).collect()
}
