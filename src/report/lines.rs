//! One line per event, for logs of cron jobs and wherever else nobody watches.
//!
//! Does not know where the lines go, nor whether anybody reads them.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::event::{Event, Fact, Failure, Listener, State, StepEnd, StepInfo};
use crate::failure::Class;
use crate::id::TaskId;
use crate::words;

use super::push;
use super::style::{Palette, Tone};

/// The longest name that other names are padded to.
const WIDEST: usize = 32;

/// A listener that writes one line per event.
///
/// A line that cannot be written is dropped: a report never fails a run. The first such error is kept in
/// [`error`](Lines::error).
///
/// ```
/// use purvey::report::{Lines, Palette};
///
/// let mut lines = Lines::new(Vec::new(), Palette::new(false));
/// // orchestrator.listen(lines), or by hand:
/// # use purvey::event::{Event, Fact, Listener};
/// # let (run, at) = ("0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e".parse()?, chrono::DateTime::UNIX_EPOCH);
/// lines.hear(&Event { run, at, fact: Fact::RunStarted { chain: "alpine".into(), partition: None, steps: vec![] } });
/// assert_eq!(String::from_utf8(lines.into_inner())?, "run 8b0c1d2e of chain alpine: 0 steps\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Lines<W> {
    writer: W,
    form: Form,
    error: Option<io::Error>,
}

impl<W: Write + Send> Lines<W> {
    /// A listener that writes to this writer.
    pub fn new(writer: W, palette: Palette) -> Lines<W> {
        Lines { writer, form: Form::new(palette), error: None }
    }

    /// The same, which also tells (or does not tell) that a step was started, and why.
    #[must_use]
    pub fn verbose(mut self, verbose: bool) -> Lines<W> {
        self.form.verbose = verbose;
        self
    }

    /// The first error in writing, if there was one.
    pub fn error(&self) -> Option<&io::Error> {
        self.error.as_ref()
    }

    /// Gives the writer back.
    pub fn into_inner(self) -> W {
        self.writer
    }
}

impl<W: Write + Send> Listener for Lines<W> {
    fn hear(&mut self, event: &Event) {
        if !self.form.verbose && matches!(event.fact, Fact::StepStarted { .. }) {
            return;
        }
        let text = self.form.text(event);
        let written = self.writer.write_all(text.as_bytes()).and_then(|()| self.writer.flush());
        if let Err(error) = written {
            self.error.get_or_insert(error);
        }
    }
}

/// How an event is put into words; shared with the progress display.
#[derive(Debug)]
pub(super) struct Form {
    palette: Palette,
    width: usize,
    /// Whether it is told why a step was run or reused.
    verbose: bool,
    /// How often a step may be tried, for those that were tried in vain.
    tries: BTreeMap<TaskId, u32>,
    /// Whether something else was done than to reuse a step.
    worked: Option<bool>,
}

impl Form {
    pub(super) const fn new(palette: Palette) -> Form {
        Form { palette, width: 0, verbose: false, tries: BTreeMap::new(), worked: None }
    }

    /// Writes an event as one line, or as several where it carries an error; each ends with a line feed.
    pub(super) fn text(&mut self, event: &Event) -> String {
        match &event.fact {
            Fact::RunStarted { chain, partition, steps } => {
                *self = Form { width: name_width(steps), verbose: self.verbose, ..Form::new(self.palette) };
                let (run, steps) = (event.run.short(), words::count(steps.len() as u64, "step"));
                let chain = self.palette.paint(Tone::Strong, chain);
                let partition = partition.iter().map(|key| format!(", partition {key}")).collect::<String>();
                format!("run {run} of chain {chain}{partition}: {steps}\n")
            }
            Fact::StepStarted { name, .. } => format!("{}  {name}\n", self.palette.state(State::Running)),
            Fact::StepRetried { task, name, attempt, attempts, failure, delay } => {
                self.tries.insert(*task, *attempts);
                let (state, delay) = (self.palette.state(State::Waiting), words::duration(*delay));
                let tried = format!("attempt {attempt} of {attempts} failed, the next begins in {delay}");
                format!("{state}  {name:<width$}  {tried}\n", width = self.width) + &causes(failure, self.palette)
            }
            Fact::StepEnded(end) => {
                let worked = self.worked.get_or_insert(false);
                *worked |= end.state != State::Reused;
                self.step(end)
            }
            Fact::RunPublished { models } => {
                let bytes = models.iter().map(|model| model.bytes).sum();
                format!("published {}, {}\n", words::count(models.len() as u64, "model"), words::bytes(bytes))
            }
            Fact::RunEnded { ending, elapsed, peak_memory } => {
                let (run, ending) = (event.run.short(), self.palette.ending(*ending));
                let mut text = format!("run {run}: {ending} in {}", words::duration(*elapsed));
                if self.worked == Some(false) {
                    text.push_str(", everything was up to date");
                }
                if let Some(bytes) = peak_memory {
                    push(&mut text, format_args!(", peak memory {}", words::bytes(*bytes)));
                }
                text + "\n"
            }
        }
    }

