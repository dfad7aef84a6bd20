//! A drawing in DOT, the language of Graphviz.

use crate::report::push;

use super::{Drawing, Node, NodeKind};

pub(super) fn write(drawing: &Drawing) -> String {
    let mut text = format!("digraph {} {{\n", quote(&drawing.title));
    text.push_str("  rankdir=LR\n");
    for what in ["graph", "node"] {
        push(&mut text, format_args!("  {what} [fontname=\"Helvetica\", fontsize=11]\n"));
    }
    text.push_str("  edge [color=\"#64748b\"]\n");
    let (groups, outside) = drawing.groups();
    for (number, (group, members)) in groups.iter().enumerate() {
        push(&mut text, format_args!("  subgraph cluster_{number} {{\n    label={}\n", quote(group)));
        push(&mut text, format_args!("    style=\"rounded\"\n    color=\"#cbd5e1\"\n"));
        for index in members {
            push(&mut text, format_args!("    {}\n", statement(&drawing.nodes[*index])));
        }
        text.push_str("  }\n");
    }
    for index in outside {
        push(&mut text, format_args!("  {}\n", statement(&drawing.nodes[index])));
    }
    for (from, to) in &drawing.edges {
        let [from, to] = [from, to].map(|index| quote(&drawing.nodes[*index].id));
        push(&mut text, format_args!("  {from} -> {to}\n"));
    }
    text + "}\n"
}

fn statement(node: &Node) -> String {
    let shape = match node.kind {
        NodeKind::Task => "shape=box, style=\"rounded,filled\", fillcolor=\"#dbeafe\"",
        NodeKind::Table => "shape=cylinder",
        NodeKind::Value => "shape=ellipse",
        NodeKind::Artifact => "shape=note",
        NodeKind::Model => "shape=box",
        NodeKind::Source => "shape=cylinder, style=dashed",
    };
    let mut lines = vec![node.label.clone()];
    lines.extend(Some(&node.sub).filter(|sub| !sub.is_empty()).cloned());
    lines.extend(node.state.map(|state| state.to_string()));
    format!("{} [label={}, {shape}]", quote(&node.id), quote(&lines.join("\n")))
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::report::draw::fixture::{awkward, hotel};

    #[test]
    fn names_are_quoted_whatever_they_hold() {
        assert_snapshot!(awkward().dot(), @r##"
        digraph "a \"b\" <c> & \\d #e" {
          rankdir=LR
          graph [fontname="Helvetica", fontsize=11]
          node [fontname="Helvetica", fontsize=11]
          edge [color="#64748b"]
          subgraph cluster_0 {
            label="x/<y>\""
            style="rounded"
            color="#cbd5e1"
            "task:a & b; c\\" [label="a & b; c\\", shape=box, style="rounded,filled", fillcolor="#dbeafe"]
          }
          "model:`größe` 宿泊 \"q\"" [label="`größe` 宿泊 \"q\"\ntwo\nlines", shape=cylinder, style=dashed]
          "model:`größe` 宿泊 \"q\"" -> "task:a & b; c\\"
        }
        "##);
    }

    #[test]
    fn every_node_and_edge_is_written_once() {
        let (drawing, dot) = (hotel(), hotel().dot());
        assert_eq!(dot.matches("[label=").count(), drawing.nodes.len());
        assert_eq!(dot.matches(" -> ").count(), drawing.edges.len());
    }
}
