//! What is wrong with a chain is found at once, before anything is done.

use std::sync::atomic::Ordering;

use insta::assert_snapshot;
use purvey::model::{Description, Model, Size};
use purvey::plan::{Circle, Fault};
use purvey::prelude::*;
use purvey::section::{NoConfig, Section};
use purvey::task::{Call, ModelRef, Task};

use crate::support::{BUILT, Token, orchestrator, step};

#[test]
fn rule_2_every_fault_is_found_in_one_pass_before_a_model_is_built() {
    let mut chain = orchestrator([
        step("type_rows(raw, report) -> typed"),
        step("clean(typed) -> bookings"),
        step("report(bookings, weather)"),
        step("clean_again(currency) -> bookings"),
        step("audit"),
        step("audit -> audit_two"),
    ]);
    let before = BUILT.load(Ordering::SeqCst);
    let error = chain.run().unwrap_err();
    assert_snapshot!(error, @"");
    assert_eq!(BUILT.load(Ordering::SeqCst), before);
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
    assert_snapshot!(faults, @"");
}

#[test]
fn rule_2_a_task_that_requires_what_it_provides_is_named() {
    let faults = orchestrator([step("clean(bookings) -> bookings")]).check().unwrap_err();
    assert_snapshot!(faults, @"");
}

#[test]
fn rule_2_three_providers_are_all_named() {
    let steps = [step("a -> x"), step("b -> x"), step("c -> x")];
    assert_snapshot!(orchestrator(steps).check().unwrap_err(), @"");
}

#[test]
fn rule_2_names_are_fit_for_files_and_selections() {
    let steps = [step("clean up -> ../etc"), step("9lives -> fine")];
    assert_snapshot!(orchestrator(steps).check().unwrap_err(), @"");
}

#[test]
fn rule_3_a_supplied_model_needs_no_provider() {
    let chain = orchestrator([step("clean(raw)")]);
    let chain = chain.supply_named("raw", Token { address: Box::new(1) }).unwrap();
    assert!(chain.check().is_ok());
}

#[test]
fn rule_3_supplied_and_provided_is_one_too_many() {
    let chain = orchestrator([step("load -> raw"), step("clean(raw)")]);
    let chain = chain.supply_named("raw", Token { address: Box::new(1) }).unwrap();
    assert_snapshot!(chain.check().unwrap_err(), @"");
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
    assert_snapshot!(faults, @"");
}

#[test]
fn rule_2_configuration_of_what_is_not_there_is_a_fault() {
    let models = Sections::models().with("bokings", Section::new("models.bokings").with("store", "csv"));
    let settings = Sections::tasks().with("clean", Section::new("tasks.clean").with("limit", 3));
    let chain = Orchestrator::new(JobContext::new("test"), [step("clean -> bookings")], models).with_settings(settings);
    assert_snapshot!(chain.check().unwrap_err(), @"");
}
