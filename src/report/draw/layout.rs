//! Where blocks and wires go: layers from left to right, few crossings, wires around blocks.
//!
//! The classic layered method (Sugiyama): longest-path layers, a bend for each layer that a long wire passes, orders
//! by barycenter sweeps, heights by isotonic regression. Wires that leave the same port share their bends and so run as
//! one trunk. Knows blocks by size and number only, and gives the same layout for the same input.

use std::collections::BTreeMap;

/// The least room between two layers, for the wires to change height in.
const GAP_LAYER: f64 = 60.0;
/// A wire that climbs this many pixels gets one pixel more room, so that steep wires can be told apart…
const SLOPE: f64 = 5.0;
/// …up to this much.
const GAP_SLOPE: f64 = 84.0;
/// The room between two blocks of a layer.
const GAP_BLOCK: f64 = 20.0;
/// The room between a wire that passes a layer and its neighbours there.
const GAP_BEND: f64 = 13.0;
/// How often orders and heights are improved; more does not show.
const SWEEPS: usize = 16;

/// A box to be placed.
pub(super) struct Block {
    pub(super) width: f64,
    pub(super) height: f64,
    /// How far below its top wires leave it, by port.
    pub(super) ports: Vec<f64>,
}

/// A wire from a port of one block to the left side of another.
pub(super) struct Wire {
    pub(super) from: usize,
    pub(super) port: usize,
    pub(super) to: usize,
}

