//! The table at the end of a run, folded from its events.
//!
//! Does not know where it is shown, nor how wide that place is unless told.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use indexmap::IndexMap;

use crate::event::{Checked, Ending, Event, Fact, Listener, Published, State, StepEnd, StepInfo};
use crate::id::{RunId, TaskId};
use crate::words;

use super::lines::{causes, tries, warnings};
use super::push;
use super::style::{Palette, Tone, symbol};

/// A run as far as it is known, folded from its events; renders as the table at its end.
///
/// ```
/// use purvey::event::{Event, Fact, Listener};
/// use purvey::report::{Palette, Summary};
///
/// let mut summary = Summary::new();
/// // orchestrator.listen(&mut summary), or by hand:
/// # let (run, at) = ("0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e".parse()?, chrono::DateTime::UNIX_EPOCH);
/// summary.hear(&Event { run, at, fact: Fact::RunStarted { chain: "alpine".into(), partition: None, steps: vec![] } });
/// assert_eq!(summary.render(Palette::new(false), 80), "run 8b0c1d2e of chain alpine has not ended\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Summary {
    pub(super) run: Option<RunId>,
    pub(super) chain: Arc<str>,
    pub(super) partition: Option<Arc<str>>,
    pub(super) started_at: Option<DateTime<Utc>>,
    pub(super) steps: IndexMap<TaskId, StepSummary>,
    pub(super) published: Vec<Published>,
    pub(super) ended: Option<RunEnd>,
}

/// A step and, once it has one, its end.
#[derive(Clone, Debug)]
pub(super) struct StepSummary {
    pub(super) info: StepInfo,
    pub(super) running: bool,
    /// How often it may be tried, once an attempt has failed.
    pub(super) tries: Option<u32>,
    pub(super) end: Option<StepEnd>,
}

impl StepSummary {
    pub(super) fn of(info: StepInfo) -> StepSummary {
        StepSummary { info, running: false, tries: None, end: None }
    }

    pub(super) fn state(&self) -> State {
        match &self.end {
            Some(end) => end.state,
            None if self.running => State::Running,
            None => State::Waiting,
        }
    }
}

/// How and when a run ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunEnd {
    pub(super) ending: Ending,
    pub(super) at: DateTime<Utc>,
    pub(super) elapsed: Duration,
    pub(super) peak_memory: Option<u64>,
}

impl Summary {
    /// A summary that has not heard of anything yet.
    #[must_use]
    pub fn new() -> Summary {
        Summary::default()
    }

    /// The run, once it has begun.
    #[must_use]
    pub fn run(&self) -> Option<RunId> {
        self.run
    }

