//! What happens when tasks run: well, badly, not at all.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use insta::assert_snapshot;
use purvey::clock::FakeClock;
use purvey::context::Scope;
use purvey::event::{Ending, Event, Fact, State};
use purvey::model::{Description, Size};
use purvey::prelude::*;
use purvey::run::{Outcome, RunOptions, hold_panics};
use purvey::section::{NoConfig, Section};
use purvey::session::Request;

use crate::support::{Record, Step, Token, built, orchestrator, step};

/// How each step ended, a line each, in the order they ended.
fn told(outcome: &Outcome) -> String {
    let mut lines = vec![format!("run {}", outcome.ending())];
    for step in outcome.steps() {
        let mut line = format!("{} {}", step.name, step.state);
        if let Some(blamed) = &step.blamed {
            line.push_str(&format!(" because of {blamed}"));
        }
        if let Some(failure) = &step.failure {
            line.push_str(&format!(" ({}: {})", failure.class, failure.messages.join(" / ")));
        }
        lines.push(line);
    }
    lines.join("\n")
}

fn run(steps: impl IntoIterator<Item = Step>) -> Outcome {
    orchestrator(steps).run().unwrap()
}

#[test]
fn rule_4_a_model_is_built_once_and_shared() {
    let seen: Arc<Mutex<Vec<usize>>> = Arc::default();
    let look = |seen: &Arc<Mutex<Vec<usize>>>| {
        let seen = Arc::clone(seen);
        move |call: &purvey::task::Call<'_>| {
            seen.lock().unwrap().push(std::ptr::from_ref(&*call.require::<Token>(0)?.address).addr());
            Ok(())
        }
    };
    let record = Record::default();
    let outcome = run([
        step("source").noting(&record),
        step("left(source)").doing(look(&seen)),
        step("right(source)").doing(look(&seen)),
        step("both(source, left, right)").doing(look(&seen)),
    ]);
    assert!(outcome.is_done());
    assert_eq!(*record.lock().unwrap(), ["source"]);
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|address| address == &seen[0]));
    assert_eq!(built(), 4, "one instance for each of the four models");
}

#[test]
fn rule_4_a_model_is_dropped_after_its_last_reader_unless_kept() {
    let mut chain = orchestrator([step("a"), step("b(a)"), step("c(b)")]).keep_named("b");
    let mut outcome = chain.run().unwrap();
    assert!(outcome.take_named::<Token>("a").is_none());
    assert!(outcome.take_named::<Token>("b").is_some());
    assert!(outcome.take_named::<Token>("c").is_none());
}

