//! All about one run: its steps, their attempts, what they read and made, and why.

use std::fmt::Write as _;

use serde::Serialize;

use crate::cli::desk::Desk;
use crate::cli::exit::Exit;
use crate::cli::runs::{self, FailureShown, RunShown};
use crate::cli::trouble::Trouble;
use crate::event::State;
use crate::ledger::{AttemptRecord, ReadRecord, RunRecord, StepRecord, VersionRecord};
use crate::report::json::{Check, Document};
use crate::report::{Palette, Tone};
use crate::words::{bytes, count, duration};

/// The document of `history RUN`.
#[derive(Serialize)]
struct RunHistory {
    chain: String,
    #[serde(flatten)]
    run: RunShown,
    steps: Vec<StepShown>,
}

impl Document for RunHistory {
    const KIND: &'static str = "history_run";
}

#[derive(Serialize)]
struct StepShown {
    task: String,
    state: &'static str,
    started_at: Option<String>,
    ended_at: Option<String>,
    elapsed_ms: f64,
    why: String,
    reused: Option<String>,
    rows_in: Option<u64>,
    rows_out: Option<u64>,
    peak_memory_bytes: Option<u64>,
    attempts: Vec<AttemptShown>,
    reads: Vec<ReadShown>,
    made: Vec<MadeShown>,
    checks: Vec<Check>,
    failure: Option<FailureShown>,
    blamed: Option<String>,
}

#[derive(Serialize)]
struct AttemptShown {
    attempt: u32,
    started_at: String,
    state: &'static str,
    elapsed_ms: f64,
    failure: Option<FailureShown>,
}

#[derive(Serialize)]
struct ReadShown {
    model: String,
    /// The run that made what was read.
    run: Option<String>,
    digest: String,
}

#[derive(Serialize)]
struct MadeShown {
    model: String,
    digest: String,
    rows: Option<u64>,
    bytes: u64,
    stored_bytes: Option<u64>,
}

pub(in crate::cli) fn one(desk: &mut Desk<'_, '_>, text: &str) -> Result<Exit, Trouble> {
    let setup = desk.set_up()?;
    let run = runs::find(setup.ledger(), text)?;
    let steps = setup.ledger().steps(run.run).map_err(|error| Trouble::from(&error))?;
    let going_on = runs::going_on(&setup)?;
    if desk.manner.json {
        let (chain, steps) = (run.chain.clone(), steps.iter().map(StepShown::of).collect());
        desk.print_document(RunHistory { chain, run: RunShown::of(&run, &going_on), steps })?;
    } else {
        let standing = runs::standing(runs::ending(&run, &going_on), desk.manner.palette);
        let text = render(&run, &steps, &standing, desk.manner.palette);
        desk.print(&text)?;
    }
    Ok(Exit::Done)
}

impl StepShown {
    fn of(step: &StepRecord) -> StepShown {
        StepShown {
            task: step.task.clone(),
            state: step.state.as_str(),
            started_at: step.started.map(runs::time),
            ended_at: step.ended.map(runs::time),
            elapsed_ms: runs::millis(step.elapsed),
            why: step.why.clone(),
            reused: step.reused.map(|run| run.to_string()),
            rows_in: step.rows_in,
            rows_out: step.rows_out,
            peak_memory_bytes: step.peak_memory,
            attempts: step.attempts.iter().map(AttemptShown::of).collect(),
            reads: step.reads.iter().map(ReadShown::of).collect(),
            made: step.made.iter().map(MadeShown::of).collect(),
            checks: step.checks.iter().map(Check::from).collect(),
            failure: step.failure.as_ref().map(FailureShown::of),
            blamed: step.blamed.clone(),
        }
    }
}

impl AttemptShown {
    fn of(attempt: &AttemptRecord) -> AttemptShown {
        AttemptShown {
            attempt: attempt.attempt,
            started_at: runs::time(attempt.started),
            state: attempt.state.as_str(),
            elapsed_ms: runs::millis(attempt.elapsed),
            failure: attempt.failure.as_ref().map(FailureShown::of),
        }
    }
}

