//! A drawing as a self-contained SVG: cards for tasks with a row for each model they provide, wires between.
//!
//! No script, no external font, light and dark by the reader's preference.

use std::cmp::Reverse;

use crate::event::State;
use crate::report::push;
use crate::report::style::symbol;
use crate::words;

use super::layout::{self, Block, Layout, Point, Wire};
use super::{Drawing, Node, NodeKind};

mod text;

use text::{Face, escape, fit};

const STYLE: &str = include_str!("svg/style.css");
/// The colours of groups in `style.css`.
const COLOURS: usize = 6;
const MARGIN: f64 = 24.0;
const HEADER: f64 = 52.0;
const FOOTER: f64 = 34.0;
const PAD: f64 = 12.0;
const ROW: f64 = 24.0;
/// Room for the icon before a model's name.
const ICON: f64 = 22.0;
/// The distance between two wires that enter the same card.
const ENTRY: f64 = 11.0;

/// A box of the picture: a node, and for a task the models it provides.
struct Card {
    node: usize,
    rows: Vec<usize>,
    /// Where the rows begin, below the top.
    head: f64,
    height: f64,
}

/// What a picture is a part of.
pub(super) enum Form<'a> {
    /// Nothing: it is a file of its own.
    File,
    /// A page that has a heading for it.
    Page {
        /// Where a click on a node leads.
        link: &'a dyn Fn(&Node) -> Option<String>,
    },
}

impl Form<'_> {
    /// How tall the title is, or the air in its place.
    const fn header(&self) -> f64 {
        match self {
            Form::File => HEADER,
            Form::Page { .. } => 4.0,
        }
    }

    /// How much room there is on the left and on the right.
    const fn margin(&self) -> f64 {
        match self {
            Form::File => MARGIN,
            Form::Page { .. } => 4.0,
        }
    }

    /// What stands before and behind the drawing of a node.
    fn link(&self, node: &Node) -> (String, &'static str) {
        let link = match self {
            Form::File => None,
            Form::Page { link } => link(node),
        };
        // A page names each of them once more, in an order that keys can follow.
        let before = link.map(|link| format!("<a href=\"{}\" tabindex=\"-1\">", escape(&link)));
        before.map_or_else(|| (String::new(), ""), |before| (before, "</a>"))
    }
}

pub(super) fn write(drawing: &Drawing, form: &Form<'_>) -> String {
    let cards = cards(drawing);
    let wires = wires(drawing, &cards);
    let blocks: Vec<Block> = cards.iter().map(|card| card.block(drawing)).collect();
    let layout = layout::place(&blocks, &wires);
    let (margin, header) = (form.margin(), form.header());
    let (width, height) = (layout.width.max(320.0) + 2.0 * margin, header + layout.height + FOOTER + MARGIN);
    let title = escape(&drawing.title);
    let tasks = drawing.nodes.iter().filter(|node| node.kind == NodeKind::Task).count();
    let counts = format!(
        "{}, {}",
        words::count(tasks as u64, "task"),
        words::count((drawing.nodes.len() - tasks) as u64, "model")
    );
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\""
    );
    match form {
        Form::File => {
            push(
                &mut svg,
                format_args!(
                    " aria-labelledby=\"title\">\n<title id=\"title\">{title}</title>\n<style>\n{STYLE}</style>\n\
                     <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n"
                ),
            );
            push(&mut svg, format_args!("<text class=\"title\" x=\"{MARGIN}\" y=\"32\">{title}"));
            push(&mut svg, format_args!("<tspan class=\"sub\" dx=\"12\">{counts}</tspan></text>\n"));
        }
        Form::Page { .. } => push(
            &mut svg,
            format_args!(
                " class=\"drawing\" aria-label=\"Graph of {title}: {counts}\">\n\
                 <style>\n.drawing {{\n{STYLE}}}\n</style>\n"
            ),
        ),
    }
    push(&mut svg, format_args!("<g transform=\"translate({margin} {header})\">\n"));
    let colours = colours(drawing);
    draw_wires(&mut svg, drawing, &cards, &wires, &layout, &colours);
    for ((card, corner), width) in cards.iter().zip(&layout.blocks).zip(&layout.widths) {
        card.draw(&mut svg, drawing, form, *corner, *width, colours[card.node]);
    }
    svg.push_str("</g>\n");
    legend(&mut svg, drawing, margin, height - MARGIN / 2.0 - 8.0);
    svg + "</svg>\n"
}

