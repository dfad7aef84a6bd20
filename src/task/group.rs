//! Groups and chains: named, ordered, nestable lists of tasks, as constants.

use super::define::{Declared, TaskDef};
use super::list::TaskList;

/// One member of a [`Group`].
#[derive(Clone, Copy, Debug)]
pub enum Member {
    /// A task.
    Task(&'static TaskDef),
    /// Another group.
    Group(&'static Group),
}

impl Member {
    /// The task that `#[task]` declared under this type.
    #[must_use]
    pub const fn task<T: Declared>() -> Member {
        Member::Task(T::TASK)
    }
}

/// A named, ordered, nestable list of tasks. Make one with [`group!`](crate::group), as a constant.
///
/// Groups are flattened before tasks are put in order; a group's name stays as a prefix for display and selection.
///
/// ```
/// use purvey::prelude::*;
///
/// /// The numbers from one to ten.
/// #[derive(Row)]
/// #[row(table = "numbers")]
/// struct Number {
///     number: i32,
/// }
///
/// /// Counts to ten.
/// #[task]
/// fn count(numbers: &mut Table<Number>) -> Result<()> {
///     numbers.put((1..=10).map(|number| Number { number }).collect::<Vec<_>>())
/// }
///
/// pub const GROUP: Group = group!("arithmetic": [count]);
///
/// assert_eq!(GROUP.list().names().collect::<Vec<_>>(), ["count"]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Group {
    name: &'static str,
    members: &'static [Member],
}

impl Group {
    /// A group; written by [`group!`](crate::group), which checks it.
    #[must_use]
    pub const fn new(name: &'static str, members: &'static [Member]) -> Group {
        Group { name, members }
    }

    /// The name; empty for a list made by [`tasks!`](crate::tasks).
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The members, in order.
    #[must_use]
    pub const fn members(&self) -> &'static [Member] {
        self.members
    }

    /// The group as a list that can be filtered and edited.
    #[must_use]
    pub fn list(&self) -> TaskList {
        TaskList::from(*self)
    }
}

/// A named composition of groups and tasks: what a binary runs. Make one with [`chain!`](crate::chain), which checks
/// it when it is compiled, or with [`Chain::new`] for tasks made at run time.
///
/// ```
/// use purvey::prelude::*;
///
/// /// How many stays there were.
/// #[derive(Named)]
/// #[named("stays")]
/// struct Stays;
///
/// /// How many nights they lasted.
/// #[derive(Named)]
/// #[named("nights")]
/// struct Nights;
///
/// #[task]
/// fn count(stays: &mut Value<u32, Stays>) -> Result<()> {
///     stays.put(2)
/// }
///
/// #[task]
/// fn estimate(stays: &Value<u32, Stays>, nights: &mut Value<u32, Nights>) -> Result<()> {
///     nights.put(3 * stays.get()?)
/// }
///
/// const STATISTICS: Group = group!("statistics": [estimate]);
///
/// let chain = chain!("hotel": [STATISTICS, count]);
/// assert_eq!(chain.tasks().len(), 2);
/// ```
///
/// Without `count`, this does not compile:
///
/// ```text
/// error[E0080]: evaluation panicked: task `estimate` requires model `stays`, which no task provides; add a task that
///               takes `&mut` of it, or declare it a source
///   |
///   |     let chain = chain!("hotel": [STATISTICS]);
///   |                                  ^^^^^^^^^^
/// ```
#[derive(Clone, Debug)]
pub struct Chain {
    name: String,
    tasks: TaskList,
    version: Option<&'static str>,
}

impl Chain {
    /// A chain without tasks.
    pub fn new(name: impl Into<String>) -> Chain {
        Chain { name: name.into(), tasks: TaskList::new(), version: None }
    }

    /// The same chain with tasks added at the end: a group, a list, or a task made by hand.
    #[must_use]
    pub fn with(mut self, tasks: impl Into<TaskList>) -> Chain {
        self.tasks.extend([tasks.into()]);
        self
    }

    /// The same chain with the version of the binary that runs it, for `--version`.
    #[must_use]
    pub const fn with_version(mut self, version: &'static str) -> Chain {
        self.version = Some(version);
        self
    }

    /// The chain's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version of the binary that runs it.
    #[must_use]
    pub fn version(&self) -> Option<&'static str> {
        self.version
    }

    /// The tasks, flattened, in order.
    #[must_use]
    pub fn tasks(&self) -> &TaskList {
        &self.tasks
    }

    /// The tasks, to be edited.
    #[must_use]
    pub fn into_tasks(self) -> TaskList {
        self.tasks
    }
}
