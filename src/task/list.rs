//! Lists of tasks that are put together and edited at run time.

use std::sync::Arc;

use crate::nearest;

use super::define::FnTask;
use super::group::{Chain, Group, Member};
use super::{AnyTask, Task};

/// A task in a list, with the groups it is in.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The task.
    pub task: AnyTask,
    /// The names of the groups it is in, outermost first, joined by `/`; empty for none.
    pub group: Arc<str>,
}

impl Entry {
    /// The task's name with its groups in front: `reports/agent_ranking`.
    #[must_use]
    pub fn path(&self) -> String {
        if self.group.is_empty() { self.task.name().to_owned() } else { format!("{}/{}", self.group, self.task.name()) }
    }
}

/// Tasks in order, flattened out of their groups: what an orchestrator takes, and what can be edited at run time.
///
/// ```
/// use purvey::prelude::*;
///
/// /// A number.
/// #[derive(Named)]
/// #[named("number")]
/// struct Number;
///
/// #[task]
/// fn one(number: &mut Value<i32, Number>) -> Result<()> {
///     number.put(1)
/// }
///
/// #[task]
/// fn two(number: &mut Value<i32, Number>) -> Result<()> {
///     number.put(2)
/// }
///
/// let tasks = tasks![one].list().replace("one", tasks![two])?;
/// assert_eq!(tasks.names().collect::<Vec<_>>(), ["two"]);
///
/// let error = tasks.insert_before("tow", tasks![one]).unwrap_err();
/// assert_eq!(error.to_string(), "there is no task `tow` in the list; did you mean `two`?");
/// # Ok::<(), purvey::task::AnchorError>(())
/// ```
///
/// A clone shares the tasks until one of the two is edited.
#[derive(Clone, Debug, Default)]
pub struct TaskList {
    entries: Entries,
}

/// The tasks of a list.
#[derive(Clone, Debug, Default)]
enum Entries {
    #[default]
    None,
    /// A list of one is what a task becomes on its way into a longer one, so it takes no memory of its own.
    One(Entry),
    Many(Arc<Vec<Entry>>),
}

impl Entries {
    fn as_slice(&self) -> &[Entry] {
        match self {
            Entries::None => &[],
            Entries::One(entry) => std::slice::from_ref(entry),
            Entries::Many(entries) => entries,
        }
    }

    fn edit(&mut self) -> &mut Vec<Entry> {
        let one = match std::mem::take(self) {
            Entries::Many(entries) => entries,
            short => Arc::new(short.into_vec()),
        };
        *self = Entries::Many(one);
        let Entries::Many(entries) = self else { unreachable!("made just above") };
        Arc::make_mut(entries)
    }

    fn into_vec(self) -> Vec<Entry> {
        match self {
            Entries::None => Vec::new(),
            Entries::One(entry) => vec![entry],
            Entries::Many(entries) => Arc::unwrap_or_clone(entries),
        }
    }
}

impl TaskList {
    /// An empty list.
    #[must_use]
    pub fn new() -> TaskList {
        TaskList::default()
    }

    /// The tasks with their groups, in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        self.entries.as_slice()
    }

    /// The names of the tasks, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries().iter().map(|entry| entry.task.name())
    }

    /// How many tasks there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// Only the tasks that `keep` says yes to.
    #[must_use]
    pub fn filter(mut self, mut keep: impl FnMut(&Entry) -> bool) -> TaskList {
        self.entries.edit().retain(|entry| keep(entry));
        self
    }

    /// The list without one task.
    ///
    /// # Errors
    ///
    /// [`AnchorError`] when there is no task of this name.
    pub fn without(mut self, name: &str) -> Result<TaskList, AnchorError> {
        let at = self.find(name)?;
        self.entries.edit().remove(at);
        Ok(self)
    }

    /// The list with one task replaced by others; they come into its groups.
    ///
    /// # Errors
    ///
    /// [`AnchorError`] when there is no task of this name.
    pub fn replace(self, name: &str, tasks: impl Into<TaskList>) -> Result<TaskList, AnchorError> {
        let at = self.find(name)?;
        Ok(self.splice(at, at + 1, at, tasks.into()))
    }

    /// The list with tasks put in before one; they come into its groups.
    ///
    /// # Errors
    ///
    /// [`AnchorError`] when there is no task of this name.
    pub fn insert_before(self, name: &str, tasks: impl Into<TaskList>) -> Result<TaskList, AnchorError> {
        let at = self.find(name)?;
        Ok(self.splice(at, at, at, tasks.into()))
    }

    /// The list with tasks put in after one; they come into its groups.
    ///
    /// # Errors
    ///
    /// [`AnchorError`] when there is no task of this name.
    pub fn insert_after(self, name: &str, tasks: impl Into<TaskList>) -> Result<TaskList, AnchorError> {
        let at = self.find(name)?;
        Ok(self.splice(at + 1, at + 1, at, tasks.into()))
    }

    fn splice(mut self, from: usize, to: usize, anchor: usize, tasks: TaskList) -> TaskList {
        let group = Arc::clone(&self.entries()[anchor].group);
        let tasks = tasks.into_iter().map(|entry| entry.inside(&group));
        self.entries.edit().splice(from..to, tasks);
        self
    }

    fn find(&self, name: &str) -> Result<usize, AnchorError> {
        self.entries()
            .iter()
            .position(|entry| entry.task.name() == name)
            .ok_or_else(|| AnchorError { name: name.to_owned(), similar: nearest::name(name, self.names()) })
    }
}