    /// How the run ended, once it has.
    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        self.ended.map(|end| end.ending)
    }

    /// Whether a check has found something that does not fail its step.
    #[must_use]
    pub fn has_warnings(&self) -> bool {
        let ends = self.steps.values().filter_map(|step| step.end.as_ref());
        ends.flat_map(|end| &end.checks).any(Checked::is_warning)
    }

    /// Writes the table of the steps, the failures in full, and where the results are, within this many columns.
    ///
    /// Empty for a run that never began.
    #[must_use]
    pub fn render(&self, palette: Palette, width: u16) -> String {
        if self.run.is_none() {
            return String::new();
        }
        let mut text = String::new();
        if !self.steps.is_empty() {
            text.push_str(&self.table(palette, width));
            text.push('\n');
        }
        text.push_str(&self.troubles(palette));
        text.push_str(&self.verdict(palette));
        text.push_str(&self.results());
        text
    }

    fn table(&self, palette: Palette, width: u16) -> String {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        match palette.has_colour() {
            true => table.enforce_styling(),
            false => table.force_no_tty(),
        };
        let header = ["step", "state", "rows in", "rows out", "time", "peak memory"];
        table.set_header(header.map(|title| palette.cell(Tone::Dim, title)));

        // Everything but the names is as wide as it needs to be; what is left is theirs.
        let rows: Vec<[String; 4]> = self.steps.values().map(numbers).collect();
        let numbers_width: usize =
            (0..4).map(|column| widest(header[column + 2], rows.iter().map(|row| row[column].as_str())) + 2).sum();
        let state_width = 2 + widest("", self.steps.values().map(|step| step.state().as_str())) + 2;
        let room = usize::from(width).saturating_sub(state_width + numbers_width).max(12);

        let mut group = "";
        for (step, numbers) in self.steps.values().zip(rows) {
            if *step.info.group != *group {
                group = &step.info.group;
                if !group.is_empty() {
                    table.add_row([palette.cell(Tone::Dim, words::cut(group, room))]);
                }
            }
            let indent = if group.is_empty() { "" } else { "  " };
            let state = step.state();
            let mut row = vec![
                palette.cell(Tone::Plain, words::cut(&format!("{indent}{}", step.info.name), room)),
                palette.cell(Tone::of(state), format_args!("{} {state}", symbol(state))),
            ];
            row.extend(numbers.map(|number| palette.cell(Tone::Plain, number)));
            table.add_row(row);
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, if index + 1 < header.len() { 2 } else { 0 }));
            if index >= 2 {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    /// Writes each warning and failure in full, and which steps were skipped because of it.
    fn troubles(&self, palette: Palette) -> String {
        let mut text = String::new();
        let ends = || self.steps.values().filter_map(|step| step.end.as_ref());
        let mut skipped: IndexMap<&str, Vec<&str>> = IndexMap::new();
        for end in ends() {
            if let Some(blamed) = &end.blamed {
                skipped.entry(blamed).or_default().push(&end.name);
            }
        }
        for step in self.steps.values() {
            let Some(end) = &step.end else { continue };
            let warnings = warnings(end, palette);
            let Some(failure) = &end.failure else {
                if !warnings.is_empty() {
                    push(&mut text, format_args!("! {} {}\n{warnings}\n", end.name, end.state));
                }
                continue;
            };
            let tries = tries(end, step.tries).map(|tries| format!(", {tries}")).unwrap_or_default();
            let headline = format!("{} {} {}{tries}", symbol(end.state), end.name, trouble(end.state));
            let headline = palette.paint(Tone::Bad, headline);
            push(&mut text, format_args!("{headline}\n{warnings}{}", causes(failure, palette)));
            if let Some(skipped) = skipped.get(&*end.name) {
                push(&mut text, format_args!("    skipped because of it: {}\n", skipped.join(", ")));
            }
            text.push('\n');
        }
        text
    }

    /// Writes the last word: how the run ended, and if not well, what that means for the results.
    fn verdict(&self, palette: Palette) -> String {
        let Some(end) = self.ended else {
            let run = self.run.as_ref().map(RunId::short).unwrap_or_default();
            return format!("run {run} of chain {} has not ended\n", self.chain);
        };
        let mut text = format!("{} in {}", palette.ending(end.ending), words::duration(end.elapsed));
        for state in State::ALL.into_iter().filter(|state| state.is_final()) {
            let word = if state == State::TimedOut { "timed out" } else { state.as_str() };
            match self.steps.values().filter(|step| step.state() == state).count() {
                0 => {}
                all if all == self.steps.len() => {
                    if state == State::Reused {
                        text.push_str(", everything was up to date");
                    }
                    push(&mut text, format_args!(", {} {word}", words::count(all as u64, "step")));
                }
                some => push(&mut text, format_args!(", {} {word}", words::number(some as u64))),
            }
        }
        if let Some(bytes) = end.peak_memory {
            push(&mut text, format_args!(", peak memory {}", words::bytes(bytes)));
        }
        text.push('\n');
        if end.ending != Ending::Done {
            let reason = self.reason(end.ending);
            let what = if self.published.is_empty() { "nothing was" } else { "only what is done was" };
            push(
                &mut text,
                format_args!("{what} published, because {reason};\nwhat earlier runs published still stands\n"),
            );
        }
        text
    }

    /// Why a run did not end well.
    fn reason(&self, ending: Ending) -> String {
        let in_trouble = [State::Failed, State::TimedOut].map(|state| {
            let names = words::names(self.steps.values().filter(|step| step.state() == state).map(|s| &s.info.name));
            Some(names).filter(|names| !names.is_empty()).map(|names| format!("{names} {}", trouble(state)))
        });
        let reasons: Vec<String> = in_trouble.into_iter().flatten().collect();
        match reasons.join(", and ") {
            none if !none.is_empty() => none,
            _ if ending == Ending::Failed => "results could not be read or stored".to_owned(),
            _ => "the run was stopped".to_owned(),
        }
    }

    fn results(&self) -> String {
        let Some(first) = self.published.first() else {
            return String::new();
        };
        // In one folder nearly always; then its name once is enough.
        let folder =
            first.path.parent().filter(|folder| self.published.iter().all(|m| m.path.parent() == Some(folder)));
        let name = |model: &Published| match (folder, model.path.file_name()) {
            (Some(_), Some(name)) => Path::new(name).display().to_string(),
            _ => model.path.display().to_string(),
        };
        let rows: Vec<[String; 3]> = self
            .published
            .iter()
            .map(|model| {
                let rows = model.rows.map(|rows| words::count(rows, "row")).unwrap_or_default();
                [name(model), rows, words::bytes(model.bytes)]
            })
            .collect();
        let [names, counts, sizes] = [0, 1, 2].map(|column| widest("", rows.iter().map(|row| row[column].as_str())));
        let mut text = match folder {
            Some(folder) => format!("\nresults are in {}\n", folder.display()),
            None => "\nresults\n".to_owned(),
        };
        for [name, rows, size] in rows {
            push(&mut text, format_args!("  {name:<names$}  {rows:>counts$}  {size:>sizes$}\n"));
        }
        text
    }
}

