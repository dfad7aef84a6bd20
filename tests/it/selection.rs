//! Which tasks a selection picks, and what is needed for them.

use insta::assert_snapshot;
use purvey::RunId;
use purvey::plan::{Decision, Plan, PlanError, Selection, Situation, Stored};
use purvey::prelude::*;
use purvey::store::Version;

use crate::support::{Step, orchestrator, step};

fn steps() -> [Step; 5] {
    [
        step("raw"),
        step("clean(raw) -> bookings, rejects"),
        step("revenue(bookings)"),
        step("countries(bookings)"),
        step("report(revenue, countries, rejects)"),
    ]
}

/// The tasks that are run, given that these models are stored.
fn picked(selection: &str, exclude: &str, stored: &[&str]) -> Result<String, PlanError> {
    let blueprint = orchestrator(steps()).check().unwrap();
    let selection = selection.parse::<Selection>()?.without(exclude.parse()?);
    let version = |model: &str| Version { model: model.to_owned(), run: RunId::nil(), extension: "json".to_owned() };
    let stored =
        stored.iter().map(|model| ((*model).to_owned(), Stored { version: version(model), digest: None, file: None }));
    let situation = Situation { stored: stored.collect(), ..Situation::default() };
    let plan = Plan::make(&blueprint, &selection, situation)?;
    let runs = plan.steps().iter().filter(|step| step.decision == Decision::Run);
    Ok(runs.map(|step| blueprint.task(step.task).task.name()).collect::<Vec<_>>().join(" "))
}

const ALL: &[&str] = &["raw", "bookings", "rejects", "revenue", "countries", "report"];

#[test]
fn names_neighbours_unions_and_intersections() {
    let cases = [
        ("", "", "raw clean revenue countries report"),
        ("revenue", "", "revenue"),
        ("bookings", "", "clean"),
        ("+revenue", "", "raw clean revenue"),
        ("clean+", "", "clean revenue countries report"),
        ("1+report", "", "clean revenue countries report"),
        ("raw+1", "", "raw clean"),
        ("+clean+", "", "raw clean revenue countries report"),
        ("r*", "", "raw clean revenue report"),
        ("revenue countries", "", "revenue countries"),
        ("+revenue,clean+", "", "clean revenue"),
        ("clean+", "report", "clean revenue countries"),
    ];
    for (selection, exclude, expected) in cases {
        assert_eq!(picked(selection, exclude, ALL).unwrap(), expected, "`{selection}` without `{exclude}`");
    }
}

#[test]
fn an_unknown_name_is_told_with_the_nearest_known_one() {
    assert_snapshot!(picked("revenu+", "", ALL).unwrap_err(), @"the chain has no task or model `revenu`; did you mean `revenue`?");
    assert_snapshot!(picked("tag:nightly", "", ALL).unwrap_err(), @"the chain has no tag `nightly`");
    assert_snapshot!(picked("group:reports", "", ALL).unwrap_err(), @"the chain has no group `reports`");
}

#[test]
fn what_is_no_selection_is_told_so() {
    assert_snapshot!(picked("a++b", "", ALL).unwrap_err(), @"`a++b` is not a selection; write a name like `bookings`, with `+` in front for all it reads from and behind for all that reads it, or `tag:name`, `group:name`");
    assert_snapshot!(picked("colour:blue", "", ALL).unwrap_err(), @"`colour:blue` is not a selection; write a name like `bookings`, with `+` in front for all it reads from and behind for all that reads it, or `tag:name`, `group:name`");
}

#[test]
fn a_selection_of_nothing_is_told_apart_from_a_wrong_one() {
    assert_eq!(picked("z*", "", ALL), Err(PlanError::Nothing));
    assert_eq!(picked("revenue", "revenue", ALL), Err(PlanError::Nothing));
}

#[test]
fn what_a_selection_needs_must_be_stored_or_selected() {
    assert_eq!(picked("revenue", "", &["bookings"]).unwrap(), "revenue");
    assert_snapshot!(picked("report", "", &["rejects"]).unwrap_err(), @r"
    task `report` requires model `revenue`, which is not stored, and its provider `revenue` is not selected; select `+report`, or run the whole chain once
    task `report` requires model `countries`, which is not stored, and its provider `countries` is not selected; select `+report`, or run the whole chain once
    ");
}

#[test]
fn groups_and_tags_select() {
    /// A number.
    #[derive(Named)]
    #[named("number")]
    struct Number;

    #[task(tags("nightly"))]
    fn count(number: &mut Value<u32, Number>) -> Result<()> {
        number.put(1)
    }

    const INNER: Group = group!("inner": [count]);
    const OUTER: Group = group!("outer": [INNER]);
    let chain = Orchestrator::new(JobContext::new("test"), OUTER, Sections::models());
    let blueprint = chain.check().unwrap();
    for selection in ["tag:nightly", "group:outer", "group:inner", "group:outer/inner", "outer/inner/count", "number"] {
        let picked = selection.parse::<Selection>().unwrap().resolve(&blueprint).unwrap();
        assert_eq!(picked.len(), 1, "{selection}");
    }
}
