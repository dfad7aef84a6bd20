//! A drawing as a Mermaid flowchart.

use crate::event::State;
use crate::report::push;

use super::{Drawing, Node, NodeKind};

pub(super) fn write(drawing: &Drawing) -> String {
    let title: String = drawing.title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let title = title.replace('\\', "\\\\").replace('"', "\\\"");
    let mut text = format!("---\ntitle: \"{title}\"\n---\nflowchart LR\n");
    let (groups, outside) = drawing.groups();
    for (number, (group, members)) in groups.iter().enumerate() {
        push(&mut text, format_args!("  subgraph g{number} [\"{}\"]\n", escape(group)));
        for index in members {
            push(&mut text, format_args!("    {}\n", statement(*index, &drawing.nodes[*index])));
        }
        text.push_str("  end\n");
    }
    for index in outside {
        push(&mut text, format_args!("  {}\n", statement(index, &drawing.nodes[index])));
    }
    for (from, to) in &drawing.edges {
        push(&mut text, format_args!("  n{from} --> n{to}\n"));
    }
    text.push_str("  classDef task fill:#dbeafe,stroke:#2563eb,color:#0f172a\n");
    text.push_str("  classDef source stroke-dasharray:4 3\n");
    text
}

fn statement(index: usize, node: &Node) -> String {
    let (open, close) = match node.kind {
        NodeKind::Task => ("(", ")"),
        NodeKind::Table | NodeKind::Source => ("[(", ")]"),
        NodeKind::Value => ("([", "])"),
        NodeKind::Artifact => ("[/", "/]"),
        NodeKind::Model => ("[", "]"),
    };
    let class = match node.kind {
        NodeKind::Task => ":::task",
        NodeKind::Source => ":::source",
        _ => "",
    };
    let mut label = escape(&node.label);
    for line in [node.sub.as_str(), node.state.map(State::as_str).unwrap_or_default()] {
        if !line.is_empty() {
            push(&mut label, format_args!("<br/><small>{}</small>", escape(line)));
        }
    }
    format!("n{index}{open}\"{label}\"{close}{class}")
}

/// Writes text as Mermaid's entities where it means something to Mermaid or to the HTML that Mermaid makes of it.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => escaped.push_str("<br/>"),
            '"' | '#' | '&' | '<' | '>' | ';' | '`' | '\\' => push(&mut escaped, format_args!("#{};", c as u32)),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::report::draw::fixture::{awkward, hotel};

    #[test]
    fn names_are_escaped_whatever_they_hold() {
        assert_snapshot!(awkward().mermaid(), @r##"
        ---
        title: "a \"b\" <c> & \\d #e"
        ---
        flowchart LR
          subgraph g0 ["x/#60;y#62;#34;"]
            n1("a #38; b#59; c#92;"):::task
          end
          n0[("#96;größe#96; 宿泊 #34;q#34;<br/><small>two<br/>lines</small>")]:::source
          n0 --> n1
          classDef task fill:#dbeafe,stroke:#2563eb,color:#0f172a
          classDef source stroke-dasharray:4 3
        "##);
    }

    #[test]
    fn every_node_and_edge_is_written_once() {
        let (drawing, mermaid) = (hotel(), hotel().mermaid());
        assert_eq!(mermaid.lines().filter(|line| line.trim_start().starts_with('n')).count(), {
            drawing.nodes.len() + drawing.edges.len()
        });
    }
}