/// Puts each model on the card of the one task that provides it; any other node has a card of its own.
fn cards(drawing: &Drawing) -> Vec<Card> {
    let providers = drawing.providers();
    let mut rows = vec![Vec::new(); drawing.nodes.len()];
    for (node, task) in providers.iter().enumerate() {
        task.iter().for_each(|task| rows[*task].push(node));
    }
    let mut entering = vec![0.0; drawing.nodes.len()];
    drawing.edges.iter().for_each(|(_, to)| entering[*to] += 1.0);
    let standing = (0..drawing.nodes.len()).filter(|node| providers[*node].is_none());
    standing
        .map(|index| {
            let node = &drawing.nodes[index];
            let lines = [node.group.is_some(), true, !node.note().is_empty()];
            let head = if node.kind == NodeKind::Task {
                10.0 + lines.iter().filter(|line| **line).count() as f64 * 17.0 + 4.0
            } else {
                34.0
            };
            let rows = std::mem::take(&mut rows[index]);
            let height = head + rows.len() as f64 * ROW + if rows.is_empty() { 0.0 } else { 6.0 };
            Card { node: index, rows, head, height: height.max(entering[index] * ENTRY + 8.0) }
        })
        .collect()
}

/// The edges that are left to draw once provided models are rows of cards.
fn wires(drawing: &Drawing, cards: &[Card]) -> Vec<Wire> {
    // The card and the port of each node; port 0 is that of the card itself.
    let mut seats = vec![(0, 0); drawing.nodes.len()];
    for (index, card) in cards.iter().enumerate() {
        seats[card.node] = (index, 0);
        for (row, node) in card.rows.iter().enumerate() {
            seats[*node] = (index, row + 1);
        }
    }
    let wire = |(from, to): &(usize, usize)| {
        let ((from, port), (to, row)) = (seats[*from], seats[*to]);
        (row == 0).then_some(Wire { from, port, to })
    };
    drawing.edges.iter().filter_map(wire).collect()
}

/// The number of the colour of each node's group, by order of first mention.
fn colours(drawing: &Drawing) -> Vec<Option<usize>> {
    let (groups, _) = drawing.groups();
    let of = |node: &Node| node.group.as_deref().and_then(|group| groups.get_index_of(group));
    drawing.nodes.iter().map(|node| of(node).map(|group| group % COLOURS)).collect()
}

fn draw_wires(
    svg: &mut String,
    drawing: &Drawing,
    cards: &[Card],
    wires: &[Wire],
    layout: &Layout,
    colours: &[Option<usize>],
) {
    let mut order: Vec<usize> = (0..wires.len()).collect();
    let length = |index: usize| layout.wires[index].len();
    order.sort_by_key(|index| (wires[*index].from, wires[*index].port, Reverse(length(*index))));
    // A halo keeps two wires apart where they cross, but not those that leave the same port.
    for trunk in order.chunk_by(|a, b| (wires[*a].from, wires[*a].port) == (wires[*b].from, wires[*b].port)) {
        // The longest is drawn whole, and the others from where they leave it.
        let longest = &layout.wires[trunk[0]];
        let own = |index: usize| {
            let points = &layout.wires[index];
            let shared = points.iter().zip(longest).take_while(|(a, b)| a == b).count();
            if index == trunk[0] { points } else { &points[shared.min(points.len() - 2) & !1..] }
        };
        for index in trunk {
            push(svg, format_args!("<path class=\"halo\" d=\"{}\"/>\n", path(own(*index))));
        }
        for (wire, points) in trunk.iter().map(|index| (&wires[*index], own(*index))) {
            let card = &cards[wire.from];
            let from = wire.port.checked_sub(1).map_or(card.node, |row| card.rows[row]);
            let class = colours[card.node].map(|colour| format!(" c{colour}")).unwrap_or_default();
            let [from, to] = [from, cards[wire.to].node].map(|node| escape(&drawing.nodes[node].label));
            push(svg, format_args!("<g class=\"wire{class}\"><title>{from} → {to}</title>"));
            push(svg, format_args!("<path class=\"line\" d=\"{}\"/>", path(points)));
            if let Some(Point { x, y }) = points.last() {
                let (back, up, down) = (x - 7.0, y - 3.5, y + 3.5);
                push(svg, format_args!("<path class=\"tip\" d=\"M{back} {up}L{x} {y}L{back} {down}Z\"/>"));
            }
            svg.push_str("</g>\n");
        }
    }
}

