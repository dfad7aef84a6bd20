//! The graph check at compile time: functions that the macros call inside a `const`.
//!
//! They know names only, and stop at the first fault. Two types under one name, and tasks made at run time, are the
//! business of the check at run time, which reports all faults at once.

use super::define::{Need, TaskDef};
use super::group::Member;

mod fault;
mod index;
mod text;

pub use fault::Fault;
use fault::{Kind, Link};
use index::{Entry, Index};

/// How many tasks there are in these members and the groups among them.
#[must_use]
pub const fn tasks(members: &[Member]) -> usize {
    let mut count = 0;
    let mut at = 0;
    while at < members.len() {
        count += match members[at] {
            Member::Task(_) => 1,
            Member::Group(group) => tasks(group.members()),
        };
        at += 1;
    }
    count
}

/// How many models these members provide.
#[must_use]
pub const fn provisions(members: &[Member]) -> usize {
    let mut count = 0;
    let mut at = 0;
    while at < members.len() {
        match members[at] {
            Member::Group(group) => count += provisions(group.members()),
            Member::Task(task) => {
                let mut need = 0;
                while need < task.needs.len() {
                    count += matches!(task.needs[need], Need::Provides(_)) as usize;
                    need += 1;
                }
            }
        }
        at += 1;
    }
    count
}

/// Finds what is wrong with a task by itself.
#[must_use]
pub const fn task(task: &TaskDef) -> Option<Fault<1>> {
    let mut later = 0;
    while later < task.needs.len() {
        let link = Link::of(task, &task.needs[later]);
        let mut sooner = 0;
        while sooner < later {
            let other = Link::of(task, &task.needs[sooner]);
            let provided_by_itself = match (&task.needs[sooner], &task.needs[later]) {
                (Need::Requires(_) | Need::After(_), Need::Provides(_)) => {
                    Some((sooner, Link::waiting(task, &task.needs[sooner]), link))
                }
                (Need::Provides(_), Need::Requires(_) | Need::After(_)) => {
                    Some((later, Link::waiting(task, &task.needs[later]), other))
                }
                _ => None,
            };
            match provided_by_itself {
                Some((place, read, provided)) if index::same(read.model, provided.model) => {
                    let is_window = match &task.needs[place] {
                        Need::Requires(kind) | Need::After(kind) => kind.gathers().is_some(),
                        _ => false,
                    };
                    let kind = if is_window { Kind::WindowOnItself } else { Kind::ProvidedByItself };
                    return Some(Fault::new(kind, place).with(read));
                }
                None if !link.model.is_empty() && index::same(link.model, other.model) => {
                    return Some(Fault::new(Kind::NamedTwice, later).with(link));
                }
                _ => {}
            }
            sooner += 1;
        }
        later += 1;
    }
    None
}

/// Finds what is wrong with the graph of these members. In a whole chain each required model has a provider or is a
/// source; a part of one may leave that to others.
///
/// `TASKS` and `PROVISIONS` are the results of [`tasks`] and [`provisions`].
#[must_use]
pub const fn graph<const TASKS: usize, const PROVISIONS: usize>(
    members: &[Member],
    whole: bool,
) -> Option<Fault<TASKS>> {
    let mut graph = Graph::<TASKS, PROVISIONS> { tasks: [&TaskDef::NONE; TASKS], providers: Index::new() };
    flatten(members, &mut graph.tasks, 0);
    let fault = match graph.same_names() {
        None => graph.index_providers(),
        fault => fault,
    };
    let fault = match fault {
        None if whole => graph.missing_provider(),
        fault => fault,
    };
    let fault = match fault {
        None => graph.circle(),
        fault => fault,
    };
    match fault {
        Some(fault) => Some(fault.at(member_of(members, fault.place()))),
        None => None,
    }
}

