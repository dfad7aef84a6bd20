use proptest::prelude::*;

use super::*;

fn graph(tasks: usize, edges: &[(usize, usize)]) -> Graph {
    let wait = |(model, &(provider, task)): (usize, &(usize, usize))| Wait {
        task: TaskId::new(task),
        model: ModelId::new(model),
        provider: TaskId::new(provider),
    };
    Graph::new(tasks, &edges.iter().enumerate().map(wait).collect::<Vec<_>>())
}

fn ids(tasks: &[usize]) -> Vec<TaskId> {
    tasks.iter().copied().map(TaskId::new).collect()
}

#[test]
fn neighbours_are_told_once_and_in_order_of_position() {
    let graph = graph(4, &[(0, 3), (0, 1), (0, 3), (2, 3)]);
    assert_eq!(graph.readers(TaskId::new(0)), ids(&[1, 3]));
    assert_eq!(graph.providers(TaskId::new(3)), ids(&[0, 2]));
    assert_eq!(graph.readers_with_repeats(TaskId::new(0)).collect::<Vec<_>>(), ids(&[1, 3, 3]));
}

#[test]
fn readers_are_told_model_by_model() {
    let [first, second] = [0, 1].map(ModelId::new);
    let [maker, one, two] = [0, 1, 2].map(TaskId::new);
    let wait = |task, model| Wait { task, model, provider: maker };
    let graph = Graph::new(3, &[wait(two, first), wait(one, second), wait(two, second), wait(two, first)]);
    assert_eq!(graph.readers_of(maker, first).collect::<Vec<_>>(), [two]);
    assert_eq!(graph.readers_of(maker, second).collect::<Vec<_>>(), [one, two]);
    assert_eq!(graph.edges().count(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_in_order_already_would_be_sorted_the_same(
        (tasks, pairs) in (1usize..40).prop_flat_map(|tasks| {
            (Just(tasks), proptest::collection::vec((0..tasks, 0..tasks), 0..80))
        })
    ) {
        let pairs = pairs.into_iter().filter(|(a, b)| a != b);
        let graph = graph(tasks, &pairs.map(|(a, b)| (a.min(b), a.max(b))).collect::<Vec<_>>());
        prop_assert!(graph.is_in_order());
        prop_assert_eq!(graph.order(), graph.sort());
    }
}