#[test]
fn rule_6_dependents_of_a_failed_task_are_skipped_and_the_rest_goes_on() {
    let outcome = run([
        step("raw"),
        step("clean(raw)").failing("row 7 makes no sense"),
        step("report(clean)"),
        step("page(report)"),
        step("audit(raw)"),
    ]);
    assert_snapshot!(told(&outcome), @r"
    run failed
    raw done
    clean failed (data: row 7 makes no sense)
    report skipped because of clean
    page skipped because of clean
    audit done
    ");
}

#[test]
fn rule_6_fail_fast_starts_nothing_more() {
    let steps = [step("a").failing("no"), step("b(a)"), step("c")];
    let mut chain = orchestrator(steps).with_options(RunOptions { fail_fast: true, ..RunOptions::default() });
    assert_snapshot!(told(&chain.run().unwrap()), @r"
    run failed
    a failed (data: no)
    b skipped because of a
    c cancelled
    ");
}

#[test]
fn rule_6_a_panic_is_a_failure_of_its_task() {
    // The place is known because this program holds panics; without, only the text is.
    hold_panics();
    let line = line!() + 1;
    let outcome = run([step("a").doing(|_| panic!("index {} is off", 9)), step("b(a)"), step("c")]);
    assert_snapshot!(told(&outcome).replace(&format!(":{line}:"), ":LINE:"), @r"
    run failed
    a failed (bug: panicked at tests/it/running.rs:LINE: index 9 is off)
    b skipped because of a
    c done
    ");
}

/// A model that cannot even be built.
struct Ruin;

impl Model for Ruin {
    const NAME: &'static str = "ruin";
    type Config = NoConfig;

    fn build(_: NoConfig, _: &Section) -> Result<Ruin> {
        panic!("no stone on another")
    }

    fn describe() -> Description {
        Description::new("ruin", "Stones.")
    }

    fn seal(&mut self) -> Result<Size> {
        Ok(Size::default())
    }
}

#[test]
fn rule_6_a_panic_of_a_model_is_a_failure_of_its_task() {
    #[task]
    fn pile_up(ruin: &mut Ruin) {
        let _ = ruin;
    }

    let outcome = Orchestrator::new(JobContext::new("test"), tasks![pile_up], Sections::models()).run().unwrap();
    let told = told(&outcome);
    assert!(told.starts_with("run failed\npile_up failed (bug: panicked"), "{told}");
    assert!(told.ends_with(": no stone on another)"), "{told}");
}

#[test]
fn a_model_that_is_opened_twice_is_an_error_and_no_deadlock() {
    let outcome = run([step("a").doing(|call| {
        let _first = call.provide::<Token>(0)?;
        call.provide::<Token>(0).map(|_| ())
    })]);
    assert_snapshot!(told(&outcome), @r"
    run failed
    a failed (bug: model `a` is open already; open it once, or let go of it first)
    ");
}

/// A number of rooms.
#[derive(Named)]
#[named("rooms")]
struct Rooms;

#[task]
fn forget(rooms: &mut Value<u32, Rooms>) -> Result<()> {
    let _ = rooms;
    Ok(())
}

#[task]
fn peek(rooms: &mut Value<u32, Rooms>) -> Result<()> {
    let now = *rooms.get()?;
    rooms.put(now + 1)
}

#[test]
fn rule_5_what_a_task_declares_it_must_write() {
    let outcome = Orchestrator::new(JobContext::new("test"), tasks![forget], Sections::models()).run().unwrap();
    assert_snapshot!(told(&outcome), @r"
    run failed
    forget failed (bug: model `rooms` was never written; call `put` on it, with no rows if there are none)
    ");
}

#[test]
fn rule_5_what_was_never_written_cannot_be_read() {
    let outcome = Orchestrator::new(JobContext::new("test"), tasks![peek], Sections::models()).run().unwrap();
    assert_snapshot!(told(&outcome), @r"
    run failed
    peek failed (bug: model `rooms` was read before it was written)
    ");
}

#[test]
fn rule_11_an_orchestrator_runs_again() {
    let record = Record::default();
    let chain = orchestrator([step("clean(raw)").noting(&record)]);
    let mut chain = chain.supply_named("raw", Token::new()).unwrap();
    let (first, second) = (chain.run().unwrap(), chain.run().unwrap());
    assert!(first.is_done() && second.is_done());
    assert_ne!(first.run(), second.run());
    assert_eq!(*record.lock().unwrap(), ["clean", "clean"]);
}

#[test]
fn a_cancelled_run_lets_the_running_task_finish_and_starts_no_other() {
    let cancel = CancelToken::new();
    let token = cancel.clone();
    let steps = [
        step("a").doing(move |_| {
            token.cancel();
            Ok(())
        }),
        step("b(a)"),
        step("c"),
    ];
    let job = JobContext::new("test").with_cancel(cancel);
    let outcome = Orchestrator::new(job, steps, Sections::models()).run().unwrap();
    assert_snapshot!(told(&outcome), @r"
    run cancelled
    a done
    b cancelled
    c cancelled
    ");
}

#[test]
fn a_task_that_sees_the_cancel_token_is_cancelled_and_not_failed() {
    let cancel = CancelToken::new();
    let token = cancel.clone();
    let steps = [step("a").doing(move |call| {
        token.cancel();
        Ok(call.job().cancel().check()?)
    })];
    let job = JobContext::new("test").with_cancel(cancel);
    let outcome = Orchestrator::new(job, steps, Sections::models()).run().unwrap();
    assert_eq!((outcome.ending(), outcome.state("a")), (Ending::Cancelled, Some(State::Cancelled)));
}

#[test]
fn a_task_knows_chain_run_and_itself() {
    let scope: Arc<Mutex<Option<Scope>>> = Arc::default();
    let seen = Arc::clone(&scope);
    let outcome = run([step("a").doing(move |_| {
        *seen.lock().unwrap() = Scope::current();
        Ok(())
    })]);
    let scope = scope.lock().unwrap().clone().unwrap();
    assert_eq!((&*scope.chain, scope.run, &*scope.task), ("test", outcome.run(), "a"));
    assert_eq!(Scope::current(), None);
}

#[test]
fn events_tell_the_whole_story_in_order() {
    let clock = Arc::new(FakeClock::at("2026-11-21T02:30:00Z".parse().unwrap()));
    let ticking = Arc::clone(&clock);
    let steps = [
        step("a").doing(move |_| {
            ticking.advance(Duration::from_secs(3));
            Ok(())
        }),
        step("b(a)").failing("no"),
        step("c(b)"),
    ];
    let job = JobContext::new("test").with_clock(clock);
    let mut chain = Orchestrator::new(job, steps, Sections::models());
    let blueprint = chain.check().unwrap();
    let mut story = Vec::new();
    let mut listener = |event: &Event| {
        let time = event.at.format("%T");
        story.push(match &event.fact {
            Fact::RunStarted { chain, steps, .. } => format!("{time} run of {chain} with {} steps", steps.len()),
            Fact::StepStarted { name, .. } => format!("{time} {name} started"),
            Fact::StepEnded(end) => format!("{time} {} {} after {:?}", end.name, end.state, end.elapsed),
            Fact::RunEnded { ending, elapsed, .. } => format!("{time} run {ending} after {elapsed:?}"),
            other => format!("{time} {other:?}"),
        });
    };
    chain.run_request(&blueprint, &Request::default(), &mut [&mut listener]).unwrap();
    assert_snapshot!(story.join("\n"), @r"
    02:30:00 run of test with 3 steps
    02:30:00 a started
    02:30:03 a done after 3s
    02:30:03 b started
    02:30:03 b failed after 0ns
    02:30:03 c skipped after 0ns
    02:30:03 run failed after 3s
    ");
}

#[test]
fn a_long_query_does_not_end_the_process() {
    /// A number.
    #[derive(Row, Clone, Debug, PartialEq)]
    #[row(table = "numbers")]
    struct Number {
        number: i64,
    }

    #[task]
    fn count_up(numbers: &mut Table<Number>) -> Result<()> {
        let start = Table::from_rows([Number { number: 0 }]).scan();
        numbers.put((0..200).fold(start, |query, _| query.with_column(col(Number::NUMBER) + lit(1))))
    }

    let mut chain =
        Orchestrator::new(JobContext::new("test"), tasks![count_up], Sections::models()).keep::<Table<Number>>();
    let mut outcome = chain.run().unwrap();
    assert_rows!(outcome.take::<Table<Number>>().unwrap(), [Number { number: 200 }]);
}

#[test]
fn a_listener_that_panics_does_not_fail_the_run() {
    let mut chain = orchestrator([step("a")]);
    let blueprint = chain.check().unwrap();
    let mut listener = |_: &Event| panic!("the terminal is gone");
    assert!(chain.run_request(&blueprint, &Request::default(), &mut [&mut listener]).unwrap().is_done());
}
