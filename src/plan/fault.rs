//! What can be wrong with a chain, in words that say what to do.

use std::fmt;

use crate::model::Span;
use crate::nearest;
use crate::partition::Cut;
use crate::schema::ColumnType;
use crate::section::{Origin, SectionError};
use crate::words;

/// One step around a cycle: `task` requires `model`, which `provider` provides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circle {
    /// The task that waits.
    pub task: String,
    /// The model it waits for.
    pub model: String,
    /// The task that provides it.
    pub provider: String,
}

/// One thing that is wrong with a chain.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A name that cannot be a file name or a word of a selection.
    #[error("the name `{name}` of a {what} is not allowed; use letters, digits, `_` and `-`, and begin with a letter")]
    Name {
        /// `task` or `model`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Two or more tasks have one name.
    #[error("{} tasks are named `{name}` ({}); rename all but one", count(paths.len()), words::names(paths))]
    DuplicateTask {
        /// The name.
        name: String,
        /// The tasks with their groups, in order.
        paths: Vec<String>,
    },
    /// One name stands for two or more model types.
    #[error("model `{model}` has {} types: {}; give each type a name of its own", count(types.len()), typed(types))]
    ModelTypes {
        /// The model.
        model: String,
        /// The type, and the first task that names the model so.
        types: Vec<(String, String)>,
    },
    /// A task requires a model that it provides.
    #[error(
        "task `{task}` requires model `{model}`, which it provides itself; split it in two tasks, or drop one of the two"
    )]
    SelfRequirement {
        /// The task.
        task: String,
        /// The model.
        model: String,
    },
    /// A model has two or more providers.
    #[error("model `{model}` is provided by {} tasks, {}; keep one of them, or let the others provide a model of their own", count(providers.len()), words::names(providers))]
    DuplicateProvider {
        /// The model.
        model: String,
        /// The tasks that provide it, in order.
        providers: Vec<String>,
    },
    /// A model is supplied by the caller and provided by a task.
    #[error("model `{model}` is supplied, and also provided by task `{provider}`; leave out one of the two")]
    Supplied {
        /// The model.
        model: String,
        /// The task.
        provider: String,
    },
    /// A model is required that nobody provides.
    #[error("model `{model}` is required by {} and provided by no task; add a task that provides it, supply it, or declare it a source{}", words::names(required_by), nearest::hint(similar.as_deref()))]
    MissingProvider {
        /// The model.
        model: String,
        /// The tasks that require it, in order.
        required_by: Vec<String>,
        /// A provided model whose name looks like it.
        similar: Option<String>,
    },
    /// Tasks wait for each other in a circle.
    #[error("{} in a circle: {}; break it at one of these models", waiting(path.len()), circle(path))]
    Cycle {
        /// Around the circle, from the task with the lowest position.
        path: Vec<Circle>,
    },
    /// The configuration has a section for a model or task that the chain does not have.
    #[error("[{section}.{name}] ({origin}) configures no {} of this chain{}", section.trim_end_matches('s'), nearest::hint(similar.as_deref()))]
    UnknownSection {
        /// `models` or `tasks`.
        section: &'static str,
        /// The name.
        name: String,
        /// Where it is set.
        origin: Origin,
        /// A name of the chain that looks like it.
        similar: Option<String>,
    },
    /// A task takes more of a pool than there is.
    #[error("task `{task}` takes {share} of pool `{pool}`, of which there {}; set `{pool} = {share}` in [run.pools], or let the task take less", there(*size))]
    PoolTooSmall {
        /// The task.
        task: String,
        /// The pool.
        pool: String,
        /// How much the task takes.
        share: u32,
        /// How much there is; `None` where nobody says.
        size: Option<u32>,
    },
    /// The configuration has a pool that no task takes of.
    #[error("pool `{pool}` in [run.pools] is used by no task of this chain{}", nearest::hint(similar.as_deref()))]
    UnusedPool {
        /// The pool.
        pool: String,
        /// A pool that a task takes of whose name looks like it.
        similar: Option<String>,
    },
    /// Each file of a source, or each row, is read once, and results come into view task by task.
    #[error(
        "what is new of source `{model}` is read once (`once` or `watermark`), so what is made of it has to come into view \
         together; set `publish = \"run\"` in [run], or let [models.{model}] read all each time"
    )]
    OnceByTask {
        /// The source.
        model: String,
    },
    /// A task says how its data is cut, or reads several partitions, and the data of the chain is not cut.
    #[error(
        "task `{task}` works with partitions, and the data of the chain is not cut into any; `[partitions]` in its \
         configuration says how it is to be, such as `by = \"day\"`"
    )]
    Uncut {
        /// The task.
        task: String,
    },
    /// A task is run for a time, and the data of the chain is cut by a list.
    #[error(
        "task `{task}` is run {}, and the data of the chain is cut by a list, which has no time; only \
         `partition = \"all\"` goes with it",
        cut.each()
    )]
    Untimed {
        /// The task.
        task: String,
        /// How its data is cut.
        cut: Cut,
    },
    /// A task reads a model that is made for other partitions than it is run for.
    #[error("task `{task}` is run {cut} and reads model `{model}`, which `{provider}` makes {made}; {advice}")]
    OtherPartitions {
        /// The task.
        task: String,
        /// What it is run for.
        cut: String,
        /// The model.
        model: String,
        /// The task that provides it.
        provider: String,
        /// What that is run for.
        made: String,
        /// What to do.
        advice: &'static str,
    },
    /// A task reads partitions of a model that it cannot have.
    #[error("task `{task}` cannot read {span} of model `{model}`: {why}")]
    Window {
        /// The task.
        task: String,
        /// Which partitions.
        span: Span,
        /// The model.
        model: String,
        /// Why not.
        why: String,
    },
    /// A task reads several partitions of a model that is not stored.
    #[error(
        "task `{task}` reads several partitions of model `{model}`, which is not stored; `store = \"parquet\"` in \
         [models.{model}] has it stored"
    )]
    Unstored {
        /// The task.
        task: String,
        /// The model.
        model: String,
    },
    /// A task takes ranges of partitions and cannot.
    #[error("task `{task}` cannot take ranges of partitions: {why}")]
    Ranges {
        /// The task.
        task: String,
        /// Why not.
        why: String,
    },
    /// The column that says which partition a row belongs to cannot say so.
    #[error("model `{model}` is made {made}, which its column `{column}` of type {ty} cannot tell; {advice}")]
    PartitionColumn {
        /// The model.
        model: String,
        /// What it is made for.
        made: String,
        /// The column.
        column: &'static str,
        /// Its type.
        ty: ColumnType,
        /// What to do.
        advice: &'static str,
    },
    /// A check of a whole model cannot be made.
    #[error("check `{check}` of model `{model}` cannot be made: {why}")]
    Check {
        /// The model.
        model: String,
        /// The check.
        check: String,
        /// Why not.
        why: String,
    },
    /// A section cannot be read as its model or task wants it.
    #[error(transparent)]
    Section(#[from] SectionError),
}

