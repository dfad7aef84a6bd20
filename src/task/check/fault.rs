//! What is wrong with a graph, as a sentence.

use super::super::define::{Need, TaskDef};
use super::text::Text;
use crate::model::Span;

/// What is wrong, with the tasks and models involved.
#[derive(Clone, Copy, Debug)]
pub struct Fault<const TASKS: usize> {
    kind: Kind,
    links: [Link; TASKS],
    length: usize,
    place: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    NamedTwice,
    ProvidedByItself,
    WindowOnItself,
    ListedTwice,
    SameName,
    TwoProviders,
    NoProvider,
    Circle,
}

/// A task, and what it has to do with a model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) task: &'static str,
    pub(super) verb: &'static str,
    pub(super) model: &'static str,
}

impl Link {
    pub(super) const NONE: Link = Link { task: "", verb: "", model: "" };

    pub(super) const fn of(task: &TaskDef, need: &Need) -> Link {
        let (verb, model) = match need {
            Need::Requires(kind) => ("requires", kind.name()),
            Need::After(kind) => ("reads", kind.name()),
            Need::Provides(kind) => ("provides", kind.name()),
            Need::Context | Need::Settings(_) => ("", ""),
        };
        Link { task: task.name, verb, model }
    }

    /// The same with the model that has to be made before: where partitions are gathered, that which they are of.
    pub(super) const fn waiting(task: &TaskDef, need: &Need) -> Link {
        let link = Link::of(task, need);
        match need {
            Need::Requires(kind) | Need::After(kind) => match kind.gathers() {
                // What was made for earlier partitions is there.
                Some(gathers) if matches!(gathers.span, Span::Preceding(_)) => Link { model: "", ..link },
                Some(gathers) => Link { model: gathers.model, ..link },
                None => link,
            },
            _ => link,
        }
    }
}

impl<const TASKS: usize> Fault<TASKS> {
    pub(super) const fn new(kind: Kind, place: usize) -> Fault<TASKS> {
        Fault { kind, links: [Link::NONE; TASKS], length: 0, place }
    }

    pub(super) const fn with(mut self, link: Link) -> Fault<TASKS> {
        self.links[self.length] = link;
        self.length += 1;
        self
    }

    /// The same fault, blamed on another place.
    pub(super) const fn at(self, place: usize) -> Fault<TASKS> {
        Fault { place, ..self }
    }

    /// The position of the parameter, or of the member of a group, that is to blame.
    #[must_use]
    pub const fn place(&self) -> usize {
        self.place
    }

    /// The fault as a sentence.
    #[must_use]
    pub const fn text(&self) -> Text {
        let Link { task, verb, model } = self.links[0];
        let text = Text::new();
        match self.kind {
            Kind::NamedTwice => text.join(&["task `", task, "` names model `", model, "` twice; name it once"]),
            Kind::ProvidedByItself => text
                .join(&["task `", task, "` ", verb, " model `", model, "`, which it provides itself"])
                .join(&["; take only the `&mut` of it"]),
            Kind::WindowOnItself => text
                .join(&["task `", task, "` looks back over model `", model, "`, which it provides itself"])
                .join(&["; `Preceding` in place of `Trailing` reads what it has made before"]),
            Kind::ListedTwice => text.join(&["task `", task, "` is listed twice; list it once"]),
            Kind::SameName => text
                .join(&["two tasks are named `", task, "`; give one of them another name"])
                .join(&[" with `#[task(name = \"…\")]`"]),
            Kind::TwoProviders => text
                .join(&["model `", model, "` is provided by two tasks, `", task, "` and `", self.links[1].task, "`"])
                .join(&["; a model has one provider"]),
            Kind::NoProvider => text
                .join(&["task `", task, "` requires model `", model, "`, which no task provides"])
                .join(&["; add a task that takes `&mut` of it, or declare it a source"]),
            Kind::Circle => self.circle(text.join(&["these tasks wait for each other in a circle: "])),
        }
    }

    /// Stops the compiler, which blames the caller.
    ///
    /// # Panics
    ///
    /// Always, with the sentence.
    #[track_caller]
    pub const fn refuse(&self) -> ! {
        panic!("{}", self.text().as_str())
    }

    const fn circle(&self, mut text: Text) -> Text {
        let mut at = 0;
        while at < self.length {
            let Link { task, verb, model } = self.links[at];
            let provider = self.links[(at + 1) % self.length].task;
            let comma = if at == 0 { "" } else { ", " };
            text = text.join(&[comma, "`", task, "` ", verb, " `", model, "` from `", provider, "`"]);
            at += 1;
        }
        text
    }
}