fn push_members(entries: &mut Vec<Entry>, group: &Arc<str>, members: &[Member]) {
    for member in members {
        match member {
            Member::Task(def) => entries.push(Entry { task: Arc::new(FnTask::new(def)), group: Arc::clone(group) }),
            Member::Group(inner) => push_members(entries, &join(group, inner.name()), inner.members()),
        }
    }
}

impl Entry {
    fn inside(self, group: &Arc<str>) -> Entry {
        Entry { group: join(group, &self.group), ..self }
    }
}

fn join(outer: &Arc<str>, inner: &str) -> Arc<str> {
    match (outer.is_empty(), inner.is_empty()) {
        (_, true) => Arc::clone(outer),
        (true, false) => Arc::from(inner),
        (false, false) => Arc::from(format!("{outer}/{inner}")),
    }
}

impl From<Group> for TaskList {
    fn from(group: Group) -> TaskList {
        let mut entries = Vec::new();
        push_members(&mut entries, &Arc::from(group.name()), group.members());
        entries.into()
    }
}

impl From<Chain> for TaskList {
    fn from(chain: Chain) -> TaskList {
        chain.into_tasks()
    }
}

impl From<Entry> for TaskList {
    fn from(entry: Entry) -> TaskList {
        TaskList { entries: Entries::One(entry) }
    }
}

impl From<Vec<Entry>> for TaskList {
    fn from(entries: Vec<Entry>) -> TaskList {
        TaskList { entries: Entries::Many(Arc::new(entries)) }
    }
}

impl From<AnyTask> for TaskList {
    fn from(task: AnyTask) -> TaskList {
        Entry { task, group: Arc::default() }.into()
    }
}

impl<T: Task + 'static> From<T> for TaskList {
    fn from(task: T) -> TaskList {
        let task: AnyTask = Arc::new(task);
        task.into()
    }
}

impl<T: Into<TaskList>> FromIterator<T> for TaskList {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> TaskList {
        let mut list = TaskList::new();
        list.extend(items);
        list
    }
}

impl<T: Into<TaskList>> Extend<T> for TaskList {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        let items = items.into_iter();
        let entries = self.entries.edit();
        entries.reserve(items.size_hint().0);
        for item in items {
            match item.into().entries {
                Entries::One(entry) => entries.push(entry),
                more => entries.extend(more.into_vec()),
            }
        }
    }
}

impl IntoIterator for TaskList {
    type Item = Entry;
    type IntoIter = std::vec::IntoIter<Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_vec().into_iter()
    }
}

impl IntoIterator for Group {
    type Item = Entry;
    type IntoIter = std::vec::IntoIter<Entry>;

    fn into_iter(self) -> Self::IntoIter {
        TaskList::from(self).into_iter()
    }
}

impl IntoIterator for Chain {
    type Item = Entry;
    type IntoIter = std::vec::IntoIter<Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_tasks().into_iter()
    }
}

/// A task that an edit is anchored at, and that is not in the list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no task `{name}` in the list{}", nearest::hint(similar.as_deref()))]
pub struct AnchorError {
    /// The name that was asked for.
    pub name: String,
    /// The name of a task that looks like it.
    pub similar: Option<String>,
}

#[cfg(test)]
mod tests;
