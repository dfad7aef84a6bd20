use super::{Fault, Need, TaskDef};
use crate::model::Window;
use crate::prelude::*;
use crate::task::{Member, ModelKind};

macro_rules! models {
    ($($model:ident = $name:literal;)*) => {$(
        #[derive(Named)]
        #[named($name)]
        struct $model;
    )*};
}

models! { X = "x"; Y = "y"; Z = "z"; Other = "other"; }

/// A source.
#[derive(Row)]
#[row(table = "raw", source)]
struct Raw {
    number: i64,
}

const fn kind<N: Named>() -> &'static ModelKind {
    ModelKind::of::<Value<i32, N>>()
}

const fn requires<N: Named>() -> Need {
    Need::Requires(kind::<N>())
}

const fn after<N: Named>() -> Need {
    Need::After(kind::<N>())
}

const fn provides<N: Named>() -> Need {
    Need::Provides(kind::<N>())
}

const fn requires_window<N: Named, W: Window>() -> Need {
    Need::Requires(ModelKind::of::<Across<Value<i32, N>, W>>())
}

/// A task by hand, because `#[task]` refuses some of these.
macro_rules! task {
    ($name:literal: $($need:expr),*) => {
        const { &TaskDef { name: $name, line: line!(), needs: &[$($need),*], ..TaskDef::NONE } }
    };
}

/// The fault of a graph of these tasks and groups, checked at compile time.
macro_rules! fault {
    (whole: $whole:literal, $($member:expr),* $(,)?) => {{
        const MEMBERS: &[Member] = &[$($member),*];
        const FAULT: Option<Fault<{ super::tasks(MEMBERS) }>> =
            super::graph::<{ super::tasks(MEMBERS) }, { super::provisions(MEMBERS) }>(MEMBERS, $whole);
        FAULT.map(|fault| (fault.place(), fault.text().as_str().to_owned()))
    }};
}

fn text<const N: usize>(fault: Option<Fault<N>>) -> String {
    fault.map(|fault| fault.text().as_str().to_owned()).unwrap_or_default()
}

use Member::{Group as Inner, Task};

#[test]
fn a_graph_that_fits_together_has_no_fault() {
    let fault = fault!(whole: true,
        Task(task!("c": requires::<Y>(), after::<Other>(), Need::Context)),
        Task(task!("b": requires::<X>(), provides::<Y>())),
        Task(task!("a": Need::Requires(ModelKind::of::<Table<Raw>>()), provides::<X>())),
    );
    assert_eq!(fault, None);
    assert_eq!(fault!(whole: true,), None);
}

#[test]
fn a_missing_provider_is_a_fault_of_a_whole_chain_only() {
    const TASK: Member = Task(task!("clean": requires::<X>(), provides::<Y>()));
    let (_, text) = fault!(whole: true, TASK).unwrap();
    assert_eq!(
        text,
        "task `clean` requires model `x`, which no task provides; add a task that takes `&mut` of it, or declare it a \
         source"
    );
    assert_eq!(fault!(whole: false, TASK), None);
}

#[test]
fn a_window_of_partitions_waits_for_the_model_it_is_of() {
    const ROLL: Member = Task(task!("roll": requires_window::<X, Trailing<7>>(), provides::<Y>()));
    const MAKE: Member = Task(task!("make": provides::<X>()));
    assert_eq!(fault!(whole: true, ROLL, MAKE), None);
    let (_, text) = fault!(whole: true, ROLL).unwrap();
    assert_eq!(
        text,
        "task `roll` requires model `x`, which no task provides; add a task that takes `&mut` of it, or declare it a \
         source"
    );
    let (_, text) = fault!(whole: true, ROLL, Task(task!("back": requires::<Y>(), provides::<X>()))).unwrap();
    assert_eq!(
        text,
        "these tasks wait for each other in a circle: `roll` requires `x_trailing_7` from `back`, `back` requires `y` from \
         `roll`"
    );
}

