//! The live display of a run on a terminal: the running steps and one bar for all, finished steps above.
//!
//! Does not decide whether there is a terminal.

use std::time::Duration;

use indexmap::IndexMap;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::event::{Event, Fact, Listener};
use crate::id::TaskId;

use super::lines::Form;
use super::log::Suspend;
use super::style::Palette;

/// How often the spinners turn.
const TICK: Duration = Duration::from_millis(120);

/// A listener that shows on a terminal what is running and what has ended.
///
/// When the run ends, or the value is dropped, the live part vanishes and only the lines of the finished steps stay.
///
/// ```
/// use purvey::report::{Palette, Progress};
///
/// let progress = Progress::on_stderr(Palette::new(true));
/// let suspend = progress.suspender(); // for a logger that writes to the same terminal
/// suspend(&mut || { /* write a line */ });
/// ```
#[derive(Debug)]
pub struct Progress {
    screen: MultiProgress,
    form: Form,
    tick: Option<Duration>,
    overall: Option<ProgressBar>,
    running: IndexMap<TaskId, ProgressBar>,
}

impl Progress {
    /// A display on stderr.
    #[must_use]
    pub fn on_stderr(palette: Palette) -> Progress {
        Progress::new(ProgressDrawTarget::stderr(), palette, Some(TICK))
    }

    fn new(target: ProgressDrawTarget, palette: Palette, tick: Option<Duration>) -> Progress {
        Progress {
            screen: MultiProgress::with_draw_target(target),
            form: Form::new(palette),
            tick,
            overall: None,
            running: IndexMap::new(),
        }
    }

    /// What takes the display away while something else is written to the terminal.
    #[must_use]
    pub fn suspender(&self) -> Suspend {
        let screen = self.screen.clone();
        std::sync::Arc::new(move |work| screen.suspend(work))
    }

    fn print(&mut self, event: &Event) {
        // A display that cannot be drawn is no reason to fail a run.
        let _ = self.screen.println(self.form.text(event).trim_end());
    }

    fn begin(&mut self, steps: usize) {
        let bar = ProgressBar::new(steps as u64).with_style(style("{bar:24} {pos}/{len} steps  {elapsed}"));
        self.overall = Some(self.turn(self.screen.add(bar)));
    }

    fn start(&mut self, task: TaskId, name: &str) {
        let line = ProgressBar::new_spinner().with_style(style("{spinner} {msg}  {elapsed}"));
        let line = match &self.overall {
            Some(overall) => self.screen.insert_before(overall, line),
            None => self.screen.add(line),
        };
        self.running.insert(task, self.turn(line.with_message(name.to_owned())));
    }

    fn turn(&self, bar: ProgressBar) -> ProgressBar {
        match self.tick {
            Some(tick) => bar.enable_steady_tick(tick),
            None => bar.tick(),
        }
        bar
    }

    fn clear(&mut self) {
        for (_, bar) in self.running.drain(..) {
            bar.finish_and_clear();
        }
        if let Some(bar) = self.overall.take() {
            bar.finish_and_clear();
        }
    }
}

impl Listener for Progress {
    fn hear(&mut self, event: &Event) {
        match &event.fact {
            Fact::RunStarted { steps, .. } => {
                self.print(event);
                self.begin(steps.len());
            }
            Fact::StepStarted { task, name, .. } => self.start(*task, name),
            Fact::StepRetried { task, .. } => {
                self.stop(*task);
                self.print(event);
            }
            Fact::StepEnded(end) => {
                self.stop(end.task);
                self.print(event);
                if let Some(bar) = &self.overall {
                    bar.inc(1);
                }
            }
            Fact::RunPublished { .. } => self.print(event),
            Fact::RunEnded { .. } => {
                self.clear();
                self.print(event);
            }
        }
    }
}

impl Progress {
    /// Takes the line of a running step away.
    fn stop(&mut self, task: TaskId) {
        if let Some(bar) = self.running.shift_remove(&task) {
            bar.finish_and_clear();
            self.screen.remove(&bar);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .expect("the templates of this file are well formed")
        .tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ")
        .progress_chars("━╸─")
}

#[cfg(test)]
mod tests {
    use indicatif::InMemoryTerm;
    use insta::{assert_snapshot, with_settings};

    use super::*;
    use crate::report::fixture::{failed, good, retried, tell};

    fn display() -> (InMemoryTerm, Progress) {
        let terminal = InMemoryTerm::new(24, 80);
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        (terminal, Progress::new(target, Palette::new(false), None))
    }

    #[test]
    fn a_running_step_stands_between_the_finished_ones_and_the_bar() {
        let (terminal, mut progress) = display();
        tell(&mut progress, &good()[..4]);
        with_settings!({ filters => [(r"  \d+s", "  [elapsed]")] }, {
            assert_snapshot!(terminal.contents(), @"
            run 8b0c1d2e of chain alpine: 5 steps
            ✓ done       read_bookings    119,390 rows    1.24 s
            ⠙ clean_bookings  [elapsed]
            ━━━━╸─────────────────── 1/5 steps  [elapsed]
            ");
        });
    }

    #[test]
    fn at_the_end_only_the_lines_of_the_steps_stay() {
        let (terminal, mut progress) = display();
        tell(&mut progress, &failed());
        assert_snapshot!(terminal.contents(), @"
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
    fn a_step_that_waits_for_its_next_attempt_is_not_shown_as_running() {
        let (terminal, mut progress) = display();
        tell(&mut progress, &retried()[..4]);
        with_settings!({ filters => [(r"  \d+s", "  [elapsed]")] }, {
            assert_snapshot!(terminal.contents(), @"
            run 8b0c1d2e of chain alpine: 5 steps
            = reused     read_bookings      3,004 rows
            · waiting    clean_bookings   attempt 1 of 3 failed, the next begins in 1.00 s
                transient error: the rates cannot be had
                caused by: timed out
            ━━━━╸─────────────────── 1/5 steps  [elapsed]
            ");
        });
    }

    #[test]
    fn a_run_that_breaks_off_leaves_no_bar_behind() {
        let (terminal, mut progress) = display();
        tell(&mut progress, &good()[..2]);
        drop(progress);
        assert_snapshot!(terminal.contents(), @"run 8b0c1d2e of chain alpine: 5 steps");
    }

    #[test]
    fn a_log_line_is_written_above_the_display() {
        let (terminal, mut progress) = display();
        tell(&mut progress, &good()[..2]);
        let mut seen = String::new();
        progress.suspender()(&mut || seen = terminal.contents());
        assert_snapshot!(seen, @"run 8b0c1d2e of chain alpine: 5 steps");
        assert!(terminal.contents().contains("0/5 steps"));
    }
}
