//! Picks tasks of a chain by name, tag, group and neighbourhood.

use std::collections::BTreeSet;
use std::str::FromStr;

use glob::Pattern;

use crate::id::{ModelId, TaskId};
use crate::nearest;

use super::blueprint::Blueprint;

/// Which tasks of a chain are meant.
///
/// | text | picks |
/// |---|---|
/// | `bookings` | the task, or the task that provides the model, of this name |
/// | `reports/agent_ranking` | the task, with its groups in front |
/// | `monthly_*` | the same with `*`, `?` and `[a-z]` |
/// | `tag:daily`, `group:reports` | the tasks with this tag; those in this group, however deep |
/// | `+bookings`, `bookings+`, `+bookings+` | besides, all it reads from; all that read from it; both |
/// | `2+bookings`, `bookings+1` | the same, so many steps far |
/// | `a b` | both |
/// | `a,b` | those that are in both |
///
/// ```
/// use purvey::plan::Selection;
///
/// let selection: Selection = "+monthly_report group:process,tag:daily".parse()?;
/// assert!(!selection.is_all());
/// assert!("two words +".parse::<Selection>().is_err());
/// # Ok::<(), purvey::plan::SelectionError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    include: Vec<Intersection>,
    exclude: Vec<Intersection>,
}

/// Terms joined by commas.
type Intersection = Vec<Term>;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    /// How many steps towards the sources, if any; `usize::MAX` for all.
    upstream: usize,
    core: Core,
    downstream: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Core {
    Name(String),
    Glob(Pattern),
    Tag(String),
    Group(String),
}

impl Selection {
    /// Every task of the chain.
    #[must_use]
    pub fn all() -> Selection {
        Selection::default()
    }

    /// The same selection without the tasks of another.
    #[must_use]
    pub fn without(mut self, other: Selection) -> Selection {
        self.exclude.extend(other.include);
        self
    }

    /// Whether it picks every task.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }

    /// The tasks of a chain that are meant, by position.
    ///
    /// # Errors
    ///
    /// When a name, tag or group does not occur in the chain.
    pub fn resolve(&self, blueprint: &Blueprint) -> Result<BTreeSet<TaskId>, SelectionError> {
        let mut picked = if self.include.is_empty() {
            (0..blueprint.tasks().len()).map(TaskId::new).collect()
        } else {
            union(&self.include, blueprint)?
        };
        let excluded = union(&self.exclude, blueprint)?;
        picked.retain(|task| !excluded.contains(task));
        Ok(picked)
    }
}

fn union(terms: &[Intersection], blueprint: &Blueprint) -> Result<BTreeSet<TaskId>, SelectionError> {
    let mut picked = BTreeSet::new();
    for intersection in terms {
        let mut common: Option<BTreeSet<TaskId>> = None;
        for term in intersection {
            let found = term.resolve(blueprint)?;
            common = Some(match common {
                Some(before) => before.intersection(&found).copied().collect(),
                None => found,
            });
        }
        picked.extend(common.unwrap_or_default());
    }
    Ok(picked)
}

impl Term {
    fn resolve(&self, blueprint: &Blueprint) -> Result<BTreeSet<TaskId>, SelectionError> {
        let core = self.core.resolve(blueprint)?;
        let graph = blueprint.graph();
        let mut picked = core.clone();
        picked.extend(walk(&core, self.upstream, |task| graph.providers(task)));
        picked.extend(walk(&core, self.downstream, |task| graph.readers(task)));
        Ok(picked)
    }
}

/// The tasks within so many steps of some.
fn walk(from: &BTreeSet<TaskId>, steps: usize, next: impl Fn(TaskId) -> Vec<TaskId>) -> BTreeSet<TaskId> {
    let mut seen = from.clone();
    let mut edge: Vec<TaskId> = from.iter().copied().collect();
    for _ in 0..steps {
        edge = edge.into_iter().flat_map(&next).filter(|task| seen.insert(*task)).collect();
        if edge.is_empty() {
            break;
        }
    }
    seen
}