impl Listener for Summary {
    fn hear(&mut self, event: &Event) {
        match &event.fact {
            Fact::RunStarted { chain, partition, steps } => {
                let step = |info: &StepInfo| (info.task, StepSummary::of(info.clone()));
                let steps = steps.iter().map(step).collect();
                let (run, chain, partition) = (Some(event.run), Arc::clone(chain), partition.clone());
                *self = Summary { run, chain, partition, started_at: Some(event.at), steps, ..Summary::default() };
            }
            Fact::StepStarted { task, .. } => {
                if let Some(step) = self.steps.get_mut(task) {
                    step.running = true;
                }
            }
            Fact::StepRetried { task, attempts, .. } => {
                if let Some(step) = self.steps.get_mut(task) {
                    (step.running, step.tries) = (false, Some(*attempts));
                }
            }
            Fact::StepEnded(end) => {
                if let Some(step) = self.steps.get_mut(&end.task) {
                    step.end = Some(end.clone());
                }
            }
            Fact::RunPublished { models } => self.published.clone_from(models),
            Fact::RunEnded { ending, elapsed, peak_memory } => {
                let (ending, elapsed, peak_memory) = (*ending, *elapsed, *peak_memory);
                self.ended = Some(RunEnd { ending, at: event.at, elapsed, peak_memory });
            }
        }
    }
}

/// What a step in this state did wrong.
const fn trouble(state: State) -> &'static str {
    match state {
        State::TimedOut => "ran too long",
        State::Cancelled => "was stopped",
        _ => "failed",
    }
}

/// The numbers of a step's row: rows in, rows out, time, peak memory; `–` for what there is not.
fn numbers(step: &StepSummary) -> [String; 4] {
    let none = || "–".to_owned();
    let Some(end) = &step.end else {
        return [none(), none(), none(), none()];
    };
    let time = Some(end.elapsed).filter(|elapsed| !elapsed.is_zero());
    [
        end.rows_in.map_or_else(none, words::number),
        end.rows_out.map_or_else(none, words::number),
        time.map_or_else(none, words::duration),
        end.peak_memory.map_or_else(none, words::bytes),
    ]
}

fn widest<'a>(title: &'a str, texts: impl Iterator<Item = &'a str>) -> usize {
    texts.chain([title]).map(|text| text.chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
