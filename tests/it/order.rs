//! In which order tasks run.

use proptest::prelude::*;
use purvey::graph::{Graph, Wait};
use purvey::id::{ModelId, TaskId};
use purvey::run::{Order, RunOptions};
use purvey::session::Request;

use crate::support::{orchestrator, order, step};

#[test]
fn rule_1_a_valid_list_comes_back_unchanged() {
    assert_eq!(order([step("a"), step("b(a)"), step("c")]), ["a", "b", "c"]);
}

#[test]
fn rule_1_a_task_waits_for_its_provider_and_no_longer() {
    assert_eq!(order([step("x(z)"), step("y"), step("z")]), ["y", "z", "x"]);
}

#[test]
fn rule_1_the_lowest_position_goes_first_at_every_point() {
    let steps = [step("report(clean)"), step("audit"), step("clean(raw)"), step("raw")];
    assert_eq!(order(steps), ["audit", "raw", "clean", "report"]);
}

#[test]
fn what_most_work_waits_for_goes_first_where_that_is_wanted() {
    let steps = || [step("audit"), step("raw"), step("clean(raw)"), step("report(clean)")];
    let ran = |order| {
        let options = RunOptions { order, ..RunOptions::default() };
        let outcome = orchestrator(steps()).with_options(options).run().unwrap();
        outcome.steps().iter().map(|step| step.name.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(ran(Order::Position), "audit raw clean report");
    assert_eq!(ran(Order::CriticalPath), "raw clean audit report");
}

#[test]
fn rule_1_no_chain_is_too_long() {
    // Each task reads from the one after it in the list: the deepest chain there is, on a small stack.
    let tasks = 1_000_000;
    let planned = std::thread::Builder::new()
        .stack_size(512 * 1024)
        .spawn(move || {
            let link = |task: usize| {
                if task + 1 == tasks { step(&format!("t{task}")) } else { step(&format!("t{task}(t{})", task + 1)) }
            };
            let chain = orchestrator((0..tasks).map(link));
            let blueprint = chain.check().expect("the steps are a valid chain");
            let plan = chain.plan(&blueprint, &Request::default()).expect("all of it is selected");
            let first = plan.picks().next().map(|task| blueprint.task(task).task.name().to_owned());
            (plan.steps().len(), first)
        })
        .unwrap()
        .join()
        .unwrap();
    assert_eq!(planned, (tasks, Some("t999999".to_owned())));
}

#[test]
fn rule_1_no_circle_is_too_long() {
    let tasks = 100_000;
    let found = std::thread::Builder::new()
        .stack_size(512 * 1024)
        .spawn(move || {
            let edges: Vec<_> = (0..tasks).map(|task| (task, (task + 1) % tasks)).collect();
            graph(tasks, &edges).order().map_err(|cycles| cycles.iter().map(Vec::len).collect::<Vec<_>>())
        })
        .unwrap()
        .join()
        .unwrap();
    assert_eq!(found, Err(vec![tasks]));
}

/// A list of up to 12 tasks with edges that make no circle: each edge follows a hidden order of the tasks.
pub(crate) fn acyclic() -> impl Strategy<Value = (usize, Vec<(usize, usize)>)> {
    (1usize..12).prop_flat_map(|tasks| {
        let hidden = Just((0..tasks).collect::<Vec<_>>()).prop_shuffle();
        let pairs = proptest::collection::vec((0..tasks, 0..tasks), 0..24);
        (hidden, pairs).prop_map(move |(hidden, pairs)| {
            let edges = pairs.into_iter().filter(|(a, b)| a != b).map(|(a, b)| (hidden[a.min(b)], hidden[a.max(b)]));
            (tasks, edges.collect())
        })
    })
}

/// The rule as a sentence: until all are placed, place the first of the list whose providers are all placed.
fn lowest_first(tasks: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut placed: Vec<usize> = Vec::new();
    while placed.len() < tasks {
        let is_ready =
            |task: &usize| !placed.contains(task) && edges.iter().all(|(from, to)| to != task || placed.contains(from));
        let next = (0..tasks).find(is_ready).expect("the edges make no circle");
        placed.push(next);
    }
    placed
}

fn graph(tasks: usize, edges: &[(usize, usize)]) -> Graph {
    let wait = |(model, (from, to)): (usize, &(usize, usize))| Wait {
        task: TaskId::new(*to),
        model: ModelId::new(model),
        provider: TaskId::new(*from),
    };
    Graph::new(tasks, &edges.iter().enumerate().map(wait).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rule_1_any_graph_is_ordered_as_the_rule_says((tasks, edges) in acyclic()) {
        let order = graph(tasks, &edges).order().expect("the edges make no circle");
        let positions: Vec<usize> = order.into_iter().map(TaskId::index).collect();
        prop_assert_eq!(positions, lowest_first(tasks, &edges));
    }

    #[test]
    fn rule_2_any_circle_is_found_and_closes(
        (tasks, edges) in (2usize..10).prop_flat_map(|tasks| {
            (Just(tasks), proptest::collection::vec((0..tasks, 0..tasks), 1..30))
        })
    ) {
        let edges: Vec<(usize, usize)> = edges.into_iter().filter(|(a, b)| a != b).collect();
        match graph(tasks, &edges).order() {
            Ok(order) => prop_assert_eq!(order.len(), tasks),
            Err(cycles) => {
                prop_assert!(!cycles.is_empty());
                for cycle in cycles {
                    prop_assert!(cycle.len() >= 2);
                    for (wait, next) in cycle.iter().zip(cycle.iter().cycle().skip(1)) {
                        prop_assert_eq!(wait.provider, next.task);
                        let edge = (wait.provider.index(), wait.task.index());
                        prop_assert_eq!(edges[wait.model.index()], edge);
                    }
                }
            }
        }
    }
}
