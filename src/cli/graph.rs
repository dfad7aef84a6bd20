//! The verb `graph`: the chain as a picture.

use serde::Serialize;

use std::collections::BTreeMap;

use super::args::GraphFormat;
use super::desk::{Desk, group};
use super::exit::Exit;
use super::ls;
use super::trouble::Trouble;
use crate::event::State;
use crate::id::{ModelId, TaskId};
use crate::plan::{Blueprint, Selection};
use crate::report::draw::{Drawing, Node, NodeKind};
use crate::report::json::Document;
use crate::words::count;

/// The document of `graph`.
#[derive(Serialize)]
struct Graph {
    chain: String,
    nodes: Vec<GraphNode>,
    edges: Vec<GraphEdge>,
}

impl Document for Graph {
    const KIND: &'static str = "graph";
}

#[derive(Serialize)]
struct GraphNode {
    id: String,
    name: String,
    kind: &'static str,
    group: Option<String>,
}

#[derive(Serialize)]
struct GraphEdge {
    from: String,
    to: String,
}

/// Nodes, and edges between their positions.
struct Parts {
    nodes: Vec<Node>,
    edges: Vec<(usize, usize)>,
}

pub(super) fn graph(desk: &mut Desk<'_, '_>, selection: &Selection, format: GraphFormat) -> Result<Exit, Trouble> {
    let blueprint = desk.set_up()?.check_whole()?;
    let tasks = ls::picked(&blueprint, selection)?;
    let parts = Parts::of(&blueprint, &tasks, &BTreeMap::new());
    if desk.manner.json {
        let document = parts.document(desk.chain.name());
        desk.print_document(document)?;
    } else {
        let drawing = parts.drawing(desk.chain.name());
        let text = match format {
            GraphFormat::Svg => drawing.svg(),
            GraphFormat::Dot => drawing.dot(),
            GraphFormat::Mermaid => drawing.mermaid(),
        };
        desk.print(&(text.trim_end().to_owned() + "\n"))?;
    }
    Ok(Exit::Done)
}

/// The whole chain, with the states of the steps of a run.
pub(super) fn drawing(blueprint: &Blueprint, title: &str, states: &BTreeMap<&str, State>) -> Drawing {
    Parts::of(blueprint, blueprint.order(), states).drawing(title)
}

impl Parts {
    /// The tasks, and every model that one of them reads or provides.
    fn of(blueprint: &Blueprint, tasks: &[TaskId], states: &BTreeMap<&str, State>) -> Parts {
        let mut parts = Parts { nodes: Vec::new(), edges: Vec::new() };
        let mut models: Vec<Option<usize>> = vec![None; blueprint.models().len()];
        for &task in tasks {
            let state = states.get(blueprint.task(task).task.name()).copied();
            let node = is_drawn(blueprint, task).then(|| parts.push(Node { state, ..task_node(blueprint, task) }));
            let mut at = |parts: &mut Parts, model: ModelId| {
                *models[model.index()].get_or_insert_with(|| parts.push(model_node(blueprint, model)))
            };
            for model in blueprint.reads(task) {
                let from = at(&mut parts, model);
                parts.edges.extend(node.map(|to| (from, to)));
            }
            for &model in blueprint.provides(task) {
                let to = at(&mut parts, model);
                parts.edges.extend(node.map(|from| (from, to)));
                if node.is_none() {
                    parts.nodes[to].state = state;
                }
            }
        }
        parts
    }

    fn push(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn drawing(self, title: &str) -> Drawing {
        let mut drawing = Drawing::new(title);
        let at: Vec<_> = self.nodes.into_iter().map(|node| drawing.node(node)).collect();
        for (from, to) in self.edges {
            drawing.edge(at[from], at[to]);
        }
        drawing
    }

    fn document(self, chain: &str) -> Graph {
        let id = |at: usize| self.nodes[at].id.clone();
        let edges = self.edges.iter().map(|&(from, to)| GraphEdge { from: id(from), to: id(to) }).collect();
        let node =
            |node: Node| GraphNode { id: node.id, name: node.label, kind: node.kind.as_str(), group: node.group };
        Graph { chain: chain.to_owned(), edges, nodes: self.nodes.into_iter().map(node).collect() }
    }
}

/// Whether a task has a node of its own. One that does nothing but read a source is drawn as that source.
fn is_drawn(blueprint: &Blueprint, task: TaskId) -> bool {
    !blueprint.task(task).task.about().reads_source || blueprint.provides(task).len() > 1
}

fn task_node(blueprint: &Blueprint, task: TaskId) -> Node {
    let entry = blueprint.task(task);
    let name = entry.task.name();
    Node {
        id: format!("task:{name}"),
        label: name.to_owned(),
        sub: String::new(),
        kind: NodeKind::Task,
        group: group(entry),
        state: None,
    }
}

fn model_node(blueprint: &Blueprint, model: ModelId) -> Node {
    let entry = blueprint.model(model);
    let description = entry.reference.kind().describe();
    let is_read =
        |task| blueprint.task(task).task.about().reads_source && blueprint.provides(task).first() == Some(&model);
    let from_outside = entry.provider.is_none_or(is_read);
    let provider = entry.provider.filter(|&task| is_drawn(blueprint, task));
    let kind = match description.kind {
        _ if from_outside => NodeKind::Source,
        "table" => NodeKind::Table,
        "value" => NodeKind::Value,
        "artifact" => NodeKind::Artifact,
        _ => NodeKind::Model,
    };
    let columns = description.schema.map(|schema| count(schema.columns.len() as u64, "column"));
    Node {
        id: format!("model:{}", entry.name),
        label: entry.name.to_string(),
        sub: columns.unwrap_or_default(),
        kind,
        group: provider.and_then(|task| group(blueprint.task(task))),
        state: None,
    }
}