const fn flatten(members: &[Member], tasks: &mut [&'static TaskDef], mut count: usize) -> usize {
    let mut at = 0;
    while at < members.len() {
        match members[at] {
            Member::Task(task) => {
                tasks[count] = task;
                count += 1;
            }
            Member::Group(group) => count = flatten(group.members(), tasks, count),
        }
        at += 1;
    }
    count
}

/// The member that holds the task of this position.
const fn member_of(members: &[Member], task: usize) -> usize {
    let mut end = 0;
    let mut at = 0;
    while at < members.len() {
        end += match members[at] {
            Member::Task(_) => 1,
            Member::Group(group) => tasks(group.members()),
        };
        if task < end {
            return at;
        }
        at += 1;
    }
    at
}

struct Graph<const TASKS: usize, const PROVISIONS: usize> {
    tasks: [&'static TaskDef; TASKS],
    providers: Index<PROVISIONS>,
}

/// A task on the way, and how many of its needs have been followed.
#[derive(Clone, Copy)]
struct Step {
    task: usize,
    followed: usize,
}

/// Where the search for a circle is with a task.
#[derive(Clone, Copy)]
enum Visit {
    Unseen,
    OnTheWay,
    Done,
}

impl<const TASKS: usize, const PROVISIONS: usize> Graph<TASKS, PROVISIONS> {
    const fn same_names(&self) -> Option<Fault<TASKS>> {
        let mut names = Index::<TASKS>::new();
        let mut at = 0;
        while at < TASKS {
            names.push(Entry::new(self.tasks[at].name, at));
            at += 1;
        }
        let Some((first, second)) = names.sort() else { return None };
        let (one, other) = (self.tasks[first], self.tasks[second]);
        let listed_twice = one.line == other.line && index::same(one.file, other.file);
        let kind = if listed_twice { Kind::ListedTwice } else { Kind::SameName };
        Some(Fault::new(kind, second).with(Link { task: one.name, ..Link::NONE }))
    }

    const fn index_providers(&mut self) -> Option<Fault<TASKS>> {
        let mut at = 0;
        while at < TASKS {
            let needs = self.tasks[at].needs;
            let mut need = 0;
            while need < needs.len() {
                if let Need::Provides(kind) = needs[need] {
                    self.providers.push(Entry::new(kind.name(), at));
                }
                need += 1;
            }
            at += 1;
        }
        let Some((first, second)) = self.providers.sort() else { return None };
        // Both provide one model; which one it is, their needs know.
        let needs = self.tasks[first].needs;
        let mut need = 0;
        while need < needs.len() {
            if let Need::Provides(kind) = needs[need]
                && self.provides(second, kind.name())
            {
                let link = Link::of(self.tasks[first], &needs[need]);
                let other = Link { task: self.tasks[second].name, ..link };
                return Some(Fault::new(Kind::TwoProviders, second).with(link).with(other));
            }
            need += 1;
        }
        None
    }

    const fn provides(&self, task: usize, model: &str) -> bool {
        let needs = self.tasks[task].needs;
        let mut need = 0;
        while need < needs.len() {
            if let Need::Provides(kind) = needs[need]
                && index::same(kind.name(), model)
            {
                return true;
            }
            need += 1;
        }
        false
    }

    const fn missing_provider(&self) -> Option<Fault<TASKS>> {
        let mut at = 0;
        while at < TASKS {
            let needs = self.tasks[at].needs;
            let mut need = 0;
            while need < needs.len() {
                if let Need::Requires(kind) = needs[need] {
                    let (model, is_source) = match kind.gathers() {
                        Some(gathers) => (gathers.model, gathers.is_source),
                        None => (kind.name(), kind.is_source()),
                    };
                    if !is_source && self.providers.find(model).is_none() {
                        let link = Link { model, ..Link::of(self.tasks[at], &needs[need]) };
                        return Some(Fault::new(Kind::NoProvider, at).with(link));
                    }
                }
                need += 1;
            }
            at += 1;
        }
        None
    }

    /// Goes from each task to the providers of what it reads, and stops on meeting a task that it came through.
    const fn circle(&self) -> Option<Fault<TASKS>> {
        let mut visits = [Visit::Unseen; TASKS];
        let mut way = [Step { task: 0, followed: 0 }; TASKS];
        let mut start = 0;
        while start < TASKS {
            let mut depth = 0;
            if matches!(visits[start], Visit::Unseen) {
                way[0] = Step { task: start, followed: 0 };
                visits[start] = Visit::OnTheWay;
                depth = 1;
            }
            while depth > 0 {
                let Step { task, followed } = way[depth - 1];
                let needs = self.tasks[task].needs;
                if followed == needs.len() {
                    visits[task] = Visit::Done;
                    depth -= 1;
                    continue;
                }
                way[depth - 1].followed += 1;
                let Some(provider) = self.provider_of(task, &needs[followed]) else { continue };
                match visits[provider] {
                    Visit::Unseen => {
                        way[depth] = Step { task: provider, followed: 0 };
                        visits[provider] = Visit::OnTheWay;
                        depth += 1;
                    }
                    Visit::OnTheWay => return Some(self.circle_through(provider, &way, depth)),
                    Visit::Done => {}
                }
            }
            start += 1;
        }
        None
    }

    /// The task that this one waits for because of one need. A task that waits for itself is refused by [`task`].
    const fn provider_of(&self, task: usize, need: &Need) -> Option<usize> {
        if !matches!(need, Need::Requires(_) | Need::After(_)) {
            return None;
        }
        match self.providers.find(Link::waiting(self.tasks[task], need).model) {
            Some(provider) if provider != task => Some(provider),
            _ => None,
        }
    }

    /// The end of the way, from the task that closes the circle, told from the task that is listed first.
    const fn circle_through(&self, closing: usize, way: &[Step; TASKS], depth: usize) -> Fault<TASKS> {
        let mut start = depth - 1;
        while way[start].task != closing {
            start -= 1;
        }
        let mut first = start;
        let mut at = start;
        while at < depth {
            if way[at].task < way[first].task {
                first = at;
            }
            at += 1;
        }
        let length = depth - start;
        let mut fault = Fault::new(Kind::Circle, way[first].task);
        let mut count = 0;
        while count < length {
            let Step { task, followed } = way[start + (first - start + count) % length];
            fault = fault.with(Link::of(self.tasks[task], &self.tasks[task].needs[followed - 1]));
            count += 1;
        }
        fault
    }
}

#[cfg(test)]
mod tests;
