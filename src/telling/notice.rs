//! What people are told of a run that has ended, if anything, and what any notice to them is made of.

use std::sync::Arc;

#[cfg(feature = "smtp")]
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Past;
use crate::config::Notice;
use crate::event::{Checked, Ending, Event, Fact, State, StepEnd};
#[cfg(feature = "http")]
use crate::report::json::Envelope;
use crate::report::json::{self, Document, Failure};
use crate::words;

/// How many failures or warnings a text tells of, and how many characters of each.
const FAILURES: usize = 10;
const LONGEST: usize = 500;

/// A notice, as all ways to people need it.
pub(super) struct Letter {
    /// What people read.
    pub(super) text: String,
    /// The document, on one line.
    #[cfg(feature = "http")]
    pub(super) line: String,
    /// A name for it, which no other notice has.
    #[cfg(feature = "smtp")]
    pub(super) id: String,
    #[cfg(feature = "smtp")]
    pub(super) at: DateTime<Utc>,
}

/// What is to be said of a run.
#[derive(Default)]
pub(super) struct Run {
    chain: Arc<str>,
    partition: Option<Arc<str>>,
    failed: Vec<StepEnd>,
    skipped: u64,
    warnings: Vec<Checked>,
    end: Option<Event>,
}

/// The document `notice`.
#[derive(Serialize)]
struct Noticed {
    notice: &'static str,
    text: String,
    chain: String,
    partition: Option<String>,
    run: String,
    ending: String,
    ended_at: String,
    elapsed_ms: f64,
    failures: Vec<TaskFailure>,
    skipped: u64,
    /// The checks that have warned.
    warnings: Vec<Warning>,
}

impl Document for Noticed {
    const KIND: &'static str = "notice";
}

#[derive(Serialize)]
struct TaskFailure {
    task: String,
    failure: Failure,
}

#[derive(Serialize)]
struct Warning {
    model: String,
    check: String,
    message: String,
}

impl Run {
    pub(super) fn hear(&mut self, event: &Event) {
        if let Fact::StepEnded(end) = &event.fact {
            self.warnings.extend(end.checks.iter().filter(|check| check.is_warning()).cloned());
        }
        match &event.fact {
            Fact::RunStarted { chain, partition, .. } => {
                *self = Run { chain: Arc::clone(chain), partition: partition.clone(), ..Run::default() };
            }
            Fact::StepEnded(end) if end.failure.is_some() => self.failed.push(end.clone()),
            Fact::StepEnded(end) if end.state == State::Skipped => self.skipped += 1,
            Fact::RunEnded { .. } => self.end = Some(event.clone()),
            _ => {}
        }
    }

    /// What people who want to be told of these are to be told, if anything.
    pub(super) fn noticed(&self, past: &Past, on: &[Notice]) -> Option<Letter> {
        let Event { run, at, fact: Fact::RunEnded { ending, elapsed, .. } } = self.end.as_ref()? else { return None };
        let was_bad = matches!(past.before, Some(Ending::Failed | Ending::Killed));
        let are_due = match ending {
            Ending::Failed => [Some(Notice::Failure), None],
            Ending::Done => {
                [was_bad.then_some(Notice::Recovery), (!self.warnings.is_empty()).then_some(Notice::Warning)]
            }
            _ => [None, None],
        };
        let notice = are_due.into_iter().flatten().find(|notice| on.contains(notice))?;
        let of = self.partition.as_ref().map(|key| format!(" of {key}")).unwrap_or_default();
        let took = words::duration(*elapsed);
        let text = match (notice, past.before) {
            (Notice::Failure, _) => {
                format!("✗ {}: run {}{of} failed after {took}{}", self.chain, run.short(), self.why())
            }
            (Notice::Recovery, before) => {
                let before = before.unwrap_or(Ending::Failed);
                let warned = self.warned();
                format!(
                    "✓ {}: run {}{of} is done after {took}; the one before was {before}{warned}",
                    self.chain,
                    run.short()
                )
            }
            // Of a run nobody is told that something is late.
            (Notice::Warning | Notice::Lateness, _) => {
                let warned = self.warned();
                format!("! {}: run {}{of} is done after {took}, with warnings{warned}", self.chain, run.short())
            }
        };
        let failures = self.failed.iter().filter_map(|end| {
            let failure = Failure::from(end.failure.as_ref()?);
            Some(TaskFailure { task: end.name.to_string(), failure })
        });
        let noticed = Noticed {
            notice: notice.word(),
            text,
            chain: self.chain.to_string(),
            partition: self.partition.as_ref().map(ToString::to_string),
            run: run.to_string(),
            ending: ending.to_string(),
            ended_at: json::time(*at),
            elapsed_ms: json::millis(*elapsed),
            failures: failures.collect(),
            skipped: self.skipped,
            warnings: self.warnings.iter().map(Warning::of).collect(),
        };
        Some(Letter {
            #[cfg(feature = "smtp")]
            id: format!("{}.{}", noticed.run, noticed.notice),
            #[cfg(feature = "smtp")]
            at: *at,
            text: noticed.text.clone(),
            #[cfg(feature = "http")]
            line: Envelope::new(noticed).to_line(),
        })
    }

    /// A line for each check that has warned.
    fn warned(&self) -> String {
        let line = |check: &Checked| {
            let message = check.message.as_deref().unwrap_or_default().replace('\n', " ");
            format!("\n• {}, check {}: {}", check.model, check.check, words::cut(&message, LONGEST))
        };
        let mut text: String = self.warnings.iter().take(FAILURES).map(line).collect();
        if self.warnings.len() > FAILURES {
            text += &format!("\n• and {} more", words::count((self.warnings.len() - FAILURES) as u64, "check"));
        }
        text
    }

    /// A line for each failure.
    fn why(&self) -> String {
        let line = |end: &StepEnd| {
            let messages = end.failure.iter().flat_map(|failure| &failure.messages);
            let message = messages.map(String::as_str).collect::<Vec<_>>().join(": ").replace('\n', " ");
            format!("\n• {}: {}", end.name, words::cut(&message, LONGEST))
        };
        let mut text: String = self.failed.iter().take(FAILURES).map(line).collect();
        if self.failed.len() > FAILURES {
            text += &format!("\n• and {} more", words::count((self.failed.len() - FAILURES) as u64, "task"));
        }
        match (self.failed.is_empty(), self.skipped) {
            (true, _) => text += "; its results could not be kept",
            (false, 0) => {}
            (false, skipped) => text += &format!("\n{} not started because of that", words::count(skipped, "task")),
        }
        text
    }
}

impl Warning {
    fn of(check: &Checked) -> Warning {
        let (model, check_name) = (check.model.to_string(), check.check.to_string());
        Warning { model, check: check_name, message: check.message.clone().unwrap_or_default() }
    }
}
