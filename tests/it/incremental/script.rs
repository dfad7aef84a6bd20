//! Chains that are made up, and what happens to them from night to night.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::chain::{Does, ORIGINS, PARAMS, Shape, Shapes};
use super::place::Loss;
use crate::order::acyclic;

/// Something that is other than it was the night before. Positions are taken modulo what there is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Edit {
    Code(usize, u64),
    Setting(usize, Option<u64>),
    Param(usize, Option<u64>),
    Origin(usize, u64),
    Move(usize),
    Lose(usize, Loss),
    /// Everything is as it was when all was published last.
    Back,
    /// Takes a task out of the chain, or puts it back.
    Toggle(usize),
}

/// One night: what was changed before, and what is asked for.
#[derive(Clone, Debug)]
pub(super) struct Night {
    pub(super) edits: Vec<Edit>,
    pub(super) failing: Vec<(usize, Does)>,
    /// Only these tasks; with all that they read from, or without.
    pub(super) only: Option<(Vec<usize>, bool)>,
    pub(super) forced: Vec<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) shapes: Shapes,
    pub(super) nights: Vec<Night>,
}

fn edits() -> impl Strategy<Value = Edit> {
    let position = 0usize..64;
    let loss = prop_oneof![Just(Loss::Deleted), Just(Loss::Overwritten), Just(Loss::Copied)];
    prop_oneof![
        4 => (position.clone(), 0u64..3).prop_map(|(task, version)| Edit::Code(task, version)),
        3 => (position.clone(), option::of(0u64..3)).prop_map(|(task, size)| Edit::Setting(task, size)),
        3 => (0..PARAMS, option::of(0u64..4)).prop_map(|(name, value)| Edit::Param(name, value)),
        3 => (0..ORIGINS, 0u64..3).prop_map(|(origin, number)| Edit::Origin(origin, number)),
        1 => (0..ORIGINS).prop_map(Edit::Move),
        3 => (position.clone(), loss).prop_map(|(file, loss)| Edit::Lose(file, loss)),
        4 => Just(Edit::Back),
        1 => position.prop_map(Edit::Toggle),
    ]
}

fn nights() -> impl Strategy<Value = Vec<Night>> {
    let position = 0usize..64;
    let goes_wrong = prop_oneof![2 => Just(Does::Fail), 1 => Just(Does::Panic)];
    let failing = prop_oneof![3 => Just(vec![]), 2 => vec((position.clone(), goes_wrong), 1..4)];
    let only = prop_oneof![
        4 => Just(None),
        1 => (vec(position.clone(), 1..4), any::<bool>()).prop_map(Some),
    ];
    let forced = prop_oneof![4 => Just(vec![]), 1 => vec(position, 1..3)];
    let night = (vec(edits(), 0..4), failing, only, forced);
    vec(night.prop_map(|(edits, failing, only, forced)| Night { edits, failing, only, forced }), 1..7)
}

fn shapes() -> impl Strategy<Value = Shapes> {
    acyclic().prop_flat_map(|(tasks, edges)| {
        let stored = vec(vec(any::<bool>(), 1..4), tasks);
        let ways = vec((0usize..3, any::<bool>()), edges.len());
        let origins = vec((0..tasks, 0..ORIGINS), 0..5);
        let params = vec(vec(0..PARAMS, 0..3), tasks);
        let origins_stored = vec(any::<bool>(), ORIGINS);
        (stored, ways, origins, params, origins_stored).prop_map(move |(stored, ways, origins, params, kept)| {
            let readers_of_origins =
                kept.into_iter().map(|is_kept| Shape { stored: vec![is_kept], ..Shape::default() });
            let tasks =
                stored.into_iter().zip(params).map(|(stored, params)| Shape { stored, params, ..Shape::default() });
            let mut shapes: Vec<Shape> = readers_of_origins.chain(tasks).collect();
            for (task, origin) in origins {
                shapes[ORIGINS + task].requires.push((origin, 0));
            }
            for (&(from, to), (model, is_spare)) in edges.iter().zip(ways) {
                let model = (ORIGINS + from, model % shapes[ORIGINS + from].stored.len());
                let reader = &mut shapes[ORIGINS + to];
                if is_spare { reader.after.push(model) } else { reader.requires.push(model) }
            }
            Shapes(shapes)
        })
    })
}

pub(super) fn scripts() -> impl Strategy<Value = Script> {
    (shapes(), nights()).prop_map(|(shapes, nights)| Script { shapes, nights })
}
