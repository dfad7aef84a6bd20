//! What can be said of a picture without looking at it.

use crate::report::draw::fixture::hotel;

#[test]
fn the_same_drawing_gives_the_same_bytes() {
    assert_eq!(hotel().svg(), hotel().svg());
    if let Ok(path) = std::env::var("DRAW_TO") {
        std::fs::write(&path, hotel().svg()).unwrap();
        std::fs::write(path.replace(".svg", "_state.svg"), crate::report::draw::fixture::failed_hotel().svg()).unwrap();
        std::fs::write(path.replace(".svg", "_odd.svg"), crate::report::draw::fixture::awkward().svg()).unwrap();
    }
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