fn typed(types: &[(String, String)]) -> String {
    let each: Vec<String> = types.iter().map(|(ty, task)| format!("`{ty}` in task `{task}`")).collect();
    each.join(", ")
}

fn count(number: usize) -> String {
    match number {
        2 => "two".to_owned(),
        3 => "three".to_owned(),
        more => more.to_string(),
    }
}

fn there(size: Option<u32>) -> String {
    match size {
        Some(1) => "is 1".to_owned(),
        Some(size) => format!("are {size}"),
        None => "is 1 where nobody says otherwise".to_owned(),
    }
}

fn waiting(tasks: usize) -> String {
    format!("{} tasks wait for each other", count(tasks))
}

fn circle(path: &[Circle]) -> String {
    let each: Vec<String> =
        path.iter().map(|edge| format!("`{}` requires `{}` from `{}`", edge.task, edge.model, edge.provider)).collect();
    each.join(", ")
}

/// Everything that is wrong with a chain, in stable order; never empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Faults {
    chain: String,
    faults: Vec<Fault>,
}

impl Faults {
    pub(super) fn new(chain: &str, faults: Vec<Fault>) -> Faults {
        debug_assert!(!faults.is_empty(), "no faults are no error");
        Faults { chain: chain.to_owned(), faults }
    }

    /// The faults, in order.
    #[must_use]
    pub fn all(&self) -> &[Fault] {
        &self.faults
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "chain `{}` has {}", self.chain, words::count(self.faults.len() as u64, "fault"))?;
        for fault in &self.faults {
            write!(f, "\n  - {fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