/// Writes a wire: level where it passes a layer, a curve between layers.
fn path(points: &[Point]) -> String {
    let mut path = String::new();
    for pair in points.chunks(2) {
        let [from, to] = pair else { continue };
        let start = if path.is_empty() { 'M' } else { 'L' };
        let to_x = to.x - 5.0;
        let reach = ((to_x - from.x) / 2.0).abs().max(30.0);
        push(&mut path, format_args!("{start}{} {}", from.x, from.y));
        push(&mut path, format_args!("C{} {} {} {} {to_x} {}", from.x + reach, from.y, to_x - reach, to.y, to.y));
    }
    path
}

impl Card {
    fn block(&self, drawing: &Drawing) -> Block {
        let node = &drawing.nodes[self.node];
        let icon = if node.kind == NodeKind::Task { 0.0 } else { ICON };
        let mut width = icon + Face::Name.width(&fit(&node.label)) + 2.0 * PAD;
        if node.kind == NodeKind::Task {
            width = width.max(Face::Small.width(&node.note()) + 2.0 * PAD);
            width = width.max(Face::Small.width(node.group.as_deref().unwrap_or_default()) + 2.0 * PAD);
        } else {
            width += Face::Small.width(&node.note()) + PAD;
        }
        for row in &self.rows {
            width = width.max(row_width(&drawing.nodes[*row]));
        }
        let own = if self.rows.is_empty() { self.height / 2.0 } else { self.head / 2.0 };
        let rows = (0..self.rows.len()).map(|row| self.head + ROW * (row as f64 + 0.5));
        Block { width: width.ceil(), height: self.height, ports: [own].into_iter().chain(rows).collect() }
    }

    fn draw(
        &self,
        svg: &mut String,
        drawing: &Drawing,
        form: &Form<'_>,
        corner: Point,
        width: f64,
        colour: Option<usize>,
    ) {
        let (node, height) = (&drawing.nodes[self.node], self.height);
        let Point { x, y } = corner;
        let (open, close) = form.link(node);
        let state = node.state_class();
        push(svg, format_args!("<g id=\"{}\" transform=\"translate({x} {y})\">", escape(&node.id)));
        push(svg, format_args!("<title>{} {}</title>{open}\n", node.kind.as_str(), escape(&node.label)));
        if node.kind != NodeKind::Task {
            let (kind, round, middle) = (node.kind.as_str(), height.min(34.0) / 2.0, height / 2.0);
            push(
                svg,
                format_args!(
                    "<rect class=\"pill {kind}{state}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\"/>"
                ),
            );
            model(svg, node, PAD, middle, width - PAD, "name");
            push(svg, format_args!("{close}</g>\n"));
            return;
        }
        let class = colour.map(|colour| format!(" c{colour}")).unwrap_or_default();
        push(svg, format_args!("<rect class=\"card{state}\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>"));
        let (top, bottom) = (8.0, height - 8.0);
        push(svg, format_args!("<path class=\"stripe{class}\" d=\"M0 {top}V{bottom}\"/>\n"));
        let mut base = 8.0;
        let mut line = |svg: &mut String, class: &str, text: &str| {
            base += 17.0;
            let y = base - 4.0;
            push(svg, format_args!("<text class=\"{class}\" x=\"{PAD}\" y=\"{y}\">{}</text>\n", escape(text)));
        };
        if let Some(group) = &node.group {
            line(svg, &format!("group{class}"), group);
        }
        line(svg, "name", &fit(&node.label));
        if !node.note().is_empty() {
            line(svg, &format!("sub{state}"), &node.note());
        }
        svg.push_str(close);
        for (index, row) in self.rows.iter().enumerate() {
            let node = &drawing.nodes[*row];
            let top = self.head + ROW * index as f64 + 1.0;
            let (row_width, row_height, middle) = (width - 12.0, ROW - 2.0, top + ROW / 2.0 - 1.0);
            push(svg, format_args!("<g id=\"{}\"><title>{}", escape(&node.id), node.kind.as_str()));
            let (open, close) = form.link(node);
            push(svg, format_args!(" {}</title>{open}", escape(&node.label)));
            push(
                svg,
                format_args!(
                    "<rect class=\"row\" x=\"6\" y=\"{top}\" width=\"{row_width}\" height=\"{row_height}\" rx=\"5\"/>"
                ),
            );
            model(svg, node, PAD, middle, width - PAD, "model");
            push(
                svg,
                format_args!("{close}<circle class=\"port{class}\" cx=\"{width}\" cy=\"{middle}\" r=\"3\"/></g>\n"),
            );
        }
        svg.push_str("</g>\n");
    }
}