#[test]
fn a_task_may_read_what_it_has_made_before_and_not_what_it_makes() {
    const BEFORE: &TaskDef = task!("carry": requires_window::<X, Preceding<1>>(), provides::<X>(), requires::<Y>());
    assert_eq!(text(super::task(BEFORE)), "");
    assert_eq!(fault!(whole: true, Task(BEFORE), Task(task!("make": provides::<Y>()))), None);
    const ITSELF: &TaskDef = task!("carry": requires_window::<X, Trailing<2>>(), provides::<X>());
    assert_eq!(
        text(super::task(ITSELF)),
        "task `carry` looks back over model `x`, which it provides itself; `Preceding` in place of `Trailing` reads what it \
         has made before"
    );
    // A day and the window that it is in are two things.
    const BOTH: &TaskDef = task!("roll": requires::<X>(), requires_window::<X, Trailing<2>>(), provides::<Y>());
    assert_eq!(text(super::task(BOTH)), "");
}

#[test]
fn two_providers_are_named_in_order() {
    let fault = fault!(whole: false,
        Task(task!("b": provides::<Other>(), provides::<X>())),
        Task(task!("none": requires::<X>())),
        Task(task!("a": requires::<Y>(), provides::<X>())),
    );
    let text = "model `x` is provided by two tasks, `b` and `a`; a model has one provider";
    assert_eq!(fault, Some((2, text.to_owned())));
}

#[test]
fn two_tasks_of_one_name_are_told_from_one_listed_twice() {
    const ONE: &TaskDef = task!("a": provides::<X>());
    const OTHER: &TaskDef = task!("a": provides::<Y>());
    let (_, text) = fault!(whole: false, Task(ONE), Task(OTHER)).unwrap();
    assert_eq!(text, "two tasks are named `a`; give one of them another name with `#[task(name = \"…\")]`");
    let (_, text) = fault!(whole: false, Task(ONE), Task(ONE)).unwrap();
    assert_eq!(text, "task `a` is listed twice; list it once");
}

#[test]
fn a_circle_is_told_from_its_first_task_with_the_model_on_every_edge() {
    let fault = fault!(whole: true,
        Task(task!("start": requires::<X>(), provides::<Other>())),
        Task(task!("a": requires::<X>(), provides::<Z>())),
        Task(task!("b": after::<Z>(), requires::<Other>(), provides::<Y>())),
        Task(task!("c": requires::<Y>(), provides::<X>())),
    );
    let text = "these tasks wait for each other in a circle: `a` requires `x` from `c`, `c` requires `y` from `b`, `b` \
                reads `z` from `a`";
    assert_eq!(fault, Some((1, text.to_owned())));
}

#[test]
fn a_fault_deep_in_a_group_is_placed_at_the_member_that_has_it() {
    const A: Member = Task(task!("a": provides::<X>()));
    const B: Member = Task(task!("b": provides::<Y>()));
    const C: Member = Task(task!("c": provides::<Y>()));
    const INNER: Group = Group::new("inner", &[C]);
    const OUTER: Group = Group::new("outer", &[Inner(&INNER)]);
    let (place, text) = fault!(whole: true, A, Inner(&Group::new("empty", &[])), B, Inner(&OUTER)).unwrap();
    assert_eq!(text, "model `y` is provided by two tasks, `b` and `c`; a model has one provider");
    assert_eq!(place, 3);
}

#[test]
fn a_task_neither_requires_what_it_provides_nor_names_a_model_twice() {
    assert_eq!(
        text(super::task(task!("a": provides::<X>(), requires::<X>()))),
        "task `a` requires model `x`, which it provides itself; take only the `&mut` of it"
    );
    assert_eq!(
        text(super::task(task!("a": after::<X>(), provides::<X>()))),
        "task `a` reads model `x`, which it provides itself; take only the `&mut` of it"
    );
    let twice = "task `a` names model `x` twice; name it once";
    assert_eq!(text(super::task(task!("a": requires::<X>(), after::<X>()))), twice);
    assert_eq!(text(super::task(task!("a": provides::<X>(), provides::<X>()))), twice);
    assert_eq!(text(super::task(task!("a": Need::Context, Need::Context, requires::<X>(), provides::<Y>()))), "");
}