impl Core {
    fn resolve(&self, blueprint: &Blueprint) -> Result<BTreeSet<TaskId>, SelectionError> {
        let tasks = || (0..blueprint.tasks().len()).map(TaskId::new);
        match self {
            Core::Name(name) => {
                let found = picked_by(blueprint, |known| known == name);
                if found.is_empty() { Err(unknown("task or model", name, names(blueprint))) } else { Ok(found) }
            }
            Core::Glob(pattern) => Ok(picked_by(blueprint, |known| pattern.matches(known))),
            Core::Tag(tag) => {
                let tags = |task: TaskId| blueprint.task(task).task.about().tags;
                let found: BTreeSet<TaskId> = tasks().filter(|&task| tags(task).contains(&tag.as_str())).collect();
                let known = tasks().flat_map(tags).copied().map(str::to_owned);
                if found.is_empty() { Err(unknown("tag", tag, known)) } else { Ok(found) }
            }
            Core::Group(group) => {
                let inside = |task: &TaskId| is_inside(&blueprint.task(*task).group, group);
                let found: BTreeSet<TaskId> = tasks().filter(inside).collect();
                let known = blueprint.tasks().iter().flat_map(|entry| groups(&entry.group));
                if found.is_empty() { Err(unknown("group", group, known)) } else { Ok(found) }
            }
        }
    }
}

/// The tasks whose own name, name with groups, or provided model's name is meant.
fn picked_by(blueprint: &Blueprint, meant: impl Fn(&str) -> bool) -> BTreeSet<TaskId> {
    let model_meant = |model: &ModelId| meant(&blueprint.model(*model).name);
    (0..blueprint.tasks().len())
        .map(TaskId::new)
        .filter(|&task| {
            let entry = blueprint.task(task);
            meant(entry.task.name()) || meant(&entry.path()) || blueprint.provides(task).iter().any(model_meant)
        })
        .collect()
}

fn names(blueprint: &Blueprint) -> impl Iterator<Item = String> {
    let tasks = blueprint.tasks().iter().map(|entry| entry.task.name().to_owned());
    tasks.chain(blueprint.models().iter().map(|model| model.name.to_string()))
}

/// `reports/monthly` is inside `reports`, inside `reports/monthly` and, for short, inside `monthly`.
fn is_inside(path: &str, group: &str) -> bool {
    path == group || path.starts_with(&format!("{group}/")) || path.split('/').any(|part| part == group)
}

fn groups(path: &str) -> Vec<String> {
    path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn unknown(what: &'static str, name: &str, known: impl Iterator<Item = String>) -> SelectionError {
    let known: Vec<String> = known.collect();
    let similar = nearest::name(name, known.iter().map(String::as_str));
    SelectionError::Unknown { what, name: name.to_owned(), similar }
}

impl FromStr for Selection {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Selection, SelectionError> {
        let include = text
            .split_whitespace()
            .map(|word| word.split(',').map(term).collect::<Result<Intersection, _>>())
            .collect::<Result<_, _>>()?;
        Ok(Selection { include, exclude: Vec::new() })
    }
}

fn term(text: &str) -> Result<Term, SelectionError> {
    let bad = || SelectionError::Syntax { term: text.to_owned() };
    let (upstream, rest) = match text.split_once('+') {
        Some(("", rest)) => (usize::MAX, rest),
        Some((steps, rest)) if steps.bytes().all(|byte| byte.is_ascii_digit()) => {
            (steps.parse().map_err(|_| bad())?, rest)
        }
        _ => (0, text),
    };
    let (core, downstream) = match rest.rsplit_once('+') {
        Some((core, "")) => (core, usize::MAX),
        Some((core, steps)) => (core, steps.parse().map_err(|_| bad())?),
        None => (rest, 0),
    };
    let core = match core.split_once(':') {
        _ if core.is_empty() || core.contains('+') => return Err(bad()),
        Some((_, "")) => return Err(bad()),
        Some(("tag", tag)) => Core::Tag(tag.to_owned()),
        Some(("group", group)) => Core::Group(group.to_owned()),
        Some(_) => return Err(bad()),
        None if core.contains(['*', '?', '[']) => Core::Glob(Pattern::new(core).map_err(|_| bad())?),
        None => Core::Name(core.to_owned()),
    };
    Ok(Term { upstream, core, downstream })
}

/// A selection that cannot be understood, or names what the chain does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// Not a selection.
    #[error(
        "`{term}` is not a selection; write a name like `bookings`, with `+` in front for all it reads from and behind for all that reads it, or `tag:name`, `group:name`"
    )]
    Syntax {
        /// The term.
        term: String,
    },
    /// A name that the chain does not have.
    #[error("the chain has no {what} `{name}`{}", nearest::hint(similar.as_deref()))]
    Unknown {
        /// `task or model`, `tag` or `group`.
        what: &'static str,
        /// The name.
        name: String,
        /// A known name that looks like it.
        similar: Option<String>,
    },
}
