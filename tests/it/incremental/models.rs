//! Models of one number: some are stored, some live in memory only, some are read from outside.

use purvey::Section;
use purvey::digest::Digest;
use purvey::model::{Content, Description, Model, Size, SourceVisitor, Storage};
use purvey::prelude::*;
use purvey::section::NoConfig;
use purvey::source::{SourceFile, SourceState};
use serde::{Deserialize, Serialize};

/// Whether a number is stored: `[models.<name>] store = true`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Keeping {
    store: bool,
}

/// A number that a task makes.
#[derive(Debug)]
pub(crate) struct Number {
    store: bool,
    value: Option<u64>,
}

impl Number {
    pub(crate) fn put(&mut self, value: u64) {
        self.value = Some(value);
    }

    pub(crate) fn get(&self) -> Result<u64> {
        self.value.ok_or_else(|| Error::new("there is no number"))
    }
}

fn storage(store: bool) -> Storage {
    if store { Storage::Json } else { Storage::Memory }
}

fn parse(content: &Content) -> Result<u64> {
    match content {
        Content::Json(text) => Ok(text.parse()?),
        _ => Err(Error::new("no number")),
    }
}

/// The number in what a store has kept.
pub(crate) fn number(content: &Content) -> u64 {
    parse(content).unwrap()
}

impl Model for Number {
    const NAME: &'static str = "number";
    type Config = Keeping;

    fn build(config: Keeping, _: &Section) -> Result<Number> {
        Ok(Number { store: config.store, value: None })
    }

    fn describe() -> Description {
        Description::new("number", "A number.")
    }

    fn seal(&mut self) -> Result<Size> {
        self.get().map(|_| Size { rows: None, bytes: 8 })
    }

    fn storage(&self) -> Storage {
        storage(self.store)
    }

    fn content(&self) -> Result<Content> {
        Ok(Content::Json(self.get()?.to_string()))
    }

    fn restore(&mut self, content: Content) -> Result<()> {
        self.put(parse(&content)?);
        Ok(())
    }

    fn digest(&self) -> Result<Option<Digest>> {
        Ok(Some(Digest::of_bytes(&self.get()?.to_le_bytes())))
    }
}

/// A number from outside. Its path is no file but holds the number itself behind the slash: `cellar/7`.
#[derive(Debug)]
pub(crate) struct Origin<const N: usize> {
    path: String,
    number: Number,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Place {
    path: String,
    store: bool,
}

fn outside(path: &str) -> Result<u64> {
    let (_, number) = path.split_once('/').ok_or_else(|| Error::data("it stands nowhere"))?;
    number.parse().map_err(|_| Error::data("it cannot be read"))
}

fn state(number: u64) -> SourceState {
    let digest = Digest::of_bytes(&number.to_le_bytes());
    let file = SourceFile { name: String::new(), bytes: 8, modified: 0, inode: 0, settled: true, digest };
    SourceState::of(vec![file])
}

impl<const N: usize> Origin<N> {
    pub(crate) fn get(&self) -> Result<u64> {
        self.number.get()
    }
}

impl<const N: usize> Model for Origin<N> {
    const NAME: &'static str = ["origin_0", "origin_1"][N];
    const SOURCE: bool = true;
    type Config = Place;

    fn build(config: Place, section: &Section) -> Result<Origin<N>> {
        Ok(Origin { number: Number::build(Keeping { store: config.store }, section)?, path: config.path })
    }

    fn describe() -> Description {
        Description::new(Self::NAME, "A number from outside.")
    }

    fn seal(&mut self) -> Result<Size> {
        self.number.seal()
    }

    fn storage(&self) -> Storage {
        self.number.storage()
    }

    fn content(&self) -> Result<Content> {
        self.number.content()
    }

    fn restore(&mut self, content: Content) -> Result<()> {
        self.number.restore(content)
    }

    fn digest(&self) -> Result<Option<Digest>> {
        self.number.digest()
    }

    fn observe(config: &Place, _: &Section, _: Option<&SourceState>) -> Result<Option<SourceState>> {
        outside(&config.path).map(|number| Some(state(number)))
    }

    fn observed(&self) -> Option<SourceState> {
        self.number.value.map(state)
    }

    fn visit_source<V: SourceVisitor>(visitor: V) -> Option<V::Output> {
        Some(visitor.visit::<Origin<N>, Nothing>(false, |origin, _| {
            origin.number.put(outside(&origin.path)?);
            Ok(())
        }))
    }
}

/// What a source without rejects has for them.
pub(crate) struct Nothing;

impl Model for Nothing {
    const NAME: &'static str = "nothing";
    type Config = NoConfig;

    fn build(_: NoConfig, _: &Section) -> Result<Nothing> {
        Ok(Nothing)
    }

    fn describe() -> Description {
        Description::new("nothing", "Nothing.")
    }

    fn seal(&mut self) -> Result<Size> {
        Ok(Size::default())
    }
}
