//! A chain as a picture: plain nodes and edges in, text of a drawing language or an SVG out.
//!
//! Knows nothing of tasks and models but their names and kinds. The same drawing always gives the same bytes.

use indexmap::IndexMap;

use crate::event::State;

mod dot;
mod layout;
mod mermaid;
mod svg;

/// What a node of a drawing is, which decides its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeKind {
    /// A task.
    Task,
    /// A table that a task provides.
    Table,
    /// A value that a task provides.
    Value,
    /// A file that a task provides.
    Artifact,
    /// Any other model that a task provides.
    Model,
    /// A model that comes from outside the chain.
    Source,
}

impl NodeKind {
    /// The word for this kind.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            NodeKind::Task => "task",
            NodeKind::Table => "table",
            NodeKind::Value => "value",
            NodeKind::Artifact => "artifact",
            NodeKind::Model => "model",
            NodeKind::Source => "source",
        }
    }
}

/// A node of a drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What tells it apart from all other nodes, such as `task:clean`.
    pub id: String,
    /// Its name.
    pub label: String,
    /// What is said under its name in small letters, such as `12 columns`; may be empty.
    pub sub: String,
    /// What it is.
    pub kind: NodeKind,
    /// The group it is in. A model needs none: it goes with the task that provides it.
    pub group: Option<String>,
    /// The state of its step, for a drawing of a run.
    pub state: Option<State>,
}

/// The index of a node in its drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeIndex(usize);

/// Nodes and edges to be drawn.
///
/// ```
/// use purvey::report::draw::{Drawing, Node, NodeKind};
///
/// let node = |kind, label: &str| Node {
///     id: format!("{kind:?}:{label}"),
///     label: label.to_owned(),
///     sub: String::new(),
///     kind,
///     group: None,
///     state: None,
/// };
/// let mut drawing = Drawing::new("alpine");
/// let task = drawing.node(node(NodeKind::Task, "clean"));
/// let table = drawing.node(node(NodeKind::Table, "bookings"));
/// drawing.edge(task, table);
///
/// assert!(drawing.dot().contains(r#""Task:clean" -> "Table:bookings""#));
/// assert!(drawing.mermaid().contains("n0 --> n1"));
/// assert!(drawing.svg().starts_with("<svg "));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    title: String,
    nodes: Vec<Node>,
    edges: Vec<(usize, usize)>,
}

impl Drawing {
    /// A drawing without nodes.
    pub fn new(title: impl Into<String>) -> Drawing {
        Drawing { title: title.into(), nodes: Vec::new(), edges: Vec::new() }
    }

    /// Adds a node.
    pub fn node(&mut self, node: Node) -> NodeIndex {
        self.nodes.push(node);
        NodeIndex(self.nodes.len() - 1)
    }

    /// Adds an edge between two nodes of this drawing: from a task to a model it provides, or from a model to a task
    /// that requires it.
    ///
    /// # Panics
    ///
    /// Panics for the index of a node of another drawing that this one does not have.
    pub fn edge(&mut self, from: NodeIndex, to: NodeIndex) {
        assert!(from.0.max(to.0) < self.nodes.len(), "an edge joins two nodes of its own drawing");
        self.edges.push((from.0, to.0));
    }

    /// Writes the drawing in DOT, the language of Graphviz.
    #[must_use]
    pub fn dot(&self) -> String {
        dot::write(self)
    }

    /// Writes the drawing as a Mermaid flowchart.
    #[must_use]
    pub fn mermaid(&self) -> String {
        mermaid::write(self)
    }

    /// Writes the drawing as a self-contained SVG.
    ///
    /// Each task is a card, and the models it provides are rows of that card, which halves the number of boxes; a model
    /// that no task of the drawing provides stands alone.
    #[must_use]
    pub fn svg(&self) -> String {
        svg::write(self, &svg::Form::File)
    }

    /// Writes the same picture as a part of an HTML page that has a heading for it: without title and paper, its style
    /// for itself alone. Nodes are links to where `link` says.
    pub(crate) fn svg_in_page(&self, link: &dyn Fn(&Node) -> Option<String>) -> String {
        svg::write(self, &svg::Form::Page { link })
    }

    /// The task that provides each node: for a model with exactly one provider.
    fn providers(&self) -> Vec<Option<usize>> {
        let mut found = vec![Vec::new(); self.nodes.len()];
        self.edges.iter().for_each(|(from, to)| found[*to].push(*from));
        let is_task = |node: usize| self.nodes[node].kind == NodeKind::Task;
        let provider = |(node, found): (usize, Vec<usize>)| match found.as_slice() {
            [task] if is_task(*task) && !is_task(node) => Some(*task),
            _ => None,
        };
        found.into_iter().enumerate().map(provider).collect()
    }

    /// The groups that occur, in order of first mention, each with its nodes; then the nodes outside any group. A model
    /// that has no group of its own is in that of the task that provides it.
    fn groups(&self) -> (IndexMap<&str, Vec<usize>>, Vec<usize>) {
        let mut groups = IndexMap::<&str, Vec<usize>>::new();
        let mut outside = Vec::new();
        for (index, provider) in self.providers().into_iter().enumerate() {
            let provided = || provider.and_then(|task| self.nodes[task].group.as_ref());
            match self.nodes[index].group.as_ref().or_else(provided) {
                Some(group) => groups.entry(group).or_default().push(index),
                None => outside.push(index),
            }
        }
        (groups, outside)
    }
}

#[cfg(test)]
mod fixture;
