//! Steps that are tried again, and steps that run too long.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use chrono::TimeDelta;
use insta::assert_snapshot;
use purvey::clock::{Clock, FakeClock};
use purvey::event::{Event, Fact, State};
use purvey::ledger::{AttemptRecord, Ledger, MemoryLedger};
use purvey::model::{Description, Model, Size, Storage};
use purvey::prelude::*;
use purvey::run::{Outcome, RetryPolicy, RunOptions};
use purvey::section::{NoConfig, Section};
use purvey::session::Request;
use purvey::store::{MemoryStore, Store};
use purvey::task::{Call, ModelRef, Task};

use crate::support::{Step, step};

/// A run on a clock that moves only when somebody sleeps or says so.
struct Fixture {
    clock: Arc<FakeClock>,
    ledger: Arc<MemoryLedger>,
    store: Arc<MemoryStore>,
    policy: RetryPolicy,
    cancel: CancelToken,
}

impl Fixture {
    fn new(policy: RetryPolicy) -> Fixture {
        let clock = Arc::new(FakeClock::at("2026-11-21T02:30:00Z".parse().unwrap()));
        let (ledger, store) = (Arc::new(MemoryLedger::new()), Arc::new(MemoryStore::new()));
        Fixture { clock, ledger, store, policy, cancel: CancelToken::new() }
    }

    /// Runs tasks; each line is what became of a step, with its retries before it.
    fn run<T: Task + 'static>(&self, tasks: Vec<T>) -> (Outcome, String) {
        let job = JobContext::new("test").with_clock(Arc::clone(&self.clock) as Arc<dyn Clock>);
        let job = job.with_cancel(self.cancel.clone());
        let mut orchestrator = Orchestrator::new(job, tasks, Sections::models())
            .with_ledger(Arc::clone(&self.ledger) as Arc<dyn Ledger>)
            .with_store(Arc::clone(&self.store) as Arc<dyn Store>)
            .with_options(RunOptions { retry: self.policy, ..RunOptions::default() });
        let blueprint = orchestrator.check().unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let mut listener = {
            let told = Arc::clone(&told);
            move |event: &Event| match &event.fact {
                Fact::StepRetried { name, attempt, attempts, failure, delay, .. } => {
                    told.lock().unwrap().push(format!(
                        "{name} retried after {attempt} of {attempts} in {delay:?}: {}",
                        failure.messages.join(": ")
                    ));
                }
                Fact::StepEnded(end) => told.lock().unwrap().push(format!(
                    "{} {} after {} attempts{}",
                    end.name,
                    end.state,
                    end.attempts,
                    end.failure
                        .as_ref()
                        .map(|failure| format!(": {}", failure.messages.join(": ")))
                        .unwrap_or_default()
                )),
                _ => {}
            }
        };
        let outcome = orchestrator.run_request(&blueprint, &Request::default(), &mut [&mut listener]).unwrap();
        let told = told.lock().unwrap().join("\n");
        (outcome, told)
    }

    fn attempts(&self, outcome: &Outcome, task: &str) -> Vec<AttemptRecord> {
        let steps = self.ledger.steps(outcome.run()).unwrap();
        steps.into_iter().find(|step| step.task == task).unwrap().attempts
    }
}

/// A step that fails so often with an error of this class, then works.
fn flaky(failures: u32, error: fn() -> Error) -> (Step, Arc<AtomicU32>) {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let work =
        move |_: &Call<'_>| if counted.fetch_add(1, Ordering::SeqCst) < failures { Err(error()) } else { Ok(()) };
    (step("fetch").doing(work), calls)
}

const STEADY: RetryPolicy = RetryPolicy {
    retries: 2,
    backoff: Duration::from_secs(10),
    factor: 3.0,
    jitter: 0.0,
    cap: Duration::from_secs(60),
    timeout: None,
    grace: Duration::from_secs(5),
};