/// A place, from the top left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// Where everything goes.
pub(super) struct Layout {
    /// The top left corners of the blocks.
    pub(super) blocks: Vec<Point>,
    /// The widths of the blocks: all of one layer are as wide as the widest.
    pub(super) widths: Vec<f64>,
    /// The points of each wire; between the first and second, third and fourth… it changes height, else it is level.
    pub(super) wires: Vec<Vec<Point>>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// What has a place in a layer: a block, or (of no height) the bend of a wire that passes the layer.
struct Item {
    height: f64,
    bend: bool,
}

/// A piece of wire between two neighbouring layers.
struct Piece {
    from: usize,
    /// How far below the top of `from` it leaves.
    exit: f64,
    to: usize,
}

pub(super) fn place(blocks: &[Block], wires: &[Wire]) -> Layout {
    let layer_of = layers(blocks.len(), wires);
    let mut web = Web::new(blocks, wires, &layer_of);
    web.order();
    let tops = web.heights();

    let mut lefts = Vec::new();
    let mut widths = Vec::new();
    let mut x = 0.0;
    let mut right = 0.0;
    for (layer, pieces) in web.layers.iter().zip(&web.pieces) {
        let width = layer.iter().filter_map(|item| blocks.get(*item)).map(|block| block.width).fold(0.0, f64::max);
        lefts.push(x);
        widths.push(width);
        right = x + width;
        let steepest = pieces.iter().map(|piece| web.climb(piece, &tops).abs()).fold(0.0, f64::max);
        x = right + GAP_LAYER + (steepest / SLOPE).min(GAP_SLOPE).round();
    }
    let corner = |block: usize| Point { x: lefts[layer_of[block]], y: tops[block] };
    let height = web.items.iter().zip(&tops).map(|(item, top)| top + item.height).fold(0.0, f64::max);
    let mut paths: Vec<Vec<Point>> = Vec::new();
    for (wire, bends) in wires.iter().zip(&web.bends) {
        let start = corner(wire.from);
        let mut path =
            vec![Point { x: start.x + widths[layer_of[wire.from]], y: start.y + blocks[wire.from].ports[wire.port] }];
        for (layer, bend) in (layer_of[wire.from] + 1..).zip(bends) {
            path.push(Point { x: lefts[layer], y: tops[*bend] });
            path.push(Point { x: lefts[layer] + widths[layer], y: tops[*bend] });
        }
        paths.push(path);
    }
    enter(blocks, wires, &mut paths, corner);
    Layout {
        blocks: (0..blocks.len()).map(corner).collect(),
        widths: layer_of.iter().map(|layer| widths[*layer]).collect(),
        wires: paths,
        width: right,
        height,
    }
}

/// Ends each wire at its block, spread over the side so that they keep the order they come in.
fn enter(blocks: &[Block], wires: &[Wire], paths: &mut [Vec<Point>], corner: impl Fn(usize) -> Point) {
    let mut order: Vec<usize> = (0..wires.len()).collect();
    let last = |wire: usize| paths[wire].last().map_or(0.0, |point| point.y);
    order.sort_by(|a, b| wires[*a].to.cmp(&wires[*b].to).then(last(*a).total_cmp(&last(*b))));
    for arriving in order.chunk_by(|a, b| wires[*a].to == wires[*b].to) {
        let to = wires[arriving[0]].to;
        let (Point { x, y }, height, count) = (corner(to), blocks[to].height, arriving.len() as f64);
        // Few wires stay near the middle, many use the whole side.
        let step = (height / (count + 1.0)).min(16.0);
        let first = y + height / 2.0 - step * (count - 1.0) / 2.0;
        for (place, wire) in arriving.iter().enumerate() {
            paths[*wire].push(Point { x, y: first + step * place as f64 });
        }
    }
}

/// Gives each block the layer after its last predecessor; one without predecessors stands just before its first
/// successor. A wire that closes a loop is not looked at.
fn layers(count: usize, wires: &[Wire]) -> Vec<usize> {
    let mut next = vec![Vec::new(); count];
    let mut missing = vec![0_usize; count];
    for wire in wires.iter().filter(|wire| wire.from != wire.to) {
        next[wire.from].push(wire.to);
        missing[wire.to] += 1;
    }
    let is_source: Vec<bool> = missing.iter().map(|missing| *missing == 0).collect();
    let mut layer = vec![0_usize; count];
    let mut placed = vec![false; count];
    let mut ready: Vec<usize> = (0..count).rev().filter(|block| is_source[*block]).collect();
    let mut unplaced = 0;
    // Where all that is left waits for each other, the first of them breaks the loop.
    while let Some(block) = ready.pop().or_else(|| (unplaced..count).find(|block| !placed[*block])) {
        if std::mem::replace(&mut placed[block], true) {
            continue;
        }
        while unplaced < count && placed[unplaced] {
            unplaced += 1;
        }
        for after in next[block].iter().copied() {
            missing[after] -= 1;
            if !placed[after] {
                layer[after] = layer[after].max(layer[block] + 1);
                if missing[after] == 0 {
                    ready.push(after);
                }
            }
        }
    }
    for block in (0..count).filter(|block| is_source[*block]) {
        let first = next[block].iter().map(|after| layer[*after]).min();
        layer[block] = first.map_or(0, |first| first.saturating_sub(1));
    }
    layer
}

/// Blocks and bends in layers, and the pieces of wire between them.
struct Web {
    items: Vec<Item>,
    layers: Vec<Vec<usize>>,
    /// The pieces that leave each layer.
    pieces: Vec<Vec<Piece>>,
    /// The bends of each wire.
    bends: Vec<Vec<usize>>,
}

impl Web {
    fn new(blocks: &[Block], wires: &[Wire], layer_of: &[usize]) -> Web {
        let depth = layer_of.iter().max().map_or(0, |last| last + 1);
        let mut items: Vec<Item> = blocks.iter().map(|block| Item { height: block.height, bend: false }).collect();
        let mut layers = vec![Vec::new(); depth];
        for (block, layer) in layer_of.iter().enumerate() {
            layers[*layer].push(block);
        }
        let mut pieces: Vec<Vec<Piece>> = (0..depth).map(|_| Vec::new()).collect();
        let mut trunks = BTreeMap::new();
        let mut bends = vec![Vec::new(); wires.len()];
        for (wire, bends) in wires.iter().zip(&mut bends) {
            let (first, last) = (layer_of[wire.from], layer_of[wire.to]);
            if last <= first {
                continue; // It closes a loop and is drawn straight back.
            }
            let mut at = (wire.from, blocks[wire.from].ports[wire.port]);
            for layer in first + 1..last {
                let bend = *trunks.entry((wire.from, wire.port, layer)).or_insert_with(|| {
                    items.push(Item { height: 0.0, bend: true });
                    layers[layer].push(items.len() - 1);
                    pieces[layer - 1].push(Piece { from: at.0, exit: at.1, to: items.len() - 1 });
                    items.len() - 1
                });
                bends.push(bend);
                at = (bend, 0.0);
            }
            pieces[last - 1].push(Piece { from: at.0, exit: at.1, to: wire.to });
        }
        Web { items, layers, pieces, bends }
    }