impl ReadShown {
    fn of(read: &ReadRecord) -> ReadShown {
        let run = read.version.map(|run| run.to_string());
        ReadShown { model: read.model.clone(), run, digest: read.digest.to_string() }
    }
}

impl MadeShown {
    fn of(made: &VersionRecord) -> MadeShown {
        MadeShown {
            model: made.model.clone(),
            digest: made.digest.to_string(),
            rows: made.rows,
            bytes: made.bytes,
            stored_bytes: made.file.as_ref().map(|file| file.bytes),
        }
    }
}

fn render(run: &RunRecord, steps: &[StepRecord], standing: &str, palette: Palette) -> String {
    let mut text = format!("run {} of chain {}\n\n", run.run, palette.paint(Tone::Strong, &run.chain));
    let published = if run.published { ", published" } else { "" };
    let mut facts = vec![
        ("began", format!("{} on host {} (process {})", runs::clock(run.began), run.host, run.process)),
        ("ended", format!("{standing}{published}")),
    ];
    if !run.partition.is_empty() {
        facts.insert(0, ("partition", run.partition.clone()));
    }
    facts.extend(runs::took(run).map(|took| ("took", duration(took))));
    facts.extend(runs::schedule(run).map(|schedule| ("schedule", schedule.to_owned())));
    if !run.request.is_empty() {
        facts.push(("asked for", format!("{} {}", run.chain, runs::as_typed(&run.request))));
    }
    facts.extend(run.resumes.map(|run| ("resumes", format!("run {}", run.short()))));
    facts.extend(run.backfill.map(|backfill| ("part of", format!("backfill {}", backfill.short()))));
    for (name, fact) in facts {
        let _ = writeln!(text, "{}  {fact}", palette.paint(Tone::Dim, format_args!("{name:<9}")));
    }
    for step in steps {
        text.push('\n');
        push_step(&mut text, step, palette);
    }
    text
}

fn push_step(text: &mut String, step: &StepRecord, palette: Palette) {
    let mut head = format!("{}  {}", palette.state(step.state), palette.paint(Tone::Strong, &step.task));
    if let Some(rows) = step.rows_out {
        let _ = write!(head, "  {}", count(rows, "row"));
    }
    if !step.elapsed.is_zero() {
        let _ = write!(head, "  {}", duration(step.elapsed));
    }
    let _ = writeln!(text, "{head}");
    let mut line = |name: &str, fact: String| {
        let _ = writeln!(text, "    {}  {fact}", palette.paint(Tone::Dim, format_args!("{name:<7}")));
    };
    if !step.why.is_empty() {
        line("why", step.why.clone());
    }
    if let Some(blamed) = &step.blamed {
        line("because", format!("of `{blamed}`"));
    }
    for read in &step.reads {
        let of = read.version.map(|run| format!(" of run {}", run.short())).unwrap_or_default();
        line("read", format!("{} {}{of}", read.model, read.digest.short()));
    }
    for made in &step.made {
        let rows = made.rows.map(|rows| format!(", {}", count(rows, "row"))).unwrap_or_default();
        let stored = made.file.as_ref().map_or_else(|| "in memory only".to_owned(), |file| bytes(file.bytes));
        line("made", format!("{} {}{rows}, {stored}", made.model, made.digest.short()));
    }
    for checked in &step.checks {
        let of = format!("{} {} ", checked.model, checked.check);
        line("check", (of + &runs::outcome(checked, palette)).replace('\n', "\n             "));
    }
    if step.attempts.len() > 1 {
        for attempt in &step.attempts {
            let (state, took) = (attempt.state, duration(attempt.elapsed));
            let why = attempt.failure.as_ref().map(|failure| format!(": {}", failure.messages.join(": ")));
            let why = why.unwrap_or_default().replace('\n', " ");
            line("attempt", format!("{} {} {state} in {took}{why}", attempt.attempt, runs::clock(attempt.started)));
        }
    }
    for message in step.failure.iter().flat_map(|failure| &failure.messages) {
        let name = if step.state == State::Cancelled { "stopped" } else { "error" };
        line(name, message.trim_end().replace('\n', "\n               "));
    }
}