#[test]
fn what_fails_twice_and_then_works_takes_three_attempts_with_growing_delays() {
    let fixture = Fixture::new(STEADY);
    let (fetch, calls) = flaky(2, || Error::transient("the line is busy"));

    let (outcome, told) = fixture.run(vec![fetch]);

    assert!(outcome.is_done());
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    assert_snapshot!(told, @"
    fetch retried after 1 of 3 in 10s: the line is busy
    fetch retried after 2 of 3 in 30s: the line is busy
    fetch done after 3 attempts
    ");
    let attempts = fixture.attempts(&outcome, "fetch");
    let states: Vec<State> = attempts.iter().map(|attempt| attempt.state).collect();
    assert_eq!(states, [State::Failed, State::Failed, State::Done]);
    let waits: Vec<TimeDelta> = attempts.windows(2).map(|pair| pair[1].started - pair[0].started).collect();
    assert_eq!(waits, [TimeDelta::seconds(10), TimeDelta::seconds(30)]);
    assert_eq!(attempts[0].failure.as_ref().unwrap().messages, ["the line is busy"]);
}

#[test]
fn what_stays_broken_is_given_up_after_the_last_attempt() {
    let fixture = Fixture::new(STEADY);
    let (fetch, calls) = flaky(9, || std::io::Error::from(std::io::ErrorKind::ConnectionReset).into());

    let (outcome, told) = fixture.run(vec![fetch, step("report(fetch)")]);

    assert_eq!(calls.load(Ordering::SeqCst), 3);
    assert_eq!(outcome.state("report"), Some(State::Skipped));
    assert_snapshot!(told, @"
    fetch retried after 1 of 3 in 10s: connection reset
    fetch retried after 2 of 3 in 30s: connection reset
    fetch failed after 3 attempts: connection reset
    report skipped after 0 attempts
    ");
}

#[test]
fn what_cannot_pass_by_itself_is_tried_once() {
    for error in [
        || Error::data("no such hotel"),
        || Error::new("index out of range"),
        || Error::transient("the disk is gone").classed(Class::Bug),
    ] {
        let fixture = Fixture::new(STEADY);
        let (fetch, calls) = flaky(1, error);
        assert_eq!(fixture.run(vec![fetch]).0.state("fetch"), Some(State::Failed));
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn other_steps_go_on_while_one_waits_for_its_next_attempt() {
    let fixture = Fixture::new(STEADY);
    let (fetch, _) = flaky(1, || Error::transient("the line is busy"));

    let (_, told) = fixture.run(vec![fetch, step("report(fetch)"), step("other")]);

    assert_snapshot!(told, @"
    fetch retried after 1 of 3 in 10s: the line is busy
    other done after 1 attempts
    fetch done after 2 attempts
    report done after 1 attempts
    ");
}

#[test]
fn a_run_that_is_cancelled_tries_nothing_again() {
    let fixture = Fixture::new(STEADY);
    let cancel = fixture.cancel.clone();
    let work = move |_: &Call<'_>| {
        cancel.cancel();
        Err(Error::transient("the line is busy"))
    };

    let (_, told) = fixture.run(vec![step("fetch").doing(work), step("other")]);

    assert_snapshot!(told, @"
    fetch failed after 1 attempts: the line is busy
    other cancelled after 0 attempts
    ");
}

#[test]
fn a_step_that_sets_its_own_token_stops_nobody_else() {
    let fixture = Fixture::new(STEADY);
    let work = |call: &Call<'_>| {
        call.job().cancel().cancel();
        Ok(())
    };

    let (outcome, _) = fixture.run(vec![step("fetch").doing(work), step("report(fetch)")]);

    assert!(outcome.is_done());
}

#[test]
fn delays_are_moved_the_same_way_in_each_replay_and_never_far() {
    let policy = RetryPolicy { jitter: 0.25, ..STEADY };
    let run = "0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e".parse().unwrap();
    let delays: Vec<Duration> = (1..=20).map(|attempt| policy.delay(run, "fetch", attempt)).collect();

    assert_eq!(delays, (1..=20).map(|attempt| policy.delay(run, "fetch", attempt)).collect::<Vec<_>>());
    assert_ne!(delays[0], policy.delay(run, "other", 1));
    for (attempt, delay) in delays.iter().enumerate() {
        let planned = (10.0 * 3f64.powi(attempt as i32)).min(60.0);
        assert!((delay.as_secs_f64() / planned - 1.0).abs() <= 0.25, "{attempt}: {delay:?}");
    }
}

/// A number that is stored.
#[derive(Debug, Default)]
struct Number(Option<i64>);

impl Model for Number {
    const NAME: &'static str = "number";
    type Config = NoConfig;

    fn build(_: NoConfig, _: &Section) -> Result<Number> {
        Ok(Number::default())
    }

    fn describe() -> Description {
        Description::new("number", "A number.")
    }

    fn seal(&mut self) -> Result<Size> {
        Ok(Size { rows: None, bytes: 8 })
    }

    fn storage(&self) -> Storage {
        Storage::Json
    }

    fn content(&self) -> Result<purvey::model::Content> {
        Ok(purvey::model::Content::Json(format!("{:?}", self.0)))
    }
}

/// A task that takes longer than it may, by its own clock, and stops when it is told to, or not.
struct Slow {
    clock: Arc<FakeClock>,
    provides: Vec<ModelRef>,
    /// Where it waits for the test to let it go on, if it does not stop by itself.
    held: Option<Mutex<mpsc::Receiver<()>>>,
    wrote: Arc<AtomicBool>,
}

impl Task for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    fn requires(&self) -> &[ModelRef] {
        &[]
    }

    fn provides(&self) -> &[ModelRef] {
        &self.provides
    }

    fn run(&self, call: &Call<'_>) -> Result<()> {
        let mut number = call.provide::<Number>(0)?;
        self.clock.advance(Duration::from_secs(90));
        while !call.job().cancel().is_cancelled() {
            std::thread::yield_now();
        }
        match &self.held {
            None => call.job().cancel().check()?,
            Some(held) => {
                self.clock.advance(Duration::from_secs(5));
                held.lock().unwrap().recv()?;
            }
        }
        number.0 = Some(7);
        self.wrote.store(true, Ordering::SeqCst);
        Ok(())
    }
}

fn slow(fixture: &Fixture, held: Option<mpsc::Receiver<()>>) -> (Slow, Arc<AtomicBool>) {
    let wrote = Arc::new(AtomicBool::new(false));
    let provides = vec![ModelRef::of::<Number>()];
    let clock = Arc::clone(&fixture.clock);
    (Slow { clock, provides, held: held.map(Mutex::new), wrote: Arc::clone(&wrote) }, wrote)
}

#[test]
fn a_step_that_runs_too_long_is_asked_to_stop_and_tried_again() {
    let fixture = Fixture::new(RetryPolicy { timeout: Some(Duration::from_secs(60)), retries: 1, ..STEADY });
    let (slow, wrote) = slow(&fixture, None);

    let (outcome, told) = fixture.run(vec![slow]);

    assert_eq!(outcome.state("slow"), Some(State::TimedOut));
    assert!(!wrote.load(Ordering::SeqCst));
    assert_snapshot!(told, @"
    slow retried after 1 of 2 in 10s: ran longer than its time-out of 1 m 00 s
    slow timed_out after 2 attempts: ran longer than its time-out of 1 m 00 s
    ");
}

#[test]
fn a_step_that_ignores_the_wish_to_stop_is_given_up_and_never_commits_what_it_writes_later() {
    let fixture = Fixture::new(RetryPolicy { timeout: Some(Duration::from_secs(60)), retries: 5, ..STEADY });
    let (go_on, held) = mpsc::channel();
    let (slow, wrote) = slow(&fixture, Some(held));

    let (outcome, told) = fixture.run(vec![slow]);

    assert_snapshot!(told, @"slow timed_out after 1 attempts: ran longer than its time-out of 1 m 00 s, and did not stop within 5.00 s when asked to");
    assert!(!wrote.load(Ordering::SeqCst), "the run ended before the task did");
    go_on.send(()).unwrap();
    while !wrote.load(Ordering::SeqCst) {
        std::thread::yield_now();
    }
    assert!(fixture.store.published().unwrap().is_none());
    assert!(fixture.ledger.versions("", "number", 9).unwrap().is_empty());
    assert_eq!(fixture.attempts(&outcome, "slow").len(), 1);
}
