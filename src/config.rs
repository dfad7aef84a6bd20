//! The configuration of a run: files, environment and command line, laid over each other.
//!
//! | layer | example | beats |
//! |---|---|---|
//! | command line | `--set models.raw_bookings.path=in.csv` | all below |
//! | environment | `PURVEY__MODELS__RAW_BOOKINGS__PATH=in.csv` | files |
//! | `purvey.<env>.toml` | with `--env <env>`, beside `purvey.toml` | `purvey.toml` |
//! | `purvey.toml` | `[models.raw_bookings]` | the defaults in the code |
//!
//! Knows the layers, the six kinds of sections and where each value stands. Does not know which models and tasks
//! there are, nor which keys they have, and does not read the process's environment: it is passed in.

use std::path::{Path, PathBuf};

use crate::nearest;
use crate::partition::Partitioning;
use crate::section::{Origin, Section, SectionError, Sections};

mod error;
mod file;
mod mails;
mod partitions;
mod run;
mod schedules;
mod snippet;
mod telling;
#[cfg(test)]
mod tests;

pub use error::{ConfigError, ConfigErrors};
pub use mails::{MailServer, MailSettings, Protection};
pub use partitions::PartitionSettings;
pub use run::RunSettings;
pub use schedules::{ScheduleSettings, Scheduled};
pub use telling::{
    Address, Form, LineageSettings, Notice, PrometheusSettings, TelemetrySettings, TellingSettings, WebhookSettings,
};

use snippet::{Files, Finding};

/// The names of the sections that a configuration may have.
const SECTIONS: [&str; 7] = ["run", "partitions", "schedule", "telling", "params", "models", "tasks"];

/// What the environment variables that set values begin with.
const VARIABLE_PREFIX: &str = "PURVEY__";

/// Where to get a configuration from.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The file, where it was named; it has to be there.
    pub file: Option<PathBuf>,
    /// Where to look for a file otherwise; the first that exists is read.
    pub search: Vec<PathBuf>,
    /// The environment, such as `production`, whose file beside the first is read too.
    pub environment: Option<String>,
    /// The environment variables of the process; those that begin with `PURVEY__` count.
    pub variables: Vec<(String, String)>,
    /// The settings of the command line, each `key=value`.
    pub sets: Vec<String>,
}

/// The configuration of a run, with the place that each value came from.
///
/// ```
/// use purvey::config::{Config, Request};
///
/// let variables = vec![("PURVEY__MODELS__RAW_BOOKINGS__PATH".to_owned(), "old.csv".to_owned())];
/// let sets = vec!["models.raw_bookings.path=new.csv".to_owned()];
/// let config = Config::load(&Request { variables, sets, ..Request::default() })?;
///
/// let bookings = config.models.get("raw_bookings");
/// assert_eq!(bookings.text("path").as_deref(), Some("new.csv"));
/// assert_eq!(bookings.origin("path").to_string(), "command line");
/// # Ok::<(), purvey::config::ConfigErrors>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `[models.<name>]`.
    pub models: Sections,
    /// `[tasks.<name>]`.
    pub tasks: Sections,
    /// `[params]`.
    pub params: Section,
    /// `[run]`, as it takes effect.
    pub run: RunSettings,
    /// `[run]`, as it is written.
    pub run_section: Section,
    /// How the data is cut into partitions, by `[partitions]`; `None` where it is not.
    pub partitioning: Option<Partitioning>,
    /// `[partitions]`, as it is written.
    pub partitions_section: Section,
    /// `[telling]`, as it takes effect.
    pub telling: TellingSettings,
    /// `[telling]`, as it is written.
    pub telling_section: Section,
    /// When the chain is run, by `[schedule.<name>]`, in the order they are written.
    pub schedules: Vec<Scheduled>,
    /// `[schedule.<name>]`, as it is written.
    pub schedule_sections: Sections,
    files: Files,
}

/// The sections while the layers are laid over each other.
struct Sheet {
    models: Sections,
    tasks: Sections,
    params: Section,
    run: Section,
    partitions: Section,
    telling: Section,
    schedules: Sections,
}