    fn step(&self, end: &StepEnd) -> String {
        let mut text = format!("{}  {:<width$}", self.palette.state(end.state), end.name, width = self.width);
        if let Some(blamed) = &end.blamed {
            push(&mut text, format_args!("  because of `{blamed}`"));
        }
        if let Some(rows) = end.rows_out {
            push(&mut text, format_args!("  {:>12}", words::count(rows, "row")));
        } else if end.state.is_good() {
            text.push_str("             –");
        }
        if !end.elapsed.is_zero() {
            push(&mut text, format_args!("  {:>8}", words::duration(end.elapsed)));
        }
        if let Some(tries) = tries(end, self.tries.get(&end.task).copied()) {
            push(&mut text, format_args!("  {tries}"));
        }
        if let Some(why) = end.why.as_ref().filter(|_| self.verbose) {
            push(&mut text, format_args!("  {}", self.palette.paint(Tone::Dim, why)));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        text.push_str(&warnings(end, self.palette));
        if let Some(failure) = &end.failure {
            text.push_str(&causes(failure, self.palette));
        }
        text
    }
}

/// Writes a failure with its causes, each indented and on lines of its own.
pub(super) fn causes(failure: &Failure, palette: Palette) -> String {
    let mut text = String::new();
    for (index, message) in failure.messages.iter().enumerate() {
        let label = if index == 0 { palette.paint(Tone::Bad, label(failure.class)) } else { "caused by".to_owned() };
        // A message of several lines stays in one block.
        push(&mut text, format_args!("    {label}: {}\n", message.trim_end().replace('\n', "\n      ")));
    }
    text
}

/// Writes what checks have found that do not fail a step, each indented and on lines of its own.
pub(super) fn warnings(end: &StepEnd, palette: Palette) -> String {
    let mut text = String::new();
    for checked in end.checks.iter().filter(|checked| checked.is_warning()) {
        let (label, message) =
            (palette.paint(Tone::Warning, "warning"), checked.message.as_deref().unwrap_or_default());
        let (model, check, message) = (&checked.model, &checked.check, message.replace('\n', "\n      "));
        push(&mut text, format_args!("    {label}: model `{model}`, check `{check}`: {message}\n"));
    }
    text
}

/// Which attempt of a step was its last, where it was not the first; of how many, where that is known.
pub(super) fn tries(end: &StepEnd, allowed: Option<u32>) -> Option<String> {
    let of = allowed.map(|allowed| format!(" of {allowed}")).unwrap_or_default();
    (end.attempts > 1).then(|| format!("attempt {}{of}", end.attempts))
}

/// What a failure is called in front of its message. Most errors are of no known class, so that `bug` would accuse too
/// many.
pub(super) const fn label(class: Class) -> &'static str {
    match class {
        Class::Transient => "transient error",
        Class::Data => "data error",
        Class::Bug => "error",
        Class::Cancelled => "cancelled",
    }
}

