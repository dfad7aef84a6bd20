//! What can be said of a picture without looking at it.

use crate::report::draw::fixture::{awkward, failed_hotel, hotel};

#[test]
fn the_same_drawing_gives_the_same_bytes() {
    assert_eq!(hotel().svg(), hotel().svg());
}

#[test]
fn every_node_is_there_once_and_every_requirement_is_a_wire() {
    let (drawing, svg) = (hotel(), hotel().svg());
    for node in &drawing.nodes {
        assert_eq!(svg.matches(&format!("id=\"{}\"", node.id)).count(), 1, "{}", node.id);
    }
    let provided = drawing.edges.iter().filter(|(from, _)| drawing.nodes[*from].id.starts_with("task:")).count();
    assert_eq!(svg.matches("class=\"halo\"").count(), drawing.edges.len() - provided);
}

#[test]
fn a_state_is_a_word_and_not_only_a_colour() {
    let drawing = failed_hotel();
    for text in [drawing.svg(), drawing.dot(), drawing.mermaid()] {
        assert!(["done", "failed", "skipped", "running", "waiting"].iter().all(|word| text.contains(word)), "{text}");
    }
}

#[test]
fn nothing_in_a_name_is_markup() {
    let svg = awkward().svg();
    assert!(svg.contains("<title id=\"title\">a &quot;b&quot; &lt;c&gt; &amp; \\d #e</title>"), "{svg}");
    assert!(svg.contains(">two lines</text>"), "{svg}");
    assert!(!svg.contains("<y>"), "{svg}");
}