impl Node {
    /// The class for the state of its step, with a blank in front; empty where it has none.
    fn state_class(&self) -> String {
        self.state.map(|state| format!(" {state}")).unwrap_or_default()
    }

    /// What is said in small letters: the state of its step, and what the drawing says of it.
    fn note(&self) -> String {
        let state = self.state.map(|state: State| format!("{} {state}", symbol(state)));
        let parts: Vec<String> = state.into_iter().chain(Some(fit(&self.sub)).filter(|sub| !sub.is_empty())).collect();
        parts.join(" · ")
    }
}

fn row_width(node: &Node) -> f64 {
    let note = node.note();
    let note = if note.is_empty() { 0.0 } else { Face::Small.width(&note) + PAD };
    ICON + Face::Model.width(&fit(&node.label)) + note + 2.0 * PAD
}

/// Draws icon, name and note of a model around a middle line.
fn model(svg: &mut String, node: &Node, left: f64, middle: f64, right: f64, face: &str) {
    icon(svg, node.kind, left, middle);
    let (x, y, label) = (left + ICON, middle + 4.0, escape(&fit(&node.label)));
    push(svg, format_args!("<text class=\"{face}\" x=\"{x}\" y=\"{y}\">{label}</text>"));
    if !node.note().is_empty() {
        let note = escape(&node.note());
        let state = node.state_class();
        push(svg, format_args!("<text class=\"sub end{state}\" x=\"{right}\" y=\"{y}\">{note}</text>"));
    }
}

/// Draws the icon of a kind of model, 14 wide and 12 high, around a middle line.
fn icon(svg: &mut String, kind: NodeKind, left: f64, middle: f64) {
    let shape = match kind {
        NodeKind::Table => "M1 -5.5H13V5.5H1ZM1 -2H13M1 2H13M5.5 -2V5.5",
        NodeKind::Value => "M7 -5.5A5.5 5.5 0 0 1 7 5.5A5.5 5.5 0 0 1 7 -5.5ZM4.5 -1H9.5M4.5 1.5H9.5",
        NodeKind::Artifact => "M2.5 -6H8.5L11.5 -3V6H2.5ZM8.5 -6V-3H11.5",
        NodeKind::Source => "M1 -4C1 -6.5 13 -6.5 13 -4V4C13 6.5 1 6.5 1 4ZM1 -4C1 -1.5 13 -1.5 13 -4",
        NodeKind::Model | NodeKind::Task => "M2 -5H12V5H2Z",
    };
    push(
        svg,
        format_args!("<path class=\"icon {}\" transform=\"translate({left} {middle})\" d=\"{shape}\"/>", kind.as_str()),
    );
}

/// Says which icon means what, for the kinds that occur.
fn legend(svg: &mut String, drawing: &Drawing, margin: f64, y: f64) {
    let mut x = margin;
    let kinds = [NodeKind::Source, NodeKind::Table, NodeKind::Value, NodeKind::Artifact, NodeKind::Model];
    for kind in kinds.into_iter().filter(|kind| drawing.nodes.iter().any(|node| node.kind == *kind)) {
        icon(svg, kind, x, y);
        push(svg, format_args!("<text class=\"sub\" x=\"{}\" y=\"{}\">{}</text>\n", x + 20.0, y + 4.0, kind.as_str()));
        x += 44.0 + Face::Small.width(kind.as_str());
    }
}

#[cfg(test)]
mod tests;