fn name_width(steps: &[StepInfo]) -> usize {
    steps.iter().map(|step| step.name.chars().count()).max().unwrap_or(0).min(WIDEST)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::report::fixture::{cancelled, failed, good, retried, tell, up_to_date};

    fn lines_of(events: &[Event], verbose: bool) -> String {
        let mut lines = Lines::new(Vec::new(), Palette::new(false)).verbose(verbose);
        tell(&mut lines, events);
        String::from_utf8(lines.into_inner()).unwrap()
    }

    #[test]
    fn a_good_run_is_one_line_a_step() {
        assert_snapshot!(lines_of(&good(), false), @"
        run 8b0c1d2e of chain alpine: 5 steps
        ✓ done       read_bookings    119,390 rows    1.24 s
        ✓ done       clean_bookings   119,390 rows    310 ms
        ✓ done       daily_occupancy    1,605 rows     84 ms
        ✓ done       monthly_revenue         1 row      9 ms
        ✓ done       archive                     –    120 ms
        published 3 models, 3.1 MiB
        run 8b0c1d2e: ✓ done in 3.42 s, peak memory 351.0 MiB
        ");
    }

    #[test]
    fn a_failed_run_tells_each_cause_and_who_was_skipped_because_of_whom() {
        assert_snapshot!(lines_of(&failed(), false), @"
        run 8b0c1d2e of chain alpine: 5 steps
        ✓ done       read_bookings      3,004 rows    1.24 s
        ✗ failed     clean_bookings     842 µs
            data error: model `clean_bookings` breaks its contract:
              column `nights` has 2 rows below 0
            caused by: row 17: -1
        ↷ skipped    daily_occupancy  because of `clean_bookings`
        ↷ skipped    monthly_revenue  because of `clean_bookings`
        ✗ failed     archive            842 µs
            error: task `archive` panicked: index out of bounds
        run 8b0c1d2e: ✗ failed in 3.42 s, peak memory 351.0 MiB
        ");
    }

    #[test]
    fn a_cancelled_run_told_in_full_also_says_what_was_started() {
        assert_snapshot!(lines_of(&cancelled(), true), @"
        run 8b0c1d2e of chain alpine: 5 steps
        ▸ running    read_bookings
        ✓ done       read_bookings      3,004 rows    1.24 s
        ▸ running    clean_bookings
        – cancelled  clean_bookings
        – cancelled  daily_occupancy
        – cancelled  monthly_revenue
        – cancelled  archive
        run 8b0c1d2e: – cancelled in 3.42 s, peak memory 351.0 MiB
        ");
    }

    #[test]
    fn a_step_that_is_tried_again_says_so_and_at_its_end_which_attempt_it_was() {
        assert_snapshot!(lines_of(&retried(), false), @"
        run 8b0c1d2e of chain alpine: 5 steps
        = reused     read_bookings      3,004 rows
        · waiting    clean_bookings   attempt 1 of 3 failed, the next begins in 1.00 s
            transient error: the rates cannot be had
            caused by: timed out
        · waiting    clean_bookings   attempt 2 of 3 failed, the next begins in 2.00 s
            transient error: the rates cannot be had
            caused by: timed out
        ✗ failed     clean_bookings     310 ms  attempt 3 of 3
            transient error: the rates cannot be had
            caused by: timed out
        ↷ skipped    daily_occupancy  because of `clean_bookings`
        ↷ skipped    monthly_revenue  because of `clean_bookings`
        published 1 model, 4.0 KiB
        ✗ timed_out  archive            5.00 s
            transient error: ran longer than 5.00 s
        run 8b0c1d2e: ✗ failed in 3.42 s, peak memory 351.0 MiB
        ");
    }

    #[test]
    fn reused_steps_are_short_and_a_run_that_did_nothing_says_so() {
        assert_snapshot!(lines_of(&up_to_date(), false), @"
        run 8b0c1d2e of chain alpine: 5 steps
        = reused     read_bookings    119,390 rows
        = reused     clean_bookings   119,390 rows
        = reused     daily_occupancy    1,605 rows
        = reused     monthly_revenue         1 row
        = reused     archive                     –
        published 1 model, 3.1 MiB
        run 8b0c1d2e: ✓ done in 3.42 s, everything was up to date, peak memory 351.0 MiB
        ");
        let told = lines_of(&up_to_date(), true);
        assert_eq!(
            told.lines().nth(1),
            Some("= reused     read_bookings    119,390 rows  up to date since run 2e0c1d8b of 2026-11-20T02:30:00Z")
        );
    }

    #[test]
    fn a_writer_that_fails_is_remembered_and_fails_nothing() {
        let mut full = [0_u8; 8];
        let mut lines = Lines::new(full.as_mut_slice(), Palette::new(false));
        tell(&mut lines, &good());
        assert_eq!(lines.error().map(io::Error::kind), Some(io::ErrorKind::WriteZero));
    }
}