impl Config {
    /// Reads the layers and lays them over each other.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them, except for what only models and tasks know: their names and keys.
    pub fn load(request: &Request) -> Result<Config, ConfigErrors> {
        let mut sheet = Sheet {
            models: Sections::models(),
            tasks: Sections::tasks(),
            params: Section::new("params"),
            run: Section::new("run"),
            partitions: Section::new("partitions"),
            telling: Section::new("telling"),
            schedules: Sections::schedules(),
        };
        let mut files = Files::default();
        let mut errors = Vec::new();
        match paths(request) {
            Ok(paths) => {
                for path in paths {
                    match read_text(&path) {
                        Ok(text) => {
                            errors.extend(file::read(&path, &text, &mut sheet));
                            files.push(&path, &text);
                        }
                        Err(error) => errors.push(error),
                    }
                }
            }
            Err(error) => errors.push(error),
        }
        errors.extend(sheet.read_variables(&request.variables));
        errors.extend(request.sets.iter().filter_map(|set| sheet.read_set(set).err()));
        let is_whole = errors.is_empty();
        let run = sheet.run.read().map_err(|error| errors.push(error.into())).unwrap_or_default();
        let partitions = sheet.partitions.read().map_err(|error| errors.push(error.into()));
        let partitions: PartitionSettings = partitions.unwrap_or_default();
        let telling = sheet.telling.read().map_err(|error| errors.push(error.into()));
        let telling: TellingSettings = telling.unwrap_or_default();
        // A section that is no table would be one that lacks everything.
        let schedules = if is_whole { schedules::read(&sheet.schedules) } else { Ok(Vec::new()) };
        let schedules = schedules.unwrap_or_else(|wrong| {
            errors.extend(wrong.into_iter().map(ConfigError::from));
            Vec::new()
        });
        if !errors.is_empty() {
            return Err(ConfigErrors::new(errors, files));
        }
        let data = |run: &RunSettings| run.data.as_ref().map(|data| sheet.run.resolve("data", data));
        let run = RunSettings { data: data(&run), ..run };
        let telling = telling.resolved(&sheet.telling);
        let Sheet {
            models,
            tasks,
            params,
            run: run_section,
            partitions: partitions_section,
            schedules: schedule_sections,
            telling: telling_section,
        } = sheet;
        let partitioning = partitions.partitioning();
        Ok(Config {
            models,
            tasks,
            params,
            run,
            run_section,
            partitioning,
            partitions_section,
            telling,
            telling_section,
            schedules,
            schedule_sections,
            files,
        })
    }

    /// The files that were read, the weaker first.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.paths()
    }

    /// An error of a section of this configuration, with the line it is about.
    #[must_use]
    pub fn render(&self, error: &SectionError) -> String {
        self.files.render(&Finding::of_section(error))
    }

    /// Any sentence about a place in this configuration, with its line and the name that was meant, if one is near.
    #[must_use]
    pub fn render_at(&self, sentence: &str, origin: &Origin, similar: Option<&str>) -> String {
        self.files.render(&Finding::at(origin, sentence).similar(similar))
    }
}

/// The files to read, the weakest first.
fn paths(request: &Request) -> Result<Vec<PathBuf>, ConfigError> {
    let found = || request.search.iter().find(|path| path.exists()).cloned();
    let base = request.file.clone().or_else(found);
    match (base, &request.environment) {
        (Some(base), None) => Ok(vec![base]),
        (Some(base), Some(environment)) => {
            let path = of_environment(&base, environment);
            if path.exists() {
                Ok(vec![base, path])
            } else {
                Err(ConfigError::NoEnvironment { environment: environment.clone(), path })
            }
        }
        (None, Some(environment)) => {
            Err(ConfigError::NoFile { environment: environment.clone(), searched: request.search.clone() })
        }
        (None, None) => Ok(vec![]),
    }
}

/// `purvey.production.toml` for `purvey.toml`.
fn of_environment(base: &Path, environment: &str) -> PathBuf {
    let stem = base.file_stem().unwrap_or_default().to_string_lossy();
    let extension = base.extension().unwrap_or_default().to_string_lossy();
    base.with_file_name(format!("{stem}.{environment}.{extension}"))
}

fn read_text(path: &Path) -> Result<String, ConfigError> {
    let bytes = std::fs::read(path)
        .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), reason: error.to_string() })?;
    file::decode(path, bytes)
}

impl Sheet {
    fn read_variables(&mut self, variables: &[(String, String)]) -> Vec<ConfigError> {
        let mut variables: Vec<_> = variables.iter().filter(|(name, _)| name.starts_with(VARIABLE_PREFIX)).collect();
        variables.sort();
        let read = |(name, value): &(String, String)| {
            let key = name[VARIABLE_PREFIX.len()..].to_lowercase().replace("__", ".");
            self.set_text(&key, value, Origin::Environment(name.clone())).err()
        };
        variables.into_iter().filter_map(read).collect()
    }

    fn read_set(&mut self, set: &str) -> Result<(), ConfigError> {
        let (key, value) = set.split_once('=').ok_or_else(|| ConfigError::NoEquals { text: set.to_owned() })?;
        self.set_text(key.trim(), value, Origin::CommandLine)
    }

    /// The sections that have names.
    fn sections(&mut self, kind: &str) -> &mut Sections {
        match kind {
            "models" => &mut self.models,
            "tasks" => &mut self.tasks,
            _ => &mut self.schedules,
        }
    }

    fn set_text(&mut self, key: &str, value: &str, origin: Origin) -> Result<(), ConfigError> {
        let not_key = || ConfigError::NotKey { key: key.to_owned(), origin: origin.clone() };
        let (section, rest) = key.split_once('.').unwrap_or((key, ""));
        let (section, rest) = match section {
            "run" => (&mut self.run, rest),
            "partitions" => (&mut self.partitions, rest),
            "telling" => (&mut self.telling, rest),
            "params" => (&mut self.params, rest),
            "models" | "tasks" | "schedule" => {
                let sections = self.sections(section);
                let (name, rest) = rest.split_once('.').filter(|(name, _)| !name.is_empty()).ok_or_else(not_key)?;
                (sections.get_mut(name), rest)
            }
            _ => {
                let similar = nearest::name(section, SECTIONS);
                return Err(ConfigError::UnknownSection { section: section.to_owned(), origin, similar });
            }
        };
        if rest.split('.').any(str::is_empty) {
            return Err(not_key());
        }
        section.set_text(rest, value, origin);
        Ok(())
    }
}
