//! Why a command could not be carried out, as it is told on stderr.

use std::error::Error;

use super::exit::Exit;
use crate::config::{Config, ConfigErrors};
use crate::ledger::LedgerError;
use crate::plan::{Fault, Faults, PlanError, SelectionError};
use crate::report::{Palette, Tone};
use crate::session::RunError;
use crate::store::StoreError;

/// Why a command could not be carried out.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) exit: Exit,
    /// Each begins with `error: `, and may have further lines.
    errors: Vec<String>,
    hint: Option<String>,
}

impl Trouble {
    pub(super) fn new(exit: Exit, message: impl std::fmt::Display) -> Trouble {
        Trouble { exit, errors: vec![format!("error: {message}")], hint: None }
    }

    /// An error whose text is written already.
    pub(super) fn rendered(exit: Exit, text: String) -> Trouble {
        Trouble { exit, errors: vec![text], hint: None }
    }

    pub(super) fn usage(message: impl std::fmt::Display) -> Trouble {
        Trouble::new(Exit::Usage, message).hint("`--help` shows verbs, options and examples")
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Trouble {
        Trouble { hint: Some(hint.into()), ..self }
    }

    /// An error with what caused it.
    pub(super) fn caused(exit: Exit, error: &dyn Error) -> Trouble {
        let mut text = format!("error: {error}");
        let mut cause = error.source();
        while let Some(error) = cause {
            let message = error.to_string();
            if !text.contains(&message) {
                text += &format!("\ncaused by: {message}");
            }
            cause = error.source();
        }
        Trouble { exit, errors: vec![text], hint: None }
    }

    /// What is wrong with a chain or with its sections of the configuration.
    pub(super) fn of_faults(faults: &Faults, config: &Config) -> Trouble {
        let errors = faults.all().iter().map(|fault| match fault {
            Fault::Section(error) => config.render(error),
            Fault::UnknownSection { section, name, origin, similar } => {
                let kind = section.trim_end_matches('s');
                config.render_at(
                    &format!("[{section}.{name}] configures no {kind} of this chain"),
                    origin,
                    similar.as_deref(),
                )
            }
            fault => format!("error: {fault}"),
        });
        Trouble { exit: exit_of(faults), errors: errors.collect(), hint: None }
    }

    pub(super) fn of_run(error: &RunError, config: &Config) -> Trouble {
        match error {
            RunError::Faults(faults) => Trouble::of_faults(faults, config),
            RunError::Plan(error) => error.into(),
            RunError::Store(error) => error.into(),
            RunError::Ledger(error) => error.into(),
        }
    }

    /// What is wrong, for the record: without the hint.
    pub(super) fn messages(&self) -> Vec<String> {
        self.errors.iter().map(|error| error.strip_prefix("error: ").unwrap_or(error).to_owned()).collect()
    }

    /// The text for stderr.
    pub(super) fn render(&self, palette: Palette) -> String {
        let mut text = self.errors.join("\n\n") + "\n";
        if let Some(hint) = &self.hint {
            text += &format!("\nhint: {hint}\n");
        }
        for (word, tone) in [("error:", Tone::Bad), ("caused by:", Tone::Warning), ("hint:", Tone::Active)] {
            text = paint_at_line_start(&text, word, &palette.paint(tone, word));
        }
        text
    }
}

fn paint_at_line_start(text: &str, word: &str, painted: &str) -> String {
    let line = |line: &str| match line.strip_prefix(word) {
        Some(rest) => format!("{painted}{rest}"),
        None => line.to_owned(),
    };
    text.split_inclusive('\n').map(line).collect()
}

/// A chain whose only faults are in its configuration is itself valid.
pub(super) fn exit_of(faults: &Faults) -> Exit {
    let in_configuration = |fault: &Fault| {
        use Fault::{PoolTooSmall, Section, UnknownSection, UnusedPool};
        matches!(fault, Section(_) | UnknownSection { .. } | PoolTooSmall { .. } | UnusedPool { .. })
    };
    if faults.all().iter().all(in_configuration) { Exit::Configuration } else { Exit::Chain }
}

impl From<ConfigErrors> for Trouble {
    fn from(errors: ConfigErrors) -> Trouble {
        Trouble { exit: Exit::Configuration, errors: vec![errors.render()], hint: None }
    }
}

impl From<&StoreError> for Trouble {
    fn from(error: &StoreError) -> Trouble {
        let exit = if matches!(error, StoreError::Busy { .. }) { Exit::Busy } else { Exit::Store };
        Trouble::caused(exit, error)
    }
}

impl From<&LedgerError> for Trouble {
    fn from(error: &LedgerError) -> Trouble {
        Trouble::caused(Exit::Store, error)
    }
}

impl From<&PlanError> for Trouble {
    fn from(error: &PlanError) -> Trouble {
        match error {
            PlanError::Nothing => Trouble::new(Exit::Nothing, error),
            PlanError::Selection(error) => error.into(),
            PlanError::Unavailable { .. }
            | PlanError::Once { .. }
            | PlanError::Anew { .. }
            | PlanError::MissingParts { .. }
            | PlanError::UnknownParts { .. } => Trouble::new(Exit::Usage, error),
        }
    }
}

impl From<&SelectionError> for Trouble {
    fn from(error: &SelectionError) -> Trouble {
        Trouble::new(Exit::Usage, error).hint("`ls` lists the tasks, their groups, tags and models")
    }
}
