//! How SQLite answers: by indexes, so that a long past costs nothing.

use rusqlite::{Connection, params_from_iter};

use super::{SqliteLedger, backfills, forget, marks, performed, published, runs, steps, taken};
use crate::id::RunId;
use crate::ledger::{Entry, Ledger, RunBegan};

/// How SQLite means to answer a question.
fn plan(connection: &Connection, question: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {question}")).unwrap();
    let values = vec![""; statement.parameter_count()];
    let lines = statement.query_map(params_from_iter(values), |row| row.get("detail")).unwrap();
    lines.collect::<Result<_, _>>().unwrap()
}

#[test]
fn no_question_about_a_run_or_for_the_next_one_goes_through_the_past() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = SqliteLedger::at(folder.path().join("ledger.sqlite"));
    let began = RunBegan {
        run: RunId::random(),
        chain: "alpine".to_owned(),
        partition: String::new(),
        at: "2026-11-21T02:30:00Z".parse().unwrap(),
        host: "seehof".to_owned(),
        process: 4711,
        request: Vec::new(),
        resumes: None,
        backfill: None,
        steps: Vec::new(),
    };
    ledger.append(&[Entry::RunBegan(began)]).unwrap();
    let connection = Connection::open(ledger.path()).unwrap();
    let questions = [
        performed::CANDIDATES.to_owned(),
        forget::NEEDED.to_owned(),
        runs::COUNTS.to_owned(),
        steps::of_run("attempts", "attempt"),
        steps::of_run("reads", "position"),
        steps::of_run("checks", "position"),
        steps::versions_where(steps::OF_RUN),
        steps::versions_where(steps::OF_STEP),
        steps::versions_where(steps::OF_MODEL),
        steps::versions_where(steps::PUBLISHED),
        steps::versions_where(steps::PUBLISHED_OF),
        taken::TAKEN.to_owned(),
        marks::TAKEN.to_owned(),
        published::PUBLICATIONS.to_owned(),
        backfills::COUNTS.to_owned(),
        backfills::STOP_ASKED.to_owned(),
        backfills::END_PARTITION.to_owned(),
    ];
    for question in questions.into_iter().chain(forget::ORPHANS.map(str::to_owned)) {
        let plan = plan(&connection, &question);
        // What is small whatever the past may be read as a whole.
        let is_small = |line: &str| {
            [
                "latest",
                "published",
                "json_each",
                "counting",
                "candidates",
                "CONSTANT",
                "codes",
                "_sets",
                "lineages",
                "task_lists",
                "SCAN backfills",
            ]
            .iter()
            .any(|name| line.contains(name))
        };
        let through_the_past = plan.iter().find(|line| line.starts_with("SCAN") && !is_small(line));
        assert_eq!(through_the_past, None, "{question}\n{plan:#?}");
    }
    assert!(plan(&connection, runs::COUNTS)[0].contains("COVERING INDEX steps_by_state"));
}
