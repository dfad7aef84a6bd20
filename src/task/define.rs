//! What `#[task]` writes: a task as a constant.

use std::fmt;

use crate::failure::Result;
use crate::fingerprint::Code;
use crate::partition::Cut;

use super::call::Call;
use super::erased::ModelKind;
use super::param::SettingsKind;
use super::ranges::Ranges;
use super::reference::ModelRef;
use super::retry::Retry;
use super::uses::Uses;
use super::{About, Task};

/// What one parameter says of its task.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// `&M`.
    Requires(&'static ModelKind),
    /// `Option<&M>`.
    After(&'static ModelKind),
    /// `&mut M`.
    Provides(&'static ModelKind),
    /// `&JobContext`.
    Context,
    /// `Settings<S>`.
    Settings(SettingsKind),
}

/// A task function, as a constant that the compiler can check.
pub struct TaskDef {
    /// The name, unique in a chain.
    pub name: &'static str,
    /// The function's doc comment.
    pub doc: &'static str,
    /// Tags for selection.
    pub tags: &'static [&'static str],
    /// The file it is written in.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The version of its code, where the author gives one.
    pub version: Option<&'static str>,
    /// The sources it was compiled from; see [`Code::Sources`].
    pub sources: &'static str,
    /// How often it is tried, and how long it may run.
    pub retry: Retry,
    /// What it needs beside others.
    pub uses: Uses<'static>,
    /// What it is run for each of, where that differs from the chain's partitions.
    pub partition: Option<Cut>,
    /// Whether it is called for several partitions at once.
    pub ranges: Option<Ranges>,
    /// What its parameters say, in order.
    pub needs: &'static [Need],
    /// Opens the models, calls the function, and hands back what it returns.
    pub run: fn(&Call<'_>) -> Result<()>,
}

impl TaskDef {
    /// Fills the places of an array that real tasks come into.
    pub(super) const NONE: TaskDef = TaskDef {
        name: "",
        doc: "",
        tags: &[],
        file: "",
        line: 0,
        version: None,
        sources: "",
        retry: Retry { retries: None, timeout: None, backoff: None },
        uses: Uses { pools: &[], memory: None },
        partition: None,
        ranges: None,
        needs: &[],
        run: |_| Ok(()),
    };
}

impl fmt::Debug for TaskDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskDef({})", self.name)
    }
}

/// The type that `#[task]` declares beside a function, under the function's name, so that `tasks![name]` finds it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a task",
    label = "not a task",
    note = "put `#[task]` on the function; the name of a group is written in capitals: `reports::GROUP`"
)]
pub trait Declared {
    /// The task.
    const TASK: &'static TaskDef;
}

/// A task made of a function.
#[derive(Debug)]
pub struct FnTask {
    def: &'static TaskDef,
    requires: Vec<ModelRef>,
    after: Vec<ModelRef>,
    provides: Vec<ModelRef>,
    settings: Vec<SettingsKind>,
}

impl FnTask {
    /// The task of this definition.
    #[must_use]
    pub fn new(def: &'static TaskDef) -> FnTask {
        let mut task = FnTask { def, requires: vec![], after: vec![], provides: vec![], settings: vec![] };
        for need in def.needs {
            match need {
                Need::Requires(kind) => task.requires.push(ModelRef::of_kind(kind)),
                Need::After(kind) => task.after.push(ModelRef::of_kind(kind)),
                Need::Provides(kind) => task.provides.push(ModelRef::of_kind(kind)),
                Need::Settings(kind) => task.settings.push(*kind),
                Need::Context => {}
            }
        }
        task
    }
}

impl Task for FnTask {
    fn name(&self) -> &str {
        self.def.name
    }

    fn requires(&self) -> &[ModelRef] {
        &self.requires
    }

    fn provides(&self) -> &[ModelRef] {
        &self.provides
    }

    fn after(&self) -> &[ModelRef] {
        &self.after
    }

    fn run(&self, call: &Call<'_>) -> Result<()> {
        (self.def.run)(call)
    }

    fn code(&self) -> Code {
        match (self.def.version, self.def.sources) {
            (Some(version), _) => Code::Version(version.into()),
            (None, "") => Code::Unknown,
            (None, sources) => Code::Sources(sources.into()),
        }
    }

    fn retry(&self) -> Retry {
        self.def.retry
    }

    fn uses(&self) -> Uses<'_> {
        self.def.uses
    }

    fn partition(&self) -> Option<Cut> {
        self.def.partition
    }

    fn ranges(&self) -> Option<Ranges> {
        self.def.ranges
    }

    fn about(&self) -> About<'_> {
        About {
            doc: self.def.doc,
            tags: self.def.tags,
            place: Some((self.def.file, self.def.line)),
            settings: &self.settings,
            reads_source: false,
        }
    }
}

#[cfg(test)]
mod tests;
