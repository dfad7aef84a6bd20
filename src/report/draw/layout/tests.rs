//! What every layout keeps to.

use proptest::prelude::*;

use super::*;

fn block() -> Block {
    Block { width: 100.0, height: 40.0, ports: vec![20.0] }
}

fn lay(count: usize, wires: &[(usize, usize)]) -> Layout {
    let blocks: Vec<Block> = (0..count).map(|_| block()).collect();
    let wires: Vec<Wire> = wires.iter().map(|(from, to)| Wire { from: *from, port: 0, to: *to }).collect();
    place(&blocks, &wires)
}

#[test]
fn a_chain_runs_level_from_left_to_right() {
    let layout = lay(3, &[(0, 1), (1, 2)]);
    assert!(layout.blocks.windows(2).all(|pair| pair[0].x < pair[1].x && pair[0].y == pair[1].y));
}

#[test]
fn a_long_wire_goes_around_the_block_between() {
    let layout = lay(3, &[(0, 1), (1, 2), (0, 2)]);
    let (middle, wire) = (layout.blocks[1], &layout.wires[2]);
    assert_eq!((wire[1].x, wire[2].x), (middle.x, middle.x + 100.0));
    assert!(wire[1].y < middle.y || wire[1].y > middle.y + 40.0, "{wire:?}");
}

proptest! {
    #[test]
    fn blocks_keep_their_distance_and_wires_keep_off_blocks(
        wires in proptest::collection::vec((0_usize..16, 1_usize..6), 0..40)
    ) {
        let wires: Vec<(usize, usize)> = wires.into_iter().map(|(from, span)| (from, from + span)).collect();
        let layout = lay(22, &wires);
        for (index, a) in layout.blocks.iter().enumerate() {
            let apart = |b: &Point| (a.x - b.x).abs() > 100.0 || (a.y - b.y).abs() >= 40.0 + GAP_BLOCK - 1.0;
            prop_assert!(layout.blocks[..index].iter().all(apart));
            for level in layout.wires.iter().flat_map(|wire| wire[1..].chunks_exact(2)) {
                let above_or_below = level[0].y < a.y || level[0].y > a.y + 40.0;
                prop_assert!(above_or_below || level[1].x <= a.x || level[0].x >= a.x + 100.0);
            }
        }
    }
}

#[test]
fn crossed_wires_are_untangled() {
    let layout = lay(4, &[(0, 3), (1, 2)]);
    assert_eq!(layout.blocks[0].y < layout.blocks[1].y, layout.blocks[3].y < layout.blocks[2].y);
}

#[test]
fn a_loop_is_laid_out_all_the_same() {
    let layout = lay(3, &[(0, 1), (1, 2), (2, 0), (2, 2)]);
    assert!(layout.blocks[0].x < layout.blocks[1].x && layout.blocks[1].x < layout.blocks[2].x);
    assert_eq!(layout.wires[2].len(), 2);
}
