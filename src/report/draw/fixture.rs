//! The drawings that the tests of this module share.

use indexmap::IndexMap;

use crate::event::State;

use super::{Drawing, Node, NodeIndex, NodeKind};

/// Task, group, the models it requires, the models it provides.
type Line = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

/// A hotel's twelve tables, from raw bookings to the monthly report, with a file and a value besides.
const HOTEL: [Line; 12] = [
    ("type_bookings", "clean", &["raw_bookings"], &["bookings_typed"]),
    ("sort_out", "clean", &["bookings_typed"], &["rejects", "bookings"]),
    ("daily_occupancy", "stays", &["bookings"], &["daily_occupancy"]),
    ("monthly_revenue", "stays", &["daily_occupancy"], &["monthly_revenue"]),
    ("cancellations", "stays", &["bookings"], &["cancellations"]),
    ("guests_by_country", "guests", &["bookings"], &["guests_by_country"]),
    ("agent_ranking", "guests", &["bookings"], &["agent_ranking"]),
    ("pickup_curve", "guests", &["bookings"], &["pickup_curve"]),
    ("los_histogram", "guests", &["bookings"], &["los_histogram"]),
    (
        "monthly_report",
        "reports/monthly",
        &[
            "monthly_revenue",
            "bookings",
            "rejects",
            "cancellations",
            "guests_by_country",
            "agent_ranking",
            "pickup_curve",
            "los_histogram",
        ],
        &["monthly_report"],
    ),
    ("quality", "reports", &["rejects", "bookings_typed"], &["reject_share"]),
    ("print_report", "reports/monthly", &["monthly_report", "reject_share"], &["report_page"]),
];

pub(super) fn node(kind: NodeKind, label: &str) -> Node {
    let id = format!("{}:{label}", if kind == NodeKind::Task { "task" } else { "model" });
    Node { id, label: label.to_owned(), sub: String::new(), kind, group: None, state: None }
}

pub(super) fn hotel() -> Drawing {
    let mut drawing = Drawing::new("hotel bookings");
    let mut models = IndexMap::<&str, NodeIndex>::new();
    let mut tasks = Vec::new();
    for (task, group, requires, provides) in HOTEL {
        let index = drawing.node(Node { group: Some(group.to_owned()), ..node(NodeKind::Task, task) });
        tasks.push((index, requires, provides));
        for model in requires.iter().chain(provides).copied() {
            models.entry(model).or_insert_with(|| {
                let (kind, sub) = match model {
                    "raw_bookings" => (NodeKind::Source, "33 columns".to_owned()),
                    "reject_share" => (NodeKind::Value, String::new()),
                    "report_page" => (NodeKind::Artifact, "html".to_owned()),
                    name => (NodeKind::Table, format!("{} columns", name.len())),
                };
                drawing.node(Node { sub, ..node(kind, model) })
            });
        }
    }
    for (task, requires, provides) in tasks {
        requires.iter().for_each(|model| drawing.edge(models[model], task));
        provides.iter().for_each(|model| drawing.edge(task, models[model]));
    }
    drawing
}

/// The same in the middle of a run that goes badly.
pub(super) fn failed_hotel() -> Drawing {
    let mut drawing = hotel();
    let states = [State::Done, State::Done, State::Failed, State::Skipped, State::Running, State::Waiting];
    let tasks = drawing.nodes.iter_mut().filter(|node| node.kind == NodeKind::Task);
    tasks.zip(states.into_iter().cycle()).for_each(|(node, state)| node.state = Some(state));
    drawing
}

/// Two nodes whose names hold everything that a language may stumble over.
pub(super) fn awkward() -> Drawing {
    let mut drawing = Drawing::new("a \"b\" <c> & \\d #e");
    let source =
        drawing.node(Node { sub: "two\nlines".to_owned(), ..node(NodeKind::Source, "`größe` 宿泊 \"q\"") });
    let task = Node { group: Some("x/<y>\"".to_owned()), ..node(NodeKind::Task, "a & b; c\\") };
    let task = drawing.node(task);
    drawing.edge(source, task);
    drawing
}