    /// Orders each layer by the mean place of its neighbours, to and fro, and keeps the order with fewest crossings.
    fn order(&mut self) {
        let mut best = (self.crossings(), self.layers.clone());
        for sweep in 0..SWEEPS {
            let mut place = self.places();
            for step in 1..self.layers.len() {
                let forward = sweep % 2 == 0;
                let layer = if forward { step } else { self.layers.len() - 1 - step };
                let mut means: Vec<(f64, usize)> = Vec::new();
                for item in self.layers[layer].iter().copied() {
                    let near: Vec<f64> = if forward {
                        let before = self.pieces[layer - 1].iter().filter(|piece| piece.to == item);
                        before.map(|piece| self.leaves_at(&place, piece)).collect()
                    } else {
                        let after = self.pieces[layer].iter().filter(|piece| piece.from == item);
                        after.map(|piece| place[piece.to]).collect()
                    };
                    let mean = near.iter().sum::<f64>() / near.len() as f64;
                    means.push((if near.is_empty() { place[item] } else { mean }, item));
                }
                means.sort_by(|a, b| a.0.total_cmp(&b.0));
                means.iter().enumerate().for_each(|(index, (_, item))| place[*item] = index as f64);
                self.layers[layer] = means.into_iter().map(|(_, item)| item).collect();
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    /// The place of each item within its layer.
    fn places(&self) -> Vec<f64> {
        let mut places = vec![0.0; self.items.len()];
        for layer in &self.layers {
            for (place, item) in layer.iter().enumerate() {
                places[*item] = place as f64;
            }
        }
        places
    }

    /// The place a piece leaves from: that of its item, and a fraction for the port.
    fn leaves_at(&self, places: &[f64], piece: &Piece) -> f64 {
        places[piece.from] + piece.exit / (self.items[piece.from].height + 1.0)
    }

    fn crossings(&self) -> usize {
        let places = self.places();
        let mut crossings = 0;
        for pieces in &self.pieces {
            let ends: Vec<(f64, f64)> =
                pieces.iter().map(|piece| (self.leaves_at(&places, piece), places[piece.to])).collect();
            for (index, a) in ends.iter().enumerate() {
                crossings += ends[..index].iter().filter(|b| (a.0 - b.0) * (a.1 - b.1) < 0.0).count();
            }
        }
        crossings
    }

    /// Finds the top of each item so that wires run as level as the order allows.
    fn heights(&self) -> Vec<f64> {
        let mut tops = vec![0.0; self.items.len()];
        for layer in &self.layers {
            let still: Vec<(f64, f64)> = layer.iter().map(|_| (0.0, 1.0)).collect();
            self.settle(layer, &still, &mut tops);
        }
        for sweep in 0..=SWEEPS {
            for step in 0..self.layers.len() {
                let forward = sweep % 2 == 0;
                let layer = if forward { step } else { self.layers.len() - 1 - step };
                // The last sweep looks to both sides.
                let wishes = self.wishes(layer, forward || sweep == SWEEPS, !forward || sweep == SWEEPS, &tops);
                self.settle(&self.layers[layer], &wishes, &mut tops);
            }
        }
        let highest = tops.iter().copied().fold(f64::INFINITY, f64::min);
        tops.iter().map(|top| (top - highest).round()).collect()
    }

    /// How far a piece goes down from its exit to the middle of the item it enters.
    fn climb(&self, piece: &Piece, tops: &[f64]) -> f64 {
        tops[piece.to] + self.items[piece.to].height / 2.0 - tops[piece.from] - piece.exit
    }

    /// Where each item of a layer would have its wires level, and how much that matters: long wires matter most.
    fn wishes(&self, layer: usize, before: bool, after: bool, tops: &[f64]) -> Vec<(f64, f64)> {
        let weight = |piece: &Piece| match (self.items[piece.from].bend, self.items[piece.to].bend) {
            (true, true) => 8.0,
            (false, false) => 1.0,
            _ => 2.0,
        };
        let wish = |item: usize| {
            let left = self.pieces[layer.saturating_sub(1)].iter().filter(|piece| before && piece.to == item);
            let right = self.pieces[layer].iter().filter(|piece| after && piece.from == item);
            let pulls: Vec<(f64, f64)> = left
                .map(|piece| (tops[item] - self.climb(piece, tops), weight(piece)))
                .chain(right.map(|piece| (tops[item] + self.climb(piece, tops), weight(piece))))
                .collect();
            let total: f64 = pulls.iter().map(|(_, weight)| weight).sum();
            match total > 0.0 {
                true => (pulls.iter().map(|(top, weight)| top * weight).sum::<f64>() / total, total),
                false => (tops[item], 0.1),
            }
        };
        self.layers[layer].iter().copied().map(wish).collect()
    }

    /// Puts the items of a layer as near to their wishes as their order and gaps allow (pool adjacent violators).
    fn settle(&self, layer: &[usize], wishes: &[(f64, f64)], tops: &mut [f64]) {
        let mut offsets = Vec::new();
        let mut offset = 0.0;
        for (index, item) in layer.iter().enumerate() {
            if let Some(above) = index.checked_sub(1).map(|above| &self.items[layer[above]]) {
                let gap = if above.bend || self.items[*item].bend { GAP_BEND } else { GAP_BLOCK };
                offset += above.height + gap;
            }
            offsets.push(offset);
        }
        // Each pool is a mean, its weight, and how many items it holds.
        let mut pools: Vec<(f64, f64, usize)> = Vec::new();
        for ((wish, weight), offset) in wishes.iter().zip(&offsets) {
            let mut pool = (wish - offset, *weight, 1);
            while let Some(above) = pools.pop_if(|above| above.0 > pool.0) {
                let weight = above.1 + pool.1;
                pool = ((above.0 * above.1 + pool.0 * pool.1) / weight, weight, above.2 + pool.2);
            }
            pools.push(pool);
        }
        let bases = pools.iter().flat_map(|(base, _, count)| std::iter::repeat_n(*base, *count));
        for ((item, base), offset) in layer.iter().zip(bases).zip(offsets) {
            tops[*item] = base + offset;
        }
    }
}

#[cfg(test)]
mod tests;
