//! What is wrong with a chain is found at once, before anything is done.

use insta::assert_snapshot;
use purvey::Secret;
use purvey::model::{Description, Model, Size};
use purvey::plan::{Circle, Fault};
use purvey::prelude::*;
use purvey::section::{NoConfig, Section};
use purvey::task::{Call, ModelRef, Task};
use serde::{Deserialize, Serialize};

use crate::support::{Token, built, orchestrator, step};

#[test]
fn rule_2_all_five_faults_are_found_in_one_pass_before_a_model_is_built() {
    let mut chain = orchestrator([
        step("type_rows(raw, report) -> typed"),
        step("clean(typed) -> bookings"),
        step("report(bookings, weather)"),
        step("clean_again -> bookings"),
        step("audit"),
        step("audit -> audit_two"),
    ]);
    let error = chain.run().unwrap_err();
    assert_snapshot!(error, @r"
    chain `test` has 5 faults
      - two tasks are named `audit` (`audit` and `audit`); rename all but one
      - model `bookings` is provided by two tasks, `clean` and `clean_again`; keep one of them, or let the others provide a model of their own
      - model `raw` is required by `type_rows` and provided by no task; add a task that provides it, supply it, or declare it a source
      - model `weather` is required by `report` and provided by no task; add a task that provides it, supply it, or declare it a source
      - three tasks wait for each other in a circle: `type_rows` requires `report` from `report`, `report` requires `bookings` from `clean`, `clean` requires `typed` from `type_rows`; break it at one of these models
    ");
    assert_eq!(built(), 0);
}

#[test]
fn faults_can_be_matched_on() {
    let faults = orchestrator([step("a(c)"), step("b(a)"), step("c(b)")]).check().unwrap_err();
    let circle = |task: &str, model: &str, provider: &str| Circle {
        task: task.to_owned(),
        model: model.to_owned(),
        provider: provider.to_owned(),
    };
    assert_eq!(
        faults.all(),
        [Fault::Cycle { path: vec![circle("a", "c", "c"), circle("c", "b", "b"), circle("b", "a", "a")] }]
    );
}

#[test]
fn rule_2_each_knot_is_reported_once_and_by_a_shortest_way() {
    let faults =
        orchestrator([step("a(b)"), step("b(a, c)"), step("c(d)"), step("d(c)"), step("late(a)")]).check().unwrap_err();
    assert_snapshot!(faults, @r"
    chain `test` has 2 faults
      - two tasks wait for each other in a circle: `a` requires `b` from `b`, `b` requires `a` from `a`; break it at one of these models
      - two tasks wait for each other in a circle: `c` requires `d` from `d`, `d` requires `c` from `c`; break it at one of these models
    ");
}

#[test]
fn rule_2_a_task_that_requires_what_it_provides_is_named() {
    let faults = orchestrator([step("clean(bookings) -> bookings")]).check().unwrap_err();
    assert_snapshot!(faults, @r"
    chain `test` has 1 fault
      - task `clean` requires model `bookings`, which it provides itself; split it in two tasks, or drop one of the two
    ");
}

#[test]
fn rule_2_three_providers_are_all_named() {
    let steps = [step("a -> x"), step("b -> x"), step("c -> x")];
    assert_snapshot!(orchestrator(steps).check().unwrap_err(), @r"
    chain `test` has 1 fault
      - model `x` is provided by three tasks, `a`, `b` and `c`; keep one of them, or let the others provide a model of their own
    ");
}

#[test]
fn rule_2_names_are_fit_for_files_and_selections() {
    let steps = [step("clean up -> ../etc"), step("9lives -> fine")];
    assert_snapshot!(orchestrator(steps).check().unwrap_err(), @r"
    chain `test` has 3 faults
      - the name `clean up` of a task is not allowed; use letters, digits, `_` and `-`, and begin with a letter
      - the name `9lives` of a task is not allowed; use letters, digits, `_` and `-`, and begin with a letter
      - the name `../etc` of a model is not allowed; use letters, digits, `_` and `-`, and begin with a letter
    ");
}

#[test]
fn rule_3_a_supplied_model_needs_no_provider() {
    let chain = orchestrator([step("clean(raw)")]);
    let chain = chain.supply_named("raw", Token::new()).unwrap();
    assert!(chain.check().is_ok());
}

#[test]
fn rule_3_supplied_and_provided_is_one_too_many() {
    let chain = orchestrator([step("load -> raw"), step("clean(raw)")]);
    let chain = chain.supply_named("raw", Token::new()).unwrap();
    assert_snapshot!(chain.check().unwrap_err(), @r"
    chain `test` has 1 fault
      - model `raw` is supplied, and also provided by task `load`; leave out one of the two
    ");
}

/// Another type that goes by the name of a token.
struct Impostor;

impl Model for Impostor {
    const NAME: &'static str = "token";
    type Config = NoConfig;

    fn build(_: NoConfig, _: &Section) -> Result<Impostor> {
        Ok(Impostor)
    }

    fn describe() -> Description {
        Description::new("token", "Nothing else.")
    }

    fn seal(&mut self) -> Result<Size> {
        Ok(Size::default())
    }
}

struct Deceive([ModelRef; 1]);

impl Task for Deceive {
    fn name(&self) -> &str {
        "deceive"
    }

    fn requires(&self) -> &[ModelRef] {
        &[]
    }

    fn provides(&self) -> &[ModelRef] {
        &self.0
    }

    fn run(&self, _: &Call<'_>) -> Result<()> {
        Ok(())
    }
}

#[test]
fn rule_2_one_name_is_one_type() {
    let tasks: TaskList =
        [TaskList::from(Deceive([ModelRef::of::<Impostor>()])), step("use(token)").into()].into_iter().collect();
    let faults = Orchestrator::new(JobContext::new("test"), tasks, Sections::models()).check().unwrap_err();
    assert_snapshot!(faults, @r"
    chain `test` has 1 fault
      - model `token` has two types: `it::validation::Impostor` in task `deceive`, `it::support::Token` in task `use`; give each type a name of its own
    ");
}

#[test]
fn rule_2_configuration_of_what_is_not_there_is_a_fault() {
    let models = Sections::models().with("bokings", Section::new("models.bokings").with("store", "csv"));
    let settings = Sections::tasks().with("clean", Section::new("tasks.clean").with("limit", 3));
    let chain = Orchestrator::new(JobContext::new("test"), [step("clean -> bookings")], models).with_settings(settings);
    assert_snapshot!(chain.check().unwrap_err(), @r"
    chain `test` has 2 faults
      - [models.bokings] (code) configures no model of this chain; did you mean `bookings`?
      - unknown key `limit` in [tasks.clean] (code)
    ");
}

#[test]
fn rule_9_a_secret_is_in_no_text() {
    /// What a task needs to log in.
    #[derive(Serialize, Deserialize)]
    struct Login {
        #[serde(skip_serializing)]
        pin: Secret<u32>,
    }

    #[task]
    fn log_in(login: Settings<Login>, token: &mut Token) {
        let _ = (login.pin.expose(), token);
    }

    let chain = |pin: &str| {
        let settings = Sections::tasks().with("log_in", Section::default().with("pin", pin));
        Orchestrator::new(JobContext::new("test"), tasks![log_in], Sections::models()).with_settings(settings)
    };
    let faults = chain("hunter2").check().unwrap_err();
    assert!(faults.to_string().contains("pin"), "{faults}");
    assert!(!format!("{faults} {faults:?}").contains("hunter2"), "{faults:?}");
}
