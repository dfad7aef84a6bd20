//! Which log records are worth a line.

use std::str::FromStr;

use log::LevelFilter;

/// Which records are logged.
///
/// The general level is that of the project's own code: the library, and whatever a task says while it runs. Other
/// crates are heard from `warn` on, and polars so even inside a task. A `target=level` overrides both.
///
/// ```
/// use log::{Level, LevelFilter};
/// use purvey::report::Filter;
///
/// let filter: Filter = "info, polars=error, hotel_tasks::clean=trace".parse()?;
/// assert_eq!(filter.level("purvey::run", false), LevelFilter::Info);
/// assert_eq!(filter.level("hotel_tasks::clean", true), LevelFilter::Trace);
/// assert_eq!(filter.level("polars_io", false), LevelFilter::Warn);
/// # Ok::<(), purvey::report::ParseFilterError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    general: LevelFilter,
    targets: Vec<(String, LevelFilter)>,
}

impl Filter {
    /// A filter of this general level.
    #[must_use]
    pub const fn new(general: LevelFilter) -> Filter {
        Filter { general, targets: Vec::new() }
    }

    /// The level from which on records of this target are logged, where they come from inside a task or not.
    #[must_use]
    pub fn level(&self, target: &str, in_task: bool) -> LevelFilter {
        let within =
            |path: &str| target.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
        let named = self.targets.iter().filter(|(path, _)| within(path)).max_by_key(|(path, _)| path.len());
        let own = within("purvey") || (in_task && !target.starts_with("polars"));
        match named {
            Some((_, level)) => *level,
            None if own => self.general,
            None => self.general.min(LevelFilter::Warn),
        }
    }

    /// The level below which no record is logged, whatever its target.
    #[must_use]
    pub fn most(&self) -> LevelFilter {
        self.targets.iter().map(|(_, level)| *level).fold(self.general, Ord::max)
    }
}

impl FromStr for Filter {
    type Err = ParseFilterError;

    fn from_str(text: &str) -> Result<Filter, ParseFilterError> {
        let mut filter = Filter::new(LevelFilter::Info);
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let level = |word: &str| word.trim().parse().map_err(|_| ParseFilterError(part.to_owned()));
            match part.split_once('=') {
                None => filter.general = level(part)?,
                Some((target, word)) => filter.targets.push((target.trim().to_owned(), level(word)?)),
            }
        }
        Ok(filter)
    }
}

/// A text that is not a log filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a log filter; write a level (off, error, warn, info, debug, trace) or `target=level`")]
pub struct ParseFilterError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_heard_from_warn_on_and_polars_even_inside_a_task() {
        let filter: Filter = "debug".parse().unwrap();
        let table = [
            ("purvey::run", false, LevelFilter::Debug),
            ("purveyor", false, LevelFilter::Warn),
            ("hotel_tasks::clean", true, LevelFilter::Debug),
            ("hotel_tasks::clean", false, LevelFilter::Warn),
            ("polars_io::csv", true, LevelFilter::Warn),
        ];
        for (target, in_task, level) in table {
            assert_eq!(filter.level(target, in_task), level, "{target}");
        }
        assert_eq!(Filter::new(LevelFilter::Off).level("polars", false), LevelFilter::Off);
    }

    #[test]
    fn the_longest_target_that_matches_decides() {
        let filter: Filter = "warn,acme=info, acme::load = trace".parse().unwrap();
        assert_eq!(filter.level("acme::load::csv", false), LevelFilter::Trace);
        assert_eq!(filter.level("acme::loader", false), LevelFilter::Info);
        assert_eq!(filter.most(), LevelFilter::Trace);
    }

    #[test]
    fn a_wrong_filter_is_quoted() {
        let error = "info,polars=loud".parse::<Filter>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`polars=loud` is not a log filter; write a level (off, error, warn, info, debug, trace) or `target=level`"
        );
    }
}
